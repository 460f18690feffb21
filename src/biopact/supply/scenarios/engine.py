"""Solving scenarios of one network: loss, how it is shared, time to survive; from the last basis, never from a copy."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats, Ints
from biopact.supply.network.closures import NOTHING, Closure
from biopact.supply.network.posture import NO_POLICY, Posture
from biopact.supply.program.base import Base, base_plan, draw
from biopact.supply.program.overlays import overlay_of
from biopact.supply.program.sharing import lost_by_group, shared, with_limits
from biopact.supply.program.solver import Lp, Overlay, Solved, Solver, cold
from biopact.supply.program.weekly import Weekly, weekly_of
from biopact.supply.program.window import Bools
from biopact.supply.scenarios.cut import Cut, cut_length
from biopact.supply.scenarios.lazy import Lazy
from biopact.supply.scenarios.plans import NEVER, Touch
from biopact.supply.scenarios.proof import Proof, proved

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
        self.opens = opens
        self.proof: Proof | None = None  # of the last ``loss``
        self.basis: Any = None  # of the last loss that was solved, and the weeks of its program
        self.cuts: dict[int, Cut] = {}
        self.lazy: dict[int, Lazy] = {}
        self.lazy_basis: Any = None

    @cached_property
    def solver(self) -> Solver:
        """The program of the whole horizon, loaded."""
        return Solver(self.weekly.lp)

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
        if self.steady:
            return self.weekly.steady
        overlay = overlay_of(self.weekly, NOTHING, self.posture)
        self.solver.apply(overlay)
        solved = self.solver.solve()
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
        _ask(self.solver, self.weekly, overlay, value, lost, at, cost)
        found = self.solver.solve()
        _asked(self.solver)
        return found

    def solve(self, closure: Closure, most: int | None = None, start: Any = None) -> Found:
        """Loss, shares and time to survive of a scenario. ``most`` is a bound on the time to survive, where known;
        ``start`` the ``basis`` of a scenario that is much like it."""
        cut = self.cut_for(closure)
        found = self._solve_cut(cut, closure, most, start) if cut is not None else None
        return self._solve_whole(closure, most, start) if found is None else found

    def _solve_whole(self, closure: Closure, most: int | None, start: Any) -> Found:
        overlay = self.overlay(closure)
        self.solver.apply(overlay)
        if start is not None and start[0] == self.weeks:
            self.solver.restart(start[1])
        solved = self.solver.solve()
        self.basis = self.weeks, self.solver.basis()
        value = max(solved.value, 0.0)
        if value <= _ZERO:
            return Found(0.0, np.zeros(len(self.arrays.groups)), None, solved.x)
        solved = shared(self.solver, self.arrays, self.weekly.shares, overlay, solved)
        lost = lost_by_group(self.arrays, self.weekly.shares, solved.x)
        weeks, survivor = self.survive(overlay, solved.x, most)
        return Found(value, np.where(lost <= _ZERO, 0.0, lost), weeks, solved.x, survivor)

    @cached_property
    def steady(self) -> bool:
        """Whether the base plan meets all demand and can be followed from week 0 on for ever."""
        return self.base.lossless and self._steady_holds(overlay_of(self.weekly, NOTHING, self.posture))

    def cut_for(self, closure: Closure) -> Cut | None:
        """The shorter program that suffices for a scenario, where one does."""
        weeks = cut_length(self.arrays, closure, self.posture, self.weeks) if self.steady else None
        if weeks is None:
            return None
        if weeks not in self.cuts:
            self.cuts[weeks] = Cut(self.weekly, weeks, self.opens)
        return self.cuts[weeks]

    def _cut_overlay(self, cut: Cut, closure: Closure) -> Overlay:
        return overlay_of(cut.weekly, closure, self.posture, cut.weekly.steady if closure.first else None)

    def _solve_cut(self, cut: Cut, closure: Closure, most: int | None, start: Any) -> Found | None:
        """A scenario on the shorter program; None where that cannot be shown to be exact."""
        overlay = self._cut_overlay(cut, closure)
        arrays, shares, solver = self.arrays, cut.weekly.shares, cut.solver
        solver.apply(overlay)
        if start is not None and start[0] == cut.weeks:
            solver.restart(start[1])
        elif cut.basis is not None:
            solver.restart(cut.basis)
        solved = solver.try_solve()
        if solved is None:
            return None
        self.basis = cut.weeks, solver.basis()
        cut.basis = self.basis[1] if cut.basis is None else cut.basis
        value = max(solved.value, 0.0)
        if value <= _ZERO:
            return Found(0.0, np.zeros(len(arrays.groups)), None, cut.whole(solved.x))
        if not cut.holds(overlay, solved):
            return None
        solver.apply(overlay)
        solver.restart(self.basis[1])
        stages: list[Solved] = []
        solved = shared(solver, arrays, shares, overlay, solved, stages)
        if any(cut.slack(stage) > _ZERO for stage in stages):
            return None
        lost = lost_by_group(arrays, shares, solved.x)
        x = cut.whole(solved.x)
        weeks, survivor = self._survive_cut(cut, overlay, solved.x, most)
        if weeks is None:
            weeks, survivor = self.survive(self.overlay(closure), x, most)
        return Found(value, np.where(lost <= _ZERO, 0.0, lost), weeks, x, survivor)

    def _survive_cut(self, cut: Cut, overlay: Overlay, x: Floats, most: int | None) -> tuple[int | None, Floats]:
        """The time to survive by the shorter program; None where it outlasts that."""
        short = copy.copy(self)
        short.weekly, short.solver, short.weeks, short.touch = cut.weekly, cut.solver, cut.weeks, Touch(cut.weekly)
        weeks, plan = short.survive(cut.asking_less(overlay), x, None if most is None else min(most, cut.weeks))
        if weeks is None and most is not None and most < cut.weeks:
            weeks = most
        return weeks, cut.whole(plan)

    def loss(self, closure: Closure, start: Any = None) -> float:
        """Only the loss, in weeks of joint demand's value. ``start`` is the ``basis`` of a scenario much like it."""
        cut = self.cut_for(closure)
        if cut is not None:
            overlay = self._cut_overlay(cut, closure)
            cut.solver.apply(overlay)
            if start is not None and start[0] == cut.weeks:
                cut.solver.restart(start[1])
            solved = cut.solver.try_solve()
            if solved is not None:
                self.basis = cut.weeks, cut.solver.basis()
                if solved.value <= _ZERO or cut.holds(overlay, solved):
                    self.proof = Proof(cut.weeks, solved.x, solved.row_dual)
                    return max(solved.value, 0.0)
        self.solver.apply(self.overlay(closure))
        if start is not None and start[0] == self.weeks:
            self.solver.restart(start[1])
        solved = self.solver.solve()
        self.basis = self.weeks, self.solver.basis()
        self.proof = Proof(self.weeks, solved.x, solved.row_dual)
        return max(solved.value, 0.0)

    def proved(self, closure: Closure, proof: Proof) -> float | None:
        """The loss of a scenario where the plan and the duals of another network show it; no program is solved."""
        cut = self.cut_for(closure)
        weekly = self.weekly if cut is None else cut.weekly
        if weekly.weeks != proof.weeks:
            return None
        found = proved(weekly.lp, self.overlay(closure) if cut is None else self._cut_overlay(cut, closure), proof)
        if found is None or (cut is not None and found.value > _ZERO and cut.gives(found.reduced) > _ZERO):
            return None
        return max(found.value, 0.0)

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

    def lazily(self, closure: Closure, found: Found, start: Any = None) -> Floats | None:
        """A plan of a scenario that loses what ``found`` does, shared so, and uses little of what could fail; None
        where there is none (or the shorter program cannot show one). ``start`` is a ``lazy_basis``."""
        cut = self.cut_for(closure)
        weeks, weekly = (self.weeks, self.weekly) if cut is None else (cut.weeks, cut.weekly)
        if weeks not in self.lazy:
            self.lazy[weeks] = Lazy(weekly, None if cut is None else cut.ends)
        lazy = self.lazy[weeks]
        overlay = self.overlay(closure) if cut is None else self._cut_overlay(cut, closure)
        x = lazy.plan(overlay, found.value, found.lost, start[1] if start is not None and start[0] == weeks else None)
        if x is None:
            return None
        self.lazy_basis = weeks, lazy.basis
        return x if cut is None else cut.whole(x)

    def cold(self, closure: Closure) -> tuple[float, float]:
        """The loss of a scenario from nothing, with presolve, in instances of their own: at least and at most."""
        cut = self.cut_for(closure)
        if cut is not None:
            least, most = cut.cold(self._cut_overlay(cut, closure))
            if most - least <= 1e-7 * max(most, 1.0):
                return max(least, 0.0), max(most, 0.0)
        value = max(cold(self.lp, self.overlay(closure)).value, 0.0)
        return value, value

    @property
    def solves(self) -> int:
        """How many programs were solved."""
        solvers = [*(cut.solver for cut in self.cuts.values()), *(lazy.solver for lazy in self.lazy.values())]
        return self.solver.solves + sum(solver.solves for solver in solvers)


def _ask(solver: Solver, weekly: Weekly, overlay: Overlay, value: float, lost: Floats, at: Ints, cost: Floats) -> None:
    """Put another aim to a solver: among the plans with this loss, shared so, the one of least cost."""
    every = np.arange(weekly.lp.columns)
    solver.costs(every, np.zeros(len(every)))
    solver.costs(at, cost)
    limits = lost * (1 + 1e-9) + 1e-9
    solver.apply(with_limits(overlay, weekly.shares, value + 1e-9, np.full(len(lost), np.inf), limits))
    solver.primal(True)


def _asked(solver: Solver) -> None:
    """The solver's own aim again."""
    solver.primal(False)
    solver.own_costs()
