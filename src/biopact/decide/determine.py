"""Judging: every leg of a flow on every day that matters, by the law of every country that has a say."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from biopact.decide.determination import (
    Determination,
    FlowDetermination,
    JurisdictionDetermination,
    LegDetermination,
    Missing,
    Obligation,
    Warning_,
)
from biopact.decide.evidence import obligations_of, readiness
from biopact.decide.facts import Case, Desk, cases_of, countries_of
from biopact.decide.ownership import OWNED_BY_NOBODY
from biopact.law import the_law
from biopact.pact import Flow, Pact, graph
from biopact.rules.language.model import Effect, Rank
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.compile import Env
from biopact.rules.traced.evaluate import Judgement, RuleState, judge
from biopact.rules.traced.inforce import InForce
from biopact.rules.traced.questions import exact_range

__all__ = ["check", "check_flow", "days_of", "judge_case"]

_STRENGTH = ("pending", "uncertain", "defeated", "may-apply", "applies")


def check(
    pact: Pact,
    law: RuleSet | None = None,
    as_of: datetime.date | None = None,
    flows: Sequence[str] | None = None,
    exact: bool = False,
) -> Determination:
    """The determination of a pact's flows.

    ``as_of`` is the day for flows that are not dated (default: the pact's ``as_of``, else today). ``exact`` goes through
    the completions of missing facts where the verdict is open: slower, and sometimes sharper.
    """
    rules = law or the_law()
    day = as_of or pact.as_of or datetime.date.today()
    desk = Desk(pact, rules, day, exact)
    chosen = [pact.flows[flow] for flow in flows] if flows is not None else list(pact.flows.values())
    not_counted = tuple(record.file or "" for record in pact.evidence if not desk.held(record))
    told = tuple(check_flow(desk, flow, day) for flow in chosen)
    return Determination(pact.id, day, rules.digest, told, not_counted, desk.screened)


def check_flow(
    desk: Desk, flow: Flow, as_of: datetime.date, given: Mapping[str, Any] | None = None
) -> FlowDetermination:
    """The determination of one flow; ``given`` facts stand in place of the pact's (to try an answer)."""
    legs: list[LegDetermination] = []
    open_envs: list[tuple[Case, datetime.date, Env, list[str]]] = []
    for case in cases_of(desk.pact, flow):
        for day in days_of(desk, flow, as_of):
            env = {**desk.env(case, day), **(given or {})}
            told = judge_case(desk, case, day, env)
            legs.append(told)
            if any(it.low != it.high for it in told.jurisdictions):
                open_envs.append((case, day, env, [it.jurisdiction for it in told.jurisdictions]))
    joined = _join(leg for leg in legs)
    not_covered = tuple(dict.fromkeys(country for leg in legs for country in leg.not_covered))
    low = max((it.low for it in joined.values()), default=Rank.CLEAR)
    high = max((it.high for it in joined.values()), default=Rank.CLEAR)
    high = Rank.PROHIBITED if not_covered else high
    obligations = obligations_of(desk, flow, joined, as_of)
    return FlowDetermination(
        id=flow.id,
        low=low,
        high=high,
        review=any(it.review for it in joined.values() if it.high >= low),
        readiness=readiness(low, high, obligations),
        not_covered=not_covered,
        jurisdictions=joined,
        legs=tuple(legs),
        obligations=obligations,
        limits=_limits(obligations),
        missing=(*_countries(desk, legs), *_missing(desk, open_envs)) if low != high else (),
        warnings=tuple(
            Warning_(state) for it in joined.values() for state in it.rules if state.state in ("pending", "uncertain")
        ),
    )


def days_of(desk: Desk, flow: Flow, as_of: datetime.date) -> list[datetime.date]:
    """The days on which a flow is judged: its date, or its start and each change of law until it ends."""
    if flow.starts is None:
        return [flow.date or as_of]
    if flow.ends is None:
        return sorted({flow.starts, max(flow.starts, as_of)})
    return [flow.starts, *(change for change in desk.rules.changes if flow.starts < change <= flow.ends)]


def judge_case(desk: Desk, case: Case, day: datetime.date, env: Env) -> LegDetermination:
    """What the law of each country that has a say makes of one case."""
    in_force = desk.rules.on(day)
    countries, unknown = countries_of(desk.pact, case)
    covered = [country for country in countries if country in desk.rules.jurisdictions]
    outside = [country for country in countries if country not in desk.rules.jurisdictions]
    states = in_force.states(dict(env))
    told = []
    for country in covered:
        found = judge(in_force, env, country, states)
        low, high = _sharpened(in_force, env, found) if desk.exact else (found.low, found.high)
        told.append(JurisdictionDetermination(country, low, high, found.because, found.review, found.states))
    if unknown:  # a party may be anywhere: in a country whose law is here, or in one whose law is not
        for country in sorted(desk.rules.jurisdictions - set(covered)):
            found = judge(in_force, env, country, states)
            told.append(
                JurisdictionDetermination(country, Rank.CLEAR, found.high, found.because, found.review, found.states)
            )
        outside.append("unknown")
    return LegDetermination(
        case.item.id,
        case.leg.sender,
        case.leg.recipient,
        case.path[-1].recipient,
        case.number,
        day,
        env,
        tuple(told),
        tuple(outside),
    )


def _sharpened(in_force: InForce, env: Env, found: Judgement) -> tuple[Rank, Rank]:
    """The range over all completions of the missing facts, where there are not too many of them."""
    if found.low == found.high:
        return found.low, found.high
    return exact_range(in_force, env, [found.jurisdiction]) or (found.low, found.high)


def _join(legs: Iterable[LegDetermination]) -> dict[str, JurisdictionDetermination]:
    """For each country the highest low and the highest high of all legs, and every rule in its strongest state."""
    apart: dict[str, list[JurisdictionDetermination]] = {}
    for leg in legs:
        for told in leg.jurisdictions:
            apart.setdefault(told.jurisdiction, []).append(told)
    joined = {name: _reviewed(reduce(_stronger, each), each) for name, each in apart.items()}
    return dict(sorted(joined.items(), key=lambda it: (it[0] != "US", it[0] != "KR", it[0])))


def _reviewed(
    joined: JurisdictionDetermination, legs: Iterable[JurisdictionDetermination]
) -> JurisdictionDetermination:
    """With the review of each leg that may decide, in whatever order the legs stand."""
    return replace(joined, review=any(leg.review and leg.high >= joined.low for leg in legs))


def _stronger(one: JurisdictionDetermination, other: JurisdictionDetermination) -> JurisdictionDetermination:
    states: dict[str, RuleState] = {}
    for state in (*one.rules, *other.rules):
        before = states.get(state.rule.id)
        if before is None or _STRENGTH.index(state.state) > _STRENGTH.index(before.state):
            states[state.rule.id] = state
    low, high = max(one.low, other.low), max(one.high, other.high)
    ranked = ("no-rule-found", "none-applies", "excepted", "rules")
    because = max(one.because, other.because, key=ranked.index)
    return JurisdictionDetermination(one.jurisdiction, low, high, because, False, tuple(states.values()))


def _limits(obligations: Iterable[Obligation]) -> dict[str, Any]:
    """The strictest number of each limit that applies."""
    found: dict[str, Any] = {}
    for obligation in obligations:
        if obligation.rule.rule.effect is Effect.LIMIT and obligation.rule.state == "applies":
            for name, number in obligation.rule.rule.more["limit"].items():
                found[name] = max(found.get(name, number), number)
    return found


def _countries(desk: Desk, legs: Iterable[LegDetermination]) -> Iterator[Missing]:
    """Countries that are not written: without them nobody knows whose law to ask."""
    asked: set[str] = set()
    fact = desk.rules.vocabulary.find("party.country")
    for leg in legs:
        for role, party in (("sender", leg.sender), ("recipient", leg.recipient)):
            found = desk.pact.parties[party]
            if found.country is None and found.kind != "public" and party not in asked:
                asked.add(party)
                yield Missing(f"{role}.country", fact.question if fact else {}, 1.0, party)


def _missing(desk: Desk, open_envs: Iterable[tuple[Case, datetime.date, Env, list[str]]]) -> tuple[Missing, ...]:
    """The facts to ask for, over all open legs: the one that settles most first, each once."""
    found: dict[tuple[str, str | None], Missing] = {}
    for case, day, env, countries in open_envs:
        for question in desk.asked(day, env, countries):
            told = _question(desk, case, day, question.fact, question.settles)
            key = (told.fact, told.party or told.item)
            if key not in found or found[key].settles < told.settles:
                found[key] = told
    return tuple(sorted(found.values(), key=lambda it: -it.settles))


def _whose_owners(pact: Pact, party: str) -> str | None:
    """Whose owners nobody has written: the party's own, or those of the nearest of its owners; None where all are."""
    links = graph(pact)
    for node in (party, *links.above(party)):
        known = pact.parties.get(node)
        kind = known.kind if known else links.named[node].kind
        if links.owners.get(node) is None and kind not in OWNED_BY_NOBODY:
            return node
    return None


def _question(desk: Desk, case: Case, day: datetime.date, name: str, settles: float) -> Missing:
    fact = desk.rules.vocabulary.find(name.partition("[")[0])
    role = name.partition(".")[0]
    party = {"sender": case.leg.sender, "recipient": case.leg.recipient}.get(role)
    item = case.item.id if role == "item" else None
    if fact is not None and fact.derive == "ownership" and party is not None:
        whose = _whose_owners(desk.pact, party)
        seed = None if whose == party else desk.open_seed(fact.name, party, day)
        if seed is not None:  # its owners are written: what is open is the party itself
            return Missing(f"{role}.{seed.name}", seed.question, settles, party)
        return Missing(f"{role}.owners", fact.question, settles, whose or party)
    return Missing(name, fact.question if fact else {}, settles, party, item)
