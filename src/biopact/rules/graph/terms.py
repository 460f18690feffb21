"""The values a condition compares, lowered: the columns or literals a term may be, each under a known guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from biopact.rules.graph.ternary import Cell, Logic, Node, Operand
from biopact.rules.language.values import day_of

__all__ = ["Choice", "Ends", "Flag", "Held", "Term", "Value", "compared", "ends_of"]


@dataclass(frozen=True, slots=True)
class Ends:
    """A number of which two columns give the bounds."""

    low: Cell
    high: Cell


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth value."""

    node: Node


@dataclass(frozen=True, slots=True)
class Held:
    """A set: for each member whether it is in it."""

    members: Mapping[str, Node]


Value = str | int | float | Cell | Ends | Flag | Held
Choice = tuple[Node, Value]


@dataclass(frozen=True, slots=True)
class Term:
    """What a term may be. The guards are known and exclude each other; ``unknown`` is where it has a value nobody said.

    Where neither a guard nor ``unknown`` holds it is absent. A guarded column may itself be null: unknown too.
    """

    choices: tuple[Choice, ...]
    unknown: Node

    def present(self, logic: Logic) -> Node:
        """Where it is not absent."""
        return logic.any_([*(guard for guard, _ in self.choices), self.unknown])


def compared(logic: Logic, operator: str, left: Term, right: Term) -> Node:
    """The three-valued answer of a comparison: false where a side is absent, unknown where one is unknown."""
    found = [
        logic.all_([one, other, _compared(logic, operator, a, b)])
        for one, a in left.choices
        for other, b in right.choices
    ]
    found += [
        logic.open(logic.all_([side.unknown, other.present(logic)])) for side, other in ((left, right), (right, left))
    ]
    return logic.any_(found)


def _compared(logic: Logic, operator: str, left: Value, right: Value) -> Node:
    if operator in (">", ">="):
        return _compared(logic, "<" if operator == ">" else "<=", right, left)
    if operator == "!=":
        return logic.not_(_compared(logic, "==", left, right))
    if isinstance(left, Flag) or isinstance(right, Flag) or isinstance(left, bool) or isinstance(right, bool):
        return logic.same(_truth(logic, left), _truth(logic, right))
    if isinstance(left, Ends) or isinstance(right, Ends):
        return _intervals(logic, operator, left, right)
    assert not isinstance(left, Held), "the checks at load refuse a set compared"
    assert not isinstance(right, Held), "the checks at load refuse a set compared"
    if _is_day(left) != _is_day(right):
        return _day_and_text(logic, operator, left, right)
    if operator == "==":
        for cell, word in ((left, right), (right, left)):
            if isinstance(cell, Cell) and cell.kind == "word" and isinstance(word, str):
                return logic.word(cell, [word])
        return logic.equal(left, right)
    return logic.less(left, right, operator == "<")


def _truth(logic: Logic, value: Value) -> Node:
    if isinstance(value, Flag):
        return value.node
    assert isinstance(value, bool)
    return logic.constant(value)


def _is_day(value: Value) -> bool:
    return isinstance(value, Cell) and value.kind == "day"


def _day_and_text(logic: Logic, operator: str, left: Operand, right: Operand) -> Node:
    """A day against text: days compare as ISO text does, so any text falls on a day or between two."""
    if isinstance(left, Cell) and isinstance(right, Cell):
        return logic.equal(left, right) if operator == "==" else logic.less(left, right, operator == "<")
    text = str(right if isinstance(left, Cell) else left)
    day, exact = day_of(text)
    if operator == "==":
        cell = left if isinstance(left, Cell) else right
        assert isinstance(cell, Cell)
        return logic.equal(cell, day) if exact else logic.open(logic.not_(logic.given(cell.column)))
    if isinstance(left, Cell):  # day <= text between two days is day < the later
        return logic.less(left, day, operator == "<" or not exact)
    return logic.less(day, right, operator == "<" and exact)


def _intervals(logic: Logic, operator: str, left: Value, right: Value) -> Node:
    """True where all numbers of both agree, false where none do, else unknown."""
    (a_low, a_high), (b_low, b_high) = ends_of(left), ends_of(right)
    if operator == "==":
        surely = logic.all_([logic.equal(a_low, b_low), logic.equal(a_high, b_high), logic.equal(a_low, b_high)])
        possible = [logic.less(a_low, b_high, False), logic.less(b_low, a_high, False)]
        return _between(logic, surely, logic.all_(logic.maybe(part) for part in possible))
    strict = operator == "<"
    return _between(logic, logic.less(a_high, b_low, strict), logic.maybe(logic.less(a_low, b_high, strict)))


def _between(logic: Logic, surely: Node, possible: Node) -> Node:
    return logic.any_([logic.surely(surely), logic.open(possible)])


def ends_of(value: Value) -> tuple[Operand, Operand]:
    """The lowest and the highest a number may be."""
    if isinstance(value, Ends):
        return value.low, value.high
    assert isinstance(value, Cell | int | float)
    return value, value
