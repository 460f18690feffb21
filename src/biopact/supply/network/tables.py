"""Reading a network: a folder of CSV files, or one workbook with a sheet for each table."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from biopact.errors import DataError, InputError, InputErrors, MissingExtraError, Place
from biopact.pact.countries import COUNTRIES, meant
from biopact.pact.written import nearest, shown
from biopact.supply.network import rows
from biopact.supply.network.rows import Network
from biopact.supply.network.schema import MISSING, Column, Table, schema

__all__ = ["read_network", "read_tables"]

_ROWS: dict[str, Any] = {
    "materials": rows.Material, "sites": rows.Site, "processes": rows.Process, "recipes": rows.Recipe,
    "lanes": rows.Lane, "stocks": rows.Stock, "demand": rows.Demand, "events": rows.Event,
    "policies": rows.Policy, "sources": rows.Source,
}  # fmt: skip
_NEEDED = ("materials", "sites", "processes", "demand")
_RENAMED = {"from": "origin"}
MAX_ROWS = 1_000_000
Cells = list[tuple[int, dict[str, str]]]


def read_network(path: Path) -> Network:
    """The network of a folder of CSV files or of an Excel workbook.

    Raises DataError where a table is missing and InputErrors with every bad cell: file, line, column. What the cells
    say together is judged by ``checks``.
    """
    if path.suffix.lower() == ".xlsx" and path.is_file():
        return _network(dict(_sheets(path)), path.parent, path.stem, path)
    if not path.is_dir():
        raise DataError("supply.no-network", Place(path))
    books = sorted(path.glob("*.xlsx"))
    if not any((path / f"{name}.csv").is_file() for name in _ROWS) and len(books) == 1:
        return read_network(books[0])
    found = {}
    for name in _ROWS:
        file = path / f"{name}.csv"
        if file.is_file():
            found[name] = _csv(file)
        elif name in _NEEDED:
            raise DataError("supply.no-table", Place(file), table=name)
    return _network(found, path, path.resolve().name, None)


def read_tables(tables: dict[str, Sequence[dict[str, Any]]], name: str = "network") -> Network:
    """A network from plain rows, checked cell by cell as a file would be: for programs that make networks."""
    cells = {
        table: [(at, {key: _spelled(value) for key, value in row.items()}) for at, row in enumerate(given, 2)]
        for table, given in tables.items()
    }
    return _network(cells, None, name, None)


def _spelled(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _csv(file: Path) -> Cells:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(_rows(csv.DictReader(lines), file))
    except UnicodeDecodeError:
        raise DataError("supply.not-utf8", Place(file)) from None
    except (OSError, csv.Error) as error:
        raise DataError("supply.cannot-read", Place(file), why=str(error)) from None


def _rows(reader: csv.DictReader[str], file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if not reader.fieldnames:
        raise DataError("supply.empty-table", Place(file))
    twice = {name for name in reader.fieldnames if list(reader.fieldnames).count(name) > 1}
    if twice:
        raise DataError("supply.column-twice", Place(file, 1, sorted(twice)[0]))
    for row in reader:
        line = reader.line_num
        if None in row or any(value is None for value in row.values()):
            raise DataError("supply.ragged-row", Place(file, line), expected=len(reader.fieldnames))
        if line > MAX_ROWS:
            raise DataError("supply.too-long", Place(file, line), most=MAX_ROWS)
        if any(value.strip() for value in row.values()):
            yield line, {(key or "").strip(): value.strip() for key, value in row.items()}


def _sheets(path: Path) -> Iterator[tuple[str, Cells]]:
    try:
        import openpyxl
    except ImportError:
        raise MissingExtraError("openpyxl", "supply") from None
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for name in _ROWS:
        if name not in book.sheetnames:
            if name in _NEEDED:
                raise DataError("supply.no-table", Place(path), table=name)
            continue
        lines = list(book[name].iter_rows(values_only=True))
        heads = [str(head or "").strip() for head in lines[0]] if lines else []
        yield (
            name,
            [
                (at, {head: _spelled(value).strip() for head, value in zip(heads, line, strict=False) if head})
                for at, line in enumerate(lines[1:], 2)
                if any(value is not None for value in line)
            ],
        )


def _network(cells: dict[str, Cells], folder: Path | None, name: str, book: Path | None) -> Network:
    faults: list[InputError] = []
    made: dict[str, tuple[Any, ...]] = {}
    for table, given in cells.items():
        if table not in _ROWS:
            continue
        file = book or (folder / f"{table}.csv" if folder else Path(f"{table}.csv"))
        made[table] = tuple(_typed(schema().tables[table], given, file, faults))
    missing = [table for table in _NEEDED if table not in made]
    if missing:
        raise DataError("supply.no-table", Place(folder), table=missing[0])
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
    return Network(**made, name=name, folder=folder, book=book)


def _typed(table: Table, given: Cells, file: Path, faults: list[InputError]) -> Iterator[Any]:
    if given:
        heads = set(given[0][1])
        for column in table.columns.values():
            if column.default is MISSING and column.name not in heads:
                near = nearest(column.name, heads - set(table.columns)) or "-"
                faults.append(DataError("supply.no-column", Place(file, 1, column.name), near=near))
                return
    make = _ROWS[table.name]
    for line, row in given:
        values: dict[str, Any] = {}
        sound = True
        for column in table.columns.values():
            try:
                value = _value(column, row.get(column.name, ""), Place(file, line, column.name))
            except InputError as fault:
                faults.append(fault)
                sound = False
                continue
            values[_RENAMED.get(column.name, column.name)] = value
        if sound:
            yield make(**values, line=line)


def _value(column: Column, text: str, place: Place) -> Any:
    """The typed value of a cell. Raises DataError."""
    if not text:
        if column.default is MISSING:
            raise DataError("supply.empty-cell", place)
        return float(column.default) if column.type == "number" and column.default is not None else column.default
    match column.type:
        case "number" | "integer":
            return _number(column, text, place)
        case "country":
            return _country(text, place)
        case "kind":
            family = column.kinds or ""
            found = schema().kind(family, text)
            if found is None:
                known = ", ".join(dict.fromkeys(schema().kinds[family].values()))
                raise DataError("supply.unknown-kind", place, found=shown(text), known=known)
            return found
    return text


def _number(column: Column, text: str, place: Place) -> float | int:
    try:
        number = float(text.replace(",", "") if _thousands(text) else text)
    except ValueError:
        raise DataError("supply.not-a-number", place, found=shown(text)) from None
    if not math.isfinite(number):
        raise DataError("supply.not-finite", place, found=shown(text))
    if column.least is not None and number < column.least:
        raise DataError("supply.too-small", place, found=text, least=f"{column.least:g}")
    if column.above is not None and number <= column.above:
        raise DataError("supply.not-above", place, found=text, above=f"{column.above:g}")
    if column.type == "integer":
        if number != int(number):
            raise DataError("supply.not-whole", place, found=text)
        return int(number)
    return number


def _thousands(text: str) -> bool:
    head, *groups = text.split(".")[0].split(",")
    return bool(groups) and 1 <= len(head.lstrip("-")) <= 3 and all(len(group) == 3 for group in groups)


def _country(text: str, place: Place) -> str:
    code = text.upper()
    if code in COUNTRIES:
        return code
    if code == "EU":
        raise DataError("supply.eu", place)
    near = meant(text)
    raise DataError("supply.unknown-country", place, found=shown(text), near=near or "US, KR, DE")
