"""Rows as legs: whose law judges each, and what it says. The same as ``determine`` does, for whole columns."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from biopact.pact.countries import COUNTRIES
from biopact.rules.columns.layout import ColumnSource, Meaning, known_columns
from biopact.rules.graph.program import RANKS, Outcome, Program
from biopact.rules.graph.terms import Held, Value
from biopact.rules.graph.ternary import Cell, Logic, Node
from biopact.rules.language.facts import Fact, Vocabulary
from biopact.rules.language.model import Rank
from biopact.rules.ruleset import RuleSet

if TYPE_CHECKING:
    pass

__all__ = ["PUBLIC_WAY", "WAY", "Judged", "Judging", "columns_of"]

WAY = ("flow.origin", "flow.destination", "flow.recipients")
PUBLIC_WAY = "~public."  # beside a way fact worked out over legs: whether it is the public
_PLACES = ("country", "region")


def columns_of(law: RuleSet) -> dict[str, Meaning]:
    """Every column a table of flows may have under a law, beside ``flow_id``, ``leg`` and ``date``."""
    known = known_columns(_vocabulary(law))
    return {name: meaning for name, meaning in known.items() if not name.startswith("item.source.subject_to")}


def _vocabulary(law: RuleSet) -> Vocabulary:
    """The law's facts, and the countries an item is subject to, which no rule need ask about."""
    if "item.subject_to" in law.vocabulary.facts:
        return law.vocabulary
    return law.vocabulary.with_facts([Fact("subject_to", "item", "set", tuple(sorted(COUNTRIES)))])


@dataclass(frozen=True)
class Judged:
    """The nodes to work out for each row: ranges and review of each country, countries without a law here, rules."""

    countries: tuple[str, ...]
    wanted: Mapping[str, Node]
    outside: tuple[tuple[Node, Cell | str], ...]  # (is so, the country's column or its name)
    rules: tuple[str, ...]


