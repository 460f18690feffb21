"""How fast the chain is stressed: all singles and pairs of one window, weekly singles, building; against peers in the same run.

``python -m bench.supply`` prints every line of ``bench/supply.md``. A peer that is not installed is named and skipped.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.networks import network
from biopact.supply.network.arrays import Arrays, arrays_of
from biopact.supply.network.closures import sites_down
from biopact.supply.program.base import base_plan
from biopact.supply.program.solver import Lp, Overlay, Solver
from biopact.supply.program.weekly import weekly_of
from biopact.supply.program.window import window_of
from biopact.supply.scenarios.engine import Engine
from biopact.supply.scenarios.onewindow import OneWindow

WINDOW_SEED, WEEKLY_SEED = 7, 11


def processor() -> float:
    """Seconds of processor time, those of ended children too (CBC runs in one): what others do here does not count."""
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = processor()
    value = work()
    return processor() - start, value


def told(what: str, value: str, note: str = "") -> None:
    print(f"{what:58} {value:>16}  {note}", flush=True)


def warm_singles(arrays: Arrays, weeks: int) -> tuple[float, np.ndarray]:
    """Every single solved from the last basis, nothing pruned."""
    window = window_of(arrays)
    solver = Solver(window.lp)
    solver.apply(window.down((), 1.0 / weeks))
    solver.solve()
    values = np.zeros(len(arrays.sites))

    def work() -> None:
        for site in range(len(arrays.sites)):
            solver.apply(window.down((site,), 1.0 / weeks))
            values[site] = max(solver.value(), 0.0)

    return timed(work)[0], values


METHODS = {"presolve on": (True, "simplex"), "presolve off": (False, "simplex"), "interior point": (True, "ipm")}


def cold_singles(lp: Lp, overlays: list[Overlay], presolve: bool, method: str) -> tuple[float, np.ndarray]:
    """Scenarios each solved from nothing with the same solver, the matrix loaded once."""
    solver = Solver(lp, presolve=presolve)
    solver._highs.setOptionValue("solver", method)
    values = np.zeros(len(overlays))

    def work() -> None:
        for at, overlay in enumerate(overlays):
            solver.apply(overlay)
            solver.forget()
            values[at] = max(solver.value(), 0.0)

    return timed(work)[0], values


def sample(values: np.ndarray, size: int) -> np.ndarray:
    """Scenarios to solve from nothing: a third of them the worst, the others spread over all."""
    worst = np.argsort(-values, kind="stable")[: size // 3]
    spread = np.linspace(0, len(values) - 1, min(len(values), size - len(worst))).astype(int)
    return np.unique(np.concatenate([worst, spread]))


def one_window(sites: int) -> None:
    arrays = arrays_of(network(sites, WINDOW_SEED, ttr=12))
    window = window_of(arrays)
    count = len(arrays.sites)
    print(f"\nOne window of 12 weeks: {count} sites, {window.lp.columns} columns, {window.lp.rows} rows")
    warm, values = warm_singles(arrays, 12)
    told("every single, warm, none pruned", f"{count / warm:.0f} /s", f"{int((values > 1e-9).sum())} lose something")
    pruned, again = timed(lambda: OneWindow(arrays).singles())
    told(
        "every single, with pruning",
        f"{count / pruned:.0f} /s",
        f"largest difference {np.abs(values - again).max():.1e}",
    )
    some = sample(values, 60)
    overlays = [window.down((int(site),), 1.0 / 12) for site in some]
    for how, (presolve, method) in METHODS.items():
        cold, cold_values = cold_singles(window.lp, overlays, presolve, method)
        name = f"cold, same solver, {how} ({len(some)} scenarios)"
        gap = np.abs(cold_values - values[some]).max()
        told(
            name,
            f"{len(some) / cold:.0f} /s",
            f"warm is {cold / len(some) / (warm / count):.1f}x, largest gap {gap:.1e}",
        )
    for peer in (pyomo_rebuild, pulp_rebuild):
        peer_window(peer, arrays, values, warm / count)
    wall = time.perf_counter()
    seconds, pairs = timed(lambda: OneWindow(arrays).pairs())
    total = count * (count - 1) // 2
    note = f"{time.perf_counter() - wall:.0f} s on the wall; {len(pairs.solved)} of {total} pairs needed a solve"
    told("all pairs, exactly", f"{seconds:.1f} s", note)
    check_pairs(arrays, pairs.weekly_loss)


def check_pairs(arrays: Arrays, losses: np.ndarray) -> None:
    """A sample of pairs from nothing, pruned ones too."""
    rng = np.random.default_rng(1)
    windows = OneWindow(arrays)
    gap = 0.0
    for _ in range(60):
        one, other = rng.choice(len(arrays.sites), 2, replace=False).tolist()
        gap = max(gap, abs(losses[one, other] - windows.cold((one, other), 12)))
    told("  60 random pairs solved from nothing", f"{gap:.1e}", "largest gap")


def peer_window(peer: Callable[[Arrays, int], float], arrays: Arrays, values: np.ndarray, warm: float) -> None:
    name = peer.__name__.partition("_")[0]
    try:
        sites = [int(values.argmax()), len(arrays.sites) // 2, len(arrays.sites) - 1]
        seconds, found = timed(lambda: [peer(arrays, site) for site in sites])
    except ImportError:
        told(f"{name}, rebuilt for each scenario", "not installed")
        return
    gap = max(abs(value - values[site]) for value, site in zip(found, sites, strict=True))
    each = seconds / len(sites)
    told(
        f"{name}, rebuilt for each scenario", f"{1 / each:.2f} /s", f"warm is {each / warm:.0f}x, largest gap {gap:.1e}"
    )


def pyomo_rebuild(arrays: Arrays, site: int) -> float:
    """The one-window program with one site down, written in Pyomo and solved with HiGHS."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    model = pyo.ConcreteModel()
    processes, lanes, pools, lines = arrays.shape
    down = {int(at) for at in np.flatnonzero(arrays.process_site == site)}
    shut = {int(at) for at in np.flatnonzero(arrays.pool_site[arrays.lane_to] == site)}
    lost = {int(at) for at in np.flatnonzero(arrays.pool_site[arrays.demand_pool] == site)}
    model.make = pyo.Var(
        range(processes), bounds=lambda _, at: (0, 0 if at in down else float(arrays.process_capacity[at]))
    )
    model.move = pyo.Var(range(lanes), bounds=lambda _, at: (0, 0 if at in shut else None))
    model.lose = pyo.Var(
        range(lines), bounds=lambda _, at: (float(arrays.demand[at]) if at in lost else 0, float(arrays.demand[at]))
    )
    terms: list[list[Any]] = [[] for _ in range(pools)]
    for at in range(processes):
        terms[arrays.process_pool[at]].append(model.make[at])
    for at, process in enumerate(arrays.input_process):
        terms[arrays.input_pool[at]].append(-float(arrays.input_quantity[at]) * model.make[int(process)])
    for at in range(lanes):
        terms[arrays.lane_to[at]].append(model.move[at])
        terms[arrays.lane_from[at]].append(-1 * model.move[at])
    for at in range(lines):
        terms[arrays.demand_pool[at]].append(model.lose[at])
    wanted = np.bincount(arrays.demand_pool, arrays.demand, pools)
    model.balance = pyo.Constraint(
        range(pools),
        rule=lambda _, q: sum(terms[q]) >= float(wanted[q] - arrays.stock[q] / 12) if terms[q] else pyo.Constraint.Skip,
    )
    model.loss = pyo.Objective(
        expr=sum(float(arrays.price[at] / arrays.value_a_week) * model.lose[at] for at in range(lines))
    )
    solver = Highs()
    solver.solve(model)
    return float(pyo.value(model.loss))


