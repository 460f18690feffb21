"""``study try`` and ``study plan``: a study before anything of it is released."""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from biopact.cli.app import group, leave
from biopact.cli.deciding import PactFolder, print_json, read_with_law, titles_of
from biopact.cli.options import AsJson, AsOf, InLang, Packs, State
from biopact.cli.progress import end_progress, show_progress
from biopact.errors import UsageError
from biopact.text import language, say

study = group()
_SITE = re.compile(r"[^\W_][\w.-]{0,79}\Z")  # what a pact admits as a party's id
_OURS = ("all", "public")
DEFAULT_MIN_CELL = 10


@study.command("try", help=say("cli.study.try"))
def try_(
    file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help=say("cli.argument.study-file"))],
    site: Annotated[list[str], typer.Option("--site", metavar="NAME=FILE", help=say("cli.option.site"))] = [],  # noqa: B006 typer copies it
    country: Annotated[list[str], typer.Option("--country", metavar="NAME=CODE", help=say("cli.option.country"))] = [],  # noqa: B006
    min_cell: Annotated[
        int | None, typer.Option("--min-cell", min=0, metavar="N", help=say("cli.option.min-cell"))
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=say("cli.option.trial-out"))] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Run a study on files you hold yourself; nothing is released."""
    from biopact.report.trial import titles_of_study, write_trial
    from biopact.study.spec import read_study
    from biopact.study.trial import try_study

    del lang
    files = {name: Path(path) for name, path in _pairs(site, "--site").items()}
    countries = _pairs(country, "--country")
    if not files:
        raise UsageError("cli.no-site", None)
    for name in countries:
        if name not in files:
            raise UsageError("cli.country-of-nobody", None, name=name, known=", ".join(files))
    if out is not None:
        from biopact.report.files import check_target

        check_target(out)
    asked = read_study(file)
    least = min_cell if min_cell is not None else asked.min_cell or DEFAULT_MIN_CELL
    day = as_of or datetime.date.today()
    results = try_study(asked, files, min_cell=least, countries=countries, as_of=day, progress=show_progress)
    end_progress()
    told = results.to_dict()
    written = write_trial(asked, results, least, out, language()) if out is not None else []
    if as_json:
        print_json(told)
    else:
        from biopact.report.terminal_results import show_results
        from biopact.report.terminal_study import show_readiness, show_trial

        titles = titles_of_study(asked)
        show_trial(told, titles, least, sys.stdout)
        show_readiness(told.get("readiness"), titles, sys.stdout)
        show_results(told, titles, sys.stdout)
        for path in written:
            print(path)
    leave(1 if results.failed else 0)


@study.command("plan", help=say("cli.study.plan"))
def plan_(
    pact: PactFolder,
    study: Annotated[str | None, typer.Argument(metavar="[STUDY]", help=say("cli.argument.study"))] = None,
    state: State = None,
    law: Packs = [],  # noqa: B006 typer copies it
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Say what a run would ask each site, which rules bind, and what would be refused; nothing is released."""
    from biopact.study.planning import plan

    del lang
    read, rules = read_with_law(pact, law)
    told = plan(read, study, law=rules, as_of=as_of, state=state, progress=show_progress)
    end_progress()
    if as_json:
        print_json(told.to_dict())
    else:
        from biopact.report.terminal_study import show_plan
        from biopact.report.trial import titles_of_study

        show_plan(told.to_dict(), {**titles_of(read), **titles_of_study(told.study)}, sys.stdout)
    leave(told.exit_code)


def _pairs(written: list[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` options by name. Raises UsageError where one is written otherwise, or a name twice."""
    found: dict[str, str] = {}
    for word in written:
        name, given, value = word.partition("=")
        if not given or not value or not _SITE.match(name) or name in _OURS:
            raise UsageError("cli.odd-pair", None, option=option, found=word[:80])
        if name in found:
            raise UsageError("cli.name-twice", None, option=option, name=name)
        found[name] = value
    return found
