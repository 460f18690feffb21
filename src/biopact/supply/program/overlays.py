"""A scenario, under the policies in force, as an overlay on the weekly program.

Something closed in weeks s to e-1 starts nothing in them. A failed site makes nothing and nothing is sent to it; what
is on its way arrives and its stock stays usable; a failed depot serves nobody. Before its first week an outage is
unforeseen: until then everything goes as in the plan that does not know of it.
"""

from __future__ import annotations

import numpy as np

from biopact.supply.network.arrays import Floats
from biopact.supply.network.closures import Closure, Hit
from biopact.supply.network.posture import NO_POLICY, Posture
from biopact.supply.program.solver import Overlay
from biopact.supply.program.weekly import Weekly

__all__ = ["overlay_of"]

INF = float("inf")


def overlay_of(weekly: Weekly, closure: Closure, posture: Posture = NO_POLICY, path: Floats | None = None) -> Overlay:
    """The overlay. ``path`` is the plan followed while the outage is unforeseen (where it starts after week 0)."""
    made = _Bounds(weekly)
    for process in {*np.flatnonzero(weekly.arrays.qualification > 0).tolist(), *posture.touched}:
        made.process(process, closure.begins, posture)
    for pool, week, quantity in posture.arrivals:
        made.arrival(pool, week, quantity)
    for hit in closure.demand:
        made.surge(hit)
    for hit in (*closure.sites, *posture.sites):
        made.site(hit)
    for hit in closure.lanes:
        made.scale(weekly.move, hit.at, float(weekly.base.move[hit.at]), hit)
    if closure.first and path is not None:
        made.unforeseen(closure.first, path)
    return made.overlay()


class _Bounds:
    """Copies of a program's bounds into which a scenario is written, then told as what differs."""

    def __init__(self, weekly: Weekly) -> None:
        lp = weekly.lp
        self.weekly, self.arrays, self.weeks = weekly, weekly.arrays, weekly.weeks
        self.low, self.high = lp.low.copy(), lp.high.copy()
        self.row_low, self.row_high = lp.row_low.copy(), lp.row_high.copy()

    def overlay(self) -> Overlay:
        """What differs."""
        lp = self.weekly.lp
        columns = np.flatnonzero((self.low != lp.low) | (self.high != lp.high))
        rows = np.flatnonzero((self.row_low != lp.row_low) | (self.row_high != lp.row_high))
        return Overlay(columns, self.low[columns], self.high[columns], rows, self.row_low[rows], self.row_high[rows])

    def process(self, process: int, begins: int | None, posture: Posture) -> None:
        """What a process can start week by week, with its qualification and the policies in force."""
        arrays = self.arrays
        wait, own = int(arrays.qualification[process]), float(arrays.process_capacity[process])
        opens = list(posture.ready.get(process, ()))
        if wait == 0:
            opens.append((0, own))
        elif begins is not None:
            opens.append((posture.qualified(process, wait, begins), own))
        capacity = np.zeros(self.weeks)
        for week, amount in opens:
            first = max(week, int(arrays.from_week[process]))
            capacity[first:] = np.maximum(capacity[first:], amount)
        for week, amount in posture.extra.get(process, ()):
            capacity[week:] += amount
        start = self.weekly.column(self.weekly.make, process)
        useful = max(self.weeks - int(arrays.release[process]), 0)  # what is begun later ends beyond the horizon
        self.high[start : start + useful] = np.minimum(capacity, self.weekly.alone[process])[:useful]

    def arrival(self, pool: int, week: int, quantity: float) -> None:
        """Something that comes from outside the network."""
        if week < self.weeks:
            self.row_low[pool * self.weeks + week] -= quantity
            self.row_high[pool * self.weeks + week] -= quantity

    def surge(self, hit: Hit) -> None:
        """Demand multiplied."""
        weekly, end = self.weekly, hit.until(self.weeks)
        more = self.arrays.demand[hit.at] * (hit.factor - 1.0)
        line = weekly.column(weekly.lose, hit.at)
        row = int(self.arrays.demand_pool[hit.at]) * self.weeks
        self.high[line + hit.start : line + end] += more
        self.row_low[row + hit.start : row + end] += more
        self.row_high[row + hit.start : row + end] += more

    def scale(self, block: int, item: int, flow: float, hit: Hit) -> None:
        """What remains of a capacity; where there is no limit, of the flow of the base plan."""
        start = self.weekly.column(block, item)
        span = slice(start + hit.start, start + hit.until(self.weeks))
        most = np.where(np.isinf(self.high[span]), flow, self.high[span])
        self.high[span] = 0.0 if hit.factor == 0 else most * hit.factor

    def site(self, hit: Hit) -> None:
        """A site down or weakened: what it makes; when down, what is sent to it and whom it serves."""
        weekly, arrays, end = self.weekly, self.arrays, hit.until(self.weeks)
        for item in np.flatnonzero(arrays.process_site == hit.at):
            self.scale(weekly.make, int(item), float(weekly.base.make[item]), hit)
        for at in np.flatnonzero(weekly.shared == hit.at):
            start = weekly.limits + int(at) * self.weeks
            self.row_high[start + hit.start : start + end] *= hit.factor
        if hit.factor != 0:
            return
        for item in np.flatnonzero(arrays.pool_site[arrays.lane_to] == hit.at):
            self.scale(weekly.move, int(item), 0.0, hit)
        for line in np.flatnonzero(arrays.pool_site[arrays.demand_pool] == hit.at):
            start = weekly.column(weekly.lose, int(line))
            self.low[start + hit.start : start + end] = self.high[start + hit.start : start + end]

    def unforeseen(self, begins: int, path: Floats) -> None:
        """Until an outage begins, everything goes as in the plan that did not know of it."""
        weekly = self.weekly
        processes, lanes, _, lines = self.arrays.shape
        for block, items in ((weekly.make, processes), (weekly.move, lanes), (weekly.lose, lines)):
            columns = block + np.arange(items)[:, None] * self.weeks + np.arange(min(begins, self.weeks))[None, :]
            self.low[columns] = self.high[columns] = path[columns]
