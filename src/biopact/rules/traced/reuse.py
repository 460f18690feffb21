"""What a changed rule set shares with the one it was made from: conditions that stand there and mean the same.

A mutant changes one place of hundreds. Its closures are those of the law itself, all but the few the change touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from biopact.rules.language.model import Content, Instrument, Rule
from biopact.rules.language.syntax import Condition, Name, walk

__all__ = ["Reuse"]


class Reuse:
    """Which names, scopes and rules of a new rule set are not as in an old one."""

    def __init__(self, new: Content, old: Content) -> None:
        self.new, self.old = new, old
        tables = {name for name in {*new.tables, *old.tables} if new.tables.get(name) is not old.tables.get(name)}
        self.shared = _through(new.defines, tables | _other(new.defines, old.defines))

    @cached_property
    def names(self) -> Mapping[str, frozenset[str]]:
        """Of each instrument the tables and defines that mean something else there than they did."""
        found = {"": frozenset(self.shared)}
        for instrument in self.new.instruments:
            before = self.old.by_id.get(instrument.id)
            theirs = before.defines if before else {}
            changed = (self.shared - instrument.defines.keys()) | _other(instrument.defines, theirs)
            found[instrument.id] = frozenset(_through(instrument.defines, changed))
        return found

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The instruments whose scope is not what it was."""
        return frozenset(
            instrument.id
            for instrument in self.new.instruments
            if (before := self.old.by_id.get(instrument.id)) is None
            or instrument.scope is not before.scope
            or self._differs(instrument.scope, instrument)
        )

    @cached_property
    def rules(self) -> frozenset[int]:
        """The rules (by ``id()``) whose condition is not what it was."""
        old = {id(rule) for instrument in self.old.instruments for rule in instrument.rules}
        return frozenset(
            id(rule)
            for instrument in self.new.instruments
            for rule in instrument.rules
            if id(rule) not in old or self._differs(rule.when, instrument)
        )

    def touched(self) -> Iterator[tuple[Instrument, tuple[Rule, ...]]]:
        """The instruments in which anything is not as it was, with the rules that may apply otherwise."""
        for instrument in self.new.instruments:
            rules = instrument.rules
            if instrument.id not in self.scopes:
                rules = tuple(rule for rule in rules if id(rule) in self.rules)
            if rules:
                yield instrument, rules

    def seeds(self) -> bool:
        """Whether an ownership test asks for anything that is not as it was."""
        return any(
            test is not self.old.ownership.get(name) or bool(mentions(test.seed) & self.names[test.instrument])
            for name, test in self.new.ownership.items()
        )

    def _differs(self, condition: Condition, instrument: Instrument) -> bool:
        changed = self.names[instrument.id]
        return bool(changed) and bool(mentions(condition) & changed)


def mentions(condition: Condition) -> set[str]:
    """The tables and defines that a condition names."""
    return {part.text for part in walk(condition) if isinstance(part, Name) and "." not in part.text}


def _other(new: Mapping[str, Condition], old: Mapping[str, Condition]) -> set[str]:
    return {name for name in {*new, *old} if new.get(name) is not old.get(name)}


def _through(defines: Mapping[str, Condition], changed: set[str] | frozenset[str]) -> set[str]:
    """Some names, and the defines that mean something else because of them."""
    found = set(changed)
    growing = bool(found)
    while growing:
        more = {name for name, it in defines.items() if name not in found and mentions(it) & found}
        found |= more
        growing = bool(more)
    return found
