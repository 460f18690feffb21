"""What a user types, sees and may build on: exit codes, both languages, the objects other programs read, what is kept."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from biopact.cli import main
from biopact.dossier.core import run
from biopact.dossier.findings import definitions
from biopact.dossier.headings import elements
from biopact.dossier.reading import read
from biopact.errors import ExternalError, UsageError
from biopact.text import LOCALE, template_of

from . import papers
from .builder import Dossier

FAKE = f"{sys.executable} {Path(__file__).parent / 'fake_core.py'}"
KEYS = {"id", "severity", "agencies", "fda", "sequence", "leaf", "path", "line", "message", "fix", "state"}


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    def called(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["dossier", *map(str, words)])
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return called


@pytest.fixture
def broken(sound: Dossier, tmp_path: Path) -> Path:
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0001/m2/24-nonclin-over/nonclinical-overview.pdf").unlink()
    (folder / "0001/m3/stray.txt").write_text("stray")
    return folder


def test_the_first_screen_says_for_each_agency_what_was_found_and_what_was_not_checked(
    call: Any, folder: Path, broken: Path
) -> None:
    code, out, _ = call("check", folder, "--workers", 0)
    assert code == 0
    for agency in ("FDA", "MFDS"):
        assert re.search(rf"^{agency} +no defect found in what was checked$", out, re.M)
    assert "What was not checked, and why" in out
    code, out, _ = call("check", broken, "--workers", 0)
    assert code == 1
    assert re.search(r"^FDA +3 defects \(2 high, 1 low\)$", out, re.M)
    screen = out.splitlines()[:14]
    assert screen[4:6] == ["", "Do first"] or "Do first" in screen
    assert any(line.startswith(" 1. BP-201") for line in screen)


def test_no_text_ever_says_that_a_dossier_can_be_submitted() -> None:
    for lang in ("en", "ko"):
        text = (LOCALE / lang / "LC_MESSAGES" / "dossier.po").read_text("utf-8")
        assert not re.search(r"can be submitted|ready to submit|submittable|제출 가능|제출할 수 있", text, re.I)


def test_the_korean_screen_is_korean(call: Any, broken: Path) -> None:
    code, out, _ = call("check", broken, "--workers", 0, "--lang", "ko")
    assert code == 1
    assert "먼저 할 일" in out
    assert re.search(r"^식약처 +결함 3건\(높음 2, 낮음 1\)$", out, re.M)


def test_the_object_other_programs_read_has_the_keys_it_promises(call: Any, broken: Path) -> None:
    _, out, _ = call("check", broken, "--json", "--for", "us")
    told = json.loads(out)
    assert told["schema"] == "biopact.dossier-check/1"
    assert all(set(finding) >= KEYS for finding in told["findings"])
    stray = next(it for it in told["findings"] if it["id"] == "BP-201")
    assert (stray["severity"], stray["agencies"], stray["fda"], stray["state"]) == ("high", ["us"], "1306", "found")
    assert stray["path"] == "0001/m3/stray.txt"
    assert {it["state"] for it in told["findings"]} <= {"found", "cannot-check"}


def test_an_explanation_survives_the_next_run_and_never_lies_in_the_dossier(call: Any, broken: Path) -> None:
    _, out, _ = call("check", broken, "--json")
    key = next(it["key"] for it in json.loads(out)["findings"] if it["id"] == "BP-201")
    call("check", broken, "--explain", f"{key}=A note for ourselves, taken out before sending")
    code, out, _ = call("check", broken, "--json")
    explained = {it["key"]: it["explanation"] for it in json.loads(out)["findings"]}
    assert explained[key] == "A note for ourselves, taken out before sending"
    assert code == 1  # an explained defect is a defect
    assert (broken.parent / "app.explanations.csv").exists()
    assert not list(broken.rglob("*explanation*"))
    _, out, _ = call("check", broken)
    assert "Explained: A note for ourselves" in out
    assert "; 1 explained" in out


def test_an_explanation_of_nothing_is_refused_with_the_nearest(call: Any, broken: Path) -> None:
    code, _, err = call("check", broken, "--explain", "BP-201-0000000000=why", "--workers", 0)
    assert code == 2
    assert "BP-201-" in err


def test_the_table_has_one_row_a_finding_and_no_cell_is_a_formula(call: Any, sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    (folder / "=cmd|calc.txt").write_text("x")
    (folder / "0001/m3/=1+1.pdf").write_bytes(b"x")
    call("check", folder, "--csv", tmp_path / "t.csv", "--html", tmp_path / "t.html", "--lang", "ko")
    _, out, _ = call("check", folder, "--json")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text("utf-8-sig"))))
    assert [row["key"] for row in rows] == [it["key"] for it in json.loads(out)["findings"]]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "@")]
    page = (tmp_path / "t.html").read_text("utf-8")
    assert '<html lang="ko">' in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)


def test_what_a_stranger_writes_is_escaped_on_the_page(call: Any, sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    dossier["0001"].doc("name").title = "<script>alert(1)</script>"
    dossier["0001"].doc("name").path = None
    call("check", dossier.write(tmp_path / "app"), "--html", tmp_path / "t.html")
    assert "<script>alert" not in (tmp_path / "t.html").read_text("utf-8")


def test_several_dossiers_are_checked_in_one_call(call: Any, folder: Path, broken: Path) -> None:
    code, out, _ = call("check", folder, broken, "--json", "--workers", 0)
    told = json.loads(out)
    assert code == 1
    assert [Path(it["dossier"]) for it in told["dossiers"]] == [folder, broken]
    assert {it["dossier"] for it in told["findings"] if it["id"] == "BP-201"} == {str(broken)}


def test_of_several_dossiers_one_that_is_none_does_not_stop_the_others(
    call: Any, folder: Path, broken: Path, tmp_path: Path
) -> None:
    (tmp_path / "app.zip").write_bytes(b"PK\5\6" + bytes(18))
    code, out, err = call("check", folder, tmp_path / "app.zip", broken, "--json", "--workers", 0)
    told = json.loads(out)
    assert code == 3
    assert [Path(it["dossier"]) for it in told["dossiers"]] == [folder, broken]
    assert [text in err for text in told["refused"]] == [True]
    assert "zip" in told["refused"][0]


def test_several_dossiers_make_one_page_and_one_table_and_an_overview(
    call: Any, folder: Path, broken: Path, tmp_path: Path
) -> None:
    files = ("--csv", tmp_path / "t.csv", "--html", tmp_path / "t.html", "--workers", 0)
    _, out, _ = call("check", folder, broken, *files, "--lang", "ko")
    page = (tmp_path / "t.html").read_text("utf-8")
    assert page.count("<html") == page.count("</html>") == page.count("<title>") == 1
    assert re.findall('href="([^"]*)"', page) == ["#d1", "#d2"] == [f"#{it}" for it in re.findall('id="([^"]*)"', page)]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text("utf-8-sig"))))
    assert {row["dossier"] for row in rows} == {str(folder), str(broken)}
    assert out.splitlines()[0] == "자료집 2건 점검"
    assert out.splitlines()[2].startswith(" app  FDA: 결함 3건")


def test_the_explanation_of_a_sequence_is_kept_with_its_application(call: Any, broken: Path) -> None:
    _, out, _ = call("check", broken / "0001", "--json", "--workers", 0)
    key = next(it["key"] for it in json.loads(out)["findings"] if it["id"] == "BP-201")
    call("check", broken / "0001", "--explain", f"{key}=ours", "--workers", 0)
    assert sorted(it.name for it in broken.iterdir()) == ["0001", "0002", "0003"]
    _, out, _ = call("check", broken, "--json", "--workers", 0)
    assert {it["key"]: it["explanation"] for it in json.loads(out)["findings"]}[key] == "ours"


def test_of_several_dossiers_an_explanation_is_kept_beside_its_own(call: Any, folder: Path, broken: Path) -> None:
    _, out, _ = call("check", broken, "--json", "--workers", 0)
    key = next(it["key"] for it in json.loads(out)["findings"] if it["id"] == "BP-201")
    call("check", folder, broken, "--explain", f"{key}=ours", "--workers", 0)
    assert (broken.parent / "app.explanations.csv").exists()
    assert not (folder.parent / "app.explanations.csv").exists()


def test_what_lies_in_one_countrys_module_1_is_no_matter_of_the_others(
    call: Any, sound: Dossier, tmp_path: Path
) -> None:
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0001/m1/us/debarment.pdf").write_bytes(b"cut")
    (folder / "0001/m2/24-nonclin-over/nonclinical-overview.pdf").write_bytes(b"cut")
    _, out, _ = call("check", folder, "--json", "--workers", 0)
    told = {(it["path"], it["id"]): it["agencies"] for it in json.loads(out)["findings"] if it["id"] == "BP-810"}
    assert told == {
        ("0001/m1/us/debarment.pdf", "BP-810"): ["us"],
        ("0001/m2/24-nonclin-over/nonclinical-overview.pdf", "BP-810"): ["us", "kr"],
    }
    _, out, _ = call("check", folder, "--json", "--workers", 0, "--for", "kr")
    assert not [it for it in json.loads(out)["findings"] if it["path"] == "0001/m1/us/debarment.pdf"]


def test_what_to_do_first_is_the_cause_and_not_what_it_brings(call: Any, sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    next((folder / "0001").rglob("stf-inv-301.xml")).unlink()  # brings eight study files without a tagging file
    (folder / "0001/m3/stray.txt").write_text("stray")
    (folder / "0001/m2/25-clin-over/clinical-overview.pdf").write_bytes(papers.pdf("Another"))
    _, out, _ = call("check", folder, "--json", "--workers", 0)
    told = json.loads(out)
    first = [key.rpartition("-")[0] for key in told["first"]]
    assert first == ["BP-201", "BP-202", "BP-204"]
    assert "BP-601" in {it["id"] for it in told["findings"]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "nowhere"], 3),
        (["check", "{folder}", "--for", "jp"], 2),
        (["check", "{folder}", "--type", "pma"], 2),
        (["check", "{folder}", "--dtd", "nowhere"], 2),
        (["convert", "{folder}", "--to", "eu", "--out", "x"], 2),
        (["gap", "{folder}", "--to", "xx"], 2),
        (["history", "nowhere"], 3),
        (["requirements", "--product", "pill", "--stage", "ind"], 2),
        (["requirements", "--product", "biologic", "--stage", "later"], 2),
        (["change", "nowhere.yaml"], 3),
    ],
)
def test_bad_calls_end_with_their_code_and_say_what_was_expected(
    call: Any, folder: Path, words: list[str], code: int
) -> None:
    ended, _, err = call(*(word.format(folder=folder) for word in words))
    assert ended == code
    assert err


def test_gap_counts_the_documents_by_what_becomes_of_them(call: Any, folder: Path) -> None:
    _, out, _ = call("gap", folder, "--to", "kr", "--json")
    told = json.loads(out)
    assert sum(told["counts"].values()) == told["documents"] == len(told["rows"])
    states = {row["id"]: row["state"] for row in told["rows"]}
    assert states["specifications-and-methods/kr/specifications"] == "met"
    assert states["application-form/kr/application-form"] == "rewrite"
    assert states["manufacture-and-sale-certificates/kr/sales-certificate"] == "new"
    assert all(row["cite"] for row in told["rows"])
    code, out, _ = call("gap", folder, "--to", "us", "--lang", "ko")
    assert code == 0
    assert "FDA 요구자료" in out


@pytest.mark.parametrize(
    "stage", ["pre-ind", "ind", "marketing", "gmp", "post-approval", "pharmacovigilance", "reimbursement"]
)
def test_requirements_stand_side_by_side_with_citation_and_relation(call: Any, stage: str) -> None:
    code, out, _ = call("requirements", "--product", "small-molecule", "--stage", stage, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["schema"] == "biopact.dossier-requirements/1"
    assert told["rows"]
    for row in told["rows"]:
        assert row["relation"] in ("same", "equivalent", "us-only", "kr-only", "conflicting")
        assert {"us", "kr"} <= set(row)
    for lang in ("en", "ko"):
        code, out, _ = call("requirements", "--product", "small-molecule", "--stage", stage, "--lang", lang)
        assert code == 0


def test_every_row_of_the_requirements_is_shown_for_some_product_and_stage(call: Any) -> None:
    from biopact.law.requirement_model import PRODUCTS, STAGES
    from biopact.law.requirements import read as rows
    from biopact.law.requirements import select

    shown = {row.id for product in PRODUCTS for stage in STAGES for row in select(rows(), product, stage)}
    assert len(shown) == len(rows()) == 97


def test_history_and_convert_answer_as_objects(call: Any, folder: Path, tmp_path: Path) -> None:
    _, out, _ = call("history", folder, "--json")
    assert json.loads(out)["schema"] == "biopact.dossier-history/1"
    code, out, _ = call("convert", folder, "--to", "kr", "--out", tmp_path / "kr", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["leaves"], told["identical"]) == (44, 29)
    assert sorted(path.name for path in (tmp_path / "kr.report").iterdir()) == [
        "conversion.json",
        "set-aside.csv",
        "to-write.csv",
    ]
    for lang in ("en", "ko"):
        code, out, _ = call("history", folder, "--all", "--lang", lang)
        assert code == 0


def test_the_common_headings_are_korean_in_korean(call: Any, folder: Path) -> None:
    common = [it for it in elements().values() if it.korean]
    assert {it.number[0] for it in elements().values() if not it.korean} == {
        "1"
    }  # module 1 of the U.S. has no Korean names
    assert all(re.search("[가-힣]", it.korean or "") for it in common)
    _, out, _ = call("history", folder, "--lang", "ko")
    assert "3.2.P.8.1  안정성 요약 및 결론" in out
    _, out, _ = call("history", folder)
    assert "3.2.P.8.1  Stability summary and conclusion" in out


def test_a_change_ends_with_cannot_tell_where_its_class_is_open(call: Any, tmp_path: Path) -> None:
    file = tmp_path / "change.yaml"
    file.write_text("product: Examplitinib\napplication: nda\nchange: site\ndescribes: moved\ndate: 2026-12-01\n")
    assert call("change", file)[0] == 4
    file.write_text(file.read_text() + "potential: moderate\n")
    code, out, _ = call("change", file, "--json")
    assert code == 0
    assert json.loads(out)["agencies"]["US"]["category"] == "cbe-30"


def test_core_is_run_outside_and_what_it_is_and_said_is_recorded(call: Any, folder: Path) -> None:
    _, out, _ = call("check", folder, "--json", "--workers", 0, "--core", FAKE)
    runs = json.loads(out)["core"]
    assert len(runs) == 2  # a folder of tabulations for each study
    assert {(it["engine"], it["rules"], it["status"], it["issues"]) for it in runs} == {
        ("0.17.1", "2026-09", "issues", 1)
    }
    assert all(re.fullmatch(r"[0-9a-f]{64}", it["report"]) for it in runs)


def test_core_that_fails_hangs_or_is_not_there_is_told(folder: Path) -> None:
    application = read(folder)
    assert {it.status for it in run(FAKE, "brokenig-3-4", application)} == {"failed"}
    assert {it.status for it in run(FAKE, "slowig-3-4", application, seconds=1)} == {"timed-out"}
    assert {it.status for it in run(FAKE, "sendig-3-1", application)} == {"passed"}
    with pytest.raises(UsageError, match="sdtmig-3-4"):
        run(FAKE, "sdtm", application)
    with pytest.raises(ExternalError):
        run("/nowhere/core", "sdtmig-3-4", application)


def test_every_finding_has_its_texts_in_both_languages_and_only_known_numbers() -> None:
    # the numbers seen in public accounts; ten of them with FDA's own severity
    numbers = {
        "1306",
        "1323",
        "1789",
        "1734",
        "1735",
        "1736",
        "1551",
        "1553",
        "1561",
        "1085",
        "1952/1950",
        "1034",
        "2001",
    }
    assert {it.fda for it in definitions().values() if it.fda} == numbers
    for it in definitions().values():
        for lang in ("en", "ko"):
            assert template_of(f"dossier.{it.id}", lang), it.id  # type: ignore[arg-type]
            assert template_of(f"dossier.{it.id}.hint", lang), it.id  # type: ignore[arg-type]
        assert re.search("[가-힣]", it.title["ko"])
        assert it.fda_severity is None or it.fda


def test_nothing_of_the_dossier_room_is_loaded_by_the_help() -> None:
    import subprocess

    code = "import sys\nfrom biopact.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint([m for m in ('lxml', 'pikepdf', 'pyreadstat', 'biopact.dossier') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
