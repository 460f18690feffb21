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
from biopact.study.analyses.protocol import Analysis
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.gate.tables import audited, margins_kept, rounded
from biopact.study.results import Failure, Note, Outcome, Table

__all__ = ["Crosstab", "CrosstabState"]


@dataclass(frozen=True, slots=True)
class CrosstabState:
    """The cells that stand, shape (rows, columns)."""

    roster: Roster
    stands: Mask


@dataclass(frozen=True, slots=True)
class Crosstab(Analysis):
    """One cross-table."""

    kind: ClassVar[str] = "crosstab"

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
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.rows, self.across)

    @property
    def complete(self) -> tuple[str, ...]:
        """None: a table does not narrow the analysis set; it counts those with a value in both."""
        return ()

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each cell that holds the minimum here and gives no other away, even where margins are known."""
        return audited(self._counts(data), data.min_cell).ravel()

    def begin(self, roster: Roster, agreed: Mask | None) -> CrosstabState:
        """The cells to which every site said yes, less those from which others could be computed."""
        shape = tuple(len(self.columns[name].level_names()) for name in self.reads)
        stands = np.ones(shape, dtype=np.bool_) if agreed is None else agreed.reshape(shape)
        return CrosstabState(roster, margins_kept(stands))

    def demand(self, data: SiteData, state: CrosstabState) -> Demand:
        """The analysis set and every cell that stands."""

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            return [cell for cell, stands in zip(self._cells(rows), state.stands.ravel(), strict=True) if stands]

        return Demand((data.everyone(), *data.cells(groups, self.reads)), data.n)

    def at_site(self, data: SiteData, state: CrosstabState) -> Answer:
        """The counts of the cells that stand."""
        return Answer({"counts": np.where(state.stands, rounded(self._counts(data), data.rounding), 0.0)})

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

    def _counts(self, data: SiteData) -> Floats:
        shape = tuple(len(self.columns[name].level_names()) for name in self.reads)
        counts = np.zeros(shape)
        for rows in data.batches(self.reads):
            both = ~np.isnan(rows[self.rows]) & ~np.isnan(rows[self.across])
            places = rows[self.rows][both] * shape[1] + rows[self.across][both]
            counts += np.bincount(places.astype(np.int64), minlength=shape[0] * shape[1]).reshape(shape)
        return counts

    def _cells(self, rows: Frame) -> list[tuple[str, Mask]]:
        one, other = (self.columns[name] for name in self.reads)
        return [
            (f"{self.rows}={level}:{self.across}={name}", (rows[self.rows] == i) & (rows[self.across] == j))
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
