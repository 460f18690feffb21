"""What a flow may be, told to z3: the facts of a leg from a sender to a recipient, and how some follow from others."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from biopact.decide.batch.judging import PUBLIC_WAY, WAY, Judging, columns_of
from biopact.decide.facts import COUNTED
from biopact.rules.columns.layout import HAS_SOURCE, Meaning
from biopact.rules.graph.program import Program
from biopact.rules.graph.terms import Held
from biopact.rules.graph.ternary import Cell, Logic, Node
from biopact.rules.language.syntax import And, Compare, In, Index, Name, Not, Or
from biopact.rules.proof.lint import Shape
from biopact.rules.proof.prove import Prover
from biopact.rules.ruleset import RuleSet

__all__ = ["Flows"]

_MARKING = (
    "sender.lists",
    "recipient.lists",
    "flow.flags",
    "item.controls",
)  # sets that mark what is out of the ordinary
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


@dataclass
class Flows:
    """Every leg of a flow of up to three legs that a pact could hold, under a law (and changed ones, over the same graph)."""

    law: RuleSet
    day: datetime.date
    logic: Logic = field(default_factory=Logic)

    @cached_property
    def known(self) -> dict[str, Meaning]:
        """What each column may hold."""
        return columns_of(self.law)

    @cached_property
    def _columns(self) -> frozenset[str]:
        ends = ("member", "low", "high", "source")
        return frozenset(
            name
            for name, it in self.known.items()
            if (it.part in ends or (it.part == "value" and it.fact is not None and it.fact.type != "interval"))
        ) | {PUBLIC_WAY + name for name in WAY[:2]}

    def judging(self, law: RuleSet) -> Judging:
        """A law over all that may be said of a flow."""
        return Judging(law, self._columns, legs=True, complete=True, logic=self.logic)

    @cached_property
    def base(self) -> Judging:
        """The law itself."""
        return self.judging(self.law)

    @cached_property
    def program(self) -> Program:
        """The rules of the law."""
        return self.base.program

    def rebuild(self, law: RuleSet) -> Program:
        """The rules of a changed law over the same graph."""
        return self.judging(law).program

    def prover(self, *others: Program) -> Prover:
        """Somebody to ask about the law, and about changed ones."""
        programs = (self.program, *others)
        changes = sorted({change for program in programs for change in program.ruleset.changes})
        nodes = [node for program in programs for entry in program.entries for node in (entry.condition, entry.applies)]
        prover = Prover(self.known, changes, [*nodes, *(shape.node for shape in self.shapes())])
        places = ("sender.country", "recipient.country", "sender.kind", "recipient.kind", "item.kind", HAS_SOURCE)
        prover.always = frozenset(places) & self._columns
        prover.preferred = (self.straight(), self.logic.not_(self.logic.flag(HAS_SOURCE)))
        for axiom in self._axioms():
            prover.solver.add(prover.term(axiom))
        return prover

    # --- how facts hang together ------------------------------------------------------------------------------------

    def _axioms(self) -> Iterator[Node]:
        logic = self.logic
        yield from self._regions()
        yield from self._volumes()
        yield from self._owners()
        yield from self._way()
        if "recipient.kind" in self._columns:  # a submission goes to an authority
            submitted = logic.word(Cell("item.kind", "word"), ["submission"])
            yield logic.any_([logic.not_(submitted), logic.word(Cell("recipient.kind", "word"), ["authority"])])

    def _cell(self, column: str) -> Cell | None:
        return Cell(column, "word") if column in self._columns else None

    def straight(self) -> Node:
        """Whether the leg is the whole flow."""
        logic, same = self.logic, list[Node]()
        for name, role in ((WAY[0], "sender"), (WAY[1], "recipient")):
            if name in self._columns:
                same.append(logic.equal(Cell(name, "word"), Cell(f"{role}.country", "word")))
        return logic.all_(same)

    def _way(self) -> Iterator[Node]:
        """A leg may follow one from elsewhere and lead on to one elsewhere; only a last recipient can be the public."""
        logic = self.logic
        public = logic.false
        if "sender.kind" in self._columns:
            yield logic.not_(logic.word(Cell("sender.kind", "word"), ["public"]))
            public = logic.word(Cell("recipient.kind", "word"), ["public"])
        yield logic.not_(logic.flag(PUBLIC_WAY + WAY[0]))
        yield logic.same(logic.flag(PUBLIC_WAY + WAY[1]), public)
        ends = [self._cell(name) for name in WAY[:2]]
        sender, recipient = self._cell("sender.country"), self._cell("recipient.country")
        if sender is None or recipient is None or ends[0] is None or ends[1] is None:
            return
        origin, destination = ends[0], ends[1]
        yield logic.any_([logic.not_(public), logic.equal(destination, recipient)])
        for member in self.law.vocabulary.facts["party.country"].domain:
            column = f"{WAY[2]}.{member}"
            if column in self._columns:
                before = logic.all_([logic.not_(logic.equal(origin, sender)), logic.word(sender, [member])])
                here = logic.all_([logic.not_(public), logic.word(recipient, [member])])
                after = logic.all_([logic.not_(logic.equal(destination, recipient)), logic.word(destination, [member])])
                yield logic.same(logic.flag(column), logic.any_([before, here, after]))

    def _regions(self) -> Iterator[Node]:
        """A region is one of the party's own country."""
        logic = self.logic
        mentioned = {
            w for node in _all(self.program) if node.op == "word" for w in node.args[1] if _REGION.fullmatch(w)
        }
        for role in ("sender", "recipient"):
            place, region = self._cell(f"{role}.country"), self._cell(f"{role}.region")
            if place is None or region is None:
                continue
            for word in sorted(mentioned):
                yield logic.any_([logic.not_(logic.word(region, [word])), logic.word(place, [word[:2]])])

    def _volumes(self) -> Iterator[Node]:
        """A count over months is that of this flow alone: its people of that residence, for each category it contains."""
        logic = self.logic
        for fact in self.law.vocabulary.facts.values():
            named = COUNTED.fullmatch(fact.name)
            if fact.derive != "volume" or named is None:
                continue
            people = f"item.people.{named['country'].upper()}.low"
            for key in fact.keys:
                held, count = f"item.contains.{key}", Cell(f"{fact.full}.{key}.low", "number")
                if held in self._columns and people in self._columns:
                    inside = logic.flag(held)
                    yield logic.any_([logic.not_(inside), logic.equal(count, Cell(people, "number"))])
                    yield logic.any_([inside, logic.equal(count, 0)])

    def _owners(self) -> Iterator[Node]:
        """Who is a seed of an ownership test is covered by it."""
        logic = self.logic
        for name, test in self.law.ownership.items():
            for role in ("sender", "recipient"):
                seed = self.program.lowering.condition(_of_role(test.seed, role), test.instrument)
                yield logic.any_([logic.not_(seed), logic.flag(f"{role}.{name}")])

    # --- shapes -----------------------------------------------------------------------------------------------------

    def shapes(self) -> list[Shape]:
        """Ordinary flows by kind of item, out of and into each country with a law here, and by what they contain."""
        logic, kinds = self.logic, self.law.vocabulary.facts.get("item.kind")
        found = []
        for country in sorted(self.law.jurisdictions):
            for way, role, other in (("out", "sender", "recipient"), ("in", "recipient", "sender")):
                here = logic.word(Cell(f"{role}.country", "word"), [country])
                there = logic.not_(logic.word(Cell(f"{other}.country", "word"), [country]))
                public = [logic.not_(logic.word(Cell("recipient.kind", "word"), ["public"]))]
                ordinary = [*(public if "recipient.kind" in self._columns else []), *self._ordinary()]
                crossing = logic.all_([here, there, *ordinary])
                for kind in kinds.domain if kinds else ():
                    whole = logic.all_([crossing, logic.word(Cell("item.kind", "word"), [kind])])
                    name = (way, kind)
                    found.append(Shape(name, country, whole, tuple(self._parts(name, country, whole))))
        return found

    def _ordinary(self) -> Iterator[Node]:
        """Nobody on a list or owned so, no red flag, nothing on a control list: rules on those speak of every shape."""
        for name, meaning in self.known.items():
            if name not in self._columns or meaning.fact is None:
                continue
            marked = meaning.part == "member" and meaning.name in _MARKING
            if marked or (meaning.fact.derive == "ownership" and not name.startswith("item")):
                yield self.logic.not_(self.logic.flag(name))

    def _parts(self, name: tuple[str, ...], country: str, whole: Node) -> Iterator[Shape]:
        """The shapes that contain one category and no other, and none."""
        fact = self.law.vocabulary.facts.get("item.contains")
        held = self.base.source.value("item.contains", fact, None) if fact else None
        members = held.members if isinstance(held, Held) else {}
        for category in (*members, None):
            exact = [node if each == category else self.logic.not_(node) for each, node in members.items()]
            yield Shape((*name, category or "-"), country, self.logic.all_([whole, *exact]))


def _all(program: Program) -> list[Node]:
    seen: dict[Node, None] = {}
    waiting = [entry.condition for entry in program.entries]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen[node] = None
            waiting.extend(node.parts)
    return list(seen)


def _of_role(condition: Any, role: str) -> Any:
    """A condition about ``party`` asked of a role."""
    match condition:
        case Name(text) if text.startswith("party."):
            return Name(f"{role}.{text.removeprefix('party.')}")
        case And(parts) | Or(parts):
            return type(condition)(tuple(_of_role(part, role) for part in parts))
        case Not(of):
            return Not(_of_role(of, role))
        case Compare(operator, left, right):
            return Compare(operator, _of_role(left, role), _of_role(right, role))
        case In(left, right):
            return In(_of_role(left, role), right if isinstance(right, tuple) else _of_role(right, role))
        case Index(of, key):
            return Index(of, _of_role(key, role))
    return condition
