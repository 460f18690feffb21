"""The results of a study in the terminal: each analysis as a table, what it leads to, what was refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from biopact.report.numbers import probability
from biopact.report.terminal import console, label, named, table_on
from biopact.report.views.page import scale_of
from biopact.text import pick, say

__all__ = ["show_refusal", "show_results"]

_SHARES = {"share", "survival", "predicted", "sensitivity", "specificity", "i2"}  # shown as percentages


def show_results(results: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str]) -> None:
    """The numbers of a study: who took part, each analysis as a table, what was refused, what cannot be concluded."""
    screen = console(out)
    told = {site["id"]: say("terminal.not-told") if site["n"] is None else str(site["n"]) for site in results["sites"]}
    counted = ", ".join(f"{named(titles, 'parties', site)}: {number}" for site, number in told.items())
    screen.print(Text(f"{say('terminal.sites')}  {counted}"))
    for analysis in results["analyses"]:
        screen.print()
        if analysis.get("terms"):
            _terms(screen, analysis, titles)
        elif analysis["kind"] == "describe" and analysis.get("table"):
            _described(screen, analysis, titles)
        elif analysis.get("table"):
            _rows(screen, analysis, titles)
        else:
            reason = (
                say(f"study.failure.{analysis['failed']}") if analysis.get("failed") else say("terminal.not-released")
            )
            screen.print(Text(f"{analysis['name']}: {reason}", style="yellow"))
        if any(row.get("suppressed") for row in analysis.get("table") or ()):
            screen.print("  " + say("terminal.would-suppress"), markup=False)
        for note in analysis.get("notes") or ():
            screen.print("  " + say(note["code"], **note["values"]), markup=False)
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


def _count(number: Any) -> str:
    return say("terminal.suppressed") if number is None else str(number)


def _terms(screen: Console, analysis: Mapping[str, Any], titles: Mapping[str, Any]) -> None:
    scale = scale_of(titles.get("families") or {}, analysis)
    title = f"{analysis['name']}  {analysis['formula'] or ''}  n = {_count(analysis['n'])}"
    names = ("interval", "coef", "se", "p")
    heads = [
        say("terminal.column.term"),
        say(f"report.measure.{scale}"),
        *(say(f"terminal.column.{it}") for it in names),
    ]
    table = table_on(screen, title, heads, right=(1, 2, 3, 4, 5))
    for term in analysis["terms"]:
        ends = (term[key] for key in ("coef", "low", "high"))
        ratios = [f"{end:.3f}" if scale == "difference" else _exp(end) for end in ends]
        table.add_row(
            term["term"],
            ratios[0],
            f"{ratios[1]}–{ratios[2]}",
            f"{term['coef']:.4f}",
            f"{term['se']:.4f}",
            probability(term["p"]),
        )
    screen.print(table)


def _exp(value: float) -> str:
    import math

    return f"{math.exp(value):.2f}" if value < 50 else "∞"


def _described(screen: Console, analysis: Mapping[str, Any], titles: Mapping[str, Any]) -> None:
    """Table 1: a row for each variable or level, a column for each site."""
    cells: dict[tuple[str, str | None], dict[str, Mapping[str, Any]]] = {}
    for row in analysis["table"]:
        cells.setdefault((row["column"], row["level"]), {})[row["site"]] = row
    sites = list(dict.fromkeys(row["site"] for row in analysis["table"]))
    heads = [say("terminal.column.column"), *(_cell(site, "site", titles) for site in sites)]
    table = table_on(screen, f"{analysis['name']}  n = {_count(analysis['n'])}", heads, right=range(1, len(sites) + 1))
    for (column, level), row in cells.items():
        name = say("terminal.mean", column=column) if level is None else f"{column}: {level}"
        table.add_row(name, *(_described_cell(row.get(site)) for site in sites))
    screen.print(table)
    for column in dict.fromkeys(column for column, _ in cells):
        row = next(row for (name, _), row in cells.items() if name == column)
        missing = [
            f"{_cell(site, 'site', titles)} {row[site].get('missing')}{_hidden(row[site], 'missing')}"
            for site in sites
            if (row.get(site) or {}).get("missing") is not None
        ]
        if any(it.get("missing") not in (0, None) for it in row.values()):
            screen.print(say("terminal.missing", column=column, sites=", ".join(missing)), markup=False)


def _described_cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    mark = " *" if {"n", "mean", "sd", "share"} & set(row.get("suppressed") or ()) else ""
    if row.get("mean") is not None:
        return (f"{row['mean']:.1f} ({row['sd']:.1f})" if row.get("sd") is not None else f"{row['mean']:.1f}") + mark
    share = row.get("share")
    return (f"{row.get('n')} ({100 * share:.0f} %)" if share is not None else str(row.get("n"))) + mark


def _rows(screen: Console, analysis: Mapping[str, Any], titles: Mapping[str, Any]) -> None:
    columns = list(
        dict.fromkeys(key for row in analysis["table"] for key in row if key not in ("kaplan_meier", "suppressed"))
    )
    numeric = [number for number, name in enumerate(columns) if name not in ("column", "level", "site", "group", "row")]
    title = f"{analysis['name']}  n = {_count(analysis['n'])}"
    table = table_on(
        screen, title, [label(f"terminal.column.{name.replace('_', '-')}", name) for name in columns], right=numeric
    )
    shares = _SHARES | ({"low", "high", "observed"} if {"survival", "predicted"} & set(columns) else set())
    for row in analysis["table"]:
        table.add_row(*(_cell(row.get(name), name, titles, shares) + _hidden(row, name) for name in columns))
    screen.print(table)
    for line in _measures(analysis.get("values") or {}):
        screen.print(f"  {line}", markup=False)


def _measures(values: Mapping[str, Any]) -> Iterator[str]:
    """What a table leads to: the area under a curve, chi-square, the hazard ratios of a comparison."""
    area = values.get("discrimination") or values
    if "auc" in area:
        yield say("report.area", **{end: f"{area[end]:.3f}" for end in ("auc", "low", "high")})
    if values.get("chi_square") is not None:
        yield say("report.chi-square", value=f"{values['chi_square']:.2f}", df=values["df"], p=probability(values["p"]))
    for told in values.get("hazards") or ():
        name = say("report.control-of", event=told["event"]) if told["negative_control"] else told["event"]
        low, high = _exp(told["low"]), _exp(told["high"])
        yield f"{say('report.measure.hazard')}, {name}: {_exp(told['coef'])} ({low}–{high}), p {probability(told['p'])}"


def _hidden(row: Mapping[str, Any], name: str) -> str:
    """The mark of a value that would be hidden on a release, shown in a trial."""
    return " *" if name in (row.get("suppressed") or ()) else ""


def _cell(value: Any, name: str, titles: Mapping[str, Any], shares: Collection[str] = ()) -> str:
    if value is None:
        return ""
    if name == "site" and value == "all":
        return say("terminal.all")
    if name == "site":
        return pick((titles.get("parties") or {}).get(value)) or str(value)
    if name in shares and isinstance(value, float):
        return f"{100 * value:.1f} %"
    if isinstance(value, float):
        return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
    return str(value)
