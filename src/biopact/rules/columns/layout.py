"""Which columns a table of flows may have, what each means, and the facts of the rule language read from them.

A fact is a column of its name (``recipient.country``). A set is one Boolean column a member
(``item.contains.human-genomic``) or one list column; a keyed fact one column a key; an interval ``.low`` and ``.high``
(or one number). ``item.source`` false says that an item was made from no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from biopact.rules.graph.terms import Ends, Flag, Held, Value
from biopact.rules.graph.ternary import Cell, Logic, Node
from biopact.rules.language.facts import Fact, Vocabulary

__all__ = ["HAS_SOURCE", "ROLES", "ColumnSource", "Meaning", "known_columns", "names_of"]

HAS_SOURCE = "item.source"
ROLES: Mapping[str, tuple[str, ...]] = {
    "party": ("sender", "recipient"),
    "item": ("item", "item.source"),
    "flow": ("flow",),
}
_NUMBERS = ("number", "money", "interval")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds: a fact (of one key, one member, one end), or what is no fact."""

    name: str  # the fact's name in a rule: sender.country
    fact: Fact | None
    key: str | None = None
    part: str = "value"  # value | low | high | member | list | source
    member: str | None = None

    @property
    def kind(self) -> str:
        """``flag``, ``word``, ``number``, ``day`` or ``list``."""
        if self.part in ("member", "source"):
            return "flag"
        if self.part == "list":
            return "list"
        assert self.fact is not None
        kinds = {"bool": "flag", "date": "day", **dict.fromkeys(_NUMBERS, "number")}
        return kinds.get(self.fact.type, "word")


def names_of(vocabulary: Vocabulary) -> Iterator[tuple[str, Fact]]:
    """Every name by which a rule can read a fact."""
    for fact in vocabulary.facts.values():
        for role in ROLES[fact.subject]:
            yield f"{role}.{fact.name}", fact


def known_columns(vocabulary: Vocabulary) -> dict[str, Meaning]:
    """Every column that is a fact of a vocabulary, by its name."""
    found = {HAS_SOURCE: Meaning(HAS_SOURCE, None, None, "source")}
    for name, fact in names_of(vocabulary):
        for key in fact.keys or (None,):
            column, own = (name, fact) if key is None else (f"{name}.{key}", fact.under(key))
            if fact.type == "set":
                found[column] = Meaning(name, own, key, "list")
                found |= {f"{column}.{each}": Meaning(name, own, key, "member", each) for each in own.domain}
                continue
            found[column] = Meaning(name, own, key)
            if fact.type == "interval":
                found |= {f"{column}.{end}": Meaning(name, own, key, end) for end in ("low", "high")}
    return found


@dataclass
class ColumnSource:
    """The facts of a table with some columns. What is not a column is unknown."""

    vocabulary: Vocabulary
    logic: Logic
    columns: Collection[str]
    replaced: Mapping[str, Value] = field(default_factory=dict)  # columns that are worked out from others
    assumed: Mapping[str, Node] = field(default_factory=dict)  # facts an option gives a value: where
    absent: Mapping[str, Node] = field(default_factory=dict)  # where a fact is absent, beside its kinds

    def value(self, name: str, fact: Fact, key: str | None) -> Value | None:
        """The columns of a fact; None where there are none."""
        column = name if key is None else f"{name}.{key}"
        if column in self.replaced:
            return self.replaced[column]
        if fact.type == "set":
            return self._set(column, fact if key is None else fact.under(key))
        ends = (f"{column}.low", f"{column}.high")
        if fact.type == "interval" and any(end in self.columns for end in ends):
            low, high = ends
            return Ends(Cell(low, "number", high, 0.0), Cell(high, "number", low, float("inf")))
        return self._single(column, fact) if column in self.columns else None

    def _single(self, column: str, fact: Fact) -> Value:
        if fact.type == "bool":
            return Flag(self.logic.flag(column))
        return Cell(column, "day" if fact.type == "date" else "number" if fact.type in _NUMBERS else "word")

    def _set(self, column: str, fact: Fact) -> Held | None:
        members = {f"{column}.{member}": member for member in fact.domain}
        if column not in self.columns and not any(each in self.columns for each in members):
            return None
        listed = column in self.columns
        logic = self.logic
        return Held(
            {
                member: logic.flag(each) if listed or each in self.columns else logic.unknown
                for each, member in members.items()
            }
        )

    def present(self, name: str, fact: Fact) -> Node:
        """Where a fact is not absent: its kind of item has it, and its item is there."""
        logic = self.logic
        there = [logic.not_(self.absent[name])] if name in self.absent else []
        if name.startswith("item.source."):
            there.append(logic.maybe(logic.flag(HAS_SOURCE)) if HAS_SOURCE in self.columns else logic.true)
        if fact.kinds:
            prefix = name.removesuffix(f".{fact.name}")
            kind = self.value(f"{prefix}.kind", self.vocabulary.facts["item.kind"], None)
            if isinstance(kind, Cell):
                there.append(logic.maybe(logic.word(kind, fact.kinds)))
        natural = logic.all_(there)
        return logic.any_([natural, self.assumed[name]]) if name in self.assumed else natural
