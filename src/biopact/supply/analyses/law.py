"""Lanes are flows: what both countries' law makes of each lane, with the articles.

A lane that names a flow of the pact is closed where the flow is prohibited; waits where an authorisation is needed and
not evidenced (its lead time, once, from week 0); carries the duty that applies. Where the law is undetermined or not
covered, or the time of an authorisation is not known, the lane is open, and a second result has it closed.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.decide import check
from biopact.decide.determination import FlowDetermination, Obligation
from biopact.decide.listed import screened
from biopact.errors import DataError, Place
from biopact.marked import read as read_marked
from biopact.pact import Pact, Party
from biopact.pact.written import nearest, shown
from biopact.rules.language.model import Rank
from biopact.rules.ruleset import RuleSet
from biopact.supply.network.rows import Event, Lane, Network, Site

__all__ = [
    "Cited",
    "LaneLaw",
    "Lawful",
    "lanes_under_law",
    "listed_in_hits",
    "listed_in_pact",
    "listed_in_screening",
    "pact_folder",
]


@dataclass(frozen=True, slots=True)
class Cited:
    """An article that bears on a lane."""

    rule: str
    cite: str
    effect: str
    state: str
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class LaneLaw:
    """What the law makes of one lane. ``state``: open | closed | waits | unsettled (open, shown closed as well)."""

    lane: str
    flow: str
    verdict: str
    state: str
    weeks: int = 0  # until it may be used
    rate: float = 0.0  # duty, share of the customs value
    cites: tuple[Cited, ...] = ()
    why: str = ""  # for an unsettled lane: undetermined | not-covered | unknown-time
    review: bool = False


@dataclass(frozen=True)
class Lawful:
    """The law of all lanes, and the sites that stand on lists (as events that exclude them)."""

    lanes: tuple[LaneLaw, ...] = ()
    listed: tuple[Event, ...] = ()
    pact: str = ""
    as_of: datetime.date | None = None
    not_judged: int = 0  # lanes that name no flow

    @property
    def closed(self) -> tuple[str, ...]:
        """Lanes that are closed."""
        return tuple(it.lane for it in self.lanes if it.state == "closed")

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Lanes that are open in the main result and closed in the second."""
        return tuple(it.lane for it in self.lanes if it.state == "unsettled")

    @property
    def opens(self) -> dict[str, int]:
        """The first week of lanes that wait."""
        return {it.lane: it.weeks for it in self.lanes if it.weeks}

    @property
    def tariffs(self) -> dict[str, float]:
        """The rate of duty of lanes that carry one."""
        return {it.lane: it.rate for it in self.lanes if it.rate}


def pact_folder(network: Path) -> Path | None:
    """The folder of the pact that a network lies in (``PACT/networks/NAME``), if it does."""
    folder = network.resolve().parent
    return folder.parent if folder.name == "networks" and (folder.parent / "pact.yaml").is_file() else None


def lanes_under_law(network: Network, pact: Pact, rules: RuleSet, as_of: datetime.date | None = None) -> Lawful:
    """What the law makes of every lane that names a flow. Raises DataError where the pact has no such flow."""
    wanted: dict[str, list[Lane]] = {}
    for lane in network.lanes:
        if lane.flow:
            if lane.flow not in pact.flows:
                near = nearest(lane.flow, pact.flows) or ", ".join(list(pact.flows)[:6]) or "-"
                raise DataError(
                    "supply.unknown-flow", network.place("lanes", lane, "flow"), found=shown(lane.flow), near=near
                )
            wanted.setdefault(lane.flow, []).append(lane)
    if not wanted:
        return Lawful(pact=pact.id, as_of=as_of, not_judged=len(network.lanes), listed=_listed(network, pact))
    told = check(pact, rules, as_of, list(wanted))
    lanes = [_lane(lane, told[flow], rules, told.as_of) for flow, of in wanted.items() for lane in of]
    return Lawful(
        tuple(lanes), _listed(network, pact), pact.id, told.as_of, sum(not lane.flow for lane in network.lanes)
    )


def _listed(network: Network, pact: Pact) -> tuple[Event, ...]:
    """Sites on lists, by the pact's own facts and by its screening; each once."""
    events = (*listed_in_pact(network, pact), *listed_in_screening(network, pact))
    return tuple({event.id: event for event in reversed(events)}.values())[::-1]


def _lane(lane: Lane, flow: FlowDetermination, rules: RuleSet, as_of: datetime.date) -> LaneLaw:
    weeks, unknown = _waiting(flow.obligations)
    state, why = "open", ""
    if flow.verdict == "prohibited":
        state = "closed"
    elif flow.verdict == "undetermined":
        state, why = "unsettled", "not-covered" if flow.not_covered else "undetermined"
    elif unknown:
        state, why = "unsettled", "unknown-time"
    elif weeks:
        state = "waits"
    rate = _rate(flow, rules, as_of)
    return LaneLaw(lane.id, lane.flow, flow.verdict, state, weeks, rate, _cites(flow), why, flow.review)


def _waiting(obligations: tuple[Obligation, ...]) -> tuple[int, bool]:
    """Weeks until every authorisation that applies can be had, and whether the time of one is not known."""
    weeks, unknown = 0, False
    for duty in obligations:
        if duty.kind != "authorise" or duty.rule.state != "applies" or duty.met:
            continue
        time = weeks_of(duty.rule.rule.more.get("lead_time"))
        unknown = unknown or time is None
        weeks = max(weeks, time or 0)
    return weeks, unknown


