"""The values worth trying for a missing fact: one for each stretch of values that no condition in force tells apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

from biopact.interval import Interval
from biopact.rules.compile import Env
from biopact.rules.evaluate import InForce
from biopact.rules.facts import Fact
from biopact.rules.values import Members

__all__ = ["possible_values"]

MOST_MEMBERS = 8
SOMEWHERE = ("ZZ", "ZX")  # codes ISO 3166 keeps for users: countries no condition names


def possible_values(in_force: InForce, reference: str, env: Env) -> list[Any]:
    """One value for each stretch of values that no condition in force tells apart, within what is already known."""
    name = reference.partition("[")[0]
    fact = in_force.ruleset.vocabulary.find(name)
    if fact is None:
        return []
    key = reference.partition("[")[2].rstrip("]")
    fact = fact.under(key)
    known = env.get(name)
    if key and isinstance(known, Mapping):
        known = known.get(key)
    constants = in_force.constants.get(name, set())
    match fact.type:
        case "bool":
            return [True, False]
        case "set":
            return _sets(fact, constants, known)
        case "number" | "interval" | "money":
            return _numbers(fact, constants, known)
        case "country":
            return [*sorted(str(value) for value in constants if isinstance(value, str)), *SOMEWHERE]
        case "date":
            return _days(constants)
    mentioned = [value for value in fact.domain if value in constants]
    others = [value for value in fact.domain if value not in constants]
    return (list(fact.domain) if len(fact.domain) <= 12 else mentioned + others[:1]) or [
        *sorted(map(str, constants)),
        "–",
    ]


def _sets(fact: Fact, constants: set[Any], known: Any) -> list[Any]:
    has, may = frozenset[str](), frozenset(fact.domain)
    if isinstance(known, Members):
        has, may = known.has, known.may
    members = sorted(may & constants) or sorted(may)[:1]
    if len(members) > MOST_MEMBERS:
        return [Members(has), *(Members(has | {member}) for member in members)]
    return [Members(has | set(chosen)) for size in range(len(members) + 1) for chosen in combinations(members, size)]


def _numbers(fact: Fact, constants: set[Any], known: Any) -> list[Any]:
    points = sorted(
        {float(value) for value in constants if isinstance(value, int | float) and not isinstance(value, bool)}
    )
    stretches = [0.0, *points, *((a + b) / 2 for a, b in pairwise(points))]
    stretches += [points[0] - 1, points[-1] + 1] if points else []
    low, high = (
        (known.low, known.high)
        if isinstance(known, Interval)
        else (-math.inf if fact.type == "number" else 0, math.inf)
    )
    inside = sorted({value for value in [*stretches, low, high] if low <= value <= high and math.isfinite(value)})
    return [Interval(value, value) if fact.type == "interval" else value for value in inside]


def _days(constants: set[Any]) -> list[Any]:
    days = sorted(value for value in constants if isinstance(value, str))
    return ["0001-01-01", *days, *(f"{day}~" for day in days)]  # '~' sorts behind a day and before the next
