"""Which small changes of the law its cases notice, and for those they do not, a flow that would: a case to be written.

The answer such a case expects is left open: it is for a person who reads the text, not for the program to say.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from biopact.decide.cases import Case, admitted, pact_of, read_cases, run_case
from biopact.decide.determine import days_of
from biopact.decide.facts import Desk, cases_of
from biopact.decide.proving import Flows
from biopact.decide.witness import as_pact
from biopact.errors import BiopactError
from biopact.rules.compile import Env, Test, compile_condition, compile_define
from biopact.rules.evaluate import prepared
from biopact.rules.facts import FactFault
from biopact.rules.lint import different
from biopact.rules.model import Effect, Rank, Rule
from biopact.rules.mutate import Mutant, mutants
from biopact.rules.prove import Prover
from biopact.rules.ruleset import RuleSet
from biopact.rules.values import Truth

__all__ = ["Missed", "Outcome", "mutate"]


Make = Callable[[datetime.date], Test]


@dataclass(frozen=True)
class Missed:
    """A change no case notices, and a pact with one flow that it decides otherwise."""

    mutant: Mutant
    pact: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of every change: how many a case caught, those missed, and how many no flow can tell from the law."""

    caught: int
    missed: tuple[Missed, ...]
    same: int

    @property
    def count(self) -> int:
        """The changes that some flow can tell from the law."""
        return self.caught + len(self.missed)


def mutate(
    law: RuleSet,
    folders: Iterable[Path],
    day: datetime.date,
    chosen: Callable[[Mutant], bool] = lambda mutant: True,
    told: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Try every chosen change of a law on all cases in some folders that hold under the law itself."""
    suite = Suite(law, folders)
    flows = Flows(law, day)
    caught, same, missed = 0, 0, list[Missed]()
    prover = flows.prover()
    for number, mutant in enumerate(each for each in mutants(law) if chosen(each)):
        told(number)
        if suite.catches(mutant):
            caught += 1
            continue
        pact = _telling(flows, prover, mutant)
        if pact is None:
            same += 1
        else:
            missed.append(Missed(mutant, pact))
    return Outcome(caught, tuple(missed), same)


def _telling(flows: Flows, prover: Prover, mutant: Mutant) -> dict[str, Any] | None:
    """A flow that the changed law decides otherwise, or to which it applies other rules; None: there is none.

    An exception counts only by what it defeats.
    """
    if mutant.part == "ownership":
        return {"note": "parties whose owners hold a share near the threshold"}
    other = flows.rebuild(mutant.law)
    if other.ruleset.changes != flows.law.changes:
        prover = flows.prover(other)
    before, after = flows.program.applies(), other.applies()
    told = {
        it.rule.id: it.rule for it in (*flows.program.entries, *other.entries) if it.rule.effect is not Effect.EXCEPT
    }
    apart = {rule: different(flows.program, before[rule], after[rule]) for rule in told}
    deciding = [node for rule, node in apart.items() if told[rule].rank > Rank.CLEAR]
    for nodes in (deciding, list(apart.values())):
        found = prover.find(flows.logic.any_(nodes), near=flows.day)
        if found is not None:
            return as_pact(found, flows.law)
    return None


class Suite:
    """The cases that hold under a law, with the facts of every leg they judge."""

    def __init__(self, law: RuleSet, folders: Iterable[Path]) -> None:
        self.law = law
        self.cases = [
            case for folder in folders for path in sorted(folder.rglob("*.cases.yaml")) for case in read_cases(path)
        ]

    @cached_property
    def judged(self) -> list[tuple[Case, tuple[tuple[datetime.date, Env], ...]]]:
        """Each case that holds, and the days and facts it is judged on."""
        return [(case, tuple(self._legs(case))) for case in self.cases if not run_case(case, self.law).differences]

    def _legs(self, case: Case) -> Iterator[tuple[datetime.date, Env]]:
        try:
            if case.pact is None:
                yield case.as_of, prepared(admitted(case.facts or {}, self.law))
                return
            pact = pact_of(case, self.law)
            desk = Desk(pact, self.law, case.as_of)
            for flow in pact.flows.values():
                for each in cases_of(pact, flow):
                    for day in days_of(desk, flow, case.as_of):
                        yield day, desk.env(each, day)
        except (BiopactError, FactFault):
            return

    def catches(self, mutant: Mutant) -> bool:
        """Whether some case fails under a changed law. Only those are run whose facts the change can touch."""
        touched = self._touched(mutant)
        return any(
            run_case(case, mutant.law).differences
            for case, legs in self.judged
            if any(touched(day, env) for day, env in legs) or (mutant.part == "ownership" and case.pact is not None)
        )

    def _touched(self, mutant: Mutant) -> Callable[[datetime.date, Env], bool]:
        match mutant.part:
            case "rule" if mutant.kind == "date":
                return lambda day, env: mutant.before.period(day) != mutant.after.period(day)
            case "rule" if mutant.kind == "defeat":
                return self._differs(lambda day: self._of_rule(mutant.before, day), lambda day: lambda env: False)
            case "rule":
                return self._differs(
                    lambda day: self._of_rule(mutant.before, day), lambda day: self._of_rule(mutant.after, day)
                )
            case "table":
                return lambda day, env: True
            case "ownership":
                return lambda day, env: False
        where, _, name = mutant.where.rpartition(":") if mutant.part == "define" else (mutant.where, "", "")
        return self._differs(
            lambda day: self._of_text(where, name, mutant.before, day),
            lambda day: self._of_text(where, name, mutant.after, day),
        )

    def _of_rule(self, rule: Rule, day: datetime.date) -> Test:
        return compile_condition(rule.when, self.law.on(day).scope_of(rule.instrument))

    def _of_text(self, instrument: str, name: str, condition: Any, day: datetime.date) -> Test:
        scope = self.law.on(day).scope_of(instrument or self.law.instruments[0].id)
        return compile_define(f"{name}~{id(condition)}", condition, scope)

    def _differs(self, before: Make, after: Make) -> Callable[[datetime.date, Env], bool]:
        made: dict[int, tuple[Test, Test]] = {}

        def touched(day: datetime.date, env: Env) -> bool:
            key = id(self.law.on(day))
            if key not in made:
                made[key] = before(day), after(day)
            values: list[Truth] = [test(dict(env)) for test in made[key]]
            return values[0] is not values[1]

        return touched
