"""What is screened: somebody's names and what else is known of them, from a file of names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from biopact.errors import DataError, Place
from biopact.screening.identifiers import KINDS, fault_of, tidy
from biopact.screening.lists.entry import Note
from biopact.screening.lists.fields import country, several, years
from biopact.screening.lists.files import Table, read_blob, table_of
from biopact.screening.lists.format import plain
from biopact.screening.lists.simple import COLUMNS, kind_named
from biopact.screening.names.clean import cleaned
from biopact.screening.names.name import Kind, names_of

__all__ = ["Finding", "Query", "findings_of", "read_names"]


@dataclass(frozen=True, slots=True)
class Query:
    """Somebody to be screened: an id, every name, and what qualifies a match. ``line`` is where it is written."""

    id: str
    names: tuple[str, ...]
    kind: Kind = "unknown"
    countries: frozenset[str] = frozenset()
    birth_years: frozenset[int] = frozenset()
    programmes: tuple[str, ...] = ()
    identifiers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    line: int | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of what is asked: a judgement holds for this and no other."""
        said = [
            self.id, sorted(self.names), self.kind, sorted(self.countries), sorted(self.birth_years),
            sorted(self.programmes), {key: sorted(value) for key, value in sorted(self.identifiers.items())},
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one query that a person must see: a code, the query's id, its line. Never its name.

    ``blocking`` where the query could not be screened as it stands.
    """

    code: str
    query: str
    line: int | None = None
    blocking: bool = False
    values: Mapping[str, object] = field(default_factory=dict)


def read_names(path: Path) -> tuple[list[Query], list[Note], list[Finding]]:
    """The queries of a CSV, TSV or workbook with ``id,name``; a repeated id is another name of the same.

    Columns that are not known are ignored and named. Raises DataError with the place where the file is no such table.
    """
    table = _renamed(table_of(read_blob(path)))
    missing = [name for name in ("id", "name") if name not in table.columns]
    if missing:
        found = ", ".join(table.columns)[:120]
        raise DataError("screening.missing-column", Place(path, 1), column=missing[0], found=found)
    if not table.rows:
        raise DataError("screening.no-names", Place(path))
    notes = list(table.notes)
    ignored = [name for name in table.columns if name and name not in ("id", "name", *COLUMNS)]
    if ignored:
        notes.append(Note("ignored-columns", {"file": path.name, "columns": ", ".join(ignored)}))
    findings: list[Finding] = []
    grouped: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for row in table.rows:
        grouped.setdefault(row["id"] or f"line-{row.line}", []).append((row.line, row.cells))
        if not row["id"]:
            findings.append(Finding("no-id", f"line-{row.line}", row.line))
    queries = [_query(key, rows, findings) for key, rows in grouped.items()]
    return queries, notes, findings


def findings_of(query: Query) -> list[Finding]:
    """What is odd about the names of a query: nothing to compare, hidden letters, letters of another script, too long."""
    found: list[Finding] = []
    for written in query.names:
        for trick in cleaned(written).tricks:
            found.append(Finding(f"name-{trick}", query.id, query.line, blocking=trick == "long"))
    if not any(names_of(written, query.kind) for written in query.names):
        empty = not any(written.strip() for written in query.names)
        found.append(Finding("name-empty" if empty else "name-without-letters", query.id, query.line, blocking=True))
    return list({each.code: each for each in found}.values())


def _renamed(table: Table) -> Table:
    """Known columns under their own names, whatever the capitals."""
    known = {plain(name): name for name in ("id", "name", *COLUMNS)} | {
        "program": "programme",
        "birthyear": "birth_year",
    }
    rows = tuple(
        type(row)(row.line, {known.get(plain(name), name): cell for name, cell in row.cells.items()})
        for row in table.rows
    )
    return Table(table.path, tuple(known.get(plain(name), name) for name in table.columns), rows, table.notes)


def _query(key: str, rows: list[tuple[int, dict[str, str]]], findings: list[Finding]) -> Query:
    line = rows[0][0]
    cells = [cell for _, cell in rows]
    lands, born, numbers = set[str](), frozenset[int](), dict[str, set[str]]()
    for number, cell in rows:
        for part in several(cell.get("country", "")):
            code = country(part)
            lands |= {code} if code else set()
            if code is None:
                findings.append(Finding("unknown-country", key, number))
        wanted = cell.get("birth_year", "")
        born |= years(wanted)
        if wanted and not years(wanted):
            findings.append(Finding("odd-birth-year", key, number))
        for kind in KINDS:
            for part in several(cell.get(kind, "")):
                fault = fault_of(kind, part)
                if fault:
                    findings.append(Finding(f"identifier-{fault}", key, number, values={"kind": kind}))
                else:
                    numbers.setdefault(kind, set()).add(tidy(kind, part) or "")
    return Query(
        key, tuple(dict.fromkeys(cell["name"] for cell in cells)),
        next((kind for cell in cells if (kind := kind_named(cell.get("type", ""))) != "unknown"), "unknown"),
        frozenset(lands), born, tuple(dict.fromkeys(p for cell in cells for p in several(cell.get("programme", "")))),
        {kind: frozenset(values) for kind, values in numbers.items()}, line,
    )  # fmt: skip
