"""A horizon cut short, exactly: once an outage is over and the steady flow can run again, nothing more is lost.

The program of the first T weeks is solved with the steady flow already on its way at its end. Its plan goes on for ever
with nothing lost, so the loss of the whole horizon is at most this. Without that flow at the end the program asks less
than the whole horizon does, so the loss is at least that. The duals of what is on its way at the end bound the
difference; where they are not nothing the second program is solved, and where the two differ the whole horizon is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats, Ints
from biopact.supply.network.closures import Closure
from biopact.supply.network.posture import Posture
from biopact.supply.program.solver import Overlay, Solved, Solver, cold
from biopact.supply.program.weekly import Weekly, weekly_of

__all__ = ["Cut", "cut_length"]

_STEP = 13
_SPARE = 2
_EXACT = 1e-9


def cut_length(arrays: Arrays, closure: Closure, posture: Posture, weeks: int) -> int | None:
    """How many weeks suffice for a scenario; None where the whole horizon is needed."""
    hits = closure.sites + closure.lanes + closure.demand
    if posture.sites or any(hit.end is None for hit in hits):
        return None
    last = max((hit.end or 0 for hit in hits), default=0)
    needed = last + arrays.longest_path + _SPARE
    length = math.ceil(needed / _STEP) * _STEP
    return length if length < 0.85 * weeks else None


class Cut:
    """The program of the first weeks, with the steady flow on its way at the end."""

    def __init__(self, full: Weekly, weeks: int, opens: Ints | None) -> None:
        self.full = full
        plain = weekly_of(full.arrays, full.base, weeks, opens)
        arrays, base = full.arrays, full.base
        columns, flows = [], []
        for block, flow, delay in (
            (plain.make, base.make, arrays.release),
            (plain.move, base.move, arrays.lane_lead),
        ):
            for item in np.flatnonzero(flow > 0):
                late = np.arange(max(weeks - int(delay[item]), 0), weeks)
                columns.append(plain.column(block, int(item)) + late)
                flows.append(np.full(len(late), flow[item]))
        empty = np.zeros(0, dtype=np.int64)
        self.ends: Ints = np.concatenate([empty, *columns]).astype(np.int64)
        self.flows: Floats = np.concatenate([np.zeros(0), *flows])
        low, high = plain.lp.low.copy(), plain.lp.high.copy()
        low[self.ends] = high[self.ends] = self.flows
        self.weekly = replace(plain, lp=replace(plain.lp, low=low, high=high))
        self.basis: Any = None  # of nothing down, to begin from

    @cached_property
    def solver(self) -> Solver:
        """The program, loaded."""
        return Solver(self.weekly.lp)

    @property
    def weeks(self) -> int:
        """How many weeks it holds."""
        return self.weekly.weeks

    def slack(self, solved: Solved) -> float:
        """By how much the objective could fall, at most, were nothing asked to be on its way at the end."""
        return self.gives(solved.reduced)

    def gives(self, reduced: Floats) -> float:
        """The same by the reduced costs."""
        return max(float(reduced[self.ends] @ self.flows), 0.0)

    def asking_less(self, overlay: Overlay) -> Overlay:
        """A scenario without the flow at the end."""
        nothing = np.zeros(len(self.ends))
        return Overlay(
            np.concatenate([overlay.columns, self.ends]),
            np.concatenate([overlay.low, nothing]),
            np.concatenate([overlay.high, nothing]),
            overlay.rows,
            overlay.row_low,
            overlay.row_high,
        )

    def holds(self, overlay: Overlay, solved: Solved) -> bool:
        """Whether a loss found here is that of the whole horizon."""
        if self.slack(solved) <= _EXACT * max(solved.value, 1.0):
            return True
        self.solver.apply(self.asking_less(overlay))
        least = self.solver.value()
        return solved.value - least <= _EXACT * max(solved.value, 1.0)

    def whole(self, x: Floats) -> Floats:
        """A plan of the first weeks as one of the whole horizon: the steady flow follows."""
        full, short = self.full, self.weekly
        processes, lanes, pools, lines = full.arrays.shape
        told = full.steady.copy()
        told[full.lose : full.lose + lines * full.weeks] = 0.0
        for block, here, items in (
            (full.make, short.make, processes),
            (full.move, short.move, lanes),
            (full.keep, short.keep, pools),
            (full.lose, short.lose, lines),
        ):
            into = full.of(told, block, items)
            into[:, : short.weeks] = short.of(x, here, items)
        return told

    def cold(self, overlay: Overlay) -> tuple[float, float]:
        """From nothing: the least and the most that the whole horizon can lose."""
        most = cold(self.weekly.lp, overlay)
        if self.slack(most) <= _EXACT * max(most.value, 1.0):
            return most.value - self.slack(most), most.value
        return cold(self.weekly.lp, self.asking_less(overlay)).value, most.value
