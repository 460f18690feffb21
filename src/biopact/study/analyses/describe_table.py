"""What a description says from the sums of its sites: counts, mean and spread, quantiles, all sites together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from biopact.study.columns import Column
from biopact.study.data import Floats
from biopact.study.exposure import Sums

__all__ = ["HIDDEN", "mean_sd", "middle", "quantiles", "together", "told"]

HIDDEN = -1.0  # a count that would give another away


def middle(column: Column) -> float:
    """The middle of the declared bounds, from which deviations are summed."""
    return sum(column.bounds) / 2 if column.bounds else 0.0


def mean_sd(n: float, moments: Floats, column: Column) -> dict[str, float | None]:
    """Mean, standard deviation and variance (n - 1) from the sums of deviations; None where they are not told."""
    total, squares = (float(moment) for moment in moments)
    if math.isnan(total) or not n > 0:
        return {"mean": None, "sd": None, "variance": None}
    variance = max(squares - total * total / n, 0.0) / (n - 1) if n > 1 else None
    sd = math.sqrt(variance) if variance is not None else None
    return {"mean": middle(column) + total / n, "sd": sd, "variance": variance}


def quantiles(
    shares: Sequence[float], grid: Sequence[float], bins: Floats, start: float | None
) -> list[dict[str, float]] | None:
    """The interval of a grid that begins at ``start`` in which each quantile lies; where the grid is the values
    themselves (``start`` is None) the quantile; None where the bins are not told."""
    if not np.all(np.isfinite(bins)) or not bins.sum():
        return None
    if start is None:
        return [{"q": q, "value": _type_seven(np.asarray(grid), bins, q)} for q in shares]
    ends = [start, *grid]
    reached = np.cumsum(bins) / bins.sum()
    found = [int(np.searchsorted(reached, q, side="left")) for q in shares]
    return [{"q": q, "low": ends[at], "high": ends[at + 1]} for q, at in zip(shares, found, strict=True)]


def _type_seven(values: Floats, counts: Floats, q: float) -> float:
    """The quantile of values with their counts."""
    reached = np.cumsum(counts)
    place = q * (float(reached[-1]) - 1)
    below, above = math.floor(place), math.ceil(place)
    low, high = (float(values[np.searchsorted(reached, at, side="right")]) for at in (below, above))
    return low + (place - below) * (high - low)


def together(parts: list[Sums], name: str, column: Column) -> dict[str, Any]:
    """The sums of all sites; where one of them is not shown, neither is the total."""
    found: dict[str, Any] = {"minimum": max(float(part["minimum"]) for part in parts)}
    for key in (f"{name}.missing", f"{name}.counts", "n"):
        values = np.array([part[key] for part in parts])
        found[key] = np.where((values >= 0).all(axis=0), values.sum(axis=0), HIDDEN)
    for key in (f"{name}.moments", f"{name}.bins"):
        if column.kind == "number" and key in parts[0]:
            found[key] = np.sum([part[key] for part in parts], axis=0)
    return found


def told(value: Any, least: str) -> int | str | None:
    """A count as it is printed: ``<10`` below the minimum, nothing where it would give another away."""
    count = float(value)
    return least if math.isnan(count) else None if count < 0 else int(count)
