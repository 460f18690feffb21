"""The fact ``party.lists``: what the pact writes of a party, and what the pact's own screening found and people judged.

Nobody is on no list because only one list was read: a list that was not screened against may name the party, unless the
pact writes the lists itself. A hit that nobody has judged leaves its list open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from biopact.rules.language.values import Members
from biopact.screening.places import record_of

if TYPE_CHECKING:
    from biopact.pact import Pact
    from biopact.screening import Standings

__all__ = ["FACT", "lists_by_node", "screened"]

FACT = "party.lists"
_OTHER = "other"  # a list that the fact's domain does not name


def screened(pact: Pact) -> Standings | None:
    """Where the parties stand by the pact's last screening; None where it was never screened."""
    if record_of(pact) is None:  # without one, nothing of the matching is loaded
        return None
    from biopact.screening import standings

    return standings(pact)


def lists_by_node(pact: Pact, found: Standings | None, domain: Collection[str]) -> Mapping[str, Members]:
    """For each party and named owner of whom the screening holds, the lists as the fact takes them."""
    if found is None:
        return {}
    not_read = frozenset(domain) - found.covered - {_OTHER}
    told = {}
    for node, standing in found.of.items():
        party = pact.parties.get(node)
        written: Any = party.facts.get("lists") if party else None
        on, may = _named(standing.on, domain), _named(standing.may, domain)
        if isinstance(written, frozenset):
            told[node] = Members(written | on, may - written - on)
        else:
            told[node] = Members(on, (may | not_read) - on)
    return told


def _named(lists: Collection[str], domain: Collection[str]) -> frozenset[str]:
    return frozenset(name if name in domain else _OTHER for name in lists)
