"""Flows under two laws: legs, days, residences, countries without law, evidence, readiness."""

from __future__ import annotations

import datetime
import json

import pytest

from biopact.decide import as_json, check
from biopact.decide.determination import Determination
from biopact.rules import RuleSet
from biopact.rules.loading.patch import patched

from ..rules.test_patch import option
from .conftest import PACT, decided, pact_of


def test_a_flow_has_the_stricter_verdict_of_both_countries() -> None:
    told = decided()
    assert (told.us.verdict, told.kr.verdict, told.verdict) == ("obligations", "authorisation", "authorisation")
    assert told.readiness == "open"


def test_a_prohibition_in_one_country_decides_though_another_is_unknown() -> None:
    told = decided(("to: kr", "to: cn"))
    assert told.verdict == "prohibited"
    assert told.not_covered == ("CN",)
    assert told.readiness == "blocked"


def test_a_country_without_a_law_pack_leaves_the_verdict_open_and_is_named() -> None:
    told = decided(("from: us", "from: kr"), ("to: kr", "to: cn"), ("people: {US: 5000}", "people: {KR: 5}"))
    assert told.not_covered == ("CN",)
    assert (told.low.word, told.high.word, told.verdict) == ("clear", "prohibited", "undetermined")


def test_the_law_of_each_residence_has_a_say() -> None:
    told = decided(("from: us, to: kr", "from: kr, to: usb"), ("people: {US: 5000}", "people: {US: 5000, VN: 3}"))
    assert set(told.jurisdictions) == {"US", "KR"}
    assert told.not_covered == ("VN",)


def test_a_country_that_is_not_written_may_be_any() -> None:
    told = decided(("kr: {country: KR, kind", "kr: {kind"), ("people: {US: 5000}", "people: {US: {at_most: 50}}"))
    assert told.verdict == "undetermined"
    assert "unknown" in told.not_covered


def test_each_leg_is_judged_and_the_highest_of_them_is_the_flow() -> None:
    told = decided(("from: us, to: kr", "legs: [{from: us, to: kr}, {from: kr, to: cn}]"))
    assert [(leg.sender, leg.recipient) for leg in told.legs] == [("us", "kr"), ("kr", "cn")]
    verdicts = [{it.jurisdiction: it.verdict for it in leg.jurisdictions} for leg in told.legs]
    assert verdicts[0]["KR"] == "authorisation"
    assert verdicts[1]["KR"] == "clear"
    assert told.us.verdict == "obligations"  # the second leg does not leave the United States


def test_several_items_and_recipients_are_judged_one_by_one() -> None:
    told = decided(("item: genomes, from: us, to: kr", "items: [genomes, sums], from: us, to: [kr, usb]"))
    assert {(leg.item, leg.recipient) for leg in told.legs} == {
        ("genomes", "kr"),
        ("genomes", "usb"),
        ("sums", "kr"),
        ("sums", "usb"),
    }


def test_a_derived_item_inherits_what_it_contains_and_whose_it_is() -> None:
    told = decided(("item: genomes", "item: sums"))
    facts = told.legs[0].facts
    assert facts["item.contains"].has == {"genome"}
    assert facts["item.source.contains"].has == {"genome"}
    assert facts["item.form"] == "aggregate"
    assert "item.source.form" not in facts


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        ("date: 2025-04-07", "clear"),
        ("date: 2025-04-08", "obligations"),
        ("starts: 2025-01-01, ends: 2025-04-07", "clear"),
        ("starts: 2025-01-01, ends: 2025-04-08", "obligations"),
    ],
)
def test_a_flow_over_time_is_judged_at_each_change_of_law_inside(dates: str, verdict: str) -> None:
    from .conftest import LAW, ruleset

    law = ruleset(LAW.replace('when: "leaves && bulk"', 'when: "leaves && bulk"\n    from: 2025-04-08'))
    assert decided(("date: 2026-12-01", dates), law=law).us.verdict == verdict


def test_undated_flows_are_judged_on_the_day_asked_else_the_pacts() -> None:
    undated = (("date: 2026-12-01, ", ""),)
    assert decided(*undated).legs[0].day == datetime.date(2026, 11, 24)
    assert decided(*undated, as_of=datetime.date(2025, 1, 1)).legs[0].day == datetime.date(2025, 1, 1)


EVIDENCE = """
evidence:
  - {rule: kr/act/1, flow: f, reference: P-1, from: 2026-01-01, to: 2026-12-31}
  - {rule: us/act/4, flow: f}
"""


