"""Tables of people and counts: Table 1, correlations, rates, and any other with its own columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from biopact.report import numbers
from biopact.report.views.page import Desk, Grid, Row, View, exact_of, group_of, heads_of, hidden, mark_of
from biopact.text import say, template_of

__all__ = ["correlated", "crossed", "described", "plain", "rated", "tested"]


def described(desk: Desk, base: View, analysis: Row) -> View:
    """Table 1: a line for each number and each level, a column for each site."""
    cells: dict[tuple[str, Any], dict[str, Row]] = {}
    for row in analysis["table"]:
        cells.setdefault((row["column"], row["level"]), {})[row["site"]] = row
    sites = list(dict.fromkeys(row["site"] for row in analysis["table"]))
    sizes = (analysis.get("values") or {}).get("n") or {}
    heads = [desk.t("column.variable"), *(_site_head(desk, site, sizes, analysis) for site in sites)]
    rows: list[tuple[str, ...]] = []
    for (column, level), row in cells.items():
        rows.append((_line(desk, column, level), *(_cell(row.get(site)) for site in sites)))
        last = [key for key in cells if key[0] == column][-1] == (column, level)
        if last and any(it.get("missing") not in (0, None) for it in row.values()):
            told = [row.get(site) or {} for site in sites]
            missing = (numbers.count(it.get("missing")) + mark_of(it, "missing") for it in told)
            rows.append((desk.t("missing-of", column=desk.naming.column(column)), *missing))
    small = next((text for row in analysis["table"] for text in row.values() if str(text).startswith("<")), None)
    shown = [desk.t("read.suppressed", small=small)] if small else []
    said = (desk.t("read.describe"), *shown, *hidden(desk, analysis))
    return replace(base, grid=Grid(tuple(heads), tuple(rows)), exact=exact_of(analysis["table"]), said=said)


def _site_head(desk: Desk, site: str, sizes: Row, analysis: Row) -> str:
    size = analysis.get("n") if site == "all" else sizes.get(site)
    name = desk.naming.party(site)
    return name if size is None else f"{name} (n\u00a0=\u00a0{numbers.count(size)})"


def _line(desk: Desk, column: str, level: Any) -> str:
    name = desk.naming.column(column)
    if level is None:
        unit = desk.naming.unit(column)
        measured = desk.t("with-unit", column=name, unit=unit) if unit else name
        return desk.t("mean-of", column=measured)
    return f"{name}: {desk.naming.level(column, level)}"


def _cell(row: Row | None) -> str:
    if row is None:
        return numbers.NONE
    mark = mark_of(row, "n", "mean", "sd", "share")
    number = numbers.count(row["n"])
    if "mean" in row:
        return (numbers.mean_and_spread(row["mean"], row.get("sd")) if row["mean"] is not None else number) + mark
    share = row.get("share")
    return number + ("" if share is None else f" ({numbers.share(share)})") + mark


def plain(desk: Desk, base: View, analysis: Row) -> View:
    """Any other table: its own columns, counts that are not shown as a dash."""
    exact = exact_of(analysis["table"])
    heads = []
    shown = [key for key in exact.heads if key != "suppressed"]
    for key in shown:
        code = f"report.column.{key.replace('_', '-')}"
        heads.append(say(code, desk.naming.lang) if template_of(code, desk.naming.lang) else desk.naming.column(key))
    rows = tuple(
        tuple(
            (desk.naming.level(key, row[key]) if isinstance(row.get(key), str) else _short(row.get(key)))
            + mark_of(row, key)
            for key in shown
        )
        for row in analysis["table"]
    )
    return replace(base, grid=Grid(tuple(heads), rows), exact=exact, said=hidden(desk, analysis))


def _short(value: Any) -> str:
    if isinstance(value, float) and not value.is_integer():
        return numbers.decimal(value, 3)
    return numbers.count(value)


def crossed(desk: Desk, base: View, analysis: Row) -> View:
    """A table of counts with its chi-square, where there is one."""
    view = plain(desk, base, analysis)
    return replace(view, said=(*view.said, *_chi_square(desk, analysis.get("values") or {})))


def tested(desk: Desk, base: View, analysis: Row) -> View:
    """A log-rank test: observed and expected events by group."""
    rows = [
        (
            group_of(desk, analysis, row["group"]),
            numbers.count(row.get("n")),
            numbers.count(row["observed"]),
            numbers.decimal(row["expected"], 1),
        )
        for row in analysis["table"]
    ]
    grid = Grid(tuple(heads_of(desk, ("group", "n", "observed", "expected"))), tuple(rows))
    said = (*_chi_square(desk, analysis.get("values") or {}), desk.t("read.log-rank"))
    return replace(base, grid=grid, exact=exact_of(analysis["table"]), said=said)


def _chi_square(desk: Desk, values: Row) -> tuple[str, ...]:
    if values.get("chi_square") is None:
        return ()
    shown = numbers.decimal(values["chi_square"])
    return (desk.t("chi-square", value=shown, df=values["df"], p=numbers.probability(values["p"])),)


def correlated(desk: Desk, base: View, analysis: Row) -> View:
    """Each pair of columns with r, its interval and p."""
    rows = [
        (
            f"{desk.naming.column(row['one'])} × {desk.naming.column(row['other'])}",
            numbers.count(row["n"]),
            numbers.decimal(row["r"]),
            f"{numbers.decimal(row['low'])} – {numbers.decimal(row['high'])}",
            numbers.probability(row["p"]),
        )
        for row in analysis["table"]
    ]
    grid = Grid(tuple(heads_of(desk, ("pair", "n", "r", "interval", "p"))), tuple(rows))
    return replace(base, grid=grid, exact=exact_of(analysis["table"]), said=(desk.t("read.correlation"),))


def rated(desk: Desk, base: View, analysis: Row) -> View:
    """Rates by group, crude and standardised; observed against expected where a reference was given."""
    per = numbers.count(analysis["values"]["per"])
    against = any(row.get("ratio") is not None for row in analysis["table"])
    heads = heads_of(desk, ("group", "events", "person-time", "crude", "standardised", "interval"))
    rows = []
    for row in analysis["table"]:
        shown = [
            group_of(desk, analysis, row["group"]),
            numbers.count(row.get("events")),
            numbers.count(row.get("person_time")),
            numbers.decimal(row.get("crude"), 4),
            numbers.decimal(row.get("rate"), 4),
            _interval(row.get("low"), row.get("high"), 4),
        ]
        if against:
            shown += [numbers.decimal(row.get("expected"), 1), numbers.decimal(row.get("ratio"))]
            shown += [_interval(row.get("ratio_low"), row.get("ratio_high"), 2)]
        rows.append(tuple(shown))
    if against:
        heads += heads_of(desk, ("expected", "ratio", "interval"))
    said = (desk.t("read.rates", per=per),)
    return replace(base, grid=Grid(tuple(heads), tuple(rows)), exact=exact_of(analysis["table"]), said=said)


def _interval(low: float | None, high: float | None, places: int) -> str:
    if low is None or high is None:
        return numbers.NONE
    return f"{numbers.decimal(low, places)} – {numbers.decimal(high, places)}"
