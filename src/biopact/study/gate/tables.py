"""Suppression in tables: cells below the minimum, and others from which they could be computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

__all__ = ["audited", "margins_kept", "rounded", "suppressed"]


def suppressed(counts: list[int], least: int) -> list[bool]:
    """Which counts of one row, whose total is known, may not be printed.

    Primary: below the minimum, nought included (ACRO ``safe_threshold``, ``zeros_are_disclosive``). Secondary: while
    exactly one is hidden, or the hidden ones together hold fewer than the minimum, the smallest other is hidden too;
    the total minus what is printed then stands for at least the minimum of people in two cells or more
    (Hundepool et al. 2012, ch. 4). Default: the minimum cell of the site.
    """
    hidden = [count < least for count in counts]
    while any(hidden) and not all(hidden):
        together = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
        if sum(hidden) > 1 and together >= least:
            break
        smallest = min((count, at) for at, count in enumerate(counts) if not hidden[at])
        hidden[smallest[1]] = True
    return hidden


def margins_kept(stands: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells of a table that may stand when its margins are known from elsewhere.

    While a row or column has exactly one cell that does not stand, the next one beside it falls too: no cell is then
    the difference of a margin and the others. The cohort ledger judges what remains. Default: always.
    """
    kept = stands.copy()
    changed = True
    while changed:
        changed = False
        for view in (kept, kept.T):
            for line in view:
                if (~line).sum() == 1 and line.size > 1:
                    line[np.flatnonzero(line)[0]] = False
                    changed = True
    return kept


def rounded(counts: Floats, base: int) -> Floats:
    """Counts as multiples of ``base``, halves upwards; below nought stands for a hidden one.

    ehrQL rounds measures to 5 after suppression; ACRO ``safe_round_base`` is 5.
    Default: off (1), because rounded tables are not those of the pooled rows.
    """
    return counts if base <= 1 else np.where(counts < 0, counts, np.floor(counts / base + 0.5) * base)


def audited(counts: Floats, least: int) -> NDArray[np.bool_]:
    """The cells of a table that may stand: those with the minimum, less those from which another could be bounded.

    With the margins known from elsewhere and the cells that stand printed, each cell below the minimum must still lie
    anywhere in a range at least as wide as the minimum (the audit of Hundepool et al. 2012, ch. 4.4: two linear programs
    for each such cell). While one does not, the smallest cell that stands is hidden too.
    """
    stands = counts >= least
    primary = ~stands
    while True:
        stands = margins_kept(stands)
        if not primary.any() or not stands.any():
            return stands
        if min(_widths(counts, stands, primary), default=np.inf) >= least:
            return stands
        shown = np.argwhere(stands)
        smallest = shown[int(np.argmin(counts[stands]))]
        stands[tuple(smallest)] = False


def _widths(counts: Floats, stands: NDArray[np.bool_], primary: NDArray[np.bool_]) -> list[float]:
    """How wide the range of each cell below the minimum is, given the margins and what is printed."""
    from scipy.optimize import linprog

    hidden = np.argwhere(~stands)
    rows, columns = counts.shape
    equations = np.zeros((rows + columns, len(hidden)))
    for at, (row, column) in enumerate(hidden):
        equations[row, at] = equations[rows + column, at] = 1.0
    left = np.where(stands, 0.0, counts)
    totals = np.concatenate([left.sum(axis=1), left.sum(axis=0)])
    widths = []
    for at, cell in enumerate(hidden):
        if primary[tuple(cell)]:
            aim = np.zeros(len(hidden))
            aim[at] = 1.0
            ends = [linprog(sign * aim, A_eq=equations, b_eq=totals, method="highs").fun for sign in (1, -1)]
            widths.append(float(-ends[1] - ends[0]))
    return widths
