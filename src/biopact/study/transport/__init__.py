"""How questions reach the sites and answers come back: one small protocol, and the transport within this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from biopact.study.data import Roster
from biopact.study.results import Refusal

__all__ = ["InProcess", "Listener", "Question", "Reply", "Transport"]

Ask = Literal["permit", "agree", "judge", "drop", "count", "answer"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to every site of a roster.

    ``permit``: may you release at all today; ``agree``: your yes or no to each point of the grid; ``judge``: does your
    gate let the analysis out (with a ``round`` above 1: the groups of that round, which no gate could know before);
    ``drop``: it will not be released; ``count``: how many you bring; ``answer``: your sums. ``heard`` are the bytes all
    sites gave before: votes for ``judge``, the sums of the round before for later rounds.
    """

    ask: Ask
    roster: Roster
    analysis: str = ""
    round: int = 0
    heard: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a site says: bytes, a refusal, or neither (nothing stands against it)."""

    payload: bytes | None = None
    refusal: Refusal | None = None


class Listener(Protocol):
    """A site's node."""

    def reply(self, question: Question) -> Reply:
        """Answer one question."""
        ...


class Transport(Protocol):
    """Carries one question to all sites of its roster; replies come in any order."""

    def ask(self, question: Question) -> Iterator[tuple[str, Reply]]:
        """The replies, as they arrive, by site."""
        ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """All sites in this process, asked one after the other."""

    nodes: Mapping[str, Listener]

    def ask(self, question: Question) -> Iterator[tuple[str, Reply]]:
        """The replies, in the order of the roster."""
        for site in question.roster.ids:
            yield site, self.nodes[site].reply(question)
