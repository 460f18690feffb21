"""The columns a study declares: what a site may be asked for, and within what bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from biopact.errors import StudyError
from biopact.study.fields import Fields
from biopact.study.filter import Condition, ValueKind, parse_condition

__all__ = ["LARGEST", "RESERVED", "Column", "Level", "read_columns"]

Kind = Literal["number", "boolean", "factor"]
Level = str | float
RESERVED = ("site", "country")  # the party's id and country, from the pact
LARGEST = 1e100  # of a column without bounds; its square is still a number
MAX_COLUMNS = 1_000
MAX_LEVELS = 200
_NAME = re.compile(r"[A-Za-z_가-힣][A-Za-z0-9_가-힣]{0,63}\Z")
_KEYS = ("type", "unit", "bounds", "levels", "missing", "derive", "title")


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column. A boolean is 0 or 1; a factor has its levels in order, the first being the reference."""

    name: str
    kind: Kind
    bounds: tuple[float, float] | None = None
    levels: tuple[Level, ...] = ()
    missing: tuple[Level, ...] = ()
    unit: str = ""
    derive: Condition | None = None
    title: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> ValueKind:
        """The kind of its values in a condition."""
        if self.kind == "factor":
            return "number" if all(isinstance(level, float) for level in self.levels) else "text"
        return "boolean" if self.kind == "boolean" else "number"

    def level_names(self) -> tuple[str, ...]:
        """The levels as they are printed."""
        if self.kind == "boolean":
            return ("0", "1")
        return tuple(level if isinstance(level, str) else f"{level:g}" for level in self.levels)

    def describe(self) -> dict[str, Any]:
        """All of it that bears on an answer, for the identity of a request."""
        return {
            "kind": self.kind,
            "bounds": self.bounds,
            "levels": self.levels,
            "missing": self.missing,
            "derive": self.derive.text if self.derive else None,
        }


def read_columns(fields: Fields) -> dict[str, Column]:
    """The columns of a study, in the order written; faults are noted in ``fields``."""
    columns: dict[str, Column] = {}
    if len(fields.value) > MAX_COLUMNS:
        fields.fault("study.too-many-columns", limit=MAX_COLUMNS)
        return {}
    for name in fields.value:
        if name in RESERVED:
            fields.fault("study.reserved-name", name, column=name)
        elif not _NAME.match(name):
            fields.fault("study.odd-name", name, column=name[:40])
        else:
            columns[name] = _column(name, fields.inside(name))
    kinds = {name: column.values for name, column in columns.items() if column.derive is None}
    for name, column in columns.items():
        if column.derive is not None:
            try:
                column.derive.check({**kinds, "site": "text", "country": "text"}, fields.place(name, "derive"))
            except StudyError as error:
                fields.faults.append(error)
    return columns


def _column(name: str, fields: Fields) -> Column:
    fields.known(*_KEYS)
    levels = _values(fields, "levels")
    derive = _derived(fields)
    told = fields.choice("type", ("number", "boolean", "factor"), _guess(levels, derive is not None))
    kind: Kind = "boolean" if told == "boolean" else "factor" if told == "factor" or levels else "number"
    if _is_boolean(fields.value.get("levels")):
        kind, levels = "boolean", ()
    if derive is not None and (kind != "boolean" or any(key in fields.value for key in ("bounds", "missing"))):
        fields.fault("study.derived-only", "derive", column=name)
    if kind == "factor" and len(levels) < 2:
        fields.fault("study.levels-needed", column=name)
    if kind != "number" and "bounds" in fields.value:
        fields.fault("study.bounds-of-levels", "bounds", column=name)
    return Column(
        name,
        kind,
        _bounds(fields, name),
        levels if kind == "factor" else (),
        _values(fields, "missing"),
        fields.text("unit") or "",
        derive,
        fields.words("title"),
    )


def _guess(levels: tuple[Level, ...], derived: bool) -> str:
    return "boolean" if derived else "factor" if levels else "number"


def _derived(fields: Fields) -> Condition | None:
    text = fields.text("derive")
    if text is None:
        return None
    try:
        return parse_condition(text, fields.place("derive"))
    except StudyError as error:
        fields.faults.append(error)
        return None


def _is_boolean(levels: object) -> bool:
    if not isinstance(levels, list) or len(levels) != 2:
        return False
    return all(isinstance(level, (bool, int, float)) for level in levels) and list(map(float, levels)) == [0, 1]


def _values(fields: Fields, key: str) -> tuple[Level, ...]:
    found = fields.value.get(key)
    if found is None:
        return ()
    listed = found if isinstance(found, list) else [found]
    good: list[Level] = []
    for index, item in enumerate(listed):
        if isinstance(item, (int, float)) and abs(item) < LARGEST:
            good.append(float(item))
        elif isinstance(item, str) and item and len(item) <= 200:
            good.append(item)
        else:
            fields.fault("study.odd-level", key, index, key=key)
    if len(set(good)) < len(good):
        fields.fault("study.twice-in-list", key, key=key)
    if len(good) > MAX_LEVELS:
        fields.fault("study.too-many-levels", key, limit=MAX_LEVELS)
        return ()
    if key == "levels" and len({type(level) for level in good}) > 1:
        fields.fault("study.mixed-levels", key)
        return tuple(str(level) for level in good)
    return tuple(good)


def _bounds(fields: Fields, name: str) -> tuple[float, float] | None:
    found = fields.value.get("bounds")
    if found is None:
        return None
    numbers = found if isinstance(found, list) else []
    sound = len(numbers) == 2 and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) and abs(item) <= LARGEST for item in numbers
    )
    if not sound or not numbers[0] < numbers[1]:
        fields.fault("study.odd-bounds", "bounds", column=name)
        return None
    return float(numbers[0]), float(numbers[1])
