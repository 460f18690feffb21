"""A check as one page of HTML that asks for nothing: for the screen, paper and a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from biopact.dossier.checking import Report
from biopact.dossier.findings import SEVERITIES, Finding
from biopact.dossier.telling.answer import not_checked
from biopact.dossier.telling.terminal import heading_of, name_of, sizes, verdict
from biopact.text import language, say

__all__ = ["as_html", "framed"]

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif}
body{margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #8886}
th{border-bottom-width:2px}code{font-size:.85em;overflow-wrap:anywhere}.high{color:#b3261e}.medium{color:#8a5a00}.low{color:#0b6b7a}
@media (prefers-color-scheme:dark){.high{color:#ff8a80}.medium{color:#ffcf70}.low{color:#7fd6e4}}
.verdict{font-size:1.2rem;font-weight:600}li{margin:.3rem 0}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
"""


def as_html(reports: Sequence[Report]) -> str:
    """One page of one or several checks, in the language in force; of several, first a line of each."""
    sections = [_section(report, number) for number, report in enumerate(reports, 1)]
    title = say("dossier.page-title", name=name_of(reports[0]))
    if len(reports) > 1:
        title = say("dossier.page-title-several", count=len(reports))
        sections.insert(0, f"<h1>{escape(title)}</h1>\n{_overview(reports)}")
    return framed(title, "\n".join([*sections, f"<p>{escape(say('dossier.not-a-decision'))}</p>"]))


def _overview(reports: Sequence[Report]) -> str:
    agencies = reports[0].agencies
    columns = "".join(
        f"<th scope=col>{escape(it)}</th>"
        for it in (say("dossier.column.dossier"), *(say(f"dossier.agency.{agency}") for agency in agencies))
    )
    rows = "".join(
        f'<tr><td><a href="#d{number}">{escape(name_of(report))}</a></td>'
        + "".join(f"<td>{escape(verdict(report, agency))}</td>" for agency in agencies)
        + "</tr>\n"
        for number, report in enumerate(reports, 1)
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _section(report: Report, number: int) -> str:
    name = name_of(report)
    parts = [
        f"<h1>{escape(say('dossier.page-title', name=name))}</h1>",
        f"<p>{escape(_what(report, name))}</p>",
        *(_agency(report, agency) for agency in report.agencies),
        _first(report),
        *(_severity(report, severity) for severity in SEVERITIES),
        _cannot(report),
    ]
    return f'<section id="d{number}">\n' + "\n".join(part for part in parts if part) + "\n</section>"


def framed(title: str, body: str) -> str:
    """A whole page around a body."""
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _what(report: Report, name: str) -> str:
    application = report.application
    return say(
        "dossier.what",
        name=name,
        sequences=len(application.sequences),
        leaves=sum(len(it.leaves) for it in application.sequences),
        files=len(application.tree.files),
        size=sizes(report.size),
    )


def _agency(report: Report, agency: str) -> str:
    found = report.of(agency, "found")
    kind = found[0].severity if found else "none"
    lines = "".join(f"<li>{escape(line)}</li>" for line in not_checked(report, agency))
    return (
        f"<h2>{escape(say(f'dossier.agency.{agency}'))}</h2>\n"
        f'<p class="verdict {kind}">{escape(verdict(report, agency))}</p>\n'
        f"<h3>{escape(say('dossier.not-checked'))}</h3>\n<ul>{lines}</ul>"
    )


def _first(report: Report) -> str:
    if not report.first:
        return ""
    lines = "".join(f"<li>{escape(it.id)}: {escape(it.message())} → {escape(it.fix())}</li>" for it in report.first)
    return f"<h2>{escape(say('dossier.do-first'))}</h2>\n<ol>{lines}</ol>"


def _severity(report: Report, severity: str) -> str:
    found = [it for it in report.findings if it.severity == severity and it.state == "found"]
    if not found:
        return ""
    title = f"{say(f'dossier.severity.{severity}')} ({len(found)})"
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in found:
        groups.setdefault(finding.agencies, []).append(finding)
    tables = "\n".join(
        f"<h3>{escape(heading_of(agencies))}</h3>\n{_table(findings)}" for agencies, findings in groups.items()
    )
    return f'<h2 class="{severity}">{escape(title)}</h2>\n{tables}'


def _cannot(report: Report) -> str:
    cannot = [it for it in report.findings if it.state == "cannot-check"]
    return f"<h2>{escape(say('dossier.cannot'))}</h2>\n{_table(cannot)}" if cannot else ""


def _table(findings: list[Finding]) -> str:
    columns = "".join(
        f"<th scope=col>{escape(say(f'dossier.column.{name}'))}</th>" for name in ("id", "where", "what", "fix")
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(_row(it) for it in findings)}</tbody></table>"


def _row(finding: Finding) -> str:
    number = f"<br>FDA {escape(finding.fda)}" if finding.fda else ""
    line = f":{finding.line}" if finding.line else ""
    leaf = f"<br>leaf <code>{escape(finding.leaf)}</code>" if finding.leaf else ""
    where = f"<code>{escape(finding.path or finding.sequence or '–')}{line}</code>{leaf}"
    explained = finding.explanation
    said = f"<br><em>{escape(say('dossier.explained-as', text=explained))}</em>" if explained else ""
    return (
        f"<tr><td><code>{escape(finding.key)}</code>{number}</td><td>{where}</td>"
        f"<td>{escape(finding.message())}{said}</td><td>{escape(finding.fix())}</td></tr>"
    )
