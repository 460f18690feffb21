"""The weekly program: what is made, moved, kept and lost in weeks 0 to H-1, from full pipelines.

Variables are item by item, week by week. For each pool q and week t: stock before + what becomes usable (made
``release`` weeks ago, sent ``lead`` weeks ago, or already on its way when week 0 began) = what recipes take + what
leaves + what is served (demand less what is lost) + stock after. The objective is the value lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats, Ints
from biopact.supply.program.assembly import Assembly
from biopact.supply.program.base import Base
from biopact.supply.program.sharing import Shares, add_shares
from biopact.supply.program.solver import Lp
from biopact.supply.program.window import alone_limit, shared_sites

__all__ = ["Weekly", "pipeline", "weekly_of"]

INF = float("inf")


@dataclass(frozen=True, eq=False)
class Weekly:
    """The program over ``weeks`` weeks. Unqualified processes are as in an outage that begins in week 0."""

    arrays: Arrays
    base: Base
    weeks: int
    lp: Lp
    make: int
    move: int
    keep: int
    lose: int
    limits: int  # rows of shared site capacity, site by site
    shared: Ints  # the sites they are of
    shares: Shares
    alone: Floats  # for each process what its site allows, where it is alone there

    def column(self, block: int, item: int, week: int = 0) -> int:
        """Where an item of a block is in a week."""
        return block + item * self.weeks + week

    def of(self, x: Floats, block: int, items: int) -> Floats:
        """A block of a plan as items by weeks."""
        return x[block : block + items * self.weeks].reshape(items, self.weeks)

    @cached_property
    def steady(self) -> Floats:
        """The base plan repeated every week, as a plan of this program (its stocks left where they lie)."""
        arrays = self.arrays
        x = np.zeros(self.lp.columns)
        for block, flow in ((self.make, self.base.make), (self.move, self.base.move), (self.lose, self.base.lose)):
            x[block : block + len(flow) * self.weeks] = np.repeat(flow, self.weeks)
        x[self.keep : self.keep + len(arrays.pools) * self.weeks] = np.repeat(arrays.stock, self.weeks)
        return x


def pipeline(arrays: Arrays, base: Base, weeks: int) -> Floats:
    """What was on its way when week 0 began, by pool and the week in which it becomes usable."""
    arriving = np.zeros((len(arrays.pools), weeks))
    for pool, release, flow in zip(arrays.process_pool, arrays.release, base.make, strict=True):
        arriving[pool, : min(release, weeks)] += flow
    for pool, lead, flow in zip(arrays.lane_to, arrays.lane_lead, base.move, strict=True):
        arriving[pool, : min(lead, weeks)] += flow
    return arriving


def weekly_of(arrays: Arrays, base: Base, weeks: int, opens: Ints | None = None) -> Weekly:
    """The program. ``opens`` is the first week in which each lane may be used (an authorisation awaited)."""
    processes, lanes, pools, lines = arrays.shape
    time = np.arange(weeks)
    build = Assembly()
    first = np.maximum(arrays.from_week, arrays.qualification)
    made_in_time = time[None, :] + arrays.release[:, None] < weeks
    usable = (time[None, :] >= first[:, None]) & made_in_time
    capacity = np.minimum(arrays.process_capacity, alone_limit(arrays))
    make = build.variables(0.0, 0.0, np.where(usable, capacity[:, None], 0.0).ravel(), processes * weeks)
    there_in_time = time[None, :] + arrays.lane_lead[:, None] < weeks
    there_in_time &= time[None, :] >= (np.zeros(lanes, dtype=np.int64) if opens is None else opens)[:, None]
    allowed = np.where(there_in_time, arrays.lane_capacity[:, None], 0.0)
    move = build.variables(0.0, 0.0, allowed.ravel(), lanes * weeks)
    keep = build.variables(0.0, 0.0, INF, pools * weeks)
    price = np.repeat(arrays.price / arrays.value_a_week, weeks)
    lose = build.variables(price, 0.0, np.repeat(arrays.demand, weeks), lines * weeks)
    wanted = np.zeros((pools, weeks))
    np.add.at(wanted, arrays.demand_pool, arrays.demand[:, None])
    needed = wanted - pipeline(arrays, base, weeks)
    needed[:, 0] -= arrays.stock
    balance = build.constraints(needed.ravel(), needed.ravel(), pools * weeks)

    def cells(items: Ints, into: Ints, delay: Ints, start: int, values: Floats) -> None:
        """Entries of items in the balance of their pools, so many weeks later."""
        week = time[None, :] + delay[:, None]
        inside = week < weeks
        rows = balance + into[:, None] * weeks + week
        columns = start + items[:, None] * weeks + time[None, :]
        build.entries(rows[inside], columns[inside], np.broadcast_to(values[:, None], week.shape)[inside])

    at = np.arange
    now = np.zeros
    cells(at(processes), arrays.process_pool, arrays.release, make, np.ones(processes))
    inputs = len(arrays.input_process)
    cells(arrays.input_process, arrays.input_pool, now(inputs, dtype=np.int64), make, -arrays.input_quantity)
    cells(at(lanes), arrays.lane_to, arrays.lane_lead, move, np.ones(lanes))
    cells(at(lanes), arrays.lane_from, now(lanes, dtype=np.int64), move, -np.ones(lanes))
    cells(at(lines), arrays.demand_pool, now(lines, dtype=np.int64), lose, np.ones(lines))
    cells(at(pools), at(pools), now(pools, dtype=np.int64), keep, -np.ones(pools))
    cells(at(pools), at(pools), np.ones(pools, dtype=np.int64), keep, np.ones(pools))
    shared = shared_sites(arrays)
    limits = build.constraints(-INF, np.repeat(arrays.site_capacity[shared], weeks), len(shared) * weeks)
    where = np.full(len(arrays.sites), -1, dtype=np.int64)
    where[shared] = at(len(shared))
    takes = np.flatnonzero((where[arrays.process_site] >= 0) & (arrays.process_use > 0))
    rows = limits + where[arrays.process_site[takes]][:, None] * weeks + time[None, :]
    columns = make + takes[:, None] * weeks + time[None, :]
    build.entries(rows, columns, np.repeat(arrays.process_use[takes], weeks))
    shares = add_shares(build, arrays, lose, weeks)
    return Weekly(
        arrays, base, weeks, build.finished(), make, move, keep, lose, limits, shared, shares, alone_limit(arrays)
    )
