"""The values worth trying for a missing fact: for each stretch of values that no condition in force tells apart, enough.

One value stands for a stretch, and where facts are compared with each other as many as there are of them, so that they
may agree and differ. What is known of those others parts the stretches too.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from typing import Any

from biopact.interval import Interval
from biopact.rules.language.facts import Fact
from biopact.rules.language.values import Members, day_of
from biopact.rules.traced.compile import Env
from biopact.rules.traced.constants import Comparisons
from biopact.rules.traced.inforce import InForce

__all__ = ["possible_values"]

MOST_MEMBERS = 8
FEW = 12
SOMEWHERE = ("ZZ", *(f"X{letter}" for letter in "ZYXWVUTSRQPONMLKJIHGFEDCBA"))  # codes ISO 3166 keeps for its users


def possible_values(
    in_force: InForce, reference: str, env: Env, compared: Comparisons | None = None, most: int | None = None
) -> list[Any] | None:
    """Values for each stretch that no condition tells apart, within what is already known.

    ``compared``: what the conditions at issue compare (default: all in force). Of a set of many members each is tried
    alone; with ``most`` all together are, or None is given where that makes more values than it.
    """
    found = compared or in_force.compared
    name = reference.partition("[")[0]
    fact = in_force.ruleset.vocabulary.find(name)
    if fact is None:
        return []
    key = reference.partition("[")[2].rstrip("]")
    fact = fact.under(key)
    known = env.get(name)
    if key and isinstance(known, Mapping):
        known = known.get(key)
    peers = found.peers.get(name, frozenset())
    each = 1 + len(peers)
    constants = {*found.constants.get(name, ()), *(value for peer in peers for value in _known(env.get(peer), each))}
    match fact.type:
        case "bool":
            return [True, False]
        case "set":
            return _sets(fact, constants, known, each, most)
        case "number" | "interval" | "money":
            return _numbers(fact, constants, known, each)
        case "country":
            return [*sorted(str(value) for value in constants if isinstance(value, str)), *SOMEWHERE[: each + 1]]
        case "date":
            return _days(constants, each)
    if fact.domain and len(fact.domain) <= FEW:
        return list(fact.domain)
    mentioned = [value for value in fact.domain if value in constants] or sorted(map(str, constants))
    others = [value for value in fact.domain if value not in constants]
    return [*mentioned, *(others[:each] if fact.domain else ("–" * more for more in range(1, each + 1)))]


def _known(value: Any, each: int) -> Iterator[Any]:
    """What a fact's value is, or may be, as constants for another that is compared with it."""
    match value:
        case Mapping():
            for part in value.values():
                yield from _known(part, each)
        case Interval(low=low, high=high):
            yield from (end for end in (low, high) if math.isfinite(end))
        case Members(has=has, may=may):
            yield from has
            yield from sorted(may)[:each]
        case str() | int() | float():
            yield value


def _sets(fact: Fact, constants: set[Any], known: Any, each: int, most: int | None) -> list[Any] | None:
    has, may = frozenset[str](), frozenset(fact.domain)
    if isinstance(known, Members):
        has, may = known.has, known.may
    members = sorted(may & constants) or sorted(may)[:each]
    if most is not None and 2 ** len(members) > most:
        return None
    if most is None and len(members) > MOST_MEMBERS:
        return [Members(has), *(Members(has | {member}) for member in members)]
    return [Members(has | set(chosen)) for size in range(len(members) + 1) for chosen in combinations(members, size)]


def _numbers(fact: Fact, constants: set[Any], known: Any, each: int) -> list[Any]:
    points = sorted(
        {float(value) for value in constants if isinstance(value, int | float) and not isinstance(value, bool)}
    ) or [0.0]
    between = [a + (b - a) * part / (each + 1) for a, b in pairwise(points) for part in range(1, each + 1)]
    beyond = [end + step for end, sign in ((points[0], -1), (points[-1], 1)) for step in _steps(sign, each)]
    low, high = (
        (known.low, known.high)
        if isinstance(known, Interval)
        else (-math.inf if fact.type == "number" else 0, math.inf)
    )
    tried = sorted({value for value in [0.0, *points, *between, *beyond, low, high] if low <= value <= high})
    inside = [value for value in tried if math.isfinite(value)]
    return [Interval(value, value) if fact.type == "interval" else value for value in inside]


def _steps(sign: int, each: int) -> list[int]:
    return [sign * step for step in range(1, each + 1)]


def _days(constants: set[Any], each: int) -> list[Any]:
    """Days as text: each that is named, what lies behind it, and the first and last day there are."""
    found = ["0001-01-01", "9999-12-31"]
    for text in sorted(value for value in constants if isinstance(value, str)):
        day, exact = day_of(text)
        found += [day.isoformat()] if exact or day != datetime.date.max else []
        found += [f"{day.isoformat()}{'~' * more}" for more in range(1, each + 1)]  # '~' sorts before the next day
    return list(dict.fromkeys(found))
