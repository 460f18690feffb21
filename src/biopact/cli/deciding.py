"""``check``, ``explain`` and ``ask``: a pact under the law."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import leave
from biopact.cli.options import AsJson, AsOf, InLang, Packs
from biopact.errors import UsageError
from biopact.text import say

if TYPE_CHECKING:
    from biopact.pact import Flow, Pact
    from biopact.rules.ruleset import RuleSet

PactFolder = Annotated[Path, typer.Argument(metavar="PACT", help=say("cli.argument.pact"))]
FlowId = Annotated[str, typer.Argument(metavar="FLOW", help=say("cli.argument.flow"))]
MaybeFlow = Annotated[str | None, typer.Argument(metavar="[FLOW]", help=say("cli.argument.one-flow"))]


def read_with_law(folder: Path, packs: list[Path]) -> tuple[Pact, RuleSet]:
    """The pact of a folder and the law it is read under."""
    from biopact.decide import read
    from biopact.law import the_law

    law = the_law(packs)
    return read(folder, law), law


def chosen(pact: Pact, flow: str) -> Flow:
    """A flow of a pact by id. Raises UsageError with the nearest."""
    if flow not in pact.flows:
        from biopact.rules.language.facts import nearest

        near = nearest(flow, pact.flows) or ", ".join(pact.flows)
        raise UsageError("cli.no-such-flow", None, flow=flow, near=near)
    return pact.flows[flow]


def check(
    pact: PactFolder,
    flow: MaybeFlow = None,
    exact: Annotated[bool, typer.Option("--exact", help=say("cli.option.exact"))] = False,
    law: Packs = [],  # noqa: B006 typer copies it
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Judge every flow (or one) under both countries' law."""
    from biopact.decide import as_json as answer
    from biopact.decide import check as judged

    del lang
    read, rules = read_with_law(pact, law)
    told = judged(read, rules, as_of, [chosen(read, flow).id] if flow else None, exact)
    if as_json:
        print_json(answer(told))
    else:
        from biopact.report.terminal_law import show_check

        show_check(answer(told), titles_of(read), sys.stdout, whole=flow is not None)
    leave(told.exit_code)


def explain(
    pact: PactFolder,
    flow: FlowId,
    rule: Annotated[str | None, typer.Option("--rule", help=say("cli.option.rule"))] = None,
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Tell why a flow is decided as it is: every rule, its condition part by part, the facts found."""
    from biopact.decide import check as judged
    from biopact.decide.explaining import explained

    del lang
    read, rules = read_with_law(pact, law)
    told = judged(read, rules, as_of, [chosen(read, flow).id])
    reasons = explained(told[flow], rules, rule=rule)
    if as_json:
        print_json(reasons)
    else:
        from biopact.report.terminal_law import show_explanation

        show_explanation(reasons, titles_of(read), sys.stdout)


def ask(
    pact: PactFolder,
    flow: FlowId,
    given: Annotated[list[str], typer.Option("--set", metavar="FACT=VALUE", help=say("cli.option.set"))] = [],  # noqa: B006
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Say what to find out next; ``--set`` tries an answer."""
    from biopact.decide.answer import flow_as_json
    from biopact.decide.determine import check_flow
    from biopact.decide.facts import Desk
    from biopact.rules.traced.inforce import prepared

    del lang
    read, rules = read_with_law(pact, law)
    day = as_of or read.as_of or datetime.date.today()
    facts = dict(_given(word, rules) for word in given)
    told = check_flow(Desk(read, rules, day), chosen(read, flow), day, prepared(facts))
    answer = flow_as_json(told)
    if as_json:
        print_json(
            {"schema": "biopact.ask/1"}
            | {key: answer[key] for key in ("id", "verdict", "between", "readiness", "missing")}
        )
    else:
        from biopact.report.terminal_law import show_questions

        show_questions(answer, titles_of(read), sys.stdout)


def _given(word: str, rules: RuleSet) -> tuple[str, Any]:
    """A typed fact from ``fact=value``; the value is read as YAML."""
    from biopact.errors import InputError, Place
    from biopact.marked import parse
    from biopact.rules.language.facts import FactFault, nearest

    name, equals, text = word.partition("=")
    fact = rules.vocabulary.find(name)
    if not equals or not text.strip() or fact is None:
        known = {
            f"{role}.{f.name}" for f in rules.vocabulary.facts.values() for role in (f.subject, "sender", "recipient")
        }
        raise UsageError(
            "cli.no-such-fact", None, found=word, near=nearest(name, known) or "flow.purpose=scientific-research"
        )
    try:
        return name, fact.admit(parse(text, "--set", InputError).value)
    except InputError as error:
        raise UsageError(error.code, Place("--set"), **error.values) from None
    except FactFault as fault:
        raise UsageError(fault.code, None, **fault.values | {"fact": name, "found": text}) from None


def titles_of(pact: Pact) -> dict[str, Any]:
    """The names of a pact's own things in both languages, for tables: pact, parties, items, flows."""
    return {
        "pact": pact.title,
        "notice": pact.notice,
        "parties": {party.id: party.name for party in pact.parties.values()},
        "items": {item.id: item.name for item in pact.items.values()},
        "flows": {flow.id: flow.title for flow in pact.flows.values()},
    }


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))
