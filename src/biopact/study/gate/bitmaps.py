"""Cohorts as bits over the people a ledger knows, and the groups of people who are in exactly the same of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biopact.study.people import Mask, People

__all__ = ["Bitmaps", "Ints", "grouped"]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
UNPACKED = 32 << 20  # bytes looked at together


@dataclass(frozen=True, slots=True, eq=False)
class Bitmaps:
    """Cohorts over the same people, one row each. A row may be shorter: people who came later are not in it."""

    rows: tuple[Bytes, ...]
    of: int

    @classmethod
    def of_masks(cls, masks: Sequence[Mask] | NDArray[np.bool_], of: int | None = None) -> Bitmaps:
        """From masks over the same people."""
        size = of if of is not None else (len(masks[0]) if len(masks) else 0)
        return cls(tuple(np.packbits(mask) for mask in masks), size)

    @classmethod
    def of_people(cls, groups: Sequence[People]) -> Bitmaps:
        """From groups of one population."""
        return cls(tuple(group.bits for group in groups), groups[0].of if groups else 0)

    def __add__(self, other: Bitmaps) -> Bitmaps:
        """The cohorts of both."""
        return Bitmaps(self.rows + other.rows, max(self.of, other.of))

    def fresh(self, seen: Bitmaps) -> Bitmaps:
        """Those of them that are not among ``seen``, each once; nobody is no cohort."""
        known = {_trimmed(row) for row in seen.rows}
        kept = []
        for row in self.rows:
            key = _trimmed(row)
            if key and key not in known:
                known.add(key)
                kept.append(row)
        return Bitmaps(tuple(kept), self.of)

    def masks(self, start: int, stop: int) -> NDArray[np.uint8]:
        """The bytes from ``start`` to ``stop`` of every cohort as noughts and ones, shape (cohorts, people)."""
        packed = np.zeros((len(self.rows), stop - start), dtype=np.uint8)
        for line, row in zip(packed, self.rows, strict=True):
            part = row[start:stop]
            line[: part.size] = part
        return np.unpackbits(packed, axis=1)


def grouped(cohorts: Bitmaps) -> tuple[Ints, Ints]:
    """The groups of people who are in exactly the same cohorts: cohorts over groups, and the sizes of the groups.

    People who are in none are left out. Looked at in pieces, so that memory does not grow with the people.
    """
    count = len(cohorts.rows)
    if count == 0:
        return np.zeros((0, 0), dtype=np.int64), np.zeros(0, dtype=np.int64)
    width = -(-count // 8)
    step = max(1, UNPACKED // (8 * count))
    sizes: dict[bytes, int] = {}
    for start in range(0, -(-cohorts.of // 8), step):
        stop = min(start + step, -(-cohorts.of // 8))
        bits = cohorts.masks(start, stop)
        kinds = np.zeros((bits.shape[1], max(8, width)), dtype=np.uint8)
        kinds[:, :width] = np.packbits(bits, axis=0).T
        keys = kinds.view(np.uint64).ravel() if width <= 8 else kinds.view([("", f"V{kinds.shape[1]}")]).ravel()
        found, counts = np.unique(keys, return_counts=True)
        for kind, number in zip(found, counts.tolist(), strict=True):
            sizes[kind.tobytes()] = sizes.get(kind.tobytes(), 0) + number
    sizes.pop(bytes(max(8, width)), None)
    if not sizes:
        return np.zeros((count, 0), dtype=np.int64), np.zeros(0, dtype=np.int64)
    signs = np.frombuffer(b"".join(sizes), dtype=np.uint8).reshape(len(sizes), -1)[:, :width]
    together = np.unpackbits(signs, axis=1, count=count).T.astype(np.int64)
    return together, np.array(list(sizes.values()), dtype=np.int64)


def _trimmed(row: Bytes) -> bytes:
    """The bytes of a cohort without people who came after its last member."""
    return row.tobytes().rstrip(b"\0")
