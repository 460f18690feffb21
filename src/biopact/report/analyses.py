"""Each analysis of ``biopact.results/1`` as a reader sees it: a plot, a table of rounded numbers, the exact ones behind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from biopact.report import numbers
from biopact.report.naming import Naming
from biopact.text import say, template_of

__all__ = ["Grid", "View", "views"]

Row = Mapping[str, Any]
MARK = " *"  # a value that the gate would suppress, shown in a trial
CLOSE = 365.0  # a year of days, for the ticks of a time axis


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: heads, rows of texts, and how many columns from the left name the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


@dataclass(frozen=True, slots=True)
class View:
    """One analysis. ``said`` are sentences under the plot, ``notes`` what cannot be concluded, ``failed`` why none."""

    id: str
    name: str
    heading: str
    kind: str
    facts: tuple[str, ...]
    plot: str | None = None
    grid: Grid | None = None
    exact: Grid | None = None
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every view needs."""

    naming: Naming
    families: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)

    def t(self, code: str, **values: object) -> str:
        return say(f"report.{code}", self.naming.lang, **values)


def views(results: Mapping[str, Any], naming: Naming) -> tuple[View, ...]:
    """Every analysis in the order of the file."""
    titles = naming.titles
    desk = _Desk(naming, titles.get("families") or {}, titles.get("times") or {})
    refused = {refusal["analysis"] for refusal in results["refused"]}
    whole = None in refused
    found = [
        _view(desk, at, analysis, whole or analysis["name"] in refused)
        for at, analysis in enumerate(results["analyses"], 1)
    ]
    headings = Counter(view.heading for view in found)
    return tuple(
        replace(view, heading=f"{view.heading} ({view.name})") if headings[view.heading] > 1 else view for view in found
    )


def _view(desk: _Desk, at: int, analysis: Row, refused: bool) -> View:
    name, kind = analysis["name"], analysis["kind"]
    heading = desk.naming.of("analyses", name)
    if heading == name:
        codes = (f"report.kind.{kind}-{_scale(desk, analysis)}", f"report.kind.{kind}")
        known = [code for code in codes if template_of(code, desk.naming.lang) is not None]
        heading = say(known[0], desk.naming.lang) if known else name
    base = View(f"a{at}", name, heading, kind, _facts(desk, analysis), notes=_notes(desk, analysis))
    if analysis.get("terms"):
        return _model(desk, base, analysis)
    if analysis.get("table"):
        if kind == "describe":
            return _described(desk, base, analysis)
        return _survival(desk, base, analysis) if kind == "kaplan-meier" else _plain(desk, base, analysis)
    return replace(base, failed=_failure(desk, analysis, refused))


def _facts(desk: _Desk, analysis: Row) -> tuple[str, ...]:
    """The line under a heading: the formula, how many people, how many events."""
    facts = []
    if analysis.get("formula"):
        facts.append(desk.t("formula", formula=analysis["formula"]))
    if analysis.get("n") is not None:
        facts.append(desk.t("people", n=numbers.count(analysis["n"])))
    events = (analysis.get("fit") or {}).get("events")
    if events is not None:
        facts.append(desk.t("events", n=numbers.count(events)))
    return tuple(facts)


def _notes(desk: _Desk, analysis: Row) -> tuple[str, ...]:
    notes = []
    for note in analysis.get("notes") or ():
        values = dict(note.get("values") or {})
        if isinstance(values.get("group"), str):
            values["group"] = _group(desk, analysis, values["group"])
        if isinstance(values.get("terms"), str):
            values["terms"] = ", ".join(desk.naming.term(term) for term in values["terms"].split(", "))
        if isinstance(values.get("factor"), float):
            values["factor"] = f"{values['factor']:g}"
        known = template_of(note["code"], desk.naming.lang) is not None
        notes.append(say(note["code"], desk.naming.lang, **values) if known else note["code"])
    return tuple(notes)


def _failure(desk: _Desk, analysis: Row, refused: bool) -> str:
    failed = analysis.get("failed")
    if failed and template_of(f"study.failure.{failed}", desk.naming.lang) is not None:
        return say(f"study.failure.{failed}", desk.naming.lang)
    return desk.t("refused-here" if refused else "nothing-here")


