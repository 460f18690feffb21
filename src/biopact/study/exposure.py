"""What would leave a site, as the gate needs to know it: groups of people, sizes of models, weights; and the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biopact.study.people import People

__all__ = ["Answer", "Cell", "Demand", "Magnitude", "Sums", "add"]

Sums = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A group of people whose number, or a sum over whom, would leave; ``people`` is over the site's population."""

    name: str
    people: People


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A sum of sizes (of absolute values) that would leave: its two largest contributions and the whole."""

    name: str
    first: float
    second: float
    total: float

    @classmethod
    def of(cls, name: str, values: NDArray[np.float64]) -> Magnitude:
        """The magnitude of some values; missing ones do not count."""
        sizes = np.abs(values[~np.isnan(values)])
        if sizes.size < 2:
            return cls(name, float(sizes.sum()), 0.0, float(sizes.sum()))
        second, first = (float(size) for size in np.partition(sizes, sizes.size - 2)[-2:])
        return cls(name, first, second, float(sizes.sum()))

    def __add__(self, other: Magnitude) -> Magnitude:
        """Two parts of one sum together."""
        *_, second, first = sorted((self.first, self.second, other.first, other.second))
        return Magnitude(self.name, first, second, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Demand:
    """What an analysis would let out at one site, as the gate needs to know it. Nothing of it leaves.

    ``bins``: into how many classes a score is cut, where it is; None where the analysis has no score.
    """

    cells: tuple[Cell, ...]
    rows: int
    parameters: int = 0
    magnitudes: tuple[Magnitude, ...] = ()
    bins: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The sums of a site for one round; ``effective`` are sizes of weighted sums, (Σw)²/Σw², judged and kept.

    ``cells`` are groups that no earlier round's gate could know: strata of a score that was fitted meanwhile.
    """

    sums: Sums
    effective: tuple[float, ...] = ()
    cells: tuple[Cell, ...] = ()


def add(parts: list[Sums]) -> Sums:
    """The total of several sites' sums."""
    return {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}
