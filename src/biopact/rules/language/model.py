"""Rules, instruments and rule sets, as frozen data."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

from biopact.errors import Place
from biopact.rules.language.facts import DAY, Vocabulary
from biopact.rules.language.syntax import Condition

__all__ = ["Content", "Effect", "Instrument", "OwnershipTest", "Rank", "Rule", "Status", "Table", "parse_date"]

Texts = Mapping[str, str]


class Rank(IntEnum):
    """The verdicts, from the mildest; ``undetermined`` is a range of two of these."""

    CLEAR = 1
    OBLIGATIONS = 2
    AUTHORISATION = 3
    PROHIBITED = 4

    @property
    def word(self) -> str:
        """As verdicts are written."""
        return self.name.lower()


class Effect(StrEnum):
    """What a provision does."""

    PROHIBIT = "prohibit"
    AUTHORISE = "authorise"
    OBLIGE = "oblige"
    CHARGE = "charge"
    LIMIT = "limit"
    EXCEPT = "except"
    NOTE = "note"


class Status(StrEnum):
    """Whether a provision is law: decides (in force), warns (enacted), or only asks for a look (uncertain)."""

    IN_FORCE = "in-force"
    ENACTED = "enacted"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers or words by key, each from a date on: ``rows[key]`` is sorted by date."""

    name: str
    rows: Mapping[str, tuple[tuple[datetime.date, Any], ...]]
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)  # where each key is written

    def on(self, day: datetime.date) -> dict[str, Any]:
        """The entries in force on a day; a key without one is not there."""
        found = {}
        for key, dated in self.rows.items():
            past = [value for start, value in dated if start <= day]
            if past and past[-1] is not None:
                found[key] = past[-1]
        return found


@dataclass(frozen=True, slots=True)
class OwnershipTest:
    """Who counts as owned by whom, by the method of one law; read as the party fact ``name``."""

    name: str
    instrument: str  # empty for one that stands in a shared file
    seed: Condition
    share: float
    strict: bool  # more than the share, not at least
    method: str  # cascade | multiply | direct
    aggregate: bool
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One provision for one period."""

    id: str
    instrument: str
    effect: Effect
    when: Condition
    when_text: str
    title: Texts
    cite: str
    place: Place
    start: datetime.date | None = None
    end: datetime.date | None = None  # the last day it is in force
    status: Status = Status.IN_FORCE
    defeats: tuple[str, ...] = ()
    checked: str = "recalled"
    confidence: str = "low"
    force: str = "law"
    adopted_by: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)  # authority, file, lead_time, due, limit, rate, …
    act: Texts = field(default_factory=dict)  # the title of its instrument

    @property
    def rank(self) -> Rank:
        """The verdict this rule alone would give."""
        match self.effect:
            case Effect.PROHIBIT:
                return Rank.PROHIBITED
            case Effect.AUTHORISE:
                return Rank.AUTHORISATION
            case Effect.OBLIGE | Effect.LIMIT | Effect.CHARGE:
                return Rank.OBLIGATIONS
        return Rank.CLEAR

    @property
    def weak(self) -> bool:
        """Not of high confidence, or not read in an official text: what rests on it carries ``review``."""
        return self.confidence != "high" or self.checked not in ("statute-read", "official-excerpt")

    def period(self, day: datetime.date) -> str:
        """``in-force``, ``pending`` or ``past`` on a day."""
        if self.end is not None and day > self.end:
            return "past"
        if self.status is Status.ENACTED and self.start is None:
            return "pending"
        return "pending" if self.start is not None and day < self.start else "in-force"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One act, regulation or guideline: where its rules apply at all, its own words (defines) and ownership tests."""

    id: str
    jurisdiction: str  # US, KR, …, or INT
    title: Texts
    citation: str
    scope: Condition
    scope_text: str
    defines: Mapping[str, Condition]
    define_texts: Mapping[str, str]
    ownership: tuple[OwnershipTest, ...]
    rules: tuple[Rule, ...]
    place: Place
    url: str | None = None
    read_on: str | None = None
    adopted_by: tuple[str, ...] = ()
    define_places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Content:
    """The law as loaded: instruments, tables and vocabulary, with a digest that names exactly this."""

    instruments: tuple[Instrument, ...]
    tables: Mapping[str, Table]
    defines: Mapping[str, Condition]  # shared ones, by bare name; an instrument's own are `instrument:name`
    vocabulary: Vocabulary
    digest: str
    documents: tuple[tuple[str, Any], ...] = field(repr=False)  # (file name, content) as loaded, for patches
    assumed: tuple[tuple[str, Any, Condition | None], ...] = ()  # facts an option sets: (name, value, where)
    shared_ownership: tuple[OwnershipTest, ...] = ()  # tests of no one instrument

    @cached_property
    def rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """Every rule by id, with its periods."""
        found: dict[str, tuple[Rule, ...]] = {}
        for instrument in self.instruments:
            for rule in instrument.rules:
                found[rule.id] = (*found.get(rule.id, ()), rule)
        return found

    @cached_property
    def by_id(self) -> Mapping[str, Instrument]:
        """Every instrument by id."""
        return {instrument.id: instrument for instrument in self.instruments}

    @cached_property
    def jurisdictions(self) -> frozenset[str]:
        """The countries whose law is here."""
        return frozenset(instrument.jurisdiction for instrument in self.instruments) - {"INT"}

    @cached_property
    def ownership(self) -> Mapping[str, OwnershipTest]:
        """Every ownership test by the name of its fact."""
        tests = [test for instrument in self.instruments for test in instrument.ownership]
        return {test.name: test for test in (*self.shared_ownership, *tests)}

    @cached_property
    def changes(self) -> tuple[datetime.date, ...]:
        """The days on which anything here changes, sorted."""
        days = {start for table in self.tables.values() for rows in table.rows.values() for start, _ in rows}
        for periods in self.rules.values():
            for rule in periods:
                days |= {rule.start} if rule.start else set()
                days |= {rule.end + datetime.timedelta(days=1)} if rule.end and rule.end < datetime.date.max else set()
        return tuple(sorted(days))


def parse_date(value: Any) -> datetime.date | None:
    """A date as written in a rule file, or None. Raises ValueError."""
    if value is None or isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not DAY.match(value):
        raise ValueError(value)
    return datetime.date.fromisoformat(value)
