"""The population of a study at a site: its table checked against the declared columns, then read as numbers.

NaN counts as missing; an infinite value, a value outside its bounds or levels and a value of the wrong type are errors
that name the site, the table and the column, never the value. A population that fits is read once and held; a larger
one is read anew whenever its columns are asked for, and memory stays as it is whatever the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biopact.errors import DataError, Place
from biopact.study.columns import Column
from biopact.study.data import BATCH, Floats, Frame, Population
from biopact.study.spec import Study
from biopact.study.tables import Table, open_table, unreadable
from biopact.study.typed import Sql, code_of, faults_of, present_of, quoted, typed_of

__all__ = ["HELD", "Opened", "open_population"]

HELD = 256 << 20  # bytes of a population that is held in memory
_ODD = ("STRUCT", "MAP", "BLOB", "UNION", "BIT")
_TIMES = ("DATE", "TIME", "INTERVAL")
Keys = NDArray[np.uint64]  # (people, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The population of a study at a site, and the keys by which the site alone knows its people again."""

    population: Population
    table: Table
    query: _Query
    person: str | None

    def fingerprint(self) -> str:
        """A digest of the table."""
        return self.table.fingerprint()

    def keys(self, secret: bytes) -> Iterator[Keys]:
        """A key of 128 bits for each person, in the order of the population, some at a time.

        ``secret`` is the site's own: without it nobody can try out which row a key stands for.
        """
        held = "held" if self.person is None else f"held.{quoted(self.person)}"
        text = f"CAST({held} AS VARCHAR)"
        absent = "FALSE" if self.person is None else f"{held} IS NULL OR {text} = ''"
        salted = f"? || {text}"
        extra = Sql(
            f"md5_number_upper({salted}) AS k1, md5_number_lower({salted}) AS k2, ({absent}) AS nobody",
            (secret.hex(), secret.hex()),
        )
        for batch in self.query.run(["k1", "k2", "nobody"], extra):
            first, second, nobody = (batch.column(at).to_numpy(zero_copy_only=False) for at in range(3))
            if bool(nobody.any()):
                raise self.table.error("person-twice", self.person or "")
            yield np.column_stack([first, second]).astype(np.uint64, copy=False)


def open_population(
    study: Study, site: str, country: str, tables: Mapping[str, Path], person: str | None = None
) -> Opened:
    """The population of a study at one site; ``person`` is the column of identity, if any. Raises DataError.

    A study that names no table takes the only one there is.
    """
    name = study.population.table
    path = tables.get(name) if name else next(iter(tables.values())) if len(tables) == 1 else None
    if path is None:
        raise DataError("study.no-table" if name else "study.which-table", None, site=site, table=name)
    raw = [column for column in study.columns.values() if column.derive is None]
    table = open_table(site, name, path, [column.name for column in raw], person)
    import duckdb

    try:
        return _populated(study, site, country, table, raw, person)
    except duckdb.Error as error:
        raise unreadable(error, site, name or path.stem, path) from None


def _populated(study: Study, site: str, country: str, table: Table, raw: list[Column], person: str | None) -> Opened:
    _check_columns(table, raw, person)
    rows = _check_values(table, raw, study.complete)
    query = _Query(study, site, country, table)
    width = 8 * len(study.columns)
    if rows * width <= HELD:
        return Opened(_held(query, site, country), table, query, person)
    return Opened(_Streamed(query, site, country, query.count()), table, query, person)


