"""Policies as overlays on one network: what each changes, when, and what it costs in a year.

``dual-source``: an unqualified process begins to qualify when the policy starts; ``value`` is its capacity (default its
own). ``prequalified``: the qualification is behind it. ``stockpile``: ``value`` units lie at a site from the policy's
start (target ``SITE:MATERIAL``, or a depot). ``recognition``: qualification takes ``value`` times as long (default
0.5, low confidence). ``surge-capacity``: ``value`` a week on top of a process's own capacity. ``advance-purchase``:
``value`` a week was ordered ahead, so that when the policy starts so much is on its way in every week of the target's
release or lead. ``exclusion``: a site, owner or country is bought from no longer. A delay moves the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from biopact.errors import DataError, InputError
from biopact.pact.written import nearest, shown
from biopact.supply.network.arrays import Arrays
from biopact.supply.network.closures import Hit
from biopact.supply.network.events import sites_hit
from biopact.supply.network.posture import Posture
from biopact.supply.network.rows import Network, Policy

__all__ = ["RECOGNITION", "WEEKS_A_YEAR", "delayed", "posture_of", "unknown_policy_targets"]

RECOGNITION = 0.5  # an assumption: no agreement between the two countries was found to measure it on
WEEKS_A_YEAR = 52


def delayed(policy: Policy, years: float) -> Policy:
    """A policy that begins so many years later."""
    return replace(policy, start=policy.start + round(WEEKS_A_YEAR * years))


@dataclass
class _Made:
    ready: dict[int, list[tuple[int, float]]]
    clocks: dict[int, tuple[float, int]]
    extra: dict[int, list[tuple[int, float]]]
    arrivals: list[tuple[int, int, float]]
    sites: list[Hit]


def posture_of(arrays: Arrays, policies: Sequence[Policy]) -> Posture:
    """The sum of some policies. A shorter qualification also shortens that of dual sources among them."""
    made = _Made({}, {}, {}, [], [])
    network = arrays.network
    for policy in policies:
        if policy.kind == "recognition":
            factor = RECOGNITION if policy.value is None else policy.value
            for process in _processes(network, policy):
                at = arrays.process_index[process]
                before = made.clocks.get(at, (1.0, policy.start))
                made.clocks[at] = (min(before[0], factor), min(before[1], policy.start))
    for policy in policies:
        _add(arrays, policy, made)
    return Posture(
        {at: tuple(opens) for at, opens in made.ready.items()},
        made.clocks,
        {at: tuple(more) for at, more in made.extra.items()},
        tuple(made.arrivals),
        tuple(made.sites),
    )


def _add(arrays: Arrays, policy: Policy, made: _Made) -> None:
    network = arrays.network
    match policy.kind:
        case "dual-source" | "prequalified":
            for process in _processes(network, policy):
                at = arrays.process_index[process]
                scale = float(arrays.pool_scale[arrays.process_pool[at]])
                own = float(arrays.process_capacity[at])
                capacity = own if policy.value is None else policy.value / scale
                week = policy.start
                if policy.kind == "dual-source":
                    wait = int(arrays.qualification[at])
                    week = Posture(clocks=made.clocks).qualified(at, wait, policy.start)
                made.ready.setdefault(at, []).append((week, capacity))
        case "surge-capacity":
            for process in _processes(network, policy):
                at = arrays.process_index[process]
                scale = float(arrays.pool_scale[arrays.process_pool[at]])
                made.extra.setdefault(at, []).append((policy.start, (policy.value or 0.0) / scale))
        case "stockpile":
            for place in _pools(network, policy):
                pool = arrays.pool_index[place]
                quantity = (policy.value or 0.0) / len(_pools(network, policy))
                made.arrivals.append((pool, policy.start, quantity / float(arrays.pool_scale[pool])))
        case "advance-purchase":
            made.arrivals += _ordered_ahead(arrays, policy)
        case "exclusion":
            made.sites += [
                Hit(arrays.site_index[site], policy.start) for site in sites_hit(network, "exclusion", policy.targets)
            ]


def _ordered_ahead(arrays: Arrays, policy: Policy) -> Iterator[tuple[int, int, float]]:
    for target in policy.targets:
        if target in arrays.lane_index:
            at = arrays.lane_index[target]
            pool, weeks = int(arrays.lane_to[at]), int(arrays.lane_lead[at])
        else:
            at = arrays.process_index[target]
            pool, weeks = int(arrays.process_pool[at]), int(arrays.release[at])
        for week in range(weeks):
            yield pool, policy.start + week, (policy.value or 0.0) / float(arrays.pool_scale[pool])


def _processes(network: Network, policy: Policy) -> list[str]:
    """The processes a policy aims at: by id, site, material, country or owner; for a recognition without a target all
    that are not qualified."""
    sites = {site.id: site for site in network.sites}
    if policy.kind == "recognition" and (not policy.targets or "*" in policy.targets):
        return [process.id for process in network.processes if process.qualification_weeks > 0]
    found = []
    for process in network.processes:
        site = sites[process.site]
        names = {process.id, site.id, process.material, site.country, site.owner} - {""}
        if names & set(_split(policy)):
            found.append(process.id)
    return found


def _split(policy: Policy) -> Iterable[str]:
    """The targets; for a recognition also the countries of ``US,KR`` or ``US-KR``."""
    for target in policy.targets:
        yield target
        if policy.kind == "recognition":
            yield from (part.strip() for part in target.replace("-", ",").replace("/", ",").split(","))


def _pools(network: Network, policy: Policy) -> list[tuple[str, str]]:
    """Where a stockpile lies and of what: ``SITE:MATERIAL``, or a depot and the products it serves."""
    found = []
    known = {(row.site, row.product) for row in network.demand}
    known |= {(process.site, process.material) for process in network.processes}
    known |= {(stock.site, stock.material) for stock in network.stocks}
    known |= {(lane.to, lane.material) for lane in network.lanes}
    for target in policy.targets:
        site, _, material = target.replace("/", ":").partition(":")
        served = [(row.site, row.product) for row in network.demand if row.site == site]
        found += [(site, material)] if material else list(dict.fromkeys(served))
    return [place for place in dict.fromkeys(found) if place in known]


def unknown_policy_targets(network: Network) -> Iterator[InputError]:
    """A fault for every policy that aims at nothing, or has no size where it needs one."""
    for policy in network.policies:
        place = network.place("policies", policy, "target")
        if not _aims(network, policy):
            known = {process.id for process in network.processes} | {site.id for site in network.sites}
            near = nearest(policy.target, known) or ", ".join(sorted(known)[:6])
            yield DataError("supply.unknown-target", place, found=shown(policy.target), kind=policy.kind, near=near)
        if policy.value is None and policy.kind in ("stockpile", "surge-capacity", "advance-purchase"):
            yield DataError("supply.policy-without-value", network.place("policies", policy, "value"), kind=policy.kind)
        if policy.kind == "recognition" and policy.value is not None and policy.value > 1:
            yield DataError(
                "supply.recognition-lengthens", network.place("policies", policy, "value"), found=policy.value
            )


def _aims(network: Network, policy: Policy) -> bool:
    match policy.kind:
        case "stockpile":
            return bool(_pools(network, policy))
        case "exclusion":
            return bool(sites_hit(network, "exclusion", policy.targets))
        case "advance-purchase":
            known = {lane.id for lane in network.lanes} | {process.id for process in network.processes}
            return bool(policy.targets) and set(policy.targets) <= known
        case "recognition":
            return not policy.targets or bool(_processes(network, policy)) or _countries_only(network, policy)
    return bool(_processes(network, policy))


def _countries_only(network: Network, policy: Policy) -> bool:
    """A recognition between countries in which nothing waits for qualification changes nothing, and is no mistake."""
    return bool({site.country for site in network.sites} & set(_split(policy)))
