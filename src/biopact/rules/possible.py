"""The values worth trying for a missing fact: one for each stretch of values that no condition in force tells apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from biopact.interval import Interval
from biopact.rules.compile import Env
from biopact.rules.facts import Fact
from biopact.rules.syntax import Compare, Condition, In, Index, Literal, Name, walk
from biopact.rules.values import Members

if TYPE_CHECKING:
    from biopact.rules.evaluate import InForce

__all__ = ["constants_of", "possible_values"]

MOST_MEMBERS = 8
SOMEWHERE = ("ZZ", "ZX")  # codes ISO 3166 keeps for users: countries no condition names


def possible_values(in_force: InForce, reference: str, env: Env) -> list[Any]:
    """One value for each stretch of values that no condition in force tells apart, within what is already known."""
    name = reference.partition("[")[0]
    fact = in_force.ruleset.vocabulary.find(name)
    if fact is None:
        return []
    key = reference.partition("[")[2].rstrip("]")
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


def constants_of(in_force: InForce) -> dict[str, set[Any]]:
    """For each fact the values it is compared with, and the members and keys it is asked for."""
    found: dict[str, set[Any]] = {}
    ruleset = in_force.ruleset
    conditions: list[Condition] = list(ruleset.defines.values())
    for instrument in ruleset.instruments:
        conditions += [instrument.scope, *instrument.defines.values(), *(rule.when for rule in instrument.rules)]
    pairs: list[tuple[str, str]] = []
    for condition in conditions:
        for part in walk(condition):
            for name, values, others in _compared(part, in_force):
                found.setdefault(name, set()).update(values)
                pairs += [(name, other) for other in others]
    for _ in range(2):  # facts compared with each other share their values
        for one, other in pairs:
            both = found.get(one, set()) | found.get(other, set())
            found[one] = found[other] = both
    return found


def _compared(part: Condition, in_force: InForce) -> Iterable[tuple[str, set[Any], list[str]]]:
    match part:
        case Compare(_, left, right):
            for side, other in ((left, right), (right, left)):
                name = _fact_name(side)
                if name:
                    other_name = _fact_name(other)
                    yield name, _values(other, in_force), [other_name] if other_name else []
        case In(left, right):
            name = _fact_name(left)
            if isinstance(right, tuple):
                if name:
                    yield name, set(right), []
            elif isinstance(right, Name) and right.text in in_force.tables:
                if name:
                    yield name, set(in_force.tables[right.text]), []
            else:
                held = _fact_name(right)
                if held:
                    yield held, {left.value} if isinstance(left, Literal) else set(), [name] if name else []
        case Index(Name(text), Name(key)) if "." in key:
            rows = in_force.tables.get(text)
            fact = in_force.ruleset.vocabulary.find(text)
            yield key, set(rows) if rows is not None else set(fact.keys if fact else ()), []


def _fact_name(term: Condition) -> str | None:
    match term:
        case Name(text) if "." in text:
            return text
        case Index(Name(text), _) if "." in text:
            return text
    return None


def _values(term: Condition, in_force: InForce) -> set[Any]:
    match term:
        case Literal(value):
            return {value}
        case Index(Name(text), _) if text in in_force.tables:
            return set(in_force.tables[text].values())
    return set()
