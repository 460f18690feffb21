"""What a table of verdicts must say, worked out row by row with the traced reader."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from biopact.rules import Rank, RuleSet
from biopact.rules.traced.evaluate import Judgement, judge

Row = Mapping[str, Any]


def countries(row: Row) -> tuple[set[str], bool]:
    """The countries whose law judges a row, and whether there may be others."""
    found: set[str] = set()
    unknown = False
    for role in ("sender", "recipient"):
        if row.get(f"{role}.kind") == "public":
            continue
        place = row.get(f"{role}.country")
        unknown = unknown or place is None
        found |= {place} if place is not None else set()
    for column, value in row.items():
        if column.startswith("item.subject_to.") and value:
            found.add(column.split(".")[2])
        if column.startswith("item.people.") and column.endswith(".high"):
            country, low = column.split(".")[2], row.get(column.replace(".high", ".low"))
            if (value is not None and value > 0) or (value is None and low is not None):
                found.add(country)
    return found, unknown


def expected(law: RuleSet, row: Row, env: dict[str, Any], as_of: datetime.date) -> dict[str, Any]:
    """The answer to one row."""
    in_force = law.on(row.get("date") or as_of)
    states = in_force.states(env)
    surely, unknown = countries(row)
    told: dict[str, Judgement] = {name: judge(in_force, env, name, states) for name in law.jurisdictions}
    ranges = {
        name: (it.low if name in surely else Rank.CLEAR, it.high, it.review)
        for name, it in told.items()
        if name in surely or unknown
    }
    outside = (surely - law.jurisdictions) | ({"unknown"} if unknown else set())
    return joined(law, [(ranges, outside)])


def joined(law: RuleSet, legs: Sequence[tuple[Mapping[str, tuple[Rank, Rank, bool]], set[str]]]) -> dict[str, Any]:
    """The answer to a flow: the highest of its legs, review where it may decide."""
    answer: dict[str, Any] = {}
    outside = set().union(*(places for _, places in legs))
    whole: dict[str, tuple[Rank, Rank, bool]] = {}
    for name in law.jurisdictions:
        own = [ranges[name] for ranges, _ in legs if name in ranges]
        if own:
            low, high = max(it[0] for it in own), max(it[1] for it in own)
            whole[name] = (low, high, any(it[2] and it[1] >= low for it in own))
        answer[f"{name}_low"] = whole[name][0].word if own else None
        answer[f"{name}_high"] = whole[name][1].word if own else None
    low = max((it[0] for it in whole.values()), default=Rank.CLEAR)
    high = Rank.PROHIBITED if outside else max((it[1] for it in whole.values()), default=Rank.CLEAR)
    answer |= {"low": low.word, "high": high.word, "not_covered": outside or None}
    answer["review"] = any(it[2] for it in whole.values() if it[1] >= low)
    return answer