def _model(desk: _Desk, base: View, analysis: Row) -> View:
    """A fitted model: a forest of its ratios (a linear model has none), its coefficients, the exact numbers."""
    from biopact.report.plots import Ratio, forest

    scale = _scale(desk, analysis)
    terms = analysis["terms"]
    shown = [term for term in terms if term["term"] != "Intercept"]
    plot = None
    if scale != "difference" and shown:
        ratios = [
            Ratio(desk.naming.term(it["term"]), *(_exp(it[end]) for end in ("coef", "low", "high"))) for it in shown
        ]
        axis = desk.t("axis", measure=desk.t(f"measure.{scale}"))
        plot = forest(base.id, desk.t("forest-title", name=base.heading), axis, ratios)
    heads = ("term", "compared", f"measure.{scale}", "interval", "p", "coef", "se")
    rows = [_term(desk, term, scale) for term in (shown or terms)]
    said = (desk.t(f"read.{scale}"), desk.t("read.interval"))
    return replace(base, plot=plot, grid=Grid(tuple(_heads(desk, heads)), tuple(rows)), exact=_exact(terms), said=said)


def _scale(desk: _Desk, analysis: Row) -> str:
    """What a coefficient turns into: by the kind, and by the family where it is told."""
    if analysis["kind"] == "cox":
        return "hazard"
    family = desk.families.get(analysis["name"]) or analysis.get("family")
    if family == "gaussian" or (family is None and "scale" in (analysis.get("fit") or {})):
        return "difference"
    return {"binomial": "odds", "poisson": "rate", "gamma": "mean"}.get(family or "", "ratio")


def _heads(desk: _Desk, codes: Sequence[str]) -> list[str]:
    return [desk.t(code if "." in code else f"column.{code}") for code in codes]


def _term(desk: _Desk, term: Row, scale: str) -> tuple[str, ...]:
    ends = [term["coef"], term["low"], term["high"]]
    if scale == "difference":
        value, low, high = (numbers.decimal(end, 3) for end in ends)
    else:
        value, low, high = (numbers.ratio(_exp(end)) for end in ends)
    return (
        desk.naming.term(term["term"]),
        desk.naming.reference(term["term"]) or numbers.NONE,
        value,
        f"{low} – {high}",
        numbers.probability(term["p"]),
        numbers.decimal(term["coef"], 4),
        numbers.decimal(term["se"], 4),
    )


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _exact(rows: Sequence[Row]) -> Grid:
    """Everything a table of the file holds, under its own names."""
    heads = tuple(dict.fromkeys(key for row in rows for key in row))
    return Grid(heads, tuple(tuple(numbers.exact(row.get(key)) for key in heads) for row in rows), 1)


def _described(desk: _Desk, base: View, analysis: Row) -> View:
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
            missing = (numbers.count(it.get("missing")) + _mark(it, "missing") for it in told)
            rows.append((desk.t("missing-of", column=desk.naming.column(column)), *missing))
    small = next((text for row in analysis["table"] for text in row.values() if str(text).startswith("<")), None)
    said = (
        desk.t("read.describe"),
        *([desk.t("read.suppressed", small=small)] if small else []),
        *_hidden(desk, analysis),
    )
    return replace(base, grid=Grid(tuple(heads), tuple(rows)), exact=_exact(analysis["table"]), said=said)


def _site_head(desk: _Desk, site: str, sizes: Row, analysis: Row) -> str:
    size = analysis.get("n") if site == "all" else sizes.get(site)
    name = desk.naming.party(site)
    return name if size is None else f"{name} (n\u00a0=\u00a0{numbers.count(size)})"


def _line(desk: _Desk, column: str, level: Any) -> str:
    name = desk.naming.column(column)
    if level is None:
        unit = desk.naming.unit(column)
        measured = desk.t("with-unit", column=name, unit=unit) if unit else name
        return desk.t("mean-of", column=measured)
    return f"{name}: {desk.naming.level(column, level)}"


