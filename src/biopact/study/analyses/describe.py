"""Table 1: for each site, and for all where nothing is suppressed, how many, how much is missing, mean, spread, levels.

Answers: who the people of a study are.

Inputs: ``of``, the columns; ``by: site``. It is about the analysis set. ``missing`` counts those of the analysis set
without a value; of a column that makes the set, those of the site's population who are not in the set for lack of it.
Output: for a number n, mean and standard deviation (n - 1); for a category the count of each level. Counts below the
site's minimum print as ``<10`` (whatever the minimum is), nought included; where one suppressed count could be computed
from the others, a second is suppressed too and prints as nothing. A column that lacks a value for a few people only
(one or more, fewer than the minimum) gets no mean at that site: the means with and without them would differ by those.
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
from biopact.study.columns import Column
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.gate.tables import suppressed
from biopact.study.results import Outcome, Table

__all__ = ["Describe", "DescribeState"]

HIDDEN = -1.0


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
        for name in self.of:
            for cell, people in _released(data, self.columns[name]):
                cells.append(Cell(f"{name}: {cell}", people))
        return Demand(tuple(cells), data.rows.rows)

    def at_site(self, data: SiteData, state: DescribeState) -> Answer:
        """The unsuppressed figures of the site; NaN stands for one below the minimum, -1 for one hidden beside it."""
        sums: dict[str, Any] = {"n": np.array(float(data.rows.rows)), "minimum": np.array(float(data.min_cell))}
        for name in self.of:
            column = self.columns[name]
            shown = {cell for cell, _ in _released(data, column)}
            groups = dict(_groups(data, column))
            counts = {cell: _shown(int(people.sum()), cell in shown, data.min_cell) for cell, people in groups.items()}
            sums[f"{name}.missing"] = np.array(counts.pop("missing"))
            sums[f"{name}.counts"] = np.array(list(counts.values()))
            if column.kind == "number":
                sums[f"{name}.moments"] = _moments(data, column) if shown & {"observed"} else np.full(2, math.nan)
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: DescribeState) -> Outcome:
        """The table: a row for each column (and level) and site, and for all sites together."""
        rows: list[Mapping[str, Any]] = []
        for name in self.of:
            column = self.columns[name]
            for site, part in [*sums.items(), ("all", _together(list(sums.values()), name, column))]:
                least = f"<{int(part['minimum'])}"
                missing, counts = _count(part[f"{name}.missing"], least), part[f"{name}.counts"]
                line = {"column": name, "level": None, "site": site, "n": _count(counts[0], least), "missing": missing}
                if column.kind == "number":
                    rows.append({**line, **_mean_sd(float(counts[0]), part[f"{name}.moments"], column)})
                    continue
                for level, count in zip(column.level_names(), counts, strict=True):
                    share = float(count) / float(part["n"]) if count >= 0 and part["n"] else None
                    rows.append({**line, "level": level, "n": _count(count, least), "share": share})
        n = int(sum(part["n"] for part in sums.values()))
        return Table(tuple(rows), n, {"n": {site: int(part["n"]) for site, part in sums.items()}})


def _groups(data: SiteData, column: Column) -> list[tuple[str, Mask]]:
    """The groups of a column that are counted, as masks over the population."""
    absent = np.isnan(data.population[column.name])
    observed = data.in_set & ~absent
    missing = absent if column.name in data.complete else absent & data.in_set
    if column.kind == "number":
        return [("missing", missing), ("observed", observed)]
    levels = enumerate(column.level_names())
    return [
        ("missing", missing),
        *((name, observed & (data.population[column.name] == level)) for level, name in levels),
    ]


def _released(data: SiteData, column: Column) -> list[tuple[str, Mask]]:
    """Those of them whose numbers may leave."""
    (_, missing), *groups = _groups(data, column)
    found = [("missing", missing)] if missing.sum() >= data.min_cell else []
    without = int((data.in_set & np.isnan(data.population[column.name])).sum())
    if column.kind == "number":
        fit = groups[0][1].sum() >= data.min_cell and (without == 0 or without >= data.min_cell)
        return found + (groups if fit else [])
    counts = [int(mask.sum()) for _, mask in groups] + ([without] if without else [])
    hidden = suppressed(counts, data.min_cell)
    return found + [group for group, hide in zip(groups, hidden, strict=False) if not hide]


def _shown(count: int, shown: bool, least: int) -> float:
    """A count as it leaves: NaN below the minimum, HIDDEN where it would give another away."""
    return float(count) if shown else math.nan if count < least else HIDDEN


def _moments(data: SiteData, column: Column) -> Floats:
    """The sum and the sum of squares of the deviations from the middle of the bounds."""
    values = data.rows[column.name]
    deviations = values[~np.isnan(values)] - _middle(column)
    return np.array([float(deviations.sum()), float((deviations**2).sum())])


def _middle(column: Column) -> float:
    return sum(column.bounds) / 2 if column.bounds else 0.0


def _mean_sd(n: float, moments: Floats, column: Column) -> dict[str, float | None]:
    total, squares = (float(moment) for moment in moments)
    if math.isnan(total) or not n > 0:
        return {"mean": None, "sd": None}
    spread = math.sqrt(max(squares - total * total / n, 0.0) / (n - 1)) if n > 1 else None
    return {"mean": _middle(column) + total / n, "sd": spread}


def _together(parts: list[Sums], name: str, column: Column) -> dict[str, Any]:
    """The sums of all sites; where one of them is not shown, neither is the total."""
    found: dict[str, Any] = {"minimum": max(float(part["minimum"]) for part in parts)}
    for key in (f"{name}.missing", f"{name}.counts", "n"):
        values = np.array([part[key] for part in parts])
        found[key] = np.where((values >= 0).all(axis=0), values.sum(axis=0), HIDDEN)
    if column.kind == "number":
        found[f"{name}.moments"] = np.sum([part[f"{name}.moments"] for part in parts], axis=0)
    return found


def _count(value: Any, least: str) -> int | str | None:
    count = float(value)
    return least if math.isnan(count) else None if count < 0 else int(count)
