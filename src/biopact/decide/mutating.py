"""Which small changes of the law its cases notice, and for those they do not, a flow that would: a case to be written.

The answer such a case expects is left open: it is for a person who reads the text, not for the program to say.
"""

from __future__ import annotations

import datetime
import gc
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from biopact.decide.casefiles import Case, read_cases
from biopact.decide.cases import admitted, pact_of, run_case
from biopact.decide.determine import days_of
from biopact.decide.facts import Desk, cases_of
from biopact.decide.lawbook import named
from biopact.decide.proving import Flows
from biopact.decide.witness import as_pact
from biopact.errors import BiopactError
from biopact.rules.language.facts import FactFault
from biopact.rules.language.model import Effect, Rank, Rule
from biopact.rules.language.values import Truth
from biopact.rules.proof.lint import different
from biopact.rules.proof.mutate import Mutant, mutants
from biopact.rules.proof.prove import Prover
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.compile import Env, Test, compile_condition
from biopact.rules.traced.inforce import InForce, prepared

__all__ = ["Missed", "Outcome", "mutate"]


_Pair = tuple[Test, Test]  # in the law, in the changed one

CAUGHT, SAME = "caught", "same"
FEW = 40  # changes for which no further process is worth its start
_bench: Bench | None = None  # of a process that tries changes for another


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
    told: Callable[[int, int], None] = lambda done, of: None,
    sample: int | None = None,
    seed: int = 0,
    jobs: int = 1,
) -> Outcome:
    """Try chosen changes of a law on all cases in some folders that hold under the law itself.

    ``sample``: only so many of them, drawn with ``seed``. ``jobs``: in so many processes at once; the answer is the same.
    ``told`` hears how many are done, of how many.
    """
    every = list(mutants(law))
    numbers = [number for number, mutant in enumerate(every) if chosen(mutant)]
    if sample is not None and sample < len(numbers):
        numbers = sorted(random.Random(seed).sample(numbers, sample))
    found: dict[int, Mapping[str, Any] | str] = {}
    given = (replace(law, _snapshots={}), tuple(folders), day)
    for number, outcome in _tried(given, numbers, min(jobs, len(numbers) // FEW + 1)):
        found[number] = outcome
        told(len(found), len(numbers))
    missed = tuple(Missed(every[number], it) for number, it in sorted(found.items()) if not isinstance(it, str))
    outcomes = list(found.values())
    return Outcome(outcomes.count(CAUGHT), missed, outcomes.count(SAME))


def _tried(
    given: tuple[RuleSet, tuple[Path, ...], datetime.date], numbers: Sequence[int], jobs: int
) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Each change by its number, with ``caught``, ``same``, or a pact that tells it from the law."""
    if jobs <= 1:
        bench = Bench(*given)
        yield from ((number, bench.outcome(number)) for number in numbers)
        return
    with get_context("spawn").Pool(jobs, _sit_down, given) as pool:
        yield from pool.imap_unordered(_outcome, numbers, chunksize=5)


class Bench:
    """Where changes are tried, one after the other."""

    def __init__(self, law: RuleSet, folders: Iterable[Path], day: datetime.date) -> None:
        self.suite, self.flows = Suite(law, folders), Flows(law, day)
        self.mutants = list(mutants(law))

    @cached_property
    def prover(self) -> Prover:
        """Asked about every change that moves no date."""
        return self.flows.prover()

    def outcome(self, number: int) -> Mapping[str, Any] | str:
        """What becomes of one change."""
        each = self.mutants[number]
        mutant = replace(each, law=replace(each.law, _snapshots={}))  # what is compiled for it goes when it goes
        if self.suite.catches(mutant):
            return CAUGHT
        return _telling(self.flows, self.prover, mutant) or SAME


def _sit_down(law: RuleSet, folders: tuple[Path, ...], day: datetime.date) -> None:
    """Make a process ready to try changes."""
    global _bench
    _bench = Bench(law, folders, day)
    _ = _bench.suite.judged
    gc.freeze()  # what stays for good need not be looked through again and again


def _outcome(number: int) -> tuple[int, Mapping[str, Any] | str]:
    assert _bench is not None
    return number, _bench.outcome(number)


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


@dataclass(frozen=True)
class _Held:
    """A case that holds, the days and facts it is judged on, and the rules its answer names."""

    case: Case
    legs: tuple[tuple[datetime.date, Env], ...]
    named: frozenset[str]

    @property
    def lasting(self) -> bool:
        """Whether a flow of it goes on for some time, so that it is judged on each change of law inside."""
        flows = (self.case.pact or {}).get("flows") or {}
        return any(isinstance(flow, Mapping) and "starts" in flow for flow in flows.values())


class Suite:
    """The cases that hold under a law, with the facts of every leg they judge."""

    def __init__(self, law: RuleSet, folders: Iterable[Path]) -> None:
        self.law = law
        self.cases = [
            case for folder in folders for path in sorted(folder.rglob("*.cases.yaml")) for case in read_cases(path)
        ]

    @cached_property
    def judged(self) -> list[_Held]:
        """Each case that holds."""
        return [
            _Held(case, tuple(self._legs(case)), named(case))
            for case in self.cases
            if not run_case(case, self.law).differences
        ]

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
        """Whether some case fails under a changed law. Only those are run whose facts the change can touch.

        Those that name a rule it touches come first: one of them most likely fails.
        """
        touched = Touched(mutant, self.law)
        near = [held for held in self.judged if held.named & touched.rules]
        far = [held for held in self.judged if not held.named & touched.rules]
        return any(
            run_case(held.case, mutant.law).differences
            for held in (*near, *far)
            if any(touched(day, env) for day, env in held.legs) or self._otherwise(touched, held)
        )

    def _otherwise(self, touched: Touched, held: _Held) -> bool:
        """Whether a change can touch a pact by other ways than its facts: who is owned by whom, the days it is judged."""
        return held.case.pact is not None and (touched.seeds or (touched.mutant.kind == "date" and held.lasting))


class Touched:
    """Whether a change of the law can matter to the facts of a leg."""

    def __init__(self, mutant: Mutant, law: RuleSet) -> None:
        self.mutant, self.law = mutant, law
        reuse = mutant.law.reuse
        assert reuse is not None, "a mutant is made from a law"
        self.parts = tuple(reuse.touched())
        self.seeds = reuse.seeds()
        rated = [rule for periods in law.rules.values() for rule in periods if self._rated(rule)]
        self.rules = frozenset(rule.id for _, rules in self.parts for rule in rules) | {rule.id for rule in rated}
        self._rates = [rule for rule in rated if mutant.part == "table"]
        self._made: dict[tuple[int, int], list[tuple[_Pair, list[_Pair]]]] = {}

    def __call__(self, day: datetime.date, env: Env) -> bool:
        """Whether some condition is not of these facts what it was."""
        if self.mutant.part == "rule" and self.mutant.kind in ("date", "defeat"):
            return self._by_itself(day, env)
        before, after = dict(env), dict(env)
        for scopes, rules in self._tests(day):
            inside = scopes[0](before), scopes[1](after)
            if inside == (False, False):
                continue
            for one, other in rules:
                if _joined(inside[0], one, before) is not _joined(inside[1], other, after):
                    return True
        return any(self._holds(rule, day, before) for rule in self._rates)

    def _by_itself(self, day: datetime.date, env: Env) -> bool:
        """A rule moved in time, or that defeats less: where it may hold at all."""
        old, new = self.mutant.before, self.mutant.after
        moved = self.mutant.kind == "defeat" or old.period(day) != new.period(day)
        return moved and self._holds(old, day, dict(env))

    def _holds(self, rule: Rule, day: datetime.date, env: Env) -> bool:
        on = self.law.on(day)
        test = compile_condition(rule.when, on.scope_of(rule.instrument))
        return _joined(on.inside(rule.instrument)(env), test, env) is not False

    def _rated(self, rule: Rule) -> bool:
        rate = rule.more.get("rate")
        return self.mutant.part == "table" and isinstance(rate, str) and rate.startswith(f"{self.mutant.where}[")

    def _tests(self, day: datetime.date) -> list[tuple[_Pair, list[_Pair]]]:
        old, new = self.law.on(day), self.mutant.law.on(day)
        key = id(old), id(new)
        if key not in self._made:
            self._made[key] = [
                ((old.inside(it.id), new.inside(it.id)), [self._pair(old, new, rule) for rule in rules])
                for it, rules in self.parts
            ]
        return self._made[key]

    def _pair(self, old: InForce, new: InForce, rule: Rule) -> _Pair:
        changed = self.mutant.part == "rule" and rule is self.mutant.after
        before = self.mutant.before.when if changed else rule.when
        scopes = old.scope_of(rule.instrument), new.scope_of(rule.instrument)
        return compile_condition(before, scopes[0]), compile_condition(rule.when, scopes[1])


def _joined(inside: Truth, test: Test, env: Env) -> Truth:
    """A condition within a scope."""
    if inside is False:
        return False
    value = test(env)
    return value if inside or value is False else None
