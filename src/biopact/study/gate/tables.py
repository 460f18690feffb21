"""Suppression in tables: cells below the minimum, and others from which they could be computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["margins_kept", "suppressed"]


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
