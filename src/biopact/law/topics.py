"""Topics: rules of the United States and of Korea on one matter, how they relate, and what would bring them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.errors import Place
from biopact.law.entries import Listing, Texts, listing
from biopact.law.requirement_model import Row
from biopact.rules.language.model import Content

__all__ = ["FILE", "RELATIONS", "Effect", "Topic", "compared", "read", "topics_of"]

FILE = Path(__file__).parent / "topics.yaml"
RELATIONS = ("same", "equivalent", "us-only", "kr-only", "conflicting")
BASES = ("estimate", "clock-difference", "none")
_NEEDED = ("id", "area", "title", "us", "kr", "relation", "difference", "lever", "effect_days")
_KNOWN = {*_NEEDED, "int"}
AREAS = ("data", "specimens", "trials", "security", "trade", "resources", "misuse", "supply", "marketing")


@dataclass(frozen=True, slots=True)
class Effect:
    """Days that a lever would take off a joint project (negative: sooner), and what that number rests on."""

    low: int | None
    high: int | None
    basis: str
    why: Texts


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter, side by side."""

    id: str
    area: str
    title: Texts
    us: tuple[str, ...]
    kr: tuple[str, ...]
    both: tuple[str, ...]  # international rules that count in both
    relation: str
    difference: Texts
    lever: Texts | None
    effect: Effect
    place: Place


def read(rules: Content, path: Path | None = None) -> tuple[Topic, ...]:
    """The topics; a rule that is not there, or a relation that contradicts the sides, is a fault with its line."""
    found = listing(path or FILE, "topics")
    topics, seen = [], set()
    for number, written in found.entries(_KNOWN, _NEEDED):
        if written["id"] in seen:
            found.fault("lawbook.repeated", number, "id", id=written["id"])
        seen.add(written["id"])
        us, kr, both = (tuple(found.several(number, written, key, rules.rules, "rule")) for key in ("us", "kr", "int"))
        relation = found.one(number, written, "relation", RELATIONS)
        if (relation == "us-only") != bool(us and not kr) or (relation == "kr-only") != bool(kr and not us):
            found.fault("lawbook.relation-sides", number, "relation", relation=relation)
        topics.append(
            Topic(
                id=str(written["id"]),
                area=found.one(number, written, "area", AREAS),
                title=found.both(number, written, "title"),
                us=us,
                kr=kr,
                both=both,
                relation=relation,
                difference=found.both(number, written, "difference"),
                lever=None if written["lever"] is None else found.both(number, written, "lever"),
                effect=_effect(found, number, written["effect_days"]),
                place=found.place(number),
            )
        )
    found.done()
    return tuple(topics)


def _effect(found: Listing, number: int, written: Any) -> Effect:
    if not isinstance(written, dict):
        found.fault("lawbook.entry-form", number, "effect_days")
        return Effect(None, None, "none", {"en": "", "ko": ""})
    low, high = written.get("low"), written.get("high")
    given = isinstance(low, int) and isinstance(high, int) and low <= high
    if not given and (low is not None or high is not None):
        found.fault("lawbook.effect-days", number, "effect_days")
    basis = found.one(number, written, "basis", BASES)
    return Effect(low, high, basis, found.both(number, written, "why"))


def topics_of(rule_id: str, topics: Iterable[Topic]) -> list[Topic]:
    """The topics under which a rule stands."""
    return [topic for topic in topics if rule_id in (*topic.us, *topic.kr, *topic.both)]


def compared(
    topics: Sequence[Topic], rows: Sequence[Row], rules: Content, only: str | None = None
) -> Mapping[str, Any]:
    """Both sides of every topic (or of one, or of one area), the requirements of the regulators beside them, and counts."""
    chosen = [topic for topic in topics if only in (None, topic.id, topic.area)]
    chosen_rows = [row for row in rows if only in (None, row.id, row.stage, "requirements")]
    return {
        "schema": "biopact.law-compare/1",
        "counts": {
            "topics": {relation: Counter(topic.relation for topic in chosen)[relation] for relation in RELATIONS},
            "requirements": {
                relation: Counter(row.relation for row in chosen_rows)[relation] for relation in RELATIONS
            },
        },
        "topics": [_told(topic, rules) for topic in chosen],
        "requirements": [_told_row(row) for row in chosen_rows],
    }


def _told(topic: Topic, rules: Content) -> dict[str, Any]:
    return {
        "id": topic.id,
        "area": topic.area,
        "title": topic.title,
        "relation": topic.relation,
        "us": [_rule(rule_id, rules) for rule_id in topic.us],
        "kr": [_rule(rule_id, rules) for rule_id in topic.kr],
        "int": [_rule(rule_id, rules) for rule_id in topic.both],
        "difference": topic.difference,
        "lever": topic.lever,
        "effect_days": {
            "low": topic.effect.low,
            "high": topic.effect.high,
            "basis": topic.effect.basis,
            "why": topic.effect.why,
        },
    }


def _rule(rule_id: str, rules: Content) -> dict[str, Any]:
    rule = rules.rules[rule_id][-1]
    return {
        "id": rule_id,
        "cite": rule.cite,
        "act": rule.act,
        "title": rule.title,
        "effect": rule.effect.value,
        "status": rule.status.value,
        "checked": rule.checked,
    }


def _told_row(row: Row) -> dict[str, Any]:
    effect = row.effect_days
    return {
        "id": row.id,
        "stage": row.stage,
        "title": row.topic,
        "relation": row.relation,
        "us": row.us and {"cite": row.us.cite, "requirement": row.us.requirement, "checked": row.us.checked},
        "kr": row.kr and {"cite": row.kr.cite, "requirement": row.kr.requirement, "checked": row.kr.checked},
        "lever": row.lever,
        "effect_days": effect and {"low": effect.low, "high": effect.high, "basis": effect.basis},
    }
