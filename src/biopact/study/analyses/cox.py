"""Cox's proportional hazards model, stratified by site.

Answers: by what factor the hazard of the event changes with each covariate, every site keeping its own baseline.

Inputs: ``time`` and ``event`` (a declared boolean), a formula without outcome, ``strata`` (``site`` always among them),
``ties`` efron (default) or breslow, ``entry`` for left truncation (at risk from just after it).
Output: log hazard ratios with standard errors, the partial log-likelihood, the number of events.
Method: Newton's method on the partial likelihood (Cox 1972, 1975), ties by Efron 1977 or Breslow 1974. Within a site
the partial likelihood is its own affair: only totals of score, information and log-likelihood leave, no times.
Tested against lifelines ``CoxPHFitter(strata=...)`` on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.glm import two_valued
from biopact.study.analyses.newton import ROUNDS, step
from biopact.study.analyses.notes import events_per_parameter, wide_intervals
from biopact.study.analyses.partial import Stratum, partial_likelihood
from biopact.study.columns import Column
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.design import Design, check_terms
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Estimate, Failure, Fit, Outcome

__all__ = ["Cox", "CoxState", "read_survival"]


@dataclass(frozen=True, slots=True)
class CoxState:
    """Log hazard ratios (scaled design) and the round."""

    roster: Roster
    beta: Floats
    round: int = 1


@dataclass(frozen=True, slots=True)
class Cox:
    """One Cox regression."""

    kind: ClassVar[str] = "cox"
    per_site: ClassVar[bool] = False
    rounds: ClassVar[int] = ROUNDS

    name: str
    time: str
    event: str
    model: Formula
    strata: tuple[str, ...]  # besides the site
    efron: bool
    entry: str | None
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Cox:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "time", "event", "formula", "strata", "ties", "entry")
        time, event, entry = read_survival(fields, columns)
        place = fields.place("formula")
        model = parse_formula(fields.needed("formula"), place)
        if model.outcome is not None or model.offset is not None:
            raise StudyError("study.cox-formula", place)
        if not model.terms:
            raise StudyError("study.no-terms", place)
        check_terms(model, columns, place)
        for column in model.columns:  # constant within a site, or what is to be explained: no coefficient exists
            if column in ("site", "country", time, event):
                raise StudyError("study.cox-no-covariate", place, column=column)
        strata = fields.names("strata")
        if strata is not None and "site" not in strata:
            raise StudyError("study.cox-strata", fields.place("strata"))
        others = tuple(stratum for stratum in strata or () if stratum not in ("site", "country"))
        for stratum in others:
            if stratum not in columns or columns[stratum].kind == "number":
                raise StudyError("study.odd-stratum", fields.place("strata"), column=stratum)
        ties = fields.choice("ties", ("efron", "breslow"), "efron")
        return cls(name, time, event, model, others, ties == "efron", entry, columns)

    @property
    def formula(self) -> str:
        """The formula as written."""
        return self.model.text

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        named = (self.time, self.event, *self.model.columns, *self.strata, *([self.entry] if self.entry else []))
        return tuple(dict.fromkeys(name for name in named if name in self.columns))

    @property
    def complete(self) -> tuple[str, ...]:
        """The columns in which everybody has a value: all it touches."""
        return self.reads

    def ask(self, data: SiteData) -> Mask | None:
        """Nothing is to be agreed on: no time leaves."""
        return None

    def begin(self, roster: Roster, agreed: Mask | None) -> CoxState:
        """Start at nought."""
        return CoxState(roster, np.zeros(self._design(roster).size))

    def demand(self, data: SiteData, state: CoxState) -> Demand:
        """The analysis set, those with and without the event, each level of each term and stratum."""
        rows, design = data.rows, self._design(state.roster)
        event = rows[self.event]
        cells = [Cell("set", data.people())]
        cells += [Cell(f"{self.event}={value}", data.people(event == value)) for value in (0, 1)]
        cells += [Cell(name, data.people(mask)) for name, mask in design.cells(rows, state.roster, self.columns)]
        cells += two_valued(self.model, data)
        for stratum in self.strata:
            for level, name in enumerate(self.columns[stratum].level_names()):
                cells.append(Cell(f"{stratum}={name}", data.people(rows[stratum] == level)))
        return Demand(tuple(cells), rows.rows, design.own)

    def at_site(self, data: SiteData, state: CoxState) -> Answer:
        """Score, information and log-likelihood of the site's own strata at the state's coefficients."""
        rows, design = data.rows, self._design(state.roster)
        x = design.matrix(rows, state.roster, self.columns)
        time, event = rows[self.time], rows[self.event] == 1
        entry = rows[self.entry] if self.entry else None
        loglik, score, information = 0.0, np.zeros(design.size), np.zeros((design.size, design.size))
        effective: list[float] = []
        for mask in self._strata_of(data):
            stratum = Stratum.of(time[mask], event[mask], x[mask], entry[mask] if entry is not None else None)
            part = partial_likelihood(stratum, state.beta, efron=self.efron)
            loglik, score, information = loglik + part.loglik, score + part.score, information + part.information
            effective.append(part.effective)
        sums = {
            "score": score,
            "information": (information + information.T) / 2,
            "loglik": np.array(loglik),
            "n": np.array(float(rows.rows)),
            "events": np.array(float(event.sum())),
        }
        return Answer(sums, (sum(effective),))

    def combine(self, sums: Mapping[str, Sums], state: CoxState) -> CoxState | Outcome:
        """One Newton step, the fit, or why there is none."""
        total = sums[""]
        n, events = round(float(total["n"])), round(float(total["events"]))
        if events == 0:
            return Failure("no-events", state.round)
        done = step(state.beta, total["score"], total["information"], float(total["loglik"]), state.round)
        if done.kind == "failed":
            return Failure(done.reason, state.round)
        if done.kind == "on":
            return replace(state, beta=done.beta, round=state.round + 1)
        design = self._design(state.roster)
        beta, covariance = design.back(done.beta, done.covariance)
        estimates = tuple(
            Estimate(name, float(coefficient), float(error))
            for name, coefficient, error in zip(design.names, beta, np.sqrt(np.diag(covariance)), strict=True)
        )
        measures = {"loglik": float(total["loglik"]), "df": design.size, "events": events}
        notes = (*events_per_parameter(events, design.size), *wide_intervals(estimates, "cox"))
        return Fit(estimates, n, state.round, measures, notes)

    def _design(self, roster: Roster) -> Design:
        return Design.of(self.model, self.columns, roster, intercept=False, centred=True)

    def _strata_of(self, data: SiteData) -> list[Mask]:
        masks = [np.ones(data.rows.rows, dtype=np.bool_)]
        for stratum in self.strata:
            levels = range(len(self.columns[stratum].level_names()))
            masks = [mask & (data.rows[stratum] == level) for mask in masks for level in levels]
        return [mask for mask in masks if mask.any()]


def read_survival(fields: Fields, columns: Mapping[str, Column]) -> tuple[str, str, str | None]:
    """The columns of time, event and (where written) entry. Raises StudyError."""
    found: list[str | None] = []
    for key, kind in (("time", "number"), ("event", "boolean"), ("entry", "number")):
        name = fields.text(key) if key == "entry" else fields.needed(key)
        if name and name not in columns:
            raise StudyError("study.undeclared", fields.place(key), column=name)
        if name and columns[name].kind != kind:
            raise StudyError(f"study.{key}-kind", fields.place(key), column=name)
        if name and kind == "number" and (columns[name].bounds or (-1.0, 0.0))[0] < 0:
            raise StudyError("study.time-bounds", fields.place(key), column=name)
        found.append(name)
    return found[0] or "", found[1] or "", found[2]
