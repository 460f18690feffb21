"""A table of verdicts says of every row what the traced reader says, with every fact nullable."""

from __future__ import annotations

import datetime
import random
from typing import Any

import polars as pl
import pytest

from biopact.decide.batch.frames import Batch
from biopact.law import the_law
from biopact.rules import RuleSet

from ..rules import worlds
from .rows import expected

AS_OF = datetime.date(2026, 6, 30)


def table(rows: list[dict[str, Any]], law: RuleSet, drop: tuple[str, ...] = ()) -> pl.DataFrame:
    """Rows as a table, typed as their facts."""
    kinds: dict[str, Any] = {"date": pl.Date, "item.source": pl.Boolean, "leg": pl.Int64}
    for name, fact in worlds.names_of(law.vocabulary):
        for key in fact.keys or (None,):
            column = name if key is None else f"{name}.{key}"
            plain = {"bool": pl.Boolean, "number": pl.Float64, "money": pl.Float64, "date": pl.Date}
            domain = (fact if key is None else fact.under(key)).domain
            kinds[column] = plain.get(fact.type, pl.Enum(domain) if domain else pl.String)
            kinds |= {f"{column}.{end}": pl.Float64 for end in ("low", "high")}
            if fact.type == "set":
                kinds |= {f"{column}.{member}": pl.Boolean for member in fact.domain}
    columns = [name for name in rows[0] if not name.startswith(drop)] if drop else list(rows[0])
    return pl.DataFrame(
        {name: pl.Series(name, [row[name] for row in rows], dtype=kinds.get(name), strict=False) for name in columns}
    )


def differences(law: RuleSet, rng: random.Random, count: int, own_way: bool) -> list[str]:
    """Where the two readers differ on random rows, in words."""
    constants = law.on(AS_OF).constants
    keys = {"item.people": {"US", "KR", "JP", "CN"}, "item.source.people": {"US"}}
    for name, fact in worlds.names_of(law.vocabulary):
        keys.setdefault(name, set(fact.keys))
    rows = [{"flow_id": n, **worlds.random_row(rng, law.vocabulary, constants, keys)} for n in range(count)]
    way = ("flow.origin", "flow.destination", "flow.recipients") if own_way else ()
    frame = table(rows, law, way)
    batch = Batch(law, frame.schema, AS_OF, rules=True)
    answers = batch.judge(frame).rows(named=True)
    assert not any(answer["invalid"] for answer in answers)
    found = []
    for row, answer in zip(rows, answers, strict=True):
        env = worlds.facts_of(row, law.vocabulary, own_way)
        in_force = law.on(row["date"] or AS_OF)
        states = in_force.states(dict(env))
        wanted = expected(law, row, dict(env), AS_OF)
        for compiled, applies in zip(in_force.rules, states.applies, strict=True):
            if compiled.period == "in-force":
                wanted[compiled.rule.id] = applies
        given = answer["not_covered"]
        told = {**answer, "not_covered": set(given.split(",")) if given else None}
        for name, value in wanted.items():
            if told[name] != value:
                found.append(f"row {row['flow_id']}: {name} is {told[name]}, expected {value}")
    return found


@pytest.mark.parametrize("own_way", [False, True])
def test_random_laws_say_the_same_in_columns_as_traced(own_way: bool) -> None:
    rng = random.Random(20261124 + own_way)
    for _ in range(20):
        law = worlds.random_law(rng)
        assert differences(law, rng, 60, own_way) == []


@pytest.mark.parametrize("own_way", [False, True])
def test_the_whole_law_says_the_same_in_columns_as_traced(own_way: bool) -> None:
    assert differences(the_law(), random.Random(7 + own_way), 700, own_way) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_the_whole_law_says_the_same_on_twenty_thousand_rows(seed: int) -> None:
    assert differences(the_law(), random.Random(1000 + seed), 2_500, bool(seed % 2)) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_random_laws_say_the_same_on_thirty_thousand_rows(seed: int) -> None:
    rng = random.Random(2000 + seed)
    for _ in range(30):
        law = worlds.random_law(rng)
        assert differences(law, rng, 100, bool(seed % 2)) == []
