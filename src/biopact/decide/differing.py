"""Two laws, or one law on two days, held against each other: what changed, and a flow that they decide otherwise."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from biopact.decide.linting import seen
from biopact.decide.proving import Flows
from biopact.decide.witness import as_pact
from biopact.rules.graph.program import Program
from biopact.rules.graph.ternary import Node
from biopact.rules.proof.lint import different
from biopact.rules.ruleset import RuleSet

__all__ = ["Change", "Difference", "between_days", "between_laws"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: a rule, or an entry of a table; before and after, None where it is not there."""

    what: str  # rule | entry
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """What differs, and a pact with one flow that is decided otherwise; None where every flow is decided the same."""

    changes: tuple[Change, ...]
    pact: dict[str, Any] | None
    verdicts: tuple[dict[str, str], dict[str, str]] | None

    @property
    def same(self) -> bool:
        """Whether no flow is decided otherwise."""
        return self.pact is None


def between_days(law: RuleSet, first: datetime.date, second: datetime.date) -> Difference:
    """What a law says on a second day that it did not say on a first."""
    flows = Flows(law, second)
    programs = [_on(flows, law, day) for day in (first, second)]
    pact = _otherwise(flows, *programs)
    verdicts = None
    if pact is not None:
        told = [seen({**pact, "as_of": day.isoformat()}, law) for day in (first, second)]
        verdicts = (_countries(told[0], law), _countries(told[1], law))
    return Difference(tuple(_dated(law, first, second)), pact, verdicts)


def between_laws(law: RuleSet, other: RuleSet, day: datetime.date) -> Difference:
    """What another law (one an option makes) says on a day that a law does not."""
    flows = Flows(law, day)
    pact = _otherwise(flows, _on(flows, law, day), _on(flows, other, day))
    verdicts = None
    if pact is not None:
        shown = {**pact, "as_of": day.isoformat()}
        verdicts = (_countries(seen(shown, law), law), _countries(seen(shown, other), law))
    return Difference(tuple(_written(law, other)), pact, verdicts)


def _on(flows: Flows, law: RuleSet, day: datetime.date) -> Program:
    return replace(flows.judging(law), day=day).program


def _otherwise(flows: Flows, one: Program, other: Program) -> dict[str, Any] | None:
    """A pact whose flow has no day of its own, that the programs decide otherwise."""
    nodes: list[Node] = []
    for country in sorted(flows.law.jurisdictions):
        before, after = one.outcome(country), other.outcome(country)
        nodes += [different(one, node, after.low[rank]) for rank, node in before.low.items()]
    found = flows.prover(one, other).find(flows.logic.any_(nodes), near=flows.day)
    if found is None:
        return None
    pact = as_pact(found, flows.law)
    for flow in pact["flows"].values():
        del flow["date"]
    return pact


def _countries(told: dict[str, str], law: RuleSet) -> dict[str, str]:
    return {country: told[country].split()[0] for country in sorted(law.jurisdictions) if country in told}


def _dated(law: RuleSet, first: datetime.date, second: datetime.date) -> Iterator[Change]:
    for rule_id, periods in law.rules.items():
        states = [
            tuple(rule.place.line for rule in periods if rule.period(day) == "in-force") for day in (first, second)
        ]
        if states[0] != states[1]:
            words = [_period(law, rule_id, day) for day in (first, second)]
            yield Change("rule", rule_id, *words)
    for name, table in law.tables.items():
        before, after = table.on(first), table.on(second)
        for key in {**before, **after}:
            if before.get(key) != after.get(key):
                yield Change("entry", f"{name}[{key}]", before.get(key), after.get(key))


def _period(law: RuleSet, rule_id: str, day: datetime.date) -> str:
    periods = {rule.period(day) for rule in law.rules[rule_id]}
    return next(word for word in ("in-force", "pending", "past") if word in periods)


def _written(law: RuleSet, other: RuleSet) -> Iterator[Change]:
    for rule_id in {**law.rules, **other.rules}:
        before, after = law.rules.get(rule_id), other.rules.get(rule_id)
        if _plain(before) != _plain(after):
            yield Change(
                "rule",
                rule_id,
                "there" if before else None,
                "changed" if before and after else "new" if after else None,
            )
    for name in {**law.tables, **other.tables}:
        one = law.tables[name].rows if name in law.tables else {}
        two = other.tables[name].rows if name in other.tables else {}
        for key in {**one, **two}:
            if one.get(key) != two.get(key):
                yield Change("entry", f"{name}[{key}]", _rows(one.get(key)), _rows(two.get(key)))


def _plain(rules: Any) -> Any:
    return None if rules is None else [replace(rule, place=rule.place.__class__()) for rule in rules]


def _rows(dated: Any) -> Any:
    return None if dated is None else {day.isoformat(): value for day, value in dated}
