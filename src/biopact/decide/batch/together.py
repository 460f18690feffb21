"""Rows of which those of one flow stand together, and what its legs have in common: the highest, the lowest, any bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["FLOW", "LEG", "Together", "nullable", "standing_together"]

FLOW, LEG = "flow_id", "leg"
Each = TypeVar("Each", bound=np.generic)


def standing_together(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with the legs of each flow one behind the other, flows in the order in which they first appear."""
    if frame[FLOW].is_sorted():
        return frame
    first = pl.col("~row").min().over(FLOW)
    return frame.with_row_index("~row").sort(first, maintain_order=True).drop("~row")


@dataclass(frozen=True)
class Together:
    """Where each flow begins among ``rows`` rows. What is worked out of (rows,) values has the shape (flows,)."""

    starts: NDArray[np.intp]
    rows: int

    @classmethod
    def of(cls, ids: pl.Series) -> Together:
        """By the ids of a table whose legs stand together."""
        begins = (ids != ids.shift(1)).fill_null(True)
        return cls(begins.arg_true().to_numpy().astype(np.intp), len(ids))

    def highest(self, values: NDArray[Each]) -> NDArray[Each]:
        """The greatest of each flow."""
        return np.maximum.reduceat(values, self.starts) if self.rows else values

    def lowest(self, values: NDArray[Each]) -> NDArray[Each]:
        """The least of each flow."""
        return np.minimum.reduceat(values, self.starts) if self.rows else values

    def bits(self, values: NDArray[Each]) -> NDArray[Each]:
        """The bits that any leg of a flow has."""
        return np.bitwise_or.reduceat(values, self.starts) if self.rows else values

    def spread(self, values: NDArray[Each]) -> NDArray[Each]:
        """What each flow has, given to each of its legs."""
        return np.repeat(values, np.diff(self.starts, append=self.rows))


def nullable(truths: NDArray[np.bool_], known: NDArray[np.bool_]) -> pl.Series:
    """Truths as a column, null where they are not known."""
    table = pl.DataFrame({"truth": truths, "known": known})
    return table.select(pl.when("known").then("truth")).to_series()
