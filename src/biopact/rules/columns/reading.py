"""A table as it comes, made ready: every column typed as its fact, every value outside its domain found and made unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from biopact.errors import InputError, InputErrors
from biopact.rules.columns.layout import Meaning
from biopact.rules.language.facts import nearest

__all__ = ["BAD", "Prepared", "StrangeColumn", "prepare"]

BAD = "~bad."  # a mark beside a column: this value is none its fact admits
_NAMED_ELSEWHERE = ("starts", "ends")


@dataclass(frozen=True, slots=True)
class StrangeColumn:
    """A column that is no fact, and the known one most like it."""

    name: str
    near: str | None


@dataclass(frozen=True)
class Prepared:
    """How to read a table: what to select first, what to put right after, and which marks say what was wrong."""

    select: tuple[pl.Expr, ...]
    repair: tuple[pl.Expr, ...]
    marks: tuple[str, ...]
    schema: Mapping[str, pl.DataType]
    strange: tuple[StrangeColumn, ...]

    def on(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The typed table."""
        frame = frame.select(self.select)
        return frame.with_columns(self.repair) if self.repair else frame


def prepare(
    schema: Mapping[str, pl.DataType],
    known: Mapping[str, Meaning],
    plain: Collection[str],
    needed: Collection[str] | None,
) -> Prepared:
    """How to read the facts of a table.

    ``plain`` columns are kept as they are; of list columns only the members ``needed`` are written out (None: all).
    Raises InputError where a column cannot hold its fact, or a flow has a start and an end in place of a date.
    """
    faults: list[InputError] = []
    select: list[pl.Expr] = [pl.col(name) for name in plain if name in schema]
    typed: dict[str, pl.DataType] = {name: schema[name] for name in plain if name in schema}
    marks: list[str] = []
    strange: list[StrangeColumn] = []
    for name, kind in schema.items():
        if name in plain:
            continue
        meaning = known.get(name)
        if name in _NAMED_ELSEWHERE:
            faults.append(InputError("batch.column-span", None, column=name))
        elif meaning is None:
            strange.append(StrangeColumn(name, nearest(name, known)))
        else:
            for column in _typed(name, kind, meaning, needed):
                if column.kind is None:
                    faults.append(
                        InputError("batch.column-type", None, column=name, found=str(kind), expected=meaning.kind)
                    )
                    break
                select.append(column.expr.alias(column.name))
                if column.name.startswith(BAD):
                    marks.append(column.name)
                else:
                    typed[column.name] = column.kind
    faults += [InputError("batch.column-twice", None, column=name) for name in _doubled(schema, known)]
    if faults:
        raise InputErrors(faults) if len(faults) > 1 else faults[0]
    select += _missing_ends(typed, known)
    return Prepared(tuple(select), tuple(_crossed(typed, known, marks)), tuple(marks), typed, tuple(strange))


def _doubled(schema: Mapping[str, pl.DataType], known: Mapping[str, Meaning]) -> Iterator[str]:
    """Columns that say the same as others: a list beside its members, a number beside its ends."""
    for name in schema:
        meaning = known.get(name)
        if meaning is not None and meaning.part in ("member", "low", "high"):
            stem = name.removesuffix(f".{meaning.member if meaning.part == 'member' else meaning.part}")
            if stem in schema:
                yield name


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    expr: pl.Expr
    kind: pl.DataType | None  # None: cannot hold its fact


def _typed(name: str, kind: pl.DataType, meaning: Meaning, needed: Collection[str] | None) -> Iterator[_Column]:
    cell = pl.col(name)
    if kind == pl.Null:
        yield from _nothing(name, meaning, needed)
    elif meaning.kind == "flag":
        yield _Column(name, cell, pl.Boolean() if kind == pl.Boolean else None)
    elif meaning.kind == "number":
        yield from _number(name, kind)
    elif meaning.kind == "day":
        yield from _day(name, kind)
    elif meaning.kind == "list":
        yield from _listed(name, kind, meaning, needed)
    else:
        yield from _word(name, kind, meaning)


def _nothing(name: str, meaning: Meaning, needed: Collection[str] | None) -> Iterator[_Column]:
    cell = pl.col(name)
    match meaning.kind:
        case "flag":
            yield _Column(name, cell.cast(pl.Boolean), pl.Boolean())
        case "number":
            yield _Column(name, cell.cast(pl.Float64), pl.Float64())
        case "day":
            yield _Column(name, cell.cast(pl.Date), pl.Date())
        case "word":
            yield _Column(name, cell.cast(pl.String), pl.String())
        case "list":
            for member in _members(name, meaning, needed):
                yield _Column(f"{name}.{member}", cell.cast(pl.Boolean), pl.Boolean())


