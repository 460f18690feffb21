"""Intervals: whatever the numbers inside are, an answer about the interval holds for them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.interval import UNKNOWN, Interval, largest_to_sum, total

NUMBERS = st.integers(-1000, 1000)


@st.composite
def held(draw: st.DrawFn) -> tuple[Interval, int]:
    """An interval and a number in it; an end may be infinite."""
    low, inside, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return (
        Interval(draw(st.sampled_from([low, -math.inf])), draw(st.sampled_from([high, math.inf]))),
        inside,
    )


@given(held(), held())
def test_arithmetic_holds_for_every_number_inside(one: tuple[Interval, int], other: tuple[Interval, int]) -> None:
    (a, x), (b, y) = one, other
    assert x + y in a + b
    assert x - y in a - b
    assert x * y in a * b
    assert -x in -a
    assert 1 - x in 1 - a
    assert x in (a | b)
    assert y in (a | b)


COMPARISONS: list[tuple[str, Callable[[Any, Any], bool]]] = [
    ("gt", operator.gt),
    ("ge", operator.ge),
    ("lt", operator.lt),
    ("le", operator.le),
    ("eq", operator.eq),
    ("ne", operator.ne),
]


@pytest.mark.parametrize(("name", "compare"), COMPARISONS)
@given(one=held(), other=held())
def test_a_settled_comparison_holds_for_every_number_inside(
    name: str, compare: Callable[[Any, Any], bool], one: tuple[Interval, int], other: tuple[Interval, int]
) -> None:
    (a, x), (b, y) = one, other
    answer = getattr(a, name)(b)
    assert answer is None or answer is compare(x, y)
    assert getattr(Interval.exactly(x), name)(y) is compare(x, y)


@pytest.mark.parametrize(("name", "compare"), COMPARISONS)
@given(low=NUMBERS, width=st.integers(1, 9), n=NUMBERS)
def test_an_open_comparison_is_open_because_both_answers_occur(
    name: str, compare: Callable[[Any, Any], bool], low: int, width: int, n: int
) -> None:
    found = {compare(x, n) for x in range(low, low + width + 1)}
    answer = getattr(Interval(low, low + width), name)(n)
    assert answer is (None if len(found) == 2 else next(iter(found)))


@given(st.tuples(held(), held(), held()))
def test_addition_is_commutative_and_associative(three: tuple[tuple[Interval, int], ...]) -> None:
    a, b, c = (interval for interval, _ in three)
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + 0 == a


@given(st.lists(held(), max_size=5))
def test_a_total_is_what_adding_one_by_one_gives(parts: list[tuple[Interval, int]]) -> None:
    assert total(interval for interval, _ in parts) == sum((interval for interval, _ in parts), Interval(0, 0))


@given(st.lists(held(), max_size=5))
def test_the_same_people_count_from_the_largest_to_the_sum(parts: list[tuple[Interval, int]]) -> None:
    counts = [Interval(abs(x), abs(x)) for _, x in parts]
    found = largest_to_sum(counts)
    assert found.low == max((count.low for count in counts), default=0)
    assert found.high == sum(count.high for count in counts)
    assert total(counts) == Interval(found.high, found.high)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_what_is_written_is_read_back(a: int, b: int) -> None:
    low, high = sorted((a, b))
    for interval in (Interval(low, high), Interval.at_least(low), Interval.at_most(high), Interval.exactly(a)):
        assert Interval.parse(interval.written()) == interval


@pytest.mark.parametrize("written", [True, "5", None, [], {}, {"at_lest": 1}, {"at_least": "a"}, math.nan])
def test_what_is_no_interval_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        Interval.parse(written)


@pytest.mark.parametrize(("low", "high"), [(2, 1), (math.nan, 1), (0, math.nan)])
def test_ends_are_in_order_and_are_numbers(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="interval"):
        Interval(low, high)


def test_intervals_are_values() -> None:
    assert len({Interval(0, 5), Interval(0, 5), UNKNOWN}) == 2
    with pytest.raises(AttributeError):
        UNKNOWN.low = 1  # type: ignore[misc]
    assert Interval.exactly(5).exact
    assert not UNKNOWN.bounded
    assert Interval(0, math.inf) * 0 == Interval(0, 0)
    assert Interval(-1, 3).within(0, 1) == Interval(0, 1)


def test_intervals_read_well() -> None:
    texts = [str(Interval(*ends)) for ends in [(5, 5), (5, math.inf), (10, 20), (-math.inf, 3)]]
    assert texts == ["5", ">= 5", "10-20", "<= 3"]


def test_55_percent_known_settles_a_half_whatever_the_rest_is() -> None:
    assert (Interval.exactly(0.55) + Interval(0, 0.45)).ge(0.5) is True
    assert (Interval.exactly(0.45) + Interval(0, 0.55)).ge(0.5) is None
    assert (Interval.exactly(0.30) + Interval(0, 0.10)).ge(0.5) is False
