"""What must hold between the parts of a pact: each name names something, owners and sources end, ways and days join.

Each check adds its faults and none stops the others. A name counts as known when it is written, even where the part
it names has a fault of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from biopact.marked import Step
from biopact.pact.faults import Faults
from biopact.pact.inside import is_inside
from biopact.pact.models import PUBLIC, Evidence, Flow, Investment, Pact, Party

__all__ = ["check"]

_TOLERANCE = 1e-9  # shares such as three times 1/3, written with many digits

# no system in use sets less (DataSHIELD's nfilter.tab is 3); a smaller number would turn the gate off
LEAST_MIN_CELL = 3


def check(pact: Pact, evidence: Mapping[int, Evidence], faults: Faults) -> None:
    """Add every fault between the parts of a pact; ``evidence`` has its well-formed entries by their position."""
    names = _Names(faults.marked.value, faults)
    for party in pact.named_parties:
        _party(party, names, faults)
    _circles_of_owners(pact, faults)
    for item in pact.items.values():
        names.party(item.holder, "items", item.id, "holder")
        names.item(item.source, "items", item.id, "source")
        if isinstance(item, Investment):
            names.party(item.target, "items", item.id, "target")
    _circles_of_sources(pact, faults)
    for flow in pact.flows.values():
        _flow(flow, pact, names, faults)
    _holders(pact, faults)
    if pact.limits.min_cell is not None and pact.limits.min_cell < LEAST_MIN_CELL:
        faults.add("min-cell-too-small", "limits", "min_cell", found=pact.limits.min_cell, least=LEAST_MIN_CELL)
    _evidence(evidence, pact, names, faults)


class _Names:
    """The names written in a pact, and the faults of those that name nothing."""

    def __init__(self, written: Mapping[str, Any], faults: Faults) -> None:
        def keys(section: str) -> list[str]:
            return list(found) if isinstance(found := written.get(section), Mapping) else []

        self.parties, self.items, self.flows = keys("parties"), keys("items"), keys("flows")
        self.known = {"party": set(self.parties), "item": set(self.items), "flow": set(self.flows)}
        self.faults = faults

    def party(self, name: str | None, *path: Step, public: bool = False) -> None:
        """A party that is there; everybody only where the public can stand."""
        if name == PUBLIC:
            if not public:
                self.faults.add("public-not-here", *path)
        else:
            self._look("party", name, self.parties, path)

    def item(self, name: str | None, *path: Step) -> None:
        """An item that is there."""
        self._look("item", name, self.items, path)

    def flow(self, name: str | None, *path: Step) -> None:
        """A flow that is there."""
        self._look("flow", name, self.flows, path)

    def _look(self, kind: str, name: str | None, known: Collection[str], path: tuple[Step, ...]) -> None:
        if name is not None and name not in self.known[kind]:
            self.faults.unknown_name(kind, name, known, *path)


# --- parties --------------------------------------------------------------------------------------------------------


def _party(party: Party, names: _Names, faults: Faults) -> None:
    here: tuple[Step, ...] = ("parties", party.id)
    if party.region and party.country and not party.region.startswith(f"{party.country}-"):
        faults.add("region-elsewhere", *here, "region", found=party.region, country=party.country)
    seen: set[str] = set()
    for index, owner in enumerate(party.owners or ()):
        at: tuple[Step, ...] = (*here, "owners", index)
        if (owner.party is None) == (owner.name is None):
            faults.add("owner-unnamed" if owner.party is None else "owner-named-twice", *at)
            continue
        if owner.party and (owner.country or owner.kind):
            faults.add("owner-described", *at, "country" if owner.country else "kind", found=owner.party)
        names.party(owner.party, *at, "party")
        if owner.node in seen:
            faults.add("same-owner-twice", *at, found=owner.party or owner.name)
        seen.add(owner.node)
    least = sum(owner.share.low for owner in party.owners or ())
    if least > 1 + _TOLERANCE:
        faults.add("shares-above-one", *here, "owners", found=f"{100 * least:.4g}")
    for index, prior in enumerate(party.prior):
        names.party(prior.to, *here, "prior", index, "to", public=True)
        names.item(prior.item, *here, "prior", index, "item")
        if prior.to == party.id:
            faults.add("to-itself", *here, "prior", index, "to", found=prior.to)


def _circles_of_owners(pact: Pact, faults: Faults) -> None:
    """Nobody outside can own parties that own each other by half or more; smaller cross-holdings are legal."""
    links = {
        party.id: [owner.party for owner in party.owners or () if owner.party and owner.share.low >= 0.5]
        for party in pact.named_parties
    }
    for circle in _circles(links):
        first = circle[0]
        following = circle[1 % len(circle)]
        owners = pact.parties[first].owners or ()
        index = next(number for number, owner in enumerate(owners) if owner.party == following)
        faults.add("circle-of-owners", "parties", first, "owners", index, circle=_arrows(circle))


# --- items ----------------------------------------------------------------------------------------------------------


def _circles_of_sources(pact: Pact, faults: Faults) -> None:
    links = {item.id: [item.source] if item.source else [] for item in pact.items.values()}
    for circle in _circles(links):
        faults.add("circle-of-sources", "items", circle[0], "source", circle=_arrows(circle))


def _holders(pact: Pact, faults: Faults) -> None:
    """Only where several parties send one item and none of them received it must its holder be written."""
    senders: dict[str, dict[str, None]] = defaultdict(dict)
    reached: dict[str, set[str]] = defaultdict(set)
    for flow in pact.flows.values():
        for name in flow.items:
            senders[name][flow.sender] = None
            reached[name].update(flow.recipients)
    for item in pact.items.values():
        first = [sender for sender in senders[item.id] if sender not in reached[item.id]]
        unwritten = not {"holder", "source"} & set(faults.marked.value["items"][item.id])
        if unwritten and len(first) > 1:
            faults.add("no-holder", "items", item.id, senders=", ".join(first))


# --- flows ----------------------------------------------------------------------------------------------------------


def _flow(flow: Flow, pact: Pact, names: _Names, faults: Faults) -> None:
    here: tuple[Step, ...] = ("flows", flow.id)
    single = "item" in (faults.marked.value["flows"][flow.id] or {})
    for index, item in enumerate(flow.items):
        names.item(item, *here, *(("item",) if single else ("items", index)))
    _no_repetition(flow.items, faults, *here, "items")
    for key, found in (("items", flow.items), ("to", flow.to)):
        if not found:
            faults.add("empty", *here, key, key=key)
    if flow.legs:
        _legs(flow, names, faults)
    else:
        names.party(flow.sender, *here, "from")
        for index, recipient in enumerate(flow.to):
            names.party(recipient, *here, "to", index, public=True)
            if recipient == flow.sender:
                faults.add("to-itself", *here, "to", index, found=recipient)
        _no_repetition(flow.to, faults, *here, "to")
    _days_of_flow(flow, faults)
    _recipients_of_kind(flow, pact, faults)


def _legs(flow: Flow, names: _Names, faults: Faults) -> None:
    here: tuple[Step, ...] = ("flows", flow.id, "legs")
    last = len(flow.legs) - 1
    for index, leg in enumerate(flow.legs):
        names.party(leg.sender, *here, index, "from")
        names.party(leg.recipient, *here, index, "to", public=index == last)
        if leg.sender == leg.recipient:
            faults.add("to-itself", *here, index, "to", found=leg.sender)
        before = flow.legs[index - 1].recipient if index else leg.sender
        if leg.sender != before and before != PUBLIC:
            faults.add("legs-apart", *here, index, "from", found=leg.sender, expected=before)
    if flow.sender != flow.legs[0].sender:
        faults.add("legs-begin-elsewhere", "flows", flow.id, "from", found=flow.sender, expected=flow.legs[0].sender)
    if flow.to != (flow.legs[-1].recipient,):
        expected = flow.legs[-1].recipient
        faults.add("legs-end-elsewhere", "flows", flow.id, "to", found=", ".join(flow.to), expected=expected)


def _days_of_flow(flow: Flow, faults: Faults) -> None:
    here: tuple[Step, ...] = ("flows", flow.id)
    if flow.date and (flow.starts or flow.ends):
        faults.add("exclude-each-other", *here, "date", one="date", other="starts, ends")
    elif bool(flow.starts) != bool(flow.ends):
        faults.missing("ends" if flow.starts else "starts", *here)
    _in_order(flow.starts, flow.ends, faults, *here, "ends")


def _recipients_of_kind(flow: Flow, pact: Pact, faults: Faults) -> None:
    """A submission goes to an authority; an investment goes to its target."""
    for item in (pact.items[name] for name in flow.items if name in pact.items):
        for index, recipient in enumerate(flow.to):
            kind = pact.parties[recipient].kind if recipient in pact.parties else None
            if item.kind == "submission" and kind not in (None, "authority"):
                faults.add("submission-to", "flows", flow.id, "to", index, found=recipient, kind=kind)
            if isinstance(item, Investment) and item.target in pact.parties and item.target != recipient:
                faults.add("investment-to", "flows", flow.id, "to", index, found=recipient, expected=item.target)


# --- evidence, and what several checks need -------------------------------------------------------------------------


def _evidence(evidence: Mapping[int, Evidence], pact: Pact, names: _Names, faults: Faults) -> None:
    for index, entry in evidence.items():
        here: tuple[Step, ...] = ("evidence", index)
        names.flow(entry.flow, *here, "flow")
        _in_order(entry.valid_from, entry.valid_to, faults, *here, "to")
        if entry.file and not is_inside(entry.file, pact.folder):
            faults.add("outside", *here, "file")
        if entry.sha256 and "file" not in faults.marked.value["evidence"][index]:
            faults.missing("file", *here)


def _in_order(first: date | None, last: date | None, faults: Faults, *path: Step) -> None:
    if first and last and last < first:
        faults.add("ends-before", *path, found=last.isoformat(), start=first.isoformat())


def _no_repetition(names: Iterable[str], faults: Faults, *path: Step) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            faults.add("repeated", *path, index, found=name)
        seen.add(name)


def _circles(links: Mapping[str, list[str]]) -> list[list[str]]:
    """A circle for each set of nodes that lead back to themselves, each found once, without recursion."""
    found, done = [], set[str]()
    for start in links:
        way: dict[str, int] = {}  # the nodes on the present way, and how many of their links were followed
        node: str | None = start if start not in done else None
        while node is not None:
            followed = way.get(node, 0)
            onward = links.get(node, [])
            if followed == len(onward):
                done.add(node)
                way.pop(node, None)
                node = next(reversed(way), None)
                continue
            way[node] = followed + 1
            following = onward[followed]
            if following in way:
                nodes = list(way)
                found.append(nodes[nodes.index(following) :])
            elif following in links and following not in done:
                node = following
    return found


def _arrows(circle: list[str]) -> str:
    return " → ".join([*circle, circle[0]])
