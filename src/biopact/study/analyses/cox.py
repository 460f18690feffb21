"""Cox's proportional hazards model.

Answers: by what factor the hazard of the event changes with each covariate. By default every site keeps its own
baseline; with ``strata: []`` all sites share one.

Inputs: ``time`` and ``event`` (a declared boolean), a formula without outcome, ``strata`` (``[site]`` where left out),
``ties`` efron (default) or breslow, ``entry`` for left truncation (at risk from just after it), ``weights``, a column of
case weights. Without ``site`` among the strata a ``grid`` of times is needed: its width or its boundaries.
Output: log hazard ratios with standard errors (robust ones with weights), the partial log-likelihood, the number of
events; on a grid how many boundaries stand.
Method: Newton's method on the partial likelihood (Cox 1972, 1975), ties by Efron 1977 or Breslow 1974; robust variance
by Lin and Wei 1989. Within a site the partial likelihood is its own affair: only totals of score, information and
log-likelihood leave, no times. Without site strata the sites first agree on boundaries, between which each holds the
minimum of events (and of people who leave without it, none or the minimum); an exit is rounded up to its boundary, an
entry down, and sums over risk sets leave for each boundary. The coefficients are then those of the coarsened times.
Tested against lifelines ``CoxPHFitter`` (strata, entry, weights with robust variance) and statsmodels ``PHReg`` (Breslow)
on the pooled rows, and against the published fits of the lung data (pda) and of DataSHIELD's survival data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.grid import counted, kept, read_grid, standing, where_in
from biopact.study.analyses.groups import few_valued, magnitudes
from biopact.study.analyses.newton import ROUNDS, step
from biopact.study.analyses.notes import events_per_parameter, wide_intervals
from biopact.study.analyses.partial import Stratum, partial_likelihood
from biopact.study.analyses.pooled_times import sums_on_grid, totals_on_grid
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import read_survival, read_weights, survival_end
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.design import Design, check_terms
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Estimate, Failure, Fit, Note, Outcome

__all__ = ["Cox", "CoxState"]


@dataclass(frozen=True, slots=True, eq=False)
class CoxState:
    """Log hazard ratios (scaled design), the round, and the boundaries that stand (none where sites are strata)."""

    roster: Roster
    beta: Floats
    grid: tuple[float, ...]
    round: int = 1


@dataclass(frozen=True, slots=True)
class Cox(Analysis):
    """One Cox regression."""

    kind: ClassVar[str] = "cox"
    rounds: ClassVar[int] = ROUNDS

    name: str
    time: str
    event: str
    model: Formula
    strata: tuple[str, ...]  # besides the site
    efron: bool
    entry: str | None
    weights: str | None
    grid: tuple[float, ...]  # of times; empty where every site is a stratum
    written: bool  # whether the study gives the grid
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Cox:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "time", "event", "formula", "strata", "ties", "entry", "weights", "grid")
        time, event, entry = read_survival(fields, columns)
        place = fields.place("formula")
        model = parse_formula(fields.needed("formula"), place)
        if model.outcome is not None or model.offset is not None:
            raise StudyError("study.cox-formula", place)
        if not model.terms:
            raise StudyError("study.no-terms", place)
        check_terms(model, columns, place)
        strata = fields.names("strata")
        by_site = strata is None or "site" in strata
        for column in model.columns:  # constant within a stratum, or what is to be explained: no coefficient exists
            if column in (("site", "country", time, event) if by_site else (time, event)):
                raise StudyError("study.cox-no-covariate", place, column=column)
        others = tuple(stratum for stratum in strata or () if stratum not in ("site", "country"))
        for stratum in others:
            if stratum not in columns or columns[stratum].kind == "number":
                raise StudyError("study.odd-stratum", fields.place("strata"), column=stratum)
        weights = read_weights(fields, columns)
        if not by_site and others:
            raise StudyError("study.cox-strata", fields.place("strata"))
        if not by_site and weights is not None:
            raise StudyError("study.cox-weights", fields.place("weights"))
        if by_site and "grid" in fields.value:
            raise StudyError("study.cox-grid", fields.place("grid"))
        end = survival_end(columns, time, until)
        grid = () if by_site else read_grid(fields, "grid", (0.0, end), default=20)
        ties = fields.choice("ties", ("efron", "breslow"), "efron")
        written = "grid" in fields.value
        return cls(name, time, event, model, others, ties == "efron", entry, weights, grid, written, columns)

    @property
    def formula(self) -> str:
        """The formula as written."""
        return self.model.text

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        more = [column for column in (self.entry, self.weights) if column]
        named = (self.time, self.event, *self.model.columns, *self.strata, *more)
        return tuple(dict.fromkeys(name for name in named if name in self.columns))

    def ask(self, data: SiteData) -> Mask | None:
        """Nothing where the sites are strata: no time leaves. Else yes to each boundary that can stand here."""
        if not self.grid:
            return None
        deaths, left = np.zeros(len(self.grid)), np.zeros(len(self.grid))
        for rows in data.batches([self.time, self.event]):
            event = rows[self.event] == 1
            deaths += counted(self.grid, rows[self.time][event])
            left += counted(self.grid, rows[self.time][~event])
        return standing(deaths[None], left[None], data.min_cell, open_end=True)

    def begin(self, roster: Roster, agreed: Mask | None) -> CoxState:
        """Start at nought."""
        stands = np.ones(len(self.grid), dtype=np.bool_) if agreed is None else agreed
        return CoxState(roster, np.zeros(self._design(roster).size), kept(self.grid, stands))

    def demand(self, data: SiteData, state: CoxState) -> Demand:
        """The analysis set, those with and without the event, each level of each term and stratum; times on a grid."""
        design = self._design(state.roster)

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            event = rows[self.event]
            found = [(f"{self.event}={value}", event == value) for value in (0, 1)]
            found += design.cells(rows, state.roster, self.columns)
            for stratum in self.strata:
                names = self.columns[stratum].level_names()
                found += [(f"{stratum}={name}", rows[stratum] == level) for level, name in enumerate(names)]
            return found + self._times(rows, state)

        cells = (data.everyone(), *data.cells(groups, self.reads), *few_valued(data, design.functions(self.weights)))
        numbers = (*design.numeric, *([self.weights] if self.weights else []))
        return Demand(cells, data.n, design.own, magnitudes(data, numbers))

    def _times(self, rows: Frame, state: CoxState) -> list[tuple[str, Mask]]:
        exits, event = where_in(state.grid, rows[self.time]), rows[self.event] == 1
        entries = np.searchsorted(np.asarray(state.grid), rows[self.entry], side="right") if self.entry else 0
        found = []
        for at, end in enumerate(state.grid):
            found.append((f"at risk to {end:g}", (exits >= at) & (entries <= at)))
            found.append((f"events to {end:g}", event & (exits == at)))
        return found

    def at_site(self, data: SiteData, state: CoxState) -> Answer:
        """Score, information and log-likelihood of the site's own strata at the state's coefficients (or its sums)."""
        rows, size = data.load(self.reads), self._design(state.roster).size
        event = rows[self.event] == 1
        told = {"n": np.array(float(data.n)), "events": np.array(float(event.sum()))}
        if state.grid:
            x = self._matrix(data, state)
            entry = rows[self.entry] if self.entry else None
            sums, effective = sums_on_grid(state.grid, rows[self.time], event, entry, x, state.beta)
            inside = rows[self.time] <= state.grid[-1]
            return Answer({**sums, **told, "events": np.array(float((event & inside).sum()))}, tuple(effective))
        loglik, score, information, meat = 0.0, np.zeros(size), np.zeros((size, size)), np.zeros((size, size))
        reached = 0.0
        for stratum in self._strata_of(data, state):
            part = partial_likelihood(stratum, state.beta, efron=self.efron, robust=self.weights is not None)
            loglik, score, information = loglik + part.loglik, score + part.score, information + part.information
            meat = meat if part.meat is None else meat + part.meat
            reached += part.effective
        sums = {"score": score, "information": (information + information.T) / 2, "loglik": np.array(loglik), **told}
        return Answer(sums | ({"meat": (meat + meat.T) / 2} if self.weights else {}), (reached,))

    def combine(self, sums: Mapping[str, Sums], state: CoxState) -> CoxState | Outcome:
        """One Newton step, the fit, or why there is none."""
        total = sums[""]
        n, events = round(float(total["n"])), round(float(total["events"]))
        if events == 0:
            return Failure("no-events", state.round)
        if state.grid:
            loglik, score, information = totals_on_grid(total, state.beta, efron=self.efron)
        else:
            loglik, score, information = float(total["loglik"]), total["score"], total["information"]
        done = step(state.beta, score, information, loglik, state.round)
        if done.kind == "failed":
            return Failure(done.reason, state.round)
        if done.kind == "on":
            return replace(state, beta=done.beta, round=state.round + 1)
        design = self._design(state.roster)
        robust = done.covariance @ total["meat"] @ done.covariance if self.weights else done.covariance
        beta, covariance = design.back(done.beta, robust)
        estimates = tuple(
            Estimate(name, float(coefficient), float(error))
            for name, coefficient, error in zip(design.names, beta, np.sqrt(np.diag(covariance)), strict=True)
        )
        measures: dict[str, float | int] = {"loglik": loglik, "df": design.size, "events": events}
        notes = (*events_per_parameter(events, design.size), *wide_intervals(estimates, "cox"))
        if state.grid:
            measures |= {"boundaries": len(state.grid)}
            values = {"asked": len(self.grid), "kept": len(state.grid)}
            notes += (
                (Note("study.note.coarse-times", values),) if self.written or len(state.grid) < len(self.grid) else ()
            )
        return Fit(estimates, n, state.round, measures, notes)

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: on the times themselves."""
        if not self.grid or self.written:
            return self
        rows = [site.load(self.reads) for site in sites]
        times = np.unique(np.concatenate([part[name] for part in rows for name in (self.time, self.entry) if name]))
        return replace(self, grid=tuple(times.tolist())) if times.size else self

    def _design(self, roster: Roster) -> Design:
        return Design.of(self.model, self.columns, roster, intercept=False, centred=True)

    def _matrix(self, data: SiteData, state: CoxState) -> Floats:
        design = self._design(state.roster)

        def make() -> Floats:
            return design.matrix(data.load(self.reads), state.roster, self.columns)

        return data.remember(("design", self.name, self.formula, state.roster), make, 8 * data.n * design.size)

    def _strata_of(self, data: SiteData, state: CoxState) -> list[Stratum]:
        """The strata that hold anybody, each sorted; kept between rounds if they fit."""
        size = 8 * data.n * (self._design(state.roster).size + 4)
        key = ("strata", self.name, self.formula, self.time, self.event, state.roster)
        return data.remember(key, lambda: self._sorted(data, state), size)

    def _sorted(self, data: SiteData, state: CoxState) -> list[Stratum]:
        rows = data.load(self.reads)
        x = self._design(state.roster).matrix(rows, state.roster, self.columns)
        masks = [np.ones(data.n, dtype=np.bool_)]
        for stratum in self.strata:
            levels = range(len(self.columns[stratum].level_names()))
            masks = [mask & (rows[stratum] == level) for mask in masks for level in levels]
        time, event = rows[self.time], rows[self.event] == 1
        more = [rows[name] if name else None for name in (self.entry, self.weights)]
        return [
            Stratum.of(time[mask], event[mask], x[mask], *(None if each is None else each[mask] for each in more))
            for mask in masks
            if mask.any()
        ]