def pulp_rebuild(arrays: Arrays, site: int) -> float:
    """The same in PuLP, solved with its own CBC."""
    import pulp

    processes, lanes, pools, lines = arrays.shape
    down = {int(at) for at in np.flatnonzero(arrays.process_site == site)}
    shut = {int(at) for at in np.flatnonzero(arrays.pool_site[arrays.lane_to] == site)}
    lost = {int(at) for at in np.flatnonzero(arrays.pool_site[arrays.demand_pool] == site)}
    make = [
        pulp.LpVariable(f"u{at}", 0, 0 if at in down else float(arrays.process_capacity[at])) for at in range(processes)
    ]
    move = [pulp.LpVariable(f"y{at}", 0, 0 if at in shut else None) for at in range(lanes)]
    lose = [
        pulp.LpVariable(f"l{at}", float(arrays.demand[at]) if at in lost else 0, float(arrays.demand[at]))
        for at in range(lines)
    ]
    terms: list[list[Any]] = [[] for _ in range(pools)]
    for at in range(processes):
        terms[arrays.process_pool[at]].append((make[at], 1.0))
    for at, process in enumerate(arrays.input_process):
        terms[arrays.input_pool[at]].append((make[int(process)], -float(arrays.input_quantity[at])))
    for at in range(lanes):
        terms[arrays.lane_to[at]].append((move[at], 1.0))
        terms[arrays.lane_from[at]].append((move[at], -1.0))
    for at in range(lines):
        terms[arrays.demand_pool[at]].append((lose[at], 1.0))
    wanted = np.bincount(arrays.demand_pool, arrays.demand, pools)
    problem = pulp.LpProblem("window", pulp.LpMinimize)
    problem += pulp.LpAffineExpression(
        [(lose[at], float(arrays.price[at] / arrays.value_a_week)) for at in range(lines)]
    )
    for q in range(pools):
        if terms[q]:
            problem += pulp.LpAffineExpression(terms[q]) >= float(wanted[q] - arrays.stock[q] / 12)
    problem.solve(pulp.PULP_CBC_CMD(msg=False))
    return float(pulp.value(problem.objective))


