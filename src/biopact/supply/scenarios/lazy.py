"""Plans that lose no more than is known to be lost and, of those, use the least of what could fail.

Such a plan proves at once what many other failures lose (closing what it does not use changes nothing), and asking for
it with one more site closed is a question of feasibility: the answer is a plan, or that more must be lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from biopact.supply.network.arrays import Floats, Ints
from biopact.supply.program.sharing import with_limits
from biopact.supply.program.solver import Overlay, Solver
from biopact.supply.program.weekly import Weekly
from biopact.supply.scenarios.plans import Touch

__all__ = ["Lazy"]

_SLACK = 1e-9


class Lazy:
    """One weekly program with the aim of using little, loaded once; each question starts from an earlier basis."""

    def __init__(self, weekly: Weekly, fixed: Ints | None = None) -> None:
        columns = Touch(weekly).columns
        cost = np.zeros(weekly.lp.columns)
        cost[columns if fixed is None else np.setdiff1d(columns, fixed)] = 1e-3
        self.weekly = weekly
        self.solver = Solver(replace(weekly.lp, cost=cost))
        self.first: Any = None
        self.basis: Any = None  # of the last plan that was found

    def plan(self, overlay: Overlay, value: float, lost: Floats, start: Any = None) -> Floats | None:
        """A plan under an overlay that loses at most ``value``, by (product, country) at most ``lost``; or None."""
        limits = lost * (1 + _SLACK) + _SLACK
        free = np.full(len(lost), np.inf)
        self.solver.apply(with_limits(overlay, self.weekly.shares, value + _SLACK, free, limits))
        if start is not None or self.first is not None:
            self.solver.restart(self.first if start is None else start)
            found = self.solver.try_solve()
        else:
            found = self.solver.from_inside()
        if found is None:
            return None
        self.basis = self.solver.basis()
        self.first = self.basis if self.first is None else self.first
        return found.x
