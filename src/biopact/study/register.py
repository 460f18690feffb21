"""Who is who in a site's ledger: a key of 128 bits for each person ever counted, in a file only the site holds.

Two rows that are alike in everything are two people: the second of a kind gets a key of its own. Keys are matched by
sorting, some at a time, so that memory stays bounded for fifty million people. ``people.json`` beside it says how many
keys were written and what their digest is.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biopact.study.keeping import broken, mapping, private, save_json

__all__ = ["Keys", "Places", "Register"]

KEY = 16
TOGETHER = 4 << 20  # keys that are sorted together
PIECE = 1 << 24  # bytes read at once
Keys = NDArray[np.uint64]
Positions = NDArray[np.int64]
Places = Positions | range  # a range where the people stand in the ledger as they stand in the population


@dataclass(slots=True)
class Register:
    """The keys of the people a ledger knows; a person's place is where the key stands."""

    path: Path

    def __len__(self) -> int:
        """How many people it knows."""
        return self.path.stat().st_size // KEY if self.path.is_file() else 0

    def check(self) -> None:
        """Raises DataError where the keys are not those that were written.

        Keys behind those that were noted are new: writing them was the last thing that happened.
        """
        size = self.path.stat().st_size if self.path.is_file() else 0
        noted = mapping(self._note, object)
        count, digest = noted.get("people", 0), noted.get("digest")
        if not isinstance(count, int) or size % KEY or size < count * KEY:
            raise broken(self.path)
        if count and self._digest(count) != digest:
            raise broken(self.path)

    @property
    def _note(self) -> Path:
        return self.path.with_suffix(".json")

    def _digest(self, count: int) -> str:
        """The digest of the first keys."""
        found, left = hashlib.sha256(), count * KEY
        with self.path.open("rb") as file:
            while left and (piece := file.read(min(left, PIECE))):
                found.update(piece)
                left -= len(piece)
        return found.hexdigest()

    def _noted(self) -> None:
        count = len(self)
        save_json(self._note, {"people": count, "digest": self._digest(count)})

    def places(self, keys: Iterator[Keys], *, named: bool) -> Places | None:
        """The place of each person; those not seen before get the next ones. None where somebody comes twice.

        ``named``: the keys come from a column of identity, so one key is one person.
        """
        asked = self.path.with_name(self.path.name + ".asked")
        asked.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with private(asked) as file:
                for part in keys:
                    file.write(np.ascontiguousarray(part).tobytes())
            if not self._apart(asked, named=named):
                return None
            return self._matched(asked)
        finally:
            asked.unlink(missing_ok=True)

    def _apart(self, asked: Path, *, named: bool) -> bool:
        """Give the second, third... of a kind keys of their own, in place; False where that must not be."""
        held = _open(asked, "r+")
        for chosen, mine in _parts(held):
            order = np.lexsort((mine[:, 1], mine[:, 0]))
            ordered = mine[order]
            first = np.ones(chosen.size, dtype=np.bool_)
            first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
            if first.all():
                continue
            if named:
                return False
            starts = np.flatnonzero(first)
            nth = (np.arange(chosen.size) - np.repeat(starts, np.diff(np.append(starts, chosen.size)))).astype(
                np.uint64
            )
            ordered[:, 0] ^= _mixed(nth)
            ordered[:, 1] ^= _mixed(nth << np.uint64(32))
            mine[order] = ordered
            for piece in _pieces(chosen):
                held[chosen[piece]] = mine[piece]
                _let_go(held)
        return True

    def _matched(self, asked: Path) -> Places:
        """Places among the known; the new ones are appended to the file, which is renamed whole."""
        known, sought = _open(self.path), _open(asked)
        if known.shape == sought.shape and _equal(known, sought):
            return range(len(sought))
        if not len(known):
            os.replace(asked, self.path)
            self._noted()
            return range(len(sought))
        places = np.full(len(sought), -1, dtype=np.int64)
        pairs = zip(_parts(sought, known), _parts(known, sought), strict=True)
        for (theirs, their_keys), (ours, our_keys) in pairs:
            if theirs.size and ours.size:
                places[theirs] = _find(their_keys, our_keys, ours)
        fresh = np.flatnonzero(places < 0)
        places[fresh] = len(known) + np.arange(fresh.size)
        if fresh.size:
            self._append(sought, fresh)
        return places

    def _append(self, sought: Keys, fresh: Positions) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        with private(beside) as file:
            if self.path.is_file():
                with self.path.open("rb") as old:
                    while piece := old.read(PIECE):
                        file.write(piece)
            for part in _pieces(fresh):
                file.write(np.ascontiguousarray(sought[fresh[part]]).tobytes())
                _let_go(sought)
        os.replace(beside, self.path)
        self._noted()


