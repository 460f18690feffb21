"""Consistency checks of a network: each is a small named function that tells findings with their place.

A finding has the check's name as its code (``supply.check.NAME``). Findings of the level ``raise`` stop everything;
those of the level ``warn`` are told and the network is used as it is. ``strict`` raises chosen warnings, or all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from biopact.errors import DataError, InputError, InputErrors, Place
from biopact.pact.written import nearest, shown
from biopact.supply.network.events import unknown_targets
from biopact.supply.network.rows import Network, row_key
from biopact.supply.network.schema import schema

__all__ = ["CHECKS", "Finding", "check", "findings"]


@dataclass(frozen=True)
class Finding:
    """What a check found: its name, whether it stops everything, and the worded fault with its place."""

    check: str
    level: str  # raise | warn
    fault: InputError


Check = Callable[[Network], Iterator[Finding]]


def check(network: Network, weeks: int, strict: Collection[str] = ()) -> tuple[Finding, ...]:
    """The warnings about a network. Raises InputErrors (or the one InputError) where a finding stops everything.

    ``strict`` names checks whose warnings stop everything too; ``*`` names all.
    """
    found = tuple(findings(network, weeks))
    stops = [it.fault for it in found if it.level == "raise" or it.check in strict or "*" in strict]
    if stops:
        raise stops[0] if len(stops) == 1 else InputErrors(stops)
    return found


def findings(network: Network, weeks: int) -> Iterator[Finding]:
    """All findings. Where references do not hold, the checks that follow them are not made."""
    broken = False
    first: tuple[Check, ...] = (duplicate_ids, dangling_references)
    for made in first:
        for finding in made(network):
            broken = True
            yield finding
    if broken:
        return
    for made in CHECKS:
        yield from made(network)
    yield from short_horizon(network, weeks)


def _found(check: str, level: str, place: Place, **values: object) -> Finding:
    return Finding(check, level, DataError(f"supply.check.{check}", place, **values))


def duplicate_ids(network: Network) -> Iterator[Finding]:
    """Two rows of one name: results could not say which is meant."""
    for table, rows in network.tables():
        if table == "sources":
            continue
        seen: set[str] = set()
        for row in rows:
            key = row_key(table, row)
            if key in seen:
                yield _found("duplicate-id", "raise", network.place(table, row), id=shown(key), table=table)
            seen.add(key)


def dangling_references(network: Network) -> Iterator[Finding]:
    """A row that names a site, material or process that is in no table: a lane to nowhere."""
    for table, rows in network.tables():
        for column in schema().tables[table].columns.values():
            if column.table is None:
                continue
            known = {row.id for row in network.table(column.table)}
            attribute = "origin" if column.name == "from" else column.name
            for row in rows:
                named = getattr(row, attribute)
                if named not in known:
                    near = nearest(named, known) or ", ".join(sorted(known)[:5]) or "-"
                    yield _found(
                        "unknown-reference", "raise", network.place(table, row, column.name), found=shown(named),
                        table=column.table, near=near,
                    )  # fmt: skip


def unknown_units(network: Network) -> Iterator[Finding]:
    """A unit that is not known: it is used as written, but a slip of the pen would go unseen."""
    for material in network.materials:
        if material.unit not in schema().units:
            near = nearest(material.unit, schema().units) or "units, kg, L, dose"
            place = network.place("materials", material, "unit")
            yield _found("unknown-unit", "warn", place, found=shown(material.unit), near=near)


def capacities(network: Network) -> Iterator[Finding]:
    """A capacity of nothing: the process or lane can never be used (a negative one is refused when it is read)."""
    for table in ("sites", "processes", "lanes"):
        for row in network.table(table):
            if row.capacity == 0:
                yield _found("zero-capacity", "warn", network.place(table, row, "capacity"), id=row.id)


def recipe_cycle(network: Network) -> Iterator[Finding]:
    """A material that is needed, by way of its inputs, to make itself."""
    made = {process.id: process.material for process in network.processes}
    uses: dict[str, set[str]] = {}
    for recipe in network.recipes:
        uses.setdefault(made[recipe.process], set()).add(recipe.input)
    circle = _circle(uses)
    if circle:
        first = next(r for r in network.recipes if made[r.process] == circle[0] and r.input == circle[1 % len(circle)])
        yield _found("recipe-cycle", "raise", network.place("recipes", first), circle=" → ".join([*circle, circle[0]]))


def _circle(uses: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()
    for start in uses:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start in done:
            continue
        stack.append((start, iter(sorted(uses.get(start, ())))))
        path.append(start)
        while stack:
            current, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(current)
                stack.pop()
                path.pop()
            elif following in path:
                return path[path.index(following) :]
            elif following not in done:
                stack.append((following, iter(sorted(uses.get(following, ())))))
                path.append(following)
    return []


def lanes_nobody_uses(network: Network) -> Iterator[Finding]:
    """A lane that brings a material to a site that neither uses, serves nor sends it on; one from where it never is."""
    process_site = {process.id: process.site for process in network.processes}
    takes = {(process_site[recipe.process], recipe.input) for recipe in network.recipes}
    takes |= {(row.site, row.product) for row in network.demand}
    takes |= {(lane.origin, lane.material) for lane in network.lanes}
    has = {(process.site, process.material) for process in network.processes}
    has |= {(stock.site, stock.material) for stock in network.stocks if stock.quantity > 0}
    has |= {(lane.to, lane.material) for lane in network.lanes}
    for lane in network.lanes:
        if lane.origin == lane.to:
            yield _found("lane-to-itself", "raise", network.place("lanes", lane), id=lane.id)
        if (lane.to, lane.material) not in takes:
            yield _found(
                "lane-to-nowhere",
                "warn",
                network.place("lanes", lane, "to"),
                id=lane.id,
                site=lane.to,
                material=lane.material,
            )
        if (lane.origin, lane.material) not in has:
            yield _found(
                "lane-from-nowhere",
                "warn",
                network.place("lanes", lane, "from"),
                id=lane.id,
                site=lane.origin,
                material=lane.material,
            )


def inputs_without_supply(network: Network) -> Iterator[Finding]:
    """A process whose input reaches its site by no lane, stock or process."""
    has = _reached(network)
    site = {process.id: process.site for process in network.processes}
    for recipe in network.recipes:
        if (site[recipe.process], recipe.input) not in has:
            place = network.place("recipes", recipe, "input")
            yield _found(
                "input-without-supply",
                "warn",
                place,
                process=recipe.process,
                material=recipe.input,
                site=site[recipe.process],
            )


def demand_out_of_reach(network: Network) -> Iterator[Finding]:
    """Demand at a depot that the product never reaches: it is lost in every scenario, and told as the base loss."""
    has = _reached(network)
    for row in network.demand:
        if (row.site, row.product) not in has:
            place = network.place("demand", row, "site")
            yield _found("demand-out-of-reach", "warn", place, product=row.product, site=row.site)


def _reached(network: Network) -> set[tuple[str, str]]:
    """Where materials can be: made, in stock, or brought by a lane."""
    has = {(process.site, process.material) for process in network.processes}
    has |= {(stock.site, stock.material) for stock in network.stocks if stock.quantity > 0}
    return has | {(lane.to, lane.material) for lane in network.lanes}


def prices(network: Network) -> Iterator[Finding]:
    """Products without a price: each of their units counts 1."""
    without = [m for m in network.materials if m.price is None and any(row.product == m.id for row in network.demand)]
    for material in without:
        yield _found("no-price", "warn", network.place("materials", material, "price"), id=material.id)


def targets(network: Network) -> Iterator[Finding]:
    """An event or policy that aims at something the network does not have."""
    for fault in unknown_targets(network, network.events):
        yield Finding("unknown-target", "raise", fault)
    from biopact.supply.network.policies import unknown_policy_targets

    for fault in unknown_policy_targets(network):
        yield Finding("unknown-target", "raise", fault)


def contradicting_sources(network: Network) -> Iterator[Finding]:
    """Two sources of one number whose ranges do not meet, or a number outside its own range."""
    from biopact.supply.network.provenance import cells_of

    for cell in cells_of(network):
        ranges = [(s, s.low, s.high) for s in cell.sources if s.low is not None and s.high is not None]
        for source, low, high in ranges:
            place = network.place("sources", source, "low")
            if low > high:
                yield _found("range-upside-down", "raise", place, low=f"{low:g}", high=f"{high:g}")
            elif not low <= cell.value <= high:
                value, ends = f"{cell.value:g}", {"low": f"{low:g}", "high": f"{high:g}"}
                yield _found("outside-range", "warn", place, cell=cell.name, value=value, **ends)
        if len(ranges) > 1 and max(low for _, low, _ in ranges) > min(high for _, _, high in ranges):
            place = network.place("sources", ranges[-1][0])
            told = "; ".join(f"{low:g}-{high:g} ({source.source})" for source, low, high in ranges)
            yield _found("contradicting-sources", "warn", place, cell=cell.name, ranges=told)


def unsourced(network: Network) -> Iterator[Finding]:
    """Numbers without a source: told once for each table, with how many there are."""
    from biopact.supply.network.provenance import cells_of

    counts: Counter[str] = Counter()
    first: dict[str, Any] = {}
    for cell in cells_of(network):
        if not cell.sources:
            counts[cell.table] += 1
            first.setdefault(cell.table, cell)
    for table, count in counts.items():
        cell = first[table]
        yield _found(
            "unsourced", "warn", network.place(table, cell.row, cell.column), count=count, table=table, cell=cell.name
        )


def dangling_sources(network: Network) -> Iterator[Finding]:
    """A source of a table, row or column that is not there."""
    from biopact.supply.network.provenance import names_something

    for source in network.sources:
        if not names_something(network, source):
            place = network.place("sources", source, "row")
            yield _found("source-of-nothing", "warn", place, cell=f"{source.table} {source.row} {source.column}")


def short_horizon(network: Network, weeks: int) -> Iterator[Finding]:
    """A horizon that ends before the longest outage has been made good: losses after it are not counted."""
    from biopact.supply.network.arrays import arrays_of

    longest = max((site.ttr for site in network.sites), default=0)
    needed = longest + arrays_of(network).longest_path + 26
    if weeks < needed:
        yield _found("short-horizon", "warn", network.place("sites"), weeks=weeks, needed=needed, ttr=longest)


CHECKS: tuple[Check, ...] = (
    recipe_cycle, unknown_units, capacities, lanes_nobody_uses, inputs_without_supply, demand_out_of_reach, prices,
    targets, contradicting_sources, unsourced, dangling_sources,
)  # fmt: skip
