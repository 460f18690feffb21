"""What is wrong with a rule set, or silent in it, found by asking for a flow that shows the contrary.

Nothing here knows a law: the caller says what a flow may be (``prove``) and which shapes of flow to ask about.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from biopact.rules.graph.program import Entry, Program
from biopact.rules.graph.ternary import Node
from biopact.rules.language.model import Effect, Instrument, Rank, Status, Table
from biopact.rules.language.syntax import Condition, Name, walk
from biopact.rules.proof.prove import Flow, Prover
from biopact.rules.ruleset import RuleSet

__all__ = ["FAULTS", "Finding", "Shape", "different", "lint", "without_key"]

FAULTS = ("dead", "never-defeats", "never-applies")
"""The kinds of finding that are faults of the law as written; the others are notes for its readers.

An entry of a table that no rule can reach is a note: a table may well list what its source lists.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the rules, table key or shape of flow it is about, and a flow that shows it, where one can."""

    kind: str  # dead | never-applies | never-defeats | subsumed | always-together | together | unreachable-key | gap
    about: tuple[str, ...]
    jurisdiction: str | None = None
    flow: Flow | None = None
    wanted: tuple[Node, ...] = ()  # what the flow was asked for


@dataclass(frozen=True, slots=True)
class Shape:
    """Flows of one kind for which a country's law may have nothing: the words that name it, and where a flow has it."""

    name: tuple[str, ...]
    jurisdiction: str
    node: Node
    parts: tuple[Shape, ...] = ()


Rebuild = Callable[[RuleSet], Program]


def lint(
    program: Program, prover: Prover, shapes: Sequence[Shape], day: datetime.date, rebuild: Rebuild
) -> Iterator[Finding]:
    """Every finding, faults first. ``rebuild`` gives the program of a changed rule set over the same graph."""
    yield from _dead(program, prover, day)
    yield from _idle(program, prover)
    yield from _unreachable(program, prover, rebuild)
    yield from _subsumed(program, prover, day)
    yield from _together(program, prover, day)
    yield from _gaps(program, prover, shapes, day)


def _reached(entry: Entry) -> bool:
    return entry.rule.status is not Status.UNCERTAIN


def _dead(program: Program, prover: Prover, day: datetime.date) -> Iterator[Finding]:
    """Rules whose condition holds of no flow in their time, and rules that something always defeats."""
    for entry in program.entries:
        if not prover.holds(entry.condition):
            yield Finding("dead", (entry.rule.id,))
        elif _reached(entry) and not prover.holds(entry.applies):
            defeaters = tuple(program.entries[hit].rule.id for hit in entry.defeaters)
            yield Finding(
                "never-applies",
                (entry.rule.id, *dict.fromkeys(defeaters)),
                None,
                prover.find(entry.condition, near=day),
            )


def _idle(program: Program, prover: Prover) -> Iterator[Finding]:
    """Exceptions that apply in no flow in which what they defeat would: of one rule, or of all."""
    targets: dict[int, list[Entry]] = {}
    for entry in program.entries:
        for hit in entry.defeaters:
            targets.setdefault(hit, []).append(entry)
    for index, beaten in targets.items():
        entry = program.entries[index]
        if not _reached(entry) or not prover.holds(entry.applies):
            continue
        if not any(prover.holds(entry.applies, target.condition) for target in beaten):
            yield Finding("never-defeats", (entry.rule.id, *dict.fromkeys(target.rule.id for target in beaten)))


def _unreachable(program: Program, prover: Prover, rebuild: Rebuild) -> Iterator[Finding]:
    """Keys of tables that could be struck out without changing the condition of any rule for any flow."""
    ruleset = program.ruleset
    seeds = {name for test in ruleset.ownership.values() for name in _tables_in(test.seed, ruleset.tables)}
    charged = {str(rule.more.get("rate", "")).partition("[")[0] for rules in ruleset.rules.values() for rule in rules}
    before = {id(entry.rule): entry.condition for entry in program.entries}
    for table in ruleset.tables.values():
        if table.name in seeds | charged:
            continue
        readers = tuple(it for it in ruleset.instruments if table.name in _tables_of(it, ruleset))
        for key in table.rows:
            fresh = rebuild(replace(without_key(ruleset, table.name, key), instruments=readers))
            changed = (different(program, before[id(entry.rule)], entry.condition) for entry in fresh.entries)
            if not any(prover.holds(node) for node in changed):
                yield Finding("unreachable-key", (table.name, key))


