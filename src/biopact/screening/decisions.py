"""Judgements of hits: each once, by whom, when and why, honoured until the list entry or the question changes.

They are kept in a small YAML file, beside the names or in the pact (``lists/decisions.yaml``). It holds no name: a hit
is named by its hash, and what was judged by the digests of the question and of the entries.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from biopact import marked
from biopact.errors import DataError, Place, UsageError
from biopact.screening.hits import Hit

__all__ = ["FILE", "JUDGEMENTS", "Decision", "Judged", "Judgement", "judged", "read_decisions", "record"]

Judgement = Literal["same", "different", "unsure"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
FILE = "decisions.yaml"


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement: of which hit, whether it is the same entity, who said so, when, why, and of which texts."""

    hit: str
    judgement: Judgement
    by: str
    at: str
    why: str
    query: str  # the digest of the question
    entries: str  # the digest of the entries


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit with the judgement that holds for it, or with one that no longer does because something changed."""

    hit: Hit
    decision: Decision | None = None
    lapsed: Decision | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has judged it as it stands."""
        return self.decision is None

    @property
    def says(self) -> str:
        """``same``, ``different``, ``unsure``, or ``open``."""
        return self.decision.judgement if self.decision else "open"


def judged(hits: Iterable[Hit], decisions: Sequence[Decision]) -> tuple[Judged, ...]:
    """Each hit with its latest judgement: honoured where question and entries are as they were."""
    latest = {decision.hit: decision for decision in decisions}
    found = []
    for hit in hits:
        known = latest.get(hit.id)
        holds = known is not None and (known.query, known.entries) == (hit.query.digest, hit.entries_digest)
        found.append(Judged(hit, known if holds else None, None if holds else known))
    return tuple(found)


def read_decisions(path: Path) -> list[Decision]:
    """The judgements of a file, in the order given; none where there is no file. Raises DataError with the line."""
    if not path.exists():
        return []
    read = marked.read(path, DataError)
    rows = read.value.get("decisions") if isinstance(read.value, Mapping) else None
    if not isinstance(rows, list):
        raise DataError("screening.odd-decisions", Place(path, 1))
    names = {each.name for each in fields(Decision)}
    for number, row in enumerate(rows):
        whole = isinstance(row, Mapping) and set(row) == names and all(isinstance(row[name], str) for name in names)
        if not whole or row["judgement"] not in JUDGEMENTS:
            raise DataError("screening.odd-decision", read.place("decisions", number), known=", ".join(JUDGEMENTS))
    return [Decision(**row) for row in rows]


def record(
    path: Path, hit: Mapping[str, str], judgement: str, by: str, why: str, now: datetime.datetime, again: bool = False
) -> Decision:
    """Write a judgement of a hit (its ``hit``, ``query_digest`` and ``entries_digest``) behind the others.

    Raises UsageError for another word than the three, where who or why is empty, or where a judgement already holds
    and ``again`` was not said.
    """
    if judgement not in JUDGEMENTS:
        raise UsageError("screening.no-such-judgement", None, found=judgement, known=", ".join(JUDGEMENTS))
    if not by.strip() or not why.strip():
        raise UsageError("screening.who-and-why", None)
    known = read_decisions(path)
    fresh = Decision(
        hit["hit"], judgement, by.strip(), now.isoformat(timespec="seconds"), why.strip(),
        hit["query_digest"], hit["entries_digest"],
    )  # fmt: skip
    held = next((each for each in reversed(known) if each.hit == fresh.hit), None)
    if held and not again and (held.query, held.entries) == (fresh.query, fresh.entries):
        raise UsageError(
            "screening.judged-already", None, hit=fresh.hit, judgement=held.judgement, by=held.by, at=held.at
        )
    _write(path, [*known, fresh])
    return fresh


def _write(path: Path, decisions: list[Decision]) -> None:
    """One judgement a line, in YAML that is also JSON; beside and renamed, so that nothing is half-written."""
    lines = ["decisions:", *(f"  - {json.dumps(asdict(each), ensure_ascii=False)}" for each in decisions)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.replace(name, path)
    except OSError as error:
        raise DataError("screening.cannot-write", Place(path), why=error.strerror or "?") from None
