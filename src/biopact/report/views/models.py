"""Fitted models: ratios as a forest, coefficients as a table; the combined estimates of a meta-analysis beside the exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from biopact.report import numbers
from biopact.report.views.page import Desk, Grid, Part, Row, View, exact_of, heads_of, scale_of

__all__ = ["combined", "exponential", "model"]


def model(desk: Desk, base: View, analysis: Row) -> View:
    """A fitted model: a forest of its ratios (a linear model has none), its coefficients, the exact numbers."""
    from biopact.report.plots import Ratio, forest

    scale = scale_of(desk.families, analysis)
    terms = analysis["terms"]
    shown = [term for term in terms if term["term"] != "Intercept"]
    plot = None
    if scale != "difference" and shown:
        ratios = [
            Ratio(desk.naming.term(it["term"]), *(exponential(it[end]) for end in ("coef", "low", "high")))
            for it in shown
        ]
        axis = desk.t("axis", measure=desk.t(f"measure.{scale}"))
        plot = desk.drawn(forest, base.id, desk.t("forest-title", name=base.heading), axis, ratios)
    heads = ("term", "compared", f"measure.{scale}", "interval", "p", "coef", "se")
    rows = [_term(desk, term, scale) for term in (shown or terms)]
    said = (desk.t(f"read.{scale}"), desk.t("read.interval"))
    return replace(
        base, plot=plot, grid=Grid(tuple(heads_of(desk, heads)), tuple(rows), 2), exact=exact_of(terms), said=said
    )


def _term(desk: Desk, term: Row, scale: str) -> tuple[str, ...]:
    ends = [term["coef"], term["low"], term["high"]]
    if scale == "difference":
        value, low, high = (numbers.decimal(end, 3) for end in ends)
    else:
        value, low, high = (numbers.ratio(exponential(end)) for end in ends)
    return (
        desk.naming.term(term["term"]),
        desk.naming.reference(term["term"]) or numbers.NONE,
        value,
        f"{low} – {high}",
        numbers.probability(term["p"]),
        numbers.decimal(term["coef"], 4),
        numbers.decimal(term["se"], 4),
    )


def exponential(value: float) -> float:
    """The ratio of a coefficient; what is too large to be written stays the largest."""
    return math.exp(min(value, 700.0))


def combined(desk: Desk, base: View, analysis: Row) -> View:
    """A meta-analysis: the exact fit, the fixed and the random effect of each term; the sites' own where published."""
    from biopact.report.plots import Ratio, forest

    values = analysis["values"]
    scale = scale_of(desk.families, {**analysis, "kind": "cox" if "events" in (values.get("fit") or {}) else "glm"})
    ratios, rows, sites = [], [], []
    for row in analysis["table"]:
        term = desk.naming.term(row["term"])
        if row["term"] == "Intercept":
            continue
        own = [each for each in values.get("by_site") or () if each["term"] == row["term"]]
        for each in own:
            label = f"{term}: {desk.naming.party(each['site'])}"
            ratios.append(Ratio(label, *_ends(each["coef"], each["se"])))
            sites.append((term, desk.naming.party(each["site"]), *_shown(each["coef"], each["se"], scale)))
        for word in ("fixed", "random", "exact"):
            if row.get(word) is not None:
                ratios.append(Ratio(f"{term}: {desk.t(f'effect.{word}')}", *_ends(row[word], row[f"{word}_se"])))
        told = [_shown(row[word], row[f"{word}_se"], scale) for word in ("exact", "fixed", "random")]
        spread = (numbers.decimal(row["tau2"], 4), numbers.decimal(row["q"]), numbers.probability(row["p"]))
        rows.append((term, *(" ".join(each) for each in told), *spread, numbers.share(row["i2"]), str(row["sites"])))
    heads = heads_of(desk, ("term", "effect.exact", "effect.fixed", "effect.random", "tau2", "q", "p", "i2", "sites"))
    axis = desk.t("axis", measure=desk.t(f"measure.{scale}"))
    plot = None
    if scale != "difference":
        plot = desk.drawn(forest, base.id, desk.t("forest-title", name=base.heading), axis, ratios)
    parts: list[Part] = []
    if sites:
        own_heads = heads_of(desk, ("term", "site", f"measure.{scale}", "interval"))
        parts = [Part(desk.t("by-site"), grid=Grid(tuple(own_heads), tuple(sites), 2))]
    said = (desk.t(f"read.{scale}"), desk.t("read.meta"))
    grid = Grid(tuple(heads), tuple(rows))
    return replace(base, plot=plot, grid=grid, exact=exact_of(analysis["table"]), said=said, parts=tuple(parts))


def _interval(coef: float, se: float) -> tuple[float, float, float]:
    """An estimate and the ends of its 95 % interval."""
    from biopact.study.results import Z95

    return coef, coef - Z95 * se, coef + Z95 * se


def _ends(coef: float, se: float) -> Sequence[float]:
    """A ratio and the ends of its interval."""
    return [exponential(end) for end in _interval(coef, se)]


def _shown(coef: float | None, se: float | None, scale: str) -> tuple[str, str]:
    """An estimate and its interval in brackets, on the scale of its measure."""
    if coef is None or se is None:
        return numbers.NONE, ""
    if scale == "difference":
        value, low, high = (numbers.decimal(end, 3) for end in _interval(coef, se))
    else:
        value, low, high = (numbers.ratio(end) for end in _ends(coef, se))
    return value, f"({low} – {high})"
