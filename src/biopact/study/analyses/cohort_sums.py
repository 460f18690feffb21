"""What a site sums in a comparative cohort: classes of the score, balance, weights, the risk sets of an outcome."""

from __future__ import annotations

import math

import numpy as np

from biopact.study.analyses.grid import Ints, where_in
from biopact.study.analyses.partial import Stratum
from biopact.study.data import Floats, Mask

__all__ = ["balance_sums", "by_arm", "cut", "inverse_probability", "risk_sets"]


def by_arm(grid: tuple[float, ...], score: Floats, arm: Floats) -> Floats:
    """How many of each arm are in each class of the score, shape (2, classes)."""
    places = np.minimum(where_in(grid, score), len(grid) - 1)
    return np.array([np.bincount(places[arm == value], minlength=len(grid)) for value in (0, 1)], dtype=np.float64)


def cut(classes: tuple[float, ...], counts: Floats, number: int) -> tuple[float, ...]:
    """The boundaries among the classes nearest to equal shares of everybody; the last always stands."""
    reached = counts.sum(axis=0).cumsum() / counts.sum()
    chosen = {int(np.argmin(np.abs(reached - part / number))) for part in range(1, number)}
    ends = sorted(at for at in chosen if 0 < reached[at] < 1 - 1e-12)
    return (*(classes[at] for at in ends), classes[-1] if math.isfinite(classes[-1]) else 1.0)


def balance_sums(x: Floats, weights: Floats, arm: Floats) -> dict[str, Floats]:
    """For each arm the sums of the covariates and of their squares, plain and weighted."""
    sums: dict[str, Floats] = {}
    for value in (0, 1):
        chosen = arm == value
        for kind, w in (("plain", np.ones(int(chosen.sum()))), ("weighted", weights[chosen])):
            key = f"balance.{kind}.{value}"
            sums[f"{key}.w"], sums[f"{key}.x"] = np.array(float(w.sum())), w @ x[chosen]
            sums[f"{key}.xx"] = w @ x[chosen] ** 2
    return sums


def inverse_probability(score: Floats, treated: Mask, *, treated_only: bool) -> Floats:
    """The weight of each person: of everybody (ATE), or of the treated (ATT)."""
    score = np.clip(score, 1e-12, 1 - 1e-12)
    if treated_only:
        return np.where(treated, 1.0, score / (1 - score))
    return np.where(treated, 1 / score, 1 / (1 - score))


def risk_sets(time: Floats, event: Mask, treatment: Floats, places: Ints | None, weights: Floats) -> list[Stratum]:
    """The risk sets within each stratum of the score; weighted and in one where there are no strata."""
    if places is None:
        return [Stratum.of(time, event, treatment[:, None], None, weights)]
    return [
        Stratum.of(time[chosen], event[chosen], treatment[chosen][:, None], None, None)
        for chosen in (places == at for at in np.unique(places))
    ]
