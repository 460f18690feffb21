"""``supply`` as a user types it: exit codes, streams, JSON, files, both languages; the examples."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from biopact.cli import main

from ..conftest import ROOT
from .conftest import serial
from .writing import write_network

EXAMPLES = ROOT / "examples"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        code = caught.value.code
        return code if isinstance(code, int) else 0, out, err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = serial()
    tables["policies"] = [
        {"id": "stock", "kind": "stockpile", "target": "D:drug", "value": 500, "cost_year": 1000, "payer": "shared"},
        {"id": "more", "kind": "surge-capacity", "target": "make-raw", "value": 50, "cost_year": 10},
    ]
    tables["events"] = [{"id": "kr", "kind": "country", "target": "KR"}]
    tables["sources"] = [
        {"table": "sites", "row": "*", "column": "ttr", "source": "assumed", "confidence": "L", "low": 4, "high": 30}
    ]
    return write_network(tables, tmp_path / "line")


def test_the_answer_of_stress_has_the_shape_other_programs_read(call: Any, folder: Path) -> None:
    code, out, err = call(
        "supply", "stress", folder, "--json", "--frontier", "--budget", "1000", "--delay", "1", "--samples", "20"
    )
    told = json.loads(out)
    assert code == 0
    assert told["schema"] == "biopact.supply-stress/1"
    assert {"base", "scenarios", "events", "checked_cold"} <= set(told)
    for it in told["scenarios"]:
        assert {"down", "loss", "lost", "weeks", "tts", "one_window_tts", "ttr", "rei", "pruned"} <= set(it)
    assert [len(it["down"]) for it in told["scenarios"]].count(1) == 3
    assert [len(it["down"]) for it in told["scenarios"]].count(2) == 3
    assert told["checked_cold"]["n"] == 6
    assert told["checked_cold"]["largest_gap"] < 1e-9
    supplier = next(it for it in told["scenarios"] if it["down"] == ["S"])
    assert supplier["loss"] == 16000
    assert supplier["lost"] == {"drug": {"US": 1600}}
    assert supplier["tts"] == 10
    assert told["points_of_failure"] == ["S", "F", "D"]
    assert {it["name"] for it in told["policies"]} == {"none", "stock", "more", "all"}
    assert told["mix"]["policies"] == ["stock"]
    assert told["low_confidence"]["rests_on"][0]["number"] == "sites S ttr"
    assert told["delayed"]
    assert told["cost_of_delay"]["stock"]["break_even_hazard"] > 0
    assert told["durations"][0]["chance"] > 0.5
    assert "solves" in err  # progress goes to standard error


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_tables_are_in_the_language_asked_for(call: Any, folder: Path, lang: str) -> None:
    code, out, err = call(
        "supply", "stress", folder, "--lang", lang, "--frontier", "--budget", "10", "--delay", "2", "--samples", "9"
    )
    assert code == 0
    assert ("단일 중단" in out) is (lang == "ko")
    assert ("Single failures" in out) is (lang == "en")
    assert ("경고" in err) is (lang == "ko")
    assert "\x1b" not in out


@pytest.mark.parametrize(("rank", "words"), [("weeks", "most weeks"), ("tts", "against time to recover")])
def test_single_failures_are_told_in_the_order_asked_for(call: Any, folder: Path, rank: str, words: str) -> None:
    code, out, _ = call("supply", "stress", folder, "--rank", rank, "--no-policies", "--no-ranges")
    assert code == 0
    assert words in out


def test_solve_answers_one_scenario_week_by_week(call: Any, folder: Path) -> None:
    code, out, _ = call("supply", "solve", folder, "--down", "S", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["schema"] == "biopact.supply-solve/1"
    assert told["scenario"]["loss"] == 16000
    assert sum(told["lost_by_week"]["drug"]["US"]) == pytest.approx(1600)
    _, out, _ = call("supply", "solve", folder, "--down", "S", "--policy", "stock", "--json")
    assert json.loads(out)["scenario"]["loss"] == 11000
    _, out, _ = call("supply", "solve", folder, "--down", "S", "--policy", "stock", "--delay", "1", "--json")
    assert json.loads(out)["scenario"]["loss"] == 16000
    assert json.loads(out)["weeks"] == 156
    _, out, _ = call("supply", "solve", folder, "--down", "S", "--ttr", "5", "--json")
    assert json.loads(out)["scenario"]["loss"] == 1000 - 0
    code, out, _ = call("supply", "solve", folder, "--down", "kr")
    assert code == 0
    assert "900" in out


@pytest.mark.parametrize(("words", "code", "told"), [
    (["solve", "{}", "--down", "X"], 2, "neither a site nor an event"),
    (["solve", "{}", "--policy", "X"], 2, "no policy X"),
    (["stress", "{}", "--aim", "luck", "--budget", "5"], 2, "luck"),
    (["stress", "{}", "--delay", "-1"], 2, "--delay"),
    (["stress", "{}", "--rank", "luck"], 2, "luck"),
    (["stress", "{}/nowhere"], 3, "no network"),
    (["stress", "{}", "--strict", "unsourced"], 3, "no source"),
    (["show"], 2, "NETWORK"),
])  # fmt: skip
def test_a_wrong_call_ends_with_its_exit_code_and_what_to_do(
    call: Any, folder: Path, words: list[str], code: int, told: str
) -> None:
    ended, out, err = call("supply", *[word.replace("{}", str(folder)) for word in words])
    assert ended == code
    assert told in err
    assert out == ""


def test_show_tells_what_is_in_a_network_the_schema_and_the_figures(call: Any, folder: Path) -> None:
    for lang in ("en", "ko"):
        assert call("supply", "show", folder, "--lang", lang)[0] == 0
        code, out, _ = call("supply", "show", "--schema", "--lang", lang)
        assert code == 0
        assert "qualification_weeks" in out
        assert call("supply", "show", "--figures", "--lang", lang)[0] == 0
    told = json.loads(call("supply", "show", folder, "--json")[1])
    assert told["base"]["met"] is True
    assert told["rows"]["sites"] == 3
    assert json.loads(call("supply", "show", "--schema", "--json")[1])["tables"]["sites"]["columns"][0]["name"] == "id"


def test_the_brief_and_its_drawings_are_written_in_both_languages(call: Any, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, printed, _ = call("supply", "stress", folder, "--out", out, "--frontier")
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert names == {
        "brief.en.html", "brief.ko.html", "network.svg", "pairs.svg", "policies.svg", "frontier.svg", "ranges.svg", "stress.json",
        "scenarios.csv",
    }  # fmt: skip
    assert str(out / "brief.en.html") in printed
    for name in names:
        if name.endswith(".svg"):
            ElementTree.fromstring((out / name).read_text(encoding="utf-8"))
    english, korean = ((out / f"brief.{lang}.html").read_text(encoding="utf-8") for lang in ("en", "ko"))
    assert 'lang="en"' in english
    assert len(re.findall("[가-힣]", korean)) > 300
    for page in (english, korean):
        assert page.count("<svg") == page.count("<table") == 5  # every drawing has its numbers
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "<script" not in page
        assert "https://" not in page
    with (out / "scenarios.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 6


def test_a_name_with_markup_stays_a_name_in_the_brief(call: Any, tmp_path: Path) -> None:
    tables = serial()
    for row in tables["sites"]:
        row["owner"] = "<script>alert(1)</script>"
    tables["materials"][1]["name_en"] = "<b>x</b>"
    assert (
        call("supply", "stress", write_network(tables, tmp_path / "n"), "--out", tmp_path / "o", "--no-ranges")[0] == 0
    )
    page = (tmp_path / "o" / "brief.en.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "<b>x" not in page


def test_the_network_of_a_pact_is_found_and_named(call: Any, folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_network(serial(), tmp_path / "pact" / "networks" / name)
    code, _, err = call("supply", "stress", tmp_path / "pact")
    assert code == 3
    assert "one, two" in err
    assert call("supply", "stress", tmp_path / "pact", "--network", "two", "--no-law", "--no-ranges", "--json")[0] == 0


@pytest.mark.parametrize(("example", "fails"), [
    ("biosimilar", ["DS_SONGDO", "DEPOT_US", "DEPOT_KR"]),
    ("mrna-vaccine", ["LNP_US", "CAP_US", "MRNA_US"]),
])  # fmt: skip
def test_an_example_is_a_pact_that_checks_and_a_network_that_answers(call: Any, example: str, fails: list[str]) -> None:
    assert call("check", EXAMPLES / example)[0] in (0, 4)
    code, out, _ = call("supply", "stress", EXAMPLES / example, "--json", "--no-ranges", "--no-policies")
    told = json.loads(out)
    assert code == 0
    assert told["points_of_failure"][: len(fails)] == fails
    assert told["base"]["loss"] == 0
    assert told["base"]["tts"] is None
    assert told["law"]["lanes"]
    assert [it["check"] for it in told["warnings"] if it["check"] != "short-horizon"] == []  # every number has a source


def test_the_adalimumab_example_is_nearly_flat(call: Any) -> None:
    told = json.loads(call("supply", "stress", EXAMPLES / "biosimilar", "--json", "--no-ranges", "--no-policies")[1])
    made = [
        it["down"][0]
        for it in told["scenarios"]
        if len(it["down"]) == 1 and it["loss"] > 0 and not it["down"][0].startswith("DEPOT")
    ]
    assert made == ["DS_SONGDO"]  # of what is made, only Songdo drug substance
    songdo = next(it for it in told["scenarios"] if it["down"] == ["DS_SONGDO"])
    # 40 weeks less 16 of substance, 4 of syringes, and depots of 12 and 8 weeks: 660,000 of 57,500 a week
    assert songdo["weeks"] == pytest.approx(40 - 16 - 4 - 660 / 57.5, abs=1e-6)
    assert songdo["tts"] == int(16 + 4 + 660 / 57.5 + 6 + 5 + 1)
    events = {it["id"]: it for it in told["events"]}
    assert events["without-FF_EU"]["loss"] == 0
    assert events["FF_KR-without-FF_EU"]["loss"] > 0
