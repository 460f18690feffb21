"""Who is owned by whom, by the method that a law states: shares that cascade, that multiply, or that are direct.

The answer is three-valued: a party with 55 % of covered owners is settled whoever holds the rest; one whose owners are
not written is open. Circles of owners are allowed: a party is covered only on a ground outside the circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from biopact.interval import Interval
from biopact.pact import Pact
from biopact.rules.evaluate import InForce
from biopact.rules.model import OwnershipTest
from biopact.rules.values import ABSENT, Truth

__all__ = ["Holdings", "holdings", "owned"]

# party -> its owners and their shares, and the share that nobody is named for
Holdings = Mapping[str, tuple[tuple[tuple[str, Interval], ...], Interval]]
_OWNED_BY_NOBODY = {"person", "government", "authority", "public"}
_CLOSE = 1e-12  # shares are written in decimals: 0.3 + 0.2 must reach 0.5


def holdings(pact: Pact) -> Holdings:
    """Who holds what in a pact: an unwritten list leaves everything unknown, a short list the rest."""
    found: dict[str, tuple[tuple[tuple[str, Interval], ...], Interval]] = {}
    for party in pact.parties.values():
        if party.owners is None:
            nobody = party.kind in _OWNED_BY_NOBODY
            found[party.id] = ((), Interval(0, 0) if nobody else Interval(0, 1))
            continue
        named = tuple((owner.node, owner.share) for owner in party.owners)
        least = sum(share.low for _, share in named)
        rest = 0 if party.dispersed or not named else max(0.0, 1 - least)
        found[party.id] = (named, Interval(0, rest))
        for owner in party.owners:
            if owner.party is None:  # only named: its own owners do not change what it is
                nobody = owner.kind in _OWNED_BY_NOBODY
                found.setdefault(owner.node, ((), Interval(0, 0) if nobody else Interval(0, 1)))
    return found


def owned(
    in_force: InForce, test: OwnershipTest, held: Holdings, facts: Callable[[str], Mapping[str, Any]]
) -> dict[str, Truth]:
    """For each holder in a graph whether it passes an ownership test, by the test's own method."""
    seeds = {node: in_force.owned(test, facts(node)) for node in held}
    surely = {node for node, seed in seeds.items() if seed is True}
    perhaps = {node for node, seed in seeds.items() if seed is not False}
    if test.method == "multiply":
        return _multiplied(test, held, surely, perhaps)
    cascade = test.method == "cascade"
    certain = _grow(test, held, surely, sure=True, cascade=cascade)
    possible = _grow(test, held, perhaps, sure=False, cascade=cascade)
    return {node: True if node in certain else None if node in possible else False for node in held}


def _grow(test: OwnershipTest, held: Holdings, start: set[str], sure: bool, cascade: bool) -> set[str]:
    """Everybody who is covered, given who is to begin with: once for a direct test, until nothing changes for a cascade."""
    covered = set(start)
    while True:
        counted = covered if cascade else start
        added = {node for node in held if node not in covered and _reaches(test, held[node], counted, sure)}
        if not added:
            return covered
        covered |= added
        if not cascade:
            return covered


def _reaches(
    test: OwnershipTest, holding: tuple[Iterable[tuple[str, Interval]], Interval], covered: set[str], sure: bool
) -> bool:
    named, rest = holding
    shares = [share.low if sure else share.high for owner, share in named if owner in covered]
    if not sure:
        shares.append(rest.high)
    reached = sum(shares) if test.aggregate else max(shares, default=0)
    return _passes(test, min(1.0, reached))


def _passes(test: OwnershipTest, reached: float) -> bool:
    return reached > test.share + _CLOSE if test.strict else reached >= test.share - _CLOSE and reached > 0


def _multiplied(test: OwnershipTest, held: Holdings, surely: set[str], perhaps: set[str]) -> dict[str, Truth]:
    """Effective shares along every chain; a circle adds up to a limit."""
    low = _effective(held, surely, sure=True)
    high = _effective(held, perhaps, sure=False)
    return {
        node: True
        if node in surely or _passes(test, low[node])
        else None
        if node in perhaps or _passes(test, high[node])
        else False
        for node in held
    }


def _effective(held: Holdings, seeds: set[str], sure: bool) -> dict[str, float]:
    shares = dict.fromkeys(held, 0.0)
    for _ in range(1000):
        fresh = {}
        for node, (named, rest) in held.items():
            parts = [
                (share.low if sure else share.high) * (1.0 if owner in seeds else shares.get(owner, 0.0))
                for owner, share in named
            ]
            fresh[node] = min(1.0, sum(parts) + (0.0 if sure else rest.high))
        if all(abs(fresh[node] - shares[node]) < _CLOSE for node in held):
            return fresh
        shares = fresh
    return shares


def party_facts(pact: Pact, node: str) -> dict[str, Any]:
    """The facts of a holder as an ownership test reads them (``party.country`` …)."""
    party = pact.parties.get(node)
    if party is None:
        owner = next(o for p in pact.parties.values() for o in p.owners or () if o.node == node)
        return {"party.country": owner.country, "party.kind": owner.kind}
    facts = {f"party.{name}": value for name, value in party.facts.items()}
    if party.kind == "public":
        return facts | {"party.country": ABSENT, "party.region": ABSENT, "party.kind": "public"}
    return facts | {"party.country": party.country, "party.region": party.region, "party.kind": party.kind}
