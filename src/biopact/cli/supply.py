"""``supply``: stress, solve, show. A chain as tables: what fails first, and what a joint policy would buy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import group
from biopact.cli.deciding import print_json
from biopact.cli.options import AsJson, AsOf, InLang, Packs
from biopact.errors import UsageError
from biopact.text import say

if TYPE_CHECKING:
    from biopact.supply.network.checks import Finding
    from biopact.supply.scenarios.stress import Step

app = group()

NetworkPath = Annotated[Path, typer.Argument(metavar="NETWORK", help=say("cli.argument.network"))]
Named = Annotated[str | None, typer.Option("--network", metavar="NAME", help=say("cli.option.network"))]
Weeks = Annotated[int, typer.Option("--weeks", min=1, max=1040, help=say("cli.option.weeks"))]
NoLaw = Annotated[bool, typer.Option("--no-law", help=say("cli.option.no-law"))]
Strict = Annotated[list[str], typer.Option("--strict", metavar="CHECK", help=say("cli.option.strict-check"))]


@app.command("stress", help=say("cli.supply.stress"))
def stress_command(
    network: NetworkPath,
    name: Named = None,
    weeks: Weeks = 104,
    no_pairs: Annotated[bool, typer.Option("--no-pairs", help=say("cli.option.no-pairs"))] = False,
    no_law: NoLaw = False,
    no_policies: Annotated[bool, typer.Option("--no-policies", help=say("cli.option.no-policies"))] = False,
    no_ranges: Annotated[bool, typer.Option("--no-ranges", help=say("cli.option.no-ranges"))] = False,
    samples: Annotated[int, typer.Option("--samples", min=0, max=100_000, help=say("cli.option.samples"))] = 0,
    rank: Annotated[str, typer.Option("--rank", metavar="loss|weeks|tts", help=say("cli.option.rank"))] = "loss",
    hits: Annotated[Path | None, typer.Option("--hits", metavar="FILE", help=say("cli.option.hits"))] = None,
    budget: Annotated[float | None, typer.Option("--budget", metavar="USD", help=say("cli.option.budget"))] = None,
    every_budget: Annotated[bool, typer.Option("--frontier", help=say("cli.option.frontier"))] = False,
    aim: Annotated[str, typer.Option("--aim", metavar="worst|expected", help=say("cli.option.aim"))] = "worst",
    delay: Annotated[float, typer.Option("--delay", metavar="YEARS", help=say("cli.option.delay"))] = 0.0,
    hazard: Annotated[float, typer.Option("--hazard", help=say("cli.option.hazard"))] = 0.02,
    rate: Annotated[float, typer.Option("--rate", help=say("cli.option.rate"))] = 0.03,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=say("cli.option.brief"))] = None,
    strict: Strict = [],  # noqa: B006 typer copies it
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Every single failure, pair and event."""
    from biopact.supply.analyses.running import Asked, find_network, run

    del lang
    for option, value in (("--delay", delay), ("--hazard", hazard), ("--rate", rate), ("--budget", budget or 0.0)):
        if not 0 <= value < float("inf"):
            raise UsageError("supply.negative", None, name=option, found=f"{value:g}")
    if rank not in ("loss", "weeks", "tts"):
        raise UsageError("supply.unknown-rank", None, found=rank)
    asked = Asked(
        weeks=weeks, pairs=not no_pairs, law=not no_law, policies=not no_policies, ranges=not no_ranges, samples=samples,
        rank=rank, strict=strict, hits=hits, budget=budget, frontier=every_budget, aim=aim, delay=delay, hazard=hazard,
        rate=rate, packs=law, as_of=as_of,
    )  # fmt: skip
    found = run(find_network(network, name), asked, _Progress())
    _Progress.end()
    written: list[Path] = []
    if out is not None:
        from biopact.supply.telling.files import write_all

        written = write_all(found, asked, out)
    if as_json:
        from biopact.supply.telling.answer import run_as_json

        print_json(run_as_json(found))
        return
    from biopact.cli.supply_tables import show_stress

    tell_warnings(found.warnings)
    show_stress(found, asked, sys.stdout)
    for path in written:
        print(path)


