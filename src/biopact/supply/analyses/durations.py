"""Losses when the time to recover is not certain: every single failure over a sample of durations.

Durations are drawn from a triangle: the range and mode of the site's time to recover where its source gives one, else
half to twice the number written. The loss is solved once for each whole number of weeks that is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biopact.supply.network.closures import sites_down
from biopact.supply.network.provenance import cells_of
from biopact.supply.scenarios.engine import Engine

__all__ = ["Sampled", "durations"]


@dataclass(frozen=True, slots=True)
class Sampled:
    """One site's failure over sampled durations, losses in USD."""

    site: str
    low: float
    high: float
    mean: float
    median: float
    p95: float
    chance: float  # of losing anything


def durations(engine: Engine, samples: int, seed: int = 1) -> tuple[Sampled, ...]:
    """Every single failure, by mean loss. The same seed gives the same sample."""
    arrays = engine.arrays
    ranges = {cell.key: cell for cell in cells_of(arrays.network) if cell.table == "sites" and cell.column == "ttr"}
    told = []
    for at, site in enumerate(arrays.network.sites):
        if site.ttr == 0:
            continue
        cell = ranges.get(site.id)
        low = cell.low if cell is not None and cell.low is not None else site.ttr / 2
        high = cell.high if cell is not None and cell.high is not None else site.ttr * 2.0
        low, high = min(low, site.ttr), max(high, site.ttr)
        rng = np.random.default_rng([seed, *site.id.encode()])
        drawn = np.full(samples, float(site.ttr)) if low == high else rng.triangular(low, site.ttr, high, samples)
        weeks = np.rint(drawn).astype(int)
        by_week = {
            length: engine.loss(sites_down(arrays, [at], ttr={at: int(length)})) * arrays.value_a_week
            for length in np.unique(weeks).tolist()
        }
        losses = np.array([by_week[length] for length in weeks.tolist()])
        chance = float((losses > 1e-6 * arrays.value_a_week).mean())
        median, p95 = np.quantile(losses, [0.5, 0.95]).tolist()
        told.append(Sampled(site.id, low, high, float(losses.mean()), median, p95, chance))
    return tuple(sorted(told, key=lambda it: (-it.mean, it.site)))
