"""Table 1: for each site, and for all where nothing is suppressed, how many, how much is missing, mean, spread, levels.

Answers: who the people of a study are.

Inputs: ``of``, the columns; ``by: site``; ``quantiles``, shares such as 0.5; ``grid``, for a column the width or the
boundaries of the intervals in which its quantiles are told (20 equal ones of its bounds where left out). It is about the
analysis set. ``missing`` counts those of the analysis set without a value; of a column that makes the set, those of the
site's population who are not in the set for lack of it.
Output: for a number n, mean, variance and standard deviation (n - 1), and each quantile as the interval that holds that
of the pooled data, ``{q, low, high}`` (in a local trial without a minimum the quantile itself, ``{q, value}``); for a
category the count of each level. Counts below the site's minimum print as ``<10`` (whatever the minimum is), nought
included; where one suppressed count could be computed from the others, a second is suppressed too and prints as nothing.
A column that lacks a value for a few people only (one or more, fewer than the minimum), that takes two or three values of
which a few people have one, or whose sum rests on one or two people (dominance), gets no mean at that site.
Method: sums of deviations from the middle of the declared bounds; quantiles from one histogram of all sites whose bins,
agreed on before, hold the minimum at every site (never an average of the sites' quantiles). A quantile itself is that of
Hyndman and Fan 1996, type 7.
Tested against pandas on the pooled rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.describe_table import HIDDEN, mean_sd, middle, quantiles, together, told
from biopact.study.analyses.grid import counted, kept, read_grid, standing, where_in
from biopact.study.analyses.groups import few_valued, magnitudes
from biopact.study.analyses.protocol import Analysis
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.gate.checks import dominance
from biopact.study.gate.tables import rounded, suppressed
from biopact.study.results import Outcome, Table

__all__ = ["Describe", "DescribeState"]

Grids = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class DescribeState:
    """Who takes part, and the boundaries that stand for each column with quantiles."""

    roster: Roster
    grids: Grids


@dataclass(frozen=True, slots=True)
class Describe(Analysis):
    """One descriptive table."""

    kind: ClassVar[str] = "describe"

    name: str
    of: tuple[str, ...]
    quantiles: tuple[float, ...]
    grids: Grids
    written: bool
    columns: Mapping[str, Column]
    exact: bool = False

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Describe:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "of", "by", "quantiles", "grid")
        if fields.choice("by", ("site",), "site") != "site":
            raise StudyError("study.not-one-of", fields.place("by"), key="by", found=fields.value["by"], known="site")
        of = fields.names("of") or ()
        if not of:
            raise StudyError("study.needed", fields.place("of"), key="of")
        for column in of:
            if column not in columns:
                raise StudyError("study.undeclared", fields.place("of"), column=column)
        quantiles = _shares(fields)
        grid = fields.inside("grid")
        grid.known(*(column for column in of if columns[column].kind == "number"))
        numbers = {name: columns[name].bounds for name in of if columns[name].kind == "number"} if quantiles else {}
        for column, bounds in numbers.items():
            if bounds is None:
                raise StudyError("study.bounds-needed", fields.place("of"), column=column)
        grids = {column: read_grid(grid, column, bounds, default=20) for column, bounds in numbers.items() if bounds}
        return cls(name, of, quantiles, grids, "grid" in fields.value, columns)

    @property
    def per_site(self) -> bool:
        """It is a table by site."""
        return True

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return self.of

    @property
    def complete(self) -> tuple[str, ...]:
        """None: a description does not narrow the analysis set."""
        return ()

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each boundary, of each column with quantiles, between which enough people lie."""
        if not self.grids:
            return None
        counts = {column: np.zeros(len(grid)) for column, grid in self.grids.items()}
        for rows in data.batches(tuple(self.grids)):
            for column, grid in self.grids.items():
                counts[column] += counted(grid, rows[column])
        nobody = {column: np.zeros((0, len(grid))) for column, grid in self.grids.items()}
        return np.concatenate([standing(counts[it][None], nobody[it], data.min_cell) for it in self.grids])

    def begin(self, roster: Roster, agreed: Mask | None) -> DescribeState:
        """There is one round."""
        grids, start = {}, 0
        for column, grid in self.grids.items():
            stands = np.ones(len(grid), dtype=np.bool_) if agreed is None else agreed[start : start + len(grid)]
            grids[column] = kept(grid, stands)
            start += len(grid)
        return DescribeState(roster, grids)

    def demand(self, data: SiteData, state: DescribeState) -> Demand:
        """The analysis set and every group whose count or sum is not suppressed."""
        cells = self._cells(data, state)
        shown = [cells[name] for column in self.of for name in self._shown(data, cells, column)]
        for name in self.of:  # mean and spread of a number with three values tell how many have each
            if any(cell.name == f"{name}: observed" for cell in shown):
                shown += few_valued(data, {name: 1})
        return Demand((data.everyone(), *shown), data.n)

    def at_site(self, data: SiteData, state: DescribeState) -> Answer:
        """The unsuppressed figures of the site; NaN stands for one below the minimum, -1 for one hidden beside it."""
        cells = self._cells(data, state)
        sums: dict[str, Any] = {"n": np.array(float(data.n)), "minimum": np.array(float(data.min_cell))}
        for name in self.of:
            column = self.columns[name]
            shown = self._shown(data, cells, name)
            parts = [f"{name}: missing", *_parts(column)]
            counts = [_count_of(cells[part].people.size, part in shown, data.min_cell) for part in parts]
            told_counts = rounded(np.array(counts), data.rounding)
            sums[f"{name}.missing"], sums[f"{name}.counts"] = told_counts[0], told_counts[1:]
            if column.kind == "number":
                told = f"{name}: observed" in shown
                share = told_counts[1] / counts[1] if told and counts[1] else 1.0  # the mean of the rounded number
                sums[f"{name}.moments"] = _moments(data, column) * share if told else np.full(2, math.nan)
                if name in self.grids:
                    sizes = np.array([float(cells[bin_].people.size) for bin_ in _bins(name, state.grids[name])])
                    sums[f"{name}.bins"] = rounded(sizes, data.rounding) if told else np.full(sizes.size, math.nan)
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: DescribeState) -> Outcome:
        """The table: a row for each column (and level) and site, and for all sites together."""
        rows: list[Mapping[str, Any]] = []
        for name in self.of:
            column = self.columns[name]
            for site, part in [*sums.items(), ("all", together(list(sums.values()), name, column))]:
                least = f"<{int(part['minimum'])}"
                missing, counts = told(part[f"{name}.missing"], least), part[f"{name}.counts"]
                line = {"column": name, "level": None, "site": site, "n": told(counts[0], least), "missing": missing}
                if column.kind == "number":
                    more = {"quantiles": self._told(part[f"{name}.bins"], state, name)} if name in self.grids else {}
                    rows.append({**line, **mean_sd(float(counts[0]), part[f"{name}.moments"], column), **more})
                    continue
                for level, count in zip(column.level_names(), counts, strict=True):
                    share = float(count) / float(part["n"]) if count >= 0 and part["n"] else None
                    rows.append({**line, "level": level, "n": told(count, least), "share": share})
        n = int(sum(part["n"] for part in sums.values()))
        return Table(tuple(rows), n, {"n": {site: int(part["n"]) for site, part in sums.items()}})

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: on the values themselves."""
        if self.written or not self.grids:
            return self
        grids = {}
        for column in self.grids:
            values = np.concatenate([site.load((column,))[column] for site in sites])
            grids[column] = tuple(np.unique(values[~np.isnan(values)]).tolist()) or self.grids[column]
        return replace(self, grids=grids, exact=True)

    def _told(self, bins: Floats, state: DescribeState, name: str) -> list[dict[str, float]] | None:
        start = (self.columns[name].bounds or (0.0, 0.0))[0]
        return quantiles(self.quantiles, state.grids[name], bins, None if self.exact else start)

    def _cells(self, data: SiteData, state: DescribeState) -> dict[str, Cell]:
        """Every group that is counted, whether it may be told or not."""

        def groups(rows: Frame, in_set: Mask) -> list[tuple[str, Mask]]:
            return [group for name in self.of for group in self._groups(rows, in_set, data.complete, name, state)]

        def make() -> dict[str, Cell]:
            return {cell.name: cell for cell in data.groups(groups, self.of)}

        size = len(self.of) * data.population.rows
        return data.remember(("describe", self.name, self.of, tuple(state.grids.items())), make, size)

    def _groups(
        self, rows: Frame, in_set: Mask, complete: tuple[str, ...], name: str, state: DescribeState
    ) -> list[tuple[str, Mask]]:
        absent = np.isnan(rows[name])
        observed = in_set & ~absent
        found = [
            (f"{name}: missing", absent if name in complete else absent & in_set),
            (f"{name}: lacking", absent & in_set),
        ]
        if self.columns[name].kind != "number":
            names = enumerate(_parts(self.columns[name]))
            return found + [(part, observed & (rows[name] == level)) for level, part in names]
        found.append((f"{name}: observed", observed))
        if name in state.grids:
            places = where_in(state.grids[name], rows[name])
            found += [(bin_, observed & (places == at)) for at, bin_ in enumerate(_bins(name, state.grids[name]))]
        return found

    def _shown(self, data: SiteData, cells: Mapping[str, Cell], name: str) -> list[str]:
        """Those groups of a column whose numbers may leave."""
        column, least = self.columns[name], data.min_cell
        found = [f"{name}: missing"] if cells[f"{name}: missing"].people.size >= least else []
        lacking = cells[f"{name}: lacking"].people.size
        if column.kind == "number":
            fit = cells[f"{name}: observed"].people.size >= least and (lacking == 0 or lacking >= least)
            fit = fit and all(cell.people.size >= least for cell in few_valued(data, {name: 1}))
            if fit and (least <= 1 or dominance(magnitudes(data, [name]))):
                bins = [part for part in cells if part.startswith(f"{name}: to ")]
                found += [f"{name}: observed", *bins]
            return found
        parts = _parts(column)
        counts = [cells[part].people.size for part in parts] + ([lacking] if lacking else [])
        hidden = suppressed(counts, least)
        return found + [part for part, hide in zip(parts, hidden, strict=False) if not hide]


def _shares(fields: Fields) -> tuple[float, ...]:
    found = fields.value.get("quantiles")
    listed = found if isinstance(found, list) else [] if found is None else [found]
    sound = all(isinstance(q, (int, float)) and not isinstance(q, bool) and 0 < q < 1 for q in listed)
    if not sound or len(listed) > 20:
        raise StudyError("study.odd-quantiles", fields.place("quantiles"))
    return tuple(sorted({float(q) for q in listed}))


def _parts(column: Column) -> list[str]:
    """The groups of a column that are counted."""
    if column.kind == "number":
        return [f"{column.name}: observed"]
    return [f"{column.name}: level {level}" for level in column.level_names()]


def _bins(name: str, grid: tuple[float, ...]) -> list[str]:
    return [f"{name}: to {end!r}" for end in grid]


def _count_of(count: int, shown: bool, least: int) -> float:
    """A count as it leaves: NaN below the minimum, HIDDEN where it would give another away."""
    return float(count) if shown else math.nan if count < least else HIDDEN


def _moments(data: SiteData, column: Column) -> Floats:
    """The sum and the sum of squares of the deviations from the middle of the bounds."""
    total = np.zeros(2)
    for rows in data.batches([column.name]):
        values = rows[column.name]
        deviations = values[~np.isnan(values)] - middle(column)
        total += float(deviations.sum()), float(deviations @ deviations)
    return total
