"""A network as written: one frozen row for each line of its tables, each knowing its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from biopact.errors import Place

__all__ = [
    "Demand", "Event", "Lane", "Material", "Network", "Policy", "Process", "Recipe", "Site", "Source", "Stock",
    "row_key",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """What is made, moved, kept or given to patients; ``price`` in USD per unit, None where not written."""

    id: str
    name_en: str = ""
    name_ko: str = ""
    unit: str = "units"
    price: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are made or kept; ``ttr`` in weeks, ``capacity`` a week shared by its processes."""

    id: str
    owner: str = ""
    country: str = ""
    city: str = ""
    ttr: int = 0
    capacity: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """A site making a material, ``capacity`` a week."""

    id: str
    site: str
    material: str
    capacity: float | None = None
    use: float = 1.0
    from_week: int = 0
    release_weeks: int = 0
    qualification_weeks: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a process takes for one unit of its output."""

    process: str
    input: str
    quantity: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A way for one material between two sites, ``lead`` weeks long."""

    id: str
    origin: str
    to: str
    material: str
    lead: int = 0
    capacity: float | None = None
    cost: float = 0.0
    tariff_code: str = ""
    flow: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies at a site when week 0 begins."""

    site: str
    material: str
    quantity: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """What patients of a country need of a product in a week, served from one site."""

    product: str
    country: str
    site: str
    quantity: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something named that may happen, in weeks ``start`` to ``end - 1``."""

    id: str
    kind: str
    target: str = ""
    start: int = 0
    end: int | None = None
    factor: float | None = None
    line: int = 0
    cite: str = ""  # the article that makes it, where the law does

    @property
    def targets(self) -> tuple[str, ...]:
        """What it hits, one by one."""
        return split_targets(self.target)


@dataclass(frozen=True, slots=True)
class Policy:
    """Something the countries could do from week ``start`` on."""

    id: str
    kind: str
    target: str = ""
    start: int = 0
    value: float | None = None
    cost_year: float | None = None
    payer: str = ""
    cost_start: float = 0.0
    line: int = 0

    @property
    def targets(self) -> tuple[str, ...]:
        """What it changes, one by one."""
        return split_targets(self.target)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from: ``confidence`` H, M or L, and the range it may lie in."""

    table: str
    row: str
    column: str
    source: str
    date: str = ""
    confidence: str = "L"
    low: float | None = None
    high: float | None = None
    line: int = 0


def split_targets(text: str) -> tuple[str, ...]:
    """The parts of a target, which are joined by ``;``."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


# the columns that name a row where it has no id
_KEYS = {
    "recipes": ("process", "input"),
    "stocks": ("site", "material"),
    "demand": ("product", "country", "site"),
    "sources": ("table", "row", "column"),
}


def row_key(table: str, row: Any) -> str:
    """How sources name a row: its id, or its keys joined by ``:``."""
    return ":".join(str(getattr(row, name)) for name in _KEYS.get(table, ("id",)))


@dataclass(frozen=True)
class Network:
    """All tables of a network. ``folder`` is where they were read; ``book`` the workbook, where they lay in one."""

    materials: tuple[Material, ...]
    sites: tuple[Site, ...]
    processes: tuple[Process, ...]
    demand: tuple[Demand, ...]
    recipes: tuple[Recipe, ...] = ()
    lanes: tuple[Lane, ...] = ()
    stocks: tuple[Stock, ...] = ()
    events: tuple[Event, ...] = ()
    policies: tuple[Policy, ...] = ()
    sources: tuple[Source, ...] = ()
    name: str = "network"
    folder: Path | None = field(default=None, compare=False)
    book: Path | None = field(default=None, compare=False)

    def table(self, name: str) -> tuple[Any, ...]:
        """One table by name."""
        rows: tuple[Any, ...] = getattr(self, name)
        return rows

    def tables(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every table with its name."""
        for each in fields(self):
            if each.name not in ("name", "folder", "book"):
                yield each.name, getattr(self, each.name)

    def place(self, table: str, row: Any = None, column: str | None = None) -> Place:
        """Where a row is written."""
        if self.book is not None:
            return Place(self.book, getattr(row, "line", None) or None, f"{table} {column}" if column else table)
        file = self.folder / f"{table}.csv" if self.folder else f"{table}.csv"
        return Place(file, getattr(row, "line", None) or None, column)

    def with_value(self, table: str, key: str, column: str, value: Any) -> Network:
        """The network with one number changed. Raises KeyError where no row has that key."""
        rows = list(self.table(table))
        found = [at for at, row in enumerate(rows) if row_key(table, row) == key]
        if not found:
            raise KeyError(f"{table}: {key}")
        for at in found:
            rows[at] = replace(rows[at], **{column: value})
        changed: dict[str, Any] = {table: tuple(rows)}
        return replace(self, **changed)
