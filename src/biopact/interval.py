"""A number of which only bounds may be known: closed intervals, and comparisons that may answer "cannot tell".

Shares, people and volumes are intervals: ``100`` is ``[100, 100]``, ``{at_most: 100}`` is ``[0, 100]`` and something
unknown is ``[0, inf]``. Endpoints keep their type, so a count stays a whole number. Nothing here needs a library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["UNKNOWN", "Interval", "Number", "largest_to_sum", "total"]

Number = int | float
_BOUNDS = frozenset({"at_least", "at_most"})


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included; either may be infinite, neither may be NaN."""

    low: Number
    high: Number

    def __post_init__(self) -> None:
        """Refuse what is no interval. Raises ValueError."""
        if not (self.low <= self.high):  # also false where one of them is NaN
            raise ValueError(f"no interval runs from {self.low} to {self.high}")

    @classmethod
    def exactly(cls, value: Number) -> Interval:
        """A known number."""
        return cls(value, value)

    @classmethod
    def at_least(cls, value: Number) -> Interval:
        """A number without an upper bound."""
        return cls(value, math.inf)

    @classmethod
    def at_most(cls, value: Number, floor: Number = 0) -> Interval:
        """A number with an upper bound; ``floor`` is what it cannot be below."""
        return cls(floor, value)

    @classmethod
    def parse(cls, written: object, floor: Number = 0) -> Interval:
        """From what people write: ``n``, ``{at_least: a}``, ``{at_most: b}`` or both.

        ``floor`` is the lowest value there is (0 for counts and shares) and stands where ``at_least`` is not written.
        Raises ValueError for anything else, with a text that says what was expected.
        """
        if isinstance(written, Interval):
            return written
        if isinstance(written, Mapping) and written and set(written) <= _BOUNDS:
            low = _number(written.get("at_least", floor))
            high = _number(written.get("at_most", math.inf))
            return cls(low, high)
        return cls.exactly(_number(written))

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def written(self) -> Number | dict[str, Number]:
        """As it would be written: the inverse of ``parse`` (infinite ends are left out)."""
        if self.exact:
            return self.low
        ends = {"at_least": self.low, "at_most": self.high}
        return {name: end for name, end in ends.items() if math.isfinite(end)} or {"at_least": self.low}

    def __str__(self) -> str:
        """As people read it: ``100``, ``10-20``, ``>= 10``, ``<= 20``."""
        if self.exact:
            return str(self.low)
        if math.isinf(self.high):
            return f">= {self.low}"
        return f"<= {self.high}" if math.isinf(self.low) else f"{self.low}-{self.high}"

    # --- arithmetic -------------------------------------------------------------------------------------------------

    def __add__(self, other: Interval | Number) -> Interval:
        """What two may come to together."""
        right = _interval(other)
        return Interval(_plus(self.low, right.low, -math.inf), _plus(self.high, right.high, math.inf))

    __radd__ = __add__

    def __neg__(self) -> Interval:
        """The opposite numbers."""
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval | Number) -> Interval:
        """What may be left of one after the other."""
        return self + -_interval(other)

    def __rsub__(self, other: Number) -> Interval:
        """``1 - share``."""
        return _interval(other) + -self

    def __mul__(self, other: Interval | Number) -> Interval:
        """Each number of one times each number of the other; zero times infinity is zero."""
        right = _interval(other)
        ends = [_times(a, b) for a in (self.low, self.high) for b in (right.low, right.high)]
        return Interval(min(ends), max(ends))

    __rmul__ = __mul__

    def __or__(self, other: Interval | Number) -> Interval:
        """The hull: the shortest interval that holds both."""
        right = _interval(other)
        return Interval(min(self.low, right.low), max(self.high, right.high))

    def within(self, low: Number, high: Number) -> Interval:
        """Clamped: no end below ``low`` or above ``high``."""
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))

    def __contains__(self, value: Number) -> bool:
        """Whether a number is one of them."""
        return self.low <= value <= self.high

    # --- comparisons that may not be able to tell -------------------------------------------------------------------

    def gt(self, other: Interval | Number) -> bool | None:
        """Whether it is more than another: None where the bounds do not say."""
        right = _interval(other)
        return True if self.low > right.high else False if self.high <= right.low else None

    def ge(self, other: Interval | Number) -> bool | None:
        """Whether it is at least another."""
        right = _interval(other)
        return True if self.low >= right.high else False if self.high < right.low else None

    def lt(self, other: Interval | Number) -> bool | None:
        """Whether it is less than another."""
        return _not(self.ge(other))

    def le(self, other: Interval | Number) -> bool | None:
        """Whether it is at most another."""
        return _not(self.gt(other))

    def eq(self, other: Interval | Number) -> bool | None:
        """Whether it is the same number as another: True only where both are exact."""
        right = _interval(other)
        if self.high < right.low or right.high < self.low:
            return False
        return True if self.exact and right.exact else None

    def ne(self, other: Interval | Number) -> bool | None:
        """Whether it is another number."""
        return _not(self.eq(other))


UNKNOWN = Interval(0, math.inf)
"""A count nobody has written down."""


def total(parts: Iterable[Interval]) -> Interval:
    """What disjoint parts come to: the sums of their ends; nothing is 0."""
    found = list(parts)
    low, high = sum(part.low for part in found), sum(part.high for part in found)
    return Interval(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def largest_to_sum(parts: Iterable[Interval]) -> Interval:
    """What parts come to that may be the same people, or not: from the largest of them to their sum; nothing is 0."""
    found = list(parts)
    return Interval(max((part.low for part in found), default=0), total(found).high)


def _interval(value: Interval | Number) -> Interval:
    return value if isinstance(value, Interval) else Interval(value, value)


def _number(written: Any) -> Number:
    if isinstance(written, bool) or not isinstance(written, int | float) or math.isnan(written):
        raise ValueError("expected a number, or {at_least: a, at_most: b}")
    return written


def _plus(left: Number, right: Number, opposed: float) -> Number:
    """A sum of ends; where the ends are opposite infinities nothing is known of it."""
    return opposed if math.isinf(left) and math.isinf(right) and left != right else left + right


def _times(left: Number, right: Number) -> Number:
    return 0 if left == 0 or right == 0 else left * right


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
