"""The cases beside the law, run: what each rule set says of them, and which rules they cover."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact import pact as written
from biopact.decide.casefiles import RANGES, Case, of_one_flow, read_cases
from biopact.decide.determination import FlowDetermination, JurisdictionDetermination, between, verdict_word
from biopact.decide.determine import check
from biopact.decide.reading import PactVocabulary
from biopact.errors import BiopactError, RuleError
from biopact.interval import Interval
from biopact.marked import Marked
from biopact.pact import Pact
from biopact.rules.language.facts import FactFault, nearest
from biopact.rules.language.model import Rank
from biopact.rules.language.values import ABSENT, Members
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.evaluate import RuleState, judge
from biopact.rules.traced.inforce import prepared
from biopact.text import say

__all__ = ["CaseResult", "LawTest", "admitted", "pact_of", "run_case", "test_law"]

_PLACED = ("sender.country", "recipient.country", "item.people")  # facts that give a country a say


@dataclass(frozen=True)
class CaseResult:
    """What came of a case: what differs from what was expected, and the state of every rule it touched."""

    case: Case
    differences: tuple[str, ...]
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class LawTest:
    """What came of all cases, and the rules that no case shows applying, or not applying."""

    results: tuple[CaseResult, ...]
    never_applies: tuple[str, ...]
    always_applies: tuple[str, ...]
    never_defeated: tuple[str, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases whose answer differs."""
        return tuple(result for result in self.results if result.differences)

    @property
    def passed(self) -> bool:
        """Whether every case agrees and every rule is covered."""
        return not (self.failed or self.never_applies or self.always_applies or self.never_defeated)


def run_case(case: Case, law: RuleSet) -> CaseResult:
    """The answer of the law to one case, held against what it expects."""
    try:
        if case.pact is not None:
            return _run_pact(case, law)
        return _run_facts(case, law)
    except BiopactError as error:
        return CaseResult(case, (error.worded("en"),))
    except FactFault as fault:
        return CaseResult(case, (say(fault.code, "en", **fault.values),))


def _run_facts(case: Case, law: RuleSet) -> CaseResult:
    env = prepared(admitted(case.facts or {}, law))
    in_force = law.on(case.as_of)
    told = {country: judge(in_force, env, country) for country in sorted(law.jurisdictions)}
    joined = {
        name: JurisdictionDetermination(name, it.low, it.high, it.because, it.review, it.states)
        for name, it in told.items()
    }
    answer = _Answer(joined, None, _with_a_say(env))
    seen = {rule.id: frozenset({"not"}) for rule in _in_force(law, case.as_of)} | answer.states()
    return CaseResult(case, tuple(answer.differences(case.expect, law)), seen)


def _with_a_say(env: Mapping[str, Any]) -> frozenset[str]:
    """The countries whose answers a case written as facts compares: the two, and each that its facts name."""
    found = {"US", "KR"}
    for name in _PLACED:
        value = env.get(name)
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Members):
            found |= value.has
        elif isinstance(value, Mapping):
            found |= {country for country, count in value.items() if count is not None and count.high > 0}
    return frozenset(found)


def admitted(facts: Mapping[str, Any], law: RuleSet) -> dict[str, Any]:
    """Typed values of facts written by full name; what is not there of an item's source is absent, null is unknown."""
    admitted: dict[str, Any] = {}
    if not any(name.startswith("item.source.") for name in facts):
        for fact in law.vocabulary.facts.values():
            if fact.subject == "item":
                admitted[f"item.source.{fact.name}"] = ABSENT
    for name, value in facts.items():
        found = law.vocabulary.find(name)
        if found is None:
            known = {
                f"{role}.{f.name}" for f in law.vocabulary.facts.values() for role in (f.subject, "sender", "recipient")
            }
            raise RuleError("rules.unknown-fact", None, name=name, near=nearest(name, known) or "–")
        admitted[name] = ABSENT if value == "absent" else None if value is None else found.admit(value)
        if found.keys and found.type == "interval" and isinstance(admitted[name], dict) and "item.contains" in facts:
            unheld = set(found.keys) - set(facts["item.contains"] or found.keys)
            admitted[name] = {**dict.fromkeys(unheld, Interval(0, 0)), **admitted[name]}
    return admitted


def pact_of(case: Case, law: RuleSet) -> Pact:
    """The pact of a case that is written as one."""
    value = {"pact": "case", **(case.pact or {})}
    return written.from_marked(Marked(value, str(case.place), {}), None, PactVocabulary(law.vocabulary))


def _run_pact(case: Case, law: RuleSet) -> CaseResult:
    pact = pact_of(case, law)
    told = check(pact, law, case.as_of)
    differences: list[str] = []
    seen: dict[str, frozenset[str]] = {rule.id: frozenset({"not"}) for rule in _in_force(law, case.as_of)}
    single = of_one_flow(case.expect)
    for flow in told.flows:
        answer = _Answer(flow.jurisdictions, flow)
        for rule, states in answer.states().items():
            seen[rule] = seen.get(rule, frozenset()) | states
        expected = case.expect if single else case.expect.get(flow.id, {})
        prefix = "" if single else f"{flow.id}: "
        differences += [prefix + difference for difference in answer.differences(expected, law)]
    for flow_id in () if single else case.expect:
        if flow_id not in pact.flows:
            differences.append(f"there is no flow {flow_id}")
    return CaseResult(case, tuple(differences), seen)


