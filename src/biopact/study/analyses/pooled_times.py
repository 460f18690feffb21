"""The partial likelihood of people of several sites in one risk set, on times that the sites agreed on.

A site sends, for each boundary, sums over those at risk and over the dying: of the relative risk r, r x and r x x'. The
totals give the partial likelihood of the pooled table whose times are rounded: an exit up to the next boundary, an entry
down to the one before, so that entry < exit stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biopact.study.analyses.grid import where_in
from biopact.study.data import Floats, Mask
from biopact.study.exposure import Sums

__all__ = ["sums_on_grid", "totals_on_grid"]


def sums_on_grid(
    grid: Sequence[float], time: Floats, event: Mask, entry: Floats | None, x: Floats, beta: Floats
) -> tuple[dict[str, Floats], list[float]]:
    """The sums at each boundary at the coefficients, and the effective sizes of the weighted ones."""
    exits = where_in(grid, time)
    entries = np.searchsorted(np.asarray(grid), entry, side="right") if entry is not None else np.zeros_like(exits)
    p, m = x.shape[1], len(grid)
    with np.errstate(over="ignore", invalid="ignore"):
        risk = np.exp(x @ beta)
    sums = {"r0": np.zeros(m), "r1": np.zeros((m, p)), "r2": np.zeros((m, p, p))}
    sums |= {"d0": np.zeros(m), "d1": np.zeros((m, p)), "d2": np.zeros((m, p, p))}
    sums |= {"dead": np.zeros(m), "dead_x": np.zeros((m, p))}
    effective: list[float] = []
    for at in range(m):
        for letter, chosen in (("r", (exits >= at) & (entries <= at)), ("d", event & (exits == at))):
            r, rows = risk[chosen], x[chosen]
            sums[f"{letter}0"][at] = r.sum()
            sums[f"{letter}1"][at] = r @ rows
            sums[f"{letter}2"][at] = (rows * r[:, None]).T @ rows
            effective += [float(r.sum() ** 2 / (r @ r))] if r.size and r.any() else []
            if letter == "d":
                sums["dead"][at], sums["dead_x"][at] = r.size, rows.sum(axis=0)
    return sums, effective


def totals_on_grid(total: Sums, beta: Floats, *, efron: bool) -> tuple[float, Floats, Floats]:
    """Log-likelihood, score and information of the totals."""
    p = beta.size
    loglik, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for at in range(total["r0"].size):
            deaths = round(float(total["dead"][at]))
            score += total["dead_x"][at]
            loglik += float(total["dead_x"][at] @ beta)
            for nth in range(deaths):
                share = nth / deaths if efron else 0.0
                below = total["r0"][at] - share * total["d0"][at]
                mean = (total["r1"][at] - share * total["d1"][at]) / below
                square = (total["r2"][at] - share * total["d2"][at]) / below
                loglik -= float(np.log(below))
                score -= mean
                information += square - np.outer(mean, mean)
    return loglik, score, information
