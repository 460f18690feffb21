"""Rates of an event by group, crude and standardised.

Answers: how often something happens per person-time in each group, as if the groups had the same make-up.

Inputs: ``event`` (a boolean, or a number of events), ``person_time`` (a number with bounds from 0), ``by`` (groups; all
together where left out), ``strata``, a factor whose levels are in order (age bands), ``standard``, the weight of each
level (the person-time of everybody where left out), ``reference``, the rate of each level elsewhere (for the ratio of
observed to expected events), ``per`` (1 where left out). The sites first agree on where to merge neighbouring levels,
until each group has the minimum of people with and without events in each at every site.
Output: for each group events, person-time, the crude rate, the directly standardised rate with its 95 % interval, and
with ``reference`` the expected events and the standardised ratio with its 95 % interval.
Method: direct standardisation with the gamma interval of Fay and Feuer 1997; the standardised ratio with exact Poisson
limits (Ulm 1990).
Tested against pandas and scipy on the pooled rows, and a Poisson model of statsmodels for the crude rates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.grid import merge, standing
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import declared, read_group
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Magnitude, Sums
from biopact.study.fields import Fields
from biopact.study.results import Failure, Note, Outcome, Table

__all__ = ["RatesState", "StandardisedRates"]


@dataclass(frozen=True, slots=True, eq=False)
class RatesState:
    """Who takes part, and after which levels a stratum ends."""

    roster: Roster
    ends: Mask


@dataclass(frozen=True, slots=True)
class StandardisedRates(Analysis):
    """One table of rates."""

    kind: ClassVar[str] = "standardised-rates"

    name: str
    event: str
    person_time: str
    by: str | None
    strata: str
    standard: tuple[float, ...]  # empty: the person-time of everybody
    reference: tuple[float, ...]  # empty: none
    per: float
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> StandardisedRates:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "event", "person_time", "by", "strata", "standard", "reference", "per")
        event = declared(fields, "event", columns)
        if event.kind == "factor" or (event.kind == "number" and (event.bounds or (-1.0, 0.0))[0] < 0):
            raise StudyError("study.outcome-counts", fields.place("event"), column=event.name)
        time = declared(fields, "person_time", columns, "number")
        if (time.bounds or (-1.0, 0.0))[0] < 0:
            raise StudyError("study.time-bounds", fields.place("person_time"), column=time.name)
        strata = declared(fields, "strata", columns, "levels")
        standard = _by_level(fields, "standard", strata)
        reference = _by_level(fields, "reference", strata)
        per = fields.number("per")
        if per is not None and per <= 0:
            raise StudyError("study.odd-per", fields.place("per"))
        return cls(
            name,
            event.name,
            time.name,
            read_group(fields, columns),
            strata.name,
            standard,
            reference,
            per or 1.0,
            columns,
        )

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        by = [self.by] if self.by is not None and self.by in self.columns else []
        return tuple(dict.fromkeys((self.event, self.person_time, self.strata, *by)))

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each level after which a stratum may end here."""
        levels = len(self.columns[self.strata].level_names())
        counts: dict[str, Floats] = {}
        for rows in data.batches(self.reads):
            for name, mask in self._groups(rows):
                found = np.bincount(rows[self.strata][mask].astype(np.int64), minlength=levels)
                counts[name] = counts.get(name, np.zeros(levels)) + found
        needed = np.array(list(counts.values())) if counts else np.zeros((0, levels))
        return standing(needed, np.zeros((0, levels)), data.min_cell)

    def begin(self, roster: Roster, agreed: Mask | None) -> RatesState:
        """The strata on which every site agrees."""
        levels = len(self.columns[self.strata].level_names())
        return RatesState(roster, np.ones(levels, dtype=np.bool_) if agreed is None else agreed)

    def demand(self, data: SiteData, state: RatesState) -> Demand:
        """The analysis set, each group, and in each stratum those with and those without an event; their person-time."""
        stratum = _stratum_of(state.ends)

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            places = stratum[rows[self.strata].astype(np.int64)]
            found = []
            for name, mask in self._groups(rows):
                found.append((name, mask))
                found += [(f"{name}: stratum {at}", mask & (places == at)) for at in range(int(state.ends.sum()))]
            return found

        sizes: dict[str, Magnitude] = {}
        for rows in data.batches(self.reads):
            places = stratum[rows[self.strata].astype(np.int64)]
            for at in range(int(state.ends.sum())):
                part = Magnitude.of(f"{self.person_time}: stratum {at}", rows[self.person_time][places == at])
                sizes[part.name] = sizes[part.name] + part if part.name in sizes else part
        return Demand((data.everyone(), *data.cells(groups, self.reads)), data.n, 0, tuple(sizes.values()))

    def at_site(self, data: SiteData, state: RatesState) -> Answer:
        """People, events and person-time of each group and stratum."""
        names, levels = self._names(state.roster), len(self.columns[self.strata].level_names())
        fine = {key: np.zeros((len(names), levels)) for key in ("n", "events", "time")}
        for rows in data.batches(self.reads):
            places = rows[self.strata].astype(np.int64)
            for group, mask in self._members(rows):
                row = names.index(group)
                for key, weights in (("n", None), ("events", rows[self.event]), ("time", rows[self.person_time])):
                    found = np.bincount(places[mask], None if weights is None else weights[mask], levels)
                    fine[key][row] += found
        sums = {key: merge(counts, state.ends) for key, counts in fine.items()}
        return Answer(
            sums | ({"expected": fine["time"] @ np.array(self.reference) / self.per} if self.reference else {})
        )

    def combine(self, sums: Mapping[str, Sums], state: RatesState) -> Outcome:
        """The rates of the total."""
        total = sums[""]
        if not total["events"].any():
            return Failure("no-events", 1)
        standard = merge(np.array(self.standard), state.ends) if self.standard else total["time"].sum(axis=0)
        share = standard / standard.sum()
        rows: list[Mapping[str, Any]] = []
        for at, name in enumerate(self._names(state.roster)):
            n, events, time = (total[key][at] for key in ("n", "events", "time"))
            if not n.any():
                continue
            line = {"group": name, "n": int(n.sum()), "events": int(events.sum()), "person_time": float(time.sum())}
            line |= {"crude": self.per * events.sum() / time.sum() if time.sum() else None}
            ratio = _ratio(float(events.sum()), float(total["expected"][at])) if self.reference else {}
            rows.append({**line, **self._direct(events, time, share), **ratio})
        notes: tuple[Note, ...] = ()
        if not state.ends.all():
            told = {"asked": int(state.ends.size), "kept": int(state.ends.sum())}
            notes = (Note("study.note.merged-strata", told),)
        values = {"by": self.by, "per": self.per, "strata": self._strata(state)}
        return Table(tuple(rows), int(total["n"].sum()), values, notes)

    def _direct(self, events: Floats, time: Floats, share: Floats) -> dict[str, float | None]:
        """The standardised rate and its gamma interval (Fay and Feuer 1997)."""
        from scipy.special import gammaincinv

        if not np.all(time[share > 0] > 0):
            return {"rate": None, "low": None, "high": None}
        weight = np.divide(share, time, out=np.zeros_like(share), where=time > 0)
        rate, variance, most = float(weight @ events), float(weight**2 @ events), float(weight.max())
        low = variance / rate * gammaincinv(rate**2 / variance, 0.025) if rate else 0.0
        upper_rate, upper_variance = rate + most, variance + most**2
        high = upper_variance / upper_rate * gammaincinv(upper_rate**2 / upper_variance, 0.975)
        return {"rate": self.per * rate, "low": self.per * float(low), "high": self.per * float(high)}

    def _strata(self, state: RatesState) -> list[str]:
        names, found, start = self.columns[self.strata].level_names(), [], 0
        for end in np.flatnonzero(state.ends):
            found.append(names[start] if start == end else f"{names[start]}–{names[end]}")
            start = int(end) + 1
        return found

    def _names(self, roster: Roster) -> tuple[str, ...]:
        if self.by is None:
            return ("all",)
        if self.by == "site":
            return roster.ids
        return roster.countries if self.by == "country" else self.columns[self.by].level_names()

    def _members(self, rows: Frame) -> list[tuple[str, Mask]]:
        if self.by is None or self.by in ("site", "country"):
            name = "all" if self.by is None else rows.site if self.by == "site" else rows.country
            return [(name, np.ones(rows.rows, dtype=np.bool_))]
        return [(name, rows[self.by] == at) for at, name in enumerate(self.columns[self.by].level_names())]

    def _groups(self, rows: Frame) -> list[tuple[str, Mask]]:
        """Each group, those of it with an event and those without."""
        happened = rows[self.event] > 0
        found = []
        for name, mask in self._members(rows):
            found += [(f"{name}: with", mask & happened), (f"{name}: without", mask & ~happened)]
        return found


