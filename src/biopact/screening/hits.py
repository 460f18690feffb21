"""A hit: somebody asked about, and one entity of the lists that it may be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from biopact.screening.lists.entry import Entry
from biopact.screening.qualifiers import Outcome, Qualifier
from biopact.screening.queries import Query

__all__ = ["COLUMNS", "Hit", "as_json", "hit_id"]

COLUMNS = (
    "hit",
    "query_id",
    "query",
    "entry_ids",
    "lists",
    "name",
    "outcome",
    "identifier",
    "score",
    "spelling",
    "sound",
    "alias",
    "why",
)


@dataclass(frozen=True)
class Hit:
    """A match: ``entries`` are all entries of the entity that match, ``best`` the one whose names are compared here."""

    query: Query
    entries: tuple[Entry, ...]
    best: Entry
    outcome: Outcome
    identifier: str | None
    score: float
    spelling: float
    sound: float
    alias: float
    ours: str
    theirs: str
    evidence: tuple[tuple[str, str], ...]
    qualifiers: tuple[Qualifier, ...]

    @cached_property
    def id(self) -> str:
        """A stable hash of the query's and the entries' ids."""
        return hit_id(self.query.id, [entry.ref for entry in self.entries])

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """The ids of the entries, each once."""
        return tuple(dict.fromkeys(entry.id for entry in self.entries))

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists that the entity stands on."""
        return tuple(dict.fromkeys(name for entry in self.entries for name in entry.lists))

    @cached_property
    def entries_digest(self) -> str:
        """The SHA-256 of what the lists say of the entity."""
        return hashlib.sha256("".join(sorted(entry.digest for entry in self.entries)).encode()).hexdigest()


def hit_id(query: str, refs: list[str]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of a query's id and the sorted refs of entries."""
    return hashlib.sha256("\x1f".join([query, *sorted(refs)]).encode()).hexdigest()[:12]


def as_json(hit: Hit) -> dict[str, Any]:
    """A hit with all its evidence, as JSON has it."""
    return {
        "hit": hit.id,
        "query_id": hit.query.id,
        "query": hit.ours,
        "entry_ids": list(hit.entry_ids),
        "lists": list(hit.lists),
        "name": hit.theirs,
        "outcome": hit.outcome,
        "identifier": hit.identifier,
        "score": hit.score,
        "spelling": hit.spelling,
        "sound": hit.sound,
        "alias": hit.alias,
        "evidence": [{"scorer": scorer, "says": says} for scorer, says in hit.evidence],
        "qualifiers": [each._asdict() for each in hit.qualifiers],
        "entries": [
            {
                "list": entry.list,
                "sublist": entry.sublist,
                "id": entry.id,
                "names": list(entry.names[:20]),
                "kind": entry.kind,
                "countries": sorted(entry.countries),
                "birth_years": sorted(entry.birth_years),
                "programmes": list(entry.programmes),
                "until": entry.until.isoformat() if entry.until else None,
            }
            for entry in hit.entries
        ],
        "query_digest": hit.query.digest,
        "entries_digest": hit.entries_digest,
    }
