"""Who is owned by somebody listed: shares of listed owners added up, and the owners of owners.

An entity of which listed owners hold 50 % or more in all counts as listed itself and is followed further (OFAC, revised
guidance on entities owned by persons whose property is blocked, 13 August 2014; 15 CFR 744 affiliates likewise). From
25 % and from 20 % on a warning is given: below the rule, and where control is often looked into.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from biopact.pact import Graph, Pact, fixed_point, graph

__all__ = ["LEVELS", "Owned", "ownership"]

Level = Literal["owned-50", "warning-25", "warning-20"]
LEVELS: tuple[tuple[float, Level], ...] = ((0.5, "owned-50"), (0.25, "warning-25"), (0.2, "warning-20"))
_OWNED = (None, "company", "manufacturer", "cro", "data-platform", "other")  # kinds that have owners
_CLOSE = 1e-12  # shares are written in decimals


@dataclass(frozen=True, slots=True)
class Owned:
    """A party, and what share of it those listed (or owned by them) hold: at least ``low``, at most ``high``.

    ``through`` are these owners. ``certain`` where the share that is surely theirs, and they surely listed, reaches the
    level.
    """

    node: str
    level: Level
    low: float
    high: float
    through: tuple[str, ...]
    certain: bool


def ownership(
    pact: Pact, listed: Collection[str], maybe: Collection[str] = ()
) -> tuple[tuple[Owned, ...], tuple[str, ...]]:
    """What the owners say of each party that is not listed itself, and the parties whose owners nobody wrote down.

    ``listed`` are ids of parties and nodes of named owners; ``maybe`` those with a hit that nobody has settled, who
    count for what may be. Owners that are not written are not counted here.
    """
    links = graph(pact)
    suspected = {*listed, *maybe}
    surely = _covered(links, listed, low=True)
    perhaps = _covered(links, suspected, low=False)
    found = []
    for node in links:
        if node in suspected:
            continue
        low = _share(links, node, surely, low=True)
        high = _share(links, node, perhaps, low=False)
        level = next((name for floor, name in LEVELS if high >= floor - _CLOSE), None)
        if level is not None:
            floor = next(share for share, name in LEVELS if name == level)
            through = tuple(stake.owner for stake in links.owners_of(node) if stake.owner in perhaps)
            found.append(Owned(node, level, round(low, 6), round(high, 6), through, low >= floor - _CLOSE))
    unknown = tuple(
        party.id
        for party in pact.named_parties
        if party.owners is None and party.kind in _OWNED and party.id not in suspected
    )
    return tuple(found), unknown


def _covered(links: Graph, listed: Collection[str], low: bool) -> frozenset[str]:
    """Those listed, and those of whom they hold half in all, by the low or the high end of shares."""
    start = {node: node in listed for node in links}

    def step(node: str, so_far: object) -> bool:
        values = dict(so_far)  # type: ignore[call-overload]
        covered = frozenset(each for each, is_so in values.items() if is_so)
        return bool(values[node]) or _share(links, node, covered, low) >= 0.5 - _CLOSE

    return frozenset(node for node, is_so in fixed_point(links, start, step).items() if is_so)


def _share(links: Graph, node: str, covered: Collection[str], low: bool) -> float:
    stakes = (stake.share for stake in links.owners_of(node) if stake.owner in covered)
    return min(1.0, sum(share.low if low else share.high for share in stakes))
