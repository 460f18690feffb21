"""The law looked over: what is wrong with it or silent in it, each with a pact that shows it and what ``check`` says of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from biopact.decide.determine import check
from biopact.decide.proving import Flows
from biopact.decide.reading import PactVocabulary
from biopact.decide.witness import as_pact
from biopact.errors import BiopactError
from biopact.marked import Marked
from biopact.pact import from_marked
from biopact.rules.proof.lint import FAULTS, Finding, lint
from biopact.rules.proof.prove import Prover
from biopact.rules.ruleset import RuleSet

__all__ = ["Shown", "look_over", "seen"]


ROUNDS = 4
_STRENGTH = ("pending", "uncertain", "defeated", "may-apply", "applies")


@dataclass(frozen=True)
class Shown:
    """A finding, the pact that shows it, and whether judging that pact shows the same."""

    finding: Finding
    pact: dict[str, Any] | None
    confirmed: bool | None

    @property
    def fault(self) -> bool:
        """Whether it is a fault of the law as written, or only a note."""
        return self.finding.kind in FAULTS


def look_over(law: RuleSet, day: datetime.date, gaps: bool = True) -> Iterator[Shown]:
    """Every finding of a law (or all but its ``gaps``); its flows are on ``day`` where they can be."""
    flows = Flows(law, day)
    prover = flows.prover()
    for finding in lint(flows.program, prover, flows.shapes() if gaps else [], day, flows.rebuild):
        pact = None if finding.flow is None else as_pact(finding.flow, law)
        if pact is not None and finding.kind == "gap":
            pact = _spelled_out(finding, pact, flows, prover)
        yield Shown(finding, pact, None if pact is None else _confirmed(finding, pact, law))


def _spelled_out(finding: Finding, pact: dict[str, Any], flows: Flows, prover: Prover) -> dict[str, Any]:
    """The pact with the facts that rules it leaves open ask about, so that it is decided."""
    for _ in range(ROUNDS):
        still_open = {rule for rule, state in seen(pact, flows.law).items() if state == "may-apply"}
        if not still_open:
            break
        show = [entry.condition for entry in flows.program.entries if entry.rule.id in still_open]
        found = prover.find(*finding.wanted, near=flows.day, show=show)
        assert found is not None, "it was found before"
        pact = as_pact(found, flows.law)
    return pact


def seen(pact: dict[str, Any], law: RuleSet) -> dict[str, str]:
    """Of each rule that bears on the one flow of a pact its state, and of each country its verdict. Empty: not a pact."""
    try:
        read = from_marked(Marked(pact, "witness", {}), None, PactVocabulary(law.vocabulary))
        told = check(read, law).flows[0]
    except BiopactError:
        return {}
    states: dict[str, str] = {}
    for state in (state for it in told.jurisdictions.values() for state in it.rules):
        before = states.get(state.rule.id, _STRENGTH[0])  # of several periods of a rule the one that says most
        states[state.rule.id] = max(before, state.state, key=_STRENGTH.index)
    return states | {name: f"{it.low.word} {it.high.word}" for name, it in told.jurisdictions.items()}


def _confirmed(finding: Finding, pact: dict[str, Any], law: RuleSet) -> bool:
    states = seen(pact, law)
    match finding.kind:
        case "gap":
            return states.get(finding.jurisdiction or "") == "clear clear"
        case "never-applies":
            return states.get(finding.about[0]) == "defeated"
        case "subsumed" | "always-together" | "together":
            return all(states.get(rule) == "applies" for rule in finding.about[:2])
    return False
