"""``law lint``, ``law mutate`` and ``law diff``: the law as a thing to be proved and compared."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import leave
from biopact.cli.deciding import print_json
from biopact.cli.options import AsJson, AsOf, InLang, Packs, day
from biopact.errors import MissingExtraError, UsageError
from biopact.text import say

if TYPE_CHECKING:
    from biopact.decide.linting import Shown
    from biopact.decide.mutating import Outcome

EVERY = 100  # changes between two words on how far it is


def _needs_z3() -> None:
    """Raise MissingExtraError where the prover is not installed."""
    try:
        import z3  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError("z3-solver", "lint") from error


def lint(
    law: Packs = [],  # noqa: B006 typer copies it
    gaps: Annotated[bool, typer.Option("--gaps/--no-gaps", help=say("cli.option.gaps"))] = True,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Look the law over for what cannot happen, and for what it does not speak of."""
    _needs_z3()
    from biopact.decide.linting import look_over
    from biopact.law import the_law

    del lang
    rules = the_law(law)
    on = as_of or datetime.date.today()
    found = list(look_over(rules, on, gaps))
    faults = sum(shown.fault for shown in found)
    if as_json:
        told = [_finding(shown) for shown in found]
        print_json({"schema": "biopact.law-lint/1", "law": rules.digest, "as_of": on.isoformat(), "findings": told})
    else:
        for shown in found:
            _print(shown)
        print(say("lint.done", faults=faults, notes=len(found) - faults))
    leave(1 if faults else 0)


def _finding(shown: Shown) -> dict[str, Any]:
    finding = shown.finding
    return {
        "kind": finding.kind,
        "fault": shown.fault,
        "about": list(finding.about),
        "jurisdiction": finding.jurisdiction,
        "pact": shown.pact,
        "confirmed": shown.confirmed,
    }


def _print(shown: Shown) -> None:
    finding = shown.finding
    first, *rest = finding.about
    if finding.kind == "gap":
        way, kind, *parts = finding.about
        values = {
            "way": say(f"lint.way.{way}"),
            "kind": kind,
            "parts": ", ".join(parts).replace("-", "–", parts == ["-"]),
        }
        code = "lint.gap-parts" if parts else "lint.gap"
        print(say(code, country=finding.jurisdiction, **values))
    else:
        print(say(f"lint.{finding.kind}", rule=first, others=", ".join(rest)))
    if shown.pact is not None:
        print(_indented(shown.pact))
        if not shown.confirmed:
            print(f"    # {say('lint.unconfirmed')}")


def _indented(pact: Mapping[str, Any]) -> str:
    from biopact.decide.witness import as_yaml

    return "\n".join(f"    {line}" for line in as_yaml(pact).splitlines())


def mutate(
    law: Packs = [],  # noqa: B006
    only: Annotated[str | None, typer.Option("--only", metavar="ID", help=say("cli.option.only"))] = None,
    sample: Annotated[int | None, typer.Option("--sample", min=1, metavar="N", help=say("cli.option.sample"))] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help=say("cli.option.seed"))] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help=say("cli.option.jobs"))] = 1,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Change the law in small ways, and say which changes no case notices."""
    _needs_z3()
    from biopact.decide.mutating import mutate as tried
    from biopact.law import folders, the_law

    del lang
    rules = the_law(law)
    if only is not None and not any(rule.startswith(only) for rule in rules.rules):
        raise UsageError("lint.nothing-chosen", None, only=only)
    done = tried(
        rules,
        folders(law),
        as_of or datetime.date.today(),
        chosen=lambda mutant: only is None or mutant.where.startswith(only),
        told=_progress,
        sample=sample,
        seed=seed,
        jobs=jobs,
    )
    if as_json:
        drawn = {"sample": sample, "seed": None if sample is None else seed}
        print_json({"schema": "biopact.law-mutate/1", "law": rules.digest} | drawn | _counts(done))
    else:
        _print_missed(done, rules)
    leave(1 if done.missed else 0)


def _progress(done: int, of: int) -> None:
    if done % EVERY == 0:
        print(say("lint.progress", count=done, of=of), file=sys.stderr)


def _counts(done: Outcome) -> dict[str, Any]:
    missed = [
        {
            "part": it.mutant.part,
            "id": it.mutant.where,
            "kind": it.mutant.kind,
            "change": it.mutant.change,
            "pact": it.pact,
        }
        for it in done.missed
    ]
    return {"mutants": done.count, "caught": done.caught, "missed": missed, "no_flow_can_tell": done.same}


def _print_missed(done: Outcome, rules: Any) -> None:
    for it in done.missed:
        mutant = it.mutant
        print(say("lint.missed", id=mutant.where, kind=say(f"lint.mutant.{mutant.kind}"), change=mutant.change))
        cite = next((rule.cite for rule in rules.rules.get(mutant.where, ())), mutant.where)
        print(f"    - case: {say('lint.to-be-written', cite=cite)}")
        print(f"      as_of: {it.pact.get('as_of', '')}")
        inside = {key: value for key, value in it.pact.items() if key in ("parties", "items", "flows", "note")}
        print("      pact:")
        print("\n".join(f"    {line}" for line in _indented(inside).splitlines()))
        print(f"      expect: {{}}  # {say('lint.expected-by-a-person', cite=cite)}")
    print(say("lint.mutated", mutants=done.count, caught=done.caught, missed=len(done.missed), same=done.same))


def diff(
    days: Annotated[list[str], typer.Argument(metavar="[DAY DAY]", help=say("cli.argument.days"))] = [],  # noqa: B006
    options: Annotated[list[Path], typer.Option("--option", metavar="FILE", help=say("cli.option.option"))] = [],  # noqa: B006
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """What the law says on a second day that it did not on a first; or what options change."""
    _needs_z3()
    from biopact.decide.differing import between_days, between_laws
    from biopact.law import the_law
    from biopact.rules import patched, read_option

    del lang
    rules = the_law(law)
    if bool(days) == bool(options) or len(days) not in (0, 2) or len(options) > 2:
        raise UsageError("lint.diff-what", None)
    if days:
        first, second = day(days[0]), day(days[1])
        found, names = between_days(rules, first, second), (first.isoformat(), second.isoformat())
    else:
        laws = [patched(rules, read_option(path)).rules for path in options]
        one, other = (laws[0], laws[1]) if len(laws) == 2 else (rules, laws[0])
        found = between_laws(one, other, as_of or datetime.date.today())
        names = (options[0].stem, options[1].stem) if len(laws) == 2 else (say("lint.the-law"), options[0].stem)
    changes = [{"what": it.what, "name": it.name, "before": it.before, "after": it.after} for it in found.changes]
    if as_json:
        verdicts = None if found.verdicts is None else dict(zip(("before", "after"), found.verdicts, strict=True))
        print_json({"schema": "biopact.law-diff/1", "changes": changes, "pact": found.pact, "verdicts": verdicts})
        return
    for it in changes:
        print(f"{it['name']}: {_shown(it['before'])} → {_shown(it['after'])}")
    if found.verdicts is None or found.pact is None:
        print(say("lint.diff-same", one=names[0], other=names[1]))
        return
    print(say("lint.diff-flow"))
    print(_indented(found.pact))
    for name, told in zip(names, found.verdicts, strict=True):
        print(f"{name}: " + ", ".join(f"{country} {say(f'terminal.verdict.{word}')}" for country, word in told.items()))


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)
