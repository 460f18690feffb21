"""Two categories against each other, and Pearson's chi-square.

Answers: whether two categories go together.

Inputs: ``rows`` and ``columns``, two declared factors or booleans. The sites first agree on cells (yes or no to each):
a cell stands where it holds the minimum at every site; where one cell alone of a row or column would be missing,
another is left out too, because margins are known from elsewhere.
Output: the count of each cell (None where it does not stand); chi-square, its degrees of freedom and p where all stand.
Method: Pearson 1900, without continuity correction, over rows and columns that hold anybody.
Tested against scipy ``chi2_contingency`` on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.columns import Column
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.gate.tables import margins_kept
from biopact.study.results import Failure, Note, Outcome, Table

__all__ = ["Crosstab", "CrosstabState"]


@dataclass(frozen=True, slots=True)
class CrosstabState:
    """The cells that stand, shape (rows, columns)."""

    roster: Roster
    stands: Mask


@dataclass(frozen=True, slots=True)
class Crosstab:
    """One cross-table."""

    kind: ClassVar[str] = "crosstab"
    per_site: ClassVar[bool] = False
    rounds: ClassVar[int] = 1

    name: str
    rows: str
    across: str
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Crosstab:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "rows", "columns")
        found = []
        for key in ("rows", "columns"):
            column = fields.needed(key)
            if column not in columns:
                raise StudyError("study.undeclared", fields.place(key), column=column)
            if columns[column].kind == "number":
                raise StudyError("study.levels-needed", fields.place(key), column=column)
            found.append(column)
        if found[0] == found[1]:
            raise StudyError("study.twice-in-list", fields.place("columns"), key="columns")
        return cls(name, found[0], found[1], columns)

    @property
    def formula(self) -> str | None:
        """None: there is no formula."""
        return None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.rows, self.across)

    @property
    def complete(self) -> tuple[str, ...]:
        """None: a table does not narrow the analysis set; it counts those with a value in both."""
        return ()

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each cell that holds the minimum here."""
        counts: Mask = np.array([mask.sum() >= data.min_cell for _, mask in self._cells(data)])
        return counts

    def begin(self, roster: Roster, agreed: Mask | None) -> CrosstabState:
        """The cells to which every site said yes, less those from which others could be computed."""
        shape = tuple(len(self.columns[name].level_names()) for name in self.reads)
        stands = np.ones(shape, dtype=np.bool_) if agreed is None else agreed.reshape(shape)
        return CrosstabState(roster, margins_kept(stands))

    def demand(self, data: SiteData, state: CrosstabState) -> Demand:
        """The analysis set and every cell that stands."""
        cells = [Cell("set", data.people())]
        for (name, mask), stands in zip(self._cells(data), state.stands.ravel(), strict=True):
            if stands:
                cells.append(Cell(name, data.people(mask)))
        return Demand(tuple(cells), data.rows.rows)

    def at_site(self, data: SiteData, state: CrosstabState) -> Answer:
        """The counts of the cells that stand."""
        counts = np.array([float(mask.sum()) for _, mask in self._cells(data)])
        return Answer({"counts": np.where(state.stands, counts.reshape(state.stands.shape), 0.0)})

    def combine(self, sums: Mapping[str, Sums], state: CrosstabState) -> Outcome:
        """The table of the total."""
        if not state.stands.any():
            return Failure("nothing-released", 1)
        counts = sums[""]["counts"]
        rows: list[Mapping[str, Any]] = []
        for at, level in enumerate(self.columns[self.rows].level_names()):
            for across, other in enumerate(self.columns[self.across].level_names()):
                count = int(counts[at, across]) if state.stands[at, across] else None
                rows.append({self.rows: level, self.across: other, "n": count})
        if not state.stands.all():
            hidden = int((~state.stands).sum())
            return Table(tuple(rows), None, {}, (Note("study.note.suppressed", {"cells": hidden}),))
        return Table(tuple(rows), int(counts.sum()), _chi_square(counts))

    def _cells(self, data: SiteData) -> list[tuple[str, Mask]]:
        one, other = (self.columns[name] for name in self.reads)
        return [
            (f"{self.rows}={level}:{self.across}={name}", (data.rows[self.rows] == i) & (data.rows[self.across] == j))
            for i, level in enumerate(one.level_names())
            for j, name in enumerate(other.level_names())
        ]


def _chi_square(counts: Floats) -> dict[str, float | int]:
    held = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    df = (held.shape[0] - 1) * (held.shape[1] - 1)
    if df <= 0:
        return {}
    from scipy.special import gammaincc

    expected = np.outer(held.sum(axis=1), held.sum(axis=0)) / held.sum()
    statistic = float(((held - expected) ** 2 / expected).sum())
    return {"chi_square": statistic, "df": df, "p": float(gammaincc(df / 2, statistic / 2))}
