"""Where the parties of a pact stand since it was last screened: on which lists surely, on which perhaps.

The record of the screening (``lists/hits.json``) says what was asked and found, the judgements (``lists/decisions.yaml``)
what of it is so. Nothing is compared again: the lists themselves need not be there.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from biopact.errors import DataError, Place
from biopact.pact import Pact
from biopact.screening.decisions import Decision, read_decisions
from biopact.screening.parties import decisions_of, queries_of
from biopact.screening.places import record_of

__all__ = ["ListRead", "Standing", "Standings", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The lists that a party surely stands on, and those of which a hit is not judged or judged unsure."""

    on: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list that was screened against, and how old it may be."""

    id: str
    date: datetime.date
    limit_days: int

    def stale(self, today: datetime.date) -> bool:
        """Whether it is older than its limit."""
        return (today - self.date).days > self.limit_days


@dataclass(frozen=True, slots=True)
class Standings:
    """What a screening leaves: of whom it holds, against which lists (those consolidated in a file too)."""

    of: Mapping[str, Standing]  # by party, or by named owner as the ownership graph names it
    lists: tuple[ListRead, ...]
    covered: frozenset[str]
    changed: tuple[str, ...]  # parties and owners that were added, or written otherwise, since


def standings(pact: Pact) -> Standings | None:
    """Where everybody stands by the pact's own record; None where it was never screened. Raises DataError."""
    path = record_of(pact)
    if path is None:
        return None
    kept = decisions_of(pact)
    decisions = {each.hit: each for each in (read_decisions(kept) if kept else [])}
    try:
        return _standings(pact, json.loads(path.read_text(encoding="utf-8")), decisions)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError("screening.odd-record", Place(path)) from None


def _standings(pact: Pact, record: Mapping[str, Any], decisions: Mapping[str, Decision]) -> Standings:
    read = record["lists"]
    covered = frozenset(name for each in read for name in (each["id"], *each["consolidates"]))
    queries, _ = queries_of(pact)
    asked: Mapping[str, str] = record["asked"]
    holds = {query.id for query in queries if asked.get(query.id) == query.digest}
    blocked = {each["query_id"] for each in record["findings"] if each["blocking"]}
    sides: dict[str, tuple[set[str], set[str]]] = {node: (set(), set()) for node in holds - blocked}
    for hit in record["hits"]:
        if hit["query_id"] not in sides:
            continue
        on, may = sides[hit["query_id"]]
        known = decisions.get(hit["hit"])
        judged = known is not None and (known.query, known.entries) == (hit["query_digest"], hit["entries_digest"])
        says = known.judgement if known is not None and judged else "open"
        lists = {entry["sublist"] or entry["list"] for entry in hit["entries"]}
        if says != "different":
            (on if says == "same" else may).update(lists)
    return Standings(
        {node: Standing(frozenset(on), frozenset(may - on)) for node, (on, may) in sides.items()},
        tuple(ListRead(each["id"], datetime.date.fromisoformat(each["date"]), each["limit_days"]) for each in read),
        covered,
        tuple(query.id for query in queries if query.id not in holds),
    )
