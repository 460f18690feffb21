"""Conditions over declared columns (``age >= 18 && !(stage in ['III', 'IV'])``), compiled to bound SQL.

They are conditions of the rule language without its tables and sets. A condition is three-valued: with a value missing
it may be unknown, and what is not surely true is not selected. No text of a study reaches the database: a column becomes
an identifier that we quote, a literal becomes a parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from biopact.errors import Place, StudyError
from biopact.rules.language import syntax
from biopact.rules.language.syntax import And, Compare, ConditionFault, In, Index, Name, Not, Or, walk

__all__ = ["Condition", "ValueKind", "parse_condition"]

ValueKind = Literal["number", "text", "boolean"]
Value = float | str | bool
Column = Callable[[str], tuple[str, list[Value]]]
MAX_NAME = 64
_FAULTS = {"rules.condition-too-long": "study.filter-too-long", "rules.condition-too-deep": "study.filter-too-deep"}
_SQL = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that parsed: its text, the columns it names, and its SQL when asked."""

    text: str
    columns: tuple[str, ...]
    _root: syntax.Condition

    def check(self, kinds: Mapping[str, ValueKind], place: Place | None = None) -> None:
        """Raise StudyError where a column is not declared or two kinds of values are compared."""
        if _kind(self._root, kinds, place) != "boolean":
            raise StudyError("study.filter-not-boolean", place)

    def sql(self, column: Column) -> tuple[str, list[Value]]:
        """The condition as SQL with ``?`` and its parameters; ``column`` gives a column's own SQL and parameters."""
        return _sql(self._root, column)


def parse_condition(text: str, place: Place | None = None) -> Condition:
    """Parse a condition. Raises StudyError with the character at which it is not one, or the part that no study has."""
    try:
        root = syntax.parse(text)
    except ConditionFault as fault:
        if fault.code in _FAULTS:
            raise StudyError(_FAULTS[fault.code], place, **fault.values) from None
        raise StudyError("study.filter-broken", place, position=fault.values["column"]) from None
    columns = []
    for part in walk(root):
        match part:
            case Index(Name(name), _) | In(_, Name(name)):
                raise StudyError("study.filter-no-table", place, name=name)
            case Compare(_, left, right):
                _plain((left, right), place)
            case In(left, right):
                _plain((left,), place)
                if not isinstance(right, tuple):
                    raise StudyError("study.filter-broken", place, position=1)
            case Name(name):
                if "." in name or len(name) > MAX_NAME:
                    raise StudyError("study.filter-broken", place, position=text.find(name) + 1)
                columns.append(name)
    if any(ord(mark) < ord(" ") and not mark.isspace() for mark in text) or math.inf in _numbers(root):
        raise StudyError("study.filter-broken", place, position=1)
    return Condition(" ".join(text.split()), tuple(dict.fromkeys(columns)), root)


def _numbers(root: syntax.Condition) -> list[float]:
    """Every number of a condition; one that is too large to be held is infinite."""
    parts = list(walk(root))
    listed = [value for part in parts if isinstance(part, In) and isinstance(part.right, tuple) for value in part.right]
    values = [part.value for part in parts if isinstance(part, syntax.Literal)] + listed
    return [abs(float(value)) for value in values if not isinstance(value, str)]


def _plain(sides: tuple[syntax.Condition, ...], place: Place | None) -> None:
    """What is compared is a column or a literal, not a comparison."""
    if not all(isinstance(side, Name | syntax.Literal) for side in sides):
        raise StudyError("study.filter-broken", place, position=1)


def _kind(node: syntax.Condition, kinds: Mapping[str, ValueKind], place: Place | None) -> ValueKind:
    match node:
        case syntax.Literal(value):
            return _of(value)
        case Name(name):
            if name not in kinds:
                raise StudyError("study.filter-undeclared", place, column=name)
            return kinds[name]
        case Compare(operator, left, right):
            found = _kind(left, kinds, place)
            _same(found, _kind(right, kinds, place), place)
            if found != "number" and operator not in ("==", "!="):
                raise StudyError("study.filter-order", place, operator=operator)
        case In(left, tuple(values)):
            found = _kind(left, kinds, place)
            for value in values:
                _same(found, _of(value), place)
        case Not(of):
            _same("boolean", _kind(of, kinds, place), place)
        case And(parts) | Or(parts):
            for part in parts:
                _same("boolean", _kind(part, kinds, place), place)
    return "boolean"


def _of(value: Value | int) -> ValueKind:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _same(left: ValueKind, right: ValueKind, place: Place | None) -> None:
    if left != right:
        raise StudyError("study.filter-kinds", place, left=left, right=right)


def _sql(node: syntax.Condition, column: Column) -> tuple[str, list[Value]]:
    match node:
        case syntax.Literal(value):
            return "?", [_bound(value)]
        case Name(name):
            return column(name)
        case Compare(operator, left, right):
            (left_sql, left_values), (right_sql, right_values) = _sql(left, column), _sql(right, column)
            return f"({left_sql} {_SQL[operator]} {right_sql})", left_values + right_values
        case In(left, tuple(values)):
            left_sql, left_values = _sql(left, column)
            if not values:  # nothing is in an empty list; of a missing value that is unknown
                return f"({left_sql} <> {left_sql})", left_values * 2
            marks = ", ".join("?" for _ in values)
            return f"({left_sql} IN ({marks}))", left_values + [_bound(value) for value in values]
        case Not(of):
            sql, found = _sql(of, column)
            return f"(NOT {sql})", found
        case And(parts) | Or(parts):
            pieces = [_sql(part, column) for part in parts]
            word = " AND " if isinstance(node, And) else " OR "
            return f"({word.join(sql for sql, _ in pieces)})", [value for _, found in pieces for value in found]
    raise TypeError(node)  # a condition that was parsed here has no other part


def _bound(value: Value | int) -> Value:
    """A literal as a parameter: every number is a float, as every number of a table is."""
    return value if isinstance(value, str | bool) else float(value)
