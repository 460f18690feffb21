"""Scores and what is said of them: where a score comes from, the classes in which it may leave, how it discriminates.

A score is a column of the sites, or a published model whose coefficients stand in the study. It leaves only as counts of
cases and controls in classes on which the sites agreed, each with the minimum of both at every site.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.grid import read_grid, standing, where_in
from biopact.study.analyses.reading import declared
from biopact.study.columns import RESERVED, Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.design import Design, check_terms
from biopact.study.fields import Fields
from biopact.study.formula import Formula, parse_formula
from biopact.study.results import Z95

__all__ = [
    "LOGITS",
    "Score",
    "cells_of",
    "class_counts",
    "curve",
    "discrimination",
    "effective_sizes",
    "read_score",
    "vote",
]

NEAREST = 1e-6  # a probability nearer to 0 or 1 counts as so near: its logit must be a number
LOGITS = (*(1 / (1 + math.exp(-point / 5)) for point in range(-30, 30)), 1.0)  # 61 classes of a probability


@dataclass(frozen=True, slots=True)
class Score:
    """A score: a column, or the linear predictor of a published logistic model. ``probability``: it is one."""

    column: str | None
    model: Formula | None
    coefficients: tuple[tuple[str, float], ...]
    probability: bool
    grid: tuple[float, ...]
    written: bool

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns it is made of."""
        return (self.column,) if self.column else self.model.columns if self.model else ()

    def values(self, rows: Frame, columns: Mapping[str, Column]) -> Floats:
        """The score of each person."""
        if self.column is not None:
            return rows[self.column]
        with np.errstate(over="ignore"):
            found: Floats = 1 / (1 + np.exp(-self._linear(rows, columns)))
        return found

    def logits(self, rows: Frame, columns: Mapping[str, Column]) -> Floats:
        """The linear predictor of each person: the logit of a probability."""
        if self.column is None:
            return self._linear(rows, columns)
        near = np.clip(rows[self.column], NEAREST, 1 - NEAREST)
        return np.log(near / (1 - near))

    def _linear(self, rows: Frame, columns: Mapping[str, Column]) -> Floats:
        roster = Roster(((rows.site, rows.country),))
        assert self.model is not None
        design = _design(self.model, columns, roster)
        given = dict(self.coefficients)
        return np.asarray(design.raw(rows, roster, columns) @ np.array([given[name] for name in design.names]))


def read_score(fields: Fields, columns: Mapping[str, Column], *, probability: bool) -> Score:
    """A score: ``score``, a column, or ``formula`` with ``coefficients``; ``grid``, its classes. Raises StudyError."""
    if "score" in fields.value and "formula" in fields.value:
        raise StudyError("study.score-twice", fields.place("formula"))
    if "formula" not in fields.value:
        column = declared(fields, "score", columns, "number")
        low, high = column.bounds or (0.0, 1.0)
        if probability and not (low >= 0 and high <= 1):
            raise StudyError("study.probability-bounds", fields.place("score"), column=column.name)
        grid = _grid(fields, (low, high))
        return Score(column.name, None, (), probability, grid, "grid" in fields.value)
    place = fields.place("formula")
    model = parse_formula(fields.needed("formula"), place)
    if model.offset is not None or any(name in RESERVED for name in model.columns):
        raise StudyError("study.published-formula", place)
    terms = Formula(model.text, None, model.terms, model.intercept, None)
    check_terms(terms, columns, place)
    return Score(
        None, terms, _coefficients(fields, terms, columns), True, _grid(fields, (0.0, 1.0)), "grid" in fields.value
    )


def _grid(fields: Fields, bounds: tuple[float, float]) -> tuple[float, ...]:
    if "grid" not in fields.value and bounds == (0.0, 1.0):
        return LOGITS
    return read_grid(fields, "grid", bounds, default=50, whole=True)


def _coefficients(fields: Fields, model: Formula, columns: Mapping[str, Column]) -> tuple[tuple[str, float], ...]:
    given = fields.inside("coefficients").value
    names = _design(model, columns, Roster((("", ""),))).names
    numbers = [given.get(name) for name in names]
    sound = all(isinstance(it, (int, float)) and not isinstance(it, bool) and abs(it) <= 1e6 for it in numbers)
    if set(given) != set(names) or not sound:
        raise StudyError("study.each-coefficient", fields.place("coefficients"), terms=", ".join(names))
    return tuple((name, float(given[name])) for name in names)


