"""What the prover finds, the traced reader sees; what it says cannot be, no flow tried at random is."""

from __future__ import annotations

import datetime
import random
import re
from typing import Any

import pytest

from biopact.rules import RuleSet
from biopact.rules.columns.layout import ColumnSource, known_columns
from biopact.rules.graph.program import Program
from biopact.rules.graph.ternary import Logic
from biopact.rules.proof.lint import Finding, lint
from biopact.rules.proof.mutate import mutants
from biopact.rules.proof.prove import Prover
from biopact.rules.traced.evaluate import judge

from . import worlds
from .conftest import LAW, ruleset

DAY = datetime.date(2026, 6, 30)


def program_of(law: RuleSet, logic: Logic) -> Program:
    """A law over every column its facts could have."""
    known = known_columns(law.vocabulary)
    ends = ("member", "low", "high", "source")
    plain = {
        name for name, it in known.items() if it.part == "value" and it.fact is not None and it.fact.type != "interval"
    }
    columns = plain | {name for name, it in known.items() if it.part in ends}
    return Program(law, logic, ColumnSource(law.vocabulary, logic, columns))


def asked(law: RuleSet, *others: RuleSet) -> tuple[Logic, list[Program], Prover]:
    logic = Logic()
    programs = [program_of(each, logic) for each in (law, *others)]
    nodes = [node for it in programs for entry in it.entries for node in (entry.condition, entry.applies)]
    return logic, programs, Prover(known_columns(law.vocabulary), law.changes, nodes)


def test_a_flow_found_by_proof_is_one_the_traced_reader_judges_so() -> None:
    rng = random.Random(3)
    found = 0
    for _ in range(25):
        law = worlds.random_law(rng)
        _, (program,), prover = asked(law)
        for entry in program.entries:
            flow = prover.find(entry.applies, near=DAY)
            if flow is None:
                continue
            env = worlds.facts_of(dict(flow.columns), law.vocabulary, False)
            in_force = law.on(flow.day)
            states = in_force.states(env)
            applied = {it.rule.id for it, value in zip(in_force.rules, states.applies, strict=True) if value is True}
            assert entry.rule.id in applied, (entry.rule.when_text, flow)
            found += 1
    assert found > 100


def texts_of(law: RuleSet) -> list[str]:
    return [t for it in law.instruments for t in (*it.define_texts.values(), *(rule.when_text for rule in it.rules))]


def test_what_the_prover_says_never_applies_applies_to_no_random_flow() -> None:
    rng = random.Random(4)
    never = 0
    for _ in range(60):
        law = worlds.random_law(rng)
        if any(re.search(r"flow\.day \S+ \w+\.region", text) for text in texts_of(law)):
            continue  # a region that is a day is none the prover thinks of
        _, (program,), prover = asked(law)
        dead = {entry.rule.id for entry in program.entries} - {
            e.rule.id for e in program.entries if prover.holds(e.applies)
        }
        never += len(dead)
        constants = law.on(DAY).constants
        keys = {name: set(fact.keys) for name, fact in worlds.names_of(law.vocabulary)}
        for _ in range(60):
            row = worlds.random_row(rng, law.vocabulary, constants, keys)
            in_force = law.on(row["date"] or DAY)
            states = in_force.states(worlds.facts_of(row, law.vocabulary, False))
            applied = {it.rule.id for it, value in zip(in_force.rules, states.applies, strict=True) if value is True}
            assert not applied & dead
    assert never > 3


# --- lint ---------------------------------------------------------------------------------------------------------------


def findings(*changes: tuple[str, str]) -> list[Finding]:
    text = LAW
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    law = ruleset(text)
    logic, (program,), prover = asked(law)
    return list(lint(program, prover, [], DAY, lambda changed: program_of(changed, logic)))


def kinds(*changes: tuple[str, str]) -> dict[str, list[tuple[str, ...]]]:
    told: dict[str, list[tuple[str, ...]]] = {}
    for finding in findings(*changes):
        told.setdefault(finding.kind, []).append(finding.about)
    return told


def test_a_law_that_holds_together_has_no_finding() -> None:
    assert kinds() == {}


def test_a_rule_whose_condition_contradicts_itself_is_dead() -> None:
    assert kinds(("leaves && bulk && recipient.covered", "leaves && sender.country == 'KR'"))["dead"] == [("us/act/1",)]


def test_a_rule_that_contradicts_the_scope_of_its_instrument_is_dead() -> None:
    assert ("us/act/4",) in kinds(('when: "leaves && bulk"', "when: \"leaves && item.kind == 'investment'\""))["dead"]


