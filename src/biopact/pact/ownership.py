"""Who owns whom, as a graph: its links, what is not known of them, and walks that end on diamonds and circles.

Which owner matters, from which share on, and whether shares multiply, is said by each law, and judged elsewhere.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from biopact.interval import Interval, total
from biopact.pact.models import Owner, Pact

__all__ = ["Graph", "Stake", "fixed_point", "graph"]

_T = TypeVar("_T")
_NONE = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class Stake:
    """A share that an owner holds, as a fraction of 1."""

    owner: str
    share: Interval


@dataclass(frozen=True, slots=True)
class Graph:
    """The owners of each node. A node is a party's id, or ``owner:NAME (COUNTRY)`` for somebody only named as owner.

    ``owners[node]`` is None where nobody wrote them down, and empty where there are none. ``named`` has what is written
    of those who are not parties. A node in ``dispersed`` leaves nothing unknown.
    """

    owners: Mapping[str, tuple[Stake, ...] | None]
    named: Mapping[str, Owner]
    dispersed: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[str]:
        """Every node, parties first, in the order written."""
        return iter(self.owners)

    def owners_of(self, node: str) -> tuple[Stake, ...]:
        """The owners that are known; whether others may exist, ``remainder`` says."""
        return self.owners.get(node) or ()

    def owned_by(self, owner: str) -> tuple[tuple[str, Interval], ...]:
        """What a node is known to own, and the share of each."""
        links = ((node, stake) for node in self.owners for stake in self.owners_of(node))
        return tuple((node, stake.share) for node, stake in links if stake.owner == owner)

    def remainder(self, node: str) -> Interval:
        """The share that owners not written down may hold together: ``[0, rest]``.

        Nothing where the list is empty, reaches 1, or the rest is written as widely held; up to all of it where no list
        is written.
        """
        stakes = self.owners.get(node)
        if stakes is None:
            return Interval(0, 1)
        if not stakes or node in self.dispersed:
            return _NONE
        return Interval(0, max(0, round(1 - total(stake.share for stake in stakes).low, 12)))

    def roots(self) -> tuple[str, ...]:
        """The nodes above which nothing is written."""
        return tuple(node for node in self.owners if not self.owners_of(node))

    def above(self, node: str) -> Iterator[str]:
        """Every direct and indirect owner, each once, the nearest first; the node itself only if it is in a circle."""
        seen: set[str] = set()
        waiting = deque(stake.owner for stake in self.owners_of(node))
        while waiting:
            owner = waiting.popleft()
            if owner not in seen:
                seen.add(owner)
                yield owner
                waiting.extend(stake.owner for stake in self.owners_of(owner))


def graph(pact: Pact) -> Graph:
    """The ownership graph of a pact, without ``public``."""
    owners: dict[str, tuple[Stake, ...] | None] = {}
    named: dict[str, Owner] = {}
    for party in pact.named_parties:
        stakes = None
        if party.owners is not None:
            stakes = tuple(Stake(owner.node, owner.share) for owner in party.owners)
            named |= {owner.node: owner for owner in party.owners if owner.party is None}
        owners[party.id] = stakes
    for node in named:
        owners.setdefault(node, None)
    return Graph(owners, named, frozenset(party.id for party in pact.named_parties if party.dispersed))


def fixed_point(
    owned: Graph,
    start: Mapping[str, _T],
    step: Callable[[str, Mapping[str, _T]], _T],
    same: Callable[[_T, _T], bool] = operator.eq,
    rounds: int = 10_000,
) -> dict[str, _T]:
    """The values of all nodes that no longer change when each is worked out from those of its owners.

    ``start`` has a value for every node. ``step(node, values)`` gives the new value of a node. Only what an owner's
    change may touch is worked out again, so a chain takes one pass and a diamond two; circles settle when ``step`` is
    monotone (a status that spreads) or shrinks differences (shares that multiply; give ``same`` a tolerance). After
    ``rounds`` changes of one node it is left as it is.
    """
    below: dict[str, list[str]] = {node: [] for node in owned}
    for node in owned:
        for stake in owned.owners_of(node):
            below[stake.owner].append(node)
    values, waiting, changes = dict(start), deque(owned), dict.fromkeys(owned, 0)
    queued = set(waiting)
    while waiting:
        node = waiting.popleft()
        queued.discard(node)
        value = step(node, values)
        if same(value, values[node]) or changes[node] >= rounds:
            continue
        values[node] = value
        changes[node] += 1
        fresh = [each for each in below[node] if each not in queued]
        waiting.extend(fresh)
        queued.update(fresh)
    return values
