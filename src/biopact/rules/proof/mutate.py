"""Small changes of a rule set, each of which some case should notice: a comparison flipped, a threshold by one, a defeat
dropped, a date moved, an operand removed. A change that no case notices shows where the cases do not reach.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from biopact.rules.language.model import Instrument, OwnershipTest, Rule, Table
from biopact.rules.language.syntax import And, Compare, Condition, In, Literal, Name, Not, Or
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.explain import spelled

__all__ = ["Mutant", "mutants"]

_FLIPPED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Mutant:
    """One change: of what kind, where, and the law with it."""

    kind: str  # flipped | threshold | operand | defeat | date
    part: str  # rule | scope | define | table | ownership
    where: str  # the rule's id; INSTRUMENT; INSTRUMENT:DEFINE (or :DEFINE, shared); TABLE; OWNERSHIP TEST
    change: str  # in words of the language: what it was, what it is
    law: RuleSet
    before: Any = None
    after: Any = None


def mutants(law: RuleSet) -> Iterator[Mutant]:
    """Every small change of a law, in the order the law is written."""
    for name, condition in law.defines.items():
        for kind, change, fresh in _conditions(condition):
            changed = law.changed(defines={**law.defines, name: fresh})
            yield Mutant(kind, "define", f":{name}", change, changed, condition, fresh)
    for test in law.shared_ownership:
        for change, other in _shares(test):
            changed = law.changed(shared_ownership=tuple(other if it is test else it for it in law.shared_ownership))
            yield Mutant("threshold", "ownership", test.name, change, changed)
    for instrument in law.instruments:
        yield from _of_instrument(law, instrument)
    for table in law.tables.values():
        yield from _of_table(law, table)


def _with(law: RuleSet, old: Instrument, fresh: Instrument) -> RuleSet:
    return law.changed(instruments=tuple(fresh if it is old else it for it in law.instruments))


def _of_instrument(law: RuleSet, instrument: Instrument) -> Iterator[Mutant]:
    for kind, change, fresh in _conditions(instrument.scope):
        changed = _with(law, instrument, replace(instrument, scope=fresh))
        yield Mutant(kind, "scope", instrument.id, change, changed, instrument.scope, fresh)
    for name, condition in instrument.defines.items():
        for kind, change, fresh in _conditions(condition):
            changed = _with(law, instrument, replace(instrument, defines={**instrument.defines, name: fresh}))
            yield Mutant(kind, "define", f"{instrument.id}:{name}", change, changed, condition, fresh)
    for test in instrument.ownership:
        for change, other in _shares(test):
            tests = tuple(other if it is test else it for it in instrument.ownership)
            changed = _with(law, instrument, replace(instrument, ownership=tests))
            yield Mutant("threshold", "ownership", test.name, change, changed)
    for rule in instrument.rules:
        for kind, change, new in _of_rule(rule):
            rules = tuple(new if it is rule else it for it in instrument.rules)
            yield Mutant(
                kind, "rule", rule.id, change, _with(law, instrument, replace(instrument, rules=rules)), rule, new
            )


def _of_rule(rule: Rule) -> Iterator[tuple[str, str, Rule]]:
    for kind, change, fresh in _conditions(rule.when):
        yield kind, change, replace(rule, when=fresh)
    for target in rule.defeats:
        left = tuple(it for it in rule.defeats if it != target)
        yield "defeat", f"defeats {target} → –", replace(rule, defeats=left)
    for name, day, step in (
        ("from", rule.start, 1),
        ("from", rule.start, -1),
        ("to", rule.end, 1),
        ("to", rule.end, -1),
    ):
        if day is not None and datetime.date.min < day < datetime.date.max:
            moved = day + step * ONE_DAY
            dated = replace(rule, start=moved) if name == "from" else replace(rule, end=moved)
            yield "date", f"{name} {day} → {moved}", dated


def _shares(test: OwnershipTest) -> Iterator[tuple[str, OwnershipTest]]:
    yield (
        f"{test.share:g} {'more than' if test.strict else 'at least'} → the other",
        replace(test, strict=not test.strict),
    )
    for step in (0.01, -0.01):
        moved = round(test.share + step, 6)
        yield f"{test.share:g} → {moved:g}", replace(test, share=moved)


def _of_table(law: RuleSet, table: Table) -> Iterator[Mutant]:
    for key, dated in table.rows.items():
        for number, (day, value) in enumerate(dated):
            for kind, change, entry in _entries(day, value):
                rows = (*dated[:number], *([entry] if entry else []), *dated[number + 1 :])
                others: Mapping[str, Any] = {name: it for name, it in table.rows.items() if name != key}
                fresh = Table(table.name, {**others, **({key: rows} if rows else {})})
                changed = law.changed(tables={**law.tables, table.name: fresh})
                yield Mutant(kind, "table", table.name, f"{key}: {change}", changed, (key, dated), (key, rows))


def _entries(day: datetime.date, value: Any) -> Iterator[tuple[str, str, tuple[datetime.date, Any] | None]]:
    if isinstance(value, int) and not isinstance(value, bool):
        for step in (1, -1):
            yield "threshold", f"{value} → {value + step}", (day, value + step)
    else:
        yield "operand", f"{value} → –".lower(), None
    if day > datetime.date.min + ONE_DAY:
        yield "date", f"{day} → {day + ONE_DAY}", (day + ONE_DAY, value)


def _conditions(condition: Condition) -> Iterator[tuple[str, str, Condition]]:
    """Every condition that differs from one in one place."""
    for kind, old, new, whole in _changed(condition):
        yield kind, f"{old} → {new}", whole


def _changed(condition: Condition) -> Iterator[tuple[str, str, str, Condition]]:
    match condition:
        case And(parts) | Or(parts):
            joined = type(condition)
            for number, part in enumerate(parts):
                rest = (*parts[:number], *parts[number + 1 :])
                yield "operand", spelled(part), "–", rest[0] if len(rest) == 1 else joined(rest)
                for kind, old, new, inner in _changed(part):
                    yield kind, old, new, joined((*parts[:number], inner, *parts[number + 1 :]))
        case Not(of):
            yield "flipped", spelled(condition), spelled(of), of
            for kind, old, new, inner in _changed(of):
                yield kind, old, new, Not(inner)
        case Compare(operator, left, right):
            flipped = Compare(_FLIPPED[operator], left, right)
            yield "flipped", spelled(condition), spelled(flipped), flipped
            yield from _thresholds(condition)
        case In(left, right):
            yield "flipped", spelled(condition), spelled(Not(condition)), Not(condition)
            if isinstance(right, tuple) and len(right) > 1:
                for number, member in enumerate(right):
                    fewer = In(left, (*right[:number], *right[number + 1 :]))
                    yield "operand", f"{spelled(left)} in [… {member} …]", "–", fewer
        case Name(text) if "." in text:
            yield "flipped", spelled(condition), spelled(Not(condition)), Not(condition)


def _thresholds(condition: Compare) -> Iterator[tuple[str, str, str, Condition]]:
    for side, literal in (("left", condition.left), ("right", condition.right)):
        if isinstance(literal, Literal) and isinstance(literal.value, int) and not isinstance(literal.value, bool):
            for number in (Literal(literal.value + 1), Literal(literal.value - 1)):
                fresh = replace(condition, left=number) if side == "left" else replace(condition, right=number)
                yield "threshold", spelled(condition), spelled(fresh), fresh
