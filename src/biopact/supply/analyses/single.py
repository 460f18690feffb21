"""One scenario under chosen policies, with what is served and lost week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biopact.errors import UsageError
from biopact.pact.written import nearest, shown
from biopact.supply.analyses.comparing import under
from biopact.supply.analyses.law import Lawful
from biopact.supply.network.arrays import Arrays
from biopact.supply.network.closures import NOTHING, Closure, Hit, sites_down
from biopact.supply.network.events import closure_of
from biopact.supply.network.policies import WEEKS_A_YEAR, delayed, posture_of
from biopact.supply.network.rows import Network, Policy
from biopact.supply.scenarios.results import Scenario, scenario_of
from biopact.supply.scenarios.stress import engine_of

__all__ = ["Solved", "solve_one"]


@dataclass(frozen=True)
class Solved:
    """One scenario: the result, and lost units by product, country and week."""

    network: str
    weeks: int
    names: tuple[str, ...]
    policies: tuple[Policy, ...]
    scenario: Scenario
    base_loss: float
    lost_by_week: dict[str, dict[str, tuple[float, ...]]]


def solve_one(
    network: Network,
    law: Lawful | None,
    weeks: int,
    down: Sequence[str],
    policies: Sequence[str],
    start: int = 0,
    ttr: int | None = None,
    delay: float = 0.0,
) -> Solved:
    """Solve sites or events together, under policies that start ``delay`` years later (the horizon grows to hold it).

    Raises UsageError for a name that is no site, event or policy of the network.
    """
    chosen = [delayed(_policy(network, name), delay) for name in policies]
    horizon = weeks + round(WEEKS_A_YEAR * delay)
    engine = engine_of(
        network, horizon, law.opens if law else None, law.closed if law else (), law.tariffs if law else None
    )
    arrays = engine.arrays
    closure = NOTHING
    for name in down:
        closure = closure.joined(_scenario(arrays, name, start, ttr))
    rest = engine.loss(NOTHING)
    posed = under(engine, posture_of(arrays, chosen))
    found = posed.solve(closure)
    weekly = posed.weekly
    by_week: dict[str, dict[str, tuple[float, ...]]] = {}
    if found.x is not None:
        lost = weekly.of(found.x, weekly.lose, len(arrays.demand))
        for at, row in enumerate(network.demand):
            scale = float(arrays.pool_scale[arrays.demand_pool[at]])
            units = [0.0 if amount < 1e-7 else float(amount) * scale for amount in lost[at]]
            before = by_week.setdefault(row.product, {}).get(row.country, (0.0,) * horizon)
            by_week[row.product][row.country] = tuple(a + b for a, b in zip(before, units, strict=True))
    sites = tuple(dict.fromkeys(arrays.sites[hit.at] for hit in closure.sites))
    scenario = scenario_of(arrays, found, sites, closure.ttr, base=rest)
    return Solved(network.name, horizon, tuple(down), tuple(chosen), scenario, rest * arrays.value_a_week, by_week)


def _scenario(arrays: Arrays, name: str, start: int, ttr: int | None) -> Closure:
    network = arrays.network
    if name in arrays.site_index:
        at = arrays.site_index[name]
        return sites_down(arrays, [at], start, None if ttr is None else {at: ttr})
    event = next((event for event in network.events if event.id == name), None)
    if event is None:
        known = {*arrays.site_index, *(event.id for event in network.events)}
        near = nearest(name, known) or ", ".join(sorted(known)[:6])
        raise UsageError("supply.unknown-scenario", None, found=shown(name), near=near)
    closure = closure_of(arrays, event)
    if ttr is None:
        return closure
    hits = tuple(Hit(hit.at, hit.start, hit.start + ttr, hit.factor) for hit in closure.sites)
    return Closure(hits, closure.lanes, closure.demand, closure.tariffs, closure.begins, closure.names)


def _policy(network: Network, name: str) -> Policy:
    found = next((policy for policy in network.policies if policy.id == name), None)
    if found is None:
        known = [policy.id for policy in network.policies]
        near = nearest(name, known) or ", ".join(known[:6]) or "-"
        raise UsageError("supply.unknown-policy", None, found=shown(name), near=near)
    return found
