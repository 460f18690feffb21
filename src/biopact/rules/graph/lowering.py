"""From the tree of a condition to the graph of ``ternary``: the same meaning as ``compile``, for whole columns.

A define that uses a set as a key is written out once for each member the set may have.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from typing import Any, Protocol

from biopact.rules.graph.terms import Choice, Flag, Held, Term, Value, compared
from biopact.rules.graph.ternary import Cell, Logic, Node, Span
from biopact.rules.language.checking import bound_sets
from biopact.rules.language.facts import Fact, Vocabulary
from biopact.rules.language.model import Table
from biopact.rules.language.syntax import And, Compare, Condition, In, Index, Literal, Name, Not, Or
from biopact.rules.ruleset import RuleSet

__all__ = ["Lowering", "Source", "spans_of"]

ONE_DAY = datetime.timedelta(days=1)
ALWAYS = (datetime.date.min, datetime.date(1, 1, 1))


class Source(Protocol):
    """Where facts come from: which columns there are, and where a fact is absent."""

    def value(self, name: str, fact: Fact, key: str | None) -> Value | None:
        """The value of a fact (of one key of it) by its name in a rule; None where nothing is known of it."""

    def present(self, name: str, fact: Fact) -> Node:
        """Where the fact is not absent: known."""


Names = Mapping[str, str]  # set-valued facts that a define binds -> the member they are now


class Lowering:
    """Lowers the conditions of one rule set. ``day`` where every row has the same; else tables and periods become masks."""

    def __init__(self, ruleset: RuleSet, logic: Logic, source: Source, day: datetime.date | None = None) -> None:
        self.ruleset, self.logic, self.source, self.day = ruleset, logic, source, day
        self.vocabulary: Vocabulary = ruleset.vocabulary
        self._defines: dict[tuple[str, str], Node] = {}

    def within(self, span: Span) -> Node:
        """Whether the row's day lies in a span."""
        if self.day is None:
            return self.logic.within(span)
        first, last = span
        return self.logic.constant((first is None or first <= self.day) and (last is None or self.day <= last))

    def condition(self, condition: Condition, instrument: str, bound: Names | None = None) -> Node:
        """The graph of a condition in the words of an instrument."""
        logic, bound = self.logic, bound or {}
        match condition:
            case Literal(value):
                return logic.constant(bool(value))
            case And(parts):
                return logic.all_([self.condition(part, instrument, bound) for part in parts])
            case Or(parts):
                return logic.any_([self.condition(part, instrument, bound) for part in parts])
            case Not(of):
                return logic.not_(self.condition(of, instrument, bound))
            case Compare(operator, left, right):
                sides = (self._term(side, instrument, bound) for side in (left, right))
                return compared(logic, operator, *sides)
            case In(left, right):
                return self._in(left, right, instrument, bound)
            case Name(text) if "." not in text:
                return self.define(text, instrument)
        return self._asked(self._term(condition, instrument, bound))

    def define(self, name: str, instrument: str) -> Node:
        """The graph of a define: of each member of the sets it uses as keys, whether it is in them and the rest holds."""
        own = self.ruleset.by_id[instrument].defines if instrument in self.ruleset.by_id else {}
        home = instrument if name in own else ""
        if (home, name) not in self._defines:
            condition = own[name] if home else self.ruleset.defines[name]
            sets = bound_sets(condition, self.vocabulary)
            held = [self._members(text) for text in sets]
            found = []
            for chosen in product(*(sorted(members) for members in held)):
                inside = [members[member] for members, member in zip(held, chosen, strict=True)]
                found.append(
                    self.logic.all_([*inside, self.condition(condition, home, dict(zip(sets, chosen, strict=True)))])
                )
            self._defines[home, name] = self.logic.any_(found)
        return self._defines[home, name]

    def _members(self, name: str) -> dict[str, Node]:
        """For each member of a set-valued fact whether it is in the set; false for every one where the fact is absent."""
        term = self._fact(Name(name))
        return {
            member: self.logic.all_([guard, node])
            for guard, value in term.choices
            if isinstance(value, Held)
            for member, node in value.members.items()
        }

    def _asked(self, term: Term) -> Node:
        logic = self.logic
        found = [logic.all_([guard, _true(logic, value)]) for guard, value in term.choices]
        return logic.any_([*found, logic.open(term.unknown)])

    # --- terms ------------------------------------------------------------------------------------------------------

    def _term(self, condition: Condition, instrument: str, bound: Names) -> Term:
        logic = self.logic
        match condition:
            case Literal(value):
                return Term(((logic.true, value),), logic.false)
            case Name(text) if text in bound:
                return Term(((logic.true, bound[text]),), logic.false)
            case Name(text) if "." in text:
                return self._fact(condition)
            case Index(Name(text), key):
                keys = self._term(key, instrument, bound)
                return self._keyed(text, keys) if "." in text else self._looked_up(self.ruleset.tables[text], keys)
        return Term(((logic.true, Flag(self.condition(condition, instrument, bound))),), logic.false)

    def _fact(self, name: Name) -> Term:
        fact = self._declared(name.text)
        value, present = self.source.value(name.text, fact, None), self.source.present(name.text, fact)
        if value is None:
            return Term((), present)
        return Term(((present, value),), self.logic.false)

    def _declared(self, name: str) -> Fact:
        fact = self.vocabulary.find(name)
        assert fact is not None, f"the checks at load refuse the unknown fact {name}"
        return fact

    def _keyed(self, name: str, keys: Term) -> Term:
        """``fact[key]``: a key nobody has given a value for is unknown."""
        logic, fact = self.logic, self._declared(name)
        present = self.source.present(name, fact)
        choices: list[Choice] = []
        for guard, key in keys.choices:
            for member, chosen in _chosen(logic, key, fact.keys):
                value = self.source.value(name, fact, member)
                if value is not None:
                    choices.append((logic.all_([present, guard, chosen]), value))
        there = logic.all_([present, keys.present(logic)])
        unknown = logic.all_([there, *(logic.not_(guard) for guard, _ in choices)])
        return Term(tuple(choices), unknown)

    def _looked_up(self, table: Table, keys: Term) -> Term:
        """``table[key]``: a key without an entry on the day is absent; an unknown key of an empty table too."""
        logic = self.logic
        entries = spans_of(table)
        filled = logic.any_([self.within(span) for _, span, _ in entries])
        choices: list[Choice] = []
        unknown = [logic.all_([keys.unknown, filled])]
        for guard, key in keys.choices:
            grouped: dict[tuple[Span, Any], list[str]] = {}
            for entry, span, value in entries:
                grouped.setdefault((span, value), []).append(entry)
            for (span, value), listed in grouped.items():
                hit = self._is_one_of(key, listed)
                choices.append((logic.all_([guard, logic.surely(hit), self.within(span)]), value))
            if isinstance(key, Cell):
                unknown.append(logic.all_([guard, logic.not_(logic.given(key.column)), filled]))
        return Term(tuple(choice for choice in choices if choice[0] is not logic.false), logic.any_(unknown))

    # --- in ---------------------------------------------------------------------------------------------------------

    def _in(self, left: Condition, right: Condition | tuple[Any, ...], instrument: str, bound: Names) -> Node:
        logic = self.logic
        term = self._term(left, instrument, bound)
        if isinstance(right, tuple):
            return self._among(left, term, [(logic.true, right)])
        if isinstance(right, Name) and right.text in self.ruleset.tables:
            grouped: dict[Span, list[str]] = {}
            for key, span, _ in spans_of(self.ruleset.tables[right.text]):
                grouped.setdefault(span, []).append(key)
            return self._among(left, term, [(self.within(span), tuple(keys)) for span, keys in grouped.items()])
        if isinstance(right, Name) and right.text in bound:
            return compared(logic, "==", term, self._term(right, instrument, bound))
        return self._held(term, self._term(right, instrument, bound))

    def _among(self, left: Condition, term: Term, listed: list[tuple[Node, tuple[Any, ...]]]) -> Node:
        """``x in [..]``, or in the keys of a table, of which each list counts under a mask."""
        logic = self.logic
        fact = self.vocabulary.find(left.text) if isinstance(left, Name) else None
        if fact is not None and fact.domain:
            domain = set(fact.domain)
            listed = [(mask, tuple(value for value in values if value in domain)) for mask, values in listed]
        found = []
        for mask, values in listed:
            if not values:
                continue
            found.append(logic.open(logic.all_([mask, term.unknown])))
            found += [logic.all_([mask, guard, self._is_one_of(value, values)]) for guard, value in term.choices]
        return logic.any_(found)

    def _is_one_of(self, value: Value, listed: Iterable[Any]) -> Node:
        logic = self.logic
        if isinstance(value, Held):
            return logic.any_([value.members[member] for member in listed if member in value.members])
        if isinstance(value, str):
            return logic.constant(value in set(listed))
        if isinstance(value, Cell) and value.kind == "word":
            return logic.word(value, [word for word in listed if isinstance(word, str)])
        single = Term(((logic.true, value),), logic.false)
        return logic.any_(
            [compared(logic, "==", single, Term(((logic.true, other),), logic.false)) for other in listed]
        )

    def _held(self, member: Term, members: Term) -> Node:
        """``member in set``."""
        logic = self.logic
        found = [logic.open(logic.all_([members.unknown, member.present(logic)]))]
        for there, held in members.choices:
            assert isinstance(held, Held)
            some = logic.maybe(logic.any_(held.members.values()))
            found.append(logic.open(logic.all_([there, member.unknown, some])))
            for guard, value in member.choices:
                if isinstance(value, Cell):
                    found.append(logic.open(logic.all_([there, guard, logic.not_(logic.given(value.column)), some])))
                for name, chosen in _chosen(logic, value, held.members):
                    found.append(logic.all_([there, guard, chosen, held.members[name]]))
        return logic.any_(found)


def _chosen(logic: Logic, key: Value, keys: Iterable[str]) -> Iterable[tuple[str, Node]]:
    """Each key that a value may be, and where it surely is that key."""
    for name in keys:
        if isinstance(key, Cell):
            yield name, logic.surely(logic.word(key, [name]))
        elif key == name:
            yield name, logic.true


def _true(logic: Logic, value: Value) -> Node:
    if isinstance(value, Flag):
        return value.node
    return logic.constant(value is True)


def spans_of(table: Table) -> list[tuple[str, Span, Any]]:
    """The entries of a table: key, the span of days on which it counts, value. What is null then is no entry."""
    found: list[tuple[str, Span, Any]] = []
    for key, rows in table.rows.items():
        ends = [*(following - ONE_DAY for _, (following, _) in pairwise(rows)), None]
        for (start, value), end in zip(rows, ends, strict=True):
            if value is not None:
                found.append((key, (None if start in ALWAYS else start, end), value))
    return found
