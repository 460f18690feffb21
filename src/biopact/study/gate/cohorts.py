"""Differencing: whether released groups of people, put together, single a few of them out.

A cohort is a row of noughts and ones over people. People who are in exactly the same cohorts are indistinguishable and
are counted as one group. Nothing here is ever released.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from biopact.study.gate.bitmaps import Bitmaps, Ints, grouped
from biopact.study.gate.modular import alone, rank
from biopact.study.people import Mask

__all__ = ["Breach", "breach", "isolated"]

Breach = Literal["nested-cohorts", "isolated-group", "small-combination", "any-combination"]


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
    common = _common(together, sizes)
    size = np.diag(common)
    if _nested(common, size, fresh, least):
        return "nested-cohorts"
    if _small_pair(common, size, fresh, least) or _small_triple(together, sizes, common, fresh, least):
        return "small-combination"
    small = isolated(together, sizes, least)
    if small and len(small) > _isolated_before(released, least):
        return "isolated-group"
    if sound and _of_small_groups(together, sizes, least) > _of_small_groups(*grouped(released), least):
        return "any-combination"
    return None


def _common(together: Ints, sizes: Ints) -> Ints:
    """How many people each two cohorts share. Whole numbers are exact below 2^24 in float32, below 2^53 in float64."""
    if sizes.sum() < 2**24:
        single = together.astype(np.float32)
        return (single * sizes.astype(np.float32) @ single.T).astype(np.int64)
    double = together.astype(np.float64)
    return (double * sizes @ double.T).astype(np.int64)


def isolated(cohorts: Ints, sizes: Ints, least: int) -> list[int]:
    """The groups of fewer than ``least`` people that a linear combination of the cohorts isolates.

    Whole numbers modulo a prime: exact but for accidents of one in two thousand million (see ``modular``).
    """
    found: list[int] = alone(cohorts, np.flatnonzero(sizes < least)).tolist()
    return found


def _of_small_groups(cohorts: Ints, sizes: Ints, least: int) -> int:
    """How many independent combinations cover nobody but people of groups below the minimum."""
    large = sizes >= least
    return 0 if large.all() else rank(cohorts) - rank(cohorts[:, large])


def _nested(common: Ints, size: Ints, fresh: Mask, least: int) -> bool:
    inside = common == np.minimum.outer(size, size)
    apart = np.abs(np.subtract.outer(size, size))
    return bool(np.any(inside & (apart > 0) & (apart < least) & np.logical_or.outer(fresh, fresh)))


def _small_pair(common: Ints, size: Ints, fresh: Mask, least: int) -> bool:
    covered = np.add.outer(size, size) - 2 * common
    return bool(np.any((covered > 0) & (covered < least) & np.logical_or.outer(fresh, fresh)))


def _small_triple(together: Ints, sizes: Ints, common: Ints, fresh: Mask, least: int) -> bool:
    """A + B - C covers |A| + |B| + |C| - |AB| - 2|AC| - 2|BC| + 3|ABC| people.

    Whoever is in A or B but not in C is covered, and whoever is in all three: only cohorts that C lacks fewer than
    ``least`` people of, and that share fewer than that, need be looked at.
    """
    size = np.diag(common)
    for third in range(size.size):
        inside = np.flatnonzero(size - common[third] < least)
        inside = inside[inside != third]
        new = inside if fresh[third] else inside[fresh[inside]]
        bound = np.add.outer(size[new] - 2 * common[third, new], size[inside] - 2 * common[third, inside])
        shared = common[np.ix_(new, inside)]
        bound += size[third] - shared
        near = (bound < least) & (shared < least) & (new[:, None] != inside)
        if np.any(near & (shared == 0) & (bound > 0)):
            return True
        for one, other in np.argwhere(near & (shared > 0)):
            in_all = together[third] * together[new[one]] * together[inside[other]]
            if 0 < bound[one, other] + 3 * int(in_all @ sizes) < least:
                return True
    return False


def _isolated_before(released: Bitmaps, least: int) -> int:
    """Small groups that were isolated already, under an earlier and lower minimum."""
    return len(isolated(*grouped(released), least)) if released.rows else 0
