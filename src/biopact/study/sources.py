"""A site's own table, opened through DuckDB: CSV or Parquet, read once, checked against the declared columns.

Identifiers come from the declared columns only and are quoted here; every literal is a bound parameter; after the one
file is allowed, the connection may open nothing else, load no extension and change no setting. NaN counts as missing;
an infinite value, a value outside its bounds or levels and a value of the wrong type are errors that name the site, the
table and the column, never the value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biopact.errors import DataError, MissingExtraError, Place
from biopact.study.columns import LARGEST, Column
from biopact.study.data import BATCH, Floats, Frame
from biopact.study.spec import Study

if TYPE_CHECKING:
    import duckdb

__all__ = ["Population", "open_population"]

MEMORY_LIMIT = "512MB"
_FORMATS = {".csv": "csv", ".parquet": "parquet"}
_TRUE, _FALSE = ("true", "t", "1", "1.0", "yes"), ("false", "f", "0", "0.0", "no")


@dataclass(frozen=True, slots=True)
class Population:
    """The rows of the population at a site; ``people`` is a key for each row that only the site keeps."""

    frame: Frame
    people: tuple[bytes, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Sql:
    """A piece of SQL and its parameters."""

    text: str
    values: tuple[Any, ...] = ()


def open_population(
    study: Study, site: str, country: str, tables: Mapping[str, Path], person: str | None = None
) -> Population:
    """The population of a study at one site; ``person`` is the column of identity, if any. Raises DataError."""
    table = study.population.table
    path = tables.get(table)
    if path is None:
        raise DataError("study.no-table", None, site=site, table=table)
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise DataError("study.odd-format", Place(path), site=site, known=", ".join(_FORMATS))
    if any(mark in "*?" for mark in str(path)):  # the reader would take them for a pattern
        raise DataError("study.odd-path", Place(path), site=site)
    if not path.is_file():
        raise DataError("study.no-file", Place(path), site=site, table=table)
    if path.stat().st_size == 0:
        raise DataError("study.empty-file", Place(path), site=site, table=table)
    source = _Source(study, site, country, table, path.resolve(), form, person)
    with closing(_connect(source.path)) as connection:
        import duckdb

        try:
            return source.read(connection)
        except duckdb.Error as error:
            why = type(error).__name__
            raise DataError("study.unreadable", Place(path), site=site, table=table, why=why) from None


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that may read one file and nothing else."""
    try:
        import duckdb
        import pyarrow  # noqa: F401 (the batches)
    except ImportError as error:
        raise MissingExtraError(error.name or "duckdb", "study") from None
    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": 2,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("SET temp_directory = ''")
    connection.execute("SET allowed_paths = ?", [[str(path)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@dataclass(frozen=True, slots=True)
class _Source:
    study: Study
    site: str
    country: str
    table: str
    path: Path
    form: str
    person: str | None

    def read(self, connection: duckdb.DuckDBPyConnection) -> Population:
        self._check_columns(connection)
        raw = {name: column for name, column in self.study.columns.items() if column.derive is None}
        self._check_values(connection, raw)
        where = self.study.population.where
        condition = _Sql("TRUE") if where is None else self._condition(where.sql(self._name))
        names = list(self.study.columns)
        picked = [self._code(column, at) for at, column in enumerate(self.study.columns.values())]
        text = f"SELECT person, {', '.join(piece.text for piece in picked)} FROM ({{inner}}) WHERE {condition.text}"
        inner = self._typed(raw)
        values = [*(value for piece in picked for value in piece.values), *inner.values, *condition.values]
        return self._collect(connection, text.format(inner=inner.text), values, names)

    def _collect(
        self, connection: duckdb.DuckDBPyConnection, text: str, values: list[Any], names: list[str]
    ) -> Population:
        reader = connection.sql(text, params=values).to_arrow_reader(BATCH)
        people: list[bytes] = []
        parts: dict[str, list[Floats]] = {name: [] for name in names}
        rows = 0
        for batch in reader:
            rows += batch.num_rows
            people += [bytes.fromhex(key or "") for key in batch.column(0).to_pylist()]
            for at, name in enumerate(names, start=1):
                parts[name].append(np.asarray(batch.column(at).to_numpy(zero_copy_only=False), dtype=np.float64))
        if self.person is not None and (len(set(people)) < rows or b"" in people):
            raise self._error("person-twice", self.person)
        empty = np.empty(0)
        columns = {name: np.concatenate(part) if part else empty for name, part in parts.items()}
        frame = Frame(self.site, self.country, self._followed(columns), rows)
        return Population(frame, _distinct(people), _fingerprint(self.path))

    def _followed(self, columns: dict[str, Floats]) -> dict[str, Floats]:
        """Follow-up ended: later times are cut, and an event after the end did not happen within it."""
        until = self.study.until
        entries = {getattr(analysis, "entry", None): getattr(analysis, "time", "") for analysis in self.study.analyses}
        for entry, time in entries.items():
            if entry and bool(np.any(columns[entry] >= columns[time])):
                raise self._error("entry-after-exit", entry)
        if until is None:
            return columns
        late = columns[until.time] > until.end
        cut = {until.time: np.where(late, until.end, columns[until.time])}
        for entry in filter(None, entries):  # who came after the end was never followed within it
            cut[until.time] = np.where(columns[entry] >= until.end, np.nan, cut[until.time])
        cut |= {event: np.where(late & (columns[event] == 1), 0.0, columns[event]) for event in until.events}
        return {**columns, **cut}

    def _check_columns(self, connection: duckdb.DuckDBPyConnection) -> None:
        scan = self._scan()
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan.text}", list(scan.values)).fetchall()
        held = {row[0]: str(row[1]) for row in described}
        if self.person is not None and self.person not in held:
            raise self._error("no-column", self.person)
        for column in self.study.columns.values():
            if column.derive is None and column.name not in held:
                raise self._error("no-column", column.name)
            if column.derive is None and held[column.name].startswith(("STRUCT", "MAP", "BLOB", "UNION")):
                raise self._error("wrong-type", column.name)

    def _check_values(self, connection: duckdb.DuckDBPyConnection, raw: Mapping[str, Column]) -> None:
        """One pass over the table: which column holds what was not declared. Only the column is named."""
        checks = [(code, name, piece) for name, column in raw.items() for code, piece in _faults(column)]
        if not checks:
            return
        scan = self._scan()
        picked = ", ".join(f"coalesce(bool_or({piece.text}), false)" for _, _, piece in checks)
        values = [value for _, _, piece in checks for value in piece.values]
        text = f"SELECT count(*), {picked} FROM {scan.text}"
        counted = connection.execute(text, [*values, *scan.values]).fetchall()[0]
        if counted[0] == 0:
            raise DataError("study.no-rows", Place(self.path), site=self.site, table=self.table)
        for (code, name, _), found in zip(checks, counted[1:], strict=True):
            if found:
                raise self._error(code, name)

    def _error(self, code: str, column: str) -> DataError:
        return DataError(f"study.{code}", Place(self.path), site=self.site, table=self.table, column=column)

    def _scan(self) -> _Sql:
        if self.form == "parquet":
            return _Sql("read_parquet(?) AS held", (str(self.path),))
        # the delimiter is fixed: nothing about the file is guessed from its content
        options = (
            "header = true, skip = 0, all_varchar = true, strict_mode = true, null_padding = false, comment = '', "
        )
        options += "delim = ',', quote = '\"', escape = '\"', nullstr = ''"
        return _Sql(f"read_csv(?, {options}) AS held", (str(self.path),))

    def _typed(self, raw: Mapping[str, Column]) -> _Sql:
        """The declared columns with their declared types, and the derived ones."""
        pieces = [_typed(column) for column in raw.values()]
        scan = self._scan()
        listed = ", ".join(f"{piece.text} AS {_quoted(name)}" for name, piece in zip(raw, pieces, strict=True))
        person = "held" if self.person is None else f"held.{_quoted(self.person)}"
        text = f"SELECT md5(CAST({person} AS VARCHAR)) AS person{', ' if listed else ''}{listed} FROM {scan.text}"
        values = [value for piece in pieces for value in piece.values]
        derived = [column for column in self.study.columns.values() if column.derive is not None]
        if not derived:
            return _Sql(text, (*values, *scan.values))
        conditions = [self._condition(column.derive.sql(self._name)) for column in derived if column.derive]
        more = ", ".join(
            f"{piece.text} AS {_quoted(column.name)}" for column, piece in zip(derived, conditions, strict=True)
        )
        outer = [value for piece in conditions for value in piece.values]
        return _Sql(f"SELECT *, {more} FROM ({text})", (*outer, *values, *scan.values))

    def _condition(self, made: tuple[str, list[Any]]) -> _Sql:
        return _Sql(made[0], tuple(made[1]))

    def _name(self, name: str) -> tuple[str, list[Any]]:
        if name in ("site", "country"):
            return "CAST(? AS VARCHAR)", [self.site if name == "site" else self.country]
        return _quoted(name), []

    def _code(self, column: Column, at: int) -> _Sql:
        """A column as a number: a factor as the index of its level."""
        name = _quoted(column.name)
        if column.kind != "factor":
            return _Sql(f"CAST({name} AS DOUBLE) AS c{at}")
        cases = " ".join(f"WHEN ? THEN {index}.0" for index in range(len(column.levels)))
        return _Sql(f"CAST(CASE {name} {cases} END AS DOUBLE) AS c{at}", column.levels)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text_of(column: Column) -> str:
    return f"CAST(held.{_quoted(column.name)} AS VARCHAR)"


def _number_of(column: Column) -> str:
    return f"TRY_CAST(held.{_quoted(column.name)} AS DOUBLE)"


def _is_number(column: Column) -> bool:
    return column.kind == "number" or (column.kind == "factor" and column.values == "number")


def _absent(column: Column) -> _Sql:
    """Whether a value counts as missing: nothing, NaN, or a declared code."""
    codes = [code for code in column.missing if isinstance(code, str)]
    numbers = [code for code in column.missing if isinstance(code, float)]
    text = f"held.{_quoted(column.name)} IS NULL OR {_text_of(column)} = ''"
    if _is_number(column):
        text += f" OR coalesce(isnan({_number_of(column)}), false)"
    else:  # a table made elsewhere writes NaN also where there are words
        text += f" OR lower({_text_of(column)}) = 'nan'"
    text += f" OR {_text_of(column)} = ?" * len(codes)
    text += f" OR coalesce({_number_of(column)} = ?, false)" * len(numbers)
    return _Sql(f"({text})", (*codes, *numbers))


def _typed(column: Column) -> _Sql:
    absent = _absent(column)
    if _is_number(column):
        return _Sql(f"CASE WHEN {absent.text} THEN NULL ELSE {_number_of(column)} END", absent.values)
    if column.kind == "boolean":
        marks = ", ".join("?" for _ in _TRUE)
        text = f"CASE WHEN {absent.text} THEN NULL ELSE lower({_text_of(column)}) IN ({marks}) END"
        return _Sql(text, (*absent.values, *_TRUE))
    return _Sql(f"CASE WHEN {absent.text} THEN NULL ELSE {_text_of(column)} END", absent.values)


def _faults(column: Column) -> list[tuple[str, _Sql]]:
    """What may be wrong with a column, each as a condition on a row that is true where it is."""
    absent, number = _absent(column), _number_of(column)
    present = f"NOT {absent.text}"
    if column.kind == "boolean":
        marks = ", ".join("?" for _ in (*_TRUE, *_FALSE))
        text = f"{present} AND lower({_text_of(column)}) NOT IN ({marks})"
        return [("not-boolean", _Sql(text, (*absent.values, *_TRUE, *_FALSE)))]
    if column.kind == "factor":
        marks = ", ".join("?" for _ in column.levels)
        value = f"coalesce({number} NOT IN ({marks}), true)" if _is_number(column) else ""
        text = f"{present} AND {value or f'{_text_of(column)} NOT IN ({marks})'}"
        return [("unknown-level", _Sql(text, (*absent.values, *column.levels)))]
    low, high = column.bounds or (-LARGEST, LARGEST)
    return [
        ("wrong-type", _Sql(f"{present} AND {number} IS NULL", absent.values)),
        ("infinite", _Sql(f"{present} AND isinf({number})", absent.values)),
        ("out-of-bounds", _Sql(f"{present} AND {number} NOT BETWEEN ? AND ?", (*absent.values, low, high))),
    ]


def _distinct(people: list[bytes]) -> tuple[bytes, ...]:
    """Rows that are alike in everything are still different people: the second of a kind gets a key of its own."""
    seen: dict[bytes, int] = {}
    keys = []
    for key in people:
        seen[key] = seen.get(key, 0) + 1
        keys.append(key if seen[key] == 1 else hashlib.md5(key + seen[key].to_bytes(8, "big")).digest())
    return tuple(keys)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