def _cell(row: Row | None) -> str:
    if row is None:
        return numbers.NONE
    mark = MARK if {"n", "mean", "sd", "share"} & set(row.get("suppressed") or ()) else ""
    if "mean" in row:
        number = numbers.count(row["n"])
        return (numbers.mean_and_spread(row["mean"], row.get("sd")) if row["mean"] is not None else number) + mark
    share = row.get("share")
    return numbers.count(row["n"]) + ("" if share is None else f" ({numbers.share(share)})") + mark


def _mark(row: Row, key: str) -> str:
    return MARK if key in (row.get("suppressed") or ()) else ""


def _hidden(desk: _Desk, analysis: Row) -> list[str]:
    """In a trial: what the mark on a value means."""
    return [desk.t("read.would-suppress")] if any(row.get("suppressed") for row in analysis["table"]) else []


def _survival(desk: _Desk, base: View, analysis: Row) -> View:
    """Curves by group, and beneath them who was at risk."""
    from biopact.report.plots import Curve, Point, survival

    groups: dict[str, list[Row]] = {}
    for row in analysis["table"]:
        groups.setdefault(str(row["group"]), []).append(row)
    constant = any("person_time" in row for row in analysis["table"])
    curves = [
        Curve(
            _group(desk, analysis, group),
            tuple(Point(row["time"], row["survival"], row.get("low"), row.get("high")) for row in rows),
            stepped=not constant,
        )
        for group, rows in groups.items()
    ]
    time = desk.times.get(base.name, "")
    unit = desk.naming.unit(time)
    axis = desk.t("time-axis", unit=unit) if unit else desk.t("column.time")
    end = max(row["time"] for row in analysis["table"])
    every = CLOSE if (desk.naming.titles.get("units") or {}).get(time) == "day" and end >= 2 * CLOSE else None
    plot = survival(base.id, desk.t("curve-title", name=base.heading), (axis, desk.t("survival-axis")), curves, every)
    codes = ("group", "time", "at-risk", "deaths", "survival", "interval")
    rows = [_point(desk, analysis, row) for row in analysis["table"]]
    said = (desk.t("read.constant" if constant else "read.stepped"),)
    heads = _heads(desk, codes)
    heads[1] = axis
    return replace(base, plot=plot, grid=Grid(tuple(heads), tuple(rows)), exact=_exact(analysis["table"]), said=said)


def _point(desk: _Desk, analysis: Row, row: Row) -> tuple[str, ...]:
    low, high = row.get("low"), row.get("high")
    interval = numbers.NONE if low is None or high is None else f"{numbers.share(low)} – {numbers.share(high)}"
    return (
        _group(desk, analysis, str(row["group"])),
        numbers.count(row["time"]),
        numbers.count(row.get("at_risk")),
        numbers.count(row.get("deaths")),
        numbers.share(row["survival"]),
        interval,
    )


def _group(desk: _Desk, analysis: Row, group: str) -> str:
    by = (analysis.get("values") or {}).get("by")
    if by is None:
        return desk.naming.party("all") if group == "all" else group
    return desk.naming.level(by, group)


def _plain(desk: _Desk, base: View, analysis: Row) -> View:
    """Any other table: its own columns, counts that are not shown as a dash."""
    exact = _exact(analysis["table"])
    heads = []
    shown = [key for key in exact.heads if key != "suppressed"]
    for key in shown:
        code = f"report.column.{key.replace('_', '-')}"
        heads.append(say(code, desk.naming.lang) if template_of(code, desk.naming.lang) else desk.naming.column(key))
    rows = tuple(
        tuple(
            (desk.naming.level(key, row[key]) if isinstance(row.get(key), str) else _short(row.get(key)))
            + _mark(row, key)
            for key in shown
        )
        for row in analysis["table"]
    )
    return replace(base, grid=Grid(tuple(heads), rows), exact=exact, said=tuple(_hidden(desk, analysis)))


def _short(value: Any) -> str:
    if isinstance(value, float) and not value.is_integer():
        return numbers.decimal(value, 3)
    return numbers.count(value)