def _design(model: Formula, columns: Mapping[str, Column], roster: Roster) -> Design:
    return Design.of(model, columns, roster, intercept=model.intercept, centred=False)


def vote(data: SiteData, score: Score, outcome: str) -> Mask:
    """Yes to each boundary between which this site has enough cases and enough controls."""
    counts = class_counts(data, score, outcome, score.grid)
    return standing(counts, np.zeros((0, len(score.grid))), data.min_cell)


def class_counts(data: SiteData, score: Score, outcome: str, grid: Sequence[float]) -> Floats:
    """Controls and cases in each class of a site, shape (2, classes)."""
    counts = np.zeros((2, len(grid)))
    for rows in data.batches((*score.reads, outcome)):
        counts += _counted(grid, score.values(rows, data.columns), rows[outcome])
    return counts


def _counted(grid: Sequence[float], values: Floats, outcome: Floats) -> Floats:
    """Controls and cases in each class, shape (2, classes)."""
    places = np.minimum(where_in(grid, values), len(grid) - 1)
    return np.array([np.bincount(places[outcome == value], minlength=len(grid)).astype(np.float64) for value in (0, 1)])


def cells_of(
    rows: Frame, score: Score, columns: Mapping[str, Column], outcome: str, grid: Sequence[float]
) -> list[tuple[str, Mask]]:
    """Cases and controls, and those of each class."""
    places = np.minimum(where_in(grid, score.values(rows, columns)), len(grid) - 1)
    found = [(f"{outcome}={value}", rows[outcome] == value) for value in (0, 1)]
    for at in range(len(grid)):
        found += [(f"class {at}, {outcome}={value}", (places == at) & (rows[outcome] == value)) for value in (0, 1)]
    return found


def effective_sizes(logits: Floats, weight: Floats) -> list[Floats]:
    """The weights of all sums that a recalibration sends: fitted values, their rests, variances, and the distances of
    the linear predictor from its middle. With chosen coefficients one person could carry any of them."""
    spread = np.abs(logits - float(np.median(logits))) if logits.size else logits
    return [weight, weight * spread, weight * spread**2]


def curve(controls: Floats, cases: Floats, grid: Sequence[float]) -> list[dict[str, Any]]:
    """The points of the ROC curve: for each boundary the shares above it."""
    above_cases, above_controls = (counts.sum() - np.cumsum(counts) for counts in (cases, controls))
    points: list[dict[str, Any]] = [{"above": None, "sensitivity": 1.0, "specificity": 0.0}]
    for end, hits, alarms in zip(grid, above_cases, above_controls, strict=True):
        points.append(
            {"above": end, "sensitivity": float(hits / cases.sum()), "specificity": float(1 - alarms / controls.sum())}
        )
    return points[::-1]


def discrimination(controls: Floats, cases: Floats, *, exact: bool) -> dict[str, float | int]:
    """The area under the ROC curve from classes: ties count half; its bounds where all ties within a class go against
    it or for it; the interval by DeLong et al. 1988 on the classes."""
    n1, n0 = float(cases.sum()), float(controls.sum())
    below = np.cumsum(controls) - controls
    beyond = cases.sum() - np.cumsum(cases)
    won, tied = float(cases @ below) / (n1 * n0), float(cases @ controls) / (n1 * n0)
    area = won + tied / 2
    of_cases, of_controls = (below + controls / 2) / n0, (beyond + cases / 2) / n1
    spread = 0.0
    for counts, placed, n in ((cases, of_cases, n1), (controls, of_controls, n0)):
        spread += float(counts @ (placed - area) ** 2) / (n - 1) / n if n > 1 else 0.0
    se = math.sqrt(spread)
    bounds = (area, area) if exact else (won, won + tied)
    return {
        "auc": area,
        "at_least": bounds[0],
        "at_most": bounds[1],
        "se": se,
        "low": max(area - Z95 * se, 0.0),
        "high": min(area + Z95 * se, 1.0),
        "classes": int(cases.size),
    }