def test_a_rule_that_its_exception_always_defeats_never_applies() -> None:
    found = kinds(("flow.purpose == 'care'", "leaves || !leaves"), ('when: "flow.paid"', 'when: "false"'))
    assert ("us/act/1", "us/act/2") in found["never-applies"]


def test_an_exception_that_excludes_what_it_defeats_never_defeats() -> None:
    found = kinds(("flow.purpose == 'care'", "sender.country == 'KR'"))
    assert ("us/act/2", "us/act/1") in found["never-defeats"]


def test_an_entry_of_a_table_that_no_rule_can_reach_is_named() -> None:
    found = kinds(("item.contains in threshold &&", "item.contains in ['genome'] && item.contains in threshold &&"))
    assert ("threshold", "health") in found["unreachable-key"]


MORE = """
  - {id: us/act/5, title: {en: a, ko: a}, cite: a, effect: prohibit,
     when: "leaves && bulk && recipient.covered && flow.paid"}
  - {id: us/act/6, title: {en: a, ko: a}, cite: a, effect: authorise,
     authority: {en: a, ko: a}, file: {en: a, ko: a}, when: "flow.paid"}
"""


def test_a_prohibition_inside_another_and_one_beside_a_permit_are_told_with_a_flow() -> None:
    found = {
        (it.kind, it.about): it.flow for it in findings(("    confidence: medium\n", f"    confidence: medium{MORE}"))
    }
    assert found["subsumed", ("us/act/5", "us/act/1")] is not None
    flow = found["together", ("us/act/6", "us/act/1", "us/act/5")]
    assert flow is not None
    assert flow.columns["flow.paid"] is True


def test_two_prohibitions_of_the_same_flows_are_told_as_such() -> None:
    twin = '  - {id: us/act/7, title: {en: a, ko: a}, cite: a, effect: prohibit, when: "flow.paid && leaves"}\n'
    other = twin.replace("us/act/7", "us/act/8").replace("flow.paid && leaves", "leaves && flow.paid")
    found = kinds(("    confidence: medium\n", f"    confidence: medium\n{twin}{other}"))
    assert found["always-together"] == [("us/act/7", "us/act/8")]


# --- equivalence --------------------------------------------------------------------------------------------------------


def differ(one: str, other: str) -> Any:
    laws = [ruleset(LAW.replace("leaves && bulk && recipient.covered", text)) for text in (one, other)]
    logic, programs, prover = asked(*laws)
    outcomes = [program.outcome("US") for program in programs]
    return prover.find(
        logic.any_(logic.not_(logic.same(node, outcomes[1].low[rank])) for rank, node in outcomes[0].low.items())
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("!(leaves || flow.paid)", "!leaves && !flow.paid"),
        ("flow.value > 3 && flow.value > 7", "flow.value > 7"),
        ("flow.purpose in ['care', 'trade']", "flow.purpose != 'research'"),
        ("leaves && bulk && recipient.covered", "recipient.covered && bulk && leaves"),
    ],
)
def test_two_ways_to_write_one_rule_are_proved_the_same(one: str, other: str) -> None:
    assert differ(one, other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flow.value > 3", "flow.value >= 3"),
        ("flow.purpose == 'care'", "flow.purpose in ['care', 'trade']"),
        ("'consent' in flow.grounds", "flow.grounds in ['consent', 'treaty']"),
    ],
)
def test_two_rules_that_differ_are_told_apart_by_a_flow_that_the_traced_reader_judges_otherwise(
    one: str, other: str
) -> None:
    flow = differ(one, other)
    ranges = []
    for text in (one, other):
        law = ruleset(LAW.replace("leaves && bulk && recipient.covered", text))
        env = worlds.facts_of(dict(flow.columns), law.vocabulary, False)
        ranges.append(judge(law.on(flow.day), env, "US").low)
    assert ranges[0] != ranges[1]


# --- mutants ------------------------------------------------------------------------------------------------------------


def test_every_kind_of_change_is_made_and_each_changes_one_thing() -> None:
    law = ruleset(LAW)
    made = list(mutants(law))
    assert {it.kind for it in made} == {"flipped", "threshold", "operand", "defeat", "date"}
    assert {it.part for it in made} == {"rule", "scope", "define", "table", "ownership"}
    assert len({(it.part, it.where, it.change) for it in made}) == len(made)
    told = {(it.where, it.change) for it in made}
    assert ("threshold", "genome: 100 → 101") in told
    assert ("us/act/2", "defeats us/act/1 → –") in told
    assert ("us/act/1", "from 2025-04-08 → 2025-04-09") in told
    assert ("us/act:leaves", "sender.country == 'US' → sender.country != 'US'") in told
    assert ("covered", "0.5 → 0.51") in told
    assert law.rules["us/act/1"][0].start == datetime.date(2025, 4, 8), "the law itself stays as it is"
