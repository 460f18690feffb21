"""What a fact admits, and what is said of anything else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import PactError, RuleError
from biopact.interval import Interval
from biopact.marked import parse
from biopact.rules import Vocabulary
from biopact.rules.language.facts import FactFault

FACTS = """
flow.paid: {type: bool, question: {en: P, ko: P}}
flow.purpose: {type: enum, domain: [research, trade], question: {en: P, ko: P}}
flow.grounds: {type: set, domain: [consent, treaty], question: {en: G, ko: G}}
flow.flags: {type: set, question: {en: G, ko: G}}
flow.value: {type: money, unit: USD, question: {en: V, ko: V}}
flow.rate: {type: number, question: {en: R, ko: R}}
flow.people: {type: interval, question: {en: P, ko: P}}
flow.day: {type: date, question: {en: D, ko: D}}
flow.note: {type: text, question: {en: N, ko: N}}
flow.place: {type: country, question: {en: C, ko: C}}
flow.event: {type: {kind: enum, date: date}, keyed_by: [kind, date], domain: {kind: [none, breach], date: []}, question: {en: E, ko: E}}
"""
KNOWN = Vocabulary.read(parse(FACTS, "facts.yaml", RuleError))


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("paid", False, False),
        ("grounds", [], frozenset()),
        ("value", 0, 0),
        ("rate", -0.5, -0.5),
        ("people", 5, Interval(5, 5)),
        ("people", {"at_most": 5}, Interval(0, 5)),
        ("people", {"at_least": 5}, Interval(5, float("inf"))),
        ("day", "2024-02-29", "2024-02-29"),
        ("event", {"kind": "breach", "date": "2026-11-24"}, {"kind": "breach", "date": "2026-11-24"}),
        ("event", {"kind": "breach", "date": None}, {"kind": "breach"}),
    ],
)
def test_what_a_fact_admits(name: str, written: object, value: object) -> None:
    assert KNOWN.admit("flow", None, name, written) == value


@pytest.mark.parametrize(
    ("name", "written", "code", "key"),
    [
        ("paid", "yes", "fact-bool", None),
        ("paid", 1, "fact-bool", None),
        ("purpose", "reserach", "fact-word-near", None),
        ("purpose", "zzz", "fact-word", None),
        ("purpose", 5, "fact-word", None),
        ("grounds", "consent", "fact-members", None),
        ("grounds", ["consnt"], "fact-word-near", None),
        ("grounds", [5], "fact-text", None),
        ("flags", 5, "fact-set", None),
        ("value", -1, "fact-money", None),
        ("value", float("inf"), "fact-money", None),
        ("value", "5 USD", "fact-money", None),
        ("value", True, "fact-money", None),
        ("rate", float("nan"), "fact-number", None),
        ("people", -1, "fact-interval", None),
        ("people", {}, "fact-interval", None),
        ("people", {"at_least": 5, "at_most": 3}, "fact-interval", None),
        ("people", {"at_least": float("inf")}, "fact-interval", None),
        ("day", "2025-02-30", "fact-no-day", None),
        ("day", "20250228", "fact-date", None),
        ("day", "2025-W01-1", "fact-date", None),
        ("note", 5, "fact-text", None),
        ("place", 82, "fact-country", None),
        ("event", "breach", "fact-keys", None),
        ("event", {"knd": "breach"}, "fact-key-near", "knd"),
        ("event", {"zzzz": 1}, "fact-key", "zzzz"),
        ("event", {"kind": "brech"}, "fact-word-near", "kind"),
        ("event", {"date": "2025-02-30"}, "fact-no-day", "date"),
    ],
)
def test_what_it_does_not_is_told_in_both_languages_with_what_to_do(
    name: str, written: object, code: str, key: str | None
) -> None:
    with pytest.raises(FactFault) as caught:
        KNOWN.admit("flow", None, name, written)
    assert (caught.value.code, caught.value.key) == (f"rules.{code}", key)
    told = PactError(caught.value.code, None, **caught.value.values)
    assert "\n  " in told.worded("en")
    assert "\n  " in told.worded("ko")
    assert re.search("[가-힣]", told.worded("ko"))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "date", "at_least", "at_most", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(fact.name for fact in KNOWN.facts.values())), ANY)
def test_any_value_is_admitted_or_told(name: str, written: Any) -> None:
    try:
        KNOWN.admit("flow", None, name, written)
    except FactFault as fault:
        told = PactError(fault.code, None, **fault.values)
        assert told.worded("en") + told.worded("ko")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("flow.a: {type: {kind: enum}, question: {en: E, ko: E}}", "rules.fact-keyed-by"),
        (
            "flow.a: {type: {kind: set}, keyed_by: [kind], domain: {kind: [a]}, question: {en: E, ko: E}}",
            "rules.fact-type",
        ),
        ("flow.a: {type: enum, domain: 5, question: {en: E, ko: E}}", "rules.fact-list"),
        ("flow.a: {type: enum, domain: [[a]], question: {en: E, ko: E}}", "rules.fact-list"),
        ("flow.a: {type: enum, kinds: data, question: {en: E, ko: E}}", "rules.fact-list"),
        ("flow.a: {type: [enum], question: {en: E, ko: E}}", "rules.fact-type"),
        ("flow.a: {type: text, keyed_by: item.nothing, question: {en: E, ko: E}}", "rules.fact-keyed-by"),
    ],
)
def test_a_declaration_that_is_not_well_written_is_told_with_its_line(written: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        Vocabulary.read(parse(f"# a comment\n{written}\n", "facts.yaml", RuleError))
    assert caught.value.code == code
    assert caught.value.place is not None
    assert caught.value.place.line == 2
    assert caught.value.worded("ko")
