"""What is in force on a day: a rule set compiled for a span of days in which nothing changes, and what it says of facts.

A rule applies when it is in force, its condition holds, and no rule that defeats it applies. Everything is three-valued,
so a rule may also *perhaps* apply.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from biopact.rules.language.checking import reads
from biopact.rules.language.model import Content, Effect, Instrument, OwnershipTest, Rank, Rule, Status
from biopact.rules.language.ordering import defeaters_first
from biopact.rules.language.syntax import Condition
from biopact.rules.language.values import Members, Truth
from biopact.rules.traced.compile import Env, Scope, Test, compile_condition, compile_defines
from biopact.rules.traced.constants import Comparisons, all_conditions, comparisons_of, conditions_of
from biopact.rules.traced.reuse import Reuse

__all__ = ["InForce", "States", "prepared"]


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    jurisdictions: tuple[str, ...]
    test: Test
    defeated_by: tuple[int, ...]
    period: str


@dataclass(frozen=True, slots=True)
class States:
    """The truth of every rule's condition and application for one leg, by position in the order of defeat."""

    conditions: list[Truth]
    applies: list[Truth]
    in_scope: frozenset[str]  # instruments whose scope is not false


def prepared(facts: Mapping[str, Any]) -> Env:
    """The facts of a leg as conditions read them: plain sets become complete ``Members``."""
    return {
        name: Members(frozenset(value)) if isinstance(value, frozenset | set) else value
        for name, value in facts.items()
        if value is not None
    }


