"""Questions to z3 about a rule set: is there any flow on any day for which something holds? Then here is one.

Every fact is known in these flows (an interval is one number), so the logic has two values. Sets are Booleans a member,
words are codes, days are the spans between two changes of law, and numbers are bounded: without a bound a stand-in for
infinity would invent flows beyond it.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from biopact.rules.columns.layout import Meaning
from biopact.rules.graph.ternary import Cell, Node, Operand
from biopact.rules.language.values import day_of

__all__ = ["ELSEWHERE", "Flow", "Prover"]

ELSEWHERE = "elsewhere"  # stands for every text that no rule mentions
MOST = 10**9
EFFORT = 100_000_000  # of one question, in steps of the solver and not seconds: a busy machine answers the same
FEW = 60  # a domain of more words than this is thinned to those some rule mentions, and two more


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow: a day, and the value of every column that was asked about (sets as their members)."""

    day: datetime.date
    columns: Mapping[str, bool | str | int | float | datetime.date]


class Prover:
    """Asks about the nodes of one or several graphs over the same columns.

    ``changes`` are the days on which the law changes; ``known`` says what each column may hold.
    """

    def __init__(self, known: Mapping[str, Meaning], changes: Sequence[datetime.date], about: Iterable[Node]) -> None:
        self.known, self.changes = known, tuple(changes)
        self._made: dict[Node, Any] = {}
        self._variables: dict[str, Any] = {}
        self._codes: dict[str, int] = {}
        self._words: list[str] = []
        self.solver = z3.Solver()
        self.solver.set("rlimit", EFFORT)
        self.span = z3.Int("~span")
        self.solver.add(self.span >= 0, self.span <= len(self.changes))
        self.always: frozenset[str] = frozenset()  # columns every flow names
        self.preferred: tuple[Node, ...] = ()  # how a flow should be, where one can be
        self._mentioned: set[str] = set()
        self._of: dict[str, set[str]] = {}
        self._compared: list[tuple[str, str]] = []
        self._largest = MOST
        for node in _parts(about):
            self._mention(node)
        for _ in self._compared:  # columns that are compared with each other may hold each other's words
            for one, other in self._compared:
                both = self._of.get(one, set()) | self._of.get(other, set())
                self._of[one] = self._of[other] = both

    def _mention(self, node: Node) -> None:
        if node.op == "word":
            self._mentioned |= node.args[1]
            self._of.setdefault(node.args[0], set()).update(node.args[1])
        elif node.op in ("less", "equal"):
            left, right = node.args[:2]
            if isinstance(left, Cell) and isinstance(right, Cell) and left.kind == right.kind == "word":
                self._compared.append((left.column, right.column))
            for side in node.args[:2]:
                if isinstance(side, int | float) and not isinstance(side, bool):
                    self._largest = max(self._largest, int(abs(side)) * 10)

    # --- asking -----------------------------------------------------------------------------------------------------

    def find(self, *wanted: Node, near: datetime.date | None = None, show: Iterable[Node] = ()) -> Flow | None:
        """A flow for which all of some nodes hold; None where there is none.

        ``near``: on that day, if there is one that day. ``show``: nodes whose columns the flow should name too.
        """
        conditions, shown = [self.term(node) for node in wanted], [*wanted, *show]
        for node in shown:
            self.term(node)
        if not self.holds(*wanted):
            return None
        plain = [self.term(node) for node in self.preferred]
        days = [] if near is None else [self.span == bisect_right(self.changes, near)]
        for more, day in (([*days, *plain], near), (days, near), (plain, None)):
            found = self._check([*conditions, *more], shown, day)
            if found is not None:
                return found
        return self._check(conditions, shown, None)

    def holds(self, *wanted: Node) -> bool:
        """Whether there is a flow for which all of some nodes hold."""
        if any(node.op == "const" and node.args[0] is not True for node in wanted):
            return False
        conditions = [self.term(node) for node in wanted]
        self.solver.push()
        try:
            self.solver.add(*conditions)
            return bool(self.solver.check() != z3.unsat)
        finally:
            self.solver.pop()

    def _check(self, conditions: Sequence[Any], shown: Iterable[Node], near: datetime.date | None) -> Flow | None:
        self.solver.push()
        try:
            self.solver.add(*conditions)
            if self.solver.check() != z3.sat:
                return None
            names = sorted(self._columns(shown) | self.always)
            self._empty([self.variable(name) for name in names if self._is_member(name)])
            self.solver.check()
            model = self.solver.model()
            span = int(str(model.eval(self.span, model_completion=True)))
            return Flow(near or self._day(span), {name: self._value(model, name) for name in names})
        finally:
            self.solver.pop()

    def _is_member(self, column: str) -> bool:
        meaning = self.known.get(column)
        return meaning is not None and meaning.part == "member"

    def _empty(self, members: Sequence[Any]) -> None:
        """Leave out of sets every member that the flow can do without."""
        if not members:
            return
        self.solver.push()
        self.solver.add(*(z3.Not(member) for member in members))
        possible = self.solver.check() == z3.sat
        self.solver.pop()
        if possible:
            self.solver.add(*(z3.Not(member) for member in members))
        elif len(members) > 1:
            half = len(members) // 2
            self._empty(members[:half])
            self._empty(members[half:])

    def _day(self, span: int) -> datetime.date:
        if span:
            return self.changes[span - 1]
        first = self.changes[0] if self.changes else datetime.date(2000, 1, 1)
        return first if first == datetime.date.min else first - datetime.timedelta(days=1)

    def _columns(self, nodes: Iterable[Node]) -> set[str]:
        return {name for node in _parts(nodes) for name in _names(node)}

    # --- graphs -----------------------------------------------------------------------------------------------------

    def term(self, node: Node) -> Any:
        """The z3 formula of a node. Its columns are bounded from then on."""
        waiting = [node]
        while waiting:
            current = waiting[-1]
            missing = [part for part in current.parts if part not in self._made]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if current not in self._made:
                self._made[current] = self._encoded(current)
        return self._made[node]

    def _encoded(self, node: Node) -> Any:
        args = node.args
        match node.op:
            case "const":
                return z3.BoolVal(args[0] is True)  # an open end does not occur where every fact is known
            case "flag":
                return self.variable(args[0])
            case "given":
                return z3.BoolVal(True)
            case "word":
                cell = self.variable(args[0])
                return z3.Or(*(cell == self._code(word) for word in sorted(args[1])))
            case "within":
                return self._within(*args[0])
            case "less" | "equal":
                if {side.kind for side in args[:2] if isinstance(side, Cell)} == {"day", "word"}:
                    return self._day_and_text(node)
                left, right = (self._operand(side) for side in args[:2])
                if node.op == "equal":
                    return left == right
                return left < right if args[2] else left <= right
            case "same":
                return self._made[args[0]] == self._made[args[1]]
            case "not":
                return z3.Not(self._made[args[0]])
            case "surely" | "maybe":
                return self._made[args[0]]
            case "and":
                return z3.And(*(self._made[part] for part in args[0]))
        return z3.Or(*(self._made[part] for part in args[0]))

    def _day_and_text(self, node: Node) -> Any:
        """A day beside a column of text: for each text it may hold, as days compare with that text."""
        left, right = node.args[:2]
        text = left if left.kind == "word" else right
        meaning = self.known[text.column]
        found = []
        for word in self._possible(text.column, meaning):
            point, exact = day_of(word)
            day = self.variable((right if text is left else left).column)
            if node.op == "equal":
                holds = z3.And(z3.BoolVal(exact), day == point.toordinal())
            elif text is left:  # text < day
                holds = day > point.toordinal() if node.args[2] and exact else day >= point.toordinal()
            else:
                holds = day < point.toordinal() if node.args[2] or not exact else day <= point.toordinal()
            found.append(z3.And(self.variable(text.column) == self._code(word), holds))
        return z3.Or(*found)

    def _within(self, first: datetime.date | None, last: datetime.date | None) -> Any:
        ends = [] if first is None else [self.span >= bisect_right(self.changes, first)]
        ends += [] if last is None else [self.span <= bisect_right(self.changes, last)]
        return z3.And(*ends)

    def _operand(self, side: Operand) -> Any:
        if isinstance(side, Cell):
            return self.variable(side.column)
        if isinstance(side, datetime.date):
            return z3.IntVal(side.toordinal())
        return (
            z3.RealVal(side)
            if isinstance(side, float)
            else self._code(side)
            if isinstance(side, str)
            else z3.IntVal(side)
        )

    # --- columns ----------------------------------------------------------------------------------------------------

    def variable(self, column: str) -> Any:
        """The z3 constant of a column, bounded by what its fact may hold. The two ends of an interval are one."""
        meaning = self.known.get(column)
        name = column.removesuffix(f".{meaning.part}") if meaning and meaning.part in ("low", "high") else column
        if name not in self._variables:
            self._variables[name] = self._bounded(name, meaning)
        return self._variables[name]

    def _bounded(self, name: str, meaning: Meaning | None) -> Any:
        kind = meaning.kind if meaning else "flag"
        if kind == "flag" or meaning is None or meaning.fact is None:
            return z3.Bool(name)
        if kind == "day":
            day = z3.Int(name)
            self.solver.add(day >= datetime.date(1990, 1, 1).toordinal(), day <= datetime.date(2060, 1, 1).toordinal())
            return day
        if kind == "word":
            cell = z3.Int(name)
            self.solver.add(z3.Or(*(cell == self._code(word) for word in self._possible(name, meaning))))
            return cell
        whole = meaning.fact.unit == "people" or meaning.fact.derive == "volume"
        number = z3.Int(name) if whole else z3.Real(name)
        self.solver.add(number >= (-self._largest if meaning.fact.type == "number" else 0), number <= self._largest)
        return number

    def _possible(self, column: str, meaning: Meaning) -> list[str]:
        assert meaning.fact is not None
        domain = meaning.fact.domain or tuple(dict.fromkeys((*sorted(self._of.get(column, ())), ELSEWHERE)))
        if not meaning.fact.domain or len(domain) <= FEW:
            return list(domain)
        others = [word for word in domain if word not in self._mentioned]
        return [*(word for word in domain if word in self._mentioned), *others[:2]]

    def _code(self, word: str) -> int:
        if word not in self._codes:
            self._codes[word] = len(self._words)
            self._words.append(word)
        return self._codes[word]

    def _value(self, model: Any, column: str) -> bool | str | int | float | datetime.date:
        found = model.eval(self.variable(column), model_completion=True)
        meaning = self.known.get(column)
        kind = meaning.kind if meaning else "flag"
        if kind == "flag":
            return bool(z3.is_true(found))
        if kind == "word":
            return self._words[int(str(found))]
        if kind == "day":
            return datetime.date.fromordinal(int(str(found)))
        exact = Fraction(str(found))
        return int(exact) if exact.denominator == 1 else float(exact)


def _names(node: Node) -> list[str]:
    match node.op:
        case "flag" | "given" | "word":
            return [node.args[0]]
        case "less" | "equal":
            return [side.column for side in node.args[:2] if isinstance(side, Cell)]
    return []


def _parts(nodes: Iterable[Node]) -> Iterable[Node]:
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            waiting.extend(node.parts)
