"""The partial likelihood of one stratum: log-likelihood, score and information at given coefficients, in O(n p²).

The information is written as X diag(r A - r b) X' - M M', where A is the cumulative hazard to each person's exit (from
their entry), b the share that Efron's method takes from the dying of a tie, and M holds the weighted means of the risk
sets: so no matrix per event is formed. Sums over risk sets are sums over segments between event times, added up from
the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biopact.study.data import Floats, Mask

__all__ = ["Partial", "Stratum", "partial_likelihood"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stratum:
    """People sorted by exit time, and for each distinct time of an event who is at risk and who dies."""

    x: Floats  # (p, n)
    weights: Floats | None
    dead: Ints  # those with the event, by time
    first: Ints  # index of the first person at risk at each event time (exit >= time)
    entered: Ints | None  # persons by entry; those after this count have not entered before each event time
    by_entry: Ints | None
    hazards: Ints  # for each person the number of event times up to their exit
    before: Ints | None  # and up to their entry
    deaths: Ints  # at each event time

    @classmethod
    def of(cls, time: Floats, event: Mask, x: Floats, entry: Floats | None, weights: Floats | None = None) -> Stratum:
        """Sort a stratum (``x`` of shape (n, p)); at risk at t are those with entry < t <= exit."""
        order = np.argsort(time, kind="stable")
        time, event, x = time[order], event[order], np.ascontiguousarray(x.T[:, order])
        weights = weights[order] if weights is not None else None
        dead = np.flatnonzero(event)
        times, deaths = np.unique(time[dead], return_counts=True)
        first = np.searchsorted(time, times, side="left")
        hazards = np.searchsorted(times, time, side="right")
        if entry is None:
            return cls(x, weights, dead, first, None, None, hazards, None, deaths)
        entry = entry[order]
        by_entry = np.argsort(entry, kind="stable")
        entered = np.searchsorted(entry[by_entry], times, side="left")
        before = np.searchsorted(times, entry, side="right")
        return cls(x, weights, dead, first, entered, by_entry, hazards, np.minimum(before, hazards), deaths)

    @property
    def times(self) -> Ints:
        """For each of the dead the index of their time."""
        return np.repeat(np.arange(self.deaths.size), self.deaths)


@dataclass(frozen=True, slots=True)
class Partial:
    """The sums of one stratum; ``meat`` those of the products of score residuals (for the robust variance).

    ``effective`` is (Σr)²/Σr² of the relative risks of those who meet a risk set.
    """

    loglik: float
    score: Floats
    information: Floats
    effective: float
    meat: Floats | None = None


def partial_likelihood(stratum: Stratum, beta: Floats, *, efron: bool, robust: bool = False) -> Partial:
    """Log-likelihood, score and information of a stratum at ``beta``; not finite where ``beta`` has run away."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _partial_likelihood(stratum, beta, efron=efron, robust=robust)


def _partial_likelihood(stratum: Stratum, beta: Floats, *, efron: bool, robust: bool) -> Partial:
    x, dead = stratum.x, stratum.dead
    p = x.shape[0]
    if dead.size == 0:
        return Partial(0.0, np.zeros(p), np.zeros((p, p)), 0.0, np.zeros((p, p)) if robust else None)
    eta = beta @ x
    largest = float(eta.max())
    risk = np.exp(eta - largest)
    if stratum.weights is not None:
        risk *= stratum.weights
    risk_x = risk * x
    s0, s1 = _at_risk(stratum, risk), _at_risk(stratum, risk_x)
    times, starts = stratum.times, np.cumsum(stratum.deaths) - stratum.deaths
    own = np.ones(dead.size) if stratum.weights is None else stratum.weights[dead]
    mean_own = (np.add.reduceat(own, starts) / stratum.deaths)[times]
    # one line for each death: the d deaths of a tie meet denominators that lose 0/d, 1/d, ... of the dying
    share = (np.arange(dead.size) - starts[times]) / stratum.deaths[times] if efron else np.zeros(dead.size)
    below, means = s0[times], s1[:, times]
    if efron and stratum.deaths.max() > 1:
        below = below - share * np.add.reduceat(risk[dead], starts)[times]
        means = means - share * np.add.reduceat(risk_x[:, dead], starts, axis=1)[:, times]
    means = means / below
    loglik = float(own @ eta[dead] - mean_own @ np.log(below) - largest * mean_own.sum())
    score = x[:, dead] @ own - means @ mean_own
    jump = mean_own / below
    weight = risk * _exposure(stratum, np.bincount(times, jump, stratum.deaths.size).astype(np.float64))
    weight[dead] -= risk[dead] * np.bincount(times, share * jump, stratum.deaths.size)[times]
    information = (x * weight) @ x.T - (means * mean_own) @ means.T
    met = risk[stratum.hazards > (stratum.before if stratum.before is not None else 0)]
    effective = float(met.sum() ** 2 / (met @ met))
    meat = _meat(stratum, risk, weight, means, jump, share) if robust else None
    return Partial(loglik, score, information, effective, meat)


def _meat(stratum: Stratum, risk: Floats, weight: Floats, means: Floats, jump: Floats, share: Floats) -> Floats:
    """The sum of the products of everybody's score residuals, each times its case weight (Lin and Wei 1989)."""
    times, dead, size = stratum.times, stratum.dead, stratum.deaths.size
    starts = np.cumsum(stratum.deaths) - stratum.deaths
    own = np.ones(dead.size) if stratum.weights is None else stratum.weights[dead]
    steps = np.vstack([np.bincount(times, jump * line, size) for line in means])
    taken = np.vstack([np.bincount(times, share * jump * line, size) for line in means])
    hazard = np.hstack([np.zeros((means.shape[0], 1)), np.cumsum(steps, axis=1)])
    met = hazard[:, stratum.hazards]
    if stratum.before is not None:
        met = met - hazard[:, stratum.before]
    met[:, dead] -= taken[:, times]
    residuals = risk * met - stratum.x * weight
    average = (np.add.reduceat(means, starts, axis=1) / stratum.deaths)[:, times]
    residuals[:, dead] += own * (stratum.x[:, dead] - average)
    return np.asarray(residuals @ residuals.T)


def _at_risk(stratum: Stratum, values: Floats) -> Floats:
    """The sums of values (the last axis is people) over those at risk at each event time."""
    found = np.add.reduceat(values, stratum.first, axis=-1)[..., ::-1].cumsum(axis=-1)[..., ::-1]
    if stratum.by_entry is None or stratum.entered is None:
        return found
    late = values[..., stratum.by_entry][..., ::-1].cumsum(axis=-1)[..., ::-1]
    late = np.concatenate([late, np.zeros((*late.shape[:-1], 1))], axis=-1)
    return np.asarray(found - late[..., stratum.entered])


def _exposure(stratum: Stratum, jumps: Floats) -> Floats:
    """The cumulative hazard of each person between entry and exit."""
    hazard = np.zeros(jumps.size + 1)
    hazard[1:] = np.cumsum(jumps)
    found: Floats = np.take(hazard, stratum.hazards)
    return found if stratum.before is None else found - np.take(hazard, stratum.before)
