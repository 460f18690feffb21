"""The SQL of declared columns: what counts as missing, what a value is, what may be wrong with it.

Identifiers come from the declared columns only and are quoted here; every literal is a bound parameter. A column that
the table holds as numbers is compared as numbers, anything else as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biopact.study.columns import LARGEST, Column

__all__ = ["Sql", "code_of", "faults_of", "present_of", "quoted", "typed_of"]

_TRUE, _FALSE = ("true", "t", "1", "1.0", "yes"), ("false", "f", "0", "0.0", "no")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_BROKEN = ("FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and its parameters."""

    text: str
    values: tuple[Any, ...] = ()


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def typed_of(column: Column, held: str) -> Sql:
    """The value of a raw column, NULL where it is missing; ``held`` is the type in which the table holds it."""
    absent = _absent(column, held)
    value = _value(column, held)
    if absent is None:
        return value
    return Sql(f"CASE WHEN {absent.text} THEN NULL ELSE {value.text} END", (*absent.values, *value.values))


def code_of(column: Column, at: int) -> Sql:
    """A typed column as a number: a factor as the index of its level."""
    name = quoted(column.name)
    if column.kind != "factor":
        return Sql(f"CAST({name} AS DOUBLE) AS c{at}")
    cases = " ".join(f"WHEN ? THEN {index}.0" for index in range(len(column.levels)))
    return Sql(f"CAST(CASE {name} {cases} END AS DOUBLE) AS c{at}", column.levels)


def present_of(column: Column, held: str) -> Sql:
    """Whether a raw column has a value in a row."""
    absent = _absent(column, held) or Sql(f"held.{quoted(column.name)} IS NULL")
    return Sql(f"NOT {absent.text}", absent.values)


def faults_of(column: Column, held: str) -> list[tuple[str, Sql]]:
    """What may be wrong with a raw column, each as a condition on a row that is true where it is."""
    absent = _absent(column, held) or Sql("FALSE")
    present, number = f"NOT {absent.text}", _number(column, held)
    if column.kind == "boolean":
        return _boolean_faults(column, held, present, absent)
    if column.kind == "factor":
        outside = f"NOT IN ({', '.join('?' for _ in column.levels)})"
        odd = f"{_text(column)} {outside}"
        if _as_number(column):
            odd = f"{number} {outside}" if _holds_numbers(held) else f"coalesce({number} {outside}, true)"
        return [("unknown-level", Sql(f"{present} AND {odd}", (*absent.values, *column.levels)))]
    low, high = column.bounds or (-LARGEST, LARGEST)
    found = []
    if not _holds_numbers(held):
        found.append(("wrong-type", Sql(f"{present} AND {number} IS NULL", absent.values)))
    if not held.startswith((*_WHOLE, "DECIMAL", "BOOLEAN")):
        found.append(("infinite", Sql(f"{present} AND isinf({number})", absent.values)))
    outside = f"{present} AND {number} NOT BETWEEN ? AND ?"
    return [*found, ("out-of-bounds", Sql(outside, (*absent.values, low, high)))]


def _boolean_faults(column: Column, held: str, present: str, absent: Sql) -> list[tuple[str, Sql]]:
    if held == "BOOLEAN":
        return []
    if _holds_numbers(held):
        return [("not-boolean", Sql(f"{present} AND {_number(column, held)} NOT IN (0, 1)", absent.values))]
    known = (*_TRUE, *_FALSE)
    text = f"{present} AND lower({_text(column)}) NOT IN ({', '.join('?' for _ in known)})"
    return [("not-boolean", Sql(text, (*absent.values, *known)))]


def _value(column: Column, held: str) -> Sql:
    if _as_number(column):
        return Sql(_number(column, held))
    if column.kind != "boolean":
        return Sql(_text(column))
    if held == "BOOLEAN":
        return Sql(f"held.{quoted(column.name)}")
    if _holds_numbers(held):
        return Sql(f"({_number(column, held)} = 1)")
    return Sql(f"lower({_text(column)}) IN ({', '.join('?' for _ in _TRUE)})", _TRUE)


def _absent(column: Column, held: str) -> Sql | None:
    """Whether a value counts as missing: nothing, NaN, or a declared code. None where a plain NULL is all there can be."""
    name = f"held.{quoted(column.name)}"
    if _holds_numbers(held) and (_as_number(column) or column.kind == "boolean"):
        codes = [number for number in map(_as_code, column.missing) if number is not None]
        if not codes and held not in _BROKEN:
            return Sql(f"({name} IS NULL)") if column.kind == "boolean" else None
        text = f"{name} IS NULL" + (f" OR isnan({name})" if held in _BROKEN else "")
        return Sql("(" + text + f" OR {name} = ?" * len(codes) + ")", tuple(codes))
    words = [code for code in column.missing if isinstance(code, str)]
    numbers = [code for code in column.missing if isinstance(code, float)]
    number = f"TRY_CAST({name} AS DOUBLE)"
    text = f"{name} IS NULL OR {_text(column)} = ''"
    if _as_number(column):
        text += f" OR coalesce(isnan({number}), false)"
    else:  # a table made elsewhere writes NaN also where there are words
        text += f" OR lower({_text(column)}) = 'nan'"
    text += f" OR {_text(column)} = ?" * len(words)
    text += f" OR coalesce({number} = ?, false)" * len(numbers)
    return Sql(f"({text})", (*words, *numbers))


def _as_code(code: str | float) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _as_number(column: Column) -> bool:
    """Whether the values of a column are numbers."""
    return column.kind == "number" or (column.kind == "factor" and column.values == "number")


def _holds_numbers(held: str) -> bool:
    return held.startswith((*_WHOLE, *_BROKEN, "DECIMAL"))


def _text(column: Column) -> str:
    return f"CAST(held.{quoted(column.name)} AS VARCHAR)"


def _number(column: Column, held: str) -> str:
    name = f"held.{quoted(column.name)}"
    return f"CAST({name} AS DOUBLE)" if _holds_numbers(held) else f"TRY_CAST({name} AS DOUBLE)"
