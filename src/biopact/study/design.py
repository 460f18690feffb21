"""From terms to the columns of a design matrix, centred and scaled by what was declared, never by the data.

A category is coded by treatment contrasts against its first level where the term without it is in the model, by all of
its levels otherwise (the rule of R's ``terms.formula``). Every column has declared bounds, so each is brought into
[-1, 1]; coefficients and covariances are transformed back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from biopact.errors import Place, StudyError
from biopact.study.columns import RESERVED, Column
from biopact.study.data import Floats, Frame, Mask, Roster
from biopact.study.formula import Factor, Formula, Term

__all__ = ["FUNCTIONS", "Design", "check_terms"]

FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "log": np.log,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "square": np.square,
}
MAX_EXPONENT = 50.0
MAX_DESIGN = 1_000  # columns


def check_terms(formula: Formula, columns: Mapping[str, Column], place: Place) -> None:
    """Raise StudyError where a term cannot be computed from the declared columns within their bounds."""
    for factor in [factor for term in formula.terms for factor in term.factors] + (
        [formula.offset] if formula.offset else []
    ):
        if factor.column in RESERVED:
            if factor.function not in ("", "C"):
                raise StudyError("study.function-of-levels", place, factor=str(factor))
            continue
        column = columns.get(factor.column)
        if column is None:
            raise StudyError("study.undeclared", place, column=factor.column)
        if factor.function == "C" and column.kind == "number":
            raise StudyError("study.levels-needed-for-c", place, column=column.name)
        if factor.function not in ("", "C") and column.kind != "number":
            raise StudyError("study.function-of-levels", place, factor=str(factor))
        if column.kind == "number":
            _interval(factor, column, place)


def _interval(factor: Factor, column: Column, place: Place | None = None) -> tuple[float, float]:
    """The bounds of a numeric factor, from those declared."""
    if column.bounds is None:
        raise StudyError("study.bounds-needed", place, column=column.name)
    low, high = column.bounds
    if factor.function == "log" and low <= 0:
        raise StudyError("study.bounds-for-log", place, column=column.name)
    if factor.function == "sqrt" and low < 0:
        raise StudyError("study.bounds-for-sqrt", place, column=column.name)
    if factor.function == "exp" and high > MAX_EXPONENT:
        raise StudyError("study.bounds-for-exp", place, column=column.name, limit=int(MAX_EXPONENT))
    if factor.function == "square":
        return (0.0 if low <= 0 <= high else min(low * low, high * high)), max(low * low, high * high)
    if factor.function in FUNCTIONS:
        ends = FUNCTIONS[factor.function](np.array([low, high]))
        return float(ends[0]), float(ends[1])
    return low, high


@dataclass(frozen=True, slots=True)
class _Part:
    """One factor as it enters one column: a number as it is, or the indicator of a level."""

    factor: Factor
    level: int | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _DesignColumn:
    name: str
    parts: tuple[_Part, ...]
    low: float
    high: float
    categorical: bool  # all its parts are indicators: the column is a cell


@dataclass(frozen=True, slots=True)
class Design:
    """A design matrix ready to be filled: names of its columns, their centres and scales, how to go back."""

    columns: tuple[_DesignColumn, ...]
    intercept: bool
    centred: bool

    @classmethod
    def of(
        cls, formula: Formula, columns: Mapping[str, Column], roster: Roster, *, intercept: bool, centred: bool
    ) -> Design:
        """The design of a formula; ``centred`` where an intercept (or a baseline) takes the centres up."""
        built: list[_DesignColumn] = []
        for term in formula.terms:
            built += _columns_of(term, formula, columns, roster, intercept=intercept or centred)
        if len(built) > MAX_DESIGN:
            raise StudyError("study.formula-too-many", None, limit=MAX_DESIGN)
        return cls(tuple(built), intercept, centred)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients, as statistics programs print them."""
        return (("Intercept",) if self.intercept else ()) + tuple(column.name for column in self.columns)

    @property
    def size(self) -> int:
        """The number of coefficients."""
        return len(self.columns) + self.intercept

    @property
    def own(self) -> int:
        """The coefficients that a site's own rows bear on: not those of other sites or countries."""
        shared = [column for column in self.columns if not any(p.factor.column in RESERVED for p in column.parts)]
        return len(shared) + self.intercept

    def matrix(self, frame: Frame, roster: Roster, levels: Mapping[str, Column], into: Floats | None = None) -> Floats:
        """The scaled design matrix of some rows, shape (rows, size), column by column in memory.

        ``into``: a buffer of shape (size, at least rows) that is filled and seen through.
        """
        held = np.empty((self.size, frame.rows)) if into is None else into[:, : frame.rows]
        if self.intercept:
            held[0] = 1.0
        for at, column in enumerate(self.columns, start=int(self.intercept)):
            centre, scale = self._frame(column)
            values = _values(column, frame, roster, levels)
            if centre == 0.0 and scale == 1.0:
                held[at] = values
            else:
                np.subtract(values, centre, out=held[at])
                held[at] /= scale
        return held.T

    def raw(self, frame: Frame, roster: Roster, levels: Mapping[str, Column]) -> Floats:
        """The design matrix on the scale of the data, shape (rows, size)."""
        filled = np.ones((self.size, frame.rows))
        for at, column in enumerate(self.columns, start=int(self.intercept)):
            filled[at] = _values(column, frame, roster, levels)
        return filled.T

    def cells(self, frame: Frame, roster: Roster, levels: Mapping[str, Column]) -> list[tuple[str, Mask]]:
        """The people of each level of each term that holds categories only, those of interactions too.

        Of ``site`` and ``country`` there are none: everybody or nobody of a site is at a site, by construction.
        """
        del roster
        found: dict[str, Mask] = {}
        for column in self.columns:
            categories = [part.factor for part in column.parts if part.level is not None]
            categories = [factor for factor in categories if factor.column not in RESERVED]
            if not column.categorical or not categories:
                continue
            counts = [range(len(levels[factor.column].level_names())) for factor in categories]
            for combination in product(*counts):
                name = ":".join(
                    f"{factor.column}={levels[factor.column].level_names()[level]}"
                    for factor, level in zip(categories, combination, strict=True)
                )
                if name in found:
                    continue
                mask = np.ones(frame.rows, dtype=np.bool_)
                for factor, level in zip(categories, combination, strict=True):
                    mask &= frame[factor.column] == level
                found[name] = mask
        return list(found.items())

    @property
    def categorical(self) -> tuple[bool, ...]:
        """For each coefficient (without the intercept) whether its column holds categories only."""
        return tuple(column.categorical for column in self.columns)

    @property
    def frames(self) -> tuple[tuple[float, float], ...]:
        """For each of them the centre and the scale by which its column is brought into [-1, 1]."""
        return tuple(self._frame(column) for column in self.columns)

    def functions(self, weights: str | None = None) -> dict[str, int]:
        """For each of the columns that enter as numbers (and for weights) how many functions of it do."""
        parts = {part.factor for column in self.columns for part in column.parts if part.level is None}
        found = {name: sum(factor.column == name for factor in parts) for name in self.numeric}
        return found | ({weights: found.get(weights, 0) + 1} if weights else {})

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns that enter as numbers."""
        named = [part.factor.column for column in self.columns for part in column.parts if part.level is None]
        return tuple(dict.fromkeys(named))

    def back(self, scaled: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """Coefficients and covariance on the scale of the data."""
        turn = np.zeros((self.size, self.size))
        for at, column in enumerate(self.columns, start=int(self.intercept)):
            centre, scale = self._frame(column)
            turn[at, at] = 1.0 / scale
            if self.intercept:
                turn[0, at] = -centre / scale
        if self.intercept:
            turn[0, 0] = 1.0
        return turn @ scaled, turn @ covariance @ turn.T

    def _frame(self, column: _DesignColumn) -> tuple[float, float]:
        if column.categorical:
            return 0.0, 1.0
        if self.centred:
            return (column.low + column.high) / 2, (column.high - column.low) / 2
        return 0.0, max(abs(column.low), abs(column.high))


def _columns_of(
    term: Term, formula: Formula, columns: Mapping[str, Column], roster: Roster, *, intercept: bool
) -> list[_DesignColumn]:
    present: set[frozenset[Factor]] = {frozenset(other.factors) for other in formula.terms}
    present |= {frozenset()} if intercept else set()
    choices: list[list[tuple[str, _Part]]] = []
    for factor in term.factors:
        names = _level_names(factor, columns, roster)
        if names is None:
            low, high = _interval(factor, columns[factor.column])
            choices.append([(str(factor), _Part(factor, None, low, high))])
            continue
        without = frozenset(other for other in term.factors if other != factor)
        reduced = without in present
        first = 1 if reduced else 0
        kind = "T." if reduced else ""
        plain = reduced and not factor.function and factor.column not in RESERVED
        plain = plain and columns[factor.column].kind == "boolean"
        choices.append(
            [
                (str(factor) if plain else f"{factor}[{kind}{name}]", _Part(factor, level, 0.0, 1.0))
                for level, name in list(enumerate(names))[first:]
            ]
        )
    built = []
    for combination in product(*choices):
        parts = tuple(part for _, part in combination)
        low, high = 1.0, 1.0
        for part in parts:
            ends = (low * part.low, low * part.high, high * part.low, high * part.high)
            low, high = min(ends), max(ends)
        categorical = all(part.level is not None for part in parts)
        built.append(_DesignColumn(":".join(name for name, _ in combination), parts, low, high, categorical))
    return built


def _level_names(factor: Factor, columns: Mapping[str, Column], roster: Roster) -> tuple[str, ...] | None:
    if factor.column == "site":
        return roster.ids
    if factor.column == "country":
        return roster.countries
    column = columns[factor.column]
    return None if column.kind == "number" else column.level_names()


def _values(column: _DesignColumn, frame: Frame, roster: Roster, levels: Mapping[str, Column]) -> Floats:
    values: Floats | None = None
    for part in column.parts:
        name = part.factor.column
        if part.level is None:
            held = FUNCTIONS[part.factor.function](frame[name]) if part.factor.function else frame[name]
        elif name in RESERVED:
            names = roster.ids if name == "site" else roster.countries
            own = (frame.site if name == "site" else frame.country) == names[part.level]
            held = np.full(frame.rows, float(own))
        else:
            held = (frame[name] == part.level).astype(np.float64)
        values = held if values is None else values * held
    return np.ones(frame.rows) if values is None else values
