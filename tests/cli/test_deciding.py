"""check, explain, ask, init, evidence and law as a user types them: exit codes, streams, JSON, both languages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from biopact.cli.app import COMMANDS
from biopact.pact.start import TEMPLATES

from ..conftest import ROOT

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(("example", "code", "verdicts"), [
    ("liver", 0, {"authorisation", "clear"}),
    ("heart", 0, {"authorisation", "clear"}),
    ("refused", 1, {"prohibited"}),
    ("unknown", 4, {"undetermined"}),
])  # fmt: skip
def test_an_example_is_decided_with_its_exit_code(biopact: Any, example: str, code: int, verdicts: set[str]) -> None:
    told = biopact("check", EXAMPLES / example, "--json")
    assert told.code == code, told.err
    assert told.json["schema"] == "biopact.check/1"
    assert {flow["verdict"] for flow in told.json["flows"]} == verdicts


def test_the_refused_transfer_names_its_article(biopact: Any) -> None:
    told = biopact("check", EXAMPLES / "refused")
    assert told.code == 1
    assert "28 CFR 202.301" in told.out
    assert "28 CFR 202.303" in told.out


def test_the_owners_are_what_is_asked_first_and_an_answer_can_be_tried(biopact: Any) -> None:
    told = biopact("ask", EXAMPLES / "unknown", "licence", "--json")
    assert told.code == 0
    assert told.json["missing"][0]["fact"] == "recipient.owners"
    tried = biopact("ask", EXAMPLES / "unknown", "licence", "--set", "recipient.covered_person=true", "--json")
    assert tried.json["verdict"] == "prohibited"


def test_an_explanation_shows_the_condition_part_by_part(biopact: Any) -> None:
    told = biopact("explain", EXAMPLES / "refused", "licence", "--rule", "us/doj-data-security/202.301")
    assert told.code == 0
    assert "✓ recipient.covered_person" in told.out
    assert "doj-data-security.yaml:" in told.out


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_checks_and_leaves_questions_open(biopact: Any, tmp_path: Path, template: str) -> None:
    assert biopact("init", tmp_path / "new", "--template", template).code == 0
    told = biopact("check", tmp_path / "new")
    assert told.code in (1, 4), told.err


def test_init_copies_an_example_that_checks(biopact: Any, tmp_path: Path) -> None:
    assert biopact("init", tmp_path / "liver", "--example", "liver").code == 0
    assert biopact("check", tmp_path / "liver").code == 0
    again = biopact("init", tmp_path / "liver", "--example", "liver")
    assert again.code == 3
    assert biopact("init", tmp_path / "x", "--example", "livr").code == 2


def test_evidence_makes_a_flow_ready_and_keeps_the_comments(biopact: Any, tmp_path: Path) -> None:
    biopact("init", tmp_path / "liver", "--example", "liver")
    path = tmp_path / "liver" / "pact.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"\n  - \{rule: kr/bioethics-act/15.*", "", text.replace("evidence:\n", "")), encoding="utf-8"
    )
    assert biopact("check", tmp_path / "liver", "kr-sums").code == 1
    words = [
        "--rule",
        "kr/bioethics-act/15",
        "--flow",
        "kr-sums",
        "--reference",
        "IRB 7",
        "--file",
        "evidence/irb-2026-041.txt",
    ]
    added = biopact("evidence", "add", tmp_path / "liver", *words)
    assert added.code == 0, added.err
    assert biopact("check", tmp_path / "liver", "kr-sums").code == 0
    fresh = path.read_text(encoding="utf-8")
    assert "작은 수가 드러나지 않도록" in fresh
    assert re.search("sha256: ['\"]?[0-9a-f]{64}", fresh)


@pytest.mark.parametrize(("words", "code"), [
    (["check", "no-such-folder"], 3),
    (["check", "examples/liver", "no-such-flow"], 2),
    (["check", "examples/liver", "--lang", "fr"], 2),
    (["check", "examples/liver", "--as-of", "2026-02-30"], 2),
    (["check", "examples/liver", "--law", "no-such-folder"], 3),
    (["chek", "examples/liver"], 2),
    (["check"], 2),
    (["ask", "examples/unknown", "licence", "--set", "recipient.nothing=1"], 2),
    (["ask", "examples/unknown", "licence", "--set", "flow.purpose=fun"], 2),
    (["law", "show", "us/nothing"], 2),
])  # fmt: skip
def test_a_wrong_call_is_told_and_ends_with_its_code(
    biopact: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    monkeypatch.chdir(ROOT)
    told = biopact(*words)
    assert told.code == code, told.err
    assert told.err
    assert "Traceback" not in told.err


def test_an_error_is_an_object_too_when_json_is_asked_for(biopact: Any, tmp_path: Path) -> None:
    (tmp_path / "pact.yaml").write_text("pact: p\nparties:\n  a: {country: KR, colour: red}\n", encoding="utf-8")
    told = biopact("check", tmp_path, "--json")
    assert told.code == 3
    assert told.json["errors"][0]["line"] == 3


def test_korean_is_spoken_when_asked_for(biopact: Any) -> None:
    told = biopact("check", EXAMPLES / "liver", "--lang", "ko")
    assert "양국 법에 따른 이동 판정" in told.out
    assert "기관생명윤리위원회" in told.out
    assert "법률 자문" in told.out


@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii"])
def test_a_system_that_lacks_a_sign_still_gets_an_answer(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    words = [sys.executable, "-m", "biopact", "check", str(EXAMPLES / "liver")]
    told = subprocess.run(words, capture_output=True, env=environment, check=False)
    assert told.returncode == 0, told.stderr
    assert b"IRB 2026-041" in told.stdout
    if encoding == "cp949":
        assert "생명윤리" in told.stdout.decode("cp949")
    told = subprocess.run([*words, "--json"], capture_output=True, env=environment, check=False)
    assert json.loads(told.stdout.decode("utf-8"))["schema"] == "biopact.check/1"


def test_what_is_not_a_terminal_gets_no_colour(biopact: Any) -> None:
    assert "\x1b[" not in biopact("check", EXAMPLES / "liver").out


def test_the_law_says_every_rule_is_covered_by_its_cases(biopact: Any) -> None:
    told = biopact("law", "test", "--json")
    assert told.code == 0, told.json["failed"]
    assert not any(told.json["uncovered"].values())
    assert told.json["cases"] > 300


def test_a_rule_is_shown_with_its_cases(biopact: Any) -> None:
    told = biopact("law", "show", "us/doj-data-security/202.301", "--lang", "ko")
    assert told.code == 0
    assert "데이터 중개 금지" in told.out


def test_the_usage_shows_once_what_may_be_left_out(biopact: Any) -> None:
    for name, usage in (("check", "PACT [FLOW]"), ("run", "PACT [STUDY]"), ("verify", "RECEIPT")):
        told = biopact(name, "--help").out
        assert told.splitlines()[0].endswith(f"[OPTIONS] {usage}")
        assert "<path>" not in told
    assert "[필수]" in biopact("batch", "--help", "--lang", "ko").out


@pytest.mark.parametrize(("words", "english", "korean"), [
    (["check", "p", "--as-of", "x"], "Not a value for --as-of: x is no date", "--as-of로 쓸 수 없는 값입니다: x는 올바른 날짜가"),
    (["law", "mutate", "--sample", "x"], "a whole number is expected", "정수를 적어야 합니다"),
    (["law", "mutate", "--sample", "-1"], "at least 1 is expected", "1 이상이어야 합니다"),
])  # fmt: skip
def test_a_value_that_does_not_fit_is_told_in_our_words(
    biopact: Any, words: list[str], english: str, korean: str
) -> None:
    for lang, said in (("en", english), ("ko", korean)):
        told = biopact(*words, "--lang", lang)
        assert told.code == 2
        assert said in told.err
        assert "Value error" not in told.err
        assert "Input should" not in told.err


def test_every_command_has_help_in_both_languages(biopact: Any) -> None:
    for name in COMMANDS:
        english, korean = (biopact(name, "--help", "--lang", lang).out for lang in ("en", "ko"))
        assert english != korean, name
        assert re.search("[가-힣]", korean), name


def test_a_broken_law_pack_is_told_with_its_line(biopact: Any, tmp_path: Path) -> None:
    (tmp_path / "jp").mkdir()
    (tmp_path / "jp" / "act.yaml").write_text(
        "instrument: {id: jp/act, title: {en: A, ko: 가}}\nrules:\n  - {id: jp/act/1}\n"
    )
    told = biopact("check", EXAMPLES / "refused", "--law", tmp_path)
    assert told.code == 3
    assert "act.yaml:3" in told.err


def test_a_pack_brings_the_law_of_another_country(biopact: Any, tmp_path: Path) -> None:
    (tmp_path / "cn").mkdir()
    rule = "{id: cn/act/1, title: {en: Export, ko: 수출}, cite: Art. 1, effect: oblige, due: before, when: \"item.kind == 'data'\"}"
    (tmp_path / "cn" / "act.yaml").write_text(
        f"instrument: {{id: cn/act, title: {{en: A, ko: 가}}, citation: A}}\nrules:\n  - {rule}\n", encoding="utf-8"
    )
    pact = (EXAMPLES / "refused" / "pact.yaml").read_text(encoding="utf-8").replace("country: KR", "country: CN")
    (tmp_path / "pact.yaml").write_text(pact, encoding="utf-8")
    assert biopact("check", tmp_path, "--json").json["flows"][0]["not_covered"] == ["CN"]
    told = biopact("check", tmp_path, "--json", "--law", tmp_path)
    assert told.json["flows"][0]["not_covered"] == []
    assert told.json["flows"][0]["jurisdictions"]["CN"]["verdict"] == "obligations"


def test_a_library_that_is_not_installed_is_named_with_the_command_that_installs_it(
    biopact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("biopact.study")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)  # as if it were not installed
    told = biopact("run", EXAMPLES / "liver")
    assert told.code == 5
    assert 'pip install "biopact[study]"' in told.err


def test_evidence_for_a_provision_that_is_not_there_is_refused_where_it_is_written(
    biopact: Any, tmp_path: Path
) -> None:
    assert biopact("init", tmp_path / "p", "--example", "liver").code == 0
    path = tmp_path / "p" / "pact.yaml"
    path.write_text(
        path.read_text("utf-8").replace("rule: kr/bioethics-act/15,", "rule: kr/bioethics-act/155,"), "utf-8"
    )
    for lang in ("en", "ko"):
        told = biopact("check", tmp_path / "p", "--lang", lang)
        assert told.code == 3
        assert told.out == ""
        assert "evidence[0].rule" in told.err
        assert "kr/bioethics-act/15" in told.err.splitlines()[1]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_flow_may_happen_on_any_day_there_is(biopact: Any, tmp_path: Path, day: str) -> None:
    """Windows before the first day and deadlines behind the last are none, and no fault."""
    for example in ("liver", "mrna-vaccine"):
        folder = tmp_path / f"{example}-{day}"
        assert biopact("init", folder, "--example", example).code == 0
        path = folder / "pact.yaml"
        text = re.sub(r"date: \d{4}-\d\d-\d\d", f"date: {day}", path.read_text("utf-8"))
        path.write_text(text.replace("event: {kind: none}", f"event: {{kind: discontinuance, date: {day}}}"), "utf-8")
        assert biopact("check", folder, "--as-of", day).code in (0, 1, 4)


@pytest.mark.parametrize("given", ["flow.value=[", "flow.value=", "flow.value=-5", "flow.valu=5", "flow.value"])
def test_an_answer_that_is_none_is_a_fault_of_the_call(biopact: Any, given: str) -> None:
    told = biopact("ask", EXAMPLES / "unknown", "licence", "--set", given)
    assert told.code == 2
    assert told.out == ""
    assert "file" not in told.err


def test_a_flow_is_shown_with_the_name_of_what_it_carries(biopact: Any) -> None:
    assert "kr-sums (Sums over records, Korean collectors)" in biopact("check", EXAMPLES / "liver").out
    assert "kr-sums (한국 수집기관 기록의 합계)" in biopact("check", EXAMPLES / "liver", "--lang", "ko").out
    assert "licence (Licence of the genomes)" in biopact("ask", EXAMPLES / "refused", "licence").out