def _ratio(observed: float, expected: float) -> dict[str, float | None]:
    """Events expected at the rates of elsewhere, and the ratio with exact Poisson limits (Ulm 1990)."""
    from scipy.special import gammaincinv

    if expected <= 0:
        return {"expected": expected, "ratio": None, "ratio_low": None, "ratio_high": None}
    low = float(gammaincinv(observed, 0.025)) if observed else 0.0
    high = float(gammaincinv(observed + 1, 0.975))
    ratios = {"ratio": observed / expected, "ratio_low": low / expected, "ratio_high": high / expected}
    return {"expected": expected, **ratios}


def _stratum_of(ends: Mask) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The stratum of each level."""
    return np.concatenate([[0], np.cumsum(ends)[:-1]]).astype(np.int64)


def _by_level(fields: Fields, key: str, strata: Column) -> tuple[float, ...]:
    """A number of at least nought for each level of the strata, in their order; empty where nothing is written."""
    if fields.value.get(key) is None:
        return ()
    inside = fields.inside(key)
    found = {str(level): number for level, number in inside.value.items()}
    numbers = [found.get(name) for name in strata.level_names()]
    known = set(found) <= set(strata.level_names())
    if not known or not all(isinstance(it, (int, float)) and not isinstance(it, bool) and it >= 0 for it in numbers):
        raise StudyError("study.each-level", fields.place(key), key=key, levels=", ".join(strata.level_names()))
    if not any(numbers) or not all(math.isfinite(float(it or 0)) for it in numbers):
        raise StudyError("study.each-level", fields.place(key), key=key, levels=", ".join(strata.level_names()))
    return tuple(float(it or 0) for it in numbers)
