"""Putting a linear program together from named blocks of variables and constraints, entries as index arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from biopact.supply.network.arrays import Floats, Ints
from biopact.supply.program.solver import Lp

__all__ = ["Assembly"]


@dataclass
class Assembly:
    """Blocks of columns and rows in the order they are added; each is told by where it begins."""

    columns: int = 0
    rows: int = 0
    _cost: list[Floats] = field(default_factory=list)
    _low: list[Floats] = field(default_factory=list)
    _high: list[Floats] = field(default_factory=list)
    _row_low: list[Floats] = field(default_factory=list)
    _row_high: list[Floats] = field(default_factory=list)
    _at: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def variables(self, cost: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, size: int) -> int:
        """A block of variables; each argument is one number for all or one for each."""
        start = self.columns
        for parts, given in ((self._cost, cost), (self._low, low), (self._high, high)):
            parts.append(np.broadcast_to(np.asarray(given, dtype=np.float64), size))
        self.columns += size
        return start

    def constraints(self, low: npt.ArrayLike, high: npt.ArrayLike, size: int) -> int:
        """A block of constraints."""
        start = self.rows
        for parts, given in ((self._row_low, low), (self._row_high, high)):
            parts.append(np.broadcast_to(np.asarray(given, dtype=np.float64), size))
        self.rows += size
        return start

    def entries(self, rows: Ints, columns: Ints, values: npt.ArrayLike) -> None:
        """Coefficients. No entry may be given twice."""
        rows, columns = rows.ravel(), columns.ravel()
        self._at.append((rows, columns, np.broadcast_to(np.asarray(values, dtype=np.float64), rows.shape)))

    def finished(self) -> Lp:
        """The program, its matrix by columns."""
        rows = np.concatenate([rows for rows, _, _ in self._at]) if self._at else np.zeros(0, dtype=np.int64)
        columns = np.concatenate([columns for _, columns, _ in self._at]) if self._at else rows
        values = np.concatenate([values for _, _, values in self._at]) if self._at else np.zeros(0)
        order = np.argsort(columns, kind="stable")
        starts = np.zeros(self.columns + 1, dtype=np.int64)
        np.cumsum(np.bincount(columns, minlength=self.columns), out=starts[1:])
        cost, low, high, row_low, row_high = (
            np.concatenate(parts) for parts in (self._cost, self._low, self._high, self._row_low, self._row_high)
        )
        at = rows[order].astype(np.int32)
        return Lp(cost, low, high, row_low, row_high, starts.astype(np.int32), at, values[order])
