"""Survival over time by group, on a grid that all sites can stand.

Answers: which share of a group is still without the event at each boundary of a grid of times.

Inputs: ``time``, ``event``, ``by`` (``country``, ``site``, a factor or a boolean; nobody where left out), ``grid``: the
width of an interval or the list of its boundaries. The sites first agree on boundaries (yes or no to each): every
interval between two of them holds the minimum of deaths, and of people who leave without the event none or the minimum,
in every group at every site. Merging intervals is no refusal.
Output, for each group and boundary: the number at risk at the start of the interval, deaths, person-time, and
``survival`` = exp(-Σ width · deaths / person-time) with its 95 % interval (log-log): the piecewise exponential
estimate, which uses the person-time actually followed and supposes a constant hazard within an interval.
``kaplan_meier`` is the product-limit estimate of the same times rounded up to their boundary; people who left early
count there as if followed to the boundary, so it is an upper bound, the looser the wider the interval.
Method: Kaplan and Meier 1958; occurrence/exposure rates, Holford 1976, Friedman 1982.
Tested against lifelines ``KaplanMeierFitter`` on the rounded times and statsmodels Poisson regression of the deaths
with the logarithm of the person-time as offset.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from biopact.study.analyses.grid import kept, read_grid, standing, where_in
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import read_group, read_survival, survival_end
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Magnitude, Sums
from biopact.study.fields import Fields
from biopact.study.results import Z95, Failure, Note, Outcome, Table

__all__ = ["KaplanMeier", "KaplanMeierState", "Strands"]

FEW_DEATHS = 20


@dataclass(frozen=True, slots=True)
class KaplanMeierState:
    """The boundaries that stand."""

    roster: Roster
    boundaries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class KaplanMeier(Analysis):
    """Survival curves."""

    kind: ClassVar[str] = "kaplan-meier"

    name: str
    time: str
    event: str
    by: str | None
    grid: tuple[float, ...]
    written: bool  # whether the study gives the grid
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> KaplanMeier:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "time", "event", "by", "grid")
        time, event, _ = read_survival(fields, columns)
        by = read_group(fields, columns)
        grid = read_grid(fields, "grid", (0.0, survival_end(columns, time, until)), default=20)
        return cls(name, time, event, by, grid, "grid" in fields.value, columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.time, self.event, *([self.by] if self.by in self.columns and self.by else []))

    @property
    def strands(self) -> Strands:
        """Whom it follows, and by which groups."""
        return Strands(self.time, self.event, self.by, self.columns)

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to a boundary of the grid where the interval that ends there can stand at this site."""
        return self.strands.ask(data, self.grid)

    def begin(self, roster: Roster, agreed: Mask | None) -> KaplanMeierState:
        """The boundaries to which every site said yes; the end always stands."""
        stands = np.zeros(len(self.grid), dtype=np.bool_) if agreed is None else agreed.copy()
        stands[-1] = True
        return KaplanMeierState(roster, kept(self.grid, stands))

    def demand(self, data: SiteData, state: KaplanMeierState) -> Demand:
        """The analysis set, each group, in each interval those at risk and those who die; the time they were followed."""
        cells = data.cells(lambda rows: self.strands.cells(rows, state.boundaries), self.reads)
        return Demand((data.everyone(), *cells), data.n, 0, self._followed(data, state))

    def _followed(self, data: SiteData, state: KaplanMeierState) -> tuple[Magnitude, ...]:
        """The person-time of each group and interval, as sums of sizes."""
        found: dict[str, Magnitude] = {}
        for rows in data.batches(self.reads):
            for group, mask in self.strands.groups(rows):
                start = 0.0
                for end in state.boundaries:
                    inside = rows[self.time][mask & (rows[self.time] > start)]
                    part = Magnitude.of(f"{group}: time to {end:g}", np.minimum(inside, end) - start)
                    found[part.name] = found[part.name] + part if part.name in found else part
                    start = end
        return tuple(found.values())

    def at_site(self, data: SiteData, state: KaplanMeierState) -> Answer:
        """At risk, deaths and person-time for each group and interval."""
        names = self.strands.names(state.roster)
        shape = (len(names), len(state.boundaries))
        sums = {"at_risk": np.zeros(shape), "deaths": np.zeros(shape), "person_time": np.zeros(shape)}
        for rows in data.batches(self.reads):
            time, event = rows[self.time], rows[self.event] == 1
            for group, mask in self.strands.groups(rows):
                row, start = names.index(group), -1.0
                for at, end in enumerate(state.boundaries):
                    in_risk = mask & (time > start)
                    sums["at_risk"][row, at] += in_risk.sum()
                    sums["deaths"][row, at] += (in_risk & event & (time <= end)).sum()
                    sums["person_time"][row, at] += (np.minimum(time[in_risk], end) - max(start, 0.0)).sum()
                    start = end
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: KaplanMeierState) -> Outcome:
        """The curves of the total."""
        total = sums[""]
        if not total["deaths"].any():
            return Failure("no-events", 1)
        rows: list[Mapping[str, Any]] = []
        notes: list[Note] = []
        for at, group in enumerate(self.strands.names(state.roster)):
            if total["at_risk"][at, 0] == 0:
                continue
            curve = _curve(state.boundaries, *(total[key][at] for key in ("at_risk", "deaths", "person_time")))
            rows += [{"group": group, **point} for point in curve]
            deaths = int(total["deaths"][at].sum())
            if deaths < FEW_DEATHS:
                notes.append(_few_deaths(group, deaths, curve[-1]))
        if len(state.boundaries) < len(self.grid):
            values = {"asked": len(self.grid), "kept": len(state.boundaries)}
            notes.append(Note("study.note.coarsened", values))
        n = int(total["at_risk"][:, 0].sum())
        return Table(tuple(rows), n, {"by": self.by, "boundaries": list(state.boundaries)}, tuple(notes))

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: on the times themselves (and the end)."""
        if self.written:
            return self
        rows = [site.load(self.reads) for site in sites]
        times = np.unique(np.concatenate([part[self.time] for part in rows]))
        inside = times[(times > 0) & (times < self.grid[-1])]
        return replace(self, grid=(*inside.tolist(), self.grid[-1]), written=True)


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Whom an analysis of times follows: the columns of time and event, and what makes groups."""

    time: str
    event: str
    by: str | None
    columns: Mapping[str, Column]

    def names(self, roster: Roster) -> tuple[str, ...]:
        """The groups, in order."""
        if self.by is None:
            return ("all",)
        if self.by == "site":
            return roster.ids
        return roster.countries if self.by == "country" else self.columns[self.by].level_names()

    def groups(self, rows: Frame) -> list[tuple[str, Mask]]:
        """The groups that can have people at this site."""
        everybody = np.ones(rows.rows, dtype=np.bool_)
        if self.by is None:
            return [("all", everybody)]
        if self.by in ("site", "country"):
            return [(rows.site if self.by == "site" else rows.country, everybody)]
        return [(name, rows[self.by] == level) for level, name in enumerate(self.columns[self.by].level_names())]

    def ask(self, data: SiteData, grid: Sequence[float]) -> Mask:
        """The boundaries between which each group has enough events, and nobody or enough who left without it."""
        counts: dict[str, Floats] = {}
        names = [name for name in (self.time, self.event, self.by) if name is not None and name in self.columns]
        for rows in data.batches(names):
            places, event = where_in(grid, rows[self.time]), rows[self.event] == 1
            for group, mask in self.groups(rows):
                for kind, chosen in (("deaths", mask & event), ("left", mask & ~event)):
                    found = np.bincount(places[chosen], minlength=len(grid) + 1)[: len(grid)]
                    key = f"{kind} {group}"
                    counts[key] = counts.get(key, np.zeros(len(grid))) + found
        deaths = [found for key, found in counts.items() if key.startswith("deaths ")]
        left = [found for key, found in counts.items() if key.startswith("left ")]
        if not deaths:
            return np.ones(len(grid), dtype=np.bool_)
        votes: Mask = np.logical_and.reduce(
            [
                standing(one[None], other[None], data.min_cell, open_end=True)
                for one, other in zip(deaths, left, strict=True)
            ]
        )
        return votes

    def cells(self, rows: Frame, boundaries: Sequence[float]) -> list[tuple[str, Mask]]:
        """Each group, and in each interval those at risk and those with the event."""
        time, event = rows[self.time], rows[self.event] == 1
        found = []
        for group, mask in self.groups(rows):
            found.append((f"{self.by}={group}", mask))
            start = -1.0
            for end in boundaries:
                at_risk = mask & (time > start)
                found.append((f"{group}: at risk after {start:g}", at_risk))
                found.append((f"{group}: deaths to {end:g}", at_risk & event & (time <= end)))
                start = end
        return found


