"""Sets of countries beside the rows of a table, a bit for each country: quick to put together where a flow has many legs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Countries", "coded"]

Bits = NDArray[np.unsignedinteger[Any]]
Where = tuple[pl.Series, pl.Series | str]  # rows where it is so, and the country: a column of them, or one for all rows
_WIDTH = 64
_FEW = 16  # so many have a table of every set there can be


@dataclass(frozen=True)
class Countries:
    """A set of countries a row: of ``names`` the n-th is bit n % 64 of the number in ``marks[n // 64]``."""

    names: tuple[str, ...]
    marks: tuple[Bits, ...]
    rows: int

    @classmethod
    def of(cls, found: Sequence[Where]) -> Countries:
        """The countries that stand where a flag is true. Every flag is known."""
        rows = len(found[0][0]) if found else 0
        told = [(flag.to_numpy(), *coded(place)) for flag, place in found]
        names = sorted({word for _, _, words in told for word in words})
        if len(names) > _WIDTH:
            names = sorted({word for each in told for word in _present(*each)})
        marks = tuple(np.zeros(rows, _narrowest(len(names) - first)) for first in range(0, len(names), _WIDTH))
        for lane, mark in enumerate(marks):
            bits = {name: 1 << bit for bit, name in enumerate(names[lane * _WIDTH : (lane + 1) * _WIDTH])}
            for flag, codes, words in told:
                table = np.array([bits.get(word, 0) for word in words], mark.dtype)
                if table.any():
                    mark |= table[codes] * flag
        return cls(tuple(names), marks, rows)

    def turned(self, join: Callable[[Bits], Bits], rows: int) -> Countries:
        """The same of other rows, made of these by what ``join`` makes of their bits."""
        return Countries(self.names, tuple(join(mark) for mark in self.marks), rows)

    def has(self, name: str) -> NDArray[np.bool_]:
        """Whether a country is among those of each row."""
        if name not in self.names:
            return np.zeros(self.rows, np.bool_)
        lane, bit = divmod(self.names.index(name), _WIDTH)
        there: NDArray[np.bool_] = self.marks[lane] & self.marks[lane].dtype.type(1 << bit) != 0
        return there

    def any(self) -> NDArray[np.bool_]:
        """Whether a row has any."""
        return reduce(or_, (mark != 0 for mark in self.marks), np.zeros(self.rows, np.bool_))

    def as_text(self) -> pl.Series:
        """The names of each row in order, with commas between; null where there is none."""
        if len(self.names) > _FEW or not self.marks:
            return self._spelled()
        there = np.zeros(1 << len(self.names), np.bool_)
        there[self.marks[0]] = True
        few = np.flatnonzero(there)  # each set that occurs is put in words once
        number = np.zeros(len(there), np.uint32)
        number[few] = np.arange(len(few))
        words = Countries(self.names, (few.astype(self.marks[0].dtype),), len(few))._spelled()
        return words.gather(pl.Series(number[self.marks[0]]))

    def _spelled(self) -> pl.Series:
        """Row by row: the first country of each in a column, the second in another, and so on; then with commas."""
        size = sum((np.bitwise_count(mark) for mark in self.marks), np.zeros(self.rows, np.intp))
        columns = np.full((max(1, size.max(initial=0)), self.rows), len(self.names), np.uint32)
        filled = np.zeros(self.rows, np.intp)
        for lane, mark in enumerate(self.marks):
            rows = np.flatnonzero(mark)
            rest = mark[rows]
            while rows.size:
                below = rest - rest.dtype.type(1)
                columns[filled[rows], rows] = lane * _WIDTH + np.bitwise_count(~rest & below)  # the lowest bit's place
                filled[rows] += 1
                rest &= below
                rows, rest = rows[rest != 0], rest[rest != 0]
        words = pl.Series([*self.names, None], dtype=pl.String)
        table = pl.DataFrame([words.gather(pl.Series(column)).alias(f"{n}") for n, column in enumerate(columns)])
        text = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
        return table.select(pl.when(pl.col("0").is_not_null()).then(text)).to_series()


def coded(words: pl.Series | str) -> tuple[NDArray[np.unsignedinteger[Any]], list[str]]:
    """A column of words as numbers, and the words they stand for; a null stands as 0. One word for all rows is one number."""
    if isinstance(words, str):
        return np.zeros(1, np.uint8), [words]
    if not isinstance(words.dtype, pl.Enum):
        words = words.cast(pl.Enum(words.drop_nulls().unique().sort()))
    kind = words.dtype
    assert isinstance(kind, pl.Enum)
    return words.to_physical().fill_null(0).to_numpy(), kind.categories.to_list()


def _present(flag: NDArray[np.bool_], codes: NDArray[np.unsignedinteger[Any]], words: list[str]) -> list[str]:
    counts = np.bincount(np.broadcast_to(codes, len(flag))[flag], minlength=len(words))
    return [word for word, count in zip(words, counts, strict=False) if count]


def _narrowest(bits: int) -> type[np.unsignedinteger[Any]]:
    return next((kind for kind in (np.uint8, np.uint16, np.uint32) if np.iinfo(kind).bits >= bits), np.uint64)
