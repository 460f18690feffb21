"""The law as a book, from the command line: what is printed, in which language, with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from biopact.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    told = capsys.readouterr()
    code = caught.value.code
    return code if isinstance(code, int) else 0 if code is None else 1, told.out, told.err


def test_coverage_as_others_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "coverage", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["facts"] == 362
    assert told["facts"] == told["encoded"] + told["note"] + len(told["not_encoded"])


def test_coverage_prints_by_country_instrument_status_and_how_checked(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "coverage", "--lang", "ko")
    assert code == 0
    for heading in ("나라별", "상태별", "확인 방법별", "법령별", "미반영 항목과 이유"):
        assert heading in out


def test_both_laws_side_by_side_on_one_topic(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "compare", "us", "kr", "--topic", "transfer-grounds")
    assert code == 0
    assert "us/hipaa/164.502" in out
    assert "kr/pipa/28-8" in out
    assert "lever" in out


def test_all_topics_and_requirements_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "compare", "us", "kr", "--json")
    told = json.loads(out)
    assert code == 0
    assert set(told["counts"]["topics"]) == {"same", "equivalent", "us-only", "kr-only", "conflicting"}
    assert len(told["topics"]) == sum(told["counts"]["topics"].values())


def test_a_topic_that_is_not_there_is_a_wrong_call_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "law", "compare", "us", "kr", "--topic", "transfer-ground")
    assert code == 2
    assert "transfer-grounds" in err


def test_only_the_two_countries_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "law", "compare", "us", "jp")[0] == 2


@pytest.mark.parametrize(("lang", "word"), [("en", "both"), ("ko", "양국")])
def test_norms_in_both_languages(capsys: pytest.CaptureFixture[str], lang: str, word: str) -> None:
    code, out, _ = run(capsys, "law", "norms", "--lang", lang)
    assert code == 0
    assert word in out


def test_a_search_prints_what_it_found_and_counts_on_the_side(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "law", "search", "심의면제")
    assert code == 0
    assert "kr/bioethics-act/15-2" in out
    assert err.strip()
    assert run(capsys, "law", "search", " ")[0] == 2
    code, out, _ = run(capsys, "law", "search", "zzyzx", "--json")
    assert (code, json.loads(out)["found"]) == (0, [])


def test_what_changed_between_two_days(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "diff", "2025-10-23", "2025-10-24")
    assert code == 0
    assert "us/nih/25-160" in out
    assert run(capsys, "law", "diff", "2025-10-23", "soon")[0] == 2


def test_a_sheet_for_a_lawyer_is_written_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "bioethics.html"
    code, _, err = run(capsys, "law", "review", "kr/bioethics-act", "--out", str(out))
    assert code == 0
    assert str(out) in err
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["bioethics.html"]


@pytest.mark.parametrize(
    "words",
    [
        ("law", "review", "kr/bioethic-act"),
        ("law", "review", "kr/pipa", "--out", "sheet.docx"),
        ("law", "review", "kr/pipa", "--out", "none/such/sheet.md"),
    ],
)
def test_a_sheet_that_cannot_be_written_says_what_to_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *words)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) >= 2


def test_a_rule_is_shown_with_its_topic(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "law", "show", "kr/bioethics-act/38", "--lang", "ko")
    assert code == 0
    assert "인체유래물의 제공" in out
    told = json.loads(run(capsys, "law", "show", "kr/bioethics-act/38", "--json")[1])
    assert told["topics"][0]["id"] == "specimen-provision"
