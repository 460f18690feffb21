"""A screening as JSON, whatever was screened: the lists as read, counts, findings, hits with all their evidence."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from biopact.screening.decisions import Judged
from biopact.screening.hits import as_json
from biopact.screening.index import Index
from biopact.screening.lists.entry import Listing, Note
from biopact.screening.matching import REVIEW, STRONG
from biopact.screening.ownership import Owned
from biopact.screening.queries import Finding
from biopact.screening.wording import finding, note, why

__all__ = ["answer_of", "owned_as_json"]


def answer_of(
    index: Index,
    today: datetime.date,
    found: Sequence[Judged],
    counts: Mapping[str, int],
    asked: int,
    findings: Sequence[Finding],
    notes: Sequence[Note],
) -> dict[str, Any]:
    """The object of ``--json``, and of the record that ``hits explain`` reads. ``counts`` are of those asked about."""
    alerts = counts["review"] + counts["strong"]
    judgements = {word: sum(each.says == word for each in found) for word in ("open", "same", "different", "unsure")}
    return {
        "schema": "biopact.screen/1",
        "as_of": today.isoformat(),
        "thresholds": {"review": REVIEW, "strong": STRONG},
        "lists": [_list(each, today) for each in index.listings],
        "counts": {
            "asked": asked,
            **counts,
            "alerts_per_1000": round(1000 * alerts / max(1, asked), 2),
            "hits": len(found),
            **judgements,
        },
        "notes": [note(told) for told in notes],
        "findings": [_finding(each) for each in findings],
        "hits": [
            {**as_json(each.hit), "judgement": each.says, "lapsed": each.lapsed is not None, "why": why(each)}
            for each in found
        ],
    }


def owned_as_json(each: Owned) -> dict[str, Any]:
    """What the owners say of a party."""
    return {
        "party": each.node,
        "level": each.level,
        "share": [each.low, each.high],
        "through": list(each.through),
        "certain": each.certain,
    }


def _list(each: Listing, today: datetime.date) -> dict[str, Any]:
    return {
        "id": each.id,
        "file": str(each.path),
        "format": each.format,
        "version": each.version,
        "sha256": each.sha256,
        "with": dict(each.companions),
        "date": each.date.isoformat(),
        "dated": each.dated,
        "age_days": each.age(today),
        "limit_days": each.limit_days,
        "stale": each.stale(today),
        "entries": len(each.entries),
        "consolidates": sorted(each.consolidates),
        "notes": [note(told) for told in each.notes],
    }


def _finding(each: Finding) -> dict[str, Any]:
    told = {"code": each.code, "query_id": each.query, "line": each.line, "blocking": each.blocking}
    return {**told, "message": finding(each)}