class InForce:
    """A rule set compiled for a span of days in which nothing changes.

    ``like``: the rule set it was made from, compiled for the same day; ``reuse``: what of that is not as it was.
    """

    def __init__(
        self, ruleset: Content, day: datetime.date, like: InForce | None = None, reuse: Reuse | None = None
    ) -> None:
        self.ruleset = ruleset
        self.day = day
        self._like, self._reuse = like, reuse
        self._compared_by: dict[frozenset[int], Comparisons] = {}
        old = like.ruleset.tables if like else {}
        self.tables: dict[str, dict[str, Any]] = {
            name: like.tables[name] if like and old.get(name) is table else table.on(day)
            for name, table in ruleset.tables.items()
        }
        before = like._shared if like else {}
        self._shared: dict[str, Test] = self._defines(ruleset.defines, {}, before, reuse.shared if reuse else ())
        self._scopes = {instrument.id: self._scope_of(instrument) for instrument in ruleset.instruments}
        self._common = Scope(self.tables, self._shared, ruleset.vocabulary)  # of what stands in no instrument

    def _defines(
        self,
        written: Mapping[str, Condition],
        known: Mapping[str, Test],
        before: Mapping[str, Test],
        changed: Collection[str],
        prefix: str = "",
    ) -> dict[str, Test]:
        """The closures of some defines beside known ones; those of before where they mean the same."""
        kept = {name: before[name] for name in written if name in before and name not in changed}
        defines = {**known, **kept}
        fresh = {name: condition for name, condition in written.items() if name not in kept}
        compile_defines(fresh, defines, self.tables, self.ruleset.vocabulary, prefix)
        return defines

    def _scope_of(self, instrument: Instrument) -> tuple[Scope, Test]:
        like, changed = self._like, self._reuse.names[instrument.id] if self._reuse else frozenset()
        before = like._scopes.get(instrument.id) if like else None
        if before is not None and not changed and self._reuse and instrument.id not in self._reuse.scopes:
            return before
        defines, inner = self._shared, before[0].defines if before else {}
        if instrument.defines:
            defines = self._defines(instrument.defines, self._shared, inner, changed, f"{instrument.id}:")
        scope = Scope(self.tables, defines, self.ruleset.vocabulary)
        return scope, compile_condition(instrument.scope, scope)

    @cached_property
    def _tests(self) -> dict[int, Test]:
        """The closure of each rule, by its ``id()``."""
        return {id(it.rule): it.test for it in self.rules}

    def _test(self, rule: Rule) -> Test:
        if self._like and self._reuse and id(rule) not in self._reuse.rules and id(rule) in self._like._tests:
            return self._like._tests[id(rule)]
        return compile_condition(rule.when, self._scopes[rule.instrument][0])

    @cached_property
    def rules(self) -> list[_Compiled]:
        """The rules that are or will be in force, each behind those that may defeat it."""
        current = []
        for instrument in self.ruleset.instruments:
            for rule in instrument.rules:
                period = rule.period(self.day)
                if period != "past":
                    current.append((instrument, rule, period))
        position: dict[str, int] = {}
        for index, (_, rule, period) in enumerate(current):  # of several periods, the one in force is meant
            if period == "in-force" or rule.id not in position:
                position[rule.id] = index
        members: dict[str, list[int]] = {}
        for index, (instrument, _, _) in enumerate(current):
            members.setdefault(instrument.id, []).append(index)
        defeated_by: dict[int, list[int]] = {}
        for index, (_, rule, _) in enumerate(current):
            for target in rule.defeats:
                targets = [i for i in members.get(target, ()) if i != index] if target in members else []
                for hit in targets or ([position[target]] if target in position else []):
                    defeated_by.setdefault(hit, []).append(index)
        order = defeaters_first(len(current), defeated_by)
        new = {old: index for index, old in enumerate(order)}
        compiled = []
        for old in order:
            instrument, rule, period = current[old]
            where = (
                (instrument.jurisdiction,)
                if instrument.jurisdiction != "INT"
                else rule.adopted_by or instrument.adopted_by
            )
            defeaters = tuple(new[i] for i in defeated_by.get(old, ()))
            compiled.append(_Compiled(rule, where, self._test(rule), defeaters, period))
        return compiled

    @cached_property
    def targets(self) -> list[list[int]]:
        """For each rule the positions of those it may defeat."""
        found: list[list[int]] = [[] for _ in self.rules]
        for index, compiled in enumerate(self.rules):
            for defeater in compiled.defeated_by:
                found[defeater].append(index)
        return found

    @cached_property
    def _instruments(self) -> list[tuple[str, Test, list[tuple[int, Test]]]]:
        grouped: dict[str, list[tuple[int, Test]]] = {}
        for index, compiled in enumerate(self.rules):
            grouped.setdefault(compiled.rule.instrument, []).append((index, compiled.test))
        return [(name, self._scopes[name][1], tests) for name, tests in grouped.items()]

    @cached_property
    def _readers(self) -> dict[str, list[tuple[Test, list[tuple[int, Test]]]]]:
        """For each fact the rules whose scope or condition reads it, through defines, under their scope."""
        found: dict[str, dict[str, list[tuple[int, Test]]]] = {}
        for index, compiled in enumerate(self.rules):
            instrument = self.ruleset.by_id[compiled.rule.instrument]
            texts = {**self.ruleset.defines, **instrument.defines}
            for name in reads(compiled.rule.when, texts) | reads(instrument.scope, texts):
                found.setdefault(name, {}).setdefault(instrument.id, []).append((index, compiled.test))
        return {
            name: [(self._scopes[instrument][1], tests) for instrument, tests in by_instrument.items()]
            for name, by_instrument in found.items()
        }

    @cached_property
    def _deciding(self) -> list[tuple[int, tuple[int, ...]]]:
        """The rules that can apply on the day, each with the positions of those that may defeat it."""
        return [
            (index, it.defeated_by)
            for index, it in enumerate(self.rules)
            if it.period != "pending" and it.rule.status is not Status.UNCERTAIN
        ]

    @cached_property
    def _ranked(self) -> dict[str, list[tuple[int, Rank]]]:
        """For each country the rules that give a verdict, and which."""
        found: dict[str, list[tuple[int, Rank]]] = {}
        for index, compiled in enumerate(self.rules):
            rank = self.rank(compiled.rule)
            for jurisdiction in compiled.jurisdictions if rank > Rank.CLEAR else ():
                found.setdefault(jurisdiction, []).append((index, rank))
        return found

    def inside(self, instrument: str) -> Test:
        """Whether facts are in the scope of an instrument."""
        return self._scopes[instrument][1]

    def scope_of(self, instrument: str) -> Scope:
        """What the names in an instrument's conditions mean on this day; in a shared file's where it is empty."""
        return self._scopes[instrument][0] if instrument else self._common

    @cached_property
    def constants(self) -> dict[str, set[Any]]:
        """For each fact the values that conditions compare it with."""
        return dict(self.compared.constants)

    @cached_property
    def compared(self) -> Comparisons:
        """What the conditions of all rules compare facts with."""
        return comparisons_of(all_conditions(self.ruleset), self.ruleset, self.tables)

    def compared_by(self, rules: frozenset[int]) -> Comparisons:
        """What the conditions of some rules, by position, compare facts with."""
        if rules not in self._compared_by:
            conditions = conditions_of((self.rules[index].rule for index in sorted(rules)), self.ruleset)
            self._compared_by[rules] = comparisons_of(conditions, self.ruleset, self.tables)
        return self._compared_by[rules]

    def states(self, env: Env) -> States:
        """Judge every rule on the facts of a leg (``env`` is written to: answers of defines are kept in it)."""
        conditions: list[Truth] = [False] * len(self.rules)
        in_scope = []
        for name, scope, tests in self._instruments:
            inside = scope(env)
            if inside is False:
                continue
            in_scope.append(name)
            for index, test in tests:
                value = test(env)
                conditions[index] = value if inside else (None if value is not False else False)
        return States(conditions, self._applied(conditions), frozenset(in_scope))

    def applied_with(self, before: States, env: Env, fact: str) -> States:
        """The states of facts that differ in one fact from those judged before: only what reads it is judged anew.

        The instruments in scope stay those of before.
        """
        conditions = list(before.conditions)
        for scope, tests in self._readers.get(fact, ()):
            inside = scope(env)
            for index, test in tests:
                value = False if inside is False else test(env)
                conditions[index] = value if inside else (None if value is not False else False)
        return States(conditions, self._applied(conditions), before.in_scope)

    def _applied(self, conditions: list[Truth]) -> list[Truth]:
        applies: list[Truth] = [False] * len(conditions)
        for index, defeaters in self._deciding:
            answer = conditions[index]
            if answer is False:
                continue
            for defeater in defeaters:
                if applies[defeater] is True:
                    answer = False
                    break
                if applies[defeater] is None:
                    answer = None
            applies[index] = answer
        return applies

    def bounds(self, states: States, jurisdiction: str) -> tuple[Rank, Rank]:
        """The range of verdicts of a country."""
        low = high = Rank.CLEAR
        applied = states.applies
        for index, rank in self._ranked.get(jurisdiction, ()):
            applies = applied[index]
            if applies is False:
                continue
            high = max(high, rank)
            if applies is True:
                low = max(low, rank)
        return low, high

    def rank(self, rule: Rule) -> Rank:
        """The verdict a rule gives on this day: a charge of nothing gives none."""
        if rule.effect is Effect.CHARGE:
            return rule.rank if self.rate(rule) != 0 else Rank.CLEAR
        return rule.rank

    def rate(self, rule: Rule) -> float | str | None:
        """The rate of a charge in force on this day; None where the table has no entry."""
        written = rule.more.get("rate")
        if isinstance(written, str) and "[" in written:
            table, _, key = written.rstrip("]").partition("[")
            found: float | None = self.tables.get(table, {}).get(key.strip("'\" "))
            return found
        return written

    def owned(self, test: OwnershipTest, facts: Mapping[str, Any]) -> Truth:
        """Whether a party itself, by its own facts (``party.country`` …), is a seed of an ownership test."""
        compiled = compile_condition(test.seed, self.scope_of(test.instrument))
        return compiled(prepared(facts))
