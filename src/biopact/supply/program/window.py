"""The classical programs of one window: time to recover, time to survive (Simchi-Levi et al., Interfaces 45(5), 2015).

One program serves both, in weekly rates: a stock s lasts a window of t weeks at the rate s·x with x = 1/t. With x fixed
the least loss of the window is found; with no loss allowed the smallest x gives the time to survive; with x = 0 it is
the steady state that begins the weekly program. Lead times play no part here.

The bill of materials, the flow balance, the demand and the capacities are those of the multi-tier programs of the
paper; a failed site makes and receives nothing, and a failed depot serves nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from biopact.supply.network.arrays import Arrays, Floats, Ints
from biopact.supply.program.assembly import Assembly
from biopact.supply.program.solver import Lp, Overlay, Solved, Solver

__all__ = ["Window", "window_of"]

INF = float("inf")
TOUCH = 1e-9
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Window:
    """The program of one window over ``arrays``: where each block of its columns begins."""

    arrays: Arrays
    lp: Lp
    make: int
    move: int
    lose: int
    pace: int  # the column 1/t
    site_columns: tuple[Ints, ...]  # columns that are 0 when a site is down
    site_losses: tuple[Ints, ...]  # columns of ``lose`` that are all lost then

    def down(self, sites: Collection[int], pace: float) -> Overlay:
        """Sites down in a window of 1/pace weeks."""
        zero = np.concatenate([self.site_columns[site] for site in sites] or [np.zeros(0, dtype=np.int64)])
        lost = np.concatenate([self.site_losses[site] for site in sites] or [np.zeros(0, dtype=np.int64)])
        wanted = self.arrays.demand[lost - self.lose] if len(lost) else np.zeros(0)
        return Overlay(
            np.concatenate([zero, lost, [self.pace]]).astype(np.int64),
            np.concatenate([np.zeros(len(zero)), wanted, [pace]]),
            np.concatenate([np.zeros(len(zero)), wanted, [pace]]),
        )

    @cached_property
    def _touched(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The columns that failures would forbid with the site of each, and those of losses."""
        counts = [len(columns) for columns in self.site_columns], [len(lost) for lost in self.site_losses]
        sites = np.arange(len(self.arrays.sites))
        return (
            np.concatenate(self.site_columns), np.repeat(sites, counts[0]),
            np.concatenate(self.site_losses), np.repeat(sites, counts[1]),
        )  # fmt: skip

    def used(self, x: Floats) -> Bools:
        """For each site whether a plan uses it: whether its failure would forbid something the plan does."""
        columns, sites, losses, depots = self._touched
        found = np.zeros(len(self.arrays.sites), dtype=bool)
        found[sites[x[columns] > TOUCH]] = True
        found[depots[self.arrays.demand[losses - self.lose] - x[losses] > TOUCH]] = True
        return found


def window_of(arrays: Arrays, available: Floats | None = None) -> Window:
    """The program of one window. ``available`` is the capacity of each process (default: what is open in week 0)."""
    processes, lanes, pools, lines = arrays.shape
    capacity = open_capacity(arrays) if available is None else available
    build = Assembly()
    make = build.variables(0.0, 0.0, capacity, processes)
    move = build.variables(0.0, 0.0, arrays.lane_capacity, lanes)
    lose = build.variables(arrays.price / arrays.value_a_week, 0.0, arrays.demand, lines)
    pace = build.variables(0.0, 0.0, 0.0, 1)
    wanted = np.bincount(arrays.demand_pool, arrays.demand, pools)
    balance = build.constraints(wanted, INF, pools)
    at = np.arange
    build.entries(balance + arrays.process_pool, make + at(processes), 1.0)
    build.entries(balance + arrays.input_pool, make + arrays.input_process, -arrays.input_quantity)
    build.entries(balance + arrays.lane_to, move + at(lanes), 1.0)
    build.entries(balance + arrays.lane_from, move + at(lanes), -1.0)
    build.entries(balance + arrays.demand_pool, lose + at(lines), 1.0)
    stocked = np.flatnonzero(arrays.stock > 0)
    build.entries(balance + stocked, np.full(len(stocked), pace), arrays.stock[stocked])
    shared = shared_sites(arrays)
    limits = build.constraints(-INF, arrays.site_capacity[shared], len(shared))
    row = np.full(len(arrays.sites), -1, dtype=np.int64)
    row[shared] = limits + at(len(shared))
    takes = np.flatnonzero((row[arrays.process_site] >= 0) & (arrays.process_use > 0))
    build.entries(row[arrays.process_site[takes]], make + takes, arrays.process_use[takes])
    columns, losses = [], []
    into = arrays.pool_site[arrays.lane_to]
    served = arrays.pool_site[arrays.demand_pool]
    for site in range(len(arrays.sites)):
        here = np.flatnonzero(arrays.process_site == site)
        columns.append(np.concatenate([make + here, move + np.flatnonzero(into == site)]))
        losses.append(lose + np.flatnonzero(served == site))
    return Window(arrays, build.finished(), make, move, lose, pace, tuple(columns), tuple(losses))


def open_capacity(arrays: Arrays) -> Floats:
    """What each process can start in week 0, by itself: nothing where it begins later or is not qualified."""
    closed = (arrays.from_week > 0) | (arrays.qualification > 0)
    return np.where(closed, 0.0, np.minimum(arrays.process_capacity, alone_limit(arrays)))


def alone_limit(arrays: Arrays) -> Floats:
    """For each process what its site's capacity allows where it is alone there; no limit elsewhere."""
    counts = np.bincount(arrays.process_site, minlength=len(arrays.sites))
    alone = (counts[arrays.process_site] == 1) & (arrays.process_use > 0)
    use = np.where(alone, arrays.process_use, 1.0)
    return np.where(alone, arrays.site_capacity[arrays.process_site] / use, INF)


def shared_sites(arrays: Arrays) -> Ints:
    """The sites whose capacity several processes share."""
    counts = np.bincount(arrays.process_site, minlength=len(arrays.sites))
    return np.flatnonzero(np.isfinite(arrays.site_capacity) & (counts > 1))


class Survival:
    """Times to survive of one window: the longest window in which nothing is lost."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.solver = Solver(window.lp)
        lines = len(window.arrays.demand)
        lose = window.lose + np.arange(lines)
        self._lose = lose
        self.solver.costs(lose, np.zeros(lines))
        self.solver.costs(np.array([window.pace]), np.ones(1))

    def weeks(self, down: Collection[int], horizon: int) -> tuple[float | None, Solved | None]:
        """Weeks until something must be lost; None beyond the horizon. With the plan, where there is one."""
        window = self.window
        for site in down:
            at = window.site_losses[site] - window.lose
            if len(at) and (window.arrays.demand[at] > 0).any():
                return 0.0, None
        closed = window.down(down, 0.0)
        keep = ~np.isin(closed.columns, np.append(self._lose, window.pace))
        columns = np.concatenate([closed.columns[keep], self._lose, [window.pace]]).astype(np.int64)
        size = int(keep.sum())
        zeros = np.zeros(size + len(self._lose) + 1)
        highs = zeros.copy()
        highs[-1] = INF
        self.solver.apply(Overlay(columns, zeros, highs))
        found = self.solver.try_solve()
        if found is None:
            return 0.0, None
        if found.value <= (1.0 + 1e-9) / horizon:
            return None, found
        return 1.0 / found.value, found
