"""A network as NumPy arrays: indexes in place of names, every material counted in its own natural unit.

A natural unit is what the joint weekly demand takes of a material (through the recipes), so that flows are near 1
whatever unit the tables are written in: results do not depend on units, and solver tolerances mean the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from biopact.supply.network.rows import Network

__all__ = ["Arrays", "Floats", "Ints", "arrays_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer[Any]]
INF = float("inf")


@dataclass(frozen=True, eq=False)
class Arrays:
    """Everything the programs need. A pool is one material at one site. Quantities are in natural units a week."""

    network: Network
    sites: tuple[str, ...]
    ttr: Ints
    site_capacity: Floats  # in the site's own capacity unit; inf without one
    pools: tuple[tuple[str, str], ...]  # (site, material)
    pool_site: Ints
    pool_scale: Floats  # natural unit of the pool's material, in the material's unit
    stock: Floats
    process_site: Ints
    process_pool: Ints
    process_capacity: Floats
    process_use: Floats  # site capacity per natural unit
    from_week: Ints
    release: Ints
    qualification: Ints
    input_process: Ints  # one entry for each line of a recipe
    input_pool: Ints
    input_quantity: Floats
    lane_from: Ints
    lane_to: Ints
    lane_lead: Ints
    lane_capacity: Floats
    lane_cost: Floats  # USD per natural unit
    demand_pool: Ints
    demand: Floats
    price: Floats  # USD per natural unit, for each line of demand
    groups: tuple[tuple[str, str], ...]  # (product, country)
    demand_group: Ints

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many processes, lanes, pools, lines of demand."""
        return len(self.process_site), len(self.lane_from), len(self.pools), len(self.demand)

    @cached_property
    def site_index(self) -> Mapping[str, int]:
        """Site id to its index."""
        return {site: at for at, site in enumerate(self.sites)}

    @cached_property
    def process_index(self) -> Mapping[str, int]:
        """Process id to its index."""
        return {process.id: at for at, process in enumerate(self.network.processes)}

    @cached_property
    def lane_index(self) -> Mapping[str, int]:
        """Lane id to its index."""
        return {lane.id: at for at, lane in enumerate(self.network.lanes)}

    @cached_property
    def pool_index(self) -> Mapping[tuple[str, str], int]:
        """(site, material) to its index."""
        return {pool: at for at, pool in enumerate(self.pools)}

    @cached_property
    def group_demand(self) -> Floats:
        """Weekly demand of each (product, country), natural units."""
        return np.bincount(self.demand_group, self.demand, len(self.groups)).astype(np.float64)

    @cached_property
    def value_a_week(self) -> float:
        """Price times joint weekly demand, USD; 1 where that is nothing."""
        return float(self.price @ self.demand) or 1.0

    @cached_property
    def longest_path(self) -> int:
        """Most weeks from the start of anything to the depot: leads and releases along the longest way."""
        reach = np.zeros(len(self.pools), dtype=np.int64)
        for _ in range(len(self.pools) + 1):
            before = reach.copy()
            np.maximum.at(reach, self.lane_to, before[self.lane_from] + self.lane_lead)
            start = np.zeros(len(self.process_pool), dtype=np.int64)
            np.maximum.at(start, self.input_process, before[self.input_pool])
            np.maximum.at(reach, self.process_pool, start + self.release)
            if np.array_equal(reach, before) or reach.max(initial=0) > 10_000:
                break
        return int(reach.max(initial=0))


def natural_units(network: Network) -> dict[str, float]:
    """For each material what joint weekly demand takes of it, the thirstiest recipe counted; 1 where nothing does."""
    need = {material.id: 0.0 for material in network.materials}
    for row in network.demand:
        need[row.product] += row.quantity
    makers: dict[str, list[str]] = {}
    for process in network.processes:
        makers.setdefault(process.material, []).append(process.id)
    most: dict[str, dict[str, float]] = {}
    for made, processes in makers.items():
        for recipe in network.recipes:
            if recipe.process in processes:
                inputs = most.setdefault(made, {})
                inputs[recipe.input] = max(inputs.get(recipe.input, 0.0), recipe.quantity)
    for made in _products_first(need, most):
        for used, quantity in most.get(made, {}).items():
            need[used] += need[made] * quantity
    for material, amount in need.items():
        if amount <= 0:
            capacities = [p.capacity for p in network.processes if p.material == material and p.capacity]
            need[material] = max(capacities, default=1.0)
    return need


