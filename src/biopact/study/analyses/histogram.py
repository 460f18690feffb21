"""How many people have a value in each interval of a grid.

Answers: how a number is distributed over the people of all sites.

Inputs: ``of``, a number with bounds; ``grid``, the width or the boundaries of the intervals (20 equal ones of the bounds
where left out). The sites first agree on boundaries: between two of them each site has the minimum of people.
Output: for each interval its ends, how many people and which share; how many intervals were asked for.
Method: counts.
Tested against numpy ``histogram`` on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from biopact.study.analyses.grid import counted, kept, read_grid, standing, where_in
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import declared
from biopact.study.columns import Column
from biopact.study.data import Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.gate.tables import rounded
from biopact.study.results import Failure, Note, Outcome, Table

__all__ = ["Histogram", "HistogramState"]


@dataclass(frozen=True, slots=True)
class HistogramState:
    """The boundaries that stand."""

    boundaries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Histogram(Analysis):
    """One histogram."""

    kind: ClassVar[str] = "histogram"

    name: str
    of: str
    grid: tuple[float, ...]
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Histogram:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "of", "grid")
        column = declared(fields, "of", columns, "number")
        grid = read_grid(fields, "grid", column.bounds or (0.0, 1.0), default=20, whole=True)
        return cls(name, column.name, grid, columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.of,)

    @property
    def complete(self) -> tuple[str, ...]:
        """None: it does not narrow the analysis set; it counts those with a value."""
        return ()

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each boundary between which enough people lie here."""
        counts = sum((counted(self.grid, rows[self.of]) for rows in data.batches(self.reads)), np.zeros(len(self.grid)))
        return standing(counts[None], np.zeros((0, len(self.grid))), data.min_cell)

    def begin(self, roster: Roster, agreed: Mask | None) -> HistogramState:
        """The boundaries to which every site said yes."""
        stands = np.ones(len(self.grid), dtype=np.bool_) if agreed is None else agreed
        return HistogramState(kept(self.grid, stands))

    def demand(self, data: SiteData, state: HistogramState) -> Demand:
        """The analysis set and each interval."""

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            places = where_in(state.boundaries, rows[self.of])
            return [(f"{self.of} to {end:g}", places == at) for at, end in enumerate(state.boundaries)]

        return Demand((data.everyone(), *data.cells(groups, self.reads)), data.n)

    def at_site(self, data: SiteData, state: HistogramState) -> Answer:
        """The count of each interval."""
        counts = np.zeros(len(state.boundaries))
        for rows in data.batches(self.reads):
            counts += counted(state.boundaries, rows[self.of])
        return Answer({"counts": rounded(counts, data.rounding)})

    def combine(self, sums: Mapping[str, Sums], state: HistogramState) -> Outcome:
        """The intervals of the total."""
        counts = sums[""]["counts"]
        n = int(counts.sum())
        if n == 0:
            return Failure("nothing-released", 1)
        starts = [(self.columns[self.of].bounds or (0.0, 1.0))[0], *state.boundaries[:-1]]
        rows: list[Mapping[str, Any]] = [
            {"low": low, "high": high, "n": int(count), "share": float(count) / n}
            for low, high, count in zip(starts, state.boundaries, counts, strict=True)
        ]
        told = {"asked": len(self.grid), "kept": len(state.boundaries)}
        notes = (Note("study.note.merged-bins", told),) if len(state.boundaries) < len(self.grid) else ()
        return Table(tuple(rows), n, {"of": self.of, "boundaries": list(state.boundaries)}, notes)
