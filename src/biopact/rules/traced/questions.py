"""What to ask next, and whether the answer is settled although facts are missing (the exact mode).

Strong Kleene logic is sound but not complete: a verdict may be open although every completion of the missing facts
agrees. The exact mode goes through the completions, one value for each stretch of values that no condition tells apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from biopact.rules.language.model import Rank
from biopact.rules.traced.compile import Env
from biopact.rules.traced.explain import trace_rule
from biopact.rules.traced.inforce import InForce, States
from biopact.rules.traced.possible import possible_values

__all__ = ["Question", "ask", "exact_range", "open_facts", "with_value"]

MOST_COMPLETIONS = 100_000


@dataclass(frozen=True, slots=True)
class Question:
    """A missing fact that can still change the verdict, and the share of its values that would settle it."""

    fact: str
    settles: float


def ask(in_force: InForce, env: Env, jurisdictions: Sequence[str]) -> list[Question]:
    """The missing facts that can still matter, the one that settles the verdict most often first."""
    before = in_force.states(dict(env))
    now = _range(in_force, before, jurisdictions)
    if now[0] == now[1]:
        return []
    asked = []
    for order, fact in enumerate(open_facts(in_force, env, jurisdictions)):
        name = fact.partition("[")[0]
        ranges = [
            _range(in_force, in_force.applied_with(before, with_value(env, fact, value), name), jurisdictions)
            for value in possible_values(in_force, fact, env) or ()
        ]
        settled = sum(low == high for low, high in ranges) / max(1, len(ranges))
        narrowed = sum(now[1] - now[0] - (high - low) for low, high in ranges) / max(1, len(ranges))
        asked.append((-settled, -narrowed, order, Question(fact, settled)))
    return [question for *_, question in sorted(asked, key=lambda it: it[:3])]


def open_facts(in_force: InForce, env: Env, jurisdictions: Iterable[str]) -> list[str]:
    """Missing facts read by rules that may apply and would then change the verdict, or by what may defeat those."""
    states = in_force.states(dict(env))
    wanted: list[int] = []
    for jurisdiction in jurisdictions:
        low, _ = in_force.bounds(states, jurisdiction)
        wanted += [
            index
            for index, compiled in enumerate(in_force.rules)
            if states.applies[index] is None
            and jurisdiction in compiled.jurisdictions
            and in_force.rank(compiled.rule) > low
        ]
    found: dict[str, None] = {}
    seen: set[int] = set()
    while wanted:
        index = wanted.pop(0)
        if index in seen:
            continue
        seen.add(index)
        found |= dict.fromkeys(trace_rule(in_force, in_force.rules[index].rule, dict(env)).open_facts())
        wanted += [defeater for defeater in in_force.rules[index].defeated_by if states.applies[defeater] is None]
    return list(found)


def exact_range(
    in_force: InForce, env: Env, jurisdictions: Sequence[str], most: int = MOST_COMPLETIONS
) -> tuple[Rank, Rank] | None:
    """The range of verdicts over all completions of the missing facts; None where there are more than ``most``."""
    states = in_force.states(dict(env))
    rules = frozenset(index for index, condition in enumerate(states.conditions) if condition is None)
    compared = in_force.compared_by(rules)
    names = _read(in_force, env, rules)
    if not names:
        return _range(in_force, states, jurisdictions)
    choices = []
    total = 1
    for name in names:
        values = possible_values(in_force, name, env, compared, most)
        total *= max(1, len(values or ()))
        if values is None or total > most:
            return None
        choices.append(values)
    low, high = Rank.PROHIBITED, Rank.CLEAR
    for chosen in product(*choices):
        completed = dict(env)
        for name, value in zip(names, chosen, strict=True):
            completed = with_value(completed, name, value)
        found = _overall(in_force, completed, jurisdictions)
        if found[0] != found[1]:  # a member chosen here opened a further key: complete that too
            deeper = exact_range(in_force, completed, jurisdictions, most // max(1, total))
            if deeper is None:
                return None
            found = deeper
        low, high = min(low, found[0]), max(high, found[1])
        if low is Rank.CLEAR and high is Rank.PROHIBITED:
            break
    return low, high


def _read(in_force: InForce, env: Env, rules: Iterable[int]) -> list[str]:
    """The missing facts that keep the conditions of some rules open."""
    found: dict[str, None] = {}
    for index in sorted(rules):
        found |= dict.fromkeys(trace_rule(in_force, in_force.rules[index].rule, dict(env)).open_facts())
    return list(found)


def _overall(in_force: InForce, env: Env, jurisdictions: Iterable[str]) -> tuple[Rank, Rank]:
    return _range(in_force, in_force.states(dict(env)), jurisdictions)


def _range(in_force: InForce, states: States, jurisdictions: Iterable[str]) -> tuple[Rank, Rank]:
    ranges = [in_force.bounds(states, jurisdiction) for jurisdiction in jurisdictions]
    return max((low for low, _ in ranges), default=Rank.CLEAR), max((high for _, high in ranges), default=Rank.CLEAR)


def with_value(env: Env, reference: str, value: Any) -> Env:
    """The facts with one of them set; ``flow.count[key]`` sets one key."""
    name, _, key = reference.partition("[")
    fresh = {known: found for known, found in env.items() if not known.startswith("#")}
    if key:
        before = fresh.get(name)
        fresh[name] = {**(before if isinstance(before, Mapping) else {}), key.rstrip("]"): value}
    else:
        fresh[name] = value
    return fresh