def _in_force(law: RuleSet, day: datetime.date) -> list[Any]:
    return [rule for periods in law.rules.values() for rule in periods if rule.period(day) != "past"]


@dataclass(frozen=True)
class _Answer:
    jurisdictions: Mapping[str, JurisdictionDetermination]
    flow: FlowDetermination | None
    countries: frozenset[str] = frozenset()

    def _all(self) -> dict[str, RuleState]:
        """Each rule told of, by id: of several periods, the one in force before one that only warns."""
        told = [state for it in self.jurisdictions.values() for state in it.rules]
        return {state.rule.id: state for state in sorted(told, key=lambda it: it.state not in ("pending", "uncertain"))}

    def _compared(self) -> dict[str, JurisdictionDetermination]:
        return {name: it for name, it in self.jurisdictions.items() if self.flow or name in self.countries}

    def states(self) -> dict[str, frozenset[str]]:
        """Each rule's states; a rule not told of did not apply."""
        return {rule: frozenset({state.state}) for rule, state in self._all().items()}

    @property
    def range(self) -> tuple[Rank, Rank]:
        """The stricter of the countries, the flow's own range where there is one."""
        if self.flow is not None:
            return self.flow.low, self.flow.high
        told = self._compared().values()
        return max(it.low for it in told), max(it.high for it in told)

    def differences(self, expect: Mapping[str, Any], law: RuleSet) -> Iterator[str]:
        """What differs from what is expected, in words."""
        states = self._all()
        for key, wanted in expect.items():
            if key in RANGES:
                yield from self._listed(states, RANGES[key], wanted, law)
            elif key == "not":
                for rule in wanted:
                    if rule not in law.rules:
                        yield f"there is no rule {rule}"
                    elif rule in states and states[rule].state != "defeated":
                        yield f"{rule} {states[rule].state}, expected not"
            else:
                found = self._found(key)
                if found != wanted:
                    yield f"{key} is {found}, expected {wanted}"

    def _listed(
        self, states: Mapping[str, RuleState], state: str, wanted: Sequence[str], law: RuleSet
    ) -> Iterator[str]:
        for rule in wanted:
            if rule not in law.rules:
                yield f"there is no rule {rule}"
                continue
            found = states[rule].state if rule in states else "does not apply"
            if found == "uncertain" and state == "applies":
                continue
            if found != state:
                yield f"{rule} {found}, expected {state}"

    def _found(self, key: str) -> Any:
        low, high = self.range
        if key == "overall":
            return verdict_word(low, high)
        if key == "between":
            ends = between(low, high)
            return list(ends) if ends else None
        if key == "review":
            return self.flow.review if self.flow else any(it.review for it in self._compared().values())
        if key == "limits":
            limits: dict[str, Any] = {}
            for state in self._all().values():
                if state.state == "applies":
                    limits |= state.rule.more.get("limit") or {}
            return dict(self.flow.limits) if self.flow else limits
        if key == "readiness":
            return self.flow.readiness if self.flow else None
        if key == "because":
            return {name: it.because for name, it in self._compared().items()}
        told = self.jurisdictions.get(key)
        return verdict_word(told.low, told.high) if told else None


def test_law(law: RuleSet, folders: Iterable[Path]) -> LawTest:
    """Run every case in some folders, and say which rules they leave uncovered.

    A rule is covered when a case shows it applying (or, where it is not yet or not surely law, warning), another shows it
    not applying, and, where some rule may defeat it, a third shows it defeated.
    """
    results = [
        run_case(case, law)
        for folder in folders
        for path in sorted(folder.rglob("*.cases.yaml"))
        for case in read_cases(path)
    ]
    seen: dict[str, set[str]] = {}
    for result in results:
        for rule, states in result.states.items():
            seen.setdefault(rule, set()).update(states)
    defeated = {target for periods in law.rules.values() for rule in periods for target in _targets(rule, law)}
    shown = {"applies", "pending", "uncertain"}
    return LawTest(
        tuple(results),
        tuple(sorted(rule for rule in law.rules if not seen.get(rule, set()) & shown)),
        tuple(sorted(rule for rule in law.rules if not seen.get(rule, set()) & {"not", "defeated"})),
        tuple(sorted(rule for rule in defeated if "defeated" not in seen.get(rule, set()))),
    )


def _targets(rule: Any, law: RuleSet) -> Iterator[str]:
    """The rules that one may surely defeat."""
    if rule.status.value != "in-force":
        return
    for target in rule.defeats:
        if target in law.by_id:
            yield from (other.id for other in law.by_id[target].rules if other.id != rule.id)
        else:
            yield target


test_law.__test__ = False  # type: ignore[attr-defined]  # its name is what it does, not a test of ours
