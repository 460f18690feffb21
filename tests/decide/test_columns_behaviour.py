"""What the columns must do in the cases that go wrong most easily; the traced reader has the same tests in ``rules``."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl
import pytest

from biopact.decide.batch.running import judge_table
from biopact.errors import RuleError
from biopact.interval import Interval
from biopact.marked import parse
from biopact.rules import RuleSet, patched
from biopact.rules.loading.patch import option_of

from ..rules.conftest import LAW, ruleset

AS_OF = datetime.date(2026, 11, 24)
BASE: dict[str, Any] = {
    "item.kind": "data",
    "item.contains.genome": True,
    "item.contains.health": False,
    "item.contains.location": False,
    "item.contains.other": False,
    "sender.country": "US",
    "recipient.country": "US",
    "recipient.covered": True,
    "flow.us_persons_12m.genome": 5000.0,
    "flow.purpose": "research",
    "flow.paid": False,
}


def answers(law: RuleSet, *rows: dict[str, Any]) -> list[tuple[str, str]]:
    """The U.S. range of some rows, each the base with changes; they go to Canada, out of the United States."""
    full = [{"flow_id": number, **BASE, "recipient.country": "CA", **row} for number, row in enumerate(rows)]
    told = judge_table(pl.DataFrame(full, infer_schema_length=None), law, AS_OF)
    return [(row["US_low"], row["US_high"]) for row in told.rows(named=True)]


@pytest.fixture
def small() -> RuleSet:
    return ruleset(LAW)


def test_an_exception_defeated_by_another_whose_condition_is_unknown_leaves_both_open(small: RuleSet) -> None:
    care = {"flow.purpose": "care"}
    told = answers(
        small, care, {**care, "flow.paid": True}, {**care, "flow.paid": None}, {"flow.purpose": None, "flow.paid": True}
    )
    assert told == [
        ("obligations", "obligations"),
        ("prohibited", "prohibited"),
        ("obligations", "prohibited"),
        ("prohibited", "prohibited"),
    ]


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2025-04-07", 5000, ("clear", "clear")),
        ("2025-04-08", 100, ("clear", "clear")),
        ("2025-04-08", 101, ("prohibited", "prohibited")),
        ("2026-12-31", 80, ("clear", "clear")),
        ("2027-01-01", 80, ("prohibited", "prohibited")),
        ("2027-01-02", 80, ("prohibited", "prohibited")),
        ("2026-12-31", None, ("clear", "prohibited")),
        ("2027-01-01", None, ("clear", "prohibited")),
        ("2027-01-02", None, ("clear", "prohibited")),
        ("2025-04-07", None, ("clear", "clear")),
    ],
)
def test_a_dated_threshold_changes_on_its_day(small: RuleSet, day: str, count: int | None, expected: Any) -> None:
    row = {"date": datetime.date.fromisoformat(day), "flow.us_persons_12m.genome": count}
    other = {"date": datetime.date(2001, 1, 1)}  # so that the day is a column of several values
    assert answers(small, row, other)[0] == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, ("clear", "clear")),
        (101, None, ("prohibited", "prohibited")),
        (None, 100, ("clear", "clear")),
        (90, 200, ("clear", "prohibited")),
        (None, None, ("clear", "prohibited")),
        (None, 101, ("clear", "prohibited")),
        (100, None, ("clear", "prohibited")),
    ],
)
def test_an_interval_settles_as_soon_as_it_lies_on_one_side(
    small: RuleSet, low: float | None, high: float | None, expected: Any
) -> None:
    ends = {"flow.us_persons_12m.genome.low": low, "flow.us_persons_12m.genome.high": high}
    full = {name: value for name, value in BASE.items() if name != "flow.us_persons_12m.genome"}
    frame = pl.DataFrame([{"flow_id": 1, **full, "recipient.country": "CA", **ends}])
    told = judge_table(frame, small, AS_OF).row(0, named=True)
    assert (told["US_low"], told["US_high"]) == expected


def test_a_rule_set_without_obligations_and_one_without_rules_are_judged() -> None:
    bare = "instrument: {id: us/x, title: {en: X, ko: X}, citation: X}\nrules:\n"
    one = ruleset(bare + '  - {id: us/x/1, title: {en: a, ko: a}, cite: a, effect: prohibit, when: "flow.paid"}')
    assert answers(one, {"flow.paid": True}, {}) == [("prohibited", "prohibited"), ("clear", "clear")]
    assert answers(ruleset(bare.replace("rules:\n", "rules: []")), {}) == [("clear", "clear")]


# --- options ------------------------------------------------------------------------------------------------------------

FIRST = "option: a\npatch:\n  - {table: threshold, key: genome, set: {2026-01-01: 6000}}\n"
SECOND = "option: b\npatch:\n  - {fact: recipient.covered, set: false, where: \"flow.purpose == 'trade'\"}\n"
THIRD = "option: c\npatch:\n  - {fact: flow.us_persons_12m, set: {genome: {at_least: 1, at_most: 2}}}\n"


def adopted(law: RuleSet, *texts: str) -> RuleSet:
    for text in texts:
        law = patched(law, option_of(parse(text, "option.yaml", RuleError))).rules
    return law


def test_two_options_say_the_same_in_either_order(small: RuleSet) -> None:
    rows = [{}, {"flow.purpose": "trade"}, {"flow.purpose": None}, {"flow.us_persons_12m.genome": None}]
    one, other = adopted(small, FIRST, SECOND), adopted(small, SECOND, FIRST)
    assert one.digest == other.digest
    assert answers(one, *rows) == answers(other, *rows)
    assert answers(one, *rows) != answers(small, *rows)


def test_what_an_option_assumes_stands_in_the_rows_where_it_says(small: RuleSet) -> None:
    trade = {"flow.purpose": "trade"}
    assert answers(adopted(small, SECOND), trade, {}) == [("obligations", "obligations"), ("prohibited", "prohibited")]
    unsaid = {"flow.purpose": None}
    assert answers(adopted(small, SECOND), unsaid) == answers(small, unsaid)
    assert answers(adopted(small, THIRD), {}, {"flow.us_persons_12m.genome": None}) == [("clear", "clear")] * 2


def test_an_assumed_interval_is_that_of_the_traced_reader(small: RuleSet) -> None:
    assert adopted(small, THIRD).assumed[0][1] == {"genome": Interval(1, 2)}


@pytest.mark.parametrize(
    "step",
    [
        "{rule: us/act/99, remove: true}",
        "{table: nonsense, key: genome, set: 3}",
        "{fact: recipient.nonsense, set: true}",
        "{ownership: nonsense, set: {share: {at_least: 0.1}}}",
        "{instrument: us/nonsense, set: {citation: x}}",
    ],
)
def test_an_option_that_patches_an_unknown_id_is_refused(small: RuleSet, step: str) -> None:
    with pytest.raises(RuleError):
        adopted(small, f"option: x\npatch:\n  - {step}\n")
