"""One rule as a page of a law book: what it says, when, what it defeats and what defeats it, how it was read, cases, topics."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from biopact.decide.casefiles import Case, read_cases
from biopact.law.topics import Topic, topics_of
from biopact.rules.language.model import Rule, Status
from biopact.rules.language.syntax import Name, walk
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.explain import spelled
from biopact.text import Lang, pick

__all__ = ["entry", "named", "names"]

_NAMED = ("applies", "defeated", "may_apply", "not", "pending")


def entry(
    law: RuleSet,
    rule_id: str,
    folders: Iterable[Path],
    day: datetime.date,
    lang: Lang | None = None,
    topics: Iterable[Topic] = (),
) -> dict[str, Any]:
    """The page of a rule, its periods in order, with the topics under which it is compared."""
    periods = law.rules[rule_id]
    instrument = law.by_id[periods[0].instrument]
    return {
        "schema": "biopact.rule/1",
        "id": rule_id,
        "instrument": {
            "id": instrument.id,
            "title": pick(instrument.title, lang),
            "url": instrument.url,
            "scope": instrument.scope_text,
            "read_on": instrument.read_on,
        },
        "periods": [_period(rule, day, lang) for rule in periods],
        "words": _words(law, periods[-1]),
        "defeated_by": [
            other.id for rules in law.rules.values() for other in rules if _defeats(other, rule_id, instrument.id)
        ],
        "cases": [case.sentence for folder in folders for case in _cases(folder) if names(case, rule_id)],
        "topics": [
            {
                "id": topic.id,
                "title": pick(topic.title, lang),
                "relation": topic.relation,
                "beside": [other for other in (*topic.us, *topic.kr, *topic.both) if other != rule_id],
            }
            for topic in topics_of(rule_id, topics)
        ],
    }


def _period(rule: Rule, day: datetime.date, lang: Lang | None) -> dict[str, Any]:
    more = {
        key: pick(value, lang) if isinstance(value, dict) and "en" in value else value
        for key, value in rule.more.items()
    }
    return {
        "title": pick(rule.title, lang),
        "cite": rule.cite,
        "effect": rule.effect.value,
        "when": rule.when_text,
        "defeats": list(rule.defeats),
        "from": rule.start.isoformat() if rule.start else None,
        "to": rule.end.isoformat() if rule.end else None,
        "period": _today(rule, day),
        "status": rule.status.value,
        "force": rule.force,
        "checked": rule.checked,
        "confidence": rule.confidence,
        "where": str(rule.place),
        **more,
    }


def _today(rule: Rule, day: datetime.date) -> str:
    """Whether it is in force on a day; of what may not be law nobody says so."""
    period = rule.period(day)
    return rule.status.value if rule.status is Status.UNCERTAIN and period == "in-force" else period


def _words(law: RuleSet, rule: Rule) -> dict[str, str]:
    """The defined words that a rule's condition and scope use, those of their definitions behind them."""
    instrument = law.by_id[rule.instrument]
    known = {**law.defines, **instrument.defines}
    waiting, found = [instrument.scope, rule.when], dict[str, str]()
    while waiting:
        for part in walk(waiting.pop()):
            if isinstance(part, Name) and part.text in known and part.text not in found:
                found[part.text] = " ".join(instrument.define_texts.get(part.text, spelled(known[part.text])).split())
                waiting.append(known[part.text])
    return found


def _defeats(other: Rule, rule_id: str, instrument: str) -> bool:
    return rule_id in other.defeats or (instrument in other.defeats and other.id != rule_id)


def _cases(folder: Path) -> Iterable[Any]:
    for path in sorted(folder.rglob("*.cases.yaml")):
        yield from read_cases(path)


def named(case: Case) -> frozenset[str]:
    """The rules of which a case says what becomes of them."""
    flows = [case.expect, *(part for part in case.expect.values() if isinstance(part, dict))]
    return frozenset(rule for part in flows for key in _NAMED for rule in part.get(key) or ())


def names(case: Case, rule_id: str) -> bool:
    """Whether a case says what becomes of a rule."""
    return rule_id in named(case)
