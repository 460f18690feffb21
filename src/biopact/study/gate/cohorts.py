"""Differencing: whether released groups of people, put together, single a few of them out.

A cohort is a row of noughts and ones over people. People who are in exactly the same cohorts are indistinguishable and
are counted as one group. Nothing here is ever released.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Breach", "breach", "isolated"]

Breach = Literal["nested-cohorts", "isolated-group", "small-combination"]
Bits = NDArray[np.bool_]
PRIME = 2**31 - 1


def breach(released: Bits, asked: Bits, least: int) -> Breach | None:
    """The rule that would be broken if the cohorts ``asked`` were released beside those ``released``, or None.

    Both have one row per cohort over the same people. Refused are (a) a nested pair that differs by 1 to least - 1,
    (b) a linear combination of cohorts that isolates one group of 1 to least - 1 indistinguishable people, (c) a
    signed sum of two or three cohorts that covers 1 to least - 1 people. Pairs and triples without any new cohort are
    not looked at again. Default: the minimum cell of the site.
    """
    asked = _new(released, asked)
    if least <= 1 or asked.shape[0] == 0:
        return None
    together, sizes = _grouped(np.vstack([released, asked]))
    fresh = np.zeros(together.shape[0], dtype=np.bool_)
    fresh[released.shape[0] :] = True
    weighted = together * sizes
    common = weighted @ together.T
    size = np.diag(common)
    if _nested(common, size, fresh, least):
        return "nested-cohorts"
    if _small_pair(common, size, fresh, least) or _small_triple(weighted, together, common, size, fresh, least):
        return "small-combination"
    small = isolated(together, sizes, least)
    if small and len(small) > _isolated_before(released, least):
        return "isolated-group"
    return None


def isolated(cohorts: NDArray[np.int64], sizes: NDArray[np.int64], least: int) -> list[int]:
    """The groups of fewer than ``least`` people that a linear combination of the cohorts isolates.

    A group is isolated where its unit vector lies in the row space; in reduced echelon form it is then a row. Integers
    modulo a prime: exact but for accidents of one in two thousand million.
    """
    reduced = cohorts % PRIME
    found, row = [], 0
    for column in range(reduced.shape[1]):
        below = np.flatnonzero(reduced[row:, column])
        if below.size == 0:
            continue
        pivot = row + int(below[0])
        reduced[[row, pivot]] = reduced[[pivot, row]]
        reduced[row] = reduced[row] * pow(int(reduced[row, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(reduced[:, column])
        others = others[others != row]
        reduced[others] = (reduced[others] - reduced[others, column, None] * reduced[row]) % PRIME
        row += 1
        if row == reduced.shape[0]:
            break
    for line in reduced[:row]:
        held = np.flatnonzero(line)
        if held.size == 1 and sizes[held[0]] < least:
            found.append(int(held[0]))
    return found


def _new(released: Bits, asked: Bits) -> Bits:
    """The cohorts asked that were not released, each once; nobody is no cohort."""
    seen = {row.tobytes() for row in released}
    kept = []
    for at, row in enumerate(asked):
        if row.any() and row.tobytes() not in seen:
            seen.add(row.tobytes())
            kept.append(at)
    return asked[kept]


def _grouped(cohorts: Bits) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cohorts over groups of indistinguishable people, and the sizes of the groups; those in none are left out."""
    held = cohorts[:, cohorts.any(axis=0)]
    packed = np.ascontiguousarray(np.packbits(held, axis=0).T)
    kinds = packed.view([("", packed.dtype)] * packed.shape[1]).ravel() if packed.size else packed.ravel()
    _, first, sizes = np.unique(kinds, return_index=True, return_counts=True)
    return held[:, first].astype(np.int64), sizes.astype(np.int64)


def _nested(common: NDArray[np.int64], size: NDArray[np.int64], fresh: Bits, least: int) -> bool:
    inside = common == np.minimum.outer(size, size)
    apart = np.abs(np.subtract.outer(size, size))
    return bool(np.any(inside & (apart > 0) & (apart < least) & np.logical_or.outer(fresh, fresh)))


def _small_pair(common: NDArray[np.int64], size: NDArray[np.int64], fresh: Bits, least: int) -> bool:
    covered = np.add.outer(size, size) - 2 * common
    return bool(np.any((covered > 0) & (covered < least) & np.logical_or.outer(fresh, fresh)))


def _small_triple(
    weighted: NDArray[np.int64],
    cohorts: NDArray[np.int64],
    common: NDArray[np.int64],
    size: NDArray[np.int64],
    fresh: Bits,
    least: int,
) -> bool:
    """A + B - C covers |A| + |B| + |C| - |AB| - 2|AC| - 2|BC| + 3|ABC| people."""
    for one in range(size.size):
        for other in range(one):
            if common[one, other] >= least:
                continue  # all of them are covered twice by A + B
            bound = size[one] + size[other] + size - common[one, other] - 2 * (common[one] + common[other])
            near = (bound < least) & (fresh | fresh[one] | fresh[other])
            near[[one, other]] = False
            for third in np.flatnonzero(near):
                all_three = int((weighted[one] * cohorts[other] * cohorts[third]).sum())
                if 0 < bound[third] + 3 * all_three < least:
                    return True
    return False


def _isolated_before(released: Bits, least: int) -> int:
    """Small groups that were isolated already, under an earlier and lower minimum."""
    if released.shape[0] == 0:
        return 0
    return len(isolated(*_grouped(released), least))
