"""What a study does at a site, written into the site's own ledger before anybody else learns of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from biopact.errors import Place
from biopact.ledger.chain import Entry, Ledger
from biopact.ledger.parts import Refusal, Release, Site
from biopact.ledger.receipt import named
from biopact.ledger.strict import parse

__all__ = ["StudyRecorder", "numbers_in"]


@dataclass(slots=True)
class StudyRecorder:
    """Signs and chains releases, agreements on a grid, and refusals; keeps them for the receipt.

    ``ledgers`` holds the ledger of each site; ``clock`` tells the time (the present by default).
    """

    study: str
    ledgers: Mapping[str, Ledger]
    clock: Callable[[], datetime.datetime | None] = lambda: None
    released: dict[str, list[Release]] = field(default_factory=dict)
    refused: dict[str, list[Refusal]] = field(default_factory=dict)

    def agree(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """The site gave its yes or no to each point of a grid."""
        self._let_out("agreement", site, analysis, round, payload, digest, again)

    def release(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """The site lets these bytes out; the same bytes again are the entry that stands there."""
        self._let_out("release", site, analysis, round, payload, digest, again)

    def refuse(self, site: str, analysis: str | None, rule: str) -> None:
        """The site said no."""
        body = {"study": self.study, "analysis": analysis, "rule": rule}
        entry = self.ledgers[site].append("refusal", body, self.clock())
        self.refused.setdefault(site, []).append(Refusal(analysis, rule, entry))

    def sites(self, laws: Mapping[str, str | None]) -> tuple[Site, ...]:
        """What each site released and refused, for the receipt; ``laws`` holds the digest of the law it judged by."""
        return tuple(
            Site(site, laws.get(site), tuple(self.released.get(site, ())), tuple(self.refused.get(site, ())))
            for site in self.ledgers
        )

    def _let_out(
        self, kind: str, site: str, analysis: str, round: int, payload: bytes, digest: str, again: bool
    ) -> None:
        numbers = numbers_in(payload)
        body = {
            "study": self.study,
            "analysis": analysis,
            "round": round,
            "digest": named(digest),
            "numbers": numbers,
        }
        entry: Entry | None = self.ledgers[site].find(kind, body) if again else None
        if entry is None:
            entry = self.ledgers[site].append(kind, body, self.clock())
        self.released.setdefault(site, []).append(Release(analysis, round, named(digest), numbers, entry))


def numbers_in(payload: bytes) -> int:
    """How many values a release holds: those of its sums, or the yes and no of its vote."""
    told = parse(payload, Place("release"))
    held = told.get("sums", told.get("vote", told)) if isinstance(told, dict) else told
    return _leaves(held)


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        if value.keys() == {"shape", "values"}:  # one array of a release
            return _leaves(value["values"])
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1
