"""From what was worked out of each row to the table of verdicts.

Where rows are whole flows these are expressions, for one stream. Of flows in legs each country's answer to a leg is one byte,
a bit for each rank that is reached; the bits of all legs together say the highest, and so what is said of the flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add, or_

import numpy as np
import polars as pl
from numpy.typing import NDArray

from biopact.decide.batch.countries import Countries
from biopact.decide.batch.judging import Judged
from biopact.decide.batch.together import FLOW, Together, nullable
from biopact.rules.columns.reading import any_bad
from biopact.rules.graph.program import RANKS
from biopact.rules.graph.ternary import Cell
from biopact.rules.language.model import Rank

__all__ = ["INVALID", "VERDICTS", "of_legs", "of_rows"]

INVALID = "invalid"
VERDICTS = pl.Enum([rank.word for rank in Rank])
_ENDS = ("low", "high")
Bytes = NDArray[np.uint8]


# --- rows that are whole flows ------------------------------------------------------------------------------------------


def of_rows(judged: Judged, marks: Sequence[str]) -> list[pl.Expr]:
    """The columns of the answer, over the columns of what was worked out."""
    found = [_worded(f"{country}_{end}", pl.col(f"{country}_has")) for country in judged.countries for end in _ENDS]
    found += [_worded(end, pl.lit(True)) for end in _ENDS]
    found += [_not_covered(judged), pl.col("review"), any_bad(marks).alias(INVALID)]
    return found + [pl.col(f"rule:{name}").alias(name) for name in judged.rules]


def _worded(name: str, has: pl.Expr) -> pl.Expr:
    """The verdict of the highest rank that is reached; null where nothing is said."""
    chain = pl.when(~has).then(pl.lit(None, dtype=VERDICTS))
    for rank in reversed(RANKS):
        chain = chain.when(pl.col(f"{name}_{rank.value}")).then(pl.lit(rank.word, dtype=VERDICTS))  # type: ignore[assignment]
    return chain.otherwise(pl.lit(Rank.CLEAR.word, dtype=VERDICTS)).alias(name)


def _not_covered(judged: Judged) -> pl.Expr:
    columns = _outside_columns(judged)
    found = pl.map_batches(
        columns,
        lambda given: _outside(judged, dict(zip(columns, given, strict=True))).as_text(),
        return_dtype=pl.String,
        is_elementwise=True,
    )
    return found.alias("not_covered")


def _outside_columns(judged: Judged) -> list[str]:
    places = {place.column for _, place in judged.outside if isinstance(place, Cell)}
    return [*(f"outside:{number}" for number, _ in enumerate(judged.outside)), *sorted(places)]


def _outside(judged: Judged, given: dict[str, pl.Series] | pl.DataFrame) -> Countries:
    """Who else's law is asked for, row by row."""
    return Countries.of(
        [
            (given[f"outside:{number}"], given[place.column] if isinstance(place, Cell) else place)
            for number, (_, place) in enumerate(judged.outside)
        ]
    )


# --- legs put together to flows -----------------------------------------------------------------------------------------


def of_legs(judged: Judged, worked_out: pl.LazyFrame, legs: Together, marks: Sequence[str]) -> pl.DataFrame:
    """The table of verdicts, a row a flow: the highest of its legs."""
    wanted = [pl.col(FLOW), *(pl.col(name) for name in _outside_columns(judged)), any_bad(marks).alias(INVALID)]
    wanted += [_byte(_reached(country)).alias(f"told:{country}") for country in judged.countries]
    wanted += [pl.col(f"{country}_review") for country in judged.countries]
    wanted += [_truth(f"rule:{name}") for name in judged.rules]
    rows = worked_out.select(wanted).collect()

    said = {country: rows[f"told:{country}"].to_numpy() for country in judged.countries}
    asked = [leg * rows[f"{country}_review"].to_numpy() for country, leg in said.items()]  # of legs that ask for a look
    invalid, *joined = legs.bits_of([rows[INVALID].cast(pl.UInt8).to_numpy(), *said.values(), *asked])
    told = dict(zip(judged.countries, joined, strict=False))
    looked = dict(zip(judged.countries, joined[len(told) :], strict=True))
    outside = _outside(judged, rows).turned(legs.bits, len(legs.starts))
    whole = reduce(or_, told.values(), outside.any() * _ANY_HIGH) | _SAID
    review = np.zeros(len(whole), np.bool_)
    for country, byte in told.items():
        highest = _HIGH[looked[country]]
        review |= (highest > 0) & (highest >= _LOW[byte]) & (_HIGH[byte] >= _LOW[whole])
    ranks = {f"{country}_{end}": rank for country, byte in told.items() for end, rank in _ends(byte)}
    ranks |= dict(_ends(whole))
    found = [rows[FLOW].gather(legs.starts), *pl.DataFrame(ranks).select(_word(name) for name in ranks)]
    found += [outside.as_text().alias("not_covered"), pl.Series("review", review), pl.Series(INVALID, invalid != 0)]
    for name in judged.rules:
        truth = legs.highest(rows[f"rule:{name}"].to_numpy())
        found.append(nullable(truth == 2, truth != 1).alias(name))
    return pl.DataFrame(found)


def _ends(byte: Bytes) -> list[tuple[str, Bytes]]:
    return [("low", _LOW[byte]), ("high", _HIGH[byte])]


def _word(name: str) -> pl.Expr:
    """The word of the rank whose value a column has; 0 is none."""
    chain = pl.when(pl.col(name) == Rank.CLEAR.value).then(pl.lit(Rank.CLEAR.word, dtype=VERDICTS))
    for rank in RANKS:
        chain = chain.when(pl.col(name) == rank.value).then(pl.lit(rank.word, dtype=VERDICTS))  # type: ignore[assignment]
    return chain.alias(name)


def _reached(country: str) -> list[pl.Expr]:
    """Whether anything is said, and of the low and the high end each rank above clear that is reached."""
    return [pl.col(f"{country}_has"), *(pl.col(f"{country}_{end}_{rank.value}") for end in _ENDS for rank in RANKS)]


def _byte(parts: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(add, (part.cast(pl.UInt8) * pl.lit(1 << bit, dtype=pl.UInt8) for bit, part in enumerate(parts)))


def _truth(name: str) -> pl.Expr:
    """False, unknown and true as 0, 1 and 2: of several legs the greatest says whether it is so of any."""
    return (pl.col(name).cast(pl.UInt8) * pl.lit(2, dtype=pl.UInt8)).fill_null(1).alias(name)


def _highest(bits: int) -> int:
    """The value of the rank that some bits say, of which each stands for a rank above clear."""
    return Rank.CLEAR.value + bits.bit_length()


_LOW = np.array([_highest(byte >> 1 & 7) if byte & 1 else 0 for byte in range(128)], np.uint8)
_HIGH = np.array([_highest(byte >> 4 & 7) if byte & 1 else 0 for byte in range(128)], np.uint8)
_SAID, _ANY_HIGH = np.uint8(1), np.uint8(7 << 4)  # a law that is not here may say anything