@dataclass
class Judging:
    """A law over a table with some columns.

    ``legs``: whether the way of a flow was worked out over its legs and stands in columns of its own. ``complete``: every
    fact is known, so that what the public does not have is absent whatever a column says.
    """

    law: RuleSet
    columns: Collection[str]
    day: datetime.date | None = None
    legs: bool = False
    complete: bool = False
    assumed: Mapping[str, str] = field(default_factory=dict)  # facts an option sets: the column that marks where
    logic: Logic = field(default_factory=Logic)

    @cached_property
    def source(self) -> ColumnSource:
        """Where the rules find their facts."""
        assumed = {name: self.logic.surely(self.logic.flag(mark)) for name, mark in self.assumed.items()}
        plain = ColumnSource(_vocabulary(self.law), self.logic, self.columns, assumed=assumed)
        absent = dict(self._absent(plain))
        source = replace(plain, absent=absent)
        if self.legs:
            return source
        return replace(source, replaced=self._own_way(plain), absent=absent | self._public_way(plain))

    @cached_property
    def program(self) -> Program:
        """The rules."""
        return Program(self.law, self.logic, self.source, self.day)

    # --- who is the public, and which way a flow goes ---------------------------------------------------------------

    def _public(self, source: ColumnSource, role: str) -> Node:
        kind = source.vocabulary.facts.get("party.kind")
        value = source.value(f"{role}.kind", kind, None) if kind is not None else None
        return self.logic.surely(self.logic.word(value, ["public"])) if isinstance(value, Cell) else self.logic.false

    def _absent(self, source: ColumnSource) -> Iterator[tuple[str, Node]]:
        """The public has no facts but those written, and no country."""
        logic = self.logic
        for role in ("sender", "recipient"):
            public = self._public(source, role)
            if public is logic.false:
                continue
            for fact in source.vocabulary.facts.values():
                name = f"{role}.{fact.name}"
                if fact.subject == "party" and fact.name != "kind":
                    bare = self.complete or fact.name in _PLACES
                    written = [] if bare else [logic.given(column) for column in self._written(name, fact)]
                    yield name, logic.all_([public, logic.not_(logic.any_(written))])
        if self.legs:
            for name in WAY[:2]:
                if PUBLIC_WAY + name in self.columns:
                    yield name, logic.flag(PUBLIC_WAY + name)

    def _written(self, name: str, fact: Fact) -> Iterator[str]:
        for key in fact.keys or (None,):
            column = name if key is None else f"{name}.{key}"
            ends = [column, f"{column}.low", f"{column}.high", *(f"{column}.{member}" for member in fact.domain)]
            yield from (each for each in ends if each in self.columns)

    def _own_way(self, source: ColumnSource) -> dict[str, Value]:
        """A row that is a whole flow goes from its sender to its recipient."""
        found: dict[str, Value] = {}
        facts = source.vocabulary.facts
        for name, role in (("flow.origin", "sender"), ("flow.destination", "recipient")):
            place = source.value(f"{role}.country", facts["party.country"], None) if "party.country" in facts else None
            if name in facts and name not in self.columns and place is not None:
                found[name] = place
        members = facts.get("flow.recipients")
        written = {"flow.recipients", *(f"flow.recipients.{each}" for each in (members.domain if members else ()))}
        if members is not None and not written & set(self.columns):
            place = source.value("recipient.country", facts["party.country"], None)
            if isinstance(place, Cell):
                found["flow.recipients"] = self.recipients(place, self._public(source, "recipient"), members.domain)
        return found

    def recipients(self, place: Cell, public: Node, domain: Iterable[str]) -> Held:
        """The set of the one recipient's country; empty where it is the public."""
        logic = self.logic
        return Held({each: logic.all_([logic.not_(public), logic.word(place, [each])]) for each in domain})

    def _public_way(self, source: ColumnSource) -> dict[str, Node]:
        sides = (("flow.origin", "sender"), ("flow.destination", "recipient"))
        return {name: self._public(source, role) for name, role in sides if name not in self.columns}

    # --- whose law --------------------------------------------------------------------------------------------------

    def _place(self, role: str) -> tuple[Cell | None, Node]:
        """The country of a party, and where there is none to ask for."""
        fact = self.source.vocabulary.facts["party.country"]
        value = self.source.value(f"{role}.country", fact, None)
        return (value if isinstance(value, Cell) else None), self._public(self.source, role)

    def _say(self, country: str) -> Node:
        """Whether the law of a country surely has a say: by a party, by people who live there, or by the item."""
        logic = self.logic
        found = []
        for role in ("sender", "recipient"):
            place, public = self._place(role)
            if place is not None:
                found.append(logic.all_([logic.not_(public), logic.surely(logic.word(place, [country]))]))
        found += [node for where, node in self._residences() if where == country]
        found += [node for where, node in self._subject() if where == country]
        return logic.any_(found)

    def _residences(self) -> Iterator[tuple[str, Node]]:
        """Each country of which somebody's data may be in it."""
        logic, fact = self.logic, self.source.vocabulary.facts.get("item.people")
        for country in fact.keys if fact else ():
            column = f"item.people.{country}"
            if column in self.columns:
                yield country, logic.surely(logic.less(0, Cell(column, "number"), True))
            elif f"{column}.high" in self.columns:
                low, high = f"{column}.low", f"{column}.high"
                open_end = logic.all_([logic.given(low), logic.not_(logic.given(high))])
                some = logic.surely(logic.less(0, Cell(high, "number"), True))
                yield country, logic.any_([open_end, some])

    def _subject(self) -> Iterator[tuple[str, Node]]:
        held = self.source.value("item.subject_to", self.source.vocabulary.facts["item.subject_to"], None)
        for country, node in held.members.items() if isinstance(held, Held) else ():
            if node is not self.logic.unknown:
                yield country, self.logic.surely(node)

    def _nowhere(self) -> Node:
        """A party may be anywhere: its country is not written, and it is not the public."""
        logic = self.logic
        found = []
        for role in ("sender", "recipient"):
            place, public = self._place(role)
            written = logic.false if place is None else logic.given(place.column)
            found.append(logic.all_([logic.not_(public), logic.not_(written)]))
        return logic.any_(found)

    def _outside(self) -> list[tuple[Node, Cell | str]]:
        """The countries whose law is asked for and not here."""
        logic, here = self.logic, self.law.jurisdictions
        found: list[tuple[Node, Cell | str]] = []
        for role in ("sender", "recipient"):
            place, public = self._place(role)
            if place is not None:
                inside = logic.surely(logic.word(place, here))
                there = logic.all_([logic.not_(public), logic.given(place.column), logic.not_(inside)])
                found.append((there, place))
        for country, node in (*self._residences(), *self._subject()):
            if country not in here:
                found.append((node, country))
        return [*found, (self._nowhere(), "unknown")]

    # --- what to work out -------------------------------------------------------------------------------------------

    def judged(self, rules: bool = False) -> Judged:
        """The nodes of every answer; ``rules`` also those of every rule."""
        logic, wanted = self.logic, dict[str, Node]()
        nowhere = self._nowhere()
        countries = tuple(sorted(self.law.jurisdictions, key=lambda it: (it != "US", it != "KR", it)))
        told: dict[str, _Told] = {}
        for country in countries:
            say = self._say(country)
            told[country] = _heard(logic, say, logic.any_([say, nowhere]), self.program.outcome(country))
            wanted |= told[country].named(country)
        outside = self._outside()
        uncovered = logic.any_(node for node, _ in outside)
        overall = _Told(
            logic.true,
            {rank: logic.any_(it.low[rank] for it in told.values()) for rank in RANKS},
            {rank: logic.any_([uncovered, *(it.high[rank] for it in told.values())]) for rank in RANKS},
            logic.any_(self._decisive(it, told.values()) for it in told.values()),
        )
        wanted |= overall.named("")
        applies = self.program.applies() if rules else {}
        wanted |= {f"rule:{name}": node for name, node in applies.items()}
        return Judged(countries, wanted, tuple(outside), tuple(applies))

    def _decisive(self, one: _Told, others: Iterable[_Told]) -> Node:
        """The review of a country whose law may decide: its highest is not below the verdict's lowest."""
        logic, everyone = self.logic, list(others)
        below = [
            logic.all_([logic.any_(it.low[rank] for it in everyone), logic.not_(one.high[rank])]) for rank in RANKS
        ]
        return logic.all_([one.review, logic.not_(logic.any_(below))])


@dataclass(frozen=True)
class _Told:
    has: Node
    low: Mapping[Rank, Node]
    high: Mapping[Rank, Node]
    review: Node

    def named(self, country: str) -> dict[str, Node]:
        """By the names the answers are assembled from."""
        prefix = f"{country}_" if country else ""
        found = {f"{prefix}has": self.has, f"{prefix}review": self.review} if country else {"review": self.review}
        for rank in RANKS:
            found[f"{prefix}low_{rank.value}"] = self.low[rank]
            found[f"{prefix}high_{rank.value}"] = self.high[rank]
        return found


def _heard(logic: Logic, say: Node, may: Node, outcome: Outcome) -> _Told:
    """A country's answer where it has a say; where it only may have, it may also be clear."""
    return _Told(
        may,
        {rank: logic.all_([say, node]) for rank, node in outcome.low.items()},
        {rank: logic.all_([may, node]) for rank, node in outcome.high.items()},
        logic.all_([may, outcome.review]),
    )
