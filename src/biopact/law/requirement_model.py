"""What each regulator asks, as values: a row of the table, its two sides, and the clocks, documents and fees of a side."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from biopact.errors import Place

__all__ = [
    "ACTIONS",
    "APPLICATION_TYPES",
    "BASES",
    "BINDINGS",
    "BOUND",
    "CHECKED",
    "CONFIDENCES",
    "PRODUCTS",
    "RELATIONS",
    "ROUTES",
    "SECOND_CHECKS",
    "STAGES",
    "STARTS",
    "UNITS",
    "Clock",
    "Document",
    "EffectDays",
    "Fee",
    "Row",
    "Side",
    "Texts",
]

PRODUCTS = ("small-molecule", "biologic", "biosimilar", "cell-gene-therapy", "vaccine", "device", "software")
STAGES = (
    "pre-ind",
    "ind",
    "marketing",
    "gmp",
    "post-approval",
    "pharmacovigilance",
    "reimbursement",
    "procurement",
)
ROUTES = ("standard", "priority", "fast-track", "accelerated", "emergency", "reliance")
RELATIONS = ("same", "equivalent", "us-only", "kr-only", "conflicting")
CHECKED = ("statute-read", "official-excerpt", "secondary", "recalled")
CONFIDENCES = ("high", "medium", "low")
SECOND_CHECKS = ("confirmed", "corrected", "contradicted", "not-found")
UNITS = ("day", "working-day", "week", "month", "year")
BINDINGS = ("law", "target", "practice")
BOUND = ("authority", "applicant", "term")
ACTIONS = ("reuse", "translate", "rewrite", "new", "optional")
APPLICATION_TYPES = ("ind", "nda", "anda", "bla", "dmf", "eua", "ide", "pma", "510k", "de-novo")
BASES = ("estimate", "clock-difference", "avoided-study", "per-lot", "none")
STARTS = (
    *("receipt", "request", "filing", "approval", "approval-anniversary", "ind-anniversary", "notice", "order"),
    *("knowledge", "determination", "decision", "answer", "agreement", "hira-result", "calendar", "quarter-end"),
    *("first-participant", "last-participant", "end-of-observation", "primary-completion", "status-change"),
    *("end-of-phase-2", "first-activity", "first-supply", "administration", "inspection", "launch", "licence-end"),
    *("recall-start", "supply-stop"),
)

Texts = Mapping[str, str]
Unit = Literal["day", "working-day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A period: ``amount`` of ``unit`` after (or before) ``starts``; an amount of None was not found, never a guess.

    ``by`` says who is bound: the authority, the applicant, or nobody (a term that the law gives). ``stops_on`` are the events
    that stop it. A clock that ``repeats`` recurs with its period; ``on`` is the day of the year (``03-31``).
    """

    id: str
    title: Texts
    starts: str
    amount: int | None
    unit: Unit
    by: str
    binding: str
    source: str | None = None
    at_most: int | None = None
    before: bool = False
    repeats: bool = False
    on: str | None = None
    stops_on: tuple[str, ...] = ()
    route: str | None = None
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that a regulator asks for, and where it, or what corresponds to it, stands in the dossier of each country.

    ``imported`` True narrows it to products made abroad; ``products`` and ``routes`` empty mean every one.
    """

    id: str
    title: Texts
    ctd: str | None
    us_heading: str | None
    kr_heading: str | None
    application_types: tuple[str, ...]
    languages: tuple[str, ...]
    action: str
    certified: bool | None = None
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    imported: bool | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """What is paid, in which currency, from and to which day (inclusive). None as amount: not found."""

    id: str
    title: Texts
    amount: int | None
    currency: str
    products: tuple[str, ...] = ()
    start: datetime.date | None = None
    end: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one country's regulator asks. ``asks`` False: it was looked at, and nothing is asked."""

    requirement: Texts
    cite: str | None
    checked: str
    name: str | None = None
    asks: bool = True
    start: datetime.date | None = None
    second_check: str | None = None
    source: str | None = None
    clocks: tuple[Clock, ...] = ()
    documents: tuple[Document, ...] = ()
    fees: tuple[Fee, ...] = ()
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class EffectDays:
    """Days on the path to the second approval if the lever were pulled (negative: sooner), and what that rests on."""

    low: int
    high: int
    basis: str


@dataclass(frozen=True, slots=True)
class Row:
    """One topic, side by side. A side of None: no counterpart was found."""

    id: str
    source_row: str
    topic: Texts
    products: tuple[str, ...]
    stage: str
    us: Side | None
    kr: Side | None
    relation: str
    lever: Texts | None
    effect_days: EffectDays
    confidence: str
    routes: tuple[str, ...] = ()
    note: Texts | None = None
    place: Place = field(default_factory=Place, compare=False, repr=False)

    def side(self, country: str) -> Side | None:
        """The side of ``us`` or ``kr``."""
        return {"us": self.us, "kr": self.kr}[country]
