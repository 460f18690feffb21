"""Why a flow is decided as it is: for every rule that bears on it, its condition part by part with the facts found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biopact.decide.answer import plain
from biopact.decide.determination import FlowDetermination, LegDetermination
from biopact.rules.language.model import Effect
from biopact.rules.language.values import ABSENT, UNKNOWN
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.evaluate import RuleState
from biopact.rules.traced.explain import Trace, trace_rule
from biopact.text import Lang, pick

__all__ = ["explained"]

SCHEMA = "biopact.explain/1"


def explained(
    told: FlowDetermination, law: RuleSet, lang: Lang | None = None, rule: str | None = None
) -> dict[str, Any]:
    """The reasons of a flow's determination as plain values: leg by leg, rule by rule (or one rule)."""
    return {
        "schema": SCHEMA,
        "flow": told.id,
        "verdict": told.verdict,
        "law": law.digest,
        "legs": [_leg(leg, law, lang, rule) for leg in told.legs],
    }


def _leg(leg: LegDetermination, law: RuleSet, lang: Lang | None, only: str | None) -> dict[str, Any]:
    in_force = law.on(leg.day)
    rules = []
    for told in leg.jurisdictions:
        for state in sorted(told.rules, key=_weight):
            if only is not None and state.rule.id != only:
                continue
            trace = trace_rule(in_force, state.rule, dict(leg.facts))
            rules.append(
                {
                    "id": state.rule.id,
                    "jurisdiction": told.jurisdiction,
                    "cite": state.rule.cite,
                    "act": pick(state.rule.act, lang),
                    "title": pick(state.rule.title, lang),
                    "effect": state.rule.effect.value,
                    "state": state.state,
                    "defeated_by": list(state.defeated_by),
                    "where": str(state.rule.place),
                    "condition": _trace(trace),
                }
            )
    return {"item": leg.item, "from": leg.sender, "to": leg.recipient, "day": leg.day.isoformat(), "rules": rules}


_STATES = ("applies", "may-apply", "defeated", "pending", "uncertain")


def _weight(state: RuleState) -> tuple[bool, int, int]:
    """What decides comes first: by state, then by effect; notes come last."""
    return state.rule.effect is Effect.NOTE, _STATES.index(state.state), -state.rule.rank


def _trace(trace: Trace) -> dict[str, Any]:
    told: dict[str, Any] = {"text": trace.text, "value": trace.value}
    if trace.parts:
        told["parts"] = [_trace(part) for part in trace.parts]
    if trace.found:
        told["facts"] = {name: _value(value) for name, value in trace.found}
    return told


def _value(value: Any) -> Any:
    if value is UNKNOWN:
        return {"unknown": True}
    if value is ABSENT:
        return {"absent": True}
    return plain(value) if not isinstance(value, Mapping) else {key: _value(part) for key, part in value.items()}
