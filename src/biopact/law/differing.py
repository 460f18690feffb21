"""What changed in the law between two days: rules that began or ended, entries of tables, what the regulators ask."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from biopact.law.requirement_model import Row
from biopact.rules.language.model import Content, Rule, Status

__all__ = ["changes"]


def changes(rules: Content, first: datetime.date, second: datetime.date, rows: Iterable[Row] = ()) -> dict[str, Any]:
    """What is in force on the second day and was not on the first, and the other way round.

    A provision of which one period follows another is ``changed``. What is enacted without a date, or may not be law,
    is in neither.
    """
    began, ended, changed = [], [], []
    for periods in rules.rules.values():
        before, after = (_in_force(periods, day) for day in (first, second))
        if before is after:
            continue
        if before is None and after is not None:
            began.append(_told(after))
        elif after is None and before is not None:
            ended.append(_told(before))
        elif before is not None and after is not None:
            changed.append({**_told(after), "was": before.cite, "was_from": _day(before.start)})
    return {
        "schema": "biopact.law-diff/1",
        "from": first.isoformat(),
        "to": second.isoformat(),
        "began": sorted(began, key=_by_day),
        "ended": sorted(ended, key=_by_day),
        "changed": sorted(changed, key=_by_day),
        "tables": _tables(rules, first, second),
        "requirements": _requirements(rows, first, second),
    }


def _in_force(periods: Iterable[Rule], day: datetime.date) -> Rule | None:
    for rule in periods:
        if rule.status is not Status.UNCERTAIN and rule.period(day) == "in-force":
            return rule
    return None


def _told(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "cite": rule.cite,
        "act": rule.act,
        "effect": rule.effect.value,
        "from": _day(rule.start),
        "to": _day(rule.end),
    }


def _by_day(told: dict[str, Any]) -> tuple[str, str]:
    return told["from"] or "", told["id"]


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


def _tables(rules: Content, first: datetime.date, second: datetime.date) -> list[dict[str, Any]]:
    found = []
    for name, table in sorted(rules.tables.items()):
        before, after = table.on(first), table.on(second)
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                found.append({"table": name, "key": key, "before": before.get(key), "after": after.get(key)})
    return found


def _requirements(rows: Iterable[Row], first: datetime.date, second: datetime.date) -> list[dict[str, Any]]:
    low, high = min(first, second), max(first, second)
    return [
        {"id": row.id, "country": country, "title": row.topic, "cite": side.cite, "from": _day(side.start)}
        for row in rows
        for country, side in (("US", row.us), ("KR", row.kr))
        if side is not None and side.start is not None and low < side.start <= high
    ]
