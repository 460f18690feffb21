"""What calibration and external validation have in common: classes of predictions, and the recalibration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from biopact.study.analyses.grid import kept, where_in
from biopact.study.analyses.newton import ROUNDS, Step, step
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.scores import Score, cells_of, curve, discrimination, effective_sizes, vote
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.results import Z95, Estimate, Failure, Outcome, Table

LONGEST = 3.0  # logits that a recalibration moves at once

__all__ = ["Validation", "ValidationState", "combine"]


@dataclass(frozen=True, slots=True, eq=False)
class ValidationState:
    """The classes that stand; the intercept at slope one, intercept and slope; what is settled of them; the classes' sums."""

    boundaries: tuple[float, ...]
    large: Floats
    both: Floats
    round: int = 1
    settled: Mapping[str, Step] | None = None
    counts: Sums | None = None


class Validation(Analysis):
    """A score against an outcome: what a calibration and an external validation ask of a site alike."""

    __slots__ = ()

    rounds: ClassVar[int] = ROUNDS

    outcome: str
    score: Score

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return tuple(dict.fromkeys((self.outcome, *self.score.reads)))

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each class boundary that can stand here."""
        return vote(data, self.score, self.outcome)

    def begin(self, roster: Roster, agreed: Mask | None) -> ValidationState:
        """Start where no prediction weighs more than another: intercept at slope one from nought, both from nought."""
        del roster
        stands = np.ones(len(self.score.grid), dtype=np.bool_) if agreed is None else agreed
        return ValidationState(kept(self.score.grid, stands), np.zeros(1), np.zeros(2))

    def demand(self, data: SiteData, state: ValidationState) -> Demand:
        """The analysis set, cases and controls, those of each class."""
        bounds = state.boundaries
        cells = data.cells(lambda rows: cells_of(rows, self.score, data.columns, self.outcome, bounds), self.reads)
        return Demand((data.everyone(), *cells), data.n, 2, bins=len(bounds))

    def at_site(self, data: SiteData, state: ValidationState) -> Answer:
        """The classes and the sums of the recalibration at the state's coefficients."""
        return sums_of_round(data, self.score, self.outcome, state)

    def values_of(self, sites: Sequence[SiteData]) -> Floats:
        """The scores of everybody: for a local trial only."""
        return np.concatenate(
            [self.score.values(rows, self.columns) for site in sites for rows in site.batches(self.reads)]
        )


def sums_of_round(data: SiteData, score: Score, outcome: str, state: ValidationState) -> Answer:
    """In the first round the classes; in each the score, information and log-likelihood of both recalibrations."""
    classes = len(state.boundaries)
    sums = {f"{fit}.{key}": np.zeros(shape) for fit, p in (("large", 1), ("both", 2)) for key, shape in _shapes(p)}
    if state.round == 1:
        sums |= {key: np.zeros((2, classes)) for key in ("n", "predicted")} | {"brier": np.zeros(())}
    weights: list[list[Floats]] = []
    for rows in data.batches((*score.reads, outcome)):
        y, logits = rows[outcome], score.logits(rows, data.columns)
        fits = (("large", np.ones((rows.rows, 1)), logits + state.large[0]),)
        design = np.column_stack([np.ones(rows.rows), logits])
        for fit, x, eta in (*fits, ("both", design, design @ state.both)):
            with np.errstate(over="ignore"):
                mean = 1 / (1 + np.exp(-eta))
            weight = mean * (1 - mean)
            sums[f"{fit}.score"] += x.T @ (y - mean)
            sums[f"{fit}.information"] += (x * weight[:, None]).T @ x
            sums[f"{fit}.loglik"] += float((y * eta - np.logaddexp(0.0, eta)).sum())
            weights.append([*effective_sizes(logits, weight), mean, 1 - mean])
        if state.round == 1:
            predicted = score.values(rows, data.columns)
            places = np.minimum(where_in(state.boundaries, predicted), classes - 1)
            for value in (0, 1):
                chosen = y == value
                sums["n"][value] += np.bincount(places[chosen], minlength=classes)
                sums["predicted"][value] += np.bincount(places[chosen], predicted[chosen], classes)
            sums["brier"] += float(((y - predicted) ** 2).sum())
    return Answer(sums, _kish(weights))


