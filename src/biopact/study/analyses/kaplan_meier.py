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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.cox import read_survival
from biopact.study.columns import Column
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Cell, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.results import Z95, Failure, Note, Outcome, Table

__all__ = ["KaplanMeier", "KaplanMeierState"]

MAX_GRID = 1_000
FEW_DEATHS = 20


@dataclass(frozen=True, slots=True)
class KaplanMeierState:
    """The boundaries that stand."""

    roster: Roster
    boundaries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Survival curves."""

    kind: ClassVar[str] = "kaplan-meier"
    per_site: ClassVar[bool] = False
    rounds: ClassVar[int] = 1

    name: str
    time: str
    event: str
    by: str | None
    grid: tuple[float, ...]
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> KaplanMeier:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "time", "event", "by", "grid")
        time, event, _ = read_survival(fields, columns)
        by = fields.text("by")
        if by is not None and by not in ("site", "country") and (by not in columns or columns[by].kind == "number"):
            raise StudyError("study.odd-group", fields.place("by"), column=by)
        end = until if until is not None else (columns[time].bounds or (0.0, 0.0))[1] if time in columns else 0.0
        return cls(name, time, event, by, _grid(fields, end), columns)

    @property
    def formula(self) -> str | None:
        """None: there is no formula."""
        return None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.time, self.event, *([self.by] if self.by in self.columns and self.by else []))

    @property
    def complete(self) -> tuple[str, ...]:
        """The columns in which everybody has a value: all it touches."""
        return self.reads

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to a boundary of the grid where the interval that ends there can stand at this site."""
        stands = np.ones(len(self.grid), dtype=np.bool_)
        time, event = data.rows[self.time], data.rows[self.event] == 1
        for _, mask in self._groups(data, None):
            stands &= _standing(np.asarray(self.grid), time[mask], event[mask], data.min_cell)
        return stands

    def begin(self, roster: Roster, agreed: Mask | None) -> KaplanMeierState:
        """The boundaries to which every site said yes; the end always stands."""
        stands = np.zeros(len(self.grid), dtype=np.bool_) if agreed is None else agreed.copy()
        stands[-1] = True
        return KaplanMeierState(roster, tuple(point for point, yes in zip(self.grid, stands, strict=True) if yes))

    def demand(self, data: SiteData, state: KaplanMeierState) -> Demand:
        """The analysis set, each group, in each interval those at risk and those who die."""
        cells = [Cell("set", data.people())]
        time, event = data.rows[self.time], data.rows[self.event] == 1
        for group, mask in self._groups(data, None):
            cells.append(Cell(f"{self.by}={group}", data.people(mask)))
            start = -1.0
            for end in state.boundaries:
                at_risk = mask & (time > start)
                cells.append(Cell(f"{group}: at risk after {start:g}", data.people(at_risk)))
                cells.append(Cell(f"{group}: deaths to {end:g}", data.people(at_risk & event & (time <= end))))
                start = end
        return Demand(tuple(cells), data.rows.rows)

    def at_site(self, data: SiteData, state: KaplanMeierState) -> Answer:
        """At risk, deaths and person-time for each group and interval."""
        names = self._names(state.roster)
        shape = (len(names), len(state.boundaries))
        sums = {"at_risk": np.zeros(shape), "deaths": np.zeros(shape), "person_time": np.zeros(shape)}
        time, event = data.rows[self.time], data.rows[self.event] == 1
        for group, mask in self._groups(data, state.roster):
            row, start = names.index(group), -1.0
            for at, end in enumerate(state.boundaries):
                in_risk = mask & (time > start)
                sums["at_risk"][row, at] = in_risk.sum()
                sums["deaths"][row, at] = (in_risk & event & (time <= end)).sum()
                sums["person_time"][row, at] = (np.minimum(time[in_risk], end) - max(start, 0.0)).sum()
                start = end
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: KaplanMeierState) -> Outcome:
        """The curves of the total."""
        total = sums[""]
        if not total["deaths"].any():
            return Failure("no-events", 1)
        rows: list[Mapping[str, Any]] = []
        notes: list[Note] = []
        for at, group in enumerate(self._names(state.roster)):
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

    def _names(self, roster: Roster) -> tuple[str, ...]:
        if self.by is None:
            return ("all",)
        if self.by == "site":
            return roster.ids
        return roster.countries if self.by == "country" else self.columns[self.by].level_names()

    def _groups(self, data: SiteData, roster: Roster | None) -> list[tuple[str, Mask]]:
        """The groups that can have people at this site."""
        everybody = np.ones(data.rows.rows, dtype=np.bool_)
        if self.by is None:
            return [("all", everybody)]
        if self.by in ("site", "country"):
            return [(data.rows.site if self.by == "site" else data.rows.country, everybody)]
        names = self.columns[self.by].level_names()
        return [(name, data.rows[self.by] == level) for level, name in enumerate(names)]


def _standing(grid: Floats, time: Floats, event: Mask, least: int) -> Mask:
    """Boundaries, from the left, between which there are enough deaths and no few who left without the event."""
    stands = np.zeros(grid.size, dtype=np.bool_)
    start, last = -1.0, -1
    for at, end in enumerate(grid[:-1]):
        after = time > end
        inside = (time > start) & ~after
        deaths, left = int((inside & event).sum()), int((inside & ~event).sum())
        if deaths >= least and (left == 0 or left >= least) and int(after.sum()) >= least:
            stands[at], start, last = True, float(end), at
    # what remains after the last boundary must hold the minimum too, else that boundary falls
    while last >= 0 and int(((time > grid[last]) & event & (time <= grid[-1])).sum()) < least:
        stands[last] = False
        last = int(np.flatnonzero(stands)[-1]) if stands.any() else -1
    stands[-1] = True
    return stands


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


def _grid(fields: Fields, end: float) -> tuple[float, ...]:
    written = fields.value.get("grid")
    place = fields.place("grid")
    width = written if isinstance(written, (int, float)) and not isinstance(written, bool) else 0
    if isinstance(written, list):
        points = written
    elif width > 0 and end / width <= MAX_GRID:
        points = [width * step for step in range(1, math.ceil(end / width - 1e-9))] + [end]
    else:
        raise StudyError("study.grid-needed", place)
    good = all(isinstance(point, (int, float)) and not isinstance(point, bool) for point in points)
    if not good or not points or len(points) > MAX_GRID or not 0 < points[-1] <= end:
        raise StudyError("study.odd-grid", place, end=end)
    if any(not low < high for low, high in zip([0, *points], points, strict=False)):
        raise StudyError("study.odd-grid", place, end=end)
    return tuple(float(point) for point in points)
