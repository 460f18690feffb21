"""Conditions lowered to comparisons of single columns: a graph in strong Kleene logic, shared parts only once.

It is what the two bulk readers have in common: ``columns`` writes it as Polars expressions, ``prove`` as z3 formulas. Sets
have become one Boolean a member, dated tables comparisons under a span of days, intervals comparisons of their ends.
Absence (a fact that a kind of thing does not have) has become a known condition beside the comparison.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.rules.language.values import Truth

__all__ = ["Cell", "Logic", "Node", "Operand", "Span"]

Span = tuple[datetime.date | None, datetime.date | None]  # first and last day, both included; None is open


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, a day or a word in a column. An end of an interval stands for ``default`` where only the other is given."""

    column: str
    kind: str  # number | day | word
    other: str | None = None
    default: float | None = None


Operand = Cell | int | float | str | datetime.date


class Node:
    """One part of the graph: an operation and its parts. Two nodes of one ``Logic`` are equal only if they are the same."""

    __slots__ = ("args", "known", "op", "order")

    def __init__(self, op: str, args: tuple[Any, ...], known: bool, order: int) -> None:
        self.op = op
        self.args = args
        self.known = known  # never unknown
        self.order = order  # parts have a lower order than what is made of them

    @property
    def parts(self) -> Iterator[Node]:
        """The nodes this one is made of."""
        for arg in self.args:
            if isinstance(arg, Node):
                yield arg
            elif isinstance(arg, tuple):
                yield from (part for part in arg if isinstance(part, Node))

    def __repr__(self) -> str:
        """For people who debug."""
        return f"{self.op}{self.args!r}"


class Logic:
    """Makes nodes, each only once, and simplifies what is already decided.

    ``values`` names all the words (and null) of columns that were looked through: what none of them is, is decided.
    """

    def __init__(self, values: Mapping[str, frozenset[str | None]] | None = None) -> None:
        self._values = values or {}
        self._made: dict[tuple[Any, ...], Node] = {}
        self.true = self._node("const", (True,), True)
        self.false = self._node("const", (False,), True)
        self.unknown = self._node("const", (None,), False)

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._made)

    def _node(self, op: str, args: tuple[Any, ...], known: bool) -> Node:
        key = (op, args)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Node(op, args, known, len(self._made))
        return found

    def constant(self, value: Truth) -> Node:
        """True, false or unknown."""
        return self.unknown if value is None else self.true if value else self.false

    # --- what columns say -------------------------------------------------------------------------------------------

    def flag(self, column: str) -> Node:
        """A Boolean column."""
        return self._node("flag", (column,), False)

    def given(self, column: str) -> Node:
        """Whether a column has a value."""
        values = self._values.get(column)
        if values is not None and (None not in values or values == {None}):
            return self.constant(None not in values)
        return self._node("given", (column,), True)

    def word(self, cell: Cell, words: Iterable[str]) -> Node:
        """Whether a word is one of some."""
        listed = frozenset(words)
        if not listed:
            return self.false
        values = self._values.get(cell.column)
        if values is not None and not values & listed:
            return self.open(self.not_(self.given(cell.column)))
        return self._node("word", (cell.column, listed), values is not None and None not in values)

    def within(self, span: Span) -> Node:
        """Whether the day of the row lies in a span."""
        return self.true if span == (None, None) else self._node("within", (span,), True)

    def less(self, left: Operand, right: Operand, strict: bool) -> Node:
        """``left < right`` (strict) or ``left <= right``."""
        if not isinstance(left, Cell) and not isinstance(right, Cell):
            return self.constant(left < right if strict else left <= right)  # type: ignore[operator]
        return self._node("less", (left, right, strict), False)

    def equal(self, left: Operand, right: Operand) -> Node:
        """Whether two numbers, days or words are the same."""
        if not isinstance(left, Cell) and not isinstance(right, Cell):
            return self.constant(left == right)
        return self._node("equal", (left, right), False)

    def same(self, left: Node, right: Node) -> Node:
        """Whether two Boolean values are the same; unknown where either is."""
        for one, other in ((left, right), (right, left)):
            if one is self.unknown:
                return self.unknown
            if one is self.true:
                return other
            if one is self.false:
                return self.not_(other)
        return self._node("same", (left, right), left.known and right.known)

    # --- strong Kleene logic ----------------------------------------------------------------------------------------

    def not_(self, part: Node) -> Node:
        """``!``."""
        if part.op == "const":
            value: Truth = part.args[0]
            return self.constant(None if value is None else not value)
        if part.op == "not":
            inner: Node = part.args[0]
            return inner
        return self._node("not", (part,), part.known)

    def all_(self, parts: Iterable[Node]) -> Node:
        """``&&``: false where any is false."""
        return self._joined("and", parts, self.true, self.false)

    def any_(self, parts: Iterable[Node]) -> Node:
        """``||``: true where any is true."""
        return self._joined("or", parts, self.false, self.true)

    def _joined(self, op: str, parts: Iterable[Node], empty: Node, decided: Node) -> Node:
        kept: dict[Node, None] = {}
        for part in parts:
            if part is decided:
                return decided
            if part is not empty:
                kept |= dict.fromkeys(part.args[0]) if part.op == op else {part: None}
        if not kept:
            return empty
        if len(kept) == 1:
            return next(iter(kept))
        return self._node(op, (tuple(kept),), all(part.known for part in kept))

    def surely(self, part: Node) -> Node:
        """True where it is true; false where it is false or unknown."""
        if part.known:
            return part
        return self.false if part is self.unknown else self._node("surely", (part,), True)

    def maybe(self, part: Node) -> Node:
        """True where it is true or unknown."""
        if part.known:
            return part
        return self.true if part is self.unknown else self._node("maybe", (part,), True)

    def open(self, part: Node) -> Node:
        """Unknown where something is so, else false."""
        return self.all_([part, self.unknown])
