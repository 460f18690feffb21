"""All policies on the same scenarios: loss, weeks lost, cost, cost per week avoided, and who benefits."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biopact.supply.network.arrays import Floats
from biopact.supply.network.closures import Closure
from biopact.supply.network.policies import WEEKS_A_YEAR, posture_of
from biopact.supply.network.posture import NO_POLICY, Posture
from biopact.supply.network.rows import Policy
from biopact.supply.scenarios.engine import Engine, Found
from biopact.supply.scenarios.results import lost_units, weeks_lost

__all__ = ["Case", "Compared", "compare", "under"]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario in which policies are compared, and how likely it is taken to be (weights sum to 1)."""

    name: str
    closure: Closure
    weight: float = 0.0


@dataclass(frozen=True)
class Compared:
    """Policies (or none) in force together. Losses in USD, by case; means are over the weights of the cases."""

    name: str
    policies: tuple[Policy, ...]
    losses: Mapping[str, float]
    weeks: Mapping[str, float]
    lost: Mapping[str, Mapping[str, Mapping[str, float]]]
    curve: tuple[float, ...]  # what is lost up to each week in the worst case without policies, USD
    worst: float
    mean: float
    weeks_mean: float
    avoided: float
    weeks_avoided: float
    cost_year: float | None
    cost: float | None  # over the horizon
    cost_per_week: float | None  # None: nothing is avoided, or the cost is not known
    benefit: Mapping[str, float]  # USD avoided by country, mean over the cases
    pays: Mapping[str, float]  # USD a year by payer


def under(engine: Engine, posture: Posture) -> Engine:
    """The same program and solver under other policies."""
    other = copy.copy(engine)
    for known in ("path", "steady", "steadily_used"):
        other.__dict__.pop(known, None)
    other.posture = posture
    return other


def compare(
    engine: Engine,
    policies: Sequence[Policy],
    cases: Sequence[Case],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Compared, ...]:
    """No policy, then each alone, then all together, on the same cases."""
    if not cases:
        return ()
    bundles: list[tuple[str, tuple[Policy, ...]]] = [("none", ())]
    bundles += [(policy.id, (policy,)) for policy in policies]
    if len(policies) > 1:
        bundles.append(("all", tuple(policies)))
    solved: list[dict[str, Found]] = []
    for done, (_, chosen) in enumerate(bundles):
        if progress is not None:
            progress(done, len(bundles))
        posed = under(engine, posture_of(engine.arrays, chosen) if chosen else NO_POLICY)
        solved.append({case.name: posed.solve(case.closure) for case in cases})
    worst = max(cases, key=lambda case: solved[0][case.name].value).name
    return tuple(
        _compared(engine, name, chosen, cases, found, solved[0], worst)
        for (name, chosen), found in zip(bundles, solved, strict=True)
    )


def _compared(
    engine: Engine,
    name: str,
    chosen: tuple[Policy, ...],
    cases: Sequence[Case],
    found: Mapping[str, Found],
    before: Mapping[str, Found],
    worst: str,
) -> Compared:
    arrays = engine.arrays
    losses = {case.name: found[case.name].value * arrays.value_a_week for case in cases}
    weeks = {case.name: weeks_lost(arrays, found[case.name].lost) for case in cases}
    weight = np.array([case.weight for case in cases])
    mean = float(weight @ np.array(list(losses.values())))
    weeks_mean = float(weight @ np.array(list(weeks.values())))
    mean_before = float(weight @ np.array([before[case.name].value for case in cases])) * arrays.value_a_week
    weeks_before = float(weight @ np.array([weeks_lost(arrays, before[case.name].lost) for case in cases]))
    costs = [policy.cost_year for policy in chosen]
    known = all(cost is not None for cost in costs)
    cost_year = sum(cost or 0.0 for cost in costs) if known else None
    years = [max(engine.weeks - policy.start, 0) / WEEKS_A_YEAR for policy in chosen]
    once = sum(policy.cost_start for policy in chosen if policy.start < engine.weeks)
    cost = once + sum((c or 0.0) * y for c, y in zip(costs, years, strict=True)) if known else None
    benefit = _benefit(engine, cases, found, before)
    avoided_weeks = _snapped(weeks_before - weeks_mean, weeks_before)
    return Compared(
        name=name,
        policies=chosen,
        losses=losses,
        weeks=weeks,
        lost={case.name: lost_units(arrays, found[case.name].lost) for case in cases},
        curve=tuple((_by_week(engine, found[worst]) * arrays.value_a_week).tolist()),
        worst=max(losses.values()),
        mean=mean,
        weeks_mean=weeks_mean,
        avoided=_snapped(mean_before - mean, mean_before),
        weeks_avoided=avoided_weeks,
        cost_year=cost_year,
        cost=cost,
        cost_per_week=cost / avoided_weeks if cost is not None and avoided_weeks > 1e-6 else None,
        benefit=benefit,
        pays=_pays(chosen, benefit),
    )


def _snapped(amount: float, scale: float) -> float:
    """A difference that solvers can tell from nothing, else nothing."""
    return amount if abs(amount) > 1e-7 * max(abs(scale), 1e-300) else 0.0


def _by_week(engine: Engine, found: Found) -> Floats:
    """What is lost up to each week, in weeks of joint demand's value."""
    weekly = engine.weekly
    if found.x is None:
        return np.zeros(engine.weeks)
    lost = weekly.of(found.x, weekly.lose, len(engine.arrays.demand))
    by_week: Floats = (engine.arrays.price / engine.arrays.value_a_week) @ lost
    return np.cumsum(by_week)


def _benefit(
    engine: Engine, cases: Sequence[Case], found: Mapping[str, Found], before: Mapping[str, Found]
) -> dict[str, float]:
    """The value of what is no longer lost, by country."""
    arrays = engine.arrays
    price = np.zeros(len(arrays.groups))
    price[arrays.demand_group] = arrays.price
    told: dict[str, float] = {}
    for case in cases:
        less = (before[case.name].lost - found[case.name].lost) * price * case.weight
        for (_, country), amount in zip(arrays.groups, less, strict=True):
            told[country] = told.get(country, 0.0) + float(amount)
    return {country: _snapped(amount, arrays.value_a_week) for country, amount in told.items()}


def _pays(chosen: Sequence[Policy], benefit: Mapping[str, float]) -> dict[str, float]:
    """Who pays what a year: the payer written, or by benefit where it is shared (evenly where nobody benefits)."""
    told: dict[str, float] = {}
    gains = {country: max(amount, 0.0) for country, amount in benefit.items()}
    total = sum(gains.values())
    for policy in chosen:
        cost = policy.cost_year or 0.0
        if policy.payer.lower() in ("shared", "joint", "both", "split"):
            for country, amount in gains.items():
                share = amount / total if total > 0 else 1.0 / len(gains)
                told[country] = told.get(country, 0.0) + cost * share
        elif cost:
            told[policy.payer or "-"] = told.get(policy.payer or "-", 0.0) + cost
    return told
