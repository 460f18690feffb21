"""The set of policies that a budget buys best: least worst loss or least expected loss, exactly.

The loss of a scenario is a linear program whose bounds the policies move, so it is bounded from below, at every set of
policies, by the duals found at one set (Benders' cuts; Laporte and Louveaux' integer L-shaped method where two
policies only work together). A small mixed-integer program in HiGHS chooses a set, the scenarios are solved for it,
new cuts are added, until the bound meets the loss. The cuts serve every budget, so the frontier costs little more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biopact.errors import UsageError
from biopact.supply.analyses.comparing import Case, under
from biopact.supply.network.arrays import Floats
from biopact.supply.network.policies import posture_of
from biopact.supply.network.rows import Policy
from biopact.supply.program.overlays import overlay_of
from biopact.supply.program.solver import Overlay, plain_highs
from biopact.supply.scenarios.engine import Engine

__all__ = ["Chosen", "frontier", "optimal_mix"]

_GAP = 1e-6
MOST = 40
Progress = Callable[[int, float, float], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The best set for a budget (USD a year). ``loss`` is the worst or expected loss, USD, as ``aim`` says."""

    budget: float
    aim: str  # worst | expected
    policies: tuple[str, ...]
    cost_year: float
    loss: float
    bound: float  # what no set can be better than


@dataclass(frozen=True, eq=False)
class _Cut:
    """loss of ``case`` >= level - gain @ x, with the gain of a policy that is in already, and hurts, for leaving it."""

    case: int
    level: float
    slope: Floats


