"""A rule set lowered: of every rule whether its condition holds and whether it applies, of every country the range.

The same as ``evaluate`` says, as one graph for all days: the period of a rule is a mask over the day of the row.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from biopact.rules.graph.lowering import Lowering, Source, spans_of
from biopact.rules.graph.ternary import Logic, Node
from biopact.rules.language.model import Effect, Instrument, Rank, Rule, Status
from biopact.rules.language.ordering import defeaters_first
from biopact.rules.ruleset import RuleSet

__all__ = ["Entry", "Outcome", "Program"]

RANKS = (Rank.OBLIGATIONS, Rank.AUTHORISATION, Rank.PROHIBITED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One period of one rule: its condition within its time (scope included), whether it applies, and what defeats it."""

    rule: Rule
    jurisdictions: tuple[str, ...]
    condition: Node
    applies: Node
    counts: Node  # known: a charge of nothing gives no verdict
    defeaters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one country's law says. Of each rank above clear: whether the verdict is at least that; all known."""

    low: Mapping[Rank, Node]
    high: Mapping[Rank, Node]
    review: Node


class Program:
    """The graph of a rule set over the columns of a source; ``day`` where all rows have the same."""

    def __init__(self, ruleset: RuleSet, logic: Logic, source: Source, day: datetime.date | None = None) -> None:
        self.ruleset, self.logic, self.source = ruleset, logic, source
        self.lowering = Lowering(ruleset, logic, source, day)

    @cached_property
    def scopes(self) -> Mapping[str, Node]:
        """Of each instrument whether its scope holds."""
        return {
            instrument.id: self.lowering.condition(instrument.scope, instrument.id)
            for instrument in self.ruleset.instruments
        }

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every rule that can apply or ask for review, behind those that may defeat it."""
        written = [(instrument, rule) for instrument in self.ruleset.instruments for rule in instrument.rules]
        written = [(i, rule) for i, rule in written if not (rule.status is Status.ENACTED and rule.start is None)]
        defeats = self._defeats(written)
        made: list[Entry] = []
        position: dict[int, int] = {}
        for index in defeaters_first(len(written), defeats):
            instrument, rule = written[index]
            defeaters = tuple(position[hit] for hit in defeats.get(index, ()))
            position[index] = len(made)
            made.append(self._entry(instrument, rule, [made[hit] for hit in defeaters], defeaters))
        return tuple(made)

    def _defeats(self, written: list[tuple[Instrument, Rule]]) -> dict[int, list[int]]:
        """For each period of a rule the periods of those that defeat it."""
        positions: dict[str, list[int]] = {}
        for index, (instrument, rule) in enumerate(written):
            positions.setdefault(rule.id, []).append(index)
            positions.setdefault(instrument.id, []).append(index)
        found: dict[int, list[int]] = {}
        for index, (_, rule) in enumerate(written):
            for target in rule.defeats:
                for hit in positions.get(target, ()):
                    if written[hit][1].id != rule.id and index not in found.setdefault(hit, []):
                        found[hit].append(index)
        return found

    def _entry(self, instrument: Instrument, rule: Rule, beaten_by: list[Entry], defeaters: tuple[int, ...]) -> Entry:
        logic = self.logic
        uncertain = rule.status is Status.UNCERTAIN  # known of from the first day it is proposed
        mask = self.lowering.within((None if uncertain else rule.start, rule.end))
        if mask is logic.false:
            condition = logic.false
        else:
            when = self.lowering.condition(rule.when, instrument.id)
            condition = logic.all_([mask, self.scopes[instrument.id], when])
        applies = logic.false
        if not uncertain:
            applies = logic.all_([condition, logic.not_(logic.any_(other.applies for other in beaten_by))])
        where = (
            (instrument.jurisdiction,) if instrument.jurisdiction != "INT" else rule.adopted_by or instrument.adopted_by
        )
        return Entry(rule, where, condition, applies, self._counts(rule), defeaters)

    def _counts(self, rule: Rule) -> Node:
        logic = self.logic
        rate = rule.more.get("rate")
        if rule.effect is not Effect.CHARGE:
            return logic.true
        if not isinstance(rate, str) or "[" not in rate:
            return logic.constant(rate != 0)
        name, _, key = rate.rstrip("]").partition("[")
        rows = spans_of(self.ruleset.tables[name]) if name in self.ruleset.tables else []
        nothing = [self.lowering.within(span) for row, span, value in rows if row == key.strip("'\" ") and value == 0]
        return logic.not_(logic.any_(nothing))

    def applies(self) -> Mapping[str, Node]:
        """Of each rule whether it applies, in whichever of its periods."""
        found: dict[str, list[Node]] = {rule_id: [] for rule_id in self.ruleset.rules}
        for entry in self.entries:
            found[entry.rule.id].append(entry.applies)
        return {rule_id: self.logic.any_(parts) for rule_id, parts in found.items()}

    def outcome(self, jurisdiction: str) -> Outcome:
        """The range of a country, and whether it rests on what was not well checked."""
        logic = self.logic
        own = [entry for entry in self.entries if jurisdiction in entry.jurisdictions]
        reached = {
            rank: logic.any_(logic.all_([it.applies, it.counts]) for it in own if it.rule.rank is rank)
            for rank in RANKS
        }
        low = {rank: logic.surely(logic.any_(reached[r] for r in RANKS if r >= rank)) for rank in RANKS}
        high = {rank: logic.maybe(logic.any_(reached[r] for r in RANKS if r >= rank)) for rank in RANKS}
        return Outcome(low, high, logic.any_(self._review(entry, low, high) for entry in own))

    def _review(self, entry: Entry, low: Mapping[Rank, Node], high: Mapping[Rank, Node]) -> Node:
        """Why an entry asks for a look (see ``evaluate``): uncertain and above or a limit, weak and decisive, weakly beaten."""
        logic, rule = self.logic, entry.rule
        if rule.rank is Rank.CLEAR:
            return logic.false
        asked = logic.all_([logic.maybe(entry.condition), entry.counts])
        if rule.status is Status.UNCERTAIN:
            return asked if rule.effect is Effect.LIMIT else logic.all_([asked, logic.not_(high[rule.rank])])
        others = [self.entries[hit] for hit in entry.defeaters]
        doubts = [logic.maybe(it.condition) for it in others if it.rule.status is Status.UNCERTAIN]
        above = [low[rank] for rank in RANKS if rank > rule.rank]
        decisive = logic.all_([logic.maybe(entry.applies), logic.not_(logic.any_(above))])
        shaky = logic.true if rule.weak else logic.any_(doubts)
        well = [
            logic.surely(it.applies)
            for it in others
            if not all(period.weak for period in self.ruleset.rules[it.rule.id])
        ]
        weakly = [logic.any_(logic.surely(it.applies) for it in others), logic.not_(logic.any_(well))]
        beaten = logic.all_([logic.not_(logic.maybe(entry.applies)), *weakly, logic.not_(low[rule.rank])])
        return logic.all_([asked, logic.any_([logic.all_([decisive, shaky]), beaten])])
