"""Who is owned by whom, by the method that a law states: shares that cascade, that multiply, or that are direct.

The answer is three-valued: a party with 55 % of covered owners is settled whoever holds the rest; one whose owners are
not written is open. Circles of owners are allowed: a party is covered only on a ground outside the circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.decide.listed import FACT
from biopact.pact import Graph, Pact, fixed_point, graph
from biopact.rules.language.checking import facts_of
from biopact.rules.language.facts import Fact
from biopact.rules.language.model import OwnershipTest
from biopact.rules.language.values import ABSENT, Members, Truth
from biopact.rules.traced.inforce import InForce

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
    certain = _Side(test, links, {node: seed is True for node, seed in seeds.items()}, None).covered()
    rest = {node: _unnamed(pact, links, node) for node in links}
    possible = _Side(test, links, {node: seed is not False for node, seed in seeds.items()}, rest).covered()
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
    """One end of what may be: the least that is covered, or the most.

    For the least, ``rest`` is None: every share is at its lower bound. For the most, it has the share that somebody
    unnamed, who may be covered, holds at most of each node; and what no lower bound of an owner takes goes to whoever is
    covered, as far as their upper bounds let it: the shares of one node never pass its whole.
    """

    test: OwnershipTest
    links: Graph
    seeds: Mapping[str, bool]
    rest: Mapping[str, float] | None

    def covered(self) -> dict[str, bool]:
        """Each node, by the method of the test."""
        if self.test.method == "multiply":
            shares = fixed_point(
                self.links, dict.fromkeys(self.links, 0.0), self._effective, lambda a, b: abs(a - b) < _CLOSE
            )
            return {node: self.seeds[node] or self._passes(share) for node, share in shares.items()}
        if self.test.method == "direct":
            return {node: self.seeds[node] or self._reaches(node, self.seeds) for node in self.links}
        return fixed_point(
            self.links, dict(self.seeds), lambda node, so_far: so_far[node] or self._reaches(node, so_far)
        )

    def _reaches(self, node: str, covered: Mapping[str, bool]) -> bool:
        return self._passes(self._held(node, lambda owner: float(covered[owner])))

    def _passes(self, share: float) -> bool:
        return share > self.test.share + _CLOSE if self.test.strict else share >= max(self.test.share - _CLOSE, _CLOSE)

    def _effective(self, node: str, so_far: Mapping[str, float]) -> float:
        """The share that seeds hold along every chain: a seed's own share counts whole."""
        return self._held(node, lambda owner: 1.0 if self.seeds[owner] else so_far[owner])

    def _held(self, node: str, counts: Callable[[str], float]) -> float:
        """The share of a node held by owners of whom a part counts: of all together, or of the one that holds most."""
        stakes = self.links.owners_of(node)
        parts = [(stake.share.low, stake.share.high, counts(stake.owner)) for stake in stakes]
        if self.rest is not None:
            parts.append((0, self.rest[node], 1.0))
        free = max(0.0, 1 - sum(low for low, _, _ in parts)) if self.rest is not None else 0.0
        if not self.test.aggregate:
            return max((min(high, low + free) * part for low, high, part in parts), default=0.0)
        held = 0.0
        for low, high, part in sorted(parts, key=lambda it: -it[2]):
            more = min(high - low, free)
            free -= more
            held += (low + more) * part
        return min(1.0, held)


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
