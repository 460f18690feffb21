"""Table 1: for each site, and for all where nothing is suppressed, how many, how much is missing, mean, spread, levels.

Answers: who the people of a study are.

Inputs: ``of``, the columns; ``by: site``. It is about the analysis set; ``missing`` counts, in the site's population before the
analysis set was taken, those without a value.
Output: for a number n, mean and standard deviation (n - 1); for a category the count of each level. Counts below the
site's minimum print as ``<10`` (whatever the minimum is), nought included; where one suppressed count could be computed
from the others, a second is suppressed too. A column that lacks a value for a few people only (one or more, fewer than
the minimum) gets no mean at that site, because the mean with and the mean without them would differ by those few.
Method: sums of deviations from the middle of the declared bounds; pooled figures from the same sums.
Tested against pandas on the pooled rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.protocol import Answer, Cell, Demand, Sums
from biopact.study.columns import Column
from biopact.study.data import Mask, Roster, SiteData
from biopact.study.fields import Fields
from biopact.study.gate.tables import suppressed
from biopact.study.results import Outcome, Table

__all__ = ["Describe", "DescribeState"]


@dataclass(frozen=True, slots=True)
class DescribeState:
    """Who takes part."""

    roster: Roster


@dataclass(frozen=True, slots=True)
class Describe:
    """One descriptive table."""

    kind: ClassVar[str] = "describe"
    per_site: ClassVar[bool] = True
    rounds: ClassVar[int] = 1

    name: str
    of: tuple[str, ...]
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Describe:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "of", "by")
        if fields.choice("by", ("site",), "site") != "site":
            raise StudyError("study.not-one-of", fields.place("by"), key="by", found=fields.value["by"], known="site")
        of = fields.names("of") or ()
        if not of:
            raise StudyError("study.needed", fields.place("of"), key="of")
        for column in of:
            if column not in columns:
                raise StudyError("study.undeclared", fields.place("of"), column=column)
        return cls(name, of, columns)

    @property
    def formula(self) -> str | None:
        """None: there is no formula."""
        return None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return self.of

    @property
    def complete(self) -> tuple[str, ...]:
        """None: a description does not narrow the analysis set."""
        return ()

    def ask(self, data: SiteData) -> Mask | None:
        """Nothing is to be agreed on."""
        return None

    def begin(self, roster: Roster, agreed: Mask | None) -> DescribeState:
        """There is one round."""
        return DescribeState(roster)

    def demand(self, data: SiteData, state: DescribeState) -> Demand:
        """The analysis set and every group whose count or sum is not suppressed."""
        cells = [Cell("set", data.people())]
        numbers = 1
        for name in self.of:
            for cell, people in _released(data, self.columns[name]):
                cells.append(Cell(f"{name}: {cell}", people))
                numbers += 2
        return Demand(tuple(cells), data.rows.rows, 0, numbers)

    def at_site(self, data: SiteData, state: DescribeState) -> Answer:
        """The unsuppressed figures of the site; NaN stands for a suppressed one."""
        sums: dict[str, Any] = {"n": np.array(float(data.rows.rows)), "minimum": np.array(float(data.min_cell))}
        for name in self.of:
            column = self.columns[name]
            shown = {cell: float(people.sum()) for cell, people in _released(data, column)}
            sums[f"{name}.missing"] = np.array(shown.get("missing", math.nan))
            if column.kind == "number":
                sums[f"{name}.moments"] = _moments(data, column, shown.get("observed"))
            else:
                counts = [shown.get(level, math.nan) for level in column.level_names()]
                sums[f"{name}.levels"] = np.array(counts)
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: DescribeState) -> Outcome:
        """The table: a row for each column (and level) and site, and for all sites together."""
        rows: list[Mapping[str, Any]] = []
        for name in self.of:
            column = self.columns[name]
            for site, part in [*sums.items(), ("all", _together(list(sums.values()), name, column))]:
                least = f"<{int(part['minimum'])}"
                missing = _count(part[f"{name}.missing"], least)
                if column.kind == "number":
                    n, mean, spread = _mean_sd(part[f"{name}.moments"], column)
                    row = {"column": name, "level": None, "site": site, "n": n, "missing": missing}
                    rows.append({**row, "mean": mean, "sd": spread})
                    continue
                for level, count in zip(column.level_names(), part[f"{name}.levels"], strict=True):
                    row = {"column": name, "level": level, "site": site, "n": _count(count, least), "missing": missing}
                    rows.append({**row, "share": _share(count, part)})
        n = int(sum(part["n"] for part in sums.values()))
        return Table(tuple(rows), n, {"n": {site: int(part["n"]) for site, part in sums.items()}})


def _released(data: SiteData, column: Column) -> list[tuple[str, Mask]]:
    """The groups of a column whose numbers may leave, as masks over the population."""
    absent = np.isnan(data.population[column.name])
    found: list[tuple[str, Mask]] = []
    if absent.sum() >= data.min_cell:
        found.append(("missing", absent))
    observed = data.in_set & ~absent
    without = int((data.in_set & absent).sum())
    if column.kind == "number":
        if observed.sum() >= data.min_cell and (without == 0 or without >= data.min_cell):
            found.append(("observed", observed))
        return found
    levels = [observed & (data.population[column.name] == level) for level in range(len(column.level_names()))]
    counts = [int(mask.sum()) for mask in levels] + ([without] if without else [])
    hidden = suppressed(counts, data.min_cell)
    return found + [
        (name, mask) for name, mask, hide in zip(column.level_names(), levels, hidden, strict=False) if not hide
    ]


def _moments(data: SiteData, column: Column, shown: float | None) -> Any:
    """n, sum and sum of squares of the deviations from the middle of the bounds."""
    if shown is None:
        return np.full(3, math.nan)
    values = data.rows[column.name]
    deviations = values[~np.isnan(values)] - _middle(column)
    return np.array([float(deviations.size), float(deviations.sum()), float((deviations**2).sum())])


def _middle(column: Column) -> float:
    return sum(column.bounds) / 2 if column.bounds else 0.0


def _mean_sd(moments: Any, column: Column) -> tuple[int | None, float | None, float | None]:
    n, total, squares = (float(moment) for moment in moments)
    if math.isnan(n):
        return None, None, None
    if n < 2:
        return int(n), (_middle(column) + total / n if n else None), None
    return int(n), _middle(column) + total / n, math.sqrt(max(squares - total * total / n, 0.0) / (n - 1))


def _together(parts: list[Sums], name: str, column: Column) -> dict[str, Any]:
    """The sums of all sites; NaN where one of them is suppressed."""
    keys = [f"{name}.missing", f"{name}.moments" if column.kind == "number" else f"{name}.levels", "n"]
    total: dict[str, Any] = {key: np.sum([part[key] for part in parts], axis=0) for key in keys}
    return {**total, "minimum": max(float(part["minimum"]) for part in parts)}


def _count(value: Any, least: str) -> int | str:
    return least if math.isnan(float(value)) else int(value)


def _share(count: Any, part: Mapping[str, Any]) -> float | None:
    return None if math.isnan(float(count)) or not part["n"] else float(count) / float(part["n"])
