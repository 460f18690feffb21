"""A site's rows as an analysis sees them: columns of numbers, in batches, with nothing that names anybody.

A population that fits is held in memory and read once; a larger one is read anew, batch by batch, whenever an analysis
asks for its columns, so memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from biopact.study.columns import Column
from biopact.study.exposure import Cell
from biopact.study.people import Mask, Packer, People

__all__ = ["BATCH", "Floats", "Frame", "Mask", "Population", "Roster", "SiteData"]

BATCH = 16_000  # rows
REMEMBERED = 256 << 20  # bytes of derived arrays (a design matrix, a sorted stratum) that one site keeps
Floats = NDArray[np.float64]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Roster:
    """The sites of an analysis and their countries, in sorted order: the same order everywhere."""

    sites: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, sites: Mapping[str, str]) -> Roster:
        """The roster of sites given as ``{id: country}``."""
        return cls(tuple(sorted(sites.items())))

    @property
    def ids(self) -> tuple[str, ...]:
        """The party ids, sorted."""
        return tuple(site for site, _ in self.sites)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries, sorted, each once."""
        return tuple(sorted({country for _, country in self.sites}))

    def without(self, sites: set[str]) -> Roster:
        """The roster of those who remain."""
        return Roster(tuple(pair for pair in self.sites if pair[0] not in sites))


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of one site: for each column one float per row; NaN is missing, a factor holds the index of its level."""

    site: str
    country: str
    columns: Mapping[str, Floats]
    rows: int

    def __getitem__(self, column: str) -> Floats:
        """The values of a column."""
        return self.columns[column]

    @property
    def held(self) -> bool:
        """Whether all of it lies in memory: yes."""
        return True

    def where(self, mask: Mask) -> Frame:
        """The rows for which the mask is true."""
        kept = {name: values[mask] for name, values in self.columns.items()}
        return Frame(self.site, self.country, kept, int(mask.sum()))

    def batches(self, names: Sequence[str] | None = None, rows: int = BATCH) -> Iterator[Frame]:
        """The same rows, some at a time, with the columns asked for; nobody is one empty batch."""
        asked = self.columns if names is None else names
        for start in range(0, max(self.rows, 1), rows):
            part = {name: self.columns[name][start : start + rows] for name in asked}
            yield Frame(self.site, self.country, part, min(rows, self.rows - start))


class Population(Protocol):
    """The rows of a study's population at a site, in a fixed order."""

    @property
    def site(self) -> str:
        """The party's id."""
        ...

    @property
    def country(self) -> str:
        """Its country."""
        ...

    @property
    def rows(self) -> int:
        """How many people."""
        ...

    @property
    def held(self) -> bool:
        """Whether all of it lies in memory."""
        ...

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Frame]:
        """All rows in their order, some at a time, with the columns asked for; nobody is one empty batch."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SiteData:
    """What a site holds for one study: its population, which of it is the analysis set, and its own minimum."""

    columns: Mapping[str, Column]
    population: Population
    in_set: Mask
    complete: tuple[str, ...]  # the columns that make the set
    min_cell: int
    n: int
    rounding: int = 1  # counts in tables leave as multiples of it
    memory: dict[Hashable, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Column],
        population: Population,
        complete: tuple[str, ...],
        min_cell: int,
        adopted: Mask | None = None,
        *,
        rounding: int = 1,
    ) -> SiteData:
        """Fix the analysis set: the people with a value in every column of ``complete`` (among ``adopted``, if given)."""
        parts = []
        for batch in population.batches(complete):
            kept = np.ones(batch.rows, dtype=np.bool_)
            for name in complete:
                kept &= ~np.isnan(batch[name])
            parts.append(kept)
        in_set = np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)
        if adopted is not None:
            in_set &= adopted
        return cls(columns, population, in_set, complete, min_cell, int(in_set.sum()), rounding)

    @property
    def site(self) -> str:
        """The party's id."""
        return self.population.site

    @property
    def country(self) -> str:
        """Its country."""
        return self.population.country

    @property
    def rows(self) -> Frame:
        """The analysis set in memory, all columns."""
        return self.load(tuple(self.columns))

    def load(self, names: Sequence[str]) -> Frame:
        """Some columns of the analysis set, in memory: where an analysis must see all its people at once."""

        def make() -> Frame:
            parts = list(self.batches(names))
            columns = {name: np.concatenate([part[name] for part in parts] or [np.empty(0)]) for name in names}
            return Frame(self.site, self.country, columns, self.n)

        return self.remember(("columns", tuple(names)), make, 8 * self.n * len(names))

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Frame]:
        """The analysis set, some rows at a time."""
        for frame, kept in self.everybody(names):
            yield frame if kept.all() else frame.where(kept)

    def everybody(self, names: Sequence[str] | None = None) -> Iterator[tuple[Frame, Mask]]:
        """The population, some rows at a time, and who of them is in the analysis set."""
        start = 0
        for frame in self.population.batches(names):
            yield frame, self.in_set[start : start + frame.rows]
            start += frame.rows

    def people(self, of_set: Mask | None = None) -> People:
        """A mask over the analysis set as a group of the population; without one, the analysis set itself."""
        if of_set is None:
            return People.where(self.in_set)
        whole = np.zeros(self.population.rows, dtype=np.bool_)
        whole[self.in_set] = of_set
        return People.where(whole)

    def everyone(self) -> Cell:
        """The analysis set, as the gate sees it."""
        return Cell("set", self.people())

    def cells(self, of: Callable[[Frame], Sequence[tuple[str, Mask]]], names: Sequence[str]) -> list[Cell]:
        """Groups of the analysis set: ``of`` gives, for some of its rows, each group's name and mask."""

        def lifted(frame: Frame, kept: Mask) -> list[tuple[str, Mask]]:
            found = []
            for name, mask in of(frame if kept.all() else frame.where(kept)):
                whole = np.zeros(frame.rows, dtype=np.bool_)
                whole[kept] = mask
                found.append((name, whole))
            return found

        return self.groups(lifted, names)

    def groups(self, of: Callable[[Frame, Mask], Sequence[tuple[str, Mask]]], names: Sequence[str]) -> list[Cell]:
        """Groups of the population: ``of`` gets some of its rows and who of them is in the analysis set."""
        packers: dict[str, Packer] = {}
        for frame, kept in self.everybody(names):
            for name, mask in of(frame, kept):
                packers.setdefault(name, Packer()).add(mask)
        return [Cell(name, packer.people()) for name, packer in packers.items()]

    def remember(self, key: Hashable, make: Callable[[], Made], size: int) -> Made:
        """What ``make`` gives, kept for the next round where the population is held and ``size`` bytes have room."""
        if key in self.memory:
            found: Made = self.memory[key][0]
            return found
        made = make()
        if self.population.held and size + sum(taken for _, taken in self.memory.values()) <= REMEMBERED:
            self.memory[key] = made, size
        return made

    def at_least(self, min_cell: int) -> SiteData:
        """The same data under another minimum."""
        return replace(self, min_cell=min_cell, memory=dict(self.memory))