def _tables_of(instrument: Instrument, ruleset: RuleSet) -> set[str]:
    """The tables that an instrument's conditions read, through defines."""
    texts = {**ruleset.defines, **instrument.defines}
    waiting, seen, found = [instrument.scope, *(rule.when for rule in instrument.rules)], set[str](), set[str]()
    while waiting:
        for part in walk(waiting.pop()):
            if isinstance(part, Name) and part.text in texts and part.text not in seen:
                seen.add(part.text)
                waiting += [texts[part.text], *([ruleset.defines[part.text]] if part.text in ruleset.defines else [])]
            elif isinstance(part, Name) and part.text in ruleset.tables:
                found.add(part.text)
    return found


def without_key(ruleset: RuleSet, table: str, key: str) -> RuleSet:
    """A rule set in which a table has no entry for a key."""
    rows = {name: dated for name, dated in ruleset.tables[table].rows.items() if name != key}
    return ruleset.changed(tables={**ruleset.tables, table: Table(table, rows)})


def different(program: Program, one: Node, other: Node) -> Node:
    """Where two nodes of a graph differ."""
    logic = program.logic
    return logic.false if one is other else logic.not_(logic.same(one, other))


def _tables_in(condition: Condition, tables: Mapping[str, Table]) -> Iterable[str]:
    return (part.text for part in walk(condition) if isinstance(part, Name) and part.text in tables)


def _pairs(program: Program, prover: Prover, effects: tuple[Effect, ...]) -> Iterator[tuple[str, Entry, Entry]]:
    """Two periods of rules of one country that can be in force on one day."""
    for jurisdiction in sorted(program.ruleset.jurisdictions):
        own = [
            it
            for it in program.entries
            if jurisdiction in it.jurisdictions and it.rule.effect in effects and _reached(it)
        ]
        alive = [it for it in own if prover.holds(it.applies)]
        for number, one in enumerate(alive):
            for other in alive[number + 1 :]:
                if one.rule.id != other.rule.id:
                    yield jurisdiction, one, other


def _subsumed(program: Program, prover: Prover, day: datetime.date) -> Iterator[Finding]:
    """Prohibitions that never apply without another of the same country."""
    logic = program.logic
    for jurisdiction, one, other in _pairs(program, prover, (Effect.PROHIBIT,)):
        alone = prover.holds(one.applies, logic.not_(other.applies))
        other_alone = prover.holds(other.applies, logic.not_(one.applies))
        flow = None if alone and other_alone else prover.find(one.applies, other.applies, near=day)
        if not alone and not other_alone:
            yield Finding("always-together", (one.rule.id, other.rule.id), jurisdiction, flow)
        elif not alone or not other_alone:
            inner, outer = (one, other) if not alone else (other, one)
            yield Finding("subsumed", (inner.rule.id, outer.rule.id), jurisdiction, flow)


def _together(program: Program, prover: Prover, day: datetime.date) -> Iterator[Finding]:
    """An act to be asked for beside prohibitions of the same instrument, in one flow: which of them is meant?"""
    beside: dict[tuple[str, str], dict[str, Flow]] = {}
    for jurisdiction, one, other in _pairs(program, prover, (Effect.PROHIBIT, Effect.AUTHORISE)):
        if one.rule.effect is other.rule.effect or one.rule.instrument != other.rule.instrument:
            continue
        ban, act = (one, other) if one.rule.effect is Effect.PROHIBIT else (other, one)
        bans = beside.setdefault((jurisdiction, act.rule.id), {})
        if ban.rule.id not in bans and prover.holds(one.applies, other.applies):
            flow = next(iter(bans.values()), None) or prover.find(one.applies, other.applies, near=day)
            bans |= {} if flow is None else {ban.rule.id: flow}
    for (jurisdiction, act_id), bans in beside.items():
        if bans:
            yield Finding("together", (act_id, *bans), jurisdiction, next(iter(bans.values())))


def _gaps(program: Program, prover: Prover, shapes: Sequence[Shape], day: datetime.date) -> Iterator[Finding]:
    """Shapes of flow for which no rule of a country that gives a verdict can apply.

    A shape that is silent as a whole is told once; else its silent parts together, with a flow of the first.
    """
    speaks = {
        country: program.logic.any_(
            entry.applies
            for entry in program.entries
            if country in entry.jurisdictions and entry.rule.rank > Rank.CLEAR and _reached(entry)
        )
        for country in program.ruleset.jurisdictions
    }
    for shape in shapes:
        if not prover.holds(shape.node, speaks[shape.jurisdiction]):
            yield Finding("gap", shape.name, shape.jurisdiction, prover.find(shape.node, near=day), (shape.node,))
            continue
        silent = [part for part in shape.parts if not prover.holds(part.node, speaks[shape.jurisdiction])]
        if silent:
            names = tuple(part.name[-1] for part in silent)
            first = silent[0].node
            yield Finding("gap", (*shape.name, *names), shape.jurisdiction, prover.find(first, near=day), (first,))