@pytest.mark.parametrize(
    ("change", "readiness"),
    [
        (None, "ready"),
        (("to: 2026-12-31", "to: 2026-11-30"), "open"),
        (("from: 2026-01-01", "from: 2026-12-02"), "open"),
        (("flow: f, reference", "flow: g, reference"), "open"),
        (("rule: kr/act/1", "rule: us/act/4"), "open"),
    ],
)
def test_evidence_makes_ready_unless_expired_or_for_another_flow(
    change: tuple[str, str] | None, readiness: str
) -> None:
    text = PACT + "  g: {item: genomes, from: us, to: usb}\n" + EVIDENCE
    text = text.replace(*change) if change else text
    told = check(pact_of(text), _two()).flows[0]
    assert (told.verdict, told.readiness) == ("authorisation", readiness)


def _two() -> RuleSet:
    from .conftest import KOREA, LAW, ruleset

    return ruleset(LAW, KOREA)


def test_the_owners_are_asked_for_when_they_decide() -> None:
    told = decided(("kr: {country: KR, kind: company, owners: []", "kr: {country: KR, kind: company"))
    assert told.verdict == "undetermined"
    assert [(it.fact, it.party) for it in told.missing] == [("recipient.owners", "kr")]
    assert told.missing[0].question["ko"]


def test_volumes_of_the_same_pair_add_up_over_a_year() -> None:
    text = PACT.replace("people: {US: 5000}", "people: {US: 60}")
    text = text.replace("  sums:", "  more: {kind: data, contains: [genome], people: {US: 60}}\n  sums:")
    alone = check(pact_of(text), _two()).flows[0]
    both = text + "  g: {item: more, from: us, to: kr, date: 2026-06-01, purpose: research, paid: false}\n"
    assert alone.us.verdict == "clear"
    assert check(pact_of(both), _two()).flows[0].us.verdict == "obligations"
    again = text + "  g: {item: genomes, from: us, to: kr, date: 2026-06-01, purpose: research, paid: false}\n"
    assert check(pact_of(again), _two()).flows[0].us.verdict == "undetermined"  # the same people, or not: 60 to 120
    before = text + "  g: {item: more, from: us, to: kr, date: 2025-12-01, purpose: research, paid: false}\n"
    assert check(pact_of(before), _two()).flows[0].us.verdict == "clear"


def test_an_option_assumes_a_fact_where_it_says_so(two_laws: RuleSet) -> None:
    assumed = patched(
        two_laws, option("  - {fact: flow.purpose, set: care, where: \"recipient.country == 'CN'\"}")
    ).rules
    to_china = PACT.replace("to: kr", "to: cn")
    assert check(pact_of(to_china), two_laws).flows[0].us.verdict == "prohibited"
    assert check(pact_of(to_china), assumed).flows[0].us.verdict == "obligations"
    assert check(pact_of(PACT), assumed).flows[0].us.verdict == check(pact_of(PACT), two_laws).flows[0].us.verdict


def test_the_json_answer_has_the_published_shape(two_laws: RuleSet) -> None:
    answer = as_json(check(pact_of(), two_laws))
    json.dumps(answer, allow_nan=False)
    assert answer["schema"] == "biopact.check/1"
    flow = answer["flows"][0]
    assert {
        "id",
        "verdict",
        "between",
        "review",
        "readiness",
        "not_covered",
        "warnings",
        "jurisdictions",
        "legs",
    } <= set(flow)
    assert {"obligations", "limits", "missing"} <= set(flow)
    rule = flow["jurisdictions"]["KR"]["rules"][0]
    assert {"id", "cite", "effect", "state", "defeated_by"} <= set(rule)
    obligation = flow["obligations"][0]
    assert {"rule", "kind", "due", "text", "authority", "lead_time", "met"} <= set(obligation)


def test_the_exit_code_is_the_first_that_fits() -> None:
    def code(*changes: tuple[str, str]) -> int:
        text = PACT
        for old, new in changes:
            text = text.replace(old, new)
        told: Determination = check(pact_of(text), _two())
        return told.exit_code

    assert code(("to: kr", "to: usb")) == 0
    assert code() == 1
    assert code(("kr: {country: KR, kind: company, owners: []", "kr: {country: KR, kind: company")) == 4


def test_the_exact_mode_settles_what_every_completion_agrees_on() -> None:
    from .conftest import LAW, ruleset

    either = "flow.paid || !flow.paid"
    law = ruleset(LAW.replace('when: "leaves && bulk"', f'when: "leaves && ({either})"'))
    unpaid = (", paid: false", "")
    assert decided(unpaid, law=law).us.verdict == "undetermined"
    assert decided(unpaid, law=law, exact=True).us.verdict == "obligations"
