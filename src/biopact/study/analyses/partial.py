"""The partial likelihood of one stratum: log-likelihood, score and information at given coefficients, in O(n p²).

The information is written as X'diag(r A - r b)X - M'M, where A is the cumulative hazard to each person's exit (from
their entry), b the share that Efron's method takes from the dying of a tie, and M holds the weighted means of the risk
sets: so no matrix per event is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biopact.study.data import Floats, Mask

__all__ = ["Partial", "Stratum", "partial_likelihood"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stratum:
    """People sorted by exit time, and for each distinct time of an event who is at risk and who dies."""

    x: Floats  # (n, p)
    event: Mask
    first: Ints  # index of the first person at risk at each event time (exit >= time)
    entered: Ints | None  # persons by entry; those after this count have not entered before each event time
    by_entry: Ints | None
    which: Ints  # for each person with the event the index of its time
    hazards: Ints  # for each person the number of event times up to their exit
    before: Ints | None  # and up to their entry
    deaths: Ints  # at each event time

    @classmethod
    def of(cls, time: Floats, event: Mask, x: Floats, entry: Floats | None) -> Stratum:
        """Sort a stratum; at risk at t are those with entry < t <= exit."""
        order = np.argsort(time, kind="stable")
        time, event, x = time[order], event[order], x[order]
        times, which, deaths = np.unique(time[event], return_inverse=True, return_counts=True)
        first = np.searchsorted(time, times, side="left")
        hazards = np.searchsorted(times, time, side="right")
        if entry is None:
            return cls(x, event, first, None, None, which, hazards, None, deaths)
        entry = entry[order]
        by_entry = np.argsort(entry, kind="stable")
        entered = np.searchsorted(entry[by_entry], times, side="left")
        before = np.searchsorted(times, entry, side="right")
        return cls(x, event, first, entered, by_entry, which, hazards, np.minimum(before, hazards), deaths)


@dataclass(frozen=True, slots=True)
class Partial:
    """The sums of one stratum; ``effective`` is (Σr)²/Σr² of the relative risks of those who meet a risk set."""

    loglik: float
    score: Floats
    information: Floats
    effective: float


def partial_likelihood(stratum: Stratum, beta: Floats, *, efron: bool) -> Partial:
    """Log-likelihood, score and information of a stratum at ``beta``; not finite where ``beta`` has run away."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _partial_likelihood(stratum, beta, efron=efron)


def _partial_likelihood(stratum: Stratum, beta: Floats, *, efron: bool) -> Partial:
    x, event = stratum.x, stratum.event
    p = x.shape[1]
    if not event.any():
        return Partial(0.0, np.zeros(p), np.zeros((p, p)), 0.0)
    eta = x @ beta
    largest = float(eta.max())
    risk = np.exp(eta - largest)
    risk_x = risk[:, None] * x
    s0, s1 = _at_risk(stratum, risk[:, None])[:, 0], _at_risk(stratum, risk_x)
    dying = _by_time(stratum, risk[event]), _by_time(stratum, risk_x[event])
    # one line for each death: the d deaths of a tie meet denominators that lose 0/d, 1/d, ... of the dying
    times = np.repeat(np.arange(stratum.deaths.size), stratum.deaths)
    share = (np.arange(times.size) - np.repeat(np.cumsum(stratum.deaths) - stratum.deaths, stratum.deaths)) / (
        np.repeat(stratum.deaths, stratum.deaths)
    )
    if not efron:
        share = np.zeros_like(share)
    below = s0[times] - share * dying[0][times]
    means = (s1[times] - share[:, None] * dying[1][times]) / below[:, None]
    loglik = float(eta[event].sum() - np.log(below).sum() - largest * times.size)
    score = x[event].sum(axis=0) - means.sum(axis=0)
    weight = risk * _exposure(stratum, np.bincount(times, 1.0 / below, stratum.deaths.size).astype(np.float64))
    weight[event] -= risk[event] * np.bincount(times, share / below, stratum.deaths.size)[stratum.which]
    information = (x * weight[:, None]).T @ x - means.T @ means
    met = risk[stratum.hazards > (stratum.before if stratum.before is not None else 0)]
    return Partial(loglik, score, information, float(met.sum() ** 2 / (met**2).sum()))


def _at_risk(stratum: Stratum, values: Floats) -> Floats:
    """The sums of values over those at risk at each event time."""
    tail = np.vstack([np.cumsum(values[::-1], axis=0)[::-1], np.zeros((1, values.shape[1]))])
    found = tail[stratum.first]
    if stratum.by_entry is not None and stratum.entered is not None:
        late = values[stratum.by_entry]
        tail = np.vstack([np.cumsum(late[::-1], axis=0)[::-1], np.zeros((1, values.shape[1]))])
        found = found - tail[stratum.entered]
    return found


def _by_time(stratum: Stratum, values: Floats) -> Floats:
    """The sums of values over those who have the event at each time."""
    total = np.zeros((stratum.deaths.size, *values.shape[1:]))
    np.add.at(total, stratum.which, values)
    return total


def _exposure(stratum: Stratum, jumps: Floats) -> Floats:
    """The cumulative hazard of each person between entry and exit."""
    hazard = np.zeros(jumps.size + 1)
    hazard[1:] = np.cumsum(jumps)
    found: Floats = np.take(hazard, stratum.hazards)
    return found if stratum.before is None else found - np.take(hazard, stratum.before)
