"""The values that conditions compare facts with: what tells one stretch of a fact's values from the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from biopact.rules.model import Content
from biopact.rules.syntax import Compare, Condition, In, Index, Literal, Name, walk

__all__ = ["constants_of"]

Tables = Mapping[str, Mapping[str, Any]]


def constants_of(law: Content, tables: Tables) -> dict[str, set[Any]]:
    """For each fact the values it is compared with, and the members and keys it is asked for."""
    found: dict[str, set[Any]] = {}
    conditions: list[Condition] = list(law.defines.values())
    for instrument in law.instruments:
        conditions += [instrument.scope, *instrument.defines.values(), *(rule.when for rule in instrument.rules)]
    pairs: list[tuple[str, str]] = []
    for condition in conditions:
        for part in walk(condition):
            for name, values, others in _compared(part, law, tables):
                found.setdefault(name, set()).update(values)
                pairs += [(name, other) for other in others]
    for _ in range(2):  # facts compared with each other share their values
        for one, other in pairs:
            both = found.get(one, set()) | found.get(other, set())
            found[one] = found[other] = both
    return found


def _compared(part: Condition, law: Content, tables: Tables) -> Iterable[tuple[str, set[Any], list[str]]]:
    match part:
        case Compare(_, left, right):
            for side, other in ((left, right), (right, left)):
                name = _fact_name(side)
                if name:
                    other_name = _fact_name(other)
                    yield name, _values(other, tables), [other_name] if other_name else []
        case In(left, right):
            name = _fact_name(left)
            if isinstance(right, tuple):
                if name:
                    yield name, set(right), []
            elif isinstance(right, Name) and right.text in tables:
                if name:
                    yield name, set(tables[right.text]), []
            else:
                held = _fact_name(right)
                if held:
                    yield held, {left.value} if isinstance(left, Literal) else set(), [name] if name else []
        case Index(Name(text), Name(key)) if "." in key:
            rows = tables.get(text)
            fact = law.vocabulary.find(text)
            yield key, set(rows) if rows is not None else set(fact.keys if fact else ()), []


def _fact_name(term: Condition) -> str | None:
    match term:
        case Name(text) if "." in text:
            return text
        case Index(Name(text), _) if "." in text:
            return text
    return None


def _values(term: Condition, tables: Tables) -> set[Any]:
    match term:
        case Literal(value):
            return {value}
        case Index(Name(text), _) if text in tables:
            return set(tables[text].values())
    return set()
