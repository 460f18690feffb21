"""What would leave a site, as the gate needs to know it: groups of people, sizes of models, weights; and the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from biopact.study.data import Floats, Mask

__all__ = ["Answer", "Cell", "Demand", "Sums", "add"]

Sums = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of people whose number, or a sum over whom, would leave; ``people`` is over the site's population."""

    name: str
    people: Mask


@dataclass(frozen=True, slots=True)
class Demand:
    """What an analysis would let out at one site, as the gate needs to know it. Nothing of it leaves."""

    cells: tuple[Cell, ...]
    rows: int
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The sums of a site for one round; ``effective`` are sizes of weighted sums, (Σw)²/Σw², judged and kept."""

    sums: Sums
    effective: tuple[float, ...] = ()


def add(parts: list[Sums]) -> Sums:
    """The total of several sites' sums."""
    return {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}
