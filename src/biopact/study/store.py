"""A site's private folder: what it released and refused, and the cohort ledger. Nothing in it leaves the site.

``answers/KEY.json``: the bytes released for a request; an identical request gets them again.
``refusals.json``: the rule by which a request was refused, by study. ``people.bin`` and ``cohorts.json``: a key of
16 bytes for each person ever counted, and each released cohort as a bitmap over them.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SiteStore"]

KEY = 16
Bits = NDArray[np.bool_]


@dataclass(slots=True)
class SiteStore:
    """The folder of one site; read when opened, written when something is released or refused."""

    folder: Path
    people: dict[bytes, int] = field(default_factory=dict)
    cohorts: list[tuple[str, Bits]] = field(default_factory=list)  # what for, over the people known then
    refusals: dict[str, dict[str, str]] = field(default_factory=dict)  # study -> request -> rule
    released: dict[str, int] = field(default_factory=dict)  # study -> how many numbers

    @classmethod
    def open(cls, folder: Path) -> SiteStore:
        """Open a folder, which need not exist yet."""
        store = cls(folder)
        people = folder / "people.bin"
        if people.is_file():
            keys = people.read_bytes()
            store.people = {keys[at : at + KEY]: at // KEY for at in range(0, len(keys), KEY)}
        for entry in _load(folder / "cohorts.json", []):
            packed = np.frombuffer(zlib.decompress(base64.b64decode(entry["bits"])), dtype=np.uint8)
            store.cohorts.append((entry["of"], np.unpackbits(packed, count=entry["people"]).astype(np.bool_)))
        store.refusals = _load(folder / "refusals.json", {})
        store.released = _load(folder / "released.json", {})
        return store

    def positions(self, keys: tuple[bytes, ...]) -> NDArray[np.int64]:
        """The place of each person in the ledger's bitmaps; people not seen before get the next ones."""
        for key in keys:
            self.people.setdefault(key, len(self.people))
        return np.array([self.people[key] for key in keys], dtype=np.int64)

    def matrix(self) -> Bits:
        """The released cohorts, one row each, over all people known."""
        whole = np.zeros((len(self.cohorts), len(self.people)), dtype=np.bool_)
        for row, (_, bits) in zip(whole, self.cohorts, strict=True):
            row[: bits.size] = bits
        return whole

    def enter(self, of: str, cohorts: Bits) -> None:
        """Enter cohorts in the ledger; those that stand there already are not entered twice."""
        held = {row.tobytes() for row in self.matrix()}
        fresh = [row for row in cohorts if row.any() and row.tobytes() not in held]
        self.cohorts += [(of, row.copy()) for row in fresh]
        entries = [{"of": what, "people": bits.size, "bits": _packed(bits)} for what, bits in self.cohorts]
        _save(self.folder / "people.bin", b"".join(self.people))
        _save(self.folder / "cohorts.json", json.dumps(entries).encode())

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


def _packed(bits: Bits) -> str:
    return base64.b64encode(zlib.compress(np.packbits(bits).tobytes())).decode("ascii")


def _load(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default


def _save(path: Path, content: bytes) -> None:
    """Write beside and rename: a file is the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    os.replace(beside, path)
