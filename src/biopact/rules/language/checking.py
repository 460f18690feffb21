"""Types of conditions, checked at load: an unknown name, a value outside its domain or a senseless comparison is refused."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from biopact.rules.language.facts import Fact, Vocabulary, nearest
from biopact.rules.language.model import Table
from biopact.rules.language.syntax import (
    And,
    Compare,
    Condition,
    ConditionFault,
    In,
    Index,
    Literal,
    Name,
    Not,
    Or,
    walk,
)

__all__ = ["Names", "bound_sets", "check", "facts_of", "reads"]

_WORDS = {"enum", "country", "text", "date", "set"}
_NUMBERS = {"number", "interval", "money"}


@dataclass(frozen=True)
class Names:
    """What a condition may speak of."""

    vocabulary: Vocabulary
    tables: Mapping[str, Table]
    defines: frozenset[str]

    def fact(self, text: str) -> Fact:
        """The fact of a dotted name."""
        fact = self.vocabulary.find(text)
        if fact is None:
            role = text.split(".")[0]
            known = [f"{role}.{f.name}" for f in self.vocabulary.facts.values()]
            raise ConditionFault("rules.unknown-fact", name=text, near=nearest(text, known) or "–")
        return fact


def check(condition: Condition, names: Names, in_define: bool = False) -> None:
    """Raise ConditionFault where a condition is not of the type Boolean, or a part is not what it must be."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                check(part, names, in_define)
        case Not(of):
            check(of, names, in_define)
        case Compare():
            _compare(condition, names, in_define)
        case In(left, right):
            _in(left, right, names)
        case Literal(bool()):
            pass
        case Name(text) if "." not in text:
            if text not in names.defines:
                raise ConditionFault("rules.unknown-define", name=text, near=nearest(text, names.defines) or "–")
        case Name() | Index():
            _, kind, _ = _type(condition, names)
            if kind != "bool":
                raise ConditionFault("rules.not-boolean", name=_spelled(condition))
        case _:
            raise ConditionFault("rules.not-boolean", name=str(getattr(condition, "value", condition)))
    if not in_define:
        for part in walk(condition):
            if isinstance(part, Index) and isinstance(part.key, Name) and _is_set(part.key, names):
                raise ConditionFault("rules.set-key-outside-define", name=_spelled(part))


def _compare(condition: Compare, names: Names, in_define: bool) -> None:
    left, right = (_type(side, names) for side in (condition.left, condition.right))
    if "set" in (left[1], right[1]):
        raise ConditionFault("rules.set-compared", name=_spelled(condition.left))
    kinds = {_family(left[1]), _family(right[1])}
    if len(kinds) > 1:
        raise ConditionFault("rules.types-differ", left=_spelled(condition.left), right=_spelled(condition.right))
    if condition.operator not in ("==", "!=") and kinds != {"number"} and "date" not in (left[1], right[1]):
        raise ConditionFault("rules.no-order", name=_spelled(condition.left))
    sides = ((left, condition.left, condition.right), (right, condition.right, condition.left))
    for (_, kind, domain), side, other in sides:
        if isinstance(other, Literal):
            _in_domain([other.value], domain, side)
            if kind == "date" and not _is_date(str(other.value)):
                raise ConditionFault("rules.no-date", found=str(other.value))


def _is_date(text: str) -> bool:
    """A day that exists, or a year or month as which dates begin."""
    try:
        datetime.date.fromisoformat(text + "2000-01-01"[len(text) :])
    except ValueError:
        return False
    return len(text) in (4, 7, 10)


def _in(left: Condition, right: object, names: Names) -> None:
    _, kind, domain = _type(left, names)
    if isinstance(right, tuple):
        for value in right:
            written = "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"
            if _family(kind) != _family(written):
                raise ConditionFault("rules.types-differ", left=_spelled(left), right=repr(value))
        _in_domain(right, domain, left)
    elif isinstance(right, Name) and "." not in right.text:
        if right.text not in names.tables:
            raise ConditionFault("rules.unknown-table", name=right.text, near=nearest(right.text, names.tables) or "–")
        if _family(kind) != "word":
            raise ConditionFault("rules.types-differ", left=_spelled(left), right=right.text)
        _table_in_domain(names.tables[right.text], domain, left)
    elif isinstance(right, Name | Index):
        _, right_kind, right_domain = _type(right, names)
        if right_kind != "set" or kind == "set":
            raise ConditionFault("rules.not-a-set", name=_spelled(right))
        if isinstance(left, Literal):
            _in_domain([left.value], right_domain, right)
    else:
        raise ConditionFault("rules.not-a-set", name=_spelled(left))


