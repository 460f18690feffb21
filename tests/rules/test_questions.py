"""What is asked next, and the exact mode, against enumeration."""

from __future__ import annotations

import datetime
import itertools
import random
from typing import Any

import pytest

from biopact.interval import Interval
from biopact.rules import InForce, Members, Rank, RuleSet
from biopact.rules.traced.evaluate import judge
from biopact.rules.traced.questions import ask, exact_range, open_facts, with_value

from . import worlds
from .conftest import FACTS, env, ruleset
from .test_evaluate import BASE

DAY = datetime.date(2026, 11, 24)
Row = dict[str, Any]
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


def filled(rng: random.Random, row: Row, law: RuleSet, constants: Any, keys: Any) -> Row:
    """A row with what is missing in it filled from others at random; bounds stay in order."""
    full = dict(row)
    while any(value is None for value in full.values()):
        other = worlds.random_row(rng, law.vocabulary, constants, keys)
        full = {name: other.get(name) if value is None else value for name, value in full.items()}
    for name in (name for name in full if name.endswith(".high")):
        low = name.removesuffix("high") + "low"
        if full[name] < full[low]:
            changed, kept = (name, low) if row[name] is None else (low, name)
            full[changed] = full[kept]
    return full


def test_of_any_law_no_completion_lies_outside_the_exact_range_nor_that_outside_kleene() -> None:
    """Laws with tables, defines that bind sets, facts compared with each other, intervals: completions at random."""
    rng = random.Random(17)
    narrower = completions = 0
    for _ in range(60):
        law, day = worlds.random_law(rng), rng.choice(worlds.DAYS)
        in_force = law.on(day)
        keys = {name: set(fact.keys) for name, fact in worlds.names_of(law.vocabulary) if fact.keys}
        empty = dict.fromkeys(worlds.random_row(rng, law.vocabulary, in_force.constants, keys))
        for _ in range(5):
            base = filled(rng, empty, law, in_force.constants, keys)
            base |= {"sender.kind": "company", "recipient.kind": "company"}  # to the public what is unknown is absent
            missing = rng.choice([0.03, 0.1, 0.3])
            known = {
                name: None if rng.random() < missing and not name.endswith("kind") else value
                for name, value in base.items()
            } | {"item.source": True}
            facts = worlds.facts_of(known, law.vocabulary, False)
            kleene = range_of(in_force, facts)
            exact = exact_range(in_force, facts, ["US", "KR"], 3_000)
            if exact is not None:
                assert kleene[0] <= exact[0] <= exact[1] <= kleene[1]
                narrower += exact != kleene
            for _ in range(6):
                whole = filled(rng, known, law, in_force.constants, keys)
                low, high = range_of(in_force, worlds.facts_of(whole, law.vocabulary, False))
                assert kleene[0] <= low <= high <= kleene[1]
                if exact is not None and low == high:
                    assert exact[0] <= low <= exact[1]
                    completions += 1
    assert completions > 1_000
    assert narrower, "the exact range is never sharper than Kleene's"


def range_of(in_force: InForce, facts: dict[str, Any]) -> tuple[Rank, Rank]:
    told = [judge(in_force, dict(facts), country) for country in ("US", "KR")]
    return max(it.low for it in told), max(it.high for it in told)


PEERS = """
instrument: {id: us/r, title: {en: R, ko: R}, citation: R}
rules:
  - {id: us/r/1, title: {en: a, ko: a}, cite: a, effect: prohibit, when: "%s"}
"""


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        ("sender.country == recipient.country", {"recipient.country": "FR"}),
        ("sender.country != recipient.country", {"recipient.country": "FR"}),
        ("flow.value > item.stake && item.kind == 'investment'", {"item.stake": 3.5, "item.kind": "investment"}),
        (
            "item.kind == 'investment' && flow.value > 5 && item.stake > 5 && flow.value < item.stake",
            {"item.kind": "investment"},
        ),
        ("flow.starts_on < '2025-06-01'", {}),
        ("flow.starts_on > '2025-06-01' && flow.starts_on < '2025-06-03'", {}),
        ("'consent' in flow.grounds && 'treaty' in flow.grounds && 'contract' in flow.grounds", {}),
        ("flow.us_persons_12m['genome'] > 7 && flow.us_persons_12m['genome'] < 9", {}),
    ],
)
def test_what_may_be_either_way_is_left_open_by_the_exact_mode(condition: str, known: dict[str, Any]) -> None:
    in_force = ruleset(PEERS % condition).on(DAY)
    assert exact_range(in_force, dict(known), ["US"]) == (Rank.CLEAR, Rank.PROHIBITED)


def test_a_set_of_many_members_is_tried_whole_or_not_at_all() -> None:
    names = [f"g{number}" for number in range(20)]
    facts = FACTS.replace("[consent, treaty, contract]", f"[{', '.join(names)}]")
    some = " && ".join(f"'{name}' in flow.grounds" for name in names[:10])
    every = " && ".join(f"'{name}' in flow.grounds" for name in names)
    for condition, expected in ((some, (Rank.CLEAR, Rank.PROHIBITED)), (every, None)):
        assert exact_range(ruleset(PEERS % condition, facts=facts).on(DAY), {}, ["US"]) == expected


def test_a_fact_kept_under_an_unknown_key_is_asked_by_its_key_first() -> None:
    facts = FACTS + "item.people: {type: interval, keyed_by: flow.purpose, question: {en: P, ko: P}}\n"
    in_force = ruleset(PEERS % "item.people[flow.purpose] > 5", facts=facts).on(DAY)
    assert [question.fact for question in ask(in_force, {}, ["US"])] == ["flow.purpose"]
    assert [question.fact for question in ask(in_force, {"flow.purpose": "care"}, ["US"])] == ["item.people[care]"]
    assert exact_range(in_force, {}, ["US"]) == (Rank.CLEAR, Rank.PROHIBITED)


def test_whether_a_member_is_there_is_asked_where_nothing_else_is_open() -> None:
    law = "instrument: {id: us/r, title: {en: R, ko: R}, citation: R}\n"
    law += "tables: {some: {genome: 1}}\n"
    law += 'define: {counted: "item.contains in some && flow.us_persons_12m[item.contains] > 5"}\n'
    law += "rules:\n  - {id: us/r/1, title: {en: a, ko: a}, cite: a, effect: prohibit, when: counted}\n"
    in_force = ruleset(law).on(DAY)
    perhaps = Members(frozenset({"health"}), frozenset({"genome"}))
    facts = {"item.contains": perhaps, "flow.us_persons_12m": {"genome": Interval(9, 9), "health": Interval(9, 9)}}
    assert judge(in_force, dict(facts), "US").verdict == "undetermined"
    assert open_facts(in_force, dict(facts), ["US"]) == ["item.contains"]
    assert exact_range(in_force, dict(facts), ["US"]) == (Rank.CLEAR, Rank.PROHIBITED)


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