def weekly(sites: int, weeks: int) -> None:
    arrays = arrays_of(network(sites, WEEKLY_SEED))
    engine = Engine(arrays, weeks)
    count = len(arrays.sites)
    lp = engine.lp
    print(f"\nWeekly: {count} sites x {weeks} weeks, {lp.columns} columns, {lp.rows} rows, {len(lp.value)} entries")
    overlays = [engine.overlay(sites_down(arrays, [site])) for site in range(count)]
    engine.solver.apply(overlays[0])
    engine.solver.solve()
    values = np.zeros(count)

    def work() -> None:
        for site, overlay in enumerate(overlays):
            engine.solver.apply(overlay)
            values[site] = max(engine.solver.value(), 0.0)

    warm = timed(work)[0]
    told("every single, warm, none pruned", f"{count / warm:.1f} /s", f"{int((values > 1e-9).sum())} lose something")
    some = sample(values, 12)
    for how, (presolve, method) in METHODS.items():
        cold, cold_values = cold_singles(lp, [overlays[int(site)] for site in some], presolve, method)
        gap = np.abs(cold_values - values[some]).max()
        name = f"cold, same solver, {how} ({len(some)} scenarios)"
        told(
            name,
            f"{len(some) / cold:.1f} /s",
            f"warm is {cold / len(some) / (warm / count):.1f}x, largest gap {gap:.1e}",
        )
    worst = int(values.argmax())
    build(arrays, weeks, overlays[worst], float(values[worst]))


def build(arrays: Arrays, weeks: int, overlay: Overlay, value: float) -> None:
    base = base_plan(arrays)
    ours = min(timed(lambda: weekly_of(arrays, base, weeks))[0] for _ in range(3))
    loaded = min(timed(lambda: Solver(weekly_of(arrays, base, weeks).lp))[0] for _ in range(3))
    told("building the weekly program", f"{ours * 1000:.0f} ms", f"{loaded * 1000:.0f} ms with loading into HiGHS")
    try:
        theirs, objective = linopy_build(arrays, weeks, overlay)
    except ImportError:
        told("linopy, the same program", "not installed")
        return
    note = f"ours is {theirs / ours:.0f}x as fast, {theirs / loaded:.0f}x with loading"
    told("linopy, the same program (model only)", f"{theirs * 1000:.0f} ms", note)
    if objective is not None:
        told("  the worst single solved in both: difference", f"{abs(objective - value):.1e}", f"of {value:.4g}")


