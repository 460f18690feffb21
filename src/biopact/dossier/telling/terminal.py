"""A check in the terminal: first what a person must know, then every finding by severity and agency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from biopact.dossier.checking import Report
from biopact.dossier.findings import SEVERITIES, Finding
from biopact.dossier.telling.answer import not_checked
from biopact.dossier.tree import shown
from biopact.text import say

__all__ = ["console", "heading_of", "name_of", "overview", "show", "sizes", "verdict"]

_STYLE = {"high": "bold red", "medium": "yellow", "low": "cyan"}
MOST_OF_A_KIND = 5


def console(out: IO[str]) -> Console:
    """A console on a stream; what is not a terminal gets plain text."""
    terminal = out.isatty()
    return Console(
        file=out, no_color=not terminal or None, width=None if terminal else 140, highlight=False, markup=False
    )


def show(report: Report, out: IO[str], every: bool = False) -> None:
    """The first screen, then the findings; of one kind at most five, unless ``every``."""
    screen = console(out)
    _first_screen(screen, report)
    for severity in SEVERITIES:
        here = [it for it in report.findings if it.severity == severity and it.state == "found"]
        if here:
            screen.print()
            screen.print(Text(say(f"dossier.severity.{severity}") + f" ({len(here)})", style=_STYLE[severity]))
            _by_agency(screen, here, every)
    if any(it.state == "found" for it in report.findings):
        screen.print()
        screen.print(say("dossier.explain-how"), style="dim")


def overview(reports: Sequence[Report], out: IO[str]) -> None:
    """Of several dossiers a line each, before their own screens."""
    screen = console(out)
    screen.print(say("dossier.page-title-several", count=len(reports)), style="bold")
    for report in reports:
        verdicts = [f"{say(f'dossier.agency.{agency}')}: {verdict(report, agency)}" for agency in report.agencies]
        screen.print(f" {name_of(report)}  {'; '.join(verdicts)}", soft_wrap=True)


def name_of(report: Report) -> str:
    """What a dossier is called: its folder's name."""
    return shown(report.folder.name or str(report.folder))


def sizes(size: int) -> str:
    """Bytes in words."""
    for unit, number in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= number:
            return f"{size / number:.1f} {unit}"
    return f"{size} B"


def verdict(report: Report, agency: str) -> str:
    """``3 defects (1 high, 2 low)``, or ``no defect found in what was checked``."""
    found = report.of(agency, "found")
    if not found:
        return say("dossier.none-found")
    parts = [
        say("dossier.count", severity=say(f"dossier.severity.{severity}"), count=count)
        for severity in SEVERITIES
        if (count := sum(it.severity == severity for it in found))
    ]
    said = say("dossier.one-found" if len(found) == 1 else "dossier.found", count=len(found), parts=", ".join(parts))
    explained = sum(it.explanation is not None for it in found)
    return said + (say("dossier.explained-count", count=explained) if explained else "")


def _first_screen(screen: Console, report: Report) -> None:
    application = report.application
    screen.print(
        say(
            "dossier.what",
            name=name_of(report),
            sequences=len(application.sequences),
            leaves=sum(len(it.leaves) for it in application.sequences),
            files=len(application.tree.files),
            size=sizes(report.size),
        ),
        style="bold",
    )
    screen.print()
    for agency in report.agencies:
        found = report.of(agency, "found")
        style = _STYLE[found[0].severity] if found else "green"
        name = say(f"dossier.agency.{agency}")
        screen.print(Text(name + " " * max(1, 7 - cell_len(name))) + Text(verdict(report, agency), style=style))
    if report.first:
        screen.print()
        screen.print(say("dossier.do-first"), style="bold")
        for number, finding in enumerate(report.first, 1):
            same = sum(it.id == finding.id and it.state == "found" for it in report.findings)
            more = say("dossier.and-more", count=same - 1) if same > 1 else ""
            screen.print(f" {number}. {finding.id}  {finding.message()}{more}")
            screen.print(f"    → {finding.fix()}" + (f"  [{_where(finding)}]" if _where(finding) else ""))
    screen.print()
    screen.print(say("dossier.not-checked"), style="bold")
    said: dict[str, list[str]] = {}
    for agency in report.agencies:
        for line in not_checked(report, agency):
            said.setdefault(line, []).append(say(f"dossier.agency.{agency}"))
    for line, agencies in said.items():
        screen.print(f" - {', '.join(agencies)}: {line}")


def heading_of(agencies: Sequence[str]) -> str:
    """The agencies a group of findings concerns, in words."""
    return ", ".join(say(f"dossier.agency.{it}") for it in agencies)


def _by_agency(screen: Console, findings: Iterable[Finding], every: bool) -> None:
    groups: dict[tuple[str, ...], dict[str, list[Finding]]] = {}
    for finding in findings:
        groups.setdefault(finding.agencies, {}).setdefault(finding.id, []).append(finding)
    for agencies, kinds in groups.items():
        screen.print(f" {heading_of(agencies)}")
        for same in kinds.values():
            for finding in same if every else same[:MOST_OF_A_KIND]:
                _finding(screen, finding)
            if not every and len(same) > MOST_OF_A_KIND:
                screen.print("   " + say("dossier.more-of-a-kind", count=len(same) - MOST_OF_A_KIND, id=same[0].id))


def _where(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    leaf = f" #{finding.leaf}" if finding.leaf else ""
    return f"{finding.path or finding.sequence or ''}{line}{leaf}"


def _finding(screen: Console, finding: Finding) -> None:
    number = f" (FDA {finding.fda})" if finding.fda else ""
    screen.print(f"   {finding.key}{number}  {_where(finding)}", soft_wrap=True)
    screen.print(f"      {finding.message()}", soft_wrap=True)
    screen.print(f"      → {finding.fix()}", soft_wrap=True)
    if finding.explanation:
        screen.print("      " + say("dossier.explained-as", text=finding.explanation), soft_wrap=True)
