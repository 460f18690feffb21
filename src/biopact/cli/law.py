"""``law``: the law itself, listed, shown and tested."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from biopact.cli.app import group, leave
from biopact.cli.deciding import print_json
from biopact.cli.lawbook import register
from biopact.cli.options import AsJson, AsOf, InLang, Packs
from biopact.cli.proving import diff, lint, mutate
from biopact.errors import UsageError
from biopact.text import pick, say

app = group()


@app.command("list", help=say("cli.law.list"))
def list_(
    country: Annotated[
        str | None, typer.Option("--country", metavar="US|KR|INT", help=say("cli.option.country"))
    ] = None,
    law: Packs = [],  # noqa: B006 typer copies it
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Every instrument with its rules."""
    from biopact.law import the_law

    del lang
    rules = the_law(law)
    told: list[dict[str, Any]] = [
        {
            "instrument": instrument.id,
            "jurisdiction": instrument.jurisdiction,
            "title": pick(instrument.title),
            "citation": instrument.citation,
            "rules": [
                {"id": rule.id, "cite": rule.cite, "effect": rule.effect.value, "title": pick(rule.title)}
                for rule in instrument.rules
            ],
        }
        for instrument in rules.instruments
        if country is None or instrument.jurisdiction == country.upper()
    ]
    if as_json:
        print_json({"schema": "biopact.law-list/1", "law": rules.digest, "instruments": told})
        return
    for instrument in told:
        print(f"{instrument['instrument']}  {instrument['title']} ({instrument['citation']})")
        for rule in instrument["rules"]:
            print(f"  {rule['id']}  [{say('cli.effect.' + rule['effect'])}]  {rule['title']} ({rule['cite']})")


@app.command("show", help=say("cli.law.show"))
def show(
    rule: Annotated[str, typer.Argument(metavar="RULE", help=say("cli.argument.rule"))],
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """One rule: its text, dates, what it defeats, how it was checked, its cases."""
    from biopact.law import folders, the_law
    from biopact.rules.language.facts import nearest

    del lang
    rules = the_law(law)
    if rule not in rules.rules:
        raise UsageError("cli.no-such-rule", None, rule=rule, near=nearest(rule, rules.rules) or "biopact law list")
    from biopact.decide.lawbook import entry
    from biopact.law import topics

    told = entry(rules, rule, folders(law), as_of or datetime.date.today(), topics=topics.read(rules))
    if as_json:
        print_json(told)
    else:
        from biopact.report.terminal_law import show_rule

        show_rule(told, sys.stdout)
        for topic in told["topics"]:
            print(say("lawbook.topic", title=topic["title"], relation=say(f"lawbook.relation.{topic['relation']}")))
            for other in topic["beside"]:
                print(f"  · {other}")


@app.command("test", help=say("cli.law.test"))
def run_cases(
    law: Packs = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Run every case, and say which rules no case covers."""
    from biopact.decide.cases import test_law
    from biopact.law import folders, the_law

    del lang
    rules = the_law(law)
    done = test_law(rules, folders(law))
    uncovered = {
        "never_applies": list(done.never_applies),
        "always_applies": list(done.always_applies),
        "never_defeated": list(done.never_defeated),
    }
    if as_json:
        failed = [
            {"case": it.case.sentence, "where": str(it.case.place), "differences": list(it.differences)}
            for it in done.failed
        ]
        counts = {"rules": len(rules.rules), "cases": len(done.results), "failed": failed, "uncovered": uncovered}
        print_json({"schema": "biopact.law-test/1", "law": rules.digest} | counts)
    else:
        for it in done.failed:
            print(f"{_relative(it.case.place.file)}:{it.case.place.line}: {it.case.sentence}")
            for difference in it.differences:
                print(f"    {difference}")
        for kind, ids in uncovered.items():
            for rule_id in ids:
                print(say(f"cli.law.{kind.replace('_', '-')}", rule=rule_id))
        print(say("cli.law.tested", rules=len(rules.rules), cases=len(done.results), failed=len(done.failed)))
        if done.passed:
            print(say("cli.law.covered"))
    leave(0 if done.passed else 1)


app.command("lint", help=say("cli.law.lint"))(lint)
app.command("mutate", help=say("cli.law.mutate"))(mutate)
app.command("diff", help=say("cli.law.diff"))(diff)


def _relative(file: object) -> Path:
    path = Path(str(file))
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


register(app)
