"""Grids of boundaries on which sites agree: written in the study, merged until every interval holds the minimum."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from biopact.study.data import Floats, Mask
from biopact.study.fields import Fields

__all__ = ["MAX_GRID", "counted", "kept", "merge", "read_grid", "standing", "where_in"]

MAX_GRID = 1_000
Ints = NDArray[np.int64]


def read_grid(
    fields: Fields, key: str, bounds: tuple[float, float], default: int | None = None, *, whole: bool = False
) -> tuple[float, ...]:
    """The upper boundaries of the intervals above ``bounds[0]``: a width, or a list of rising boundaries.

    ``default``: so many equal intervals where nothing is written; None where it must be. ``whole``: the last interval
    reaches to the upper bound, so that everybody lies in one. Raises StudyError.
    """
    from biopact.errors import StudyError

    low, end = bounds
    written, place = fields.value.get(key), fields.place(key)
    if written is None and default is not None:
        written = (end - low) / default
    width = written if isinstance(written, (int, float)) and not isinstance(written, bool) else 0
    if isinstance(written, list):
        points = written
    elif width > 0 and (end - low) / width <= MAX_GRID:
        points = [low + width * step for step in range(1, math.ceil((end - low) / width - 1e-9))] + [end]
    else:
        raise StudyError("study.grid-needed", place)
    good = all(isinstance(point, (int, float)) and not isinstance(point, bool) for point in points)
    if not good or not points or len(points) > MAX_GRID or not low < points[-1] <= end:
        raise StudyError("study.odd-grid", place, start=low, end=end)
    if any(not before < after for before, after in zip([low, *points], points, strict=False)):
        raise StudyError("study.odd-grid", place, start=low, end=end)
    found = tuple(float(point) for point in points)
    return (*found, end) if whole and found[-1] < end else found


def where_in(grid: Sequence[float] | Floats, values: Floats) -> Ints:
    """The interval of each value: 0 for the first; a boundary belongs to the interval that ends there."""
    return np.searchsorted(np.asarray(grid), values, side="left").astype(np.int64)


def counted(grid: Sequence[float], values: Floats) -> Floats:
    """How many values lie in each interval; values beyond the last boundary do not count."""
    places = where_in(grid, values)
    return np.bincount(places[places < len(grid)], minlength=len(grid)).astype(np.float64)


def standing(needed: Floats, optional: Floats, least: int, *, open_end: bool = False) -> Mask:
    """Which boundaries may stand at a site, from the left; shapes (groups, intervals).

    Between two that stand every group of ``needed`` holds the minimum, and every group of ``optional`` none or the
    minimum. Sites that merge differently can be joined by the boundaries common to all: each interval is then a union
    of intervals that hold the minimum. The end always stands. ``open_end``: of the last interval nothing is told that
    would give the optional groups away, so they need hold nothing there.
    """
    intervals = needed.shape[1]
    stands = np.zeros(intervals, dtype=np.bool_)
    if intervals == 0:
        return stands
    later = needed[:, ::-1].cumsum(axis=1)[:, ::-1]
    need, may = np.zeros(needed.shape[0]), np.zeros(optional.shape[0])
    for at in range(intervals - 1):
        need, may = need + needed[:, at], may + optional[:, at]
        if (need >= least).all() and ((may == 0) | (may >= least)).all() and (later[:, at + 1] >= least).all():
            stands[at] = True
            need, may = np.zeros_like(need), np.zeros_like(may)
    # what remains after the last boundary must hold the minimum too, else that boundary falls
    for at in np.flatnonzero(stands)[::-1]:
        if open_end:
            break
        rest = optional[:, at + 1 :].sum(axis=1)
        if ((rest == 0) | (rest >= least)).all():
            break
        stands[at] = False
    stands[-1] = True
    return stands


def kept(grid: Sequence[float], stands: Mask) -> tuple[float, ...]:
    """The boundaries that stand."""
    return tuple(point for point, yes in zip(grid, stands, strict=True) if yes)


def merge(fine: Floats, stands: Mask) -> Floats:
    """Counts of fine intervals (the last axis) added up to those between boundaries that stand."""
    starts = np.concatenate([[0], np.flatnonzero(stands)[:-1] + 1])
    return np.add.reduceat(fine, starts, axis=-1)
