"""A site's own file, ``sites/PARTY.yaml``: which of its data files are the tables that studies speak of.

``person`` names the column of those tables that says who somebody is: the site's ledger knows people again by it.

It stands outside what the parties sign: where data lie is nobody else's business. By default the data too must lie
inside the pact's folder, so that a pact from elsewhere cannot point at other files of this machine; for the same reason
a database is only named (``database:NAME``), and where it is stands in ``databases/NAME.yaml`` of the user's own folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact import marked as yaml
from biopact.errors import DataError, InputError, InputErrors, PactError, Place
from biopact.ledger import state_folder
from biopact.marked import Marked
from biopact.pact.inside import is_inside
from biopact.pact.models import PUBLIC, Pact
from biopact.pact.written import nearest, shown

__all__ = ["SITES", "Site", "read_site"]

SITES = "sites"
DATABASES = "databases"
_KEYS = ("tables", "person")
_DATABASE = re.compile(r"database:([^\W_][\w-]{0,79})\Z")
_ADDRESS = (".yaml", ".yml")  # a file that says where a database is


@dataclass(frozen=True, slots=True)
class Site:
    """A party's data: the file of each table. ``file`` is the site's own file, ``lines`` where each table stands."""

    party: str
    tables: Mapping[str, Path]
    file: Path
    lines: Mapping[str, int]
    person: str | None = None

    def place(self, table: str) -> Place:
        """Where a table is written."""
        return Place(self.file, self.lines.get(table), f"tables.{table}")


def read_site(pact: Pact, party: str, state: Path | None = None, *, anywhere: bool = False) -> Site:
    """The tables of a party, each an existing, non-empty file (or a folder of Parquet files).

    ``state`` is the user's own folder, in which the addresses of databases lie (default: the user's data folder).
    ``anywhere`` accepts data outside the pact's folder: only where the reader owns the site's file. Raises PactError
    for what is written wrongly, DataError for a data file that is missing or empty.
    """
    if party not in pact.parties or party == PUBLIC:
        raise PactError("pact.no-such-site", Place(pact.folder), found=shown(party), known=", ".join(pact.parties))
    if pact.folder is None or not is_inside(f"{SITES}/{party}.yaml", pact.folder):
        raise PactError("pact.outside", Place(pact.folder, None, f"{SITES}/{party}.yaml"))
    path = pact.folder / SITES / f"{party}.yaml"
    if not path.exists():
        raise PactError("pact.no-site-file", Place(path), site=party)
    marked = yaml.read(path, PactError)
    value = marked.value
    if not isinstance(value, Mapping) or not isinstance(value.get("tables"), Mapping) or not value["tables"]:
        raise PactError("pact.site-without-tables", marked.place("tables"))
    faults: list[InputError] = [_unknown(key, marked) for key in value if key not in _KEYS]
    tables: dict[str, Path] = {}
    for name, written in value["tables"].items():
        place = marked.place("tables", name)
        if isinstance(written, str) and written.startswith("database:"):
            found = _database(written, state or state_folder(), place)
        else:
            found = _table(written, pact.folder, place, anywhere)
        if isinstance(found, InputError):
            faults.append(found)
        else:
            tables[name] = found
    person = value.get("person")
    if person is not None and (not isinstance(person, str) or not person.strip()):
        faults.append(PactError("pact.expected-text", marked.place("person"), found=shown(person)))
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
    lines = {name: marked.place("tables", name).line or 1 for name in tables}
    return Site(party, tables, path, lines, person)


def _table(written: Any, folder: Path, place: Place, anywhere: bool) -> Path | InputError:
    """The data file of a table, or what is wrong with it."""
    if not isinstance(written, str) or not written.strip():
        return PactError("pact.expected-text", place, found=shown(written))
    if not anywhere and not is_inside(written, folder):
        return PactError("pact.data-outside", place)
    path = folder / written  # an absolute path stands alone
    if not anywhere and path.suffix.lower() in _ADDRESS:
        return PactError("pact.database-in-pact", place, folder=str(state_folder() / DATABASES))
    try:
        if not anywhere and path.is_dir() and not all(_leads_in(part, folder) for part in path.rglob("*")):
            return PactError("pact.data-outside", place)
        if not path.exists():
            return DataError("pact.data-missing", place, found=shown(written))
        if path.is_file() and path.stat().st_size == 0:
            return DataError("pact.data-empty", place, found=shown(written))
    except (OSError, ValueError):
        return DataError("pact.data-missing", place, found=shown(written))
    return path


def _leads_in(part: Path, folder: Path) -> bool:
    """Whether what lies in a folder of data is no link that leads out of the pact's folder."""
    return not part.is_symlink() or part.resolve().is_relative_to(folder.resolve())


def _database(written: str, state: Path, place: Place) -> Path | InputError:
    """The user's own file that says where a database is: no pact can write an address that is opened."""
    named = _DATABASE.match(written)
    if named is None:
        return PactError("pact.odd-database", place, found=shown(written))
    path = state / DATABASES / f"{named[1]}.yaml"
    if not path.is_file():
        return DataError("pact.no-database", place, found=named[1], file=str(path))
    return path


def _unknown(key: str, marked: Marked) -> PactError:
    near = nearest(key, _KEYS)
    code = "pact.unknown-key-near" if near else "pact.unknown-key"
    return PactError(code, marked.place(key), key=shown(key), near=near, known=", ".join(_KEYS))
