"""The way of a flow in legs: from the first leg's sender to the last leg's recipient, past every recipient between."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from biopact.decide.batch.countries import Countries, coded
from biopact.decide.batch.judging import PUBLIC_WAY, WAY
from biopact.decide.batch.together import LEG, Together, nullable
from biopact.rules.ruleset import RuleSet

__all__ = ["added_by_ways", "with_ways"]

_ORIGIN, _DESTINATION, _RECIPIENTS = WAY
_ROLE = {_ORIGIN: "sender", _DESTINATION: "recipient"}
Flags = NDArray[np.bool_]


def added_by_ways(law: RuleSet, columns: Collection[str]) -> list[str]:
    """The columns that ``with_ways`` can add to a table with some columns, and need add."""
    found: list[str] = []
    for name, role in _ROLE.items():
        if name in law.vocabulary.facts and name not in columns and f"{role}.country" in columns:
            found += [name, PUBLIC_WAY + name]
    members = law.vocabulary.facts.get(_RECIPIENTS)
    if members is not None and "recipient.country" in columns:
        names = [f"{_RECIPIENTS}.{member}" for member in members.domain]
        if not any(name in columns for name in names):
            found += names
    return found


def with_ways(
    frame: pl.DataFrame, legs: Together, wanted: Collection[str], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The table with the wanted facts of each flow's way that it does not have already.

    Where a flow begins or ends in several places at once, a leg that is itself the first (the last) has its own, others none.
    """
    made: list[pl.Series] = []
    for name in _ROLE:
        if name not in schema and (name in wanted or PUBLIC_WAY + name in wanted):
            made += _end(frame, legs, name, schema)
    members = [name for name in wanted if name.startswith(f"{_RECIPIENTS}.") and name not in schema]
    if members:
        made += _recipients(frame, legs, members, schema)
    return frame.with_columns(made)


def _public(frame: pl.DataFrame, role: str, schema: Mapping[str, pl.DataType]) -> Flags | None:
    """Where a party is the public; None where it never is."""
    if f"{role}.kind" not in schema:
        return None
    return (frame[f"{role}.kind"] == "public").fill_null(False).to_numpy()


def _end(frame: pl.DataFrame, legs: Together, name: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.Series]:
    """Where flows begin (or end), and whether that is the public: a leg at the edge has its own, others the common one."""
    role = _ROLE[name]
    place, public = frame[f"{role}.country"], _public(frame, role, schema)
    codes, words = coded(place)
    number = frame[LEG].to_numpy()
    edge = legs.lowest(number) if name == _ORIGIN else legs.highest(number)
    at_edge = number == legs.spread(edge)
    none = np.min_scalar_type(len(words)).type(len(words))
    own = np.where(place.is_not_null().to_numpy(), codes, none)
    known = own if public is None else np.where(public, none, own)
    if np.count_nonzero(at_edge) == len(edge):  # one leg each
        common = known[at_edge]
    else:
        low, high = legs.lowest(np.where(at_edge, known, none)), legs.highest(known * at_edge)
        common = np.where(low == high, low, none)
    yield pl.Series([*words, None], dtype=place.dtype).gather(np.where(at_edge, own, legs.spread(common))).alias(name)
    if public is None:
        yield pl.Series(PUBLIC_WAY + name, np.zeros(frame.height, np.bool_))
    else:
        only = legs.spread(legs.lowest(public | ~at_edge))
        yield pl.Series(PUBLIC_WAY + name, np.where(at_edge, public, only))


def _recipients(
    frame: pl.DataFrame, legs: Together, members: list[str], schema: Mapping[str, pl.DataType]
) -> Iterator[pl.Series]:
    """Of each country whether any leg goes there, in strong Kleene logic; to the public is to no country."""
    place, public = frame["recipient.country"], _public(frame, "recipient", schema)
    given, somewhere = place.is_not_null(), np.True_ if public is None else ~public
    reached = Countries.of([(pl.Series(given.to_numpy() & somewhere), place)])
    unsure = legs.spread(legs.highest(~given.to_numpy() & somewhere))
    reached = reached.turned(lambda marks: legs.spread(legs.bits(marks)), frame.height)
    for name in members:
        there = reached.has(name.removeprefix(f"{_RECIPIENTS}."))
        yield nullable(there, there | ~unsure).alias(name)
