"""The readiness table as a reader sees it: for each site and column what is missing, where values lie, which levels hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biopact.report import numbers
from biopact.report.naming import Naming
from biopact.report.views import Grid
from biopact.text import say

__all__ = ["readiness_grid", "readiness_notes"]

HEADS = ("site", "variable", "missing", "declared", "middle", "half", "median", "levels", "few")


def readiness_grid(readiness: Mapping[str, Any], naming: Naming) -> Grid:
    """A row for each site and column."""
    heads = tuple(say(f"report.column.{code}", naming.lang) for code in HEADS)
    rows = sorted(readiness["table"], key=lambda row: row["site"])
    return Grid(heads, tuple(_row(row, naming) for row in rows), 2)


def readiness_notes(readiness: Mapping[str, Any], naming: Naming) -> tuple[str, ...]:
    """What to look at before a fit: columns whose units seem to differ."""
    found = []
    for note in readiness.get("notes") or ():
        values = dict(note["values"])
        sites = ", ".join(naming.party(site) for site in str(values.get("sites", "")).split(", "))
        values |= {"column": naming.column(str(values.get("column", ""))), "sites": sites}
        found.append(say(note["code"], naming.lang, **values))
    return tuple(found)


def _row(row: Mapping[str, Any], naming: Naming) -> tuple[str, ...]:
    name, unit = naming.column(row["column"]), naming.unit(row["column"]) or row["unit"]
    shown = f"{name} ({unit})" if unit else name
    first = (naming.party(row["site"]), shown, _missing(row["missing"]))
    if "range" not in row:
        told = (naming.level(row["column"], level) for level in row["levels"])
        few = (naming.level(row["column"], level) for level in row["gated"])
        return (*first, *[numbers.NONE] * 4, _listed(told), _listed(few))
    held = (_band(row["declared"]), _ends(row["range"]), _ends(row["quartiles"]), _band(row["median"]))
    return (*first, *held, numbers.NONE, numbers.NONE)


def _ends(bands: Any) -> str:
    low, high = bands
    return numbers.NONE if low is None or high is None else f"{_number(low[0])} – {_number(high[1])}"


def _listed(names: Any) -> str:
    return ", ".join(names) or numbers.NONE


def _missing(band: Any) -> str:
    return str(band) if isinstance(band, str) else f"{100 * band[0]:g} – {100 * band[1]:g}%"


def _band(band: Any) -> str:
    return numbers.NONE if band is None else f"{_number(band[0])} – {_number(band[1])}"


def _number(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")