def _shapes(p: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return (("score", (p,)), ("information", (p, p)), ("loglik", ()))


def _kish(batches: list[list[Floats]]) -> tuple[float, ...]:
    """(Σw)²/Σw² of each weight, over the batches of both fits."""
    sizes: list[float] = []
    for parity in (0, 1):
        for kind in range(5):
            held = [weights[kind] for weights in batches[parity::2]]
            total, squares = sum(float(w.sum()) for w in held), sum(float(w @ w) for w in held)
            sizes.append(total * total / squares if squares > 0 else 0.0)
    return tuple(sizes)


def combine(total: Sums, state: ValidationState, *, curve_too: bool, exact: bool = False) -> ValidationState | Outcome:
    """One step of both recalibrations, or the table and its measures."""
    counts = total if state.round == 1 else state.counts or total
    controls, cases = counts["n"]
    if not cases.any() or not controls.any():
        return Failure("no-events", state.round)
    settled = dict(state.settled or {})
    moved: dict[str, Floats] = {}
    for fit, beta in (("large", state.large), ("both", state.both)):
        if fit in settled:
            continue
        score, information = total[f"{fit}.score"], total[f"{fit}.information"]
        found = step(beta, score, information, float(total[f"{fit}.loglik"]), state.round, LONGEST)
        if found.kind == "on":
            moved[fit] = found.beta
        else:
            settled[fit] = found
    if len(settled) < 2:
        large, both = moved.get("large", state.large), moved.get("both", state.both)
        return replace(state, large=large, both=both, round=state.round + 1, settled=settled, counts=counts)
    return _table(counts, settled, state, curve_too=curve_too, exact=exact)


def _table(
    counts: Sums, settled: Mapping[str, Step], state: ValidationState, *, curve_too: bool, exact: bool
) -> Outcome:
    controls, cases = counts["n"]
    sizes, predicted = controls + cases, counts["predicted"].sum(axis=0)
    n, observed, expected = float(sizes.sum()), float(cases.sum()), float(predicted.sum())
    spread = Z95 * math.sqrt((1 - observed / n) / observed)  # of the logarithm of observed over expected
    values: dict[str, Any] = {
        "events": int(observed),
        "expected": expected,
        "observed_expected": observed / expected,
        "observed_expected_low": observed / expected * math.exp(-spread),
        "observed_expected_high": observed / expected * math.exp(spread),
        "brier": float(counts["brier"]) / n,
        "rounds": state.round,
        "recalibration": _recalibration(settled),
    }
    if curve_too:
        values["discrimination"] = discrimination(controls, cases, exact=exact)
        points = curve(controls, cases, state.boundaries)
        step_ = max(1, len(points) // 200)
        values["roc"] = points[::step_] if points[-1] in points[::step_] else [*points[::step_], points[-1]]
    edges = [0.0, *state.boundaries]
    rows = _ten(edges, sizes, cases, predicted) if exact else _classes(edges, sizes, cases, predicted)
    return Table(tuple(rows), int(n), values)


def _recalibration(settled: Mapping[str, Step]) -> list[dict[str, Any]]:
    rows = []
    for fit, names in (("large", ("intercept at slope 1",)), ("both", ("intercept", "slope"))):
        found = settled[fit]
        if found.kind != "done":
            rows += [{"term": name, "failed": found.reason} for name in names]
            continue
        errors = np.sqrt(np.diag(found.covariance))
        rows += [
            Estimate(name, float(b), float(e)).to_dict() for name, b, e in zip(names, found.beta, errors, strict=True)
        ]
    return rows


def _classes(edges: list[float], sizes: Floats, cases: Floats, predicted: Floats) -> list[dict[str, Any]]:
    rows = []
    for at, size in enumerate(sizes):
        if not size:
            continue
        low, high = _wilson(float(cases[at]), float(size))
        rows.append(
            {
                "from": edges[at],
                "to": edges[at + 1],
                "n": int(size),
                "events": int(cases[at]),
                "predicted": float(predicted[at] / size),
                "observed": float(cases[at] / size),
                "low": low,
                "high": high,
            }
        )
    return rows


def _ten(edges: list[float], sizes: Floats, cases: Floats, predicted: Floats) -> list[dict[str, Any]]:
    """Where each value is a class of its own: ten classes of about the same size."""
    reached = np.cumsum(sizes) / sizes.sum()
    ends = sorted({int(np.searchsorted(reached, part / 10 - 1e-12)) for part in range(1, 11)})
    starts = [0, *(end + 1 for end in ends[:-1])]
    parts = [np.add.reduceat(values, starts) for values in (sizes, cases, predicted)]
    return _classes([edges[0], *(edges[end + 1] for end in ends)], *parts)


def _wilson(events: float, n: float) -> tuple[float, float]:
    share, z = events / n, Z95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)
