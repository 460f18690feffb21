"""A comparative cohort: the hazard ratios, and how alike the two groups are before and after."""

from __future__ import annotations

from dataclasses import replace

from biopact.report import numbers
from biopact.report.views.models import exponential
from biopact.report.views.page import Desk, Grid, Part, Row, View, exact_of, heads_of, hidden, mark_of

__all__ = ["compared"]


def compared(desk: Desk, base: View, analysis: Row) -> View:
    """The outcome and the negative controls as a forest, then the balance plot with its table, strata, the score."""
    from biopact.report.plots import Ratio, forest

    values = analysis["values"]
    ratios, rows = [], []
    for told in values["hazards"]:
        name = desk.naming.column(told["event"])
        label = desk.t("control-of", event=name) if told["negative_control"] else name
        ends = [exponential(told[end]) for end in ("coef", "low", "high")]
        ratios.append(Ratio(label, *ends))
        shown = [numbers.ratio(end) for end in ends]
        counts = (numbers.count(told.get("events_treated")), numbers.count(told.get("events_comparator")))
        rows.append((label, *counts, shown[0], f"{shown[1]} – {shown[2]}", numbers.probability(told["p"])))
    axis = desk.t("axis", measure=desk.t("measure.hazard"))
    plot = desk.drawn(forest, base.id, desk.t("forest-title", name=base.heading), axis, ratios)
    heads = heads_of(desk, ("outcome", "events-treated", "events-comparator", "measure.hazard", "interval", "p"))
    treatment = desk.naming.column(values["treatment"])
    said = (
        desk.t("read.cohort", treatment=treatment, method=desk.t(f"cohort.{values['method']}")),
        desk.t("read.controls"),
    )
    parts = (_balance(desk, base, analysis), *_strata(desk, values))
    grid = Grid(tuple(heads), tuple(rows))
    return replace(base, plot=plot, grid=grid, exact=exact_of(values["hazards"]), said=said, parts=parts)


def _balance(desk: Desk, base: View, analysis: Row) -> Part:
    from biopact.report.plots import Difference, balance

    table = analysis["table"]
    differences = [Difference(desk.naming.term(row["covariate"]), row["before"], row["after"]) for row in table]
    words = (desk.t("before"), desk.t("after"))
    title = desk.t("balance-title", name=base.heading)
    plot = desk.drawn(balance, f"{base.id}-balance", title, desk.t("balance-axis"), words, differences)
    ends = ("treated", "comparator", "before", "treated_after", "comparator_after", "after")
    rows = [
        (desk.naming.term(row["covariate"]), *(numbers.decimal(row[end], 3) + mark_of(row, end) for end in ends))
        for row in table
    ]
    heads = heads_of(desk, ("term", *(end.replace("_", "-") for end in ends)))
    return Part(
        desk.t("balance"), plot, Grid(tuple(heads), tuple(rows)), (desk.t("read.balance"), *hidden(desk, analysis))
    )


def _strata(desk: Desk, values: Row) -> tuple[Part, ...]:
    strata = values.get("strata") or ()
    if not strata:
        return ()
    rows = [
        (
            f"{numbers.decimal(row['from'], 3)} – {numbers.decimal(row['to'], 3)}",
            numbers.count(row["treated"]),
            numbers.count(row["comparator"]),
        )
        for row in strata
    ]
    heads = heads_of(desk, ("score-of", "treated-n", "comparator-n"))
    return (Part(desk.t("strata"), grid=Grid(tuple(heads), tuple(rows))),)
