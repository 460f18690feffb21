"""What a country's law says of the facts of one leg: a range of verdicts, and for each rule a state.

The range runs from the highest effect that applies to the highest that may.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from biopact.rules.language.model import Effect, Rank, Rule, Status
from biopact.rules.traced.compile import Env
from biopact.rules.traced.inforce import InForce, States

__all__ = ["Judgement", "RuleState", "judge"]

State = Literal["applies", "may-apply", "defeated", "pending", "uncertain"]


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule whose condition is not false: whether it applies, may, is defeated, or only warns."""

    rule: Rule
    state: State
    defeated_by: tuple[str, ...] = ()
    doubted_by: tuple[str, ...] = ()  # uncertain exceptions that would defeat it


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one country's law says of one leg."""

    jurisdiction: str
    low: Rank
    high: Rank
    because: str  # no-rule-found | none-applies | excepted | rules
    review: bool
    states: tuple[RuleState, ...]

    @property
    def verdict(self) -> str:
        """A verdict word, or ``undetermined`` where the range is open."""
        return self.low.word if self.low == self.high else "undetermined"


def judge(in_force: InForce, env: Env, jurisdiction: str, states: States | None = None) -> Judgement:
    """What one country's law says of the facts of a leg."""
    found = in_force.states(env) if states is None else states
    low, high = in_force.bounds(found, jurisdiction)
    told = []
    in_scope = False
    for index, compiled in enumerate(in_force.rules):
        if jurisdiction not in compiled.jurisdictions:
            continue
        in_scope = in_scope or compiled.rule.instrument in found.in_scope
        if found.conditions[index] is not False and (
            compiled.rule.effect is not Effect.EXCEPT or _bears(in_force, found, index)
        ):
            told.append(_told(in_force, found, index))
    return Judgement(
        jurisdiction, low, high, _because(low, high, told, in_scope), _review(in_force, told, low, high), tuple(told)
    )


def _bears(in_force: InForce, states: States, index: int) -> bool:
    """Whether an exception has anything to except: a provision whose condition is not false, or an exception to one."""
    return any(
        states.conditions[target] is not False
        and (in_force.rules[target].rule.effect is not Effect.EXCEPT or _bears(in_force, states, target))
        for target in in_force.targets[index]
    )


def _told(in_force: InForce, states: States, index: int) -> RuleState:
    compiled = in_force.rules[index]
    beaten = tuple(in_force.rules[i].rule.id for i in compiled.defeated_by if states.applies[i] is True)
    doubts = tuple(
        in_force.rules[i].rule.id
        for i in compiled.defeated_by
        if in_force.rules[i].rule.status is Status.UNCERTAIN and states.conditions[i] is not False
    )
    if compiled.rule.status is Status.UNCERTAIN:
        return RuleState(compiled.rule, "uncertain")
    if compiled.period == "pending":
        return RuleState(compiled.rule, "pending")
    applies = states.applies[index]
    state: State = "applies" if applies is True else "may-apply" if applies is None else "defeated"
    return RuleState(compiled.rule, state, beaten, doubts)


def _because(low: Rank, high: Rank, told: Iterable[RuleState], in_scope: bool) -> str:
    if high > Rank.CLEAR or low > Rank.CLEAR:
        return "rules"
    if any(it.state == "defeated" and it.rule.rank > Rank.CLEAR for it in told):
        return "excepted"
    return "none-applies" if in_scope else "no-rule-found"


def _review(in_force: InForce, told: Iterable[RuleState], low: Rank, high: Rank) -> bool:
    """Whether the verdict rests on anything that was not well checked, or something uncertain would change it."""
    for it in told:
        rank = in_force.rank(it.rule)
        limits = it.rule.effect is Effect.LIMIT  # has a number to be confirmed, whatever the verdict
        if it.state == "uncertain" and it.rule.effect is not Effect.EXCEPT and (rank > high or limits):
            return True
        if it.state in ("applies", "may-apply") and Rank.CLEAR < rank >= low and (it.rule.weak or it.doubted_by):
            return True
        beaten_by = [rule for by in it.defeated_by for rule in in_force.ruleset.rules[by]]
        if it.state == "defeated" and rank > low and all(rule.weak for rule in beaten_by):
            return True
    return False
