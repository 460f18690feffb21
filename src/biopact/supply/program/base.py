"""The base plan: the steady weekly flow that meets demand best, then most cheaply, then by the shortest ways.

What still ties is decided by the names of processes and lanes, never by the order of rows. It fills the pipelines.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats
from biopact.supply.program.solver import Overlay, Solved, Solver
from biopact.supply.program.window import Window, open_capacity, window_of

__all__ = ["Base", "base_plan", "draw"]

_ZERO = 1e-9


@dataclass(frozen=True, eq=False)
class Base:
    """Weekly flows of the base plan, natural units: made by each process, moved on each lane, lost of each demand."""

    make: Floats
    move: Floats
    lose: Floats
    cost: float  # USD a week: lanes, tariffs

    @property
    def lossless(self) -> bool:
        """Whether the base plan meets all demand."""
        return bool((self.lose <= _ZERO).all())


def base_plan(arrays: Arrays, tariff: Floats | None = None, at_least: Floats | None = None) -> Base:
    """The base plan under lane costs and ``tariff`` (USD per natural unit of each lane).

    ``at_least`` are flows of processes bought in advance: as much of them as can be had without losing more.
    """
    capacity = open_capacity(arrays)
    window = window_of(arrays, capacity)
    solver = Solver(window.lp)
    lines = len(arrays.demand)
    lose = window.lose + np.arange(lines)
    cost = arrays.lane_cost + (0.0 if tariff is None else tariff)
    stages = [_Stage(lose, window.lp.cost[lose])]
    if at_least is not None and (at_least > 0).any():
        stages.append(_Stage(window.make + np.flatnonzero(at_least > 0), np.full(int((at_least > 0).sum()), -1.0)))
    move = window.move + np.arange(len(arrays.lane_from))
    stages.append(_Stage(move, cost / max(float(cost.max(initial=0.0)), 1e-300)))
    stages.append(_Stage(*_shortest(arrays, window)))
    solved = _in_turn(solver, window, stages, at_least)
    x = np.where(np.abs(solved.x) <= _ZERO, 0.0, solved.x)
    moved = x[window.move : window.move + len(arrays.lane_from)]
    return Base(x[window.make : window.make + len(arrays.process_site)], moved, x[lose], float(cost @ moved))


@dataclass(frozen=True, eq=False)
class _Stage:
    """One aim: the columns that cost something, and what."""

    at: np.ndarray
    cost: Floats


def _in_turn(solver: Solver, window: Window, stages: list[_Stage], at_least: Floats | None) -> Solved:
    """Each aim in turn, without giving up any of those before: what would cost them anything is held where it is."""
    lp = window.lp
    low, high = lp.low.copy(), lp.high.copy()
    row_low, row_high = lp.row_low.copy(), lp.row_high.copy()
    every, rows = np.arange(lp.columns), np.arange(lp.rows)
    solved: Solved | None = None
    for stage in stages:
        solver.costs(every, np.zeros(lp.columns))
        solver.costs(stage.at, stage.cost)
        bought = at_least is not None and bool((stage.cost < 0).any())
        caps = high.copy()
        if bought and at_least is not None:
            some = np.flatnonzero(at_least > 0)
            caps[window.make + some] = np.minimum(high[window.make + some], at_least[some])
        solver.apply(Overlay(every, low, caps, rows, row_low, row_high))
        solved = solver.solve()
        held = np.abs(solved.reduced) > 1e-9
        if bought and at_least is not None:
            some = np.flatnonzero(at_least > 0)
            low[window.make + some] = np.maximum(low[window.make + some], solved.x[window.make + some] - 1e-12)
            continue
        low[held] = high[held] = np.clip(solved.x[held], low[held], high[held])
        tight = np.abs(solved.row_dual) > 1e-9
        lower = tight & (solved.row_dual > 0)
        row_high[lower] = row_low[lower]
        upper = tight & (solved.row_dual < 0)
        row_low[upper] = row_high[upper]
    assert solved is not None
    return solved


def _shortest(arrays: Arrays, window: Window) -> tuple[np.ndarray, Floats]:
    """Weeks in transit and release, and a little that depends on names alone."""
    names = [process.id for process in arrays.network.processes], [lane.id for lane in arrays.network.lanes]
    make = arrays.release + 1e-3 * np.array([draw("process", name) for name in names[0]])
    move = arrays.lane_lead + 1e-3 * np.array([draw("lane", name) for name in names[1]])
    at = np.concatenate([window.make + np.arange(len(make)), window.move + np.arange(len(move))])
    return at.astype(np.int64), np.concatenate([make, move])


def draw(kind: str, name: str) -> float:
    """A number between 1 and 2 that only a name decides."""
    digest = hashlib.blake2b(f"{kind}:{name}".encode(), digest_size=6).digest()
    return 1.0 + int.from_bytes(digest, "big") / 2**48
