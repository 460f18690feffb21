"""The conditions of rules: a strict subset of CEL, parsed into a small tree.

``&& || !``, ``== != < <= > >=``, ``in`` a list, a table or a set, ``table[key]``, ``name.name``, literals and
parentheses. No macros, no functions, no arithmetic. Precedence is CEL's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from biopact.errors import Place

__all__ = [
    "And",
    "Compare",
    "Condition",
    "ConditionFault",
    "In",
    "Index",
    "Literal",
    "Name",
    "Not",
    "Or",
    "parse",
    "walk",
]

MAX_LENGTH = 4_000
MAX_NESTING = 40

_GRAMMAR = r"""
?start: or_
?or_: and_ ("||" and_)*
?and_: relation ("&&" relation)*
?relation: unary
    | unary OPERATOR unary          -> compare
    | unary "in" unary              -> in_
    | unary "in" listed             -> in_
?unary: "!" unary                   -> not_
    | primary
?primary: "(" or_ ")"
    | name "[" or_ "]"              -> index
    | name
    | STRING                        -> string
    | NUMBER                        -> number
    | "true"                        -> true
    | "false"                       -> false
listed: "[" [item ("," item)*] "]"
?item: STRING -> string
    | NUMBER  -> number
    | "true"  -> true
    | "false" -> false
name: IDENTIFIER ("." IDENTIFIER)*
OPERATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
STRING: /'[^'\\\n]*'|"[^"\\\n]*"/
NUMBER: /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/
IDENTIFIER: /(?!(true|false|in|null)\b)[a-zA-Z_가-힣][a-zA-Z0-9_가-힣]*/
%import common.WS
%ignore WS
"""


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a number or a Boolean."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Name:
    """A fact (with dots), a define or a table (without)."""

    text: str


@dataclass(frozen=True, slots=True)
class Index:
    """``table[key]`` or ``fact[key]``."""

    of: Name
    key: Condition


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values and one of ``== != < <= > >=``."""

    operator: str
    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class In:
    """A value, or any member of a set, in a list, in the keys of a table, or in a set."""

    left: Condition
    right: Condition | tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``!``."""

    of: Condition


@dataclass(frozen=True, slots=True)
class And:
    """``&&`` of two or more."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """``||`` of two or more."""

    parts: tuple[Condition, ...]


Condition = Literal | Name | Index | Compare | In | Not | And | Or


class ConditionFault(Exception):
    """A condition that cannot be read: a code of the catalogue ``rules`` and its values.

    ``place`` is where the mistake stands, if not in the condition itself.
    """

    def __init__(self, code: str, place: Place | None = None, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.place = place
        self.values = values


class _Builder(Transformer[Token, Any]):
    def or_(self, parts: list[Any]) -> Or:
        return Or(tuple(parts))

    def and_(self, parts: list[Any]) -> And:
        return And(tuple(parts))

    def not_(self, parts: list[Any]) -> Not:
        return Not(parts[0])

    def compare(self, parts: list[Any]) -> Compare:
        return Compare(str(parts[1]), parts[0], parts[2])

    def in_(self, parts: list[Any]) -> In:
        return In(parts[0], parts[1])

    def index(self, parts: list[Any]) -> Index:
        return Index(parts[0], parts[1])

    def name(self, parts: list[Any]) -> Name:
        return Name(".".join(parts))

    def listed(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(part.value for part in parts if part is not None)

    def string(self, parts: list[Any]) -> Literal:
        return Literal(str(parts[0][1:-1]))

    def number(self, parts: list[Any]) -> Literal:
        text = str(parts[0])
        return Literal(int(text) if text.lstrip("-").isdigit() else float(text))

    def true(self, _: list[Any]) -> Literal:
        return Literal(True)

    def false(self, _: list[Any]) -> Literal:
        return Literal(False)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=16_384)
def parse(text: str) -> Condition:
    """The tree of a condition. Raises ConditionFault with the column where it does not parse."""
    if len(text) > MAX_LENGTH:
        raise ConditionFault("rules.condition-too-long", limit=MAX_LENGTH)
    if _nesting(text) > MAX_NESTING:
        raise ConditionFault("rules.condition-too-deep", limit=MAX_NESTING)
    try:
        tree: Condition = _Builder().transform(_parser().parse(text))
    except UnexpectedInput as error:
        column = error.column if isinstance(error.column, int) and error.column > 0 else len(text) + 1
        raise ConditionFault(
            "rules.condition-broken", column=column, near=text[column - 1 : column + 19] or "…"
        ) from None
    except (VisitError, ValueError, OverflowError) as error:
        raise ConditionFault("rules.condition-broken", column=1, near=text[:20]) from error
    return tree


def _nesting(text: str) -> int:
    """The most brackets inside each other, or ``!`` in a row."""
    deepest = depth = denied = 0
    for mark in text:
        depth += (mark in "([") - (mark in ")]")
        denied = denied + 1 if mark == "!" else denied if mark.isspace() else 0
        deepest = max(deepest, depth, denied)
    return deepest


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all its parts, outermost first."""
    yield condition
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from walk(part)
        case Not(of):
            yield from walk(of)
        case Compare(_, left, right):
            yield from walk(left)
            yield from walk(right)
        case In(left, right):
            yield from walk(left)
            if not isinstance(right, tuple):
                yield from walk(right)
        case Index(of, key):
            yield of
            yield from walk(key)
