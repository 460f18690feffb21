"""Rules, exceptions, dates and ranges."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from biopact.interval import Interval
from biopact.rules import ABSENT, InForce, Rank, RuleSet
from biopact.rules.traced.evaluate import judge

from .conftest import LAW, env, ruleset

BASE: dict[str, Any] = {
    "item__kind": "data",
    "item__contains": {"genome"},
    "sender__country": "US",
    "recipient__country": "KR",
    "recipient__covered": True,
    "flow__us_persons_12m": {"genome": Interval(5000, 5000)},
    "flow__purpose": "research",
    "flow__paid": False,
}


def verdict(in_force: InForce, **changes: Any) -> tuple[str, str]:
    told = judge(in_force, env(**{**BASE, **changes}), "US")
    return told.low.word, told.high.word


def states(in_force: InForce, **changes: Any) -> dict[str, str]:
    told = judge(in_force, env(**{**BASE, **changes}), "US")
    return {state.rule.id: state.state for state in told.states}


def test_a_rule_whose_condition_holds_applies(in_force: InForce) -> None:
    assert verdict(in_force) == ("prohibited", "prohibited")


def test_an_exception_defeats_and_an_exception_to_it_reinstates(in_force: InForce) -> None:
    assert verdict(in_force, flow__purpose="care") == ("obligations", "obligations")
    assert states(in_force, flow__purpose="care")["us/act/1"] == "defeated"
    assert verdict(in_force, flow__purpose="care", flow__paid=True) == ("prohibited", "prohibited")


def test_an_exception_defeated_by_another_whose_condition_is_unknown_leaves_both_open(in_force: InForce) -> None:
    assert verdict(in_force, flow__purpose="care", flow__paid=None) == ("obligations", "prohibited")
    assert states(in_force, flow__purpose="care", flow__paid=None)["us/act/1"] == "may-apply"


def test_an_unknown_fact_that_cannot_matter_leaves_the_verdict_settled(in_force: InForce) -> None:
    assert verdict(in_force, flow__us_persons_12m={"genome": Interval(50, 80)}, recipient__covered=None) == (
        "clear",
        "clear",
    )


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2025-04-07", Interval(5000, 5000), ("clear", "clear")),
        ("2025-04-08", Interval(100, 100), ("clear", "clear")),
        ("2025-04-08", Interval(101, 101), ("prohibited", "prohibited")),
        ("2026-12-31", Interval(80, 80), ("clear", "clear")),
        ("2027-01-01", Interval(80, 80), ("prohibited", "prohibited")),
        ("2026-12-31", None, ("clear", "prohibited")),
        ("2027-01-01", Interval.at_least(0), ("clear", "prohibited")),
        ("2025-04-07", None, ("clear", "clear")),
    ],
)
def test_a_dated_threshold_changes_on_its_day(law: RuleSet, day: str, count: Interval | None, expected: Any) -> None:
    in_force = law.on(datetime.date.fromisoformat(day))
    counted = {} if count is None else {"genome": count}
    assert verdict(in_force, flow__us_persons_12m=counted) == expected


def test_a_define_binds_one_member_so_counts_and_thresholds_belong_together(in_force: InForce) -> None:
    both = {"genome": Interval(90, 90), "health": Interval(9000, 9000)}
    assert verdict(in_force, item__contains={"genome", "health"}, flow__us_persons_12m=both) == ("clear", "clear")
    both["health"] = Interval(10001, 10001)
    assert verdict(in_force, item__contains={"genome", "health"}, flow__us_persons_12m=both) == (
        "prohibited",
        "prohibited",
    )


def test_a_missing_table_entry_is_silence_not_infinity_and_not_unknown(in_force: InForce) -> None:
    assert verdict(in_force, item__contains={"location"}, flow__us_persons_12m={}) == ("clear", "clear")


def test_an_unknown_set_may_hold_what_the_table_has(in_force: InForce) -> None:
    assert verdict(in_force, item__contains=None) == ("clear", "prohibited")


def test_an_absent_fact_makes_every_comparison_false(in_force: InForce) -> None:
    assert verdict(in_force, recipient__country=ABSENT) == ("clear", "clear")


def test_clear_says_why(in_force: InForce) -> None:
    def because(**changes: Any) -> str:
        return judge(in_force, env(**{**BASE, **changes}), "US").because

    assert because(item__kind="investment") == "no-rule-found"
    assert because(sender__country="KR") == "none-applies"
    assert judge(in_force, env(**BASE), "KR").because == "no-rule-found"


def test_a_verdict_on_a_well_read_rule_needs_no_review_and_one_on_a_weak_rule_does(in_force: InForce) -> None:
    assert not judge(in_force, env(**BASE), "US").review
    assert judge(in_force, env(**{**BASE, "recipient__covered": False}), "US").review


MORE = """
instrument: {id: kr/act, title: {en: Another, ko: 다른 법}, citation: K}
rules:
  - {id: kr/act/1, title: {en: Pending, ko: 예정}, cite: K1, effect: prohibit, status: enacted, when: "flow.paid",
     expected: [2027-01-01, 2028-01-01]}
  - {id: kr/act/2, title: {en: Uncertain, ko: 불확실}, cite: K2, effect: prohibit, status: proposed, when: "flow.paid"}
  - {id: kr/act/3, title: {en: Duty, ko: 관세}, cite: K3, effect: charge, rate: "duty[KR]", base: customs-value, when: "true",
     checked: statute-read, confidence: high}
  - {id: kr/act/4, title: {en: First, ko: 이전}, cite: K4, effect: limit, limit: {min_cell: 5}, to: 2026-12-31, when: "true"}
  - {id: kr/act/4, title: {en: Then, ko: 이후}, cite: K4, effect: authorise, authority: {en: X, ko: X}, file: {en: F, ko: F},
     from: 2027-01-01, when: "true"}
