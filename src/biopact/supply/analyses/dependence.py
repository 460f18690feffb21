"""On whom a network depends: what share of each material a country or an owner makes, and what its loss would cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from biopact.supply.network.arrays import Arrays
from biopact.supply.network.events import closure_of
from biopact.supply.network.rows import Event
from biopact.supply.scenarios.engine import Engine
from biopact.supply.scenarios.results import Scenario, scenario_of

__all__ = ["Dependence", "dependence"]


@dataclass(frozen=True, slots=True)
class Dependence:
    """One country or owner: its share of each material in the base plan, and its loss as a scenario.

    ``concern``: a country of concern under the law that was asked, an owner there, or a site of either there.
    """

    kind: str  # country | owner
    name: str
    sites: tuple[str, ...]
    shares: dict[str, float]
    loss: Scenario
    concern: bool

    @property
    def largest(self) -> float:
        """The largest share of any material."""
        return max(self.shares.values(), default=0.0)


def dependence(
    engine: Engine, at_rest: float, concern: Collection[str] = (), owners: Collection[str] = ()
) -> tuple[Dependence, ...]:
    """Every country and owner, worst loss first. ``concern``: countries; ``owners``: owners that count as of them."""
    arrays, network = engine.arrays, engine.arrays.network
    told = []
    for kind in ("country", "owner"):
        names = dict.fromkeys(getattr(site, kind) for site in network.sites)
        for name in names:
            if not name:
                continue
            event = Event(f"{kind}:{name}", kind, name)
            closure = closure_of(arrays, event)
            scenario = scenario_of(arrays, engine.solve(closure), closure.names, closure.ttr, base=at_rest, event=event)
            sites = tuple(site.id for site in network.sites if getattr(site, kind) == name)
            there = any(site.country in concern for site in network.sites if site.id in sites)
            exposed = name in concern or name in owners or (kind == "owner" and there)
            told.append(Dependence(kind, name, sites, _shares(arrays, engine, sites), scenario, exposed))
    return tuple(sorted(told, key=lambda it: (-it.loss.loss, -it.largest, it.kind, it.name)))


def _shares(arrays: Arrays, engine: Engine, sites: Collection[str]) -> dict[str, float]:
    """The share of each material's making in the base plan that lies at some sites; where it is not zero."""
    total: dict[str, float] = {}
    here: dict[str, float] = {}
    for process, flow in zip(arrays.network.processes, engine.base.make, strict=True):
        total[process.material] = total.get(process.material, 0.0) + float(flow)
        if process.site in sites:
            here[process.material] = here.get(process.material, 0.0) + float(flow)
    return {name: amount / total[name] for name, amount in here.items() if amount > 1e-9}
