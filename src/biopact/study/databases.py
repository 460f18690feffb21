"""A table in a database at the site: PostgreSQL through ADBC, and larger engines through Ibis (each an extra).

The site names the database in a small file of its own, which no study and no pact can write::

    postgresql: postgresql:///hospital        # what libpq takes; a service or a password may stay in its own files
    table: omop.person

    ibis: duckdb:///data/warehouse.duckdb     # what ibis.connect takes
    table: person

The rows are read once, by one query, into a Parquet file on the site's own disk. Where the site names a column of
identity only the columns of the study are read; without one the whole row says who somebody is, and is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from biopact import marked as yaml
from biopact.errors import BiopactError, DataError, MissingExtraError, Place
from biopact.study.typed import quoted

__all__ = ["snapshot"]

_KEYS = ("postgresql", "ibis", "table")
ROWS = 65_536


def snapshot(site: str, name: str, path: Path, asked: Sequence[str], named: bool, file: Path) -> None:
    """Write the rows of a database's table to a Parquet file. Raises DataError or MissingExtraError."""
    address, kind, table = _address(path)
    opened = _postgresql if kind == "postgresql" else _ibis
    try:
        with opened(address, table, asked, named) as (held, batches):
            for column in asked:
                if column not in held:
                    raise DataError("study.no-column", Place(path), site=site, table=name or path.stem, column=column)
            _write(batches, file)
    except BiopactError:
        raise
    except Exception as error:  # a driver's own; its words may hold an address or a value
        why = type(error).__name__
        raise DataError("study.unreadable", Place(path), site=site, table=name or path.stem, why=why) from None


def _address(path: Path) -> tuple[str, str, str]:
    marked = yaml.read(path, DataError)
    found = marked.value if isinstance(marked.value, dict) else {}
    kinds = [kind for kind in ("postgresql", "ibis") if isinstance(found.get(kind), str)]
    if len(kinds) != 1 or not isinstance(found.get("table"), str) or set(found) - set(_KEYS):
        raise DataError("study.odd-database", Place(path), known=", ".join(_KEYS))
    return found[kinds[0]], kinds[0], found["table"]


_Opened = tuple[Sequence[str], Iterable[Any]]


@contextmanager
def _postgresql(address: str, table: str, asked: Sequence[str], named: bool) -> Iterator[_Opened]:
    try:
        dbapi = import_module("adbc_driver_postgresql.dbapi")
    except ImportError as error:
        raise MissingExtraError(error.name or "adbc-driver-postgresql", "postgresql") from None
    whole = ".".join(quoted(part) for part in table.split("."))
    with closing(dbapi.connect(address)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT * FROM {whole} LIMIT 0")
        held = [column[0] for column in cursor.description or ()]
        if not set(asked) <= set(held):
            yield held, ()
            return
        cursor.execute("SET synchronize_seqscans = off")  # the same rows in the same order
        picked = ", ".join(map(quoted, asked)) if named else "*"
        order = f" ORDER BY {quoted(asked[-1])}" if named else ""
        cursor.execute(f"SELECT {picked} FROM {whole}{order}")
        yield held, cursor.fetch_record_batch()


@contextmanager
def _ibis(address: str, table: str, asked: Sequence[str], named: bool) -> Iterator[_Opened]:
    try:
        ibis = import_module("ibis")
    except ImportError as error:
        raise MissingExtraError(error.name or "ibis-framework", "ibis") from None
    connection = ibis.connect(address)
    *schema, name = table.split(".")
    held = connection.table(name, database=".".join(schema) or None)
    columns = list(held.columns)
    if not set(asked) <= set(columns):
        yield columns, ()
        return
    picked = held.select(*asked).order_by(asked[-1]) if named else held
    yield columns, picked.to_pyarrow_batches(chunk_size=ROWS)


def _write(batches: Iterable[Any], file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    try:
        for batch in batches:
            if writer is None:
                writer = pq.ParquetWriter(file, _plain(pa, batch.schema))
            if batch.num_rows:
                writer.write_batch(batch.cast(writer.schema))
        if writer is None and hasattr(batches, "schema"):  # nobody
            writer = pq.ParquetWriter(file, _plain(pa, batches.schema))
    finally:
        if writer is not None:
            writer.close()


def _plain(pa: Any, schema: Any) -> Any:
    """The schema with types of the driver's own as what they are stored as."""
    return pa.schema(
        [
            pa.field(field.name, field.type.storage_type if hasattr(field.type, "storage_type") else field.type)
            for field in schema
        ]
    )
