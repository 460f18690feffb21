"""What a list says: entries, and the file they come from."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from biopact.screening.names.name import Kind

__all__ = ["Entry", "Listing", "Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be told about an input: a code of the catalogue and its values."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list. ``names`` begins with the primary one; ``sublist`` is the list it was consolidated from."""

    list: str
    id: str
    names: tuple[str, ...]
    kind: Kind = "unknown"
    countries: frozenset[str] = frozenset()
    birth_years: frozenset[int] = frozenset()
    programmes: tuple[str, ...] = ()
    identifiers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sublist: str | None = None
    until: datetime.date | None = None

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists it stands on: the file's, and the one consolidated into it."""
        return tuple(dict.fromkeys([self.list, *([self.sublist] if self.sublist else [])]))

    @property
    def ref(self) -> str:
        """Its id with its list's: unique over files."""
        return f"{self.list}:{self.id}"

    @property
    def digest(self) -> str:
        """The SHA-256 of everything it says: a judgement holds until this changes."""
        said = [
            self.list, self.id, sorted(self.names), self.kind, sorted(self.countries), sorted(self.birth_years),
            sorted(self.programmes), {key: sorted(value) for key, value in sorted(self.identifiers.items())},
            self.sublist, str(self.until),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Listing:
    """One list as read from a file on a day: which format, which bytes, how old, and what there is to say about it.

    ``dated`` tells where the date is from: ``file`` (the list says it) or ``timestamp`` (when the file was written).
    """

    id: str
    format: str
    version: str
    path: Path
    sha256: str
    date: datetime.date
    dated: str
    limit_days: int
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...] = ()
    companions: Mapping[str, str] = field(default_factory=dict)  # further files read with it, with their digests
    consolidates: frozenset[str] = frozenset()  # the lists that it was put together from

    def age(self, today: datetime.date) -> int:
        """Its age in days."""
        return (today - self.date).days

    def stale(self, today: datetime.date) -> bool:
        """Whether it is older than its limit."""
        return self.age(today) > self.limit_days