def linopy_build(arrays: Arrays, weeks: int, overlay: Overlay) -> tuple[float, float | None]:
    """The same program in linopy: one block of variables for each kind, balances by sums over groups of shifted weeks.

    Its value with a scenario's bounds written in is given too, so that one sees it is the same program.
    """
    import warnings

    import linopy
    import pandas as pd
    import xarray as xr

    warnings.simplefilter("ignore")
    plain = weekly_of(arrays, base_plan(arrays), weeks)
    lp = plain.lp.with_overlay(overlay)
    processes, lanes, pools, lines = arrays.shape
    time_ = pd.RangeIndex(weeks, name="week")
    every = pd.RangeIndex(pools, name="pool")
    start = processor()
    model = linopy.Model()

    def block(name: str, size: int, first: int) -> Any:
        shape = (size, weeks)
        low, high = (part[first : first + size * weeks].reshape(shape) for part in (lp.low, lp.high))
        coords = [pd.RangeIndex(size, name=name), time_]
        return model.add_variables(lower=xr.DataArray(low, coords), upper=xr.DataArray(high, coords), name=name)

    make, move = block("process", processes, plain.make), block("lane", lanes, plain.move)
    keep, lose = block("pool", pools, plain.keep), block("line", lines, plain.lose)

    def by_pool(variable: Any, items: Any, pool_of: Any, delay: Any, values: Any, name: str) -> Any:
        """The sum over items of a variable, so many weeks later, grouped by pool."""
        parts = []
        for lag in np.unique(delay):
            some = np.flatnonzero(delay == lag)
            row = pd.RangeIndex(len(some), name="entry")
            picked = variable.sel({name: xr.DataArray(items[some], [row])}).shift(week=int(lag))
            part = picked * xr.DataArray(values[some], [row])
            group = xr.DataArray(pool_of[some], [row], name="pool")
            parts.append(part.groupby(group).sum().reindex(pool=every))
        return parts

    none, at = np.zeros, np.arange
    terms = [
        *by_pool(make, at(processes), arrays.process_pool, arrays.release, np.ones(processes), "process"),
        *by_pool(move, at(lanes), arrays.lane_to, arrays.lane_lead, np.ones(lanes), "lane"),
        *by_pool(move, at(lanes), arrays.lane_from, none(lanes), -np.ones(lanes), "lane"),
        *by_pool(lose, at(lines), arrays.demand_pool, none(lines), np.ones(lines), "line"),
    ]
    if len(arrays.input_process):
        used = -arrays.input_quantity
        terms += by_pool(make, arrays.input_process, arrays.input_pool, none(len(used)), used, "process")
    left = keep.shift(week=1) - keep
    for term in terms:
        left = left + term
    needed = xr.DataArray(lp.row_low[: pools * weeks].reshape(pools, weeks), [every, time_])
    model.add_constraints(left == needed, name="balance")
    price = xr.DataArray(arrays.price / arrays.value_a_week, [pd.RangeIndex(lines, name="line")])
    model.add_objective((lose * price).sum())
    seconds = processor() - start
    try:
        model.solve("highs", io_api="direct", output_flag=False)
        return seconds, float(model.objective.value)
    except Exception as error:  # only the time to build is compared
        print(f"  (linopy did not solve: {type(error).__name__}: {error})")
        return seconds, None


def whole(sites: int) -> None:
    """A whole stress test as a user runs it: singles, pairs, times to survive, checks from nothing."""
    from biopact.supply.scenarios.stress import stress

    seconds, found = timed(lambda: stress(network(sites, WEEKLY_SEED), 104, events=()))
    pairs = [it for it in found.scenarios if len(it.down) == 2]
    solved = sum(it.pruned is None for it in pairs)
    gap = found.checked_cold
    print(f"\nA whole stress test: {sites} sites x 104 weeks")
    told(
        "singles, all pairs, times to survive, checks from nothing",
        f"{seconds:.1f} s",
        f"{found.seconds:.0f} s on the wall; {solved} of {len(pairs)} pairs solved",
    )
    told("  checked from nothing", f"{gap.n}", f"largest gap {gap.largest_gap:.1e}")


def main(small: bool, parts: list[str]) -> None:
    if not parts or "window" in parts:
        one_window(200 if small else 1000)
    if not parts or "weekly" in parts:
        weekly(60 if small else 200, 26)
    if not parts or "whole" in parts:
        for sites in (15, 50) if small else (15, 50, 100):
            whole(sites)


if __name__ == "__main__":
    main("--small" in sys.argv, [word for word in sys.argv[1:] if not word.startswith("-")])
