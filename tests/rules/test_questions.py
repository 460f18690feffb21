"""What is asked next, and the exact mode, against enumeration."""

from __future__ import annotations

import datetime
import itertools
import random
from typing import Any

import pytest

from biopact.interval import Interval
from biopact.rules import InForce, Members, Rank, RuleSet
from biopact.rules.evaluate import judge
from biopact.rules.questions import ask, exact_range, open_facts, with_value

from .conftest import env, ruleset
from .test_evaluate import BASE

DAY = datetime.date(2026, 11, 24)
# every fact of the random laws and all its values: small enough to try every completion
WORLD: dict[str, list[Any]] = {
    "flow.purpose": ["research", "trade", "care"],
    "flow.paid": [True, False],
    "item.kind": ["data", "material", "investment"],
    "item.form": ["record", "aggregate"],
    "item.contains": [Members(frozenset(c)) for n in range(3) for c in itertools.combinations(["genome", "health"], n)],
    "flow.value": [0.0, 5.0, 7.5, 10.0, 15.0],
}
ATOMS = [
    "flow.purpose == 'care'",
    "flow.purpose in ['trade', 'care']",
    "flow.paid",
    "item.kind == 'data'",
    "item.form != 'record'",
    "'genome' in item.contains",
    "item.contains in ['genome', 'health']",
    "flow.value > 5",
    "flow.value >= 10",
]


def random_law(rng: random.Random) -> RuleSet:
    def condition() -> str:
        parts = [rng.choice(["", "!"]) + f"({rng.choice(ATOMS)})" for _ in range(rng.choice([1, 2, 3]))]
        return rng.choice([" && ", " || "]).join(parts)

    rules = []
    for number in range(1, 7):
        effect = rng.choice(["prohibit", "oblige", "authorise", "except", "except"]) if number > 1 else "prohibit"
        more = {"oblige": "due: before", "authorise": "authority: {en: A, ko: A}, file: {en: F, ko: F}"}.get(effect, "")
        defeats = rng.sample(range(1, number), k=min(number - 1, rng.choice([1, 2]))) if effect == "except" else []
        listed = ", ".join(f"us/r/{target}" for target in defeats)
        extra = f", defeats: [{listed}]" if defeats else ""
        more = f", {more}" if more else ""
        rules.append(
            f'  - {{id: us/r/{number}, title: {{en: a, ko: a}}, cite: a, effect: {effect}, when: "{condition()}"{extra}{more}}}'
        )
    return ruleset("instrument: {id: us/r, title: {en: R, ko: R}, citation: R}\nrules:\n" + "\n".join(rules))


def partly_known(rng: random.Random) -> dict[str, Any]:
    return {name: rng.choice(values) for name, values in WORLD.items() if rng.random() < 0.5}


def by_enumeration(in_force: InForce, known: dict[str, Any]) -> tuple[Rank, Rank]:
    missing = [name for name in WORLD if name not in known]
    found = set()
    for values in itertools.product(*(WORLD[name] for name in missing)):
        told = judge(in_force, {**known, **dict(zip(missing, values, strict=True))}, "US")
        assert told.low == told.high, "with every fact known nothing is open"
        found.add(told.low)
    return min(found), max(found)


def test_the_exact_mode_agrees_with_enumeration_and_kleene_is_never_narrower() -> None:
    rng = random.Random(7)
    sharper = 0
    for _ in range(150):
        in_force = random_law(rng).on(DAY)
        for _ in range(6):
            known = partly_known(rng)
            truth = by_enumeration(in_force, known)
            assert exact_range(in_force, known, ["US"]) == truth
            told = judge(in_force, dict(known), "US")
            assert told.low <= truth[0]
            assert told.high >= truth[1]
            sharper += (told.low, told.high) != truth
    assert sharper, "the inputs never show where Kleene logic is incomplete"


def test_a_settled_verdict_never_changes_when_a_missing_fact_becomes_known() -> None:
    rng = random.Random(11)
    checked = 0
    for _ in range(400):
        in_force = random_law(rng).on(DAY)
        known = partly_known(rng)
        before = judge(in_force, dict(known), "US")
        for name in WORLD:
            if name not in known:
                after = judge(in_force, {**known, name: rng.choice(WORLD[name])}, "US")
                assert before.low <= after.low
                assert after.high <= before.high
                checked += 1
    assert checked > 500


def test_what_is_not_asked_can_no_longer_change_the_verdict() -> None:
    rng = random.Random(13)
    for _ in range(150):
        in_force = random_law(rng).on(DAY)
        known = partly_known(rng)
        asked = {name.partition("[")[0] for name in open_facts(in_force, known, ["US"])}
        for name in WORLD:
            if name in known or name in asked:
                continue
            for value in WORLD[name]:
                exact = exact_range(in_force, known, ["US"])
                assert exact_range(in_force, {**known, name: value}, ["US"]) == exact, name


def test_a_fact_that_feeds_a_defeated_exception_is_not_asked(in_force: InForce) -> None:
    facts = env(**{**BASE, "flow__purpose": None, "flow__paid": True})
    assert judge(in_force, facts, "US").verdict == "prohibited"
    assert ask(in_force, facts, ["US"]) == []


def test_the_fact_whose_values_settle_most_is_asked_first(in_force: InForce) -> None:
    facts = env(**{**BASE, "recipient__covered": None, "flow__purpose": None, "flow__paid": False})
    asked = ask(in_force, facts, ["US"])
    assert {question.fact for question in asked} == {"recipient.covered", "flow.purpose"}
    assert asked[0].settles >= asked[-1].settles


def test_a_missing_key_is_asked_by_its_key(in_force: InForce) -> None:
    facts = env(**{**BASE, "flow__us_persons_12m": None})
    assert [question.fact for question in ask(in_force, facts, ["US"])] == ["flow.us_persons_12m[genome]"]
    settled = with_value(facts, "flow.us_persons_12m[genome]", Interval(7, 7))
    assert judge(in_force, settled, "US").verdict == "clear"


@pytest.mark.parametrize(("low", "high", "open_"), [(0, 100, False), (101, 200, False), (90, 200, True)])
def test_an_interval_settles_as_soon_as_it_lies_on_one_side(
    in_force: InForce, low: int, high: int, open_: bool
) -> None:
    told = judge(in_force, env(**{**BASE, "flow__us_persons_12m": {"genome": Interval(low, high)}}), "US")
    assert (told.low != told.high) is open_