def _open(path: Path, mode: str = "r") -> Keys:
    if not path.is_file() or path.stat().st_size == 0:
        return np.zeros((0, 2), dtype=np.uint64)
    return np.memmap(path, dtype=np.uint64, mode=mode).reshape(-1, 2)  # type: ignore[call-overload,no-any-return]


def _parts(keys: Keys, beside: Keys | None = None) -> Iterator[tuple[Positions, Keys]]:
    """The keys with the same first bits together, where they stand and they themselves; as many parts as the longer
    table needs. Read from the start to the end for each part, so that no more of a file is held than is looked at.
    """
    longest = max(len(keys), 0 if beside is None else len(beside))
    bits = max(0, int(np.ceil(np.log2(max(longest, 1) / TOGETHER))))
    for part in range(1 << bits):
        positions, held = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 2), dtype=np.uint64)]
        for start in range(0, len(keys), TOGETHER):
            block = np.asarray(keys[start : start + TOGETHER])
            chosen = np.arange(len(block), dtype=np.int64)
            if bits:
                chosen = np.flatnonzero(block[:, 0] >> np.uint64(64 - bits) == np.uint64(part))
            positions.append(start + chosen)
            held.append(block[chosen])
            _let_go(keys)
        yield np.concatenate(positions), np.concatenate(held)


def _pieces(positions: Positions) -> Iterator[slice]:
    """Ascending positions, those of one stretch of the file together."""
    ends = range(TOGETHER, int(positions[-1]) + TOGETHER + 1, TOGETHER) if positions.size else range(0)
    start = 0
    for stop in np.searchsorted(positions, ends).tolist():
        yield slice(start, stop)
        start = stop


def _equal(one: Keys, other: Keys) -> bool:
    for start in range(0, len(one), TOGETHER):
        if not np.array_equal(one[start : start + TOGETHER], other[start : start + TOGETHER]):
            return False
        _let_go(one)
        _let_go(other)
    return True


def _let_go(keys: Keys) -> None:
    """Give back the memory of what was read of a file; the file keeps what was written to it."""
    held = getattr(keys, "_mmap", None)
    if held is not None and sys.platform == "linux":
        held.madvise(mmap.MADV_DONTNEED)


def _find(sought: Keys, known: Keys, places: Positions) -> Positions:
    """The place of each key among the known, -1 where there is none."""
    order = np.argsort(known[:, 0], kind="stable")
    firsts, seconds, ordered = known[order, 0], known[order, 1], places[order]
    start = np.searchsorted(firsts, sought[:, 0])
    found = np.full(len(sought), -1, dtype=np.int64)
    for step in range(4):  # keys whose first half is the same stand beside each other; four of them never happen
        at = np.minimum(start + step, firsts.size - 1)
        same = (firsts[at] == sought[:, 0]) & (seconds[at] == sought[:, 1]) & (found < 0)
        found[same] = ordered[at[same]]
    return found


def _mixed(numbers: Keys) -> Keys:
    """Numbers spread over 64 bits (splitmix64); nought stays nought."""
    with np.errstate(over="ignore"):
        mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))
