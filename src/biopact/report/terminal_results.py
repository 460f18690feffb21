"""The results of a study in the terminal: each analysis as the report tells it, without its plot, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from biopact.report.naming import Naming
from biopact.report.terminal import console, named, table_on
from biopact.report.views import Grid, View, views
from biopact.text import language, say

__all__ = ["show_refusal", "show_results"]


def show_results(results: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str]) -> None:
    """The numbers of a study: who took part, each analysis as a table, what cannot be concluded, what was refused."""
    screen = console(out)
    told = {site["id"]: say("terminal.not-told") if site["n"] is None else str(site["n"]) for site in results["sites"]}
    counted = ", ".join(f"{named(titles, 'parties', site)}: {number}" for site, number in told.items())
    screen.print(Text(f"{say('terminal.sites')}  {counted}"))
    for view in views(results, Naming(language(), titles), draws=False):
        screen.print()
        _analysis(screen, view)
    if results["refused"]:
        screen.print()
    for refusal in results["refused"]:
        show_refusal(screen, refusal, results["study"], titles)


def show_refusal(screen: Console, refusal: Mapping[str, Any], study: str, titles: Mapping[str, Any]) -> None:
    """A refusal in one line; in a trial that it would be one, and the groups that are too small."""
    values = {
        "site": named(titles, "parties", refusal["site"]),
        "analysis": refusal["analysis"] or study,
        "rule": refusal["rule"],
        "why": say(f"study.rule.{refusal['rule']}"),
    }
    line = say("terminal.would-refuse" if refusal.get("trial") else "terminal.refused", **values)
    if refusal.get("cells"):
        line += " " + say("terminal.cells-below", cells=", ".join(refusal["cells"]))
    screen.print(Text(line, style="yellow"))


def _analysis(screen: Console, view: View) -> None:
    """One analysis under its name in the study: tables, what they say, what cannot be concluded from them."""
    screen.print(Text(view.name if view.name in view.heading else f"{view.name} · {view.heading}", style="bold"))
    if view.facts:
        screen.print(" · ".join(view.facts), markup=False)
    if view.failed:
        screen.print(Text(view.failed, style="yellow"))
    _grid(screen, view.grid)
    _lines(screen, view.said, "dim")
    for part in view.parts:
        screen.print(Text(part.heading, style="italic"))
        _grid(screen, part.grid)
        _lines(screen, part.said, "dim")
    _lines(screen, view.notes, "yellow", "! ")


def _grid(screen: Console, grid: Grid | None) -> None:
    if grid is None:
        return
    table = table_on(screen, "", grid.heads, right=range(grid.names, len(grid.heads)))
    for row in grid.rows:
        table.add_row(*row)
    screen.print(table)


def _lines(screen: Console, lines: tuple[str, ...], style: str, mark: str = "") -> None:
    for line in lines:
        screen.print(Text(mark + line, style=style))
