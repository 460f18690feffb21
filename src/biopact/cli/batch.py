"""``batch``: verdicts for a table of flows."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biopact.cli.app import leave
from biopact.cli.deciding import print_json
from biopact.cli.options import AsJson, AsOf, InLang, Packs
from biopact.errors import MissingExtraError
from biopact.text import say

if TYPE_CHECKING:
    from biopact.decide.batch.running import Report


def batch(
    flows: Annotated[Path, typer.Argument(metavar="FLOWS", help=say("cli.argument.flows"))],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=say("cli.option.verdicts"))],
    rules: Annotated[bool, typer.Option("--rules", help=say("cli.option.rule-columns"))] = False,
    strict: Annotated[bool, typer.Option("--strict", help=say("cli.option.strict"))] = False,
    law: Packs = [],  # noqa: B006 typer copies it
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Judge every flow of a table, and write a table of verdicts."""
    try:
        from biopact.decide.batch.running import run
    except ModuleNotFoundError as error:
        raise MissingExtraError("polars", "batch") from error
    from biopact.law import the_law

    del lang
    told = run(flows, out, the_law(law), as_of or datetime.date.today(), rules)
    _tell(told)
    if as_json:
        print_json(told.as_json() | {"out": str(out)})
    else:
        print(say("batch.done", flows=told.flows, rows=told.rows, out=str(out)))
        for word, count in told.verdicts.items():
            print(f"  {count:>12,}  {say(f'terminal.verdict.{word}')}")
    leave(3 if strict and (told.invalid or told.strange) else 0)


def _tell(told: Report) -> None:
    """What was not taken as it stood, on standard error."""
    for name, near in told.strange.items():
        code = "batch.unknown-column" if near is None else "batch.unknown-column-near"
        print(say(code, column=name, near=near), file=sys.stderr)
    for name, count in told.invalid.items():
        print(say("batch.invalid", column=name, count=count), file=sys.stderr)
    if told.invalid_flows:
        print(say("batch.invalid-flows", count=told.invalid_flows), file=sys.stderr)
