"""A site's private folder: what it released and refused, and the cohort ledger. Nothing in it leaves the site.

``answers/KEY.json``: the bytes released for a request; an identical request gets them again. ``refusals.json``: the rule
by which a request was refused, by study. ``people.bin``: a key of 16 bytes for each person ever counted.
``cohorts.json`` and ``cohorts/``: each released cohort as bits over them. ``sets.json``: the analysis set each study
released. One process changes it at a time; what another changed meanwhile is read before a decision is made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biopact.ledger.locking import locked
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.people import Mask, People
from biopact.study.register import Keys, Places, Register

__all__ = ["SiteStore", "gathered", "spread"]

WAIT = 60.0  # seconds for another process


@dataclass(frozen=True, slots=True)
class _Cohort:
    """A released cohort: what for, over how many people known then, the name of its file."""

    of: str
    people: int
    bits: str


@dataclass(slots=True)
class SiteStore:
    """The folder of one site; read when opened, written when something is released or refused."""

    folder: Path
    register: Register
    cohorts: list[_Cohort] = field(default_factory=list)
    refusals: dict[str, dict[str, str]] = field(default_factory=dict)  # study -> request -> rule
    released: dict[str, int] = field(default_factory=dict)  # study -> how many numbers
    sets: dict[str, str] = field(default_factory=dict)  # study -> the file of its analysis set
    version: int = -1

    @classmethod
    def open(cls, folder: Path) -> SiteStore:
        """Open a folder, which need not exist yet."""
        store = cls(folder, Register(folder / "people.bin"))
        store._refresh()
        return store

    def _refresh(self) -> bool:
        """Read what another process wrote meanwhile; whether there was any."""
        version = int(_load(self.folder / "version.json", 0))
        if version == self.version:
            return False
        self.cohorts = [_Cohort(**entry) for entry in _load(self.folder / "cohorts.json", [])]
        self.refusals = _load(self.folder / "refusals.json", {})
        self.released = _load(self.folder / "released.json", {})
        self.sets = _load(self.folder / "sets.json", {})
        self.version = version
        return True

    @contextmanager
    def changing(self) -> Iterator[bool]:
        """Alone with the folder; whether another process changed it since it was last looked at."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "store", WAIT):
            changed = self._refresh()
            yield changed
            self.version += 1
            _save(self.folder / "version.json", json.dumps(self.version).encode())

    def places(self, keys: Iterator[Keys], *, named: bool) -> Places | None:
        """The place of each person of a population in the ledger; None where a column of identity names one twice."""
        with self.changing():
            return self.register.places(keys, named=named)

    def matrix(self) -> Bitmaps:
        """The released cohorts over all people known."""
        return Bitmaps(tuple(self._bits(cohort.bits) for cohort in self.cohorts), len(self.register))

    def set_of(self, study: str) -> NDArray[np.uint8] | None:
        """The analysis set that a study released, as bits over the people known; None where it released none."""
        name = self.sets.get(study)
        return None if name is None else self._bits(name)

    def enter(self, of: str, cohorts: Bitmaps) -> None:
        """Enter cohorts in the ledger; those that stand there already are not entered twice."""
        held = {cohort.bits for cohort in self.cohorts}
        for row in cohorts.rows:
            name = self._named(row)
            if row.any() and name not in held:
                held.add(name)
                self.cohorts.append(_Cohort(of, cohorts.of, name))
        entries = [{"of": it.of, "people": it.people, "bits": it.bits} for it in self.cohorts]
        _save(self.folder / "cohorts.json", json.dumps(entries).encode())

    def keep_set(self, study: str, people: NDArray[np.uint8]) -> None:
        """Keep which people a study's analysis set is, so that another study can be about the same."""
        self.sets[study] = self._named(people)
        _save(self.folder / "sets.json", json.dumps(self.sets).encode())

    def answer(self, request: str) -> bytes | None:
        """The bytes released for a request."""
        path = self.folder / "answers" / f"{request}.json"
        return path.read_bytes() if path.is_file() else None

    def keep(self, study: str, request: str, payload: bytes, numbers: int) -> None:
        """Keep what is released for a request."""
        _save(self.folder / "answers" / f"{request}.json", payload)
        self.released[study] = self.released.get(study, 0) + numbers
        _save(self.folder / "released.json", json.dumps(self.released).encode())

    def refuse(self, study: str, request: str, rule: str) -> None:
        """Count a refusal; the same request is counted once."""
        self.refusals.setdefault(study, {})[request] = rule
        _save(self.folder / "refusals.json", json.dumps(self.refusals).encode())

    def refused(self, study: str, request: str) -> str | None:
        """The rule by which a request was refused before."""
        return self.refusals.get(study, {}).get(request)

    def _named(self, row: NDArray[np.uint8]) -> str:
        """Write the bits of a cohort, unless they are there, and give the name of their file."""
        content = row.tobytes().rstrip(b"\0")
        name = hashlib.sha256(content).hexdigest()
        path = self.folder / "cohorts" / name
        if not path.is_file():
            _save(path, content)
        return name

    def _bits(self, name: str) -> NDArray[np.uint8]:
        path = self.folder / "cohorts" / name
        if path.stat().st_size == 0:
            return np.zeros(0, dtype=np.uint8)
        return np.memmap(path, dtype=np.uint8, mode="r")


def spread(groups: Sequence[People], places: Places, known: int) -> Bitmaps:
    """Groups of a population as cohorts over all people a ledger knows."""
    if isinstance(places, range):
        return Bitmaps(tuple(group.bits for group in groups), known)
    rows = []
    for group in groups:
        whole: Mask = np.zeros(known, dtype=np.bool_)
        whole[places] = group.mask()
        rows.append(np.packbits(whole))
    return Bitmaps(tuple(rows), known)


def gathered(bits: NDArray[np.uint8], places: Places, known: int) -> Mask:
    """Which people of a population are in a cohort of the ledger."""
    whole = np.zeros(known, dtype=np.bool_)
    held = np.unpackbits(np.asarray(bits)).view(np.bool_)[:known]
    whole[: held.size] = held
    found: Mask = whole[: len(places)] if isinstance(places, range) else whole[places]
    return found


def _load(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default


def _save(path: Path, content: bytes) -> None:
    """Write beside and rename: a file is the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    os.replace(beside, path)
