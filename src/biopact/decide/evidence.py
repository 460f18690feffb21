"""Obligations and their evidence: what has to be filed, done or observed, and whether a record shows that it was.

Evidence for one rule also counts for those it discharges, and where a rule names alternatives, evidence for any of them
suffices. Expired evidence, or evidence for another flow, is none. Evidence never changes a verdict.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from biopact.decide.determination import JurisdictionDetermination, Obligation
from biopact.pact import Evidence, Flow
from biopact.rules.language.model import Effect, Rank, Rule
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.evaluate import RuleState

if TYPE_CHECKING:
    from biopact.decide.facts import Desk

__all__ = ["obligations_of", "readiness", "satisfying"]

_TOLD = {Effect.AUTHORISE, Effect.OBLIGE, Effect.LIMIT, Effect.CHARGE}


def obligations_of(
    desk: Desk, flow: Flow, jurisdictions: Mapping[str, JurisdictionDetermination], as_of: datetime.date
) -> tuple[Obligation, ...]:
    """Every act, duty, limit and charge that applies or may apply, each with the evidence there is for it."""
    found: dict[str, Obligation] = {}
    for told in jurisdictions.values():
        for state in told.rules:
            rule = state.rule
            if rule.effect in _TOLD and state.state in ("applies", "may-apply") and rule.id not in found:
                held = [record for record in desk.pact.evidence if desk.held(record)]
                records = satisfying(rule, flow, held, desk.rules, as_of)
                references = tuple(record.reference or record.file or record.rule for record in records)
                found[rule.id] = Obligation(
                    state, rule.effect.value, _due(rule), bool(records), references, _by(rule, flow, state)
                )
    return tuple(found.values())


def satisfying(
    rule: Rule, flow: Flow, evidence: Iterable[Evidence], rules: RuleSet, as_of: datetime.date
) -> list[Evidence]:
    """The records that show a rule met for a flow on its days."""
    suffices = {rule.id, *(rule.more.get("satisfied_by") or ())}
    for periods in rules.rules.values():
        for other in periods:
            if rule.id in (other.more.get("discharges") or ()):
                suffices.add(other.id)
    first, last = flow.first_day or as_of, flow.last_day or flow.first_day or as_of
    return [
        record
        for record in evidence
        if record.rule in suffices
        and record.flow == flow.id
        and (record.valid_from is None or record.valid_from <= first)
        and (record.valid_to is None or last <= record.valid_to)
    ]


def readiness(low: Rank, high: Rank, obligations: Iterable[Obligation]) -> str:
    """``blocked`` where a prohibition stands or may stand, ``ready`` where all that must be done before is evidenced."""
    if high is Rank.PROHIBITED:
        return "blocked"
    if low != high:
        return "open"
    waiting = [it for it in obligations if it.rule.state == "applies" and _before(it) and not it.met]
    return "open" if waiting else "ready"


def _before(obligation: Obligation) -> bool:
    return obligation.rule.rule.effect is Effect.AUTHORISE or obligation.due == "before"


def _due(rule: Rule) -> str | None:
    due: str | None = rule.more.get("due")
    return due or ("before" if rule.effect is Effect.AUTHORISE else None)


def _by(rule: Rule, flow: Flow, state: RuleState) -> datetime.date | None:
    """The last day for an act, where its deadline counts from a day that is known; None else."""
    deadline: Any = rule.more.get("deadline")
    if not isinstance(deadline, Mapping) or state.state != "applies":
        return None
    event = flow.facts.get("event")
    written = event.get("date") if isinstance(event, Mapping) else None
    day = datetime.date.fromisoformat(written) if isinstance(written, str) else written or flow.first_day
    if day is None:
        return None
    sign = -1 if deadline.get("before") else 1
    try:
        if isinstance(deadline.get("months"), int):
            return _months(day, sign * deadline["months"])
        if isinstance(deadline.get("days"), int):
            return day + datetime.timedelta(days=sign * deadline["days"])
    except (OverflowError, ValueError):  # beyond the last day, or before the first, that a calendar has
        pass
    return None


def _months(day: datetime.date, months: int) -> datetime.date:
    """The same day some months on; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
