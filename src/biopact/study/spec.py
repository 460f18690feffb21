"""A study as written down: what is asked, of whom, from which declared columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from biopact.errors import InputErrors, StudyError
from biopact.marked import Marked, read
from biopact.pact.checks import LEAST_MIN_CELL
from biopact.study.analyses import KINDS
from biopact.study.analyses.protocol import Analysis
from biopact.study.columns import RESERVED, Column, read_columns
from biopact.study.fields import Fields
from biopact.study.filter import Condition, parse_condition

__all__ = ["Population", "Study", "read_study", "study_of"]

MAX_ANALYSES = 100
_LABEL = re.compile(r"[A-Za-z0-9가-힣][A-Za-z0-9가-힣_.-]{0,63}\Z")
_KEYS = ("study", "title", "notice", "release", "population", "until", "columns", "analysis_set", "analyses", "limits")


@dataclass(frozen=True, slots=True)
class Population:
    """Who the study is about: the rows of a table that satisfy a condition. A local trial may leave the table out."""

    table: str
    where: Condition | None


@dataclass(frozen=True, slots=True)
class Until:
    """The administrative end of follow-up: later times are cut to it, and an event after it did not happen in time."""

    end: float
    time: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """One joint study."""

    id: str
    title: Mapping[str, str]
    notice: Mapping[str, str]
    release: tuple[str, ...]
    population: Population
    until: Until | None
    columns: Mapping[str, Column]
    complete: tuple[str, ...]  # the analysis set: everybody with a value in each of these
    adopts: str | None  # the study whose analysis set this one is about
    analyses: tuple[Analysis, ...]
    min_cell: int | None
    on_refusal: Literal["stop", "leave-out"]

    def analysis(self, name: str) -> Analysis:
        """The analysis of a name."""
        return next(analysis for analysis in self.analyses if analysis.name == name)

    def describe(self) -> dict[str, Any]:
        """What every answer depends on besides its own analysis, for the identity of a request."""
        return {
            "table": self.population.table,
            "where": self.population.where.text if self.population.where else None,
            "until": [self.until.end, self.until.time, *self.until.events] if self.until else None,
            "columns": {name: column.describe() for name, column in self.columns.items()},
            "complete": self.complete,
            "adopts": self.adopts,
        }


def read_study(path: Path) -> Study:
    """Read a study file. Raises InputErrors with every fault and its line."""
    return study_of(read(path, StudyError))


def study_of(marked: Marked) -> Study:
    """The study in a file that was read."""
    if not isinstance(marked.value, dict):
        raise StudyError("study.not-a-mapping", marked.place())
    fields = Fields(marked, (), marked.value, [])
    fields.known(*_KEYS, "on_refusal")
    columns = read_columns(fields.inside("columns"))
    if not columns:
        fields.fault("study.needed", "columns", key="columns")
    end = fields.number("until")
    analyses = _analyses(fields, columns, end)
    study = Study(
        _label(fields, "study"),
        fields.words("title"),
        fields.words("notice"),
        fields.names("release") or (),
        _population(fields.inside("population"), columns),
        _until(fields, end, analyses),
        columns,
        *_the_set(fields, columns, analyses),
        tuple(analyses),
        _min_cell(fields.inside("limits")),
        "leave-out" if fields.choice("on_refusal", ("stop", "leave-out"), "stop") == "leave-out" else "stop",
    )
    if fields.faults:
        raise InputErrors(fields.faults)
    return study


def _label(fields: Fields, key: str) -> str:
    """The name of a study or an analysis: it stands in ledgers and file names."""
    name = fields.needed(key)
    if name and not _LABEL.match(name):
        fields.fault("study.odd-label", key, name=name[:40])
    return name


def _population(fields: Fields, columns: Mapping[str, Column]) -> Population:
    fields.known("table", "where")
    table = fields.text("table") or ""
    text = fields.text("where")
    if text is None:
        return Population(table, None)
    kinds: dict[str, Any] = {name: column.values for name, column in columns.items()}
    try:
        where = parse_condition(text, fields.place("where"))
        where.check({**kinds, "site": "text", "country": "text"}, fields.place("where"))
    except StudyError as error:
        fields.faults.append(error)
        return Population(table, None)
    return Population(table, where)


def _analyses(fields: Fields, columns: Mapping[str, Column], end: float | None) -> list[Analysis]:
    found: list[Analysis] = []
    entries = fields.entries("analyses")
    if not entries or len(entries) > MAX_ANALYSES:
        fields.fault("study.analyses-needed", "analyses", limit=MAX_ANALYSES)
    for entry in entries[:MAX_ANALYSES]:
        name = _label(entry, "name")
        kind = entry.choice("kind", KINDS, "") if entry.needed("kind") else ""
        if any(other.name == name for other in found):
            entry.fault("study.name-twice", "name", name=name)
        if not kind:
            continue
        before = len(entry.faults)
        try:
            analysis = KINDS[kind].read(entry, name, columns, end)
        except StudyError as error:
            if len(entry.faults) == before or error.code != "study.undeclared":
                entry.faults.append(error)
        else:
            found.append(analysis)
    return found


def _until(fields: Fields, end: float | None, analyses: list[Analysis]) -> Until | None:
    if end is None:
        return None
    pairs = [(getattr(analysis, "time", None), getattr(analysis, "event", None)) for analysis in analyses]
    times = {time for time, _ in pairs if time}
    if len(times) != 1 or end <= 0:
        if not fields.faults:
            fields.fault("study.until", "until", count=len(times))
        return None
    events = tuple(dict.fromkeys(event for _, event in pairs if event))
    return Until(end, times.pop(), events)


def _the_set(
    fields: Fields, columns: Mapping[str, Column], analyses: list[Analysis]
) -> tuple[tuple[str, ...], str | None]:
    """The columns that make the analysis set, and the study from which it is adopted."""
    used = tuple(dict.fromkeys(column for analysis in analyses for column in analysis.complete))
    if "analysis_set" not in fields.value:
        return used, None
    inside = fields.inside("analysis_set")
    inside.known("complete", "of")
    of = inside.text("of")
    named = inside.names("complete")
    if of is not None:
        if named is not None:
            inside.fault("study.set-twice", "of")
        return used, of
    for column in named or ():
        if column not in columns and column not in RESERVED:
            inside.fault("study.undeclared", "complete", column=column)
    for column in used:
        if column not in (named or ()):
            inside.fault("study.outside-the-set", "complete", column=column)
    return tuple(column for column in named or () if column in columns), None


def _min_cell(fields: Fields) -> int | None:
    fields.known("min_cell")
    least = fields.integer("min_cell")
    if least is not None and not LEAST_MIN_CELL <= least <= 10_000:
        fields.fault("study.odd-minimum", "min_cell", found=least, least=LEAST_MIN_CELL)
        return None
    return least
