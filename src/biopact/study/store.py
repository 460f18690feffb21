"""A site's private folder: what it released and refused, and the cohort ledger. Nothing in it leaves the site.

``answers/KEY.json``: the bytes released for a request; an identical request gets them again.
``refusals.json``: the rule by which a request was refused, by study. ``people.bin`` and ``cohorts.json``: a key of
16 bytes for each person ever counted, and each released cohort as a bitmap over them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biopact.errors import DataError, Place

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
    answers: dict[str, str] = field(default_factory=dict)  # request -> SHA-256 of the bytes that were released
    salt: bytes = b""  # known to this site alone, so that nobody who holds the store can try out rows

    @classmethod
    def open(cls, folder: Path) -> SiteStore:
        """Open a folder, which need not exist yet. Raises DataError where a file of it was changed by somebody else."""
        store = cls(folder)
        people = folder / "people.bin"
        if people.is_file():
            keys = people.read_bytes()
            store.people = {keys[at : at + KEY]: at // KEY for at in range(0, len(keys), KEY)}
            if len(keys) % KEY or len(store.people) != len(keys) // KEY:
                raise DataError("study.store-broken", Place(people))
        salt = folder / "salt"
        store.salt = salt.read_bytes() if salt.is_file() else b""
        if not store.salt:
            store.salt = secrets.token_bytes(32)
            _save(salt, store.salt)
        try:
            for entry in _load(folder / "cohorts.json", []):
                packed = np.frombuffer(zlib.decompress(base64.b64decode(entry["bits"])), dtype=np.uint8)
                bits = np.unpackbits(packed, count=entry["people"]).astype(np.bool_)
                if bits.size > len(store.people):
                    raise DataError("study.store-broken", Place(folder / "cohorts.json"))
                store.cohorts.append((entry["of"], bits))
        except (KeyError, TypeError, ValueError, zlib.error):
            raise DataError("study.store-broken", Place(folder / "cohorts.json")) from None
        store.refusals = _mapping(folder / "refusals.json")
        store.released = _mapping(folder / "released.json")
        store.answers = _mapping(folder / "answers.json")
        return store

    def positions(self, rows: tuple[bytes, ...]) -> NDArray[np.int64]:
        """The place of each person in the ledger's bitmaps; people not seen before get the next ones."""
        keys = [hashlib.blake2b(row, digest_size=KEY, key=self.salt).digest() for row in rows]
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
        """The bytes released for a request. Raises DataError where they are not those that were released."""
        path = self.folder / "answers" / f"{request}.json"
        if request not in self.answers:
            return None
        found = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(found).hexdigest() != self.answers[request]:
            raise DataError("study.store-broken", Place(path))
        return found

    def keep(self, study: str, request: str, payload: bytes, numbers: int) -> None:
        """Keep what is released for a request."""
        _save(self.folder / "answers" / f"{request}.json", payload)
        self.answers[request] = hashlib.sha256(payload).hexdigest()
        _save(self.folder / "answers.json", json.dumps(self.answers).encode())
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


def _mapping(path: Path) -> dict[str, Any]:
    try:
        found = _load(path, {})
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError("study.store-broken", Place(path))
    return found


def _save(path: Path, content: bytes) -> None:
    """Write beside and rename: a file is the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.replace(beside, path)
