"""Options: a new rule set, the old one untouched, unknown targets refused."""

from __future__ import annotations

import datetime

import pytest

from biopact.errors import InputErrors, RuleError
from biopact.marked import parse
from biopact.rules import RuleSet
from biopact.rules.loading.patch import Option, option_of, patched
from biopact.rules.traced.evaluate import judge

from .conftest import env
from .test_evaluate import BASE

DAY = datetime.date(2026, 11, 24)
LINE_OF_FIRST_STEP = 4


def option(steps: str) -> Option:
    return option_of(parse(f"option: o\ntitle: {{en: O, ko: 안}}\npatch:\n{steps}", "o.yaml", RuleError))


def verdict(rules: RuleSet) -> str:
    return judge(rules.on(DAY), env(**BASE), "US").verdict


def test_a_threshold_is_moved_in_a_new_set_with_its_own_digest(law: RuleSet) -> None:
    done = patched(law, option("  - {table: threshold, key: genome, set: {2026-01-01: 10000}}"))
    assert (verdict(law), verdict(done.rules)) == ("prohibited", "clear")
    assert done.rules.digest != law.digest
    assert not done.idle


def test_a_rule_is_ended_removed_or_added(law: RuleSet) -> None:
    ended = patched(law, option("  - {rule: us/act/1, set: {to: 2026-01-01}}")).rules
    removed = patched(law, option("  - {rule: us/act/1, remove: true}")).rules
    assert verdict(ended) == verdict(removed) == "obligations"
    added = "{id: us/act/5, title: {en: a, ko: a}, cite: c, effect: except, defeats: [us/act/1], when: 'true'}"
    assert verdict(patched(law, option(f"  - {{instrument: us/act, add: {added}}}")).rules) == "obligations"


def test_an_ownership_share_is_moved(law: RuleSet) -> None:
    done = patched(law, option("  - {ownership: covered, set: {share: {at_least: 0.25}}}"))
    assert done.rules.ownership["covered"].share == 0.25
    assert law.ownership["covered"].share == 0.5


def test_a_fact_is_assumed(law: RuleSet) -> None:
    done = patched(law, option("  - {fact: flow.purpose, set: care, where: \"sender.country == 'US'\"}"))
    assert [entry[:2] for entry in done.rules.assumed] == [("flow.purpose", "care")]
    assert done.rules.digest != law.digest


def test_two_options_compose_in_either_order(law: RuleSet) -> None:
    one = option("  - {table: threshold, key: genome, set: {2026-01-01: 10000}}")
    two = option("  - {rule: us/act/4, set: {to: 2026-01-01}}")
    assert patched(patched(law, one).rules, two).rules.digest == patched(patched(law, two).rules, one).rules.digest


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("  - {rule: us/act/99, remove: true}", "rules.option-unknown-target"),
        ("  - {table: thresholds, key: genome, set: 1}", "rules.option-unknown-target"),
        ("  - {fact: flow.purpos, set: care}", "rules.unknown-fact"),
        ("  - {fact: flow.purpose, set: caring}", "rules.fact-word-near"),
        ("  - {table: threshold, set: 1}", "rules.option-table-key"),
        ("  - {rule: us/act/1}", "rules.option-step"),
        ("  - {rule: us/act/1, sett: {to: 2026-01-01}}", "rules.unknown-key"),
        ("  - {rule: us/act/1, remove: false}", "rules.option-step"),
        ("  - {rule: us/act/1, remove: 5}", "rules.option-set"),
        ("  - {rule: us/act/1, add: {id: us/act/9}}", "rules.option-step"),
        ("  - {rule: us/act/1, set: [to, 2026-01-01]}", "rules.option-set"),
        ("  - {rule: 5, set: {to: 2026-01-01}}", "rules.expected-text"),
        ("  - {ownership: covered, remove: true}", "rules.option-step"),
        ("  - {fact: flow.paid, set: true, where: 5}", "rules.expected-text"),
    ],
)  # fmt: skip
def test_what_an_option_cannot_do_is_refused(law: RuleSet, step: str, code: str) -> None:
    with pytest.raises((RuleError, InputErrors)) as caught:
        patched(law, option(step))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ('{rule: us/act/1, set: {when: "flow.pai"}}', "rules.unknown-fact"),
        ("{rule: us/act/1, set: {from: 2025-02-30}}", "rules.no-date"),
        ("{rule: us/act/1, set: {defeats: us/act/2}}", "rules.expected-names"),
        ("{rule: us/act/1, set: {defeats: [us/act/4], id: 5}}", "rules.no-id"),
        ("{instrument: us/act, add: [a]}", "rules.option-set"),
        ("{ownership: covered, set: {share: 0.5}}", "rules.ownership-form"),
    ],
)
def test_a_step_that_breaks_the_law_is_named_with_what_breaks(law: RuleSet, second: str, code: str) -> None:
    with pytest.raises((RuleError, InputErrors)) as caught:
        patched(law, option(f"  - {{rule: us/act/4, set: {{to: 2026-01-01}}}}\n  - {second}"))
    faults = caught.value.faults if isinstance(caught.value, InputErrors) else [caught.value]
    assert code in [fault.code for fault in faults]
    assert faults[0].place is not None
    assert faults[0].place.line == LINE_OF_FIRST_STEP + 1
    assert caught.value.worded("ko")


def test_a_step_that_changes_nothing_says_so(law: RuleSet) -> None:
    done = patched(law, option("  - {rule: us/act/1, set: {cite: Act s. 1}}"))
    assert len(done.idle) == 1
    assert done.rules.digest == law.digest
