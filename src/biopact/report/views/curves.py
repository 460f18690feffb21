"""What is drawn over an axis: survival, the spread of a number, discrimination and calibration of a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biopact.report import numbers
from biopact.report.views.page import Desk, Grid, Part, Row, View, exact_of, group_of, heads_of

__all__ = ["calibrated", "discriminating", "spread", "survival", "validated"]

CLOSE = 365.0  # a year of days, for the ticks of a time axis


def survival(desk: Desk, base: View, analysis: Row) -> View:
    """Curves by group, and beneath them who was at risk."""
    from biopact.report import plots

    groups: dict[str, list[Row]] = {}
    for row in analysis["table"]:
        groups.setdefault(str(row["group"]), []).append(row)
    constant = any("person_time" in row for row in analysis["table"])
    curves = [
        plots.Curve(
            group_of(desk, analysis, group),
            tuple(plots.Point(row["time"], row["survival"], row.get("low"), row.get("high")) for row in rows),
            stepped=not constant,
        )
        for group, rows in groups.items()
    ]
    time = desk.times.get(base.name, "")
    unit = desk.naming.unit(time)
    axis = desk.t("time-axis", unit=unit) if unit else desk.t("column.time")
    end = max(row["time"] for row in analysis["table"])
    every = CLOSE if (desk.naming.titles.get("units") or {}).get(time) == "day" and end >= 2 * CLOSE else None
    title = desk.t("curve-title", name=base.heading)
    plot = desk.drawn(plots.survival, base.id, title, (axis, desk.t("survival-axis")), curves, every)
    codes = ("group", "time", "at-risk", "deaths", "survival", "interval")
    rows = [_point(desk, analysis, row) for row in analysis["table"]]
    said = (desk.t("read.constant" if constant else "read.stepped"),)
    heads = heads_of(desk, codes)
    heads[1] = axis
    return replace(base, plot=plot, grid=Grid(tuple(heads), tuple(rows)), exact=exact_of(analysis["table"]), said=said)


def _point(desk: Desk, analysis: Row, row: Row) -> tuple[str, ...]:
    low, high = row.get("low"), row.get("high")
    interval = numbers.NONE if low is None or high is None else f"{numbers.share(low)} – {numbers.share(high)}"
    return (
        group_of(desk, analysis, str(row["group"])),
        numbers.count(row["time"]),
        numbers.count(row.get("at_risk")),
        numbers.count(row.get("deaths")),
        numbers.share(row["survival"]),
        interval,
    )


def spread(desk: Desk, base: View, analysis: Row) -> View:
    """A histogram and its counts."""
    from biopact.report.plots import Bar, histogram

    column = analysis["values"]["of"]
    unit = desk.naming.unit(column)
    name = desk.naming.column(column)
    across = desk.t("with-unit", column=name, unit=unit) if unit else name
    table = analysis["table"]
    shares = [row.get("share") for row in table]
    plot = None
    if all(share is not None for share in shares):
        bars = [Bar(row["low"], row["high"], row["share"]) for row in table]
        titles = (across, desk.t("share-per", unit=unit or desk.t("one")))
        plot = desk.drawn(histogram, base.id, desk.t("spread-title", name=name), titles, bars)
    rows = [
        (_between(row["low"], row["high"]), numbers.count(row["n"]), numbers.share(row.get("share"))) for row in table
    ]
    grid = Grid((across, *heads_of(desk, ("n", "share"))), tuple(rows))
    return replace(base, plot=plot, grid=grid, exact=exact_of(table), said=(desk.t("read.histogram"),))


def discriminating(desk: Desk, base: View, analysis: Row) -> View:
    """The ROC curve with its area."""
    plot, grid, said = _roc(desk, base, analysis["table"], analysis["values"])
    return replace(base, plot=plot, grid=grid, exact=exact_of(analysis["table"]), said=said)


def calibrated(desk: Desk, base: View, analysis: Row) -> View:
    """Predicted against observed, with what would have to be corrected."""
    from biopact.report.plots import Predicted, calibration

    values = analysis["values"]
    classes = [Predicted(row["predicted"], row["observed"], row["low"], row["high"]) for row in analysis["table"]]
    titles = (desk.t("predicted-axis"), desk.t("observed-axis"))
    plot = desk.drawn(calibration, base.id, desk.t("calibration-title", name=base.heading), titles, classes)
    rows = [
        (
            _between(100 * row["from"], 100 * row["to"], "%"),
            numbers.count(row["n"]),
            numbers.count(row["events"]),
            numbers.share(row["predicted"]),
            numbers.share(row["observed"]),
            f"{numbers.share(row['low'])} – {numbers.share(row['high'])}",
        )
        for row in analysis["table"]
    ]
    grid = Grid(tuple(heads_of(desk, ("class", "n", "events", "predicted", "observed-share", "interval"))), tuple(rows))
    measures = [
        (desk.t("column.observed-expected"), numbers.decimal(values["observed_expected"]), _range(values, "observed_expected")),
        (desk.t("column.brier"), numbers.decimal(values["brier"], 3), numbers.NONE),
    ]  # fmt: skip
    for told in values.get("recalibration") or ():
        name = desk.t(f"recalibration.{told['term'].replace(' ', '-')}")
        low, high = numbers.decimal(told["low"]), numbers.decimal(told["high"])
        measures.append((name, numbers.decimal(told["coef"]), f"{low} – {high}"))
    part = Part(
        desk.t("recalibration"),
        grid=Grid(tuple(heads_of(desk, ("measure", "value", "interval"))), tuple(measures)),
        said=(desk.t("read.recalibration"),),
    )
    said = (desk.t("read.calibration"),)
    return replace(base, plot=plot, grid=grid, exact=exact_of(analysis["table"]), said=said, parts=(part,))


def validated(desk: Desk, base: View, analysis: Row) -> View:
    """An external validation: calibration, then discrimination."""
    view = calibrated(desk, base, analysis)
    found = analysis["values"].get("discrimination")
    if not found:
        return view
    plot, grid, said = _roc(desk, replace(base, id=f"{base.id}-roc"), analysis["values"]["roc"], found)
    part = Part(desk.t("discrimination"), plot, grid, said)
    return replace(view, parts=(part, *view.parts))


def _roc(desk: Desk, base: View, points: Sequence[Row], values: Row) -> tuple[str | None, Grid, tuple[str, ...]]:
    from biopact.report.plots import roc

    titles = (desk.t("false-axis"), desk.t("true-axis"))
    drawn = [(1 - point["specificity"], point["sensitivity"]) for point in points]
    plot = desk.drawn(roc, base.id, desk.t("roc-title", name=base.heading), titles, drawn)
    rows = [
        (
            desk.t("all-scores") if point["above"] is None else f"> {numbers.decimal(point['above'], 3)}",
            numbers.share(point["sensitivity"]),
            numbers.share(point["specificity"]),
        )
        for point in points
    ]
    said = [desk.t("area", **{end: numbers.decimal(values[end], 3) for end in ("auc", "low", "high")})]
    if values["at_least"] != values["at_most"]:
        ends = (numbers.decimal(values[end], 3) for end in ("at_least", "at_most"))
        said.append(desk.t("area-bounds", **dict(zip(("low", "high"), ends, strict=True))))
    return plot, Grid(tuple(heads_of(desk, ("above", "sensitivity", "specificity"))), tuple(rows)), tuple(said)


def _between(low: float, high: float, unit: str = "") -> str:
    return f"{low:.6g} – {high:.6g}{unit}"


def _range(values: Row, name: str) -> str:
    return f"{numbers.decimal(values[f'{name}_low'])} – {numbers.decimal(values[f'{name}_high'])}"
