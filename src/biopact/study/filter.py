"""Conditions over declared columns (``age >= 18 && !(stage in ['III', 'IV'])``), compiled to bound SQL.

The grammar is that of the rule language's conditions: ``&& || ! == != < <= > >= in [..]``, brackets, literals. A
condition is three-valued: with a value missing it may be unknown, and what is not surely true is not selected. No text
of a study reaches the database: a column becomes an identifier that we quote, a literal becomes a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedInput

from biopact.errors import Place, StudyError

__all__ = ["Condition", "ValueKind", "parse_condition"]

ValueKind = Literal["number", "text", "boolean"]
Value = float | str | bool
MAX_CHARACTERS = 2_000
MAX_DEPTH = 20

_GRAMMAR = r"""
    ?start: either
    ?either: both ("||" both)*
    ?both: negated ("&&" negated)*
    ?negated: "!" negated -> denied
        | compared
    ?compared: operand
        | operand COMPARISON operand -> comparison
        | operand "in" "[" [literal ("," literal)*] "]" -> membership
    ?operand: literal
        | NAME -> column
        | "(" either ")"
    ?literal: NUMBER -> number
        | STRING -> text
        | "true" -> true
        | "false" -> false
    COMPARISON: "==" | "!=" | "<=" | ">=" | "<" | ">"
    NAME: /(?!(?:true|false|in)\b)[A-Za-z_가-힣][A-Za-z0-9_가-힣]{0,63}/
    NUMBER: /-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?/
    STRING: /'[^'\\\x00-\x1f]{0,200}'/ | /"[^"\\\x00-\x1f]{0,200}"/
    %ignore /[ \t\r\n]+/
"""


@dataclass(frozen=True, slots=True)
class _Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class _Column:
    name: str


@dataclass(frozen=True, slots=True)
class _Compared:
    left: _Literal | _Column
    operator: str
    right: _Literal | _Column


@dataclass(frozen=True, slots=True)
class _Member:
    left: _Literal | _Column
    values: tuple[_Literal, ...]


@dataclass(frozen=True, slots=True)
class _Not:
    of: _Node


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Node, ...]


_Node = _Literal | _Column | _Compared | _Member | _Not | _All | _Any
_SQL = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that parsed: its text, the columns it names, and its SQL when asked."""

    text: str
    columns: tuple[str, ...]
    _root: _Node

    def check(self, kinds: Mapping[str, ValueKind], place: Place | None = None) -> None:
        """Raise StudyError where a column is not declared or two kinds of values are compared."""
        if _kind(self._root, kinds, place) != "boolean":
            raise StudyError("study.filter-not-boolean", place)

    def sql(self, column: Callable[[str], tuple[str, list[Value]]]) -> tuple[str, list[Value]]:
        """The condition as SQL with ``?`` and its parameters; ``column`` gives a column's own SQL and parameters."""
        return _sql(self._root, column)


def parse_condition(text: str, place: Place | None = None) -> Condition:
    """Parse a condition. Raises StudyError with the character at which it is not one."""
    if len(text) > MAX_CHARACTERS:
        raise StudyError("study.filter-too-long", place, limit=MAX_CHARACTERS)
    if _depth(text) > MAX_DEPTH:
        raise StudyError("study.filter-too-deep", place, limit=MAX_DEPTH)
    try:
        root: _Node = _Reader().transform(_parser().parse(text))
    except UnexpectedInput as error:
        position = error.pos_in_stream if error.pos_in_stream is not None else len(text)
        raise StudyError("study.filter-broken", place, position=position + 1) from None
    except (LarkError, RecursionError, TypeError):
        raise StudyError("study.filter-broken", place, position=1) from None
    return Condition(" ".join(text.split()), tuple(dict.fromkeys(_columns(root))), root)


def _depth(text: str) -> int:
    deepest = depth = run = 0
    for mark in text:
        depth += (mark in "([") - (mark in ")]")
        run = run + 1 if mark == "!" else 0 if mark not in " \t\r\n" else run
        deepest = max(deepest, depth, run)
    return deepest


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


