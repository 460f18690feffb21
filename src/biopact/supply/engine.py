"""Solving scenarios of one network: loss, how it is shared, time to survive; from the last basis, never from a copy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biopact.supply.arrays import Arrays, Floats, Ints
from biopact.supply.base import Base, base_plan, draw
from biopact.supply.closures import NOTHING, Closure
from biopact.supply.overlays import overlay_of
from biopact.supply.plans import NEVER, Touch
from biopact.supply.posture import NO_POLICY, Posture
from biopact.supply.sharing import lost_by_group, shared, with_limits
from biopact.supply.solver import Lp, Overlay, Solved, Solver, cold
from biopact.supply.weekly import Weekly, weekly_of
from biopact.supply.window import Bools

__all__ = ["Engine", "Found"]

_ZERO = 1e-9


@dataclass(frozen=True, eq=False)
class Found:
    """What a scenario comes to, scaled: ``value`` in weeks of joint demand's value, ``lost`` by (product, country)."""

    value: float
    lost: Floats
    tts: int | None
    x: Floats | None = None
    survivor: Floats | None = None  # a plan that loses nothing before ``tts``


class Engine:
    """One network under one set of policies, loaded once."""

    def __init__(
        self,
        arrays: Arrays,
        weeks: int,
        posture: Posture = NO_POLICY,
        opens: Ints | None = None,
        base: Base | None = None,
    ) -> None:
        self.arrays, self.weeks, self.posture = arrays, weeks, posture
        self.base = base_plan(arrays) if base is None else base
        self.weekly: Weekly = weekly_of(arrays, self.base, weeks, opens)
        self.touch = Touch(self.weekly)
        self.solver = Solver(self.weekly.lp)
        self.basis: Any = None  # of the last loss that was solved

    @property
    def lp(self) -> Lp:
        """The program."""
        return self.weekly.lp

    def overlay(self, closure: Closure) -> Overlay:
        """A scenario as an overlay."""
        return overlay_of(self.weekly, closure, self.posture, self.path if closure.first else None)

    @cached_property
    def path(self) -> Floats:
        """What is done week by week while nobody knows of an outage: the base plan where it meets demand, else the
        plan of the horizon that loses least, and of those the one that keeps most in stock."""
        overlay = overlay_of(self.weekly, NOTHING, self.posture)
        self.solver.apply(overlay)
        solved = self.solver.solve()
        steady = self.weekly.steady
        if solved.value <= _ZERO and self.base.lossless and self._steady_holds(overlay):
            return steady
        solved = shared(self.solver, self.arrays, self.weekly.shares, overlay, solved)
        lost = lost_by_group(self.arrays, self.weekly.shares, solved.x)
        keep = self.weekly.keep + np.arange(len(self.arrays.pools) * self.weeks)
        tie = np.array([draw("pool", ":".join(pool)) for pool in self.arrays.pools])
        cost = -np.repeat(tie, self.weeks) * 1e-3
        return self._among(overlay, solved.value, lost, keep, cost).x

    @cached_property
    def steadily_used(self) -> Bools:
        """The sites that the base plan uses, where it can be followed from week 0; else all."""
        overlay = overlay_of(self.weekly, Closure(begins=0), self.posture)
        if not self._steady_holds(overlay):
            return np.ones(len(self.arrays.sites), dtype=bool)
        used: Bools = self.touch.first(self.weekly.steady) < NEVER
        return used

    def _steady_holds(self, overlay: Overlay) -> bool:
        steady = self.weekly.steady
        until = np.ones(self.lp.columns, dtype=bool)  # what would end beyond the horizon is not begun
        for block, delay in ((self.weekly.make, self.arrays.release), (self.weekly.move, self.arrays.lane_lead)):
            late = np.arange(self.weeks)[None, :] + delay[:, None] >= self.weeks
            until[block : block + late.size] = ~late.ravel()
        high = self.lp.high.copy()
        high[overlay.columns] = overlay.high
        return bool((steady <= high + _ZERO)[until].all())

    def _among(self, overlay: Overlay, value: float, lost: Floats, at: Ints, cost: Floats) -> Solved:
        """Of the plans with this loss, shared so, the one of least cost of another kind."""
        every = np.arange(self.lp.columns)
        self.solver.costs(every, np.zeros(len(every)))
        self.solver.costs(at, cost)
        size = len(lost)
        limits = lost * (1 + 1e-9) + 1e-9
        self.solver.apply(with_limits(overlay, self.weekly.shares, value + 1e-9, np.full(size, np.inf), limits))
        self.solver.primal(True)
        found = self.solver.solve()
        self.solver.primal(False)
        self.solver.own_costs()
        return found

    def solve(self, closure: Closure, most: int | None = None, start: Any = None) -> Found:
        """Loss, shares and time to survive of a scenario. ``most`` is a bound on the time to survive, where known;
        ``start`` the basis of a scenario that is much like it."""
        overlay = self.overlay(closure)
        self.solver.apply(overlay)
        if start is not None:
            self.solver.restart(start)
        solved = self.solver.solve()
        self.basis = self.solver.basis()
        value = max(solved.value, 0.0)
        if value <= _ZERO:
            return Found(0.0, np.zeros(len(self.arrays.groups)), None, solved.x)
        solved = shared(self.solver, self.arrays, self.weekly.shares, overlay, solved)
        lost = lost_by_group(self.arrays, self.weekly.shares, solved.x)
        weeks, survivor = self.survive(overlay, solved.x, most)
        return Found(value, np.where(lost <= _ZERO, 0.0, lost), weeks, solved.x, survivor)

    def loss(self, closure: Closure) -> float:
        """Only the loss, in weeks of joint demand's value."""
        self.solver.apply(self.overlay(closure))
        return max(self.solver.value(), 0.0)

    def survive(self, overlay: Overlay, x: Floats, most: int | None = None) -> tuple[int | None, Floats]:
        """The largest k such that everything can be met in weeks 0 to k-1, by feasibility solves, and a plan for it."""
        must = self._first_must(overlay)
        high = min(must, self.weeks) if most is None else min(most, must, self.weeks)
        low = min(self.touch.first_loss(x), high)
        plan = x
        step = 1
        while low < high:
            target = min(low + step, high)
            found = self._meets(overlay, target)
            if found is None:
                high = target - 1
                step = max((high - low) // 2, 1)
            else:
                low = max(target, min(self.touch.first_loss(found), high))
                plan = found
                step = max(step * 2, 1)
        return (None if low >= self.weeks else low), plan

    def _first_must(self, overlay: Overlay) -> int:
        """The first week in which something is lost whatever is done (a depot that is down)."""
        low = self.lp.low.copy()
        low[overlay.columns] = overlay.low
        losing = self.weekly.of(low, self.weekly.lose, len(self.arrays.demand)).max(axis=0, initial=0.0) > _ZERO
        return int(np.argmax(losing)) if losing.any() else self.weeks

    def _meets(self, overlay: Overlay, weeks: int) -> Floats | None:
        """A plan that meets all demand before a week; None where there is none."""
        lines = len(self.arrays.demand)
        early = (self.weekly.lose + np.arange(lines)[:, None] * self.weeks + np.arange(weeks)[None, :]).ravel()
        keep = ~np.isin(overlay.columns, early)
        columns = np.concatenate([overlay.columns[keep], early])
        low = np.concatenate([overlay.low[keep], np.zeros(len(early))])
        high = np.concatenate([overlay.high[keep], np.zeros(len(early))])
        self.solver.apply(Overlay(columns, low, high, overlay.rows, overlay.row_low, overlay.row_high))
        found = self.solver.try_solve()
        return None if found is None else found.x

    def lazily(self, closure: Closure, found: Found) -> Floats:
        """A plan of the same loss and shares that uses what could fail as little as it can: it prunes more."""
        overlay = self.overlay(closure)
        columns = np.unique(self.touch.columns)
        return self._among(overlay, found.value, found.lost, columns, np.full(len(columns), 1e-3)).x

    def cold(self, closure: Closure) -> float:
        """The loss of a scenario solved from nothing, with presolve, in an instance of its own."""
        return max(cold(self.lp, self.overlay(closure)), 0.0)
