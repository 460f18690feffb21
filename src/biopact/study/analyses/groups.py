"""Groups and sizes that several analyses must show the gate: binary numbers in disguise, sums that one person makes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from biopact.study.data import SiteData
from biopact.study.exposure import Cell, Magnitude

__all__ = ["magnitudes", "two_valued"]

LOOKED_AT = 1_000  # rows after which a column with more than two values is known as such


def two_valued(data: SiteData, names: Iterable[str]) -> list[Cell]:
    """The two groups of a numeric column that takes two values only at this site: a binary term in disguise."""
    numbers = [name for name in names if name in data.columns and data.columns[name].kind == "number"]
    cells = []
    for name in numbers:
        held = _few(data, name)
        if held is None:
            continue
        cells += data.cells(
            lambda frame, name=name, held=held: [  # type: ignore[misc]
                (f"{name}#{at}", frame[name] == value) for at, value in enumerate(held)
            ],
            [name],
        )
    return cells


def _few(data: SiteData, name: str) -> list[float] | None:
    """The values of a column where they are two; None where there are more (or one)."""
    seen: set[float] = set()
    for frame in data.batches([name]):
        values = frame[name]
        for part in (values[:LOOKED_AT], values):
            seen |= set(np.unique(part[~np.isnan(part)]).tolist()[:3])
            if len(seen) > 2:
                return None
    return sorted(seen) if len(seen) == 2 else None


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
