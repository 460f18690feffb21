"""What a named event hits: its targets found among sites, owners, countries, lanes, headings and products."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from biopact.errors import DataError, InputError, Place
from biopact.pact.written import nearest, shown
from biopact.supply.network.arrays import Arrays
from biopact.supply.network.closures import Closure, Hit
from biopact.supply.network.rows import Event, Lane, Network, Site

__all__ = ["closure_of", "lanes_hit", "sites_hit", "unknown_targets"]

_ARROW = re.compile(r"\s*(?:->|>|→)\s*")


def closure_of(arrays: Arrays, event: Event) -> Closure:
    """An event in indexes. Raises DataError where a target names nothing."""
    network, names = arrays.network, (event.id,)
    start = event.start
    match event.kind:
        case "surge":
            lines = [at for at, row in enumerate(network.demand) if _demanded(row.product, row.country, event)]
            _found(network, event, lines)
            hits = tuple(Hit(at, start, event.end, 1.5 if event.factor is None else event.factor) for at in lines)
            return Closure(demand=hits, begins=None, names=names)
        case "tariff":
            hits = _lane_hits(arrays, event, 0.15 if event.factor is None else event.factor)
            return Closure(tariffs=hits, begins=None, names=names)
        case "lane" | "export-ban" | "port":
            return Closure(lanes=_lane_hits(arrays, event, event.factor or 0.0), begins=start, names=names)
    sites = sites_hit(network, event.kind, event.targets)
    _found(network, event, sites)
    index = arrays.site_index
    if event.kind == "exclusion":
        out = [lane for lane in network.lanes if lane.origin in sites]
        return Closure(
            sites=tuple(Hit(index[site], start, event.end) for site in sites),
            lanes=tuple(Hit(arrays.lane_index[lane.id], start, event.end) for lane in out),
            begins=start,
            names=names,
        )
    hits = tuple(
        Hit(
            index[site],
            start,
            start + int(arrays.ttr[index[site]]) if event.end is None else event.end,
            event.factor or 0.0,
        )
        for site in sites
    )
    return Closure(sites=hits, begins=start, names=names)


def _lane_hits(arrays: Arrays, event: Event, factor: float) -> tuple[Hit, ...]:
    lanes = lanes_hit(arrays.network, event.kind, event.targets)
    _found(arrays.network, event, lanes)
    return tuple(Hit(arrays.lane_index[lane], event.start, event.end, factor) for lane in lanes)


def _found(network: Network, event: Event, hit: list[str] | list[int]) -> None:
    if not hit:
        raise next(
            iter(unknown_targets(network, [event])), DataError("supply.no-target", network.place("events", event))
        )


def sites_hit(network: Network, kind: str, targets: Iterable[str]) -> list[str]:
    """The sites that targets name: by id, owner or country, as the kind allows."""
    tests: dict[str, tuple[Callable[[Site], str], ...]] = {
        "site": (lambda site: site.id,),
        "country": (lambda site: site.country,),
        "owner": (lambda site: site.owner,),
    }
    told = tests.get(kind, (lambda site: site.id, lambda site: site.owner, lambda site: site.country))
    wanted = set(targets)
    return [site.id for site in network.sites if any(of(site) in wanted for of in told)]


def lanes_hit(network: Network, kind: str, targets: Iterable[str]) -> list[str]:
    """The lanes that targets name.

    A lane's id; a tariff heading; ``A>B`` between countries; a country (a ban: what leaves it; a port, a tariff: what
    crosses its border, a tariff only inwards); a city (a port: what crosses the border there); a site; a material.
    ``A>B:material`` and ``A:material`` take one material only.
    """
    sites = {site.id: site for site in network.sites}
    wanted = list(targets)
    return [lane.id for lane in network.lanes if any(_hits(lane, sites, kind, target) for target in wanted)]


def _hits(lane: Lane, sites: dict[str, Site], kind: str, target: str) -> bool:
    origin, to = sites[lane.origin], sites[lane.to]
    if target == lane.id:
        return True
    place, _, material = target.partition(":")
    if material and material.strip() != lane.material:
        return False
    ends = _ARROW.split(place.strip())
    if len(ends) == 2:
        return origin.country == ends[0] and to.country == ends[1]
    place = ends[0]
    crosses = origin.country != to.country
    if kind == "export-ban":
        return crosses and place in (origin.country, lane.material)
    if kind == "port":
        return crosses and place in (origin.city, to.city, origin.country, to.country, origin.id, to.id)
    if kind == "tariff":
        coded = bool(place) and bool(lane.tariff_code) and _digits(lane.tariff_code).startswith(_digits(place) or "-")
        return crosses and (coded or place in (to.country, lane.material))
    return place in (lane.origin, lane.to, lane.material)


def _digits(code: str) -> str:
    return code.replace(".", "").replace(" ", "")


def _demanded(product: str, country: str, event: Event) -> bool:
    if not event.targets or event.targets == ("*",):
        return True
    return any(target in (product, country, f"{product}:{country}") for target in event.targets)


def unknown_targets(network: Network, events: Iterable[Event]) -> Iterator[InputError]:
    """A fault for every target of an event that names nothing in the network."""
    for event in events:
        place: Place = network.place("events", event, "target")
        if not event.targets and event.kind != "surge":
            yield DataError("supply.no-target", place)
        for target in event.targets:
            if not _names_something(network, event, target):
                known = _known(network, event.kind)
                yield DataError(
                    "supply.unknown-target", place, found=shown(target), kind=event.kind,
                    near=nearest(target, known) or ", ".join(sorted(known)[:6]) or "-",
                )  # fmt: skip


def _names_something(network: Network, event: Event, target: str) -> bool:
    if event.kind == "surge":
        return target == "*" or any(
            target in (row.product, row.country, f"{row.product}:{row.country}") for row in network.demand
        )
    if event.kind in ("lane", "export-ban", "tariff", "port"):
        return bool(lanes_hit(network, event.kind, [target]))
    return bool(sites_hit(network, event.kind, [target]))


def _known(network: Network, kind: str) -> set[str]:
    sites = network.sites
    match kind:
        case "country" | "export-ban":
            return {site.country for site in sites}
        case "owner":
            return {site.owner for site in sites if site.owner}
        case "lane":
            return {lane.id for lane in network.lanes}
        case "tariff":
            return {lane.tariff_code for lane in network.lanes if lane.tariff_code}
        case "port":
            return {site.city for site in sites if site.city}
        case "surge":
            return {row.product for row in network.demand} | {row.country for row in network.demand}
    return {site.id for site in sites}
