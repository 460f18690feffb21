"""The way of a flow in legs: from the first leg's sender to the last leg's recipient, past every recipient between."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from biopact.decide.batch.judging import PUBLIC_WAY, WAY
from biopact.rules.ruleset import RuleSet

__all__ = ["added_by_ways", "with_ways"]

FLOW, LEG = "flow_id", "leg"
_ORIGIN, _DESTINATION, _RECIPIENTS = WAY


def added_by_ways(law: RuleSet, columns: Collection[str]) -> list[str]:
    """The columns that ``with_ways`` can add to a table with some columns, and need add."""
    found: list[str] = []
    for name, role in ((_ORIGIN, "sender"), (_DESTINATION, "recipient")):
        if name in law.vocabulary.facts and name not in columns and f"{role}.country" in columns:
            found += [name, PUBLIC_WAY + name]
    members = law.vocabulary.facts.get(_RECIPIENTS)
    if members is not None and "recipient.country" in columns:
        names = [f"{_RECIPIENTS}.{member}" for member in members.domain]
        if not any(name in columns for name in names):
            found += names
    return found


def with_ways(frame: pl.LazyFrame, wanted: Collection[str], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The table with the wanted facts of each flow's way, in whatever order its rows stand.

    Where a flow begins or ends in several places at once, a leg that is itself the first (the last) has its own, others none.
    """
    ends = [name for name in (_ORIGIN, _DESTINATION) if name in wanted or PUBLIC_WAY + name in wanted]
    members = [name for name in wanted if name.startswith(f"{_RECIPIENTS}.")]
    if not ends and not members:
        return frame
    marked = [pl.col(LEG).min().over(FLOW).alias(f"~{name}.edge") for name in ends if name == _ORIGIN]
    marked += [pl.col(LEG).max().over(FLOW).alias(f"~{name}.edge") for name in ends if name == _DESTINATION]
    frame = frame.with_columns(marked).with_columns([expr for name in ends for expr in _at_edge(name, schema)])
    gathered = [expr for name in ends for expr in _gathered(name)]
    for name in members:
        there = pl.col("recipient.country") == name.removeprefix(f"{_RECIPIENTS}.")
        gathered.append(
            pl.when(_public("recipient", schema)).then(False).otherwise(there).any(ignore_nulls=False).alias(name)
        )
    frame = frame.join(frame.group_by(FLOW).agg(gathered), on=FLOW, how="left", maintain_order="left")
    frame = frame.with_columns([expr for name in ends for expr in _own_or_common(name, schema)])
    made = ("edge", "here", "gap", "at", "low", "high", "gaps", "public", "private")
    return frame.drop([f"~{name}.{part}" for name in ends for part in made])


def _public(role: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    return (pl.col(f"{role}.kind") == "public").fill_null(False) if f"{role}.kind" in schema else pl.lit(False)


def _role(name: str) -> str:
    return "sender" if name == _ORIGIN else "recipient"


def _at_edge(name: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
    """For each leg at one edge of a flow: its place, whether that is unknown, and whether it is the public (else null)."""
    at_edge, place = pl.col(LEG) == pl.col(f"~{name}.edge"), pl.col(f"{_role(name)}.country")
    yield pl.when(at_edge).then(place).alias(f"~{name}.here")
    yield (at_edge & place.is_null()).alias(f"~{name}.gap")
    yield pl.when(at_edge).then(_public(_role(name), schema)).alias(f"~{name}.at")


def _gathered(name: str) -> Iterator[pl.Expr]:
    """Of the legs at one edge of a flow together. Plain minima and maxima of columns: Polars is slow on filters in groups."""
    yield pl.col(f"~{name}.here").min().alias(f"~{name}.low")
    yield pl.col(f"~{name}.here").max().alias(f"~{name}.high")
    yield pl.col(f"~{name}.gap").any().alias(f"~{name}.gaps")
    yield pl.col(f"~{name}.at").max().alias(f"~{name}.public")
    yield pl.col(f"~{name}.at").min().alias(f"~{name}.private")


def _own_or_common(name: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
    """A leg at the edge has its own place, another that of the edge where it is one and is no public."""
    role, at_edge = _role(name), pl.col(LEG) == pl.col(f"~{name}.edge")
    low, high = pl.col(f"~{name}.low"), pl.col(f"~{name}.high")
    one = ~pl.col(f"~{name}.gaps") & (low == high) & ~pl.col(f"~{name}.public")
    yield pl.when(at_edge).then(pl.col(f"{role}.country")).otherwise(pl.when(one).then(low)).alias(name)
    public = pl.when(at_edge).then(_public(role, schema)).otherwise(pl.col(f"~{name}.private"))
    yield public.fill_null(False).alias(PUBLIC_WAY + name)
