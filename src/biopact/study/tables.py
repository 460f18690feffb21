"""Where a site's table lies, opened through DuckDB so that nothing else can be: CSV, Parquet, DuckDB files, databases.

After the table is allowed, the connection may open nothing else, load no extension and change no setting. A database
(a small ``.yaml`` file that says where it is, see ``databases``) is read once, in one transaction, into a private file
on the site's own disk that goes when the study is done: so every round sees the same rows.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biopact.errors import DataError, MissingExtraError, Place
from biopact.study.typed import Sql, quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Table", "open_table", "unreadable"]

MEMORY_LIMIT = "320MB"
THREADS = 2
MOST_LOOKED_AT = 10_000_000  # lines of a file that is broken
_FORMS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".duckdb": "duckdb",
    ".ddb": "duckdb",
    ".yaml": "database",
    ".yml": "database",
}
# the delimiter is fixed: nothing about the file is guessed from its content
_CSV = "skip = 0, all_varchar = true, strict_mode = true, null_padding = false, comment = '', "
_CSV += "delim = ',', quote = '\"', escape = '\"', nullstr = ''"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """An open table: how it is scanned (as ``held``), the columns it holds and their types, what it lies in."""

    site: str
    name: str
    path: Path
    scan: Sql
    types: Mapping[str, str]
    connection: duckdb.DuckDBPyConnection
    files: tuple[Path, ...]
    private: Any = None  # the folder of a snapshot, removed with this

    @property
    def columnar(self) -> bool:
        """Whether some of its columns can be read without the others."""
        return not self.scan.text.startswith("read_csv")

    def fingerprint(self) -> str:
        """A digest of all it holds."""
        digest = hashlib.sha256()
        for path in self.files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def error(self, code: str, column: str = "") -> DataError:
        """A fault of the table or of one of its columns; never of a value."""
        return DataError(f"study.{code}", Place(self.path), site=self.site, table=self.name, column=column)


def open_table(site: str, name: str, path: Path, asked: Sequence[str], person: str | None) -> Table:
    """Open the table of a site; ``asked`` are the columns a database is asked for. Raises DataError."""
    form = _form(site, name, path)
    if form == "database":
        from biopact.study.databases import snapshot

        private = tempfile.TemporaryDirectory(prefix="biopact-")
        file = Path(private.name) / "table.parquet"
        snapshot(site, name, path, (*asked, *([person] if person else [])), person is not None, file)
        return _opened(site, name, path, (file,), "parquet", private)
    files = (path.resolve(),) if path.is_file() else tuple(sorted(path.resolve().rglob("*.parquet")))
    for file in files:
        _no_pattern(site, file)
    return _opened(site, name, path, files, form, None, (*asked, *([person] if person else [])))


def _twice(connection: duckdb.DuckDBPyConnection, file: Path, asked: Sequence[str]) -> str | None:
    """A column that is asked for and stands twice in a CSV file: the reader would take the first."""
    scan = f"SELECT * FROM read_csv(?, header = false, {_CSV}) LIMIT 1"
    heads = [str(head).strip().lower() for row in connection.execute(scan, [str(file)]).fetchall() for head in row]
    return next((column for column in asked if heads.count(column.lower()) > 1), None)


def _form(site: str, name: str, path: Path) -> str:
    _no_pattern(site, path)
    if path.is_dir() and any(path.rglob("*.parquet")):
        return "parquet"
    form = _FORMS.get(path.suffix.lower())
    if not path.is_file() and (form is not None or not path.exists()):
        raise DataError("study.no-file", Place(path), site=site, table=name or path.stem)
    if form is None:
        raise DataError("study.odd-format", Place(path), site=site, known=", ".join(_FORMS))
    if path.stat().st_size == 0:
        raise DataError("study.empty-file", Place(path), site=site, table=name or path.stem)
    return form


def unreadable(error: Exception, site: str, name: str, path: Path) -> DataError:
    """What to tell of a table that cannot be read: the line where it breaks, and nothing of what stands there."""
    line = _broken_line(path) if path.suffix.lower() == ".csv" and path.is_file() else None
    return DataError("study.unreadable", Place(path, line), site=site, table=name, why=type(error).__name__)


def _broken_line(path: Path) -> int | None:
    """The first line of a CSV file that is no UTF-8, or begins a row of more or fewer values than there are names."""
    begun = 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        try:
            width = len(next(rows, []))
            begun = rows.line_num + 1
            for row in islice(rows, MOST_LOOKED_AT):
                if row and len(row) != width:
                    return begun
                begun = rows.line_num + 1
        except (UnicodeDecodeError, csv.Error):
            return _undecodable(path) or begun
    return None


def _undecodable(path: Path) -> int | None:
    with path.open("rb") as file:
        for number, line in enumerate(islice(file, MOST_LOOKED_AT), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def _no_pattern(site: str, path: Path) -> None:
    if any(mark in "*?[" for mark in str(path)):  # the reader would take them for a pattern
        raise DataError("study.odd-path", Place(path), site=site)


def _opened(
    site: str,
    name: str,
    path: Path,
    files: tuple[Path, ...],
    form: str,
    private: Any,
    asked: Sequence[str] = (),
) -> Table:
    try:
        import duckdb
        import pyarrow  # noqa: F401 (the batches)
    except ImportError as error:
        raise MissingExtraError(error.name or "duckdb", "study") from None
    try:
        connection = _connect(files, attach=form == "duckdb")
        scan = _inside(connection, site, name, path) if form == "duckdb" else _scan(form, files)
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan.text}", list(scan.values)).fetchall()
        twice = _twice(connection, files[0], asked) if form == "csv" else None
    except duckdb.Error as error:
        raise unreadable(error, site, name or path.stem, path) from None
    types = {row[0]: str(row[1]) for row in described}
    table = Table(site, name or path.stem, path, scan, types, connection, files, private)
    if twice is not None:
        raise table.error("column-twice", twice)
    return table


def _connect(files: tuple[Path, ...], *, attach: bool) -> duckdb.DuckDBPyConnection:
    """A connection that may read these files and nothing else."""
    import duckdb

    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("SET temp_directory = ''")
    if attach:
        place = str(files[0]).replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS source (READ_ONLY)")
    connection.execute("SET allowed_paths = ?", [[str(path) for path in files]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _inside(connection: duckdb.DuckDBPyConnection, site: str, name: str, path: Path) -> Sql:
    """The table of a DuckDB file: the one of that name; where none is named, the only one."""
    held = [
        row[0]
        for row in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'source' AND table_schema = 'main'"
        ).fetchall()
    ]
    if name not in held and (name or len(held) != 1):
        raise DataError("study.no-such-table", Place(path), site=site, table=name or "?", known=", ".join(sorted(held)))
    return Sql(f"source.main.{quoted(name or held[0])} AS held")


def _scan(form: str, files: tuple[Path, ...]) -> Sql:
    if form == "parquet":
        marks = ", ".join("?" for _ in files)
        return Sql(f"read_parquet([{marks}]) AS held", tuple(map(str, files)))
    return Sql(f"read_csv(?, header = true, {_CSV}) AS held", (str(files[0]),))