def _held(query: _Query, site: str, country: str) -> Frame:
    names = list(query.study.columns)
    parts: dict[str, list[Floats]] = {name: [] for name in names}
    rows = 0
    for frame in query.frames(names, site, country):
        rows += frame.rows
        for name in names:
            parts[name].append(frame[name])
    columns = {name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()}
    return Frame(site, country, columns, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Streamed:
    """A population that is read anew whenever it is asked for.

    While it is read what is done with the batches takes one thread of the linear algebra library: with more, they and the
    reader's own threads stand in each other's way (on two processors a round then takes twice as long).
    """

    query: _Query
    site: str
    country: str
    rows: int

    @property
    def held(self) -> bool:
        return False

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Frame]:
        asked = list(self.query.study.columns) if names is None else list(names)
        if not asked:  # nobody lacks a value of no column
            for start in range(0, self.rows, 1 << 20):
                yield Frame(self.site, self.country, {}, min(1 << 20, self.rows - start))
            return
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):
            yield from self.query.frames(asked, self.site, self.country)


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """The rows of the population, with what is asked of them."""

    study: Study
    site: str
    country: str
    table: Table

    def frames(self, names: Sequence[str], site: str, country: str) -> Iterator[Frame]:
        """The columns asked for, as numbers, follow-up ended where the study ends it."""
        needed = tuple(dict.fromkeys((*names, *self._follow_up(names))))
        for batch in self.run(needed):
            columns = {
                name: np.asarray(batch.column(at).to_numpy(zero_copy_only=False), dtype=np.float64)
                for at, name in enumerate(needed)
            }
            followed = self._followed(columns)
            yield Frame(site, country, {name: followed[name] for name in names}, batch.num_rows)

    def count(self) -> int:
        """How many people."""
        inner, where = self._inner(), self._where()
        text = f"SELECT count(*) FROM ({inner.text}) WHERE {where.text}"
        found = self.table.connection.execute(text, [*inner.values, *where.values]).fetchall()
        return int(found[0][0])

    def run(self, names: Sequence[str], extra: Sql | None = None) -> Iterator[Any]:
        """Arrow batches of the columns of the population, or of ``extra`` columns computed from the whole row."""
        if extra is None:
            codes = [code_of(self.study.columns[name], at) for at, name in enumerate(names)]
        else:
            codes = [Sql(name) for name in names]
        inner, where = self._inner(extra), self._where()
        text = f"SELECT {', '.join(code.text for code in codes)} FROM ({inner.text}) WHERE {where.text}"
        values = [*(value for code in codes for value in code.values), *inner.values, *where.values]
        yield from self.table.connection.cursor().sql(text, params=values).to_arrow_reader(BATCH)

    def _where(self) -> Sql:
        where = self.study.population.where
        return Sql("TRUE") if where is None else _condition(where.sql(self._name))

    def _inner(self, extra: Sql | None = None) -> Sql:
        """The declared columns with their declared types, and the derived ones."""
        raw = [column for column in self.study.columns.values() if column.derive is None]
        pieces = [typed_of(column, self.table.types[column.name]) for column in raw]
        listed = [f"{piece.text} AS {quoted(column.name)}" for column, piece in zip(raw, pieces, strict=True)]
        listed += [extra.text] if extra else []
        more = extra.values if extra else ()
        scan = self.table.scan
        text = f"SELECT {', '.join(listed) or '1 AS one'} FROM {scan.text}"
        values = (*(value for piece in pieces for value in piece.values), *more, *scan.values)
        derived = [column for column in self.study.columns.values() if column.derive is not None]
        if not derived:
            return Sql(text, values)
        made = [_condition(column.derive.sql(self._name)) for column in derived if column.derive]
        also = ", ".join(f"{piece.text} AS {quoted(column.name)}" for column, piece in zip(derived, made, strict=True))
        return Sql(f"SELECT *, {also} FROM ({text})", (*(value for piece in made for value in piece.values), *values))

    def _name(self, name: str) -> tuple[str, list[Any]]:
        if name in ("site", "country"):
            return "CAST(? AS VARCHAR)", [self.site if name == "site" else self.country]
        return quoted(name), []

    def _entries(self) -> dict[str, str]:
        """Each column of entry and the time it comes before."""
        pairs = [(getattr(it, "entry", None), getattr(it, "time", "")) for it in self.study.analyses]
        return {entry: time for entry, time in pairs if entry}

    def _follow_up(self, names: Sequence[str]) -> list[str]:
        """The columns that are needed besides, to end the follow-up."""
        until, entries = self.study.until, self._entries()
        needed = [name for pair in entries.items() if set(pair) & set(names) for name in pair]
        if until is not None and {until.time, *until.events} & set(names):
            needed += [until.time, *entries]
        return needed

    def _followed(self, columns: dict[str, Floats]) -> dict[str, Floats]:
        """Follow-up ended: later times are cut, and an event after the end did not happen within it."""
        until, entries = self.study.until, self._entries()
        for entry, time in entries.items():
            if entry in columns and time in columns and bool(np.any(columns[entry] >= columns[time])):
                raise self.table.error("entry-after-exit", entry)
        if until is None or until.time not in columns:
            return columns
        late = columns[until.time] > until.end
        cut = {until.time: np.where(late, until.end, columns[until.time])}
        for entry in entries:  # who came after the end was never followed within it
            if entry in columns:
                cut[until.time] = np.where(columns[entry] >= until.end, np.nan, cut[until.time])
        events = [event for event in until.events if event in columns]
        cut |= {event: np.where(late & (columns[event] == 1), 0.0, columns[event]) for event in events}
        return {**columns, **cut}


def _condition(made: tuple[str, list[Any]]) -> Sql:
    return Sql(made[0], tuple(made[1]))


def _check_columns(table: Table, raw: list[Column], person: str | None) -> None:
    if person is not None and person not in table.types:
        raise table.error("no-column", person)
    for column in raw:
        held = table.types.get(column.name)
        if held is None:
            raise table.error("no-column", column.name)
        timed = column.kind != "factor" and held.startswith(_TIMES)
        if timed or held.startswith(_ODD) or held.endswith("]"):
            raise table.error("wrong-type", column.name)


def _check_values(table: Table, raw: list[Column], complete: Sequence[str]) -> int:
    """One pass over the table: which column holds what was not declared (only the column is named), and the rows.

    A column of ``complete`` in which no row has a value is such a fault: nobody could be in the analysis set.
    """
    checks = [
        (code, column.name, piece) for column in raw for code, piece in faults_of(column, table.types[column.name])
    ]
    for column in raw:
        if column.name in complete:
            checks.append(("all-missing", column.name, present_of(column, table.types[column.name])))
    picked = "".join(f", coalesce(bool_or({piece.text}), false)" for _, _, piece in checks)
    values = [value for _, _, piece in checks for value in piece.values]
    text = f"SELECT count(*){picked} FROM {table.scan.text}"
    counted = table.connection.execute(text, [*values, *table.scan.values]).fetchall()[0]
    if counted[0] == 0:
        raise DataError("study.no-rows", Place(table.path), site=table.site, table=table.name)
    for (code, name, _), found in zip(checks, counted[1:], strict=True):
        if found != (code == "all-missing"):
            raise table.error(code, name)
    return int(counted[0])
