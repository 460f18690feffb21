"""The plain table that anybody can make: ``id,name`` and what else is known; a repeated id is another name of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from biopact.screening.identifiers import KINDS, tidy
from biopact.screening.lists.entry import Entry
from biopact.screening.lists.fields import country, several, years
from biopact.screening.lists.files import Table
from biopact.screening.lists.format import TableFormat
from biopact.screening.names.name import Kind

__all__ = ["COLUMNS", "FORMATS", "kind_named"]

COLUMNS = ("country", "birth_year", "programme", "type", *KINDS)
_KINDS: dict[str, Kind] = {
    "person": "person",
    "individual": "person",
    "개인": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "company": "organisation",
    "entity": "organisation",
    "legalentity": "organisation",
    "기관": "organisation",
    "법인": "organisation",
    "기업": "organisation",
    "단체": "organisation",
    "vessel": "vessel",
    "aircraft": "aircraft",
    "airplane": "aircraft",
    "선박": "vessel",
    "항공기": "aircraft",
    "hospital": "organisation",
    "university": "organisation",
    "research-institute": "organisation",
    "government": "organisation",
}


def kind_named(text: str) -> Kind:
    """A kind as people write it."""
    return _KINDS.get(text.strip().lower().replace(" ", ""), "unknown")


def _simple(table: Table, listed: str) -> Iterator[Entry]:
    rows: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(table.rows, 1):
        if row["name"]:
            rows.setdefault(row["id"] or f"row-{number}", []).append(row.cells)
    for key, cells in rows.items():
        yield Entry(
            listed,
            key,
            tuple(dict.fromkeys(cell["name"] for cell in cells)),
            next((kind for cell in cells if (kind := kind_named(cell.get("type", ""))) != "unknown"), "unknown"),
            frozenset(code for cell in cells for part in several(cell.get("country", "")) if (code := country(part))),
            frozenset().union(*(years(cell.get("birth_year", "")) for cell in cells)),
            tuple(dict.fromkeys(part for cell in cells for part in several(cell.get("programme", "")))),
            _identifiers(cells),
        )


def _identifiers(cells: Iterable[dict[str, str]]) -> dict[str, frozenset[str]]:
    found = {
        kind: frozenset(
            number for cell in cells for part in several(cell.get(kind, "")) if (number := tidy(kind, part))
        )
        for kind in KINDS
    }
    return {kind: numbers for kind, numbers in found.items() if numbers}


def _opensanctions(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        numbers = {
            "lei": frozenset(part for part in several(row["identifiers"]) if len(part) == 20 and tidy("lei", part))
        }
        yield Entry(
            listed,
            row["id"],
            (row["name"], *several(row["aliases"])),
            kind_named(row["schema"]),
            frozenset(code for part in several(row["countries"]) if (code := country(part))),
            years(row["birth_date"]),
            tuple(several(row["sanctions"])[:4]),
            {kind: values for kind, values in numbers.items() if values},
        )


FORMATS = (
    TableFormat(
        "opensanctions-simple",
        "1",
        ("id", "schema", "name", "aliases", "birth_date", "countries"),
        (
            "addresses",
            "identifiers",
            "sanctions",
            "phones",
            "emails",
            "program_ids",
            "dataset",
            "first_seen",
            "last_seen",
            "last_change",
        ),
        _opensanctions,
        source="targets.simple.csv",
    ),
    TableFormat("simple", "1", ("id", "name"), COLUMNS, _simple, strict=False),
)