def _number(name: str, kind: pl.DataType) -> Iterator[_Column]:
    cell = pl.col(name)
    if kind.is_float():
        yield _Column(name, cell.fill_nan(None), kind)
        yield _Column(BAD + name, cell.is_nan().fill_null(False), pl.Boolean())
    elif kind.is_integer():
        yield _Column(name, cell, kind)
    else:
        yield _Column(name, cell.cast(pl.Float64), pl.Float64() if kind.is_decimal() else None)


def _day(name: str, kind: pl.DataType) -> Iterator[_Column]:
    cell = pl.col(name)
    if kind == pl.Date:
        yield _Column(name, cell, kind)
    elif kind == pl.String:
        day = cell.str.to_date("%Y-%m-%d", strict=False)
        yield _Column(name, day, pl.Date())
        yield _Column(BAD + name, cell.is_not_null() & day.is_null(), pl.Boolean())
    else:
        yield _Column(name, cell.cast(pl.Date), pl.Date() if kind == pl.Datetime else None)


def _word(name: str, kind: pl.DataType, meaning: Meaning) -> Iterator[_Column]:
    cell = pl.col(name)
    assert meaning.fact is not None
    domain = meaning.fact.domain
    if not (kind == pl.String or isinstance(kind, pl.Enum | pl.Categorical)):
        yield _Column(name, cell, None)
    elif not domain:
        yield _Column(name, cell.cast(pl.String), pl.String())
    elif isinstance(kind, pl.Enum) and set(kind.categories) <= set(domain):
        yield _Column(name, cell, kind)
    else:
        fitting = cell.cast(pl.String).cast(pl.Enum(domain), strict=False)
        yield _Column(name, fitting, pl.Enum(domain))
        yield _Column(BAD + name, cell.is_not_null() & fitting.is_null(), pl.Boolean())


def _listed(name: str, kind: pl.DataType, meaning: Meaning, needed: Collection[str] | None) -> Iterator[_Column]:
    """A list column: one Boolean column a member. A list with a strange member, or a null in it, is unknown."""
    cell = pl.col(name)
    assert meaning.fact is not None
    if not isinstance(kind, pl.List):
        yield _Column(name, cell, None)
        return
    if meaning.fact.domain:
        domain = pl.Enum(meaning.fact.domain)
        fits = pl.element().cast(pl.String).cast(domain, strict=False).is_not_null()
        bad = ~cell.list.eval(fits).list.all().fill_null(True)
        yield _Column(BAD + name, bad, pl.Boolean())
        cell = pl.when(bad).then(None).otherwise(cell)
    for member in _members(name, meaning, needed):
        yield _Column(f"{name}.{member}", cell.list.contains(member), pl.Boolean())


def _members(name: str, meaning: Meaning, needed: Collection[str] | None) -> Iterator[str]:
    assert meaning.fact is not None
    for member in meaning.fact.domain:
        if needed is None or f"{name}.{member}" in needed:
            yield member


def _ends(typed: Mapping[str, pl.DataType], known: Mapping[str, Meaning]) -> Iterator[tuple[str, str]]:
    for name in typed:
        meaning = known.get(name)
        if meaning is not None and meaning.part in ("low", "high"):
            stem = name.removesuffix(f".{meaning.part}")
            if meaning.part == "low" or f"{stem}.low" not in typed:
                yield f"{stem}.low", f"{stem}.high"


def _missing_ends(typed: dict[str, pl.DataType], known: Mapping[str, Meaning]) -> list[pl.Expr]:
    found = []
    for pair in list(_ends(typed, known)):
        for end in pair:
            if end not in typed:
                found.append(pl.lit(None, dtype=pl.Float64).alias(end))
                typed[end] = pl.Float64()
    return found


def _crossed(typed: Mapping[str, pl.DataType], known: Mapping[str, Meaning], marks: list[str]) -> Sequence[pl.Expr]:
    """An interval whose low end is above its high end is none."""
    found: list[pl.Expr] = []
    for low, high in _ends(typed, known):
        crossed = (pl.col(low) > pl.col(high)).fill_null(False)
        found += [pl.when(crossed).then(None).otherwise(pl.col(end)).alias(end) for end in (low, high)]
        mark = BAD + low
        found.append(crossed.alias(mark) if mark not in marks else (pl.col(mark) | crossed).alias(mark))
        if mark not in marks:
            marks.append(mark)
    return found


def any_bad(marks: Sequence[str]) -> pl.Expr:
    """Whether any value of a row was none its fact admits."""
    return reduce(or_, (pl.col(mark) for mark in marks)) if marks else pl.lit(False)
