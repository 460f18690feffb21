"""What every view of an analysis is made of: the desk it is written at, grids, plots, sentences, what could not be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from biopact.report import numbers
from biopact.report.naming import Naming
from biopact.text import say, template_of

__all__ = [
    "Desk",
    "Grid",
    "Part",
    "Row",
    "View",
    "exact_of",
    "facts_of",
    "failure_of",
    "group_of",
    "heads_of",
    "hidden",
    "mark_of",
    "notes_of",
]

Row = Mapping[str, Any]


MARK = " *"  # a value that the gate would suppress, shown in a trial


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: heads, rows of texts, and how many columns from the left name the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """More of one analysis under a heading of its own: a plot, a table, sentences."""

    heading: str
    plot: str | None = None
    grid: Grid | None = None
    said: tuple[str, ...] = ()


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
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What every view needs, and whether it draws: a terminal takes the tables alone."""

    naming: Naming
    families: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    draws: bool = True

    def t(self, code: str, **values: object) -> str:
        """A text of the report in its language."""
        return say(f"report.{code}", self.naming.lang, **values)

    def drawn(self, plot: Callable[..., str], *of: object) -> str | None:
        """A plot, where this desk draws."""
        return plot(*of) if self.draws else None


def facts_of(desk: Desk, analysis: Row) -> tuple[str, ...]:
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


def notes_of(desk: Desk, analysis: Row) -> tuple[str, ...]:
    """What cannot be concluded, in words."""
    notes = []
    for note in analysis.get("notes") or ():
        values = dict(note.get("values") or {})
        if isinstance(values.get("group"), str):
            values["group"] = group_of(desk, analysis, values["group"])
        if isinstance(values.get("terms"), str):
            values["terms"] = ", ".join(desk.naming.term(term) for term in values["terms"].split(", "))
        if isinstance(values.get("factor"), float):
            values["factor"] = f"{values['factor']:g}"
        known = template_of(note["code"], desk.naming.lang) is not None
        notes.append(say(note["code"], desk.naming.lang, **values) if known else note["code"])
    return tuple(notes)


def failure_of(desk: Desk, analysis: Row, refused: bool) -> str:
    """Why there is no number."""
    failed = analysis.get("failed")
    if failed and template_of(f"study.failure.{failed}", desk.naming.lang) is not None:
        return say(f"study.failure.{failed}", desk.naming.lang)
    return desk.t("refused-here" if refused else "nothing-here")


def heads_of(desk: Desk, codes: Sequence[str]) -> list[str]:
    """The heads of columns: a code of its own room (``measure.hazard``), or that of a column."""
    return [desk.t(code if "." in code else f"column.{code}") for code in codes]


def exact_of(rows: Sequence[Row]) -> Grid:
    """Everything a table of the file holds, under its own names."""
    heads = tuple(dict.fromkeys(key for row in rows for key in row))
    return Grid(heads, tuple(tuple(numbers.exact(row.get(key)) for key in heads) for row in rows), 1)


def group_of(desk: Desk, analysis: Row, group: str) -> str:
    """A group in words: everybody, or a level of the column that makes the groups."""
    by = (analysis.get("values") or {}).get("by")
    if by is None:
        return desk.naming.party("all") if group == "all" else group
    return desk.naming.level(by, group)


def scale_of(families: Mapping[str, str], analysis: Row) -> str:
    """What a coefficient turns into: by the kind, and by the family where it is told."""
    if analysis["kind"] == "cox":
        return "hazard"
    family = families.get(analysis["name"]) or analysis.get("family")
    if family == "gaussian" or (family is None and "scale" in (analysis.get("fit") or {})):
        return "difference"
    return {"binomial": "odds", "poisson": "rate", "gamma": "mean"}.get(family or "", "ratio")


def mark_of(row: Row, *keys: str) -> str:
    """The mark of a value that would be hidden on a release, shown in a trial."""
    return MARK if set(keys) & set(row.get("suppressed") or ()) else ""


def hidden(desk: Desk, analysis: Row) -> tuple[str, ...]:
    """In a trial: what the mark on a value means."""
    return (desk.t("read.would-suppress"),) if any(row.get("suppressed") for row in analysis["table"]) else ()
