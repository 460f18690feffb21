"""Generalised linear models: linear, logistic and Poisson regression.

Answers: how an outcome depends on covariates, over the people of all sites, as one fit to the pooled table would.

Inputs: a formula with its outcome; ``family`` gaussian (identity), binomial (logit; the outcome is a declared boolean)
or poisson (log; counts); an ``offset`` in the formula; ``weights``, a numeric column of analytic weights.
Output: coefficients with standard errors on the link scale, deviance, log-likelihood, residual degrees of freedom.
Method: Fisher scoring, which is Newton's method for these links (McCullagh and Nelder 1989, ch. 2); each round the
sites send X'Wz-type sums (score, information, deviance, log-likelihood); a poisson fit goes on from that of the mean alone;
a gaussian fit takes one round and a second for the residual sum of squares at the estimate.
Dispersion is 1, or RSS/(n-p) for gaussian; tests use the normal.
Tested against statsmodels ``GLM`` on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.groups import few_valued, magnitudes
from biopact.study.analyses.newton import ROUNDS, step
from biopact.study.analyses.notes import events_per_parameter, wide_intervals
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import read_weights
from biopact.study.columns import Column
from biopact.study.data import BATCH, Floats, Frame, Mask, Roster, SiteData
from biopact.study.design import FUNCTIONS, Design, check_terms
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Estimate, Failure, Fit, Outcome

__all__ = ["Glm", "GlmState"]

Family = Literal["gaussian", "binomial", "poisson"]
LARGEST_ETA = 700.0  # exp of more is not a number
LONGEST = 3.0  # of a move on the log scale: from too high a mean Newton's method comes down by 1 a round


@dataclass(frozen=True, slots=True)
class GlmState:
    """Coefficients (scaled design) and the round; for gaussian the second round carries what the first found."""

    roster: Roster
    beta: Floats
    round: int = 1
    covariance: Floats | None = None


@dataclass(frozen=True, slots=True)
class Glm(Analysis):
    """One regression."""

    kind: ClassVar[str] = "glm"
    rounds: ClassVar[int] = ROUNDS

    name: str
    model: Formula
    family: Family
    weights: str | None
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Glm:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "formula", "family", "weights")
        place = fields.place("formula")
        model = parse_formula(fields.needed("formula"), place)
        family: Family = fields.choice("family", ("gaussian", "binomial", "poisson"), "gaussian")  # type: ignore[assignment]
        if model.outcome is None:
            raise StudyError("study.outcome-needed", place)
        outcome = columns.get(model.outcome)
        if outcome is None:
            raise StudyError("study.undeclared", place, column=model.outcome)
        if (outcome.kind == "boolean") != (family == "binomial") or outcome.kind == "factor":
            raise StudyError("study.outcome-kind", place, column=outcome.name, family=family)
        if family == "poisson" and (outcome.bounds is None or outcome.bounds[0] < 0):
            raise StudyError("study.outcome-counts", place, column=outcome.name)
        if family == "gaussian" and outcome.bounds is None:
            raise StudyError("study.bounds-needed", place, column=outcome.name)
        check_terms(model, columns, place)
        weights = read_weights(fields, columns)
        return cls(name, model, family, weights, columns)

    @property
    def formula(self) -> str:
        """The formula as written."""
        return self.model.text

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        named = (*self.model.columns, *([self.weights] if self.weights else []))
        return tuple(dict.fromkeys(name for name in named if name in self.columns))

    def begin(self, roster: Roster, agreed: Mask | None) -> GlmState:
        """Start at nought."""
        return GlmState(roster, np.zeros(self._design(roster).size))

    def demand(self, data: SiteData, state: GlmState) -> Demand:
        """The analysis set, each class of the outcome, each level of each term; the sizes of its numbers."""
        design, outcome = self._design(state.roster), self.model.outcome or ""

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            found = design.cells(rows, state.roster, self.columns)
            if self.family == "binomial":
                return [(f"{outcome}={value}", rows[outcome] == value) for value in (0, 1)] + found
            return ([(f"{outcome}>0", rows[outcome] > 0)] if self.family == "poisson" else []) + found

        numbers = (*design.numeric, *([self.weights] if self.weights else []))
        cells = (
            data.everyone(),
            *data.cells(groups, self.reads),
            *few_valued(data, {outcome: 1, **design.functions(self.weights)}),
        )
        sizes = magnitudes(data, (*numbers, *([outcome] if self.family != "binomial" else [])))
        return Demand(cells, data.n, design.own, sizes)

    def at_site(self, data: SiteData, state: GlmState) -> Answer:
        """Score, information, deviance, log-likelihood and n at the state's coefficients."""
        size = self._design(state.roster).size
        sums = {"score": np.zeros(size), "information": np.zeros((size, size)), "deviance": np.zeros(())}
        sums |= {"loglik": np.zeros(()), "n": np.zeros(()), "events": np.zeros(())}
        total = squares = 0.0
        for x, y, offset, prior in self._pieces(data, state.roster):
            eta = x @ state.beta
            if offset is not None:
                eta += offset
            np.clip(eta, -LARGEST_ETA, LARGEST_ETA, out=eta)
            mean, variance = _mean_variance(self.family, eta)
            weight = variance if prior is None else prior * variance
            residual = y - mean
            sums["score"] += x.T @ (residual if prior is None else prior * residual)
            half = x.T * np.sqrt(weight)
            sums["information"] += half @ half.T
            deviance, loglik = _deviance_loglik(self.family, y, eta, mean, prior)
            sums["deviance"] += deviance
            sums["loglik"] += loglik
            sums["n"] += y.size
            sums["events"] += float(y.sum()) if self.family != "gaussian" else 0.0
            total += float(weight.sum())
            squares += float(weight @ weight)
        return Answer(sums, (total * total / squares if squares > 0 else 0.0,))

    def _pieces(self, data: SiteData, roster: Roster) -> Iterator[tuple[Floats, Floats, Floats | None, Floats | None]]:
        """Design, outcome, offset and weights of some rows at a time; the design is kept between rounds if it fits."""
        design = self._design(roster)

        def fill() -> tuple[Floats, Frame]:
            rows = data.load(self.reads)
            return design.matrix(rows, roster, self.columns).T, rows

        if data.population.held:
            whole, rows = data.remember(("design", self.name, self.formula, roster), fill, 8 * data.n * design.size)
            for start in range(0, data.n, BATCH):
                piece = Frame(
                    rows.site, rows.country, {n: v[start : start + BATCH] for n, v in rows.columns.items()}, 0
                )
                yield whole[:, start : start + BATCH].T, *self._of(piece)
            return
        buffer = np.empty((design.size, 8 * BATCH))
        for batch in data.batches(self.reads):
            if batch.rows > buffer.shape[1]:
                buffer = np.empty((design.size, batch.rows))
            yield design.matrix(batch, roster, self.columns, buffer), *self._of(batch)

    def _of(self, rows: Frame) -> tuple[Floats, Floats | None, Floats | None]:
        offset = self.model.offset
        raw = None if offset is None else rows[offset.column]
        if raw is not None and offset is not None and offset.function:
            raw = FUNCTIONS[offset.function](raw)
        return rows[self.model.outcome or ""], raw, rows[self.weights] if self.weights else None

    def combine(self, sums: Mapping[str, Sums], state: GlmState) -> GlmState | Outcome:
        """One Newton step, the fit, or why there is none."""
        total = sums[""]
        n, events = round(float(total["n"])), round(float(total["events"]))
        if self.family == "gaussian":
            return self._gaussian(total, state, n)
        if events == 0 or (self.family == "binomial" and events == n):
            return Failure("no-events", state.round)
        if self.family == "poisson" and state.round == 1 and self.model.intercept:
            return replace(state, beta=_mean_alone(total), round=2)
        longest = LONGEST if self.family == "poisson" else np.inf
        done = step(state.beta, total["score"], total["information"], float(total["loglik"]), state.round, longest)
        if done.kind == "failed":
            return Failure(done.reason, state.round)
        if done.kind == "on":
            return replace(state, beta=done.beta, round=state.round + 1)
        fewer = min(events, n - events) if self.family == "binomial" else events
        measures = {
            "deviance": float(total["deviance"]),
            "loglik": float(total["loglik"]),
            "df": n - self._design(state.roster).size,
            "events": events,
        }
        return self._fit(state, done.beta, done.covariance, n, measures, fewer)

    def _gaussian(self, total: Sums, state: GlmState, n: int) -> GlmState | Outcome:
        df = n - self._design(state.roster).size
        if state.covariance is None:
            # the working response is linear: one step from anywhere is the estimate
            done = step(state.beta, total["score"], total["information"], 0.0, 1)
            if done.kind == "failed":
                return Failure(done.reason, state.round)
            return replace(state, beta=done.beta, round=2, covariance=done.covariance)
        residual = float(total["deviance"])
        if df <= 0 or residual <= 0:
            return Failure("singular", state.round)
        scale = residual / df
        loglik = float(total["loglik"]) - (n / 2) * (np.log(2 * np.pi * residual / n) + 1)
        measures = {"deviance": residual, "loglik": float(loglik), "df": df, "scale": scale}
        return self._fit(state, state.beta, state.covariance * scale, n, measures, None)

    def _fit(
        self,
        state: GlmState,
        beta: Floats,
        covariance: Floats,
        n: int,
        measures: Mapping[str, float | int],
        events: int | None,
    ) -> Fit:
        design = self._design(state.roster)
        coefficients, covariance = design.back(beta, covariance)
        errors = np.sqrt(np.diag(covariance))
        estimates = tuple(
            Estimate(name, float(coefficient), float(error))
            for name, coefficient, error in zip(design.names, coefficients, errors, strict=True)
        )
        slopes = design.size - design.intercept
        notes = (*events_per_parameter(events, slopes), *wide_intervals(estimates, self.family))
        return Fit(estimates, n, state.round, measures, notes)

    def _design(self, roster: Roster) -> Design:
        held = self.model.intercept
        return Design.of(self.model, self.columns, roster, intercept=held, centred=held)


