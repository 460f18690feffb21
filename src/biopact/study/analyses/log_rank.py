"""The log-rank test: whether the hazard of the event differs between groups.

Answers: whether groups differ in how long they stay without the event.

Inputs: ``time``, ``event``, ``by`` (a factor, a boolean, ``site`` or ``country``), ``strata`` (``[site]`` where left out).
Stratified by site no time leaves. Where the sites are the groups, or with ``strata: []``, a ``grid`` of times is needed on
which the sites agree: the minimum of events per group and interval at every site that has the group.
Output: for each group how many, events observed and expected; chi-square, its degrees of freedom, p.
Method: Mantel 1966, Peto and Peto 1972: within each stratum and at each time of an event the hypergeometric mean and
variance; the score test of the stratified Cox model at nought. On a grid the times are rounded up to their boundary.
Tested against statsmodels ``survdiff`` (with strata) and lifelines ``multivariate_logrank_test``, and the published test
of the lung data (pda).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.grid import kept, read_grid, where_in
from biopact.study.analyses.kaplan_meier import Strands
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import read_group, read_survival, survival_end
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.results import Failure, Note, Outcome, Table

__all__ = ["LogRank", "LogRankState"]


@dataclass(frozen=True, slots=True)
class LogRankState:
    """Who takes part, and the boundaries that stand (none where every site is a stratum)."""

    roster: Roster
    boundaries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LogRank(Analysis):
    """One log-rank test."""

    kind: ClassVar[str] = "log-rank"

    name: str
    time: str
    event: str
    by: str
    grid: tuple[float, ...]
    written: bool
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> LogRank:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "time", "event", "by", "strata", "grid")
        time, event, _ = read_survival(fields, columns)
        by = read_group(fields, columns)
        if by is None:
            raise StudyError("study.needed", fields.place("by"), key="by")
        strata = fields.names("strata")
        if strata not in (None, (), ("site",)):
            raise StudyError("study.not-one-of", fields.place("strata"), key="strata", found=strata, known="[site], []")
        pooled = by in ("site", "country") or strata == ()
        end = survival_end(columns, time, until)
        if "grid" in fields.value and not pooled:
            raise StudyError("study.cox-grid", fields.place("grid"))
        grid = read_grid(fields, "grid", (0.0, end), default=20) if pooled else ()
        return cls(name, time, event, by, grid, "grid" in fields.value, columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return (self.time, self.event, *([self.by] if self.by in self.columns else []))

    @property
    def strands(self) -> Strands:
        """Whom it follows, and by which groups."""
        return Strands(self.time, self.event, self.by, self.columns)

    def ask(self, data: SiteData) -> Mask | None:
        """Nothing where sites are strata; else yes to each boundary that can stand here."""
        return self.strands.ask(data, self.grid) if self.grid else None

    def begin(self, roster: Roster, agreed: Mask | None) -> LogRankState:
        """There is one round."""
        stands = np.ones(len(self.grid), dtype=np.bool_) if agreed is None else agreed
        return LogRankState(roster, kept(self.grid, stands))

    def demand(self, data: SiteData, state: LogRankState) -> Demand:
        """The analysis set, each group, its events; on a grid those at risk and with the event in each interval."""

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            event = rows[self.event] == 1
            found = [(f"{group}: events", mask & event) for group, mask in self.strands.groups(rows)]
            return found + self.strands.cells(rows, state.boundaries)

        return Demand((data.everyone(), *data.cells(groups, self.reads)), data.n)

    def at_site(self, data: SiteData, state: LogRankState) -> Answer:
        """Observed, expected and their variance over the site's own times; on a grid at risk and events."""
        names = self.strands.names(state.roster)
        if state.boundaries:
            return Answer(self._on_grid(data, state, names))
        rows = data.load(self.reads)
        at_risk, deaths = _counts(rows, self, names, np.unique(rows[self.time]))
        observed, expected, variance = _tested(at_risk, deaths)
        sizes = np.array([mask.sum() for _, mask in self.strands.groups(rows)], dtype=np.float64)
        return Answer({"n": sizes, "observed": observed, "expected": expected, "variance": variance})

    def _on_grid(self, data: SiteData, state: LogRankState, names: tuple[str, ...]) -> dict[str, Floats]:
        shape = (len(names), len(state.boundaries))
        sums = {"at_risk": np.zeros(shape), "deaths": np.zeros(shape), "n": np.zeros(len(names))}
        for rows in data.batches(self.reads):
            at_risk, deaths = _counts(rows, self, names, np.asarray(state.boundaries))
            sums["at_risk"] += at_risk
            sums["deaths"] += deaths
            for group, mask in self.strands.groups(rows):
                sums["n"][names.index(group)] += mask.sum()
        return sums

    def combine(self, sums: Mapping[str, Sums], state: LogRankState) -> Outcome:
        """The test of the total."""
        total = sums[""]
        if state.boundaries:
            observed, expected, variance = _tested(total["at_risk"], total["deaths"])
        else:
            observed, expected, variance = total["observed"], total["expected"], total["variance"]
        if not observed.any():
            return Failure("no-events", 1)
        tested = _chi_square(observed - expected, variance)
        if tested is None:
            return Failure("singular", 1)
        names = self.strands.names(state.roster)
        rows: list[Mapping[str, Any]] = [
            {"group": name, "n": int(n), "observed": int(o), "expected": float(e)}
            for name, n, o, e in zip(names, total["n"], observed, expected, strict=True)
        ]
        values = {"by": self.by, **tested}
        told = {"asked": len(self.grid), "kept": len(state.boundaries)}
        coarse = state.boundaries and (self.written or told["kept"] < told["asked"])
        notes = (Note("study.note.coarse-times", told),) if coarse else ()
        return Table(tuple(rows), int(total["n"].sum()), values, notes)

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: on the times themselves."""
        if not self.grid or self.written:
            return self
        rows = [site.load(self.reads) for site in sites]
        times = np.unique(np.concatenate([part[self.time] for part in rows]))
        return replace(self, grid=tuple(times.tolist())) if times.size else self


def _counts(rows: Frame, of: LogRank, names: Sequence[str], times: Floats) -> tuple[Floats, Floats]:
    """At risk and events of each group at each time (rounded up to it), shape (groups, times)."""
    places, event = where_in(times, rows[of.time]), rows[of.event] == 1
    at_risk, deaths = np.zeros((len(names), times.size)), np.zeros((len(names), times.size))
    for group, mask in of.strands.groups(rows):
        row = names.index(group)
        leaving = np.bincount(places[mask], minlength=times.size + 1)
        at_risk[row] = leaving[::-1].cumsum()[::-1][: times.size]
        deaths[row] = np.bincount(places[mask & event], minlength=times.size + 1)[: times.size]
    return at_risk, deaths


def _tested(at_risk: Floats, deaths: Floats) -> tuple[Floats, Floats, Floats]:
    """Observed and expected events of each group and the covariance of their difference."""
    n, d = at_risk.sum(axis=0), deaths.sum(axis=0)
    held = (n > 0) & (d > 0)
    share = at_risk[:, held] / n[held]
    spread = d[held] * (n[held] - d[held]) / np.maximum(n[held] - 1, 1.0)
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return deaths.sum(axis=1), share @ d[held], variance


def _chi_square(difference: Floats, variance: Floats) -> dict[str, float | int] | None:
    """The quadratic form over all groups but one that can differ; None where none can."""
    from scipy.special import gammaincc

    able = np.diag(variance) > 1e-12
    difference, variance = difference[able][:-1], variance[able][:, able][:-1, :-1]
    if not difference.size or np.linalg.matrix_rank(variance) < difference.size:
        return None
    statistic = float(difference @ np.linalg.solve(variance, difference))
    df = int(difference.size)
    return {"chi_square": statistic, "df": df, "p": float(gammaincc(df / 2, statistic / 2))}
