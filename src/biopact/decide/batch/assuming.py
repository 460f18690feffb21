"""What an option says is so, put into the columns of a table before it is judged."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from biopact.interval import Interval
from biopact.rules.columns.express import Steps, columns_read, steps
from biopact.rules.graph.ternary import Logic, Node
from biopact.rules.language.facts import Fact
from biopact.rules.ruleset import RuleSet

__all__ = ["Assuming", "assumptions"]

MARK = "~assumed."


class _Judging(Protocol):
    @property
    def program(self) -> Any: ...

    @property
    def logic(self) -> Logic: ...


@dataclass(frozen=True)
class Assuming:
    """Steps that put in what is assumed; ``where`` each fact is, ``typed`` the columns there are then."""

    steps: tuple[tuple[Steps, tuple[pl.Expr, ...]], ...]
    where: Mapping[str, str]
    typed: Mapping[str, pl.DataType]
    reads: frozenset[str]

    def on(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The table with what is assumed."""
        for marking, changes in self.steps:
            frame = marking.on(frame).with_columns(changes)
        return frame


def assumptions(
    law: RuleSet,
    typed: Mapping[str, pl.DataType],
    judging: Callable[[Mapping[str, pl.DataType], Mapping[str, str]], _Judging],
) -> Assuming:
    """The steps for a table, one assumption after the other as an option's steps stand."""
    done: list[tuple[Steps, tuple[pl.Expr, ...]]] = []
    marks: dict[str, str] = {}
    columns = dict(typed)
    reads: set[str] = set()
    for order, (name, value, where) in enumerate(law.assumed):
        fact = law.vocabulary.find(name)
        assert fact is not None, "an option that assumes an unknown fact is refused"
        now = judging(columns, marks)
        logic = now.logic
        node: Node = logic.true if where is None else logic.surely(now.program.lowering.condition(where, ""))
        mark = f"{MARK}{order}"
        reads |= columns_read([node])
        changes = []
        for column, new, kind in _values(name, fact, value):
            kept = columns.get(column)
            exact = column.rpartition(".")[0] if fact.type == "interval" else column
            old = (
                pl.lit(None, dtype=kind) if kept is None and exact not in columns else pl.col(column if kept else exact)
            )
            changes.append(pl.when(pl.col(mark)).then(pl.lit(new, dtype=kept or kind)).otherwise(old).alias(column))
            columns.setdefault(column, kind)
            reads |= {column} if kept is not None else set()
        before = marks.get(name)
        both = pl.col(mark) | pl.col(before) if before else pl.col(mark)
        done.append((steps({mark: node}, columns), (*changes, both.alias(mark))))
        marks[name] = mark
    return Assuming(tuple(done), marks, columns, frozenset(reads))


def _values(name: str, fact: Fact, value: Any) -> Iterator[tuple[str, Any, pl.DataType]]:
    """The columns of a fact with the value each has once it is assumed."""
    if fact.keys:
        for key in fact.keys:
            if isinstance(value, Mapping) and key in value:
                yield from _single(f"{name}.{key}", fact, value[key])
            else:
                yield from _single(f"{name}.{key}", fact, None)
    else:
        yield from _single(name, fact, value)


def _single(column: str, fact: Fact, value: Any) -> Iterator[tuple[str, Any, pl.DataType]]:
    match fact.type:
        case "bool":
            yield column, value, pl.Boolean()
        case "set":
            for member in fact.domain:
                yield f"{column}.{member}", None if value is None else member in value, pl.Boolean()
        case "interval":
            low, high = (value.low, value.high) if isinstance(value, Interval) else (value, value)
            yield f"{column}.low", low, pl.Float64()
            yield f"{column}.high", high, pl.Float64()
        case "number" | "money":
            yield column, value, pl.Float64()
        case "date":
            yield column, None if value is None else datetime.date.fromisoformat(value), pl.Date()
        case _:
            yield column, value, pl.Enum(fact.domain) if fact.domain else pl.String()
