"""A determination as other programs read it: the schema ``biopact.check/1``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from biopact.decide.determination import (
    Determination,
    FlowDetermination,
    JurisdictionDetermination,
    LegDetermination,
    Obligation,
    between,
)
from biopact.interval import Interval
from biopact.rules.language.values import ABSENT, UNKNOWN, Members
from biopact.rules.traced.evaluate import RuleState
from biopact.text import Lang, pick

__all__ = ["as_json", "flow_as_json", "plain"]

SCHEMA = "biopact.check/1"


def as_json(told: Determination, lang: Lang | None = None) -> dict[str, Any]:
    """The whole determination as plain values; texts in one language."""
    return {
        "schema": SCHEMA,
        "pact": told.pact,
        "as_of": told.as_of.isoformat(),
        "law": told.law,
        "flows": [flow_as_json(flow, lang) for flow in told.flows],
        "evidence_not_counted": list(told.not_counted),
        "screened": _screened(told),
    }


def _screened(told: Determination) -> dict[str, Any] | None:
    """Which lists were read, how old they are on the day, and of whom the screening no longer holds."""
    if told.screened is None:
        return None
    lists = [
        {"id": each.id, "date": each.date.isoformat(), "limit_days": each.limit_days, "stale": each.stale(told.as_of)}
        for each in told.screened.lists
    ]
    return {"lists": lists, "changed_since": list(told.screened.changed)}


def flow_as_json(flow: FlowDetermination, lang: Lang | None = None) -> dict[str, Any]:
    """One flow."""
    ends = between(flow.low, flow.high)
    return {
        "id": flow.id,
        "verdict": flow.verdict,
        "between": list(ends) if ends else None,
        "review": flow.review,
        "readiness": flow.readiness,
        "not_covered": list(flow.not_covered),
        "warnings": [_rule(warning.rule, lang) for warning in flow.warnings],
        "jurisdictions": {name: _jurisdiction(it, lang) for name, it in flow.jurisdictions.items()},
        "legs": [_leg(leg, lang) for leg in flow.legs],
        "obligations": [_obligation(it, lang) for it in flow.obligations],
        "limits": dict(flow.limits),
        "missing": [
            {
                "fact": it.fact,
                "question": pick(it.question, lang),
                "settles": round(it.settles, 3),
                "of": it.party or it.item,
            }
            for it in flow.missing
        ],
    }


def _jurisdiction(told: JurisdictionDetermination, lang: Lang | None) -> dict[str, Any]:
    ends = between(told.low, told.high)
    return {
        "verdict": told.verdict,
        "between": list(ends) if ends else None,
        "because": told.because,
        "review": told.review,
        "rules": [_rule(state, lang) for state in told.rules if state.state != "uncertain"],
    }


def _rule(state: RuleState, lang: Lang | None) -> dict[str, Any]:
    rule = state.rule
    return {
        "id": rule.id,
        "cite": rule.cite,
        "act": pick(rule.act, lang),
        "effect": rule.effect.value,
        "state": state.state,
        "defeated_by": list(state.defeated_by),
        "checked": rule.checked,
        "confidence": rule.confidence,
        "from": rule.start.isoformat() if rule.start else None,
        "expected": [str(day) for day in rule.more.get("expected") or ()],
        "title": pick(rule.title, lang),
    }


def _leg(leg: LegDetermination, lang: Lang | None) -> dict[str, Any]:
    return {
        "item": leg.item,
        "from": leg.sender,
        "to": leg.recipient,
        "day": leg.day.isoformat(),
        "jurisdictions": {it.jurisdiction: _jurisdiction(it, lang) for it in leg.jurisdictions},
        "not_covered": list(leg.not_covered),
    }


def _obligation(told: Obligation, lang: Lang | None) -> dict[str, Any]:
    rule = told.rule.rule
    return {
        "rule": rule.id,
        "kind": told.kind,
        "state": told.rule.state,
        "due": told.due,
        "text": pick(rule.more.get("file") or rule.more.get("text") or rule.title, lang),
        "authority": pick(rule.more.get("authority"), lang) or None,
        "lead_time": rule.more.get("lead_time"),
        "by": told.by.isoformat() if told.by else None,
        "met": told.met,
        "evidence": list(told.evidence),
    }


def plain(value: Any) -> Any:
    """A fact's value as plain JSON; null where unknown."""
    if value is UNKNOWN or value is ABSENT or value is None:
        return None
    if isinstance(value, Interval):
        return value.written()
    if isinstance(value, Members):
        return sorted(value.has)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if dataclasses.is_dataclass(value):
        return str(value)
    return value
