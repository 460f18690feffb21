"""Pearson's correlation of each pair of some columns.

Answers: how far two numbers go together along a line.

Inputs: ``of``, two or more numbers with bounds or booleans. It is about those with a value in each.
Output: for each pair r with its 95 % interval and the p of no correlation; n.
Method: sums of products of the columns, centred and scaled by their bounds; interval by Fisher's z (Fisher 1921), p from
t with n - 2 degrees of freedom.
Tested against scipy ``pearsonr`` on the pooled rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.groups import few_valued, magnitudes
from biopact.study.analyses.protocol import Analysis
from biopact.study.columns import Column
from biopact.study.data import Floats, Frame, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.results import Z95, Failure, Outcome, Table

__all__ = ["Correlation"]


@dataclass(frozen=True, slots=True)
class Correlation(Analysis):
    """One table of correlations."""

    kind: ClassVar[str] = "correlation"

    name: str
    of: tuple[str, ...]
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Correlation:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "of")
        of = fields.names("of") or ()
        if len(of) < 2:
            raise StudyError("study.two-needed", fields.place("of"))
        for column in of:
            if column not in columns:
                raise StudyError("study.undeclared", fields.place("of"), column=column)
            if columns[column].kind == "factor":
                raise StudyError("study.number-needed", fields.place("of"), column=column)
            if columns[column].kind == "number" and columns[column].bounds is None:
                raise StudyError("study.bounds-needed", fields.place("of"), column=column)
        return cls(name, of, columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return self.of

    def begin(self, roster: Roster, agreed: Mask | None) -> Roster:
        """There is one round."""
        return roster

    def demand(self, data: SiteData, state: Roster) -> Demand:
        """The analysis set, both classes of each boolean (and of a number that takes few values), the sizes of numbers."""

        def groups(rows: Frame) -> list[tuple[str, Mask]]:
            booleans = [name for name in self.of if self.columns[name].kind == "boolean"]
            return [(f"{name}={value}", rows[name] == value) for name in booleans for value in (0, 1)]

        cells = (data.everyone(), *data.cells(groups, self.of), *few_valued(data, dict.fromkeys(self.of, 1)))
        return Demand(cells, data.n, len(self.of), magnitudes(data, self.of))

    def at_site(self, data: SiteData, state: Roster) -> Answer:
        """n, the sums and the sums of products of the scaled columns."""
        size = len(self.of)
        sums = {"n": np.array(float(data.n)), "sums": np.zeros(size), "products": np.zeros((size, size))}
        for rows in data.batches(self.of):
            scaled = np.vstack([_scaled(self.columns[name], rows[name]) for name in self.of])
            sums["sums"] += scaled.sum(axis=1)
            sums["products"] += scaled @ scaled.T
        return Answer(sums)

    def combine(self, sums: Mapping[str, Sums], state: Roster) -> Outcome:
        """The correlations of the total."""
        total = sums[""]
        n = float(total["n"])
        if n < 4:
            return Failure("singular", 1)
        covariance = total["products"] - np.outer(total["sums"], total["sums"]) / n
        spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        if np.any(spread <= 1e-12 * np.sqrt(n)):
            return Failure("singular", 1)
        rows: list[Mapping[str, Any]] = []
        for one, other in combinations(range(len(self.of)), 2):
            r = float(np.clip(covariance[one, other] / (spread[one] * spread[other]), -1.0, 1.0))
            rows.append({"one": self.of[one], "other": self.of[other], "n": int(n), "r": r, **_said(r, n)})
        return Table(tuple(rows), int(n), {"of": list(self.of)})


def _scaled(column: Column, values: Floats) -> Floats:
    low, high = column.bounds or (0.0, 1.0)
    return (values - (low + high) / 2) / ((high - low) / 2)


def _said(r: float, n: float) -> dict[str, float]:
    """The 95 % interval and p of a correlation."""
    from scipy.special import betainc

    if abs(r) >= 1:
        return {"low": r, "high": r, "p": 0.0}
    middle, half = math.atanh(r), Z95 / math.sqrt(n - 3)
    return {
        "low": math.tanh(middle - half),
        "high": math.tanh(middle + half),
        "p": float(betainc((n - 2) / 2, 0.5, 1 - r * r)),
    }