class Mix:
    """The search over sets of policies on the same scenarios."""

    def __init__(self, engine: Engine, policies: Sequence[Policy], cases: Sequence[Case], aim: str) -> None:
        if aim not in ("worst", "expected"):
            raise UsageError("supply.unknown-aim", None, found=aim)
        if len(policies) > MOST:
            raise UsageError("supply.too-many-policies", None, found=len(policies), most=MOST)
        self.engine, self.cases, self.aim = engine, list(cases), aim
        self.policies = list(policies)
        self.cost = np.array([policy.cost_year or 0.0 for policy in policies])
        self.cuts: list[_Cut] = []
        self.values: dict[tuple[int, ...], Floats] = {}

    def best(self, budget: float, progress: Progress | None = None) -> Chosen:
        """The best set for a budget."""
        while True:
            chosen, bound = self._master(budget)
            losses = self._losses(chosen)
            reached = self._aimed(losses)
            known = [
                (self._aimed(value), sum(self.cost[list(key)]), key)
                for key, value in self.values.items()
                if sum(self.cost[list(key)]) <= budget * (1 + 1e-12) + 1e-9
            ]
            best, cost, key = min(known)
            if progress is not None:
                progress(len(self.values), bound, best)
            if best <= bound + _GAP * max(1.0, best) or reached <= bound + _GAP * max(1.0, reached):
                best, cost, key = self._leanest(best, known)
                scale = self.engine.arrays.value_a_week
                names = tuple(self.policies[at].id for at in key)
                return Chosen(budget, self.aim, names, float(cost), best * scale, min(bound, best) * scale)

    def _leanest(
        self, best: float, known: list[tuple[float, float, tuple[int, ...]]]
    ) -> tuple[float, float, tuple[int, ...]]:
        """Of the sets that are as good, the cheapest, then the smallest."""
        good = [it for it in known if it[0] <= best + _GAP * max(1.0, best)]
        return min(good, key=lambda it: (it[1], len(it[2]), it[2]))

    def _aimed(self, losses: Floats) -> float:
        if self.aim == "worst":
            return float(losses.max(initial=0.0))
        return float(np.array([case.weight for case in self.cases]) @ losses)

    def _losses(self, chosen: tuple[int, ...]) -> Floats:
        """The loss in every scenario under a set, remembered, with a cut for each."""
        if chosen in self.values:
            return self.values[chosen]
        engine = under(self.engine, posture_of(self.engine.arrays, [self.policies[at] for at in chosen]))
        losses = np.zeros(len(self.cases))
        for at, case in enumerate(self.cases):
            overlay = engine.overlay(case.closure)
            engine.solver.apply(overlay)
            solved = engine.solver.solve()
            losses[at] = max(solved.value, 0.0)
            self.cuts.append(self._cut(at, case, chosen, losses[at], solved.reduced, solved.row_dual, overlay))
        self.values[chosen] = losses
        return losses

    def _cut(
        self,
        at: int,
        case: Case,
        chosen: tuple[int, ...],
        value: float,
        reduced: Floats,
        dual: Floats,
        overlay: Overlay,
    ) -> _Cut:
        """A bound from below on the loss at every other set."""
        here = _Written(self.engine, overlay)
        slope = np.zeros(len(self.policies))
        level = value
        for policy in range(len(self.policies)):
            inside = policy in chosen
            gain = max(self._gain(here, reduced, dual, case, other) for other in self._others(chosen, policy, inside))
            if inside:  # leaving it can only help by what it hurts
                level -= gain
                slope[policy] = -gain
            else:
                slope[policy] = gain
        return _Cut(at, level, slope)

    def _others(
        self, chosen: tuple[int, ...], policy: int, inside: bool
    ) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Pairs of sets that differ by one policy: from the chosen set, and for a recognition from it with each other
        policy added, because it works through them."""
        if inside:
            return [(chosen, tuple(it for it in chosen if it != policy))]
        pairs = [(chosen, tuple(sorted((*chosen, policy))))]
        if self.policies[policy].kind == "recognition":
            for other in range(len(self.policies)):
                if other not in chosen and other != policy:
                    more = tuple(sorted((*chosen, other)))
                    pairs.append((more, tuple(sorted((*more, policy)))))
        return pairs

    def _gain(
        self, here: _Written, reduced: Floats, dual: Floats, case: Case, sets: tuple[tuple[int, ...], tuple[int, ...]]
    ) -> float:
        """At most what the loss falls by, going from one set to the other, by the duals."""
        before, after = (self._written(here, case, chosen) for chosen in sets)
        high = np.where(reduced < 0, _step(before.high, after.high), 0.0)
        low = np.where(reduced > 0, _step(before.low, after.low), 0.0)
        rows = _step(before.row_low, after.row_low)
        change = float(reduced @ high) + float(reduced @ low) + float(dual @ rows)
        return max(-change, 0.0)

    def _written(self, here: _Written, case: Case, chosen: tuple[int, ...]) -> _Written:
        key = (case.name, chosen)
        if key not in self._bounds:
            posture = posture_of(self.engine.arrays, [self.policies[at] for at in chosen])
            path = self.engine.path if case.closure.first else None
            self._bounds[key] = _Written(self.engine, overlay_of(self.engine.weekly, case.closure, posture, path))
        return self._bounds[key]

    @property
    def _bounds(self) -> dict[Any, _Written]:
        found: dict[Any, _Written] = self.__dict__.setdefault("_written_bounds", {})
        return found

    def _master(self, budget: float) -> tuple[tuple[int, ...], float]:
        """The set that looks best by the cuts there are, and its bound."""
        import highspy

        highs = plain_highs()
        highs.setOptionValue("mip_rel_gap", 1e-9)
        highs.setOptionValue("mip_abs_gap", 1e-9)
        count, cases = len(self.policies), len(self.cases)
        tiny = 1e-9 / max(float(self.cost.sum()), 1.0)
        for at in range(count):
            highs.addVar(0.0, 1.0)
            highs.changeColIntegrality(at, highspy.HighsVarType.kInteger)
            highs.changeColCost(at, float(self.cost[at]) * tiny)
        for at, case in enumerate(self.cases):
            highs.addVar(0.0, highspy.kHighsInf)
            highs.changeColCost(count + at, case.weight if self.aim == "expected" else 0.0)
        highs.addVar(0.0, highspy.kHighsInf)
        highs.changeColCost(count + cases, 0.0 if self.aim == "expected" else 1.0)
        every = np.arange(count, dtype=np.int32)
        highs.addRow(-highspy.kHighsInf, float(budget), count, every, self.cost)
        if self.aim == "worst":
            for at in range(cases):
                highs.addRow(
                    0.0,
                    highspy.kHighsInf,
                    2,
                    np.array([count + cases, count + at], dtype=np.int32),
                    np.array([1.0, -1.0]),
                )
        for cut in self.cuts:
            columns = np.append(every, count + cut.case).astype(np.int32)
            highs.addRow(cut.level, highspy.kHighsInf, count + 1, columns, np.append(cut.slope, 1.0))
        highs.run()
        x = np.asarray(highs.getSolution().col_value)
        chosen = tuple(np.flatnonzero(x[:count] > 0.5).tolist())
        spent = float(self.cost[list(chosen)].sum()) * tiny
        return chosen, float(highs.getInfo().objective_function_value) - spent


def _step(before: Floats, after: Floats) -> Floats:
    """By how much bounds move; from or to no bound at all counts as not at all (no policy does that)."""
    moved = np.zeros_like(before)
    np.subtract(after, before, out=moved, where=(after != before) & np.isfinite(after) & np.isfinite(before))
    return moved


class _Written:
    """The bounds of a program with an overlay written in."""

    def __init__(self, engine: Engine, overlay: Overlay) -> None:
        lp = engine.lp.with_overlay(overlay)
        self.low, self.high, self.row_low = lp.low, lp.high, lp.row_low


def optimal_mix(
    engine: Engine, policies: Sequence[Policy], cases: Sequence[Case], budget: float, aim: str = "worst"
) -> Chosen:
    """The set of policies within a budget (USD a year) that loses least. Raises UsageError."""
    if budget < 0:
        raise UsageError("supply.negative", None, name="budget", found=f"{budget:g}")
    return Mix(engine, policies, cases, aim).best(budget)


def frontier(
    engine: Engine,
    policies: Sequence[Policy],
    cases: Sequence[Case],
    aim: str = "worst",
    budgets: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> tuple[Chosen, ...]:
    """The best set for each budget at which it changes; by default over the sums of the policies' costs (up to 24)."""
    mix = Mix(engine, policies, cases, aim)
    if budgets is None:
        sums = {0.0}
        for cost in mix.cost.tolist():
            sums |= {round(each + cost, 6) for each in sums} if len(sums) < 4096 else set()
        ordered = sorted(sums)
        step = max(1, -(-len(ordered) // 24))
        budgets = [*ordered[::step], ordered[-1]] if ordered[::step][-1] != ordered[-1] else ordered[::step]
    found: list[Chosen] = []
    for budget in budgets:
        best = mix.best(budget, progress)
        if not found or best.policies != found[-1].policies:
            found.append(best)
    return tuple(found)
