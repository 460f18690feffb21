"""The values that conditions compare facts with: what tells one stretch of a fact's values from the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.rules.language.model import Content, Rule
from biopact.rules.language.syntax import Compare, Condition, In, Index, Literal, Name, walk

__all__ = ["Comparisons", "all_conditions", "comparisons_of", "conditions_of"]

Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What some conditions compare facts with.

    ``constants``: for each fact its values, and the members and keys it is asked for; facts that are compared with each
    other share them. ``peers``: for each fact those others, met directly or through one another.
    """

    constants: Mapping[str, set[Any]]
    peers: Mapping[str, frozenset[str]]


def comparisons_of(conditions: Iterable[Condition], law: Content, tables: Tables) -> Comparisons:
    """What conditions compare facts with; what their defines compare is not looked at."""
    found: dict[str, set[Any]] = {}
    groups: dict[str, set[str]] = {}
    for condition in conditions:
        for part in walk(condition):
            for name, values, others in _compared(part, law, tables):
                found.setdefault(name, set()).update(values)
                for other in others:
                    joined = groups.get(name, {name}) | groups.get(other, {other})
                    groups |= dict.fromkeys(joined, joined)
    shared = {name: set().union(*(found.get(each, ()) for each in group)) for name, group in groups.items()}
    return Comparisons(found | shared, {name: frozenset(group - {name}) for name, group in groups.items()})


def all_conditions(law: Content) -> Iterator[Condition]:
    """Every scope, define and condition."""
    yield from law.defines.values()
    for instrument in law.instruments:
        yield from (instrument.scope, *instrument.defines.values(), *(rule.when for rule in instrument.rules))


def conditions_of(rules: Iterable[Rule], law: Content) -> Iterator[Condition]:
    """The conditions of some rules, with the scopes and defines that these rest on."""
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        instrument = law.by_id[rule.instrument]
        texts = {**law.defines, **instrument.defines}
        waiting = [instrument.scope, rule.when]
        while waiting:
            condition = waiting.pop()
            yield condition
            for part in walk(condition):
                if isinstance(part, Name) and part.text in texts and (rule.instrument, part.text) not in seen:
                    seen.add((rule.instrument, part.text))
                    waiting.append(texts[part.text])


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