@app.command("solve", help=say("cli.supply.solve"))
def solve_command(
    network: NetworkPath,
    name: Named = None,
    down: Annotated[list[str], typer.Option("--down", metavar="SITE|EVENT", help=say("cli.option.down"))] = [],  # noqa: B006
    policy: Annotated[list[str], typer.Option("--policy", metavar="POLICY", help=say("cli.option.policy"))] = [],  # noqa: B006
    start: Annotated[int, typer.Option("--start", min=0, metavar="WEEK", help=say("cli.option.start"))] = 0,
    ttr: Annotated[int | None, typer.Option("--ttr", min=0, metavar="WEEKS", help=say("cli.option.ttr"))] = None,
    delay: Annotated[float, typer.Option("--delay", min=0, metavar="YEARS", help=say("cli.option.delay"))] = 0.0,
    weeks: Weeks = 104,
    no_law: NoLaw = False,
    strict: Strict = [],  # noqa: B006
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """One scenario, week by week."""
    from biopact.supply.analyses.running import Asked, find_network, prepare
    from biopact.supply.analyses.single import solve_one

    del lang
    asked = Asked(weeks=weeks, law=not no_law, strict=strict, packs=law, as_of=as_of)
    read, warnings, lawful = prepare(find_network(network, name), asked)
    told = solve_one(read, lawful, weeks, down, policy, start, ttr, delay)
    if as_json:
        from biopact.supply.telling.answer import solved_as_json

        print_json(solved_as_json(told, warnings))
        return
    from biopact.cli.supply_tables import show_solved

    tell_warnings(warnings)
    show_solved(told, sys.stdout)


@app.command("show", help=say("cli.supply.show"))
def show_command(
    network: Annotated[Path | None, typer.Argument(metavar="[NETWORK]", help=say("cli.argument.network"))] = None,
    name: Named = None,
    schema: Annotated[bool, typer.Option("--schema", help=say("cli.option.schema"))] = False,
    figures: Annotated[bool, typer.Option("--figures", help=say("cli.option.figures"))] = False,
    shortages: Annotated[
        Path | None, typer.Option("--shortages", metavar="FILE", help=say("cli.option.shortages"))
    ] = None,
    purple: Annotated[Path | None, typer.Option("--purple", metavar="FILE", help=say("cli.option.purple"))] = None,
    orange: Annotated[Path | None, typer.Option("--orange", metavar="FILE", help=say("cli.option.orange"))] = None,
    comtrade: Annotated[
        Path | None, typer.Option("--comtrade", metavar="FILE", help=say("cli.option.comtrade"))
    ] = None,
    weeks: Weeks = 104,
    strict: Strict = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """What is in a network."""
    del lang
    from biopact.cli import supply_tables as tables
    from biopact.supply.telling import showing

    if schema or figures:
        told = showing.schema_as_json() if schema else showing.figures_as_json()
        if as_json:
            print_json(told)
        elif schema:
            tables.show_schema(told, sys.stdout)
        else:
            tables.show_figures(told, sys.stdout)
        return
    if network is None:
        raise UsageError("cli.usage.missing", None, name="NETWORK")
    from biopact.supply.analyses.running import Asked, find_network, prepare

    read, warnings, _ = prepare(find_network(network, name), Asked(weeks=weeks, law=False, strict=strict))
    files = {"shortages": shortages, "purple": purple, "orange": orange, "comtrade": comtrade}
    shown: dict[str, Any] = showing.network_as_json(read, warnings, {key: file for key, file in files.items() if file})
    if as_json:
        print_json(shown)
        return
    tell_warnings(warnings)
    tables.show_network(shown, sys.stdout)


def tell_warnings(warnings: tuple[Finding, ...]) -> None:
    """Warnings of the checks, on standard error."""
    if warnings:
        print(say("supply.warnings", count=len(warnings)), file=sys.stderr)
    for finding in warnings:
        print(f"  [{finding.check}] {finding.fault.worded()}", file=sys.stderr)


class _Progress:
    """Progress on standard error: one line that is rewritten on a terminal, elsewhere one line for each part."""

    def __init__(self) -> None:
        self.part = ""
        self.begun = 0.0

    def __call__(self, step: Step) -> None:
        """Tell of a step."""
        import time

        now = time.perf_counter()
        fresh = step.part != self.part
        if fresh:
            self.part, self.begun = step.part, now
        rate = step.done / (now - self.begun) if now > self.begun and step.done else 0.0
        text = say(
            "supply.progress", part=say(f"supply.part.{step.part}"), done=step.done, of=step.of, solves=step.solved,
            rate=f"{rate:.0f}",
        )  # fmt: skip
        if sys.stderr.isatty():
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)
        elif step.done == step.of:
            print(text, file=sys.stderr)

    @staticmethod
    def end() -> None:
        """Clear the line."""
        if sys.stderr.isatty():
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
