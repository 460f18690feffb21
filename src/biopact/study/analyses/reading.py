"""What several analyses read in the same way: times and events, weights, groups."""

from __future__ import annotations

from collections.abc import Mapping

from biopact.errors import StudyError
from biopact.study.columns import Column
from biopact.study.fields import Fields

__all__ = ["declared", "read_group", "read_survival", "read_weights", "survival_end"]


def declared(fields: Fields, key: str, columns: Mapping[str, Column], kind: str | None = None) -> Column:
    """The declared column under a key, of a kind (``levels``: a factor or a boolean). Raises StudyError."""
    name = fields.needed(key)
    column = columns.get(name)
    if column is None:
        raise StudyError("study.undeclared", fields.place(key), column=name)
    if kind == "levels" and column.kind == "number":
        raise StudyError("study.levels-needed", fields.place(key), column=name)
    if kind == "boolean" and column.kind != "boolean":
        raise StudyError("study.event-kind", fields.place(key), column=name)
    if kind == "number" and (column.kind != "number" or column.bounds is None):
        raise StudyError("study.bounds-needed", fields.place(key), column=name)
    return column


def read_group(fields: Fields, columns: Mapping[str, Column]) -> str | None:
    """What makes groups: ``site``, ``country``, a factor or a boolean; None where nothing is written. Raises StudyError."""
    by = fields.text("by")
    if by is not None and by not in ("site", "country") and (by not in columns or columns[by].kind == "number"):
        raise StudyError("study.odd-group", fields.place("by"), column=by)
    return by


def survival_end(columns: Mapping[str, Column], time: str, until: float | None) -> float:
    """The end of the follow-up: that of the study, else the upper bound of the time."""
    return until if until is not None else (columns[time].bounds or (0.0, 0.0))[1] if time in columns else 0.0


def read_weights(fields: Fields, columns: Mapping[str, Column]) -> str | None:
    """A column of weights, where one is written. Raises StudyError."""
    weights = fields.text("weights")
    if weights is None:
        return None
    column = columns.get(weights)
    if column is None or column.kind != "number" or column.bounds is None or column.bounds[0] < 0:
        raise StudyError("study.odd-weights", fields.place("weights"), column=weights)
    return weights


def read_survival(fields: Fields, columns: Mapping[str, Column]) -> tuple[str, str, str | None]:
    """The columns of time, event and (where written) entry. Raises StudyError."""
    found: list[str | None] = []
    for key, kind in (("time", "number"), ("event", "boolean"), ("entry", "number")):
        name = fields.text(key) if key == "entry" else fields.needed(key)
        if name and name not in columns:
            raise StudyError("study.undeclared", fields.place(key), column=name)
        if name and columns[name].kind != kind:
            raise StudyError(f"study.{key}-kind", fields.place(key), column=name)
        if name and kind == "number" and (columns[name].bounds or (-1.0, 0.0))[0] < 0:
            raise StudyError("study.time-bounds", fields.place(key), column=name)
        found.append(name)
    return found[0] or "", found[1] or "", found[2]
