"""A site's rows as an analysis sees them: columns of numbers, in batches, with nothing that names anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biopact.study.columns import Column

__all__ = ["BATCH", "Floats", "Frame", "Mask", "Roster", "SiteData"]

BATCH = 16_000  # rows
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


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

    def where(self, mask: Mask) -> Frame:
        """The rows for which the mask is true."""
        kept = {name: values[mask] for name, values in self.columns.items()}
        return Frame(self.site, self.country, kept, int(mask.sum()))

    def batches(self, rows: int = BATCH) -> Iterator[Frame]:
        """The same rows, some at a time."""
        for start in range(0, self.rows, rows):
            part = {name: values[start : start + rows] for name, values in self.columns.items()}
            yield Frame(self.site, self.country, part, min(rows, self.rows - start))


@dataclass(frozen=True, slots=True)
class SiteData:
    """What a site holds for one study: its population, which of it is the analysis set, and its own minimum."""

    columns: Mapping[str, Column]
    population: Frame
    in_set: Mask
    rows: Frame  # the analysis set
    complete: tuple[str, ...]  # the columns that make it
    min_cell: int

    @classmethod
    def of(cls, columns: Mapping[str, Column], population: Frame, complete: tuple[str, ...], min_cell: int) -> SiteData:
        """Fix the analysis set: the people of the population with a value in every column of ``complete``."""
        in_set = np.ones(population.rows, dtype=np.bool_)
        for name in complete:
            in_set &= ~np.isnan(population[name])
        return cls(columns, population, in_set, population.where(in_set), complete, min_cell)

    def people(self, of_set: Mask | None = None) -> Mask:
        """A mask over the analysis set as one over the population."""
        if of_set is None:
            return self.in_set
        whole = np.zeros(self.population.rows, dtype=np.bool_)
        whole[self.in_set] = of_set
        return whole
