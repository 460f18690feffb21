"""All singles and pairs of the one-window programs, with exact pruning, for networks of thousands of sites.

A site that an optimal plan does not use has no impact when it fails; a pair needs a solve only where the plan of each
failure uses the other site. With windows that differ the plan must have been found for the pair's own window.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats, Ints
from biopact.supply.program.solver import Solver, cold
from biopact.supply.program.window import Bools, Survival, Window, window_of

__all__ = ["OneWindow", "PairLosses", "one_window_losses", "one_window_tts"]

_THREADS, _MANY = 2, 500  # from so many pairs on, threads pay
Progress = Callable[[int], None]  # solves so far


@dataclass(frozen=True, eq=False)
class PairLosses:
    """The loss a week of every pair, weeks of joint demand's value; ``solved`` are the pairs that needed a solve."""

    weekly_loss: Floats  # sites by sites, symmetric
    solved: Ints  # two columns: the first and the second site


class OneWindow:
    """Least losses of one window, in weekly rates (multiply by the window)."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.window: Window = window_of(arrays)
        self.solver = Solver(self.window.lp)
        self._known: dict[tuple[int, int], tuple[float, Bools]] = {}

    def _solve(self, down: tuple[int, ...], weeks: int) -> tuple[float, Bools]:
        self.solver.apply(self.window.down(down, 1.0 / max(weeks, 1)))
        found = self.solver.solve()
        return max(found.value, 0.0), self.window.used(found.x)

    def root(self, weeks: int) -> tuple[float, Bools]:
        """The loss a week with nothing down, and what the plan uses."""
        if (-1, weeks) not in self._known:
            self._known[-1, weeks] = self._solve((), weeks)
        return self._known[-1, weeks]

    def single(self, site: int, weeks: int) -> tuple[float, Bools]:
        """The loss a week when a site is down for a window, and what the plan then uses."""
        key = (site, weeks)
        if key not in self._known:
            value, used = self.root(weeks)
            self._known[key] = self._solve((site,), weeks) if used[site] else (value, used)
        return self._known[key]

    def singles(self) -> Floats:
        """The loss a week of every single failure, each in its own window."""
        ttr = self.arrays.ttr.tolist()
        return np.array([self.single(site, weeks)[0] for site, weeks in enumerate(ttr)])

    def pairs(self, progress: Progress | None = None) -> PairLosses:
        """The loss a week of every pair, in the longer of the two windows, exactly."""
        ttr = self.arrays.ttr
        count = len(self.arrays.sites)
        loss = np.zeros((count, count))
        solved: list[tuple[int, int]] = []
        for weeks in np.unique(ttr).tolist():  # the pairs whose longer time to recover this is
            among = np.flatnonzero(ttr <= weeks)
            values, used = np.zeros(count), np.ones((count, count), dtype=bool)
            for site in among.tolist():
                values[site], used[site] = self.single(site, weeks)
            inside = np.zeros((count, count), dtype=bool)
            inside[np.ix_(np.flatnonzero(ttr == weeks), among)] = True
            inside |= inside.T
            np.fill_diagonal(inside, False)
            by_row, by_column = inside & ~used, inside & ~used.T
            loss[by_row] = np.broadcast_to(values[:, None], loss.shape)[by_row]
            loss[by_column] = np.broadcast_to(values[None, :], loss.shape)[by_column]
            pairs = np.argwhere(np.triu(inside & used & used.T, 1))
            for (first, second), value in zip(pairs.tolist(), self._losses(pairs, weeks, progress), strict=True):
                loss[first, second] = loss[second, first] = value
            solved += [(first, second) for first, second in pairs.tolist()]
        return PairLosses(loss, np.array(solved, dtype=np.int64).reshape(-1, 2))

    def _losses(self, pairs: Ints, weeks: int, progress: Progress | None) -> list[float]:
        """The loss of each pair by a solve; many of them in two threads, each with a solver of its own."""
        threads = _THREADS if len(pairs) > _MANY else 1
        losses = [0.0] * len(pairs)

        def work(part: Ints) -> None:
            solver = self.solver if threads == 1 else Solver(self.window.lp)
            for at in part.tolist():
                solver.apply(self.window.down(pairs[at].tolist(), 1.0 / max(weeks, 1)))
                losses[at] = max(solver.value(), 0.0)
                if progress is not None and part[0] == 0:
                    progress((at + 1) * threads)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, np.array_split(np.arange(len(pairs)), threads)))
        return losses

    def cold(self, down: tuple[int, ...], weeks: int) -> float:
        """The same from nothing."""
        return max(cold(self.window.lp, self.window.down(down, 1.0 / max(weeks, 1))).value, 0.0)


def one_window_losses(arrays: Arrays, pairs: bool) -> dict[tuple[int, ...], float]:
    """What every single (each in its own window) and, if asked, pair (in the longer) loses, in weeks of joint demand's
    value: the time-to-recover program."""
    windows = OneWindow(arrays)
    ttr, losses = arrays.ttr.tolist(), windows.singles().tolist()
    found: dict[tuple[int, ...], float] = {(site,): loss * ttr[site] for site, loss in enumerate(losses)}
    if pairs:
        weekly = windows.pairs().weekly_loss.tolist()
        for one, other in combinations(range(len(ttr)), 2):
            found[one, other] = weekly[one][other] * max(ttr[one], ttr[other])
    return found


def one_window_tts(arrays: Arrays, horizon: int, pairs: bool) -> dict[tuple[int, ...], float | None]:
    """The time to survive of one window for every single and, if asked, pair of sites; () is nothing down.

    None: beyond the horizon. A pair has the time of one of its sites where that site's plan does not use the other.
    """
    survival = Survival(window_of(arrays))
    count = len(arrays.sites)
    found: dict[tuple[int, ...], float | None] = {}
    weeks, plan = survival.weeks((), horizon)
    found[()] = weeks
    nothing = np.ones(count, dtype=bool)
    used_at_rest = nothing if plan is None else survival.window.used(plan.x)
    used = []
    for site in range(count):
        if not used_at_rest[site]:
            found[site,] = weeks
            used.append(used_at_rest)
            continue
        found[site,], plan = survival.weeks((site,), horizon)
        used.append(nothing if plan is None else survival.window.used(plan.x))
    for first, second in combinations(range(count), 2) if pairs else ():
        one, other = found[first,], found[second,]
        if one == 0.0 or other == 0.0:
            found[first, second] = 0.0
        elif not used[first][second]:
            found[first, second] = one
        elif not used[second][first]:
            found[first, second] = other
        else:
            found[first, second] = survival.weeks((first, second), horizon)[0]
    return found
