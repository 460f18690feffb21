"""Who is owned by whom, by the method that a law states: shares that cascade, that multiply, or that are direct.

The answer is three-valued: a party with 55 % of covered owners is settled whoever holds the rest; one whose owners are
not written is open. Circles of owners are allowed: a party is covered only on a ground outside the circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.decide.listed import FACT
from biopact.interval import Interval
from biopact.pact import Graph, Pact, fixed_point, graph
from biopact.rules.checking import facts_of
from biopact.rules.evaluate import InForce
from biopact.rules.facts import Fact
from biopact.rules.model import OwnershipTest
from biopact.rules.values import ABSENT, Members, Truth

__all__ = ["OWNED_BY_NOBODY", "open_seed", "owned", "party_facts"]

OWNED_BY_NOBODY = ("person", "government", "authority")
_ASKED_OF_PARTIES = "party.works_for_covered"  # not of an owner who is only named: a pact has no place to write it
_CLOSE = 1e-12  # shares are written in decimals: 0.3 + 0.2 must reach 0.5


def owned(
    in_force: InForce, test: OwnershipTest, pact: Pact, lists: Mapping[str, Members] | None = None
) -> dict[str, Truth]:
    """For each party and each named owner whether it passes an ownership test, by the test's own method.

    ``lists``: for whoever was screened, the lists it stands on.
    """
    links = graph(pact)
    seeds = {node: in_force.owned(test, party_facts(pact, node, links, lists)) for node in links}
    surely = _Side(test, links, {node: seed is True for node, seed in seeds.items()}, lambda share: share.low, {})
    rest = {node: _unnamed(pact, links, node) for node in links}
    perhaps = _Side(
        test, links, {node: seed is not False for node, seed in seeds.items()}, lambda share: share.high, rest
    )
    certain, possible = surely.covered(), perhaps.covered()
    return {node: True if certain[node] else None if possible[node] else False for node in links}


def open_seed(
    in_force: InForce, test: OwnershipTest, pact: Pact, node: str, lists: Mapping[str, Members] | None = None
) -> Fact | None:
    """The first fact of a party, not written, on which it hangs whether the party itself is a seed of a test."""
    known = party_facts(pact, node, None, lists)
    for name in sorted(facts_of(test.seed)):
        fact = in_force.ruleset.vocabulary.find(name)
        if fact is None or known.get(name) is not None:
            continue
        tried = {in_force.owned(test, known | {name: value}) for value in _ends(fact)}
        if len(tried) > 1:
            return fact
    return None


def _ends(fact: Fact) -> tuple[Any, ...]:
    """Values of a fact that lie as far apart as they can."""
    if fact.type == "bool":
        return (True, False)
    return (Members(frozenset(fact.domain)), Members(frozenset())) if fact.type == "set" else ()


def _unnamed(pact: Pact, links: Graph, node: str) -> float:
    """The largest share that somebody unnamed may hold: none of a person or a state body whose owners nobody wrote."""
    party = pact.parties.get(node)
    kind = party.kind if party else links.named[node].kind
    if links.owners.get(node) is None and kind in OWNED_BY_NOBODY:
        return 0
    return links.remainder(node).high


@dataclass(frozen=True, slots=True)
class _Side:
    """One end of what may be: who is covered if every share is at that end, and unnamed owners are covered or not."""

    test: OwnershipTest
    links: Graph
    seeds: Mapping[str, bool]
    end: Callable[[Interval], float]
    rest: Mapping[str, float]

    def covered(self) -> dict[str, bool]:
        """Each node, by the method of the test."""
        if self.test.method == "multiply":
            shares = fixed_point(
                self.links, dict.fromkeys(self.links, 0.0), self._effective, lambda a, b: abs(a - b) < _CLOSE
            )
            return {node: self.seeds[node] or self._passes([share]) for node, share in shares.items()}
        if self.test.method == "direct":
            return {node: self.seeds[node] or self._reaches(node, self.seeds) for node in self.links}
        return fixed_point(
            self.links, dict(self.seeds), lambda node, so_far: so_far[node] or self._reaches(node, so_far)
        )

    def _reaches(self, node: str, covered: Mapping[str, bool]) -> bool:
        shares = [self.end(stake.share) for stake in self.links.owners_of(node) if covered[stake.owner]]
        return self._passes([*shares, self.rest.get(node, 0)])

    def _passes(self, shares: list[float]) -> bool:
        reached = min(1.0, sum(shares) if self.test.aggregate else max(shares))
        return (
            reached > self.test.share + _CLOSE if self.test.strict else reached >= max(self.test.share - _CLOSE, _CLOSE)
        )

    def _effective(self, node: str, so_far: Mapping[str, float]) -> float:
        """The share that seeds hold along every chain: a seed's own share counts whole."""
        stakes = self.links.owners_of(node)
        parts = (self.end(stake.share) * (1 if self.seeds[stake.owner] else so_far[stake.owner]) for stake in stakes)
        return min(1.0, sum(parts) + self.rest.get(node, 0))


def party_facts(
    pact: Pact, node: str, links: Graph | None = None, lists: Mapping[str, Members] | None = None
) -> dict[str, Any]:
    """The facts of a party or named owner as an ownership test reads them (``party.country`` …)."""
    party = pact.parties.get(node)
    on = {FACT: lists[node]} if lists and node in lists else {}
    if party is None:
        owner = (links or graph(pact)).named[node]
        return {"party.country": owner.country, "party.kind": owner.kind, _ASKED_OF_PARTIES: ABSENT} | on
    facts = {f"party.{name}": value for name, value in party.facts.items()} | on
    if party.kind == "public":
        return facts | {"party.country": ABSENT, "party.region": ABSENT, "party.kind": "public"}
    return facts | {"party.country": party.country, "party.region": party.region, "party.kind": party.kind}
