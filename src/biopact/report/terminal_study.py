"""A study before it runs, in the terminal: the plan of a run, a trial's mark, how ready the data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from biopact.report.naming import Naming
from biopact.report.readiness import readiness_grid, readiness_notes
from biopact.report.terminal import console, table_on
from biopact.report.terminal_results import show_refusal
from biopact.text import language, pick, say

__all__ = ["show_plan", "show_readiness", "show_trial"]


def show_trial(told: Mapping[str, Any], titles: Mapping[str, Any], least: int, out: IO[str]) -> None:
    """That this is a trial, and at which minimum."""
    screen = console(out)
    screen.print(Text(pick(titles.get("study")) or told["study"], style="bold"))
    screen.print(say("terminal.trial" if least else "terminal.trial-free", number=least), markup=False)
    screen.print()


def show_readiness(readiness: Mapping[str, Any] | None, titles: Mapping[str, Any], out: IO[str]) -> None:
    """The readiness table and what to look at before a fit."""
    if not readiness:
        return
    screen, naming = console(out), Naming(language(), titles)
    grid = readiness_grid(readiness, naming)
    table = table_on(screen, say("terminal.readiness-table"), grid.heads)
    before = None
    for site, *told in grid.rows:
        table.add_row("" if site == before else site, *told)
        before = site
    screen.print(table)
    for note in readiness_notes(readiness, naming):
        screen.print(Text(f"! {note}", style="yellow"))
    screen.print()


def show_plan(told: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str]) -> None:
    """What each site would be asked, which rules bind, what would be refused."""
    screen = console(out)
    screen.print(Text(pick(titles.get("study")) or told["study"], style="bold"))
    screen.print(say("terminal.dry-run"), markup=False)
    screen.print()
    _asked(screen, told)
    _sites(screen, told, titles)
    show_readiness(told["readiness"], titles, out)
    for site in told["sites"]:
        if not site["data_here"]:
            screen.print(say("terminal.not-here", site=_party(site["id"], titles)), markup=False)
    for refusal in told["would_refuse"]:
        show_refusal(screen, {**refusal, "trial": True}, told["study"], titles)
    if not told["would_refuse"] and any(site["data_here"] for site in told["sites"]):
        screen.print(say("terminal.no-gate-refuses"), markup=False)


def _asked(screen: Console, told: Mapping[str, Any]) -> None:
    population = told["population"] or say("terminal.everybody")
    screen.print(say("terminal.asked-of", population=population, complete=", ".join(told["complete"])), markup=False)
    _table(
        screen,
        "terminal.asked-columns",
        ("column", "type", "unit", "values", "missing-code"),
        [
            (
                it["name"],
                say(f"terminal.type.{it['type']}"),
                it["unit"],
                _values(it),
                ", ".join(map(str, it["missing"])),
            )
            for it in told["columns"]
        ],
    )
    _table(
        screen,
        "terminal.asked-analyses",
        ("analysis", "kind", "formula", "reads", "rounds", "by-site"),
        [
            (
                it["name"],
                it["kind"],
                it["formula"] or "",
                ", ".join(it["columns"]),
                str(it["rounds"]),
                say("terminal.yes" if it["per_site"] else "terminal.no"),
            )
            for it in told["analyses"]
        ],
    )


def _sites(screen: Console, told: Mapping[str, Any], titles: Mapping[str, Any]) -> None:
    rows = []
    for site in told["sites"]:
        least = site["minimum"]
        source = say(f"cli.minimum-by.{least['source']}")
        verdict = say(f"terminal.verdict.{site['verdict']}") + f" ({say('terminal.readiness.' + site['readiness'])})"
        rules = "; ".join(dict.fromkeys(rule["cite"] for rule in site["rules"]))
        rows.append((_party(site["id"], titles), site["flow"], verdict, f"{least['number']} ({source})", rules))
    _table(screen, "terminal.asked-sites", ("site", "flow", "verdict", "smallest-cell", "binding"), rows)


def _table(screen: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = table_on(screen, say(title), [say(f"terminal.column.{head}") for head in heads])
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _values(column: Mapping[str, Any]) -> str:
    if column["derive"]:
        return str(column["derive"])
    if column["levels"]:
        return ", ".join(column["levels"])
    return f"{column['bounds'][0]:g} – {column['bounds'][1]:g}" if column["bounds"] else ""


def _party(site: str, titles: Mapping[str, Any]) -> str:
    return pick((titles.get("parties") or {}).get(site)) or site
