"""A comparative cohort: an outcome under one treatment against another, people made comparable by a propensity score.

Answers: by what factor the hazard of the outcome changes with the treatment, confounding by the named covariates removed.

Inputs: ``treatment`` (a boolean: 1 is the target, 0 the comparator); ``covariates``, a formula without outcome; ``time``
and ``event``; ``negative_controls``, further events on the same time that the treatment cannot cause; ``method``
stratify (default) or weight; ``strata``, how many (5); ``estimand`` ate (everybody) or att (the treated).
Output: a balance table (for each covariate the means in both groups and the standardised difference before and after);
the hazard ratio of the outcome and of each negative control; the propensity model; by strata the bounds and how many.
Method: the propensity score (Rosenbaum and Rubin 1983) by one logistic regression over all sites. Strata: the sites vote
on classes of the score with the minimum of both groups at each, tell counts of those that stand, and cut at the classes
nearest to equal shares of everybody; then Cox stratified by site and stratum. Weights: inverse probability, Cox
stratified by site with the robust variance of Lin and Wei 1989 (which takes the score as known: a little too wide).
Standardised differences divide by the spread before (Stuart 2010). Negative controls after Lipsitch et al. 2010.
Tested against statsmodels ``Logit`` and lifelines ``CoxPHFitter`` put together on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.cohort_sums import balance_sums, by_arm, cut, inverse_probability, risk_sets
from biopact.study.analyses.cohort_tables import balance, hazard, propensity, strata_rows, strata_weights
from biopact.study.analyses.glm import Glm, GlmState
from biopact.study.analyses.grid import kept, standing, where_in
from biopact.study.analyses.groups import magnitudes
from biopact.study.analyses.newton import ROUNDS, Step, step
from biopact.study.analyses.partial import Stratum, partial_likelihood
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import declared, read_survival
from biopact.study.analyses.scores import LOGITS
from biopact.study.columns import RESERVED, Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.design import Design, check_terms
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Failure, Fit, Note, Outcome, Table

__all__ = ["CohortState", "ComparativeCohort"]

Stage = Literal["propensity", "vote", "histogram", "outcome"]


@dataclass(frozen=True, slots=True, eq=False)
class CohortState:
    """Where the analysis stands: the stage, the propensity model, what was agreed, the hazards so far."""

    roster: Roster
    glm: GlmState
    shown: Mask  # columns of the balance table
    controls: tuple[str, ...]  # negative controls that every site can stand
    stage: Stage = "propensity"
    fitted: Fit | None = None
    classes: tuple[float, ...] = ()
    counts: Floats | None = None  # (2, classes)
    strata: tuple[float, ...] = ()
    betas: Mapping[str, float] | None = None
    settled: Mapping[str, Step] | None = None
    first: Sums | None = None  # the sums of the first round of the outcome stage
    round: int = 1


@dataclass(frozen=True, slots=True)
class ComparativeCohort(Analysis):
    """One comparison."""

    kind: ClassVar[str] = "comparative-cohort"
    rounds: ClassVar[int] = 2 * ROUNDS + 3

    name: str
    treatment: str
    covariates: Formula
    time: str
    event: str
    negative_controls: tuple[str, ...]
    weighted: bool
    number: int
    treated_only: bool
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> ComparativeCohort:
        """Read one entry of ``analyses``. Raises StudyError."""
        keys = ("treatment", "covariates", "time", "event", "negative_controls", "method", "strata", "estimand")
        fields.known("name", "kind", *keys)
        treatment = declared(fields, "treatment", columns, "boolean")
        place = fields.place("covariates")
        model = parse_formula(fields.needed("covariates"), place)
        if model.outcome is not None or model.offset is not None or not model.terms or not model.intercept:
            raise StudyError("study.covariates-formula", place)
        check_terms(model, columns, place)
        for term in model.terms:
            reserved = [factor for factor in term.factors if factor.column in RESERVED]
            if (reserved and len(term.factors) > 1) or any(factor.column == treatment.name for factor in term.factors):
                raise StudyError("study.covariates-formula", place)
        time, event, _ = read_survival(fields, columns)
        controls = fields.names("negative_controls") or ()
        for control in controls:
            if control not in columns or columns[control].kind != "boolean" or control == event:
                raise StudyError("study.event-kind", fields.place("negative_controls"), column=control)
        number = fields.integer("strata")
        if number is not None and not 2 <= number <= 20:
            raise StudyError("study.odd-strata", fields.place("strata"))
        weighted = fields.choice("method", ("stratify", "weight"), "stratify") == "weight"
        treated_only = fields.choice("estimand", ("ate", "att"), "ate") == "att"
        return cls(name, treatment.name, model, time, event, controls, weighted, number or 5, treated_only, columns)

    @property
    def formula(self) -> str:
        """The propensity model."""
        return f"{self.treatment} ~ {self.covariates.text}"

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        named = (self.treatment, *self.covariates.columns, self.time, self.event, *self.negative_controls)
        return tuple(dict.fromkeys(name for name in named if name in self.columns))

    def ask(self, data: SiteData) -> Mask | None:
        """Which columns can stand in the balance table here, and which negative controls have enough events."""
        cells = {cell.name: cell.people.size for cell in data.cells(self._votes, self.reads)}
        design = self._shared()
        asked = [
            *(f"column {at}" for at in range(design.size)),
            *(f"control {name}" for name in self.negative_controls),
        ]
        found = [
            all(size >= data.min_cell for name, size in cells.items() if name.startswith(f"{one}:")) for one in asked
        ]
        return np.array(found, dtype=np.bool_)

    def _votes(self, rows: Frame) -> list[tuple[str, Mask]]:
        """The groups on which a column of the balance table or a negative control rests, by arm."""
        found = []
        design = self._shared()
        x = design.raw(rows, Roster(((rows.site, rows.country),)), self.columns)
        for arm in (0, 1):
            chosen = rows[self.treatment] == arm
            for at, categorical in enumerate(design.categorical):
                if categorical:
                    found += [(f"column {at}:{arm}{value}", chosen & (x[:, at] == value)) for value in (0, 1)]
            for name in self.negative_controls:
                found += [(f"control {name}:{arm}{value}", chosen & (rows[name] == value)) for value in (0, 1)]
        return found

    def begin(self, roster: Roster, agreed: Mask | None) -> CohortState:
        """Start the propensity model."""
        size = self._shared().size
        votes = np.ones(size + len(self.negative_controls), dtype=np.bool_) if agreed is None else agreed
        controls = tuple(name for name, yes in zip(self.negative_controls, votes[size:], strict=True) if yes)
        return CohortState(roster, self._propensity().begin(roster, None), votes[:size], controls)

    def demand(self, data: SiteData, state: CohortState) -> Demand:
        """What the propensity model shows, and those with and without each event in each arm."""
        of_model = self._propensity().demand(data, state.glm)
        design = self._shared()

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            found = []
            x = design.raw(rows, Roster(((rows.site, rows.country),)), self.columns)
            for arm in (0, 1):
                chosen = rows[self.treatment] == arm
                for name in (self.event, *state.controls):
                    found += [(f"{self.treatment}={arm}: {name}={v}", chosen & (rows[name] == v)) for v in (0, 1)]
                for at, (categorical, shown) in enumerate(zip(design.categorical, state.shown, strict=True)):
                    if categorical and shown:
                        found.append((f"{self.treatment}={arm}: {design.names[at]}", chosen & (x[:, at] == 1)))
            return found

        cells = (*of_model.cells, *data.cells(groups, self.reads))
        return Demand(cells, data.n, of_model.parameters + 1, magnitudes(data, design.numeric))

    def staged(self, state: CohortState) -> bool:
        """Counts by classes of the score are groups that no gate could know before the score was fitted."""
        return state.stage == "histogram"

    def at_site(self, data: SiteData, state: CohortState) -> Answer:
        """The sums of the stage at hand."""
        if state.stage == "propensity":
            return self._propensity().at_site(data, state.glm)
        score, arm = self._scores(data, state), data.load(self.reads)[self.treatment]
        if state.stage == "vote":
            counts = by_arm(LOGITS, score, arm)
            stands = standing(counts, np.zeros((0, len(LOGITS))), data.min_cell)
            return Answer({"yes": stands.astype(np.float64), "sites": np.array(1.0)})
        if state.stage == "histogram":
            places = where_in(state.classes, score)
            cells = [
                Cell(f"class {at}, {self.treatment}={value}", data.people((places == at) & (arm == value)))
                for at in range(len(state.classes))
                for value in (0, 1)
            ]
            return Answer({"counts": by_arm(state.classes, score, arm)}, (), tuple(cells) if data.min_cell else ())
        return self._outcomes(data, state, score, arm)

    def _outcomes(self, data: SiteData, state: CohortState, score: Floats, arm: Floats) -> Answer:
        """Balance (in the first of these rounds) and the sums of each hazard model at the state's coefficients."""
        weights = self._weights(state, score, arm)
        sums: dict[str, Floats] = {}
        effective: list[float] = []
        if state.round == 1:
            rows = data.load(self.reads)
            x = self._shared().matrix(rows, Roster(((data.site, data.country),)), self.columns) * state.shown
            sums |= balance_sums(x, weights, arm)
            for value in (0, 1):
                held = weights[arm == value]
                effective.append(float(held.sum() ** 2 / (held @ held)) if held.any() else 0.0)
        rows = data.load(self.reads)
        for name in (self.event, *state.controls):
            total = None
            reached = 0.0
            for stratum in self._strata_of(data, state, name, score, weights):
                beta = np.array([state.betas[name] if state.betas else 0.0])
                part = partial_likelihood(stratum, beta, efron=True, robust=self.weighted)
                told = {"score": part.score, "information": part.information, "loglik": np.array(part.loglik)}
                told |= {"meat": part.meat} if part.meat is not None else {}
                total = told if total is None else {key: total[key] + value for key, value in told.items()}
                reached += part.effective
            sums |= {f"{name}.{key}": value for key, value in (total or {}).items()}
            effective.append(reached)
            for value in (0, 1):
                sums[f"{name}.events.{value}"] = np.array(float(((rows[name] == 1) & (arm == value)).sum()))
        return Answer(sums, tuple(effective))

    def combine(self, sums: Mapping[str, Sums], state: CohortState) -> CohortState | Outcome:
        """The next stage, the next step, or the result."""
        total = sums[""]
        if state.stage == "propensity":
            found = self._propensity().combine({"": total}, state.glm)
            if isinstance(found, Failure):
                return found
            if isinstance(found, Fit):
                step_ = step(state.glm.beta, total["score"], total["information"], float(total["loglik"]), 1)
                glm = replace(state.glm, beta=step_.beta)
                following: Stage = "outcome" if self.weighted else "vote"
                return replace(state, glm=glm, fitted=found, stage=following)
            return found if isinstance(found, Table) else replace(state, glm=found)
        if state.stage == "vote":
            stands = total["yes"] >= float(total["sites"]) - 0.5
            return replace(state, classes=kept(LOGITS, stands), stage="histogram")
        if state.stage == "histogram":
            counts = total["counts"]
            return replace(state, counts=counts, strata=cut(state.classes, counts, self.number), stage="outcome")
        return self._settle(total, state)

    def _settle(self, total: Sums, state: CohortState) -> CohortState | Outcome:
        betas = dict(state.betas or dict.fromkeys((self.event, *state.controls), 0.0))
        settled = dict(state.settled or {})
        first = total if state.round == 1 else state.first
        for name, beta in betas.items():
            if name in settled or f"{name}.score" not in total:
                continue
            parts = (total[f"{name}.score"], total[f"{name}.information"], float(total[f"{name}.loglik"]))
            found = step(np.array([beta]), *parts, state.round)
            if not float(total[f"{name}.events.0"]) + float(total[f"{name}.events.1"]):
                found = replace(found, kind="failed", reason="no-events")
            if found.kind == "on":
                betas[name] = float(found.beta[0])
                continue
            if found.kind == "done" and self.weighted:
                found = replace(found, covariance=found.covariance @ total[f"{name}.meat"] @ found.covariance)
            settled[name] = found
        moved = replace(state, betas=betas, settled=settled, first=first, round=state.round + 1)
        if len(settled) < len(betas):
            return moved
        main = settled[self.event]
        return self._table(moved, total) if main.kind == "done" else Failure(main.reason, state.round)

    def _table(self, state: CohortState, total: Sums) -> Table:
        assert state.first is not None
        assert state.fitted is not None
        assert state.settled is not None
        rows = balance(self._shared(), state.first, state.shown)
        hazards = [
            hazard(name, state.settled[name], total, primary=name == self.event)
            for name in (self.event, *state.controls)
        ]
        values: dict[str, Any] = {
            "treatment": self.treatment,
            "method": "weight" if self.weighted else "stratify",
            "estimand": "att" if self.treated_only else "ate",
            "hazards": hazards,
            "propensity": propensity(state.fitted),
        }
        notes: list[Note] = []
        if not self.weighted and state.counts is not None:
            values["strata"] = strata_rows(state.classes, state.counts, state.strata)
            values["score"] = strata_rows(state.classes, state.counts, state.classes)
            if len(values["strata"]) < self.number:
                notes.append(Note("study.note.fewer-strata", {"asked": self.number, "kept": len(values["strata"])}))
        hidden = int((~state.shown).sum())
        if hidden:
            notes.append(Note("study.note.suppressed", {"cells": hidden}))
        dropped = [name for name in self.negative_controls if name not in state.controls]
        if dropped:
            notes.append(Note("study.note.controls-left-out", {"names": ", ".join(dropped)}))
        return Table(tuple(rows), state.fitted.n, values, tuple(notes))

    def _propensity(self) -> Glm:
        model = Formula(self.formula, self.treatment, self.covariates.terms, True, None)
        return Glm(f"{self.name} (propensity)", model, "binomial", None, self.columns)

    def _shared(self) -> Design:
        """The covariates of the balance table: those that people of one site can differ in."""
        terms = [term for term in self.covariates.terms if not any(f.column in RESERVED for f in term.factors)]
        model = Formula(self.covariates.text, None, tuple(terms), True, None)
        return Design.of(model, self.columns, Roster((("", ""),)), intercept=False, centred=True)

    def _scores(self, data: SiteData, state: CohortState) -> Floats:
        """The propensity score of each person at the coefficients that were fitted."""

        def make() -> Floats:
            rows = data.load(self.reads)
            design = self._propensity()._design(state.roster)
            eta = design.matrix(rows, state.roster, self.columns) @ state.glm.beta
            found: Floats = 1 / (1 + np.exp(-np.clip(eta, -700, 700)))
            return found

        return data.remember(("propensity", self.name, state.glm.beta.tobytes()), make, 8 * data.n)

    def _weights(self, state: CohortState, score: Floats, arm: Floats) -> Floats:
        if self.weighted:
            return inverse_probability(score, arm == 1, treated_only=self.treated_only)
        assert state.counts is not None
        return strata_weights(state.classes, state.counts, state.strata, score, arm == 1, self.treated_only)

    def _strata_of(
        self, data: SiteData, state: CohortState, event: str, score: Floats, weights: Floats
    ) -> list[Stratum]:
        """The risk sets of one outcome at this site, kept between rounds."""

        def make() -> list[Stratum]:
            rows = data.load(self.reads)
            places = None if self.weighted else where_in(state.strata, score)
            return risk_sets(rows[self.time], rows[event] == 1, rows[self.treatment], places, weights)

        key = ("cohort", self.name, event, state.strata, state.glm.beta.tobytes())
        return data.remember(key, make, 8 * data.n * 5)
