"""Generalised linear models: linear, logistic and Poisson regression.

Answers: how an outcome depends on covariates, over the people of all sites, as one fit to the pooled table would.

Inputs: a formula with its outcome; ``family`` gaussian (identity), binomial (logit; the outcome is a declared boolean)
or poisson (log; counts); an ``offset`` in the formula; ``weights``, a numeric column of analytic weights.
Output: coefficients with standard errors on the link scale, deviance, log-likelihood, residual degrees of freedom.
Method: Fisher scoring, which is Newton's method for these links (McCullagh and Nelder 1989, ch. 2); each round the
sites send X'Wz-type sums (score, information, deviance, log-likelihood); a gaussian fit takes one round and a second
for the residual sum of squares at the estimate. Dispersion is 1, or RSS/(n-p) for gaussian; tests use the normal.
Tested against statsmodels ``GLM`` on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.newton import ROUNDS, step
from biopact.study.analyses.notes import events_per_parameter, wide_intervals
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.design import _FUNCTIONS, Design, check_terms
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Estimate, Failure, Fit, Outcome

__all__ = ["Glm", "GlmState"]

Family = Literal["gaussian", "binomial", "poisson"]
LARGEST_ETA = 700.0  # exp of more is not a number


@dataclass(frozen=True, slots=True)
class GlmState:
    """Coefficients (scaled design) and the round; for gaussian the second round carries what the first found."""

    roster: Roster
    beta: Floats
    round: int = 1
    covariance: Floats | None = None


@dataclass(frozen=True, slots=True)
class Glm:
    """One regression."""

    kind: ClassVar[str] = "glm"
    per_site: ClassVar[bool] = False
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
        weights = fields.text("weights")
        if weights is not None:
            column = columns.get(weights)
            if column is None or column.kind != "number" or column.bounds is None or column.bounds[0] < 0:
                raise StudyError("study.odd-weights", fields.place("weights"), column=weights)
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

    @property
    def complete(self) -> tuple[str, ...]:
        """The columns in which everybody has a value: all it touches."""
        return self.reads

    def ask(self, data: SiteData) -> Mask | None:
        """Nothing is to be agreed on."""
        return None

    def begin(self, roster: Roster, agreed: Mask | None) -> GlmState:
        """Start at nought."""
        return GlmState(roster, np.zeros(self._design(roster).size))

    def demand(self, data: SiteData, state: GlmState) -> Demand:
        """The analysis set, each class of the outcome, each level of each term."""
        rows, design = data.rows, self._design(state.roster)
        cells = [Cell("set", data.people())]
        outcome = rows[self.model.outcome or ""]
        if self.family == "binomial":
            cells += [Cell(f"{self.model.outcome}={value}", data.people(outcome == value)) for value in (0, 1)]
        elif self.family == "poisson":
            cells.append(Cell(f"{self.model.outcome}>0", data.people(outcome > 0)))
        cells += [Cell(name, data.people(mask)) for name, mask in design.cells(rows, state.roster, self.columns)]
        cells += two_valued(self.model, data)
        return Demand(tuple(cells), rows.rows, design.own)

    def at_site(self, data: SiteData, state: GlmState) -> Answer:
        """Score, information, deviance, log-likelihood and n at the state's coefficients."""
        design = self._design(state.roster)
        size = design.size
        sums = {"score": np.zeros(size), "information": np.zeros((size, size)), "deviance": np.zeros(())}
        sums |= {"loglik": np.zeros(()), "n": np.zeros(()), "events": np.zeros(())}
        total = squares = 0.0
        for batch in data.rows.batches():
            x = design.matrix(batch, state.roster, self.columns)
            prior = batch[self.weights] if self.weights else np.ones(batch.rows)
            y = batch[self.model.outcome or ""]
            eta = np.clip(x @ state.beta + self._offset(batch), -LARGEST_ETA, LARGEST_ETA)
            mean, variance = _mean_variance(self.family, eta)
            weight = prior * variance
            sums["score"] += x.T @ (prior * (y - mean))
            sums["information"] += (x * weight[:, None]).T @ x
            deviance, loglik = _deviance_loglik(self.family, y, eta, mean, prior)
            sums["deviance"] += deviance
            sums["loglik"] += loglik
            sums["n"] += batch.rows
            sums["events"] += float(y.sum()) if self.family != "gaussian" else 0.0
            total += float(weight.sum())
            squares += float((weight * weight).sum())
        sums["information"] = (sums["information"] + sums["information"].T) / 2
        return Answer(sums, (total * total / squares if squares > 0 else 0.0,))

    def combine(self, sums: Mapping[str, Sums], state: GlmState) -> GlmState | Outcome:
        """One Newton step, the fit, or why there is none."""
        total = sums[""]
        n, events = round(float(total["n"])), round(float(total["events"]))
        if self.family == "gaussian":
            return self._gaussian(total, state, n)
        if events == 0 or (self.family == "binomial" and events == n):
            return Failure("no-events", state.round)
        done = step(state.beta, total["score"], total["information"], float(total["loglik"]), state.round)
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

    def _offset(self, frame: Frame) -> Floats:
        offset = self.model.offset
        if offset is None:
            return np.zeros(frame.rows)
        raw = frame[offset.column]
        return _FUNCTIONS[offset.function](raw) if offset.function else raw


def _mean_variance(family: Family, eta: Floats) -> tuple[Floats, Floats]:
    if family == "gaussian":
        return eta, np.ones_like(eta)
    if family == "poisson":
        mean = np.exp(eta)
        return mean, mean
    small = np.exp(-np.abs(eta))
    mean = np.where(eta >= 0, 1 / (1 + small), small / (1 + small))
    return mean, small / (1 + small) ** 2


def _deviance_loglik(family: Family, y: Floats, eta: Floats, mean: Floats, prior: Floats) -> tuple[float, float]:
    if family == "gaussian":  # the log-likelihood's own part: the rest needs the pooled residual
        positive = prior[prior > 0]
        return float((prior * (y - mean) ** 2).sum()), float(0.5 * np.log(positive).sum())
    if family == "binomial":
        softplus = np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))
        loglik = float((prior * (y * eta - softplus)).sum())
        return -2 * loglik, loglik
    from scipy.special import gammaln, xlogy

    loglik = float((prior * (y * eta - mean - gammaln(y + 1))).sum())
    ratio = xlogy(y, y) - y * eta - (y - mean)
    return float(2 * (prior * ratio).sum()), loglik


def two_valued(model: Formula, data: SiteData) -> list[Cell]:
    """The two groups of a numeric column that takes two values only at this site: a binary term in disguise."""
    cells = []
    for column in {factor.column for term in model.terms for factor in term.factors}:
        if column not in data.columns or data.columns[column].kind != "number":
            continue
        values = data.rows[column]
        distinct = np.unique(values[: min(values.size, 1_000)])
        if distinct.size == 2 and np.unique(values).size == 2:
            cells += [Cell(f"{column}#{at}", data.people(values == value)) for at, value in enumerate(distinct)]
    return cells
