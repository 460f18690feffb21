"""Every number of a network with its sources: which are well known, which are assumed, and within what range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from biopact.supply.network.rows import Network, Source, row_key
from biopact.supply.network.schema import Column, schema

__all__ = ["Cell", "cells_of", "low_confidence", "names_something"]

_SKIP = {"sources"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number as written, the row it is in, and what is said of where it comes from."""

    table: str
    row: Any
    key: str
    column: str
    value: float
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """As it is told: ``stocks DEPOT_US:adalimumab quantity``."""
        return f"{self.table} {self.key} {self.column}"

    @property
    def confidence(self) -> str:
        """H, M or L: that of its weakest source; L where it has none."""
        return max((source.confidence for source in self.sources), default="L", key="HML".index)

    @property
    def low(self) -> float | None:
        """The lowest any of its sources admits."""
        return min((source.low for source in self.sources if source.low is not None), default=None)

    @property
    def high(self) -> float | None:
        """The highest any of its sources admits."""
        return max((source.high for source in self.sources if source.high is not None), default=None)


def cells_of(network: Network) -> Iterator[Cell]:
    """Every number that was written (a default that was left to stand is not a claim)."""
    exact: dict[tuple[str, str, str], list[Source]] = {}
    for source in network.sources:
        exact.setdefault((source.table, _plain(source.row), source.column), []).append(source)
    for table, rows in network.tables():
        if table in _SKIP:
            continue
        columns = [column for column in schema().tables[table].columns.values() if column.numeric]
        for row in rows:
            key = row_key(table, row)
            for column in columns:
                value = getattr(row, column.name, None)
                if value is not None and not _default(column, value):
                    yield Cell(table, row, key, column.name, float(value), _sources(exact, table, key, row, column))


def _default(column: Column, value: float) -> bool:
    return column.default is not None and isinstance(column.default, int | float) and value == column.default


def _plain(key: str) -> str:
    return key.replace("/", ":").replace(",", ":").replace(" ", "")


def _sources(
    exact: dict[tuple[str, str, str], list[Source]], table: str, key: str, row: Any, column: Column
) -> tuple[Source, ...]:
    """The sources of a number: the closest that are written (this cell, its row, its column, its table)."""
    short = _plain(key.rpartition(":")[0]) if table == "demand" else None
    for where in (_plain(key), str(row.line), short):
        if where is None:
            continue
        found = exact.get((table, where, column.name)) or exact.get((table, where, "*"))
        if found:
            return tuple(found)
    return tuple(exact.get((table, "*", column.name)) or exact.get((table, "*", "*")) or ())


def low_confidence(network: Network) -> tuple[Cell, ...]:
    """The numbers of low confidence, and those without a source."""
    return tuple(cell for cell in cells_of(network) if cell.confidence == "L")


def names_something(network: Network, source: Source) -> bool:
    """Whether a source speaks of a number that is there."""
    known = schema().tables.get(source.table)
    if known is None or source.table in _SKIP:
        return False
    if source.column != "*" and source.column not in known.columns:
        return False
    if source.row == "*":
        return True
    for row in network.table(source.table):
        key = row_key(source.table, row)
        if _plain(source.row) in (_plain(key), str(row.line), _plain(key.rpartition(":")[0])):
            return True
    return False