def _products_first(materials: Mapping[str, float], uses: Mapping[str, Mapping[str, float]]) -> list[str]:
    """An order in which every material stands before what it is made of (checks saw to it that there is no circle)."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(material: str) -> None:
        stack = [(material, iter(uses.get(material, ())))]
        seen.add(material)
        while stack:
            current, rest = stack[-1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                order.append(current)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(uses.get(following, ()))))

    for material in materials:
        if material not in seen:
            visit(material)
    return order[::-1]


def _floats(values: Any) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _ints(values: Any) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _limit(value: float | None) -> float:
    return INF if value is None else value


def arrays_of(network: Network) -> Arrays:
    """The arrays of a network that passed its checks."""
    unit = natural_units(network)
    price = {material.id: material.price for material in network.materials}
    priced = {product: 1.0 if price[product] is None else float(price[product] or 0.0) for product in unit}
    site = {each.id: at for at, each in enumerate(network.sites)}
    process = {each.id: at for at, each in enumerate(network.processes)}
    pools: dict[tuple[str, str], int] = {}

    def pool(where: str, what: str) -> int:
        return pools.setdefault((where, what), len(pools))

    made = _ints(pool(each.site, each.material) for each in network.processes)
    inputs = _ints(pool(network.processes[process[each.process]].site, each.input) for each in network.recipes)
    out_of = _ints(pool(each.origin, each.material) for each in network.lanes)
    into = _ints(pool(each.to, each.material) for each in network.lanes)
    served = _ints(pool(each.site, each.product) for each in network.demand)
    stocked = _ints(pool(each.site, each.material) for each in network.stocks)
    output = _floats(unit[each.material] for each in network.processes)
    moved = _floats(unit[each.material] for each in network.lanes)
    wanted = _floats(unit[each.product] for each in network.demand)
    scale = _floats(unit[what] for _, what in pools)
    groups = list(dict.fromkeys((each.product, each.country) for each in network.demand))
    made_by = _ints(process[each.process] for each in network.recipes)
    in_units = _floats(each.quantity for each in network.recipes)
    return Arrays(
        network=network,
        sites=tuple(site),
        ttr=_ints(each.ttr for each in network.sites),
        site_capacity=_floats(_limit(each.capacity) for each in network.sites),
        pools=tuple(pools),
        pool_site=_ints(site[where] for where, _ in pools),
        pool_scale=scale,
        stock=np.bincount(stocked, _floats(each.quantity for each in network.stocks), len(pools)) / scale,
        process_site=_ints(site[each.site] for each in network.processes),
        process_pool=made,
        process_capacity=_floats(_limit(each.capacity) for each in network.processes) / output,
        process_use=_floats(each.use for each in network.processes) * output,
        from_week=_ints(each.from_week for each in network.processes),
        release=_ints(each.release_weeks for each in network.processes),
        qualification=_ints(each.qualification_weeks for each in network.processes),
        input_process=made_by,
        input_pool=inputs,
        input_quantity=in_units * output[made_by] / scale[inputs] if len(in_units) else in_units,
        lane_from=out_of,
        lane_to=into,
        lane_lead=_ints(each.lead for each in network.lanes),
        lane_capacity=_floats(_limit(each.capacity) for each in network.lanes) / moved,
        lane_cost=_floats(each.cost for each in network.lanes) * moved,
        demand_pool=served,
        demand=_floats(each.quantity for each in network.demand) / wanted,
        price=_floats(priced[each.product] for each in network.demand) * wanted,
        groups=tuple(groups),
        demand_group=_ints(groups.index((each.product, each.country)) for each in network.demand),
    )
