"""Every template, once its questions are answered, is decided in both countries, with reasons in both languages."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from biopact.cli import main
from biopact.decide import check
from biopact.decide.determination import FlowDetermination
from biopact.decide.reading import read
from biopact.law import the_law
from biopact.pact.start import TEMPLATES, template_folder

ANSWERED = Path(__file__).parent / "answered"
DAY = datetime.date(2026, 11, 24)
HANGUL = re.compile("[가-힣]")


def merged(base: Any, more: Any) -> Any:
    if isinstance(base, dict) and isinstance(more, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in more.items()}}
    return more


def answered(template: str, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path / template
    shutil.copytree(template_folder(template), folder)
    answers = yaml.safe_load((ANSWERED / f"{template}.yaml").read_text("utf-8"))
    expect = answers.pop("expect")
    path = folder / "pact.yaml"
    written = merged(yaml.safe_load(path.read_text("utf-8")), answers)
    path.write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder, expect


def touched(flow: FlowDetermination) -> set[str]:
    return {state.rule.id for told in flow.jurisdictions.values() for state in told.rules}


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_answered_template_is_decided_as_it_says(template: str, tmp_path: Path) -> None:
    folder, expect = answered(template, tmp_path)
    told = {flow.id: flow for flow in check(read(folder), the_law(), as_of=DAY).flows}
    for name, wanted in expect.items():
        flow = told[name]
        if "verdict" in wanted:
            assert flow.verdict == wanted["verdict"], name
        for country in ("US", "KR"):
            if country in wanted:
                assert flow.jurisdictions[country].verdict == wanted[country], (name, country)
        assert set(wanted.get("rules", ())) <= touched(flow), name
        assert set(wanted.get("not_covered", ())) <= set(flow.not_covered), name
        if "review" in wanted:
            assert flow.review is wanted["review"], name


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_is_left_to_ask_of_an_answered_template(template: str, tmp_path: Path) -> None:
    folder, _ = answered(template, tmp_path)
    for flow in check(read(folder), the_law(), as_of=DAY).flows:
        assert [fact.fact for fact in flow.missing] == [], flow.id
        assert flow.verdict != "undetermined" or flow.not_covered, flow.id


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_answer_gives_its_reasons_in_the_language_asked(
    template: str, lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = answered(template, tmp_path)
    with pytest.raises(SystemExit):
        main(["check", str(folder), "--as-of", DAY.isoformat(), "--lang", lang, "--json"])
    told = json.loads(capsys.readouterr().out)
    asked = [obligation["text"] for flow in told["flows"] for obligation in flow["obligations"]]
    assert asked
    assert [text for text in asked if bool(HANGUL.search(str(text))) != (lang == "ko")] == []
    reasons = [rule["cite"] for flow in told["flows"] for it in flow["jurisdictions"].values() for rule in it["rules"]]
    assert reasons


def test_the_template_of_markets_holds_licence_co_development_grant_investment_and_weights() -> None:
    pact = read(template_folder("market"))
    kinds = {name: pact.items[flow.items[0]].kind for name, flow in pact.flows.items()}
    assert kinds == {
        "licence": "data",
        "analysis": "service",
        "weights": "model",
        "co-development": "technology",
        "joint-grant": "service",
        "investment": "investment",
    }
