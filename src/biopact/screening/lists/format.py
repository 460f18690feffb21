"""What a format of a list is: its version, the columns by which it is known, and how a row becomes an entry."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from biopact.errors import DataError, Place
from biopact.screening.lists.entry import Entry
from biopact.screening.lists.files import Table

__all__ = ["TableFormat", "checked", "made_id"]


@dataclass(frozen=True)
class TableFormat:
    """A table with a header: ``required`` columns by which it is known, ``optional`` ones that it may have.

    Columns are compared by small letters and digits only, since publishers change spaces and capitals.
    """

    name: str
    version: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    read: Callable[[Table, str], Iterable[Entry]]
    strict: bool = True
    source: str = ""

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether a header has every required column."""
        return {plain(name) for name in self.required} <= {plain(name) for name in columns}


def checked(table: Table, form: TableFormat) -> tuple[Table, tuple[str, ...]]:
    """The table under the format's own column names, and the columns it does not know.

    Raises DataError with the name where an official format has a column that this version does not know.
    """
    known = {plain(name): name for name in (*form.required, *form.optional)}
    unknown = tuple(name for name in table.columns if name and plain(name) not in known)
    if unknown and form.strict:
        near = difflib.get_close_matches(unknown[0], list(known.values()), 1)
        raise DataError(
            "screening.unknown-column", Place(table.path, 1, unknown[0]), column=unknown[0], format=form.name,
            version=form.version, near=near[0] if near else "–",
        )  # fmt: skip
    renamed = tuple(
        type(row)(row.line, {known.get(plain(name), name): cell for name, cell in row.cells.items()})
        for row in table.rows
    )
    return Table(
        table.path, tuple(known.get(plain(name), name) for name in table.columns), renamed, table.notes
    ), unknown


def plain(column: str) -> str:
    """A column's name by its letters and digits."""
    return "".join(letter for letter in column.lower() if letter.isalnum())


def made_id(*parts: str) -> str:
    """A stable id for an entry whose list gives it none."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
