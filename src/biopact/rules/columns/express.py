"""The graph of ``ternary`` as Polars expressions. Polars' ``&``, ``|`` and ``~`` on nullable Booleans are strong Kleene logic.

What several nodes share is worked out once: it becomes a column of its own in a step before them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from biopact.rules.graph.ternary import Cell, Node, Operand

__all__ = ["DATE", "Steps", "steps"]

DATE = "date"
MANY_WORDS = 6
_CHEAP = ("const", "flag", "given", "not")  # sooner done again than kept in a column
UNKNOWN = pl.lit(None, dtype=pl.Boolean)


class Steps:
    """Expressions in steps: each step adds columns that later ones use; ``wanted`` gives the asked nodes by name."""

    def __init__(self, before: list[list[pl.Expr]], wanted: Mapping[str, pl.Expr]) -> None:
        self.before = before
        self.wanted = wanted

    def on(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """A frame with the columns of the steps before and the wanted ones."""
        for step in self.before:
            frame = frame.with_columns(step)
        return frame.with_columns([expr.alias(name) for name, expr in self.wanted.items()])

    @property
    def columns(self) -> list[str]:
        """The names of what the steps add beside what is wanted."""
        return [expr.meta.output_name() for step in self.before for expr in step]


def steps(wanted: Mapping[str, Node], schema: Mapping[str, pl.DataType]) -> Steps:
    """The expressions of some nodes over a table with a schema."""
    uses = _uses(wanted.values())
    order = sorted(uses, key=lambda node: node.order)
    made: dict[Node, pl.Expr] = {}
    level: dict[Node, int] = {}
    before: list[list[pl.Expr]] = []
    for node in order:
        expr = _express(node, made, schema)
        depth = max((level[part] for part in node.parts), default=0)
        if uses[node] > 1 and node.op not in _CHEAP:
            name = f"~{node.order}"
            while len(before) <= depth:
                before.append([])
            before[depth].append(expr.alias(name))
            expr, depth = pl.col(name), depth + 1
        made[node], level[node] = expr, depth
    return Steps(before, {name: made[node] for name, node in wanted.items()})


def columns_read(wanted: Iterable[Node]) -> set[str]:
    """The columns that some nodes read."""
    found: set[str] = set()
    for node in _uses(wanted):
        match node.op:
            case "flag" | "given" | "word":
                found.add(node.args[0])
            case "within":
                found.add(DATE)
            case "less" | "equal":
                for side in node.args[:2]:
                    if isinstance(side, Cell):
                        found |= {side.column} | ({side.other} if side.other else set())
    return found


def _uses(wanted: Iterable[Node]) -> dict[Node, int]:
    """How often each node that is needed is worked out: what is in a cheap one, as often as that is used."""
    wanted = list(wanted)
    found = dict.fromkeys(wanted)
    waiting = list(found)
    while waiting:
        fresh = [part for part in waiting.pop().parts if part not in found]
        found |= dict.fromkeys(fresh)
        waiting.extend(fresh)
    uses = dict.fromkeys(sorted(found, key=lambda node: -node.order), 0)
    for node in wanted:
        uses[node] += 1
    for node, times in uses.items():
        for part in node.parts:
            uses[part] += times if node.op in _CHEAP else 1
    return uses


def _express(node: Node, made: Mapping[Node, pl.Expr], schema: Mapping[str, pl.DataType]) -> pl.Expr:
    args = node.args
    match node.op:
        case "const":
            return UNKNOWN if args[0] is None else pl.lit(args[0])
        case "flag":
            return pl.col(args[0])
        case "given":
            return pl.col(args[0]).is_not_null()
        case "word":
            return _word(args[0], args[1], schema)
        case "within":
            return _within(*args[0])
        case "less":
            left, right = _sides(args[0], args[1], schema)
            return _expr(left < right if args[2] else left <= right)
        case "equal":
            left, right = _sides(args[0], args[1], schema)
            return _expr(left == right)
        case "same":
            return made[args[0]] == made[args[1]]
        case "not":
            return ~made[args[0]]
        case "surely":
            return made[args[0]].fill_null(False)
        case "maybe":
            return made[args[0]].fill_null(True)
        case "and":
            return _joined(and_, [made[part] for part in args[0]])
    assert node.op == "or", node.op
    return _joined(or_, [made[part] for part in args[0]])


def _expr(made: Any) -> pl.Expr:
    assert isinstance(made, pl.Expr), "two literals are compared where the graph is made"
    return made


def _joined(join: Callable[[pl.Expr, pl.Expr], pl.Expr], parts: list[pl.Expr]) -> pl.Expr:
    return reduce(join, parts)


def _word(column: str, words: frozenset[str], schema: Mapping[str, pl.DataType]) -> pl.Expr:
    cell, kind = pl.col(column), schema[column]
    if isinstance(kind, pl.Enum):
        words = words & frozenset(kind.categories)
    if not words:
        return pl.when(cell.is_not_null()).then(False)
    if len(words) <= MANY_WORDS:
        return reduce(or_, (cell == word for word in sorted(words)))
    return cell.is_in(pl.Series(sorted(words), dtype=kind if isinstance(kind, pl.Enum) else pl.String).implode())


def _within(first: datetime.date | None, last: datetime.date | None) -> pl.Expr:
    ends: list[pl.Expr] = []
    if first is not None:
        ends.append(pl.col(DATE) >= first)
    if last is not None:
        ends.append(pl.col(DATE) <= last)
    return reduce(and_, ends)


def _sides(left: Operand, right: Operand, schema: Mapping[str, pl.DataType]) -> tuple[Any, Any]:
    """Both sides of a comparison; words are compared by their letters, not by the order of their domain."""
    cells = [side for side in (left, right) if isinstance(side, Cell)]
    text = any(cell.kind == "word" for cell in cells)
    alone = None if len(cells) == 2 else next(side for side in (left, right) if not isinstance(side, Cell))
    return tuple(_side(side, alone, text, schema) for side in (left, right))


def _side(side: Operand, alone: Any, text: bool, schema: Mapping[str, pl.DataType]) -> Any:
    if not isinstance(side, Cell):
        return pl.lit(side)
    cell = pl.col(side.column)
    if text:
        return cell.dt.to_string("%Y-%m-%d") if side.kind == "day" else cell.cast(pl.String)
    if side.other is None or (alone is not None and alone > 0):
        return cell  # above zero, what is not given falls on the right side by itself (see `terms`)
    other = pl.col(side.other)
    return pl.when(cell.is_null() & other.is_not_null()).then(pl.lit(side.default)).otherwise(cell)
