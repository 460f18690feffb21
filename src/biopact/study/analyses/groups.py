"""Groups and sizes that several analyses must show the gate: categories in disguise, sums that one person makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from biopact.study.data import SiteData
from biopact.study.exposure import Cell, Magnitude

__all__ = ["few_valued", "magnitudes"]

LOOKED_AT = 1_000  # rows after which a column with many values is known as such


def few_valued(data: SiteData, functions: Mapping[str, int]) -> list[Cell]:
    """The groups of a number with so few values at this site that sums of it tell how many people have each.

    ``functions``: for each column how many functions of it enter. The number of people, the sums of m functions and those
    of their products are 1 + m + m(m + 1)/2 equations; they tell as many values apart, three where a number enters as it is.
    """
    cells = []
    for name, count in functions.items():
        if count == 0 or name not in data.columns or data.columns[name].kind != "number":
            continue
        held = data.remember(
            ("few", name, count),
            lambda name=name, count=count: _few(data, name, 1 + count + count * (count + 1) // 2),  # type: ignore[misc]
            64,
        )
        cells += data.cells(
            lambda frame, name=name, held=held: [  # type: ignore[misc]
                (f"{name}#{at}", frame[name] == value) for at, value in enumerate(held)
            ],
            [name],
        )
    return cells


def _few(data: SiteData, name: str, most: int) -> list[float]:
    """The values of a column where they are at most so many (and two at least); none where there are more."""
    seen: set[float] = set()
    for frame in data.batches([name]):
        values = frame[name]
        for part in (values[:LOOKED_AT], values):
            seen |= set(np.unique(part[~np.isnan(part)]).tolist()[: most + 1])
            if len(seen) > most:
                return []
    return sorted(seen) if len(seen) > 1 else []


def magnitudes(data: SiteData, names: Iterable[str]) -> tuple[Magnitude, ...]:
    """The sizes of the numbers of some columns over the analysis set."""
    numbers = [name for name in dict.fromkeys(names) if name in data.columns and data.columns[name].kind == "number"]
    found: dict[str, Magnitude] = {}
    if not numbers:
        return ()
    for frame in data.batches(numbers):
        for name in numbers:
            part = Magnitude.of(name, frame[name])
            found[name] = found[name] + part if name in found else part
    return tuple(found.values())
