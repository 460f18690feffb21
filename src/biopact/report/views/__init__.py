"""Each analysis of ``biopact.results/1`` as a reader sees it: a plot, a table of rounded numbers, the exact ones behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from biopact.report.naming import Naming
from biopact.report.views.cohort import compared
from biopact.report.views.curves import calibrated, discriminating, spread, survival, validated
from biopact.report.views.models import combined, model
from biopact.report.views.page import Desk, Grid, Part, Row, View, facts_of, failure_of, notes_of, scale_of
from biopact.report.views.tables import correlated, crossed, described, plain, rated, tested
from biopact.text import say, template_of

__all__ = ["Grid", "Part", "View", "scale_of", "views"]

_TABLES: Mapping[str, Callable[[Desk, View, Row], View]] = {
    "describe": described,
    "crosstab": crossed,
    "histogram": spread,
    "correlation": correlated,
    "kaplan-meier": survival,
    "log-rank": tested,
    "roc": discriminating,
    "calibration": calibrated,
    "external-validation": validated,
    "meta-analysis": combined,
    "standardised-rates": rated,
    "comparative-cohort": compared,
}


def views(results: Mapping[str, Any], naming: Naming, draws: bool = True) -> tuple[View, ...]:
    """Every analysis in the order of the file. The sites are levels of a column: the first in sorted order is the reference."""
    sites = sorted(site["id"] for site in results["sites"])
    titles = {**naming.titles, "levels": {"site": sites, **(naming.titles.get("levels") or {})}}
    desk = Desk(replace(naming, titles=titles), titles.get("families") or {}, titles.get("times") or {}, draws)
    refused = {refusal["analysis"] for refusal in results["refused"] if not refusal.get("trial")}
    whole = None in refused
    found = [
        _view(desk, at, analysis, whole or analysis["name"] in refused)
        for at, analysis in enumerate(results["analyses"], 1)
    ]
    headings = Counter(view.heading for view in found)
    return tuple(
        replace(view, heading=f"{view.heading} ({view.name})") if headings[view.heading] > 1 else view for view in found
    )


def _view(desk: Desk, at: int, analysis: Row, refused: bool) -> View:
    name, kind = analysis["name"], analysis["kind"]
    heading = desk.naming.of("analyses", name)
    if heading == name:
        codes = (f"report.kind.{kind}-{scale_of(desk.families, analysis)}", f"report.kind.{kind}")
        known = [code for code in codes if template_of(code, desk.naming.lang) is not None]
        heading = say(known[0], desk.naming.lang) if known else name
    base = View(f"a{at}", name, heading, kind, facts_of(desk, analysis), notes=notes_of(desk, analysis))
    if analysis.get("terms"):
        return model(desk, base, analysis)
    if analysis.get("table"):
        return _TABLES.get(kind, plain)(desk, base, analysis)
    return replace(base, failed=failure_of(desk, analysis, refused))