def _curve(boundaries: tuple[float, ...], at_risk: Floats, deaths: Floats, person_time: Floats) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    hazard = variance = 0.0
    product, start = 1.0, 0.0
    for at, end in enumerate(boundaries):
        width = end - start
        if person_time[at] > 0:
            hazard += width * deaths[at] / person_time[at]
            variance += width**2 * deaths[at] / person_time[at] ** 2
        product *= 1 - deaths[at] / at_risk[at] if at_risk[at] else 1.0
        low, high = _log_log(hazard, variance)
        points.append(
            {
                "time": end,
                "at_risk": int(at_risk[at]),
                "deaths": int(deaths[at]),
                "person_time": float(person_time[at]),
                "survival": math.exp(-hazard),
                "low": low,
                "high": high,
                "kaplan_meier": float(product),
            }
        )
        start = end
    return points


def _few_deaths(group: str, deaths: int, last: Mapping[str, Any]) -> Note:
    low, high = (f"{100 * (last[end] or 0):.0f}" for end in ("low", "high"))
    return Note("study.note.few-deaths", {"group": group, "deaths": deaths, "low": low, "high": high})


def _log_log(hazard: float, variance: float) -> tuple[float | None, float | None]:
    if hazard <= 0:
        return None, None
    spread = Z95 * math.sqrt(variance) / hazard
    return math.exp(-hazard * math.exp(spread)), math.exp(-hazard * math.exp(-spread))