def _mean_alone(total: Sums) -> Floats:
    """The fit of the mean alone, from the sums at nought: log(Σwy / Σwμ)."""
    beta = np.zeros_like(total["score"])
    expected = float(total["information"][0, 0])
    beta[0] = np.log((float(total["score"][0]) + expected) / expected)
    return beta


def _mean_variance(family: Family, eta: Floats) -> tuple[Floats, Floats]:
    if family == "gaussian":
        return eta, np.ones_like(eta)
    if family == "poisson":
        mean = np.exp(eta)
        return mean, mean
    mean = 1 / (1 + np.exp(-eta))
    return mean, mean * (1 - mean)


def _deviance_loglik(family: Family, y: Floats, eta: Floats, mean: Floats, prior: Floats | None) -> tuple[float, float]:
    if family == "gaussian":  # the log-likelihood's own part: the rest needs the pooled residual
        positive = prior[prior > 0] if prior is not None else np.empty(0)
        return _weighted(prior, (y - mean) ** 2), float(0.5 * np.log(positive).sum())
    if family == "binomial":
        # log(1 + exp(eta)) from the larger of the two probabilities, where no digit is lost
        softplus = np.maximum(eta, 0) - np.log(np.where(eta >= 0, mean, 1 - mean))
        loglik = _weighted(prior, y * eta - softplus)
        return -2 * loglik, loglik
    from scipy.special import gammaln, xlogy

    loglik = _weighted(prior, y * eta - mean - gammaln(y + 1))
    return 2 * _weighted(prior, xlogy(y, y) - y * eta - (y - mean)), loglik


def _weighted(prior: Floats | None, values: Floats) -> float:
    return float(values.sum() if prior is None else prior @ values)
