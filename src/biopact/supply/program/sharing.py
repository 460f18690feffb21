"""How a loss is shared: among plans that lose the least, the one that treats products and countries most alike.

Ties in loss are broken pro rata to demand: the largest lost share of any (product, country) is made as small as can be
without losing more, then the next largest, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats
from biopact.supply.program.assembly import Assembly
from biopact.supply.program.solver import Overlay, Solved, Solver

__all__ = ["Shares", "add_shares", "lost_by_group", "shared"]

INF = float("inf")
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Shares:
    """Where a program keeps what sharing needs: free rows until they are given bounds."""

    lose: int
    weeks: int
    share: int  # the column: the largest lost share
    loss_row: int
    group_rows: int
    limit_rows: int


def add_shares(build: Assembly, arrays: Arrays, lose: int, weeks: int) -> Shares:
    """Add the rows and the column of sharing to a program whose losses begin at ``lose``, item by item, week by week."""
    share = build.variables(0.0, 0.0, INF, 1)
    lines, groups = len(arrays.demand), len(arrays.groups)
    columns = lose + np.arange(lines * weeks)
    loss_row = build.constraints(-INF, INF, 1)
    build.entries(np.full(lines * weeks, loss_row), columns, np.repeat(arrays.price / arrays.value_a_week, weeks))
    group_rows = build.constraints(-INF, INF, groups)
    limit_rows = build.constraints(-INF, INF, groups)
    of = np.repeat(arrays.demand_group, weeks)
    wanted = arrays.group_demand * weeks
    build.entries(group_rows + of, columns, 1.0)
    build.entries(limit_rows + of, columns, 1.0)
    some = np.flatnonzero(wanted > 0)
    build.entries(group_rows + some, np.full(len(some), share), -wanted[some])
    return Shares(lose, weeks, share, loss_row, group_rows, limit_rows)


def lost_by_group(arrays: Arrays, shares: Shares, x: Floats) -> Floats:
    """What each (product, country) loses in all, natural units."""
    lines = len(arrays.demand)
    lost = x[shares.lose : shares.lose + lines * shares.weeks].reshape(lines, shares.weeks).sum(axis=1)
    return np.bincount(arrays.demand_group, lost, len(arrays.groups)).astype(np.float64)


def shared(
    solver: Solver,
    arrays: Arrays,
    shares: Shares,
    overlay: Overlay,
    solved: Solved,
    stages: list[Solved] | None = None,
) -> Solved:
    """A plan of the same loss with the loss shared pro rata; the solver is left with its own costs.

    The solution of every stage is put into ``stages``, where given.
    """
    wanted = arrays.group_demand * shares.weeks
    lost = lost_by_group(arrays, shares, solved.x)
    active = wanted > 0
    ratios = lost[active] / wanted[active]
    if solved.value <= _TINY or active.sum() < 2 or float(np.ptp(ratios)) <= _TINY:
        return solved
    lines = shares.lose + np.arange(len(arrays.demand) * shares.weeks)
    solver.costs(lines, np.zeros(len(lines)))
    solver.costs(np.array([shares.share]), np.ones(1))
    limits = np.full(len(wanted), INF)
    told = solved
    solver.primal(True)
    most = float(ratios.max()) * (1 + 1e-9) + 1e-9
    for _ in range(len(wanted)):
        bound = with_limits(overlay, shares, solved.value, np.where(active, 0.0, INF), limits, most)
        solver.apply(bound)
        solver.at_upper(shares.share)
        found = solver.try_solve()
        if found is None:
            break
        told = Solved(solved.value, found.x, found.row_dual, found.reduced)
        if stages is not None:
            stages.append(found)
        lost = lost_by_group(arrays, shares, found.x)
        if found.value <= _TINY:
            break
        duals = found.row_dual[shares.group_rows : shares.group_rows + len(wanted)]
        binding = active & (np.abs(duals) > _TINY)
        if not binding.any():
            binding = active & (lost >= wanted * found.value - _TINY)
        limits[binding] = wanted[binding] * found.value + 1e-11
        active &= ~binding
        most = found.value + 1e-9
        if not active.any():
            break
    solver.primal(False)
    solver.own_costs()
    return told


def with_limits(
    overlay: Overlay, shares: Shares, loss: float, groups: Floats, limits: Floats, most: float = INF
) -> Overlay:
    """An overlay that also bounds the loss, the shares (``groups``, ``most``) and what groups may lose (``limits``)."""
    size = len(groups)
    rows = np.concatenate(
        [overlay.rows, [shares.loss_row], shares.group_rows + np.arange(size), shares.limit_rows + np.arange(size)]
    ).astype(np.int64)
    free = np.full(1 + 2 * size, -INF)
    return Overlay(
        np.append(overlay.columns, shares.share),
        np.append(overlay.low, 0.0),
        np.append(overlay.high, most),
        rows,
        np.concatenate([overlay.row_low, free]),
        np.concatenate([overlay.row_high, [loss * (1 + 1e-11) + 1e-12], groups, limits]),
    )