@v_args(inline=True)
class _Reader(Transformer[Any, Any]):
    """Turns the parse tree into nodes."""

    def number(self, text: str) -> _Literal:
        return _Literal(float(text))

    def text(self, text: str) -> _Literal:
        return _Literal(str(text)[1:-1])

    def true(self) -> _Literal:
        return _Literal(True)

    def false(self) -> _Literal:
        return _Literal(False)

    def column(self, name: str) -> _Column:
        return _Column(str(name))

    def comparison(self, left: Any, operator: str, right: Any) -> _Compared:
        return _Compared(_operand(left), str(operator), _operand(right))

    def membership(self, left: Any, *values: Any) -> _Member:
        return _Member(_operand(left), tuple(value for value in values if value is not None))

    def denied(self, of: Any) -> _Not:
        return _Not(of)

    def both(self, *parts: Any) -> _All:
        return _All(parts)

    def either(self, *parts: Any) -> _Any:
        return _Any(parts)


def _operand(node: Any) -> _Literal | _Column:
    if not isinstance(node, (_Literal, _Column)):
        raise TypeError  # a comparison of comparisons
    return node


def _columns(node: _Node) -> list[str]:
    match node:
        case _Column(name):
            return [name]
        case _Compared(left, _, right):
            return _columns(left) + _columns(right)
        case _Member(left, _):
            return _columns(left)
        case _Not(of):
            return _columns(of)
        case _All(parts) | _Any(parts):
            return [name for part in parts for name in _columns(part)]
    return []


def _kind(node: _Node, kinds: Mapping[str, ValueKind], place: Place | None) -> ValueKind:
    match node:
        case _Literal(value):
            return "boolean" if isinstance(value, bool) else "number" if isinstance(value, float) else "text"
        case _Column(name):
            if name not in kinds:
                raise StudyError("study.filter-undeclared", place, column=name)
            return kinds[name]
        case _Compared(left, operator, right):
            found = _kind(left, kinds, place)
            _same(found, _kind(right, kinds, place), place)
            if found != "number" and operator not in ("==", "!="):
                raise StudyError("study.filter-order", place, operator=operator)
        case _Member(left, values):
            found = _kind(left, kinds, place)
            for literal in values:
                _same(found, _kind(literal, kinds, place), place)
        case _Not(of):
            _same("boolean", _kind(of, kinds, place), place)
        case _All(parts) | _Any(parts):
            for part in parts:
                _same("boolean", _kind(part, kinds, place), place)
    return "boolean"


def _same(left: ValueKind, right: ValueKind, place: Place | None) -> None:
    if left != right:
        raise StudyError("study.filter-kinds", place, left=left, right=right)


def _sql(node: _Node, column: Callable[[str], tuple[str, list[Value]]]) -> tuple[str, list[Value]]:
    match node:
        case _Literal(value):
            return "?", [value]
        case _Column(name):
            return column(name)
        case _Compared(left, operator, right):
            (left_sql, left_values), (right_sql, right_values) = _sql(left, column), _sql(right, column)
            return f"({left_sql} {_SQL[operator]} {right_sql})", left_values + right_values
        case _Member(left, values):
            left_sql, left_values = _sql(left, column)
            if not values:  # nothing is in an empty list; of a missing value that is unknown
                return f"({left_sql} <> {left_sql})", left_values * 2
            marks = ", ".join("?" for _ in values)
            return f"({left_sql} IN ({marks}))", left_values + [value.value for value in values]
        case _Not(of):
            sql, found = _sql(of, column)
            return f"(NOT {sql})", found
        case _All(parts) | _Any(parts):
            pieces = [_sql(part, column) for part in parts]
            word = " AND " if isinstance(node, _All) else " OR "
            return f"({word.join(sql for sql, _ in pieces)})", [value for _, found in pieces for value in found]