def weeks_of(lead_time: Any) -> int | None:
    """A lead time of the law in whole weeks, a begun week counting; five working days are a week. None: not known."""
    if not isinstance(lead_time, Mapping):
        return None
    working = lead_time.get("calendar") == "working"
    for unit, days in (("days", 1.0), ("weeks", 7.0), ("months", 365.25 / 12), ("years", 365.25)):
        amount = lead_time.get(unit)
        if isinstance(amount, int | float):
            return -int(-amount * days // (5 if working and unit == "days" else 7))
    return None


def _rate(flow: FlowDetermination, rules: RuleSet, as_of: datetime.date) -> float:
    """The sum of the duties that apply; of one rule that applies in several countries, once."""
    day = flow.legs[0].day if flow.legs else as_of
    in_force = rules.on(day)
    total = 0.0
    for duty in flow.obligations:
        if duty.kind == "charge" and duty.rule.state == "applies":
            rate = in_force.rate(duty.rule.rule)
            total += float(rate) if isinstance(rate, int | float) else 0.0
    return total


def _cites(flow: FlowDetermination) -> tuple[Cited, ...]:
    """The articles that decide: prohibitions first, then authorisations, duties, charges that apply or may."""
    order = {"prohibit": 0, "authorise": 1, "charge": 2, "oblige": 3, "limit": 4}
    found = [
        Cited(state.rule.id, state.rule.cite, state.rule.effect.value, state.state, told.jurisdiction)
        for told in flow.jurisdictions.values()
        for state in told.rules
        if state.state in ("applies", "may-apply") and state.rule.effect.value in order and state.rule.rank > Rank.CLEAR
    ]
    return tuple(sorted(found, key=lambda it: (order[it.effect], it.state, it.rule)))


def listed_in_pact(network: Network, pact: Pact) -> tuple[Event, ...]:
    """Sites whose owner is a party of the pact that stands on a list, as events that exclude them."""
    events = []
    for site in network.sites:
        for party in pact.named_parties:
            lists = party.facts.get("lists")
            if lists and _is_of(site, party):
                cite = ", ".join(sorted(str(each) for each in lists))
                events.append(Event(f"listed:{site.id}", "exclusion", site.id, cite=cite))
    return tuple(events)


def listed_in_screening(network: Network, pact: Pact) -> tuple[Event, ...]:
    """Sites of parties that the last screening of the pact found on lists, as events that exclude them.

    ``listed:SITE`` where a hit was judged the same, or somebody so listed owns half or more of the party;
    ``may-be-listed:SITE`` where a hit is not judged yet. Raises DataError.
    """
    found = screened(pact)
    if found is None:
        return ()
    from biopact.screening.ownership import ownership

    on = {node: it.on for node, it in found.of.items() if it.on}
    may = {node: it.may for node, it in found.of.items() if it.may and not it.on}
    owned, _ = ownership(pact, set(on), set(may))
    half = {it.node: it for it in owned if it.level == "owned-50"}
    events = []
    for site in network.sites:
        for party in pact.named_parties:
            if not _is_of(site, party):
                continue
            if party.id in on or (party.id in half and half[party.id].certain):
                cite = ", ".join(sorted(on.get(party.id, ()))) or "50 %"
                events.append(Event(f"listed:{site.id}", "exclusion", site.id, cite=cite))
            elif party.id in may or party.id in half:
                cite = ", ".join(sorted(may.get(party.id, ()))) or "50 %"
                events.append(Event(f"may-be-listed:{site.id}", "exclusion", site.id, cite=cite))
    return tuple(events)


def _is_of(site: Site, party: Party) -> bool:
    """Whether a site is a party's: by its id, or its owner by id or name."""
    names = {party.name} if isinstance(party.name, str) else set((party.name or {}).values())
    return site.id == party.id or (bool(site.owner) and site.owner in {party.id, *names})


def listed_in_hits(network: Network, file: Path) -> tuple[Event, ...]:
    """Sites that a table of hits found on lists (columns ``hit, query_id, query, outcome, lists``): by id or owner.

    Strong hits count, and weaker ones that were judged the same (``decisions.yaml`` beside the table); what was judged
    different does not. Raises DataError.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError("supply.cannot-read", Place(file), why=str(error)) from None
    if rows and not {"query_id", "query", "outcome"} <= set(rows[0]):
        raise DataError("supply.no-column", Place(file, 1, "query_id, query, outcome"), near="-")
    judged = _judgements(file.parent / "decisions.yaml")
    found: dict[str, str] = {}
    for row in rows:
        said = judged.get(row.get("hit", ""), "same" if row["outcome"] == "strong" else "open")
        if said != "same":
            continue
        for site in network.sites:
            if {row["query_id"], row["query"]} & {site.id, site.owner} - {""}:
                found[site.id] = row.get("lists") or "-"
    return tuple(Event(f"listed:{site}", "exclusion", site, cite=lists) for site, lists in found.items())


def _judgements(file: Path) -> dict[str, str]:
    """What people said of hits, by hit."""
    if not file.is_file():
        return {}
    written = read_marked(file, DataError).value
    rows = written.get("decisions", []) if isinstance(written, dict) else written
    return {
        row["hit"]: row["judgement"] for row in rows or [] if isinstance(row, dict) and {"hit", "judgement"} <= set(row)
    }
