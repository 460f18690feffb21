"""How ready the sites' data are: for each site and column what is missing, in which range the values lie, which levels
are there. The first thing a study shows.

It says only what no repetition can sharpen: the share of missing values in fixed bands (fewer than the minimum is one),
the 10, 25, 50, 75 and 90 % quantile in fixed bands of the series 1, 2, 5, 10, 20, ... (each only where the minimum of
people lies beyond), and for each level whether it holds the minimum. These are yes-or-no statements on a grid that nobody
chooses, so they are no counts and single nobody out. Where the same quantile of two sites lies a factor of ten apart,
their units differ, or some rows of one are in another unit: that is flagged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from biopact.study.columns import Column
from biopact.study.data import Floats, SiteData
from biopact.study.exposure import Sums
from biopact.study.results import Note, Table

__all__ = ["readiness_sums", "readiness_table"]

MISSING = (0.0, 0.05, 0.2, 0.5, 0.9, 1.0)  # the ends of the bands
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
APART = 10.0
NOT_TOLD = -1_000.0
_SERIES = np.array([0.0] + [step * 10.0**power for power in range(-9, 16) for step in (1, 2, 5)])
_STORE = 4_000_000  # values looked at: a quantile's band does not need more


def readiness_sums(data: SiteData) -> dict[str, Floats]:
    """For each declared column its band of missing values, bands of quantiles or the levels that hold the minimum."""
    found: dict[str, Floats] = {}
    for name, column in data.columns.items():
        values = _some(data, name)
        present = values[~np.isnan(values)]
        absent = values.size - present.size
        band = np.searchsorted(MISSING, absent / max(values.size, 1), side="left")
        found[f"ready.{name}.missing"] = np.array(float(band) if absent >= max(data.min_cell, 1) else 0.0)
        if column.kind == "number":
            found[f"ready.{name}.range"] = _range(present, data.min_cell)
        else:
            counts = np.bincount(present.astype(np.int64), minlength=len(column.level_names()))
            found[f"ready.{name}.levels"] = (counts >= max(data.min_cell, 1)).astype(np.float64)
    return found


def _some(data: SiteData, name: str) -> Floats:
    """The values of a column over the population, up to a number that tells its bands."""
    parts, size = [], 0
    for rows, _ in data.everybody((name,)):
        parts.append(rows[name])
        size += rows.rows
        if size >= _STORE:
            break
    return np.concatenate(parts) if parts else np.empty(0)


def _range(values: Floats, least: int) -> Floats:
    """The places of the quantiles in the fixed series, of negative ones below nought; NOT_TOLD where too few lie beyond."""
    found = np.full(len(SHARES), NOT_TOLD)
    for at, share in enumerate(SHARES):
        beyond = values.size * min(share, 1 - share)
        if values.size and beyond >= max(least, 1):
            value = float(np.quantile(values, share))
            place = int(np.searchsorted(_SERIES, abs(value), side="right"))
            found[at] = float(math.copysign(place, value)) if value else 0.0
    return found


def readiness_table(parts: Mapping[str, Sums], columns: Mapping[str, Column]) -> Table:
    """A row for each site and column; a note for each column whose units seem to differ."""
    rows: list[Mapping[str, Any]] = []
    notes: list[Note] = []
    for name, column in columns.items():
        middles: dict[float, dict[str, float]] = {}
        for site, sums in parts.items():
            line: dict[str, Any] = {"site": site, "column": name, "unit": column.unit}
            line["missing"] = _band(int(sums[f"ready.{name}.missing"]), int(sums["minimum"]))
            if column.kind == "number":
                bands = [_interval(float(place)) for place in sums[f"ready.{name}.range"]]
                line |= {
                    "range": [bands[0], bands[4]],
                    "quartiles": [bands[1], bands[3]],
                    "median": bands[2],
                    "declared": list(column.bounds or ()) or None,
                }
                for share, band in zip(SHARES, bands, strict=True):
                    if band is not None and band[0] > 0:
                        middles.setdefault(share, {})[site] = math.sqrt(band[0] * band[1])
            else:
                held = sums[f"ready.{name}.levels"]
                names = column.level_names()
                line["levels"] = [level for level, yes in zip(names, held, strict=True) if yes]
                line["gated"] = [level for level, yes in zip(names, held, strict=True) if not yes]
            rows.append(line)
        notes += _units(name, middles)
    n = int(sum(float(sums["n"]) for sums in parts.values())) if parts else None
    return Table(tuple(rows), n, {}, tuple(notes))


def _band(place: int, least: int) -> str | list[float]:
    """The band of a share that is missing."""
    return f"<{max(least, 1)}" if place == 0 else [MISSING[place - 1], MISSING[place]]


def _interval(place: float) -> list[float] | None:
    """The band of a quantile."""
    if place == NOT_TOLD:
        return None
    if place == 0:
        return [0.0, 0.0]
    at = int(abs(place))
    low, high = float(_SERIES[at - 1]), float(_SERIES[at]) if at < _SERIES.size else math.inf
    return [low, high] if place > 0 else [-high, -low]


def _units(name: str, middles: Mapping[float, Mapping[str, float]]) -> list[Note]:
    """A note where a quantile of two sites lies a factor of ten or more apart: which sites are unlike the others."""
    medians = sorted(middles.get(0.5, {}).values())
    centre = medians[len(medians) // 2] if medians else 1.0
    odd: set[str] = set()
    for held in middles.values():
        usual = max(held.values(), key=lambda it, held=held: (_near(held, it), -abs(math.log(it / centre))))  # type: ignore[misc]
        odd |= {site for site, middle in held.items() if not usual / APART < middle < usual * APART}
    return [Note("study.note.units", {"column": name, "sites": ", ".join(sorted(odd))})] if odd else []


def _near(held: Mapping[str, float], value: float) -> int:
    """How many sites lie within a factor of ten of a value: where most are is usual, in a tie what is near the medians."""
    return sum(value / APART < other < value * APART for other in held.values())
