"""Differencing: whether released groups of people, put together, single a few of them out.

A cohort is a row of noughts and ones over people. People who are in exactly the same cohorts are indistinguishable and
are counted as one group. Nothing here is ever released.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from biopact.study.gate.bitmaps import Bitmaps, Ints, grouped
from biopact.study.people import Mask

__all__ = ["Breach", "breach", "isolated"]

Breach = Literal["nested-cohorts", "isolated-group", "small-combination", "any-combination"]
PRIME = 2**31 - 1


def breach(released: Bitmaps, asked: Bitmaps, least: int, *, sound: bool = False) -> Breach | None:
    """The rule that would be broken if the cohorts ``asked`` were released beside those ``released``, or None.

    Both have one row per cohort over the same people. Refused are (a) a nested pair that differs by 1 to least - 1,
    (b) a linear combination of cohorts that isolates one group of 1 to least - 1 indistinguishable people, (c) a
    signed sum of two or three cohorts that covers 1 to least - 1 people. Pairs and triples without any new cohort are
    not looked at again. Default: the minimum cell of the site. ``sound`` (``ledger: sound`` of a pact) refuses every
    combination that covers none but people of small groups: no combination then covers 1 to least - 1 people.
    """
    asked = asked.fresh(released)
    if least <= 1 or not asked.rows:
        return None
    together, sizes = grouped(released + asked)
    fresh = np.zeros(together.shape[0], dtype=np.bool_)
    fresh[len(released.rows) :] = True
    weighted = together * sizes
    common = (weighted.astype(np.float64) @ together.T.astype(np.float64)).astype(np.int64)  # exact below 2^53
    size = np.diag(common)
    if _nested(common, size, fresh, least):
        return "nested-cohorts"
    if _small_pair(common, size, fresh, least) or _small_triple(weighted, together, common, size, fresh, least):
        return "small-combination"
    small = isolated(together, sizes, least)
    if small and len(small) > _isolated_before(released, least):
        return "isolated-group"
    if sound and _of_small_groups(together, sizes, least) > _of_small_groups(*grouped(released), least):
        return "any-combination"
    return None


def isolated(cohorts: Ints, sizes: Ints, least: int) -> list[int]:
    """The groups of fewer than ``least`` people that a linear combination of the cohorts isolates.

    A group is isolated where its unit vector lies in the row space; in reduced echelon form it is then a row. Integers
    modulo a prime: exact but for accidents of one in two thousand million.
    """
    reduced, rank = _echelon(cohorts)
    found = []
    for line in reduced[:rank]:
        held = np.flatnonzero(line)
        if held.size == 1 and sizes[held[0]] < least:
            found.append(int(held[0]))
    return found


def _echelon(cohorts: Ints) -> tuple[Ints, int]:
    """The reduced echelon form modulo the prime, and its rank."""
    reduced, row = cohorts % PRIME, 0
    for column in range(reduced.shape[1]):
        if row == reduced.shape[0]:
            break
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
    return reduced, row


def _of_small_groups(cohorts: Ints, sizes: Ints, least: int) -> int:
    """How many independent combinations cover nobody but people of groups below the minimum."""
    large = cohorts[:, sizes >= least]
    return _echelon(cohorts)[1] - _echelon(large)[1] if cohorts.size else 0


def _nested(common: Ints, size: Ints, fresh: Mask, least: int) -> bool:
    inside = common == np.minimum.outer(size, size)
    apart = np.abs(np.subtract.outer(size, size))
    return bool(np.any(inside & (apart > 0) & (apart < least) & np.logical_or.outer(fresh, fresh)))


def _small_pair(common: Ints, size: Ints, fresh: Mask, least: int) -> bool:
    covered = np.add.outer(size, size) - 2 * common
    return bool(np.any((covered > 0) & (covered < least) & np.logical_or.outer(fresh, fresh)))


def _small_triple(
    weighted: Ints,
    cohorts: Ints,
    common: Ints,
    size: Ints,
    fresh: Mask,
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


def _isolated_before(released: Bitmaps, least: int) -> int:
    """Small groups that were isolated already, under an earlier and lower minimum."""
    return len(isolated(*grouped(released), least)) if released.rows else 0
