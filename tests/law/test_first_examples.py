"""The answers that the first examples rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from biopact.decide import check
from biopact.decide.determination import FlowDetermination
from biopact.decide.reading import read
from biopact.law import the_law

EXAMPLES = Path(__file__).parents[2] / "examples"


def flows(name: str) -> dict[str, FlowDetermination]:
    if not (EXAMPLES / name).is_dir():
        pytest.skip(f"no example {name}")
    return {flow.id: flow for flow in check(read(EXAMPLES / name), the_law()).flows}


def test_the_joint_study_is_ready_on_the_review_of_the_korean_committee_alone() -> None:
    told = flows("liver")
    assert {flow.id: flow.readiness for flow in told.values()} == dict.fromkeys(told, "ready")
    assert told["kr-sums"].verdict == "authorisation"
    assert {it.rule.rule.id for it in told["kr-sums"].obligations} == {"kr/bioethics-act/15"}
    assert {told[name].verdict for name in told if name != "kr-sums"} == {"clear"}
    assert {name for name in told if told[name].review} == {"kr-sums"}  # the smallest Korean cell is not confirmed


def test_genomes_sold_to_a_covered_company_are_refused_under_both_sections() -> None:
    (flow,) = flows("refused").values()
    applied = {state.rule.id for state in flow.jurisdictions["US"].rules if state.state == "applies"}
    assert flow.verdict == "prohibited"
    assert {"us/doj-data-security/202.301", "us/doj-data-security/202.303"} <= applied


def test_where_the_owners_are_not_written_they_are_asked_first() -> None:
    (flow,) = flows("unknown").values()
    assert flow.verdict == "undetermined"
    assert flow.missing[0].fact == "recipient.owners"
