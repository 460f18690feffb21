"""Conditions mean what CEL says they mean: two independent implementations, every fact nullable.

An unknown fact is an absent key in CEL (never null), so an unknown answer is an error there. Left out of the inputs is
where we say more than CEL does: an unknown word is surely not in an empty set, and whole numbers compare with fractions.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import cel
import celpy
import pytest

from biopact.rules.language.facts import Vocabulary
from biopact.rules.language.syntax import parse
from biopact.rules.language.values import Members, Truth
from biopact.rules.traced.compile import Scope, compile_condition

WORDS = ("a", "b", "c")
TABLE = {"a": 3, "b": 10}
INPUTS = 20_000


def atom(rng: random.Random) -> str:
    op, order = rng.choice(["==", "!="]), rng.choice(["<", "<=", ">", ">=", "==", "!="])
    number = rng.choice(["0", "3", "10", "-2"])
    return rng.choice(
        [
            f"flow.word {op} '{rng.choice(WORDS)}'",
            f"flow.word {op} item.word",
            f"flow.word in ['{rng.choice(WORDS)}', 'z']",
            "item.word in table",
            f"(item.word in table && table[item.word] {order} {number})",
            f"flow.number {order} {number}",
            f"flow.number {order} item.number",
            f"flow.number in [{number}, 7]",
            f"'{rng.choice(WORDS)}' in item.members",
            "flow.word in item.members",
            f"item.by['{rng.choice(WORDS)}'] {order} {number}",
            f"item.by[flow.word] {order} {number}",
            "flow.yes",
            "!flow.yes",
            f"flow.yes {op} item.yes",
            "flow.when < '2026-01-01'",
        ]
    )


def condition(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return atom(rng)
    parts = [condition(rng, depth - 1) for _ in range(rng.choice([2, 2, 3]))]
    joined = rng.choice([" && ", " || "]).join(parts)
    return rng.choice([f"({joined})", f"!({joined})"])


def facts(rng: random.Random) -> dict[str, Any]:
    made = {
        "flow.word": rng.choice(WORDS),
        "item.word": rng.choice(WORDS),
        "flow.number": rng.choice([0, 3, 5, 10]),
        "item.number": rng.choice([0, 3, 5]),
        "item.members": frozenset(rng.sample(WORDS, rng.randrange(1, 4))),
        "item.by": {word: rng.choice([0, 3, 11]) for word in WORDS if rng.random() < 0.7},
        "flow.yes": rng.random() < 0.5,
        "item.yes": rng.random() < 0.5,
        "flow.when": rng.choice(["2025-12-31", "2026-01-01"]),
    }
    return {name: value for name, value in made.items() if rng.random() < 0.7}


def ours(text: str) -> Callable[[dict[str, Any]], Truth]:
    scope = Scope({"table": TABLE}, {}, Vocabulary({}))
    test = compile_condition(parse(text), scope)
    return lambda given: test({k: Members(v) if isinstance(v, frozenset) else v for k, v in given.items()})


def nested(given: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {"flow": {}, "item": {}, "table": TABLE}
    for name, value in given.items():
        role, _, key = name.partition(".")
        tree[role][key] = sorted(value) if isinstance(value, frozenset) else value
    return tree


def rust(text: str) -> Callable[[dict[str, Any]], Truth]:
    program = cel.compile(text)

    def run(given: dict[str, Any]) -> Truth:
        try:
            return bool(program.execute(nested(given)))
        except (RuntimeError, ValueError, TypeError, KeyError):
            return None

    return run


def python(text: str) -> Callable[[dict[str, Any]], Truth]:
    environment = celpy.Environment()
    program = environment.program(environment.compile(text))

    def run(given: dict[str, Any]) -> Truth:
        try:
            return bool(program.evaluate(celpy.json_to_cel(nested(given))))
        except celpy.CELEvalError:
            return None

    return run


@pytest.mark.parametrize("oracle", [rust, python])
def test_a_condition_means_what_cel_says(oracle: Callable[[str], Callable[[dict[str, Any]], Truth]]) -> None:
    rng = random.Random(20261124)
    seen = {True: 0, False: 0, None: 0}
    for _ in range(INPUTS // 100):
        text = condition(rng, 3)
        mine, theirs = ours(text), oracle(text)
        for _ in range(100):
            given = facts(rng)
            answer = mine(given)
            assert answer == theirs(given), f"{text} on {given}"
            seen[answer] += 1
    assert sum(seen.values()) == INPUTS
    assert min(seen.values()) > INPUTS // 100, f"the inputs are one-sided: {seen}"
