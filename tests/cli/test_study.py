"""study try and study plan as a user types them: what is printed, what is written, what is not, and the exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from biopact.cli.progress import show_progress
from biopact.study.coordinator import Progress

from ..conftest import ROOT

LIVER, HEART = ROOT / "examples" / "liver", ROOT / "examples" / "heart"
SITES = ("kr", "us-dd", "us-bc-2y", "us-others")


def liver_sites() -> list[str]:
    words = []
    for site in SITES:
        words += ["--site", f"{site}={LIVER / 'data' / f'{site}.csv'}", "--country", f"{site}={site[:2].upper()}"]
    return words


def files_under(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_trial_prints_the_numbers_of_the_run_and_leaves_nothing_behind(biopact: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    tried = biopact("study", "try", LIVER / "studies" / "liver-survival.yaml", *liver_sites(), "--json")
    ran = biopact("run", LIVER, "--state", state, "--out", tmp_path / "out", "--json")
    assert (tried.code, ran.code) == (0, 0)
    assert tried.json["schema"] == "biopact.results/1"
    assert tried.json["trial"] is True
    assert tried.json["pact"] is None
    assert "trial" not in ran.json
    for one, other in zip(tried.json["analyses"], ran.json["analyses"], strict=True):
        assert one.get("terms") == other.get("terms"), one["name"]
    assert tried.json["readiness"]["table"] == ran.json["readiness"]["table"]


def test_a_trial_writes_its_two_files_only_where_it_is_asked_to(biopact: Any, tmp_path: Path) -> None:
    told = biopact(
        "study",
        "try",
        LIVER / "studies" / "hepatitis-b.yaml",
        *liver_sites(),
        "--out",
        tmp_path / "out",
        "--lang",
        "ko",
    )
    assert told.code == 0
    assert files_under(tmp_path) == {"results.json", "report.html"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "아무것도 내보내지 않았습니다" in page
    assert "minimum-cell" in page
    assert "hepatitis_b=1" in page, "what is too small is named in a trial"
    assert json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["trial"] is True


def test_a_trial_shows_refusals_beside_the_numbers_and_ends_with_nought(biopact: Any) -> None:
    words = ("study", "try", LIVER / "studies" / "hepatitis-b.yaml", *liver_sites())
    told = biopact(*words, "--json").json
    assert {(it["site"], it["rule"], it["trial"]) for it in told["refused"]} == {
        (site, "minimum-cell", True) for site in SITES[1:]
    }
    assert all("hepatitis_b=1" in it["cells"] for it in told["refused"])
    assert told["analyses"][0]["terms"]
    printed = biopact(*words)
    assert printed.code == 0
    assert "us-dd would refuse survival" in printed.out
    assert "nothing was released" in printed.out
    free = biopact(*words, "--min-cell", 0, "--json")
    assert free.json["refused"] == []
    assert free.json["analyses"][0]["terms"] == told["analyses"][0]["terms"]


def test_what_would_be_hidden_is_shown_and_marked(biopact: Any) -> None:
    words = ["study", "try", HEART / "studies" / "heart-disease.yaml", "--min-cell", "11"]
    for path in sorted((HEART / "data").glob("*.csv")):
        words += ["--site", f"{path.stem}={path}"]
    table = biopact(*words, "--json").json["analyses"][0]["table"]
    row = next(row for row in table if row["site"] == "va" and row["column"] == "sex" and row["level"] == "0")
    assert row["n"] == 5
    assert "n" in row["suppressed"]
    assert "5 (3.4%) *" in biopact(*words).out


def test_the_readiness_table_is_the_first_thing_shown(biopact: Any, tmp_path: Path) -> None:
    tried = biopact("study", "try", LIVER / "studies" / "liver-survival.yaml", *liver_sites()).out
    assert tried.index("How ready the data are") < tried.index("table1")
    ran = biopact("run", LIVER, "--state", tmp_path / "state", "--out", tmp_path / "out").out
    assert ran.index("How ready the data are") < ran.index("table1")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index('id="readiness"') < page.index('id="results"')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "No site is given"),
        (["--site", "a"], "is not a name"),
        (["--site", "=x.csv"], "is not a name"),
        (["--site", "all=x.csv"], "is not a name"),
        (["--site", "../a=x.csv"], "is not a name"),
        (["--site", "a=x.csv", "--site", "a=y.csv"], "names a twice"),
        (["--site", "a=x.csv", "--country", "b=KR"], "which is no site here"),
        (["--site", "a=x.csv", "--min-cell", "-1"], "min-cell"),
    ],
)
def test_a_wrong_call_is_told_as_such(biopact: Any, words: list[str], said: str) -> None:
    told = biopact("study", "try", LIVER / "studies" / "liver-survival.yaml", *words)
    assert told.code == 2
    assert said in told.err


def test_a_plan_says_what_is_asked_which_rules_bind_and_what_would_be_refused(biopact: Any, tmp_path: Path) -> None:
    told = biopact("study", "plan", LIVER, "hepatitis-b", "--state", tmp_path / "state", "--json")
    assert told.code == 1
    plan = told.json
    assert plan["schema"] == "biopact.study-plan/1"
    assert {it["name"]: it["type"] for it in plan["columns"]}["hepatitis_b"] == "boolean"
    assert plan["analyses"][0]["columns"][:2] == ["days", "dead"]
    korea = next(site for site in plan["sites"] if site["id"] == "kr")
    assert (korea["readiness"], korea["minimum"]) == ("ready", {"number": 10, "source": "pact"})
    assert "kr/bioethics-act/15" in {rule["id"] for rule in korea["rules"]}
    assert {(it["site"], it["analysis"], it["rule"]) for it in plan["would_refuse"]} == {
        (site, "survival", "minimum-cell") for site in SITES[1:]
    }
    assert {row["site"] for row in plan["readiness"]["table"]} == set(SITES)
    assert files_under(tmp_path) == set(), "no key, no ledger, no store"


def test_a_plan_foresees_what_the_ledger_would_refuse_and_counts_nothing(biopact: Any, tmp_path: Path) -> None:
    import shutil

    pact, state = tmp_path / "liver", tmp_path / "state"
    shutil.copytree(LIVER, pact)
    assert biopact("run", pact, "--state", state, "--out", tmp_path / "out").code == 0
    text = (pact / "studies" / "liver-survival.yaml").read_text(encoding="utf-8")
    narrower = text.replace("study: liver-survival", "study: narrower")
    narrower = narrower.replace("{table: patients}", '{table: patients, where: "age < 81"}')
    (pact / "studies" / "narrower.yaml").write_text(narrower, encoding="utf-8")
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    told = biopact("study", "plan", pact, "narrower", "--state", state, "--json").json
    assert "nested-cohorts" in {it["rule"] for it in told["would_refuse"]}
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before
    ran = biopact("run", pact, "narrower", "--state", state, "--out", tmp_path / "out2", "--json")
    asked = {(it["site"], it["analysis"], it["rule"]) for it in ran.json["refused"]}
    assert asked
    assert asked <= {(it["site"], it["analysis"], it["rule"]) for it in told["would_refuse"]}


def test_a_plan_without_the_data_still_says_what_would_be_asked(biopact: Any, tmp_path: Path) -> None:
    import shutil

    pact = tmp_path / "liver"
    shutil.copytree(LIVER, pact)
    for site in SITES:
        (pact / "data" / f"{site}.csv").unlink()
    (pact / "sites" / "kr.yaml").unlink()
    told = biopact("study", "plan", pact, "--json")
    assert told.code == 0
    assert not any(site["data_here"] for site in told.json["sites"])
    assert told.json["readiness"] is None
    assert "its gate was not asked" in biopact("study", "plan", pact).out


def test_progress_is_for_a_terminal_and_never_for_a_pipe(biopact: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = biopact("study", "try", LIVER / "studies" / "liver-survival.yaml", *liver_sites())
    assert told.err == ""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    show_progress(Progress("kr", "survival", 3, 1.25))
    assert "1.2 s  kr  survival  round 3" in screen.getvalue()


def test_the_terminal_names_things_as_the_report_does_and_never_says_none(biopact: Any, tmp_path: Path) -> None:
    for lang, words in (
        ("en", ("Age (year): mean (SD)", "Sex: male", "vs female", "Alcohol: yes", "United States", "11 events only")),
        ("ko", ("나이(세): ", "성별: 남성", "여성 대비", "음주력: 있음", "미국", "사건이 11건뿐")),
    ):
        state, out = tmp_path / f"state-{lang}", tmp_path / lang
        told = biopact("run", LIVER, "--state", state, "--out", out, "--lang", lang).out
        for word in words:
            assert word in told
        for raw in ("T.male", "alcohol: 1", "None", "US  "):
            assert raw not in told.partition("table1")[2]


def test_a_hidden_count_is_a_dash_in_the_terminal(biopact: Any, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(HEART, tmp_path / "heart")
    pact = tmp_path / "heart" / "pact.yaml"
    pact.write_text(pact.read_text(encoding="utf-8").replace("min_cell: 5", "min_cell: 11"), encoding="utf-8")
    told = biopact("run", tmp_path / "heart", "--out", tmp_path / "out")
    assert told.code == 1
    assert "<11" in told.out
    assert "None" not in told.out
    assert "Smallest cell: 11 (set by the pact), at cleveland, hungarian, switzerland, va" in told.out


def test_a_run_that_runs_nothing_says_so(biopact: Any, tmp_path: Path) -> None:
    for example, code in (("refused", 1), ("unknown", 4)):
        told = biopact("run", ROOT / "examples" / example, "--out", tmp_path / "out")
        assert told.code == code
        assert "Nothing was run" in told.err
    ready = biopact("run", ROOT / "examples" / "mrna-vaccine", "--out", tmp_path / "out")
    assert ready.code == 3
    assert "has no study to run" in ready.err
    assert not (tmp_path / "out").exists()
