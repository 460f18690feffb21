"""The values a fact can have, and what comparing them gives: true, false, or unknown.

Four things differ: *unknown* (it has a value, nobody has said which), *absent* (it has none for this kind of thing, and
every comparison with it is false), a *missing table entry* (the law is silent; treated as absent), and *infinity*.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from biopact.interval import Interval

__all__ = ["ABSENT", "COMPARISONS", "UNKNOWN", "Members", "Truth", "day_of", "equal", "is_number", "ordered"]

Truth = bool | None  # strong Kleene: None is unknown


class _Marker:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name


UNKNOWN: Final = _Marker("UNKNOWN")
ABSENT: Final = _Marker("ABSENT")


@dataclass(frozen=True, slots=True)
class Members:
    """A set known in part: members it surely has, and members it may have. A written set is complete (``may`` empty)."""

    has: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()

    def holds(self, member: str) -> Truth:
        """Whether a member is in the set."""
        return True if member in self.has else None if member in self.may else False

    def meets(self, others: frozenset[str]) -> Truth:
        """Whether any of some members is in the set."""
        return True if self.has & others else None if self.may & others else False


def is_number(value: object) -> bool:
    """Whether something written is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def equal(left: Any, right: Any) -> Truth:
    """``left == right``."""
    if left is ABSENT or right is ABSENT:
        return False
    if left is UNKNOWN or right is UNKNOWN:
        return None
    if isinstance(left, Interval) or isinstance(right, Interval):
        a, b = _ends(left), _ends(right)
        if a[1] < b[0] or b[1] < a[0]:
            return False
        return True if a[0] == a[1] == b[0] == b[1] else None
    return bool(left == right)


def _unequal(left: Any, right: Any) -> Truth:
    if left is ABSENT or right is ABSENT:
        return False
    same = equal(left, right)
    return None if same is None else not same


def ordered(left: Any, right: Any, strict: bool) -> Truth:
    """``left < right`` (strict) or ``left <= right``."""
    if left is ABSENT or right is ABSENT:
        return False
    if left is UNKNOWN or right is UNKNOWN:
        return None
    if isinstance(left, Interval) or isinstance(right, Interval):
        a, b = _ends(left), _ends(right)
        if strict:
            return True if a[1] < b[0] else False if a[0] >= b[1] else None
        return True if a[1] <= b[0] else False if a[0] > b[1] else None
    return bool(left < right if strict else left <= right)


def _ends(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


COMPARISONS: Final[dict[str, Callable[[Any, Any], Truth]]] = {
    "==": equal,
    "!=": _unequal,
    "<": lambda left, right: ordered(left, right, True),
    "<=": lambda left, right: ordered(left, right, False),
    ">": lambda left, right: ordered(right, left, True),
    ">=": lambda left, right: ordered(right, left, False),
}


def day_of(text: str) -> tuple[datetime.date, bool]:
    """The first day whose ISO text is not before a text, and whether it is that text."""
    days = _IsoDays()
    order = min(bisect_left(days, text), len(days) - 1)
    return datetime.date.fromordinal(order + 1), days[order] == text


class _IsoDays(Sequence[str]):
    """All days as ISO text, in order."""

    def __len__(self) -> int:
        return datetime.date.max.toordinal()

    def __getitem__(self, index: Any) -> Any:
        return datetime.date.fromordinal(index + 1).isoformat()