def _type(term: Condition, names: Names) -> tuple[Fact | None, str, tuple[str, ...]]:
    """The fact (if one), the type and the domain of a term."""
    match term:
        case Literal(value):
            return (
                None,
                "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text",
                (),
            )
        case Name(text) if "." in text:
            fact = names.fact(text)
            if fact.keys:
                raise ConditionFault("rules.key-missing", name=text, known=", ".join(fact.keys[:8]))
            return fact, fact.type, fact.domain
        case Name(text) if text in names.defines:
            return None, "bool", ()
        case Index(Name(text), key):
            if "." in text:
                fact = names.fact(text)
                if not fact.keys:
                    raise ConditionFault("rules.not-keyed", name=text)
                _key_of(key, fact.keys, names, text)
                if isinstance(key, Literal):
                    fact = fact.under(str(key.value))
                return fact, fact.type, fact.domain
            if text not in names.tables:
                raise ConditionFault("rules.unknown-table", name=text, near=nearest(text, names.tables) or "–")
            table = names.tables[text]
            _key_of(key, tuple(table.rows), names, text, table)
            values = [value for rows in table.rows.values() for _, value in rows if value is not None]
            number = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
            return None, "number" if number else "text", ()
        case Name(text):
            near = nearest(text, {*names.tables, *names.defines})
            raise ConditionFault("rules.unknown-define", name=text, near=near or "–")
        case _:
            check(term, names, True)
            return None, "bool", ()


def _key_of(key: Condition, known: tuple[str, ...], names: Names, of: str, table: Table | None = None) -> None:
    if isinstance(key, Literal):
        if key.value not in known:
            near = nearest(str(key.value), known)
            raise ConditionFault("rules.unknown-table-key", key=str(key.value), table=of, near=near or "–")
        return
    _, kind, domain = _type(key, names)
    if kind not in _WORDS:
        raise ConditionFault("rules.types-differ", left=_spelled(key), right=of)
    if table is not None:
        _table_in_domain(table, domain, key)
    elif domain and not set(domain) & set(known):
        raise ConditionFault("rules.unknown-table-key", key=_spelled(key), table=of, near="–")


def _in_domain(values: Iterable[object], domain: tuple[str, ...], near: Condition) -> None:
    for value in values:
        if domain and isinstance(value, str) and value not in domain:
            like = nearest(value, domain)
            raise ConditionFault(
                "rules.outside-domain", value=value, name=_spelled(near), near=like or ", ".join(domain[:12])
            )


def _table_in_domain(table: Table, domain: tuple[str, ...], left: Condition) -> None:
    for key in table.rows:
        if domain and key not in domain:
            place = table.places.get(key)
            raise ConditionFault("rules.table-key-outside", place, key=key, table=table.name, name=_spelled(left))


def _family(kind: str) -> str:
    return "word" if kind in _WORDS else "number" if kind in _NUMBERS else kind


def _is_set(name: Name, names: Names) -> bool:
    fact = names.vocabulary.find(name.text) if "." in name.text else None
    return fact is not None and fact.type == "set"


def _spelled(condition: Condition) -> str:
    match condition:
        case Name(text):
            return text
        case Index(Name(text), key):
            return f"{text}[{_spelled(key)}]"
        case Literal(value):
            return repr(value)
    return type(condition).__name__.lower()


def bound_sets(condition: Condition, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The set-valued facts that a define uses as a key: all their uses in it mean one and the same member."""
    found = []
    for part in walk(condition):
        if isinstance(part, Index) and isinstance(part.key, Name):
            fact = vocabulary.find(part.key.text)
            if fact is not None and fact.type == "set" and part.key.text not in found:
                found.append(part.key.text)
    return tuple(found)


def facts_of(condition: Condition) -> frozenset[str]:
    """The names with a dot in a condition: the facts it reads."""
    return frozenset(part.text for part in walk(condition) if isinstance(part, Name) and "." in part.text)


def reads(condition: Condition, defines: Mapping[str, Condition]) -> frozenset[str]:
    """Every fact a condition reads, through its defines."""
    found = set(facts_of(condition))
    for part in walk(condition):
        if isinstance(part, Name) and part.text in defines:
            found |= reads(defines[part.text], defines)
    return frozenset(found)