tables:
  duty: {KR: {2020-01-01: 0, 2028-01-01: 0.15}}
"""


def test_pending_and_uncertain_law_warns_and_decides_nothing() -> None:
    in_force = ruleset(MORE).on(datetime.date(2026, 11, 24))
    told = judge(in_force, env(flow__paid=True), "KR")
    assert told.low is told.high is Rank.OBLIGATIONS
    assert {state.rule.id: state.state for state in told.states}["kr/act/1"] == "pending"
    assert told.review


def test_periods_of_one_provision_follow_each_other_and_a_charge_of_nothing_is_none() -> None:
    law = ruleset(MORE)
    days = {2026: Rank.OBLIGATIONS, 2027: Rank.AUTHORISATION}
    for year, rank in days.items():
        assert judge(law.on(datetime.date(year, 12, 31)), env(flow__paid=False), "KR").low is rank
    charge = law.rules["kr/act/3"][0]
    assert law.on(datetime.date(2027, 12, 31)).rank(charge) is Rank.CLEAR
    assert law.on(datetime.date(2028, 1, 1)).rank(charge) is Rank.OBLIGATIONS


def test_an_uncertain_exception_defeats_nothing_and_asks_for_review() -> None:
    uncertain = LAW.replace(
        "    effect: except\n    defeats: [us/act/1]",
        "    effect: except\n    status: uncertain\n    defeats: [us/act/1]",
    )
    in_force = ruleset(uncertain).on(datetime.date(2026, 11, 24))
    told = judge(in_force, env(**{**BASE, "flow__purpose": "care"}), "US")
    assert told.verdict == "prohibited"
    assert told.review


def test_a_defeat_of_an_instrument_reaches_all_its_other_rules() -> None:
    whole = """
instrument: {id: kr/x, title: {en: X, ko: X}, citation: X}
rules:
  - {id: kr/x/1, title: {en: a, ko: a}, cite: a, effect: prohibit, when: "true"}
  - {id: kr/x/2, title: {en: b, ko: b}, cite: b, effect: oblige, due: after, when: "true"}
  - {id: kr/x/3, title: {en: c, ko: c}, cite: c, effect: except, defeats: [kr/x], when: "flow.paid"}
"""
    in_force = ruleset(whole).on(datetime.date(2026, 1, 1))
    assert judge(in_force, env(flow__paid=True), "KR").because == "excepted"
    assert judge(in_force, env(flow__paid=False), "KR").verdict == "prohibited"
