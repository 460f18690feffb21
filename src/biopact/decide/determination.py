"""What was determined, as frozen data: per leg and jurisdiction, per flow, for the whole pact."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biopact.rules.language.model import Rank
from biopact.rules.traced.evaluate import RuleState

if TYPE_CHECKING:
    from biopact.screening import Standings

__all__ = [
    "Determination",
    "FlowDetermination",
    "JurisdictionDetermination",
    "LegDetermination",
    "Missing",
    "Obligation",
    "Warning_",
    "between",
    "verdict_word",
]


def verdict_word(low: Rank, high: Rank) -> str:
    """The verdict of a range."""
    return low.word if low == high else "undetermined"


def between(low: Rank, high: Rank) -> tuple[str, str] | None:
    """The ends of an open range, None where it is settled."""
    return None if low == high else (low.word, high.word)


@dataclass(frozen=True, slots=True)
class JurisdictionDetermination:
    """What one country's law says of a leg or, taken together, of a flow."""

    jurisdiction: str
    low: Rank
    high: Rank
    because: str  # rules | none-applies | no-rule-found | excepted | not-covered
    review: bool
    rules: tuple[RuleState, ...]

    @property
    def verdict(self) -> str:
        """The verdict word."""
        return verdict_word(self.low, self.high)


@dataclass(frozen=True, slots=True)
class LegDetermination:
    """One item on one leg on one day: the facts it was judged on and what each country's law says."""

    item: str
    sender: str
    recipient: str
    destination: str
    number: int
    day: datetime.date
    facts: Mapping[str, Any]
    jurisdictions: tuple[JurisdictionDetermination, ...]
    not_covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """An act or duty of a rule that applies or may apply, and whether it is evidenced."""

    rule: RuleState
    kind: str
    due: str | None
    met: bool
    evidence: tuple[str, ...] = ()
    by: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact nobody has written that can still change the verdict."""

    fact: str
    question: Mapping[str, str]
    settles: float
    party: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Warning_:
    """Law that is enacted or proposed and would touch this flow."""

    rule: RuleState


@dataclass(frozen=True, slots=True)
class FlowDetermination:
    """The determination of one flow: the highest of its legs and of both countries."""

    id: str
    low: Rank
    high: Rank
    review: bool
    readiness: str  # ready | open | blocked
    not_covered: tuple[str, ...]
    jurisdictions: Mapping[str, JurisdictionDetermination]
    legs: tuple[LegDetermination, ...]
    obligations: tuple[Obligation, ...]
    limits: Mapping[str, Any]
    missing: tuple[Missing, ...]
    warnings: tuple[Warning_, ...]

    @property
    def verdict(self) -> str:
        """The verdict word."""
        return verdict_word(self.low, self.high)

    @property
    def us(self) -> JurisdictionDetermination:
        """U.S. law. Raises KeyError where it has no say."""
        return self.jurisdictions["US"]

    @property
    def kr(self) -> JurisdictionDetermination:
        """Korean law. Raises KeyError where it has no say."""
        return self.jurisdictions["KR"]


@dataclass(frozen=True, slots=True)
class Determination:
    """Every flow of a pact, in the order written, under a law named by its digest."""

    pact: str
    as_of: datetime.date
    law: str
    flows: tuple[FlowDetermination, ...]
    not_counted: tuple[str, ...] = ()  # files of evidence that are missing, or are not those that were recorded
    screened: Standings | None = None  # the screening whose outcome was read

    def __iter__(self) -> Iterator[FlowDetermination]:
        """The flows."""
        return iter(self.flows)

    def __getitem__(self, flow: str) -> FlowDetermination:
        """One flow by id. Raises KeyError."""
        for found in self.flows:
            if found.id == flow:
                return found
        raise KeyError(flow)

    @property
    def exit_code(self) -> int:
        """1 where a flow is prohibited or not ready, 4 where only undetermined, else 0."""
        settled = [flow for flow in self.flows if flow.verdict != "undetermined"]
        if any(flow.readiness != "ready" for flow in settled):
            return 1
        return 4 if len(settled) < len(self.flows) else 0
