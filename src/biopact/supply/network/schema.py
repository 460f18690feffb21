"""The schema of the tables (``schema.yaml``): what drives reading, checks, templates and the chapter for users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from biopact.errors import InputError
from biopact.marked import parse

__all__ = ["MISSING", "Column", "Schema", "Table", "schema"]


class _Missing:
    """A column that must be filled in has no default."""

    def __repr__(self) -> str:
        return "-"


MISSING: Any = _Missing()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, default (``MISSING``: must be filled in), bounds and meaning."""

    name: str
    type: str
    text: Mapping[str, str]
    unit: str = ""
    default: Any = MISSING
    least: float | None = None
    above: float | None = None
    table: str | None = None
    kinds: str | None = None

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, which need a source."""
        return self.type in ("number", "integer")


@dataclass(frozen=True, slots=True)
class Table:
    """One table and its columns, in order."""

    name: str
    text: Mapping[str, str]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables, the words for kinds, and the known units."""

    tables: Mapping[str, Table]
    kinds: Mapping[str, Mapping[str, str]]  # family -> as written (lower case, hyphens) -> as told
    units: frozenset[str]

    def kind(self, family: str, written: str) -> str | None:
        """The kind meant by a word: case, spaces, underscores and articles do not matter."""
        return self.kinds[family].get(_plain(written))


def _plain(word: str) -> str:
    parts = word.lower().replace("_", " ").replace("-", " ").split()
    return "-".join(part for part in parts if part not in ("a", "an", "the"))


@cache
def schema() -> Schema:
    """The schema of the package."""
    text = (files("biopact.supply.network") / "schema.yaml").read_text(encoding="utf-8")
    written = parse(text, "schema.yaml", InputError).value
    kinds = {
        family: {_plain(word): told for told, words in told_as.items() for word in (told, *words)}
        for family, told_as in written.pop("kinds").items()
    }
    units = frozenset(written.pop("units"))
    tables = {name: _table(name, table) for name, table in written.items()}
    return Schema(tables, kinds, units)


def _table(name: str, written: Mapping[str, Any]) -> Table:
    columns = {}
    for column, of in written["columns"].items():
        more = {key: value for key, value in of.items() if key not in ("en", "ko")}
        columns[column] = Column(name=column, text={"en": of["en"], "ko": of["ko"]}, **more)
    return Table(name, {"en": written["en"], "ko": written["ko"]}, columns)
