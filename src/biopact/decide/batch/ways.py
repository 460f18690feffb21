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
    gathered: list[pl.Expr] = []
    for name in ends:
        gathered += _gathered(name, schema)
    for name in members:
        there = pl.col("recipient.country") == name.removeprefix(f"{_RECIPIENTS}.")
        gathered.append(
            pl.when(_public("recipient", schema)).then(False).otherwise(there).any(ignore_nulls=False).alias(name)
        )
    frame = frame.join(frame.group_by(FLOW).agg(gathered), on=FLOW, how="left", maintain_order="left")
    frame = frame.with_columns([expr for name in ends for expr in _own_or_common(name, schema)])
    return frame.drop([f"~{name}.{part}" for name in ends for part in ("edge", "place", "one", "public")])


def _public(role: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    return (pl.col(f"{role}.kind") == "public").fill_null(False) if f"{role}.kind" in schema else pl.lit(False)


def _role(name: str) -> str:
    return "sender" if name == _ORIGIN else "recipient"


def _edge(name: str) -> pl.Expr:
    return pl.col(LEG).min() if name == _ORIGIN else pl.col(LEG).max()


def _gathered(name: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
    """Of the legs at one edge of a flow: their place, whether it is one, and whether it is the public."""
    role = _role(name)
    at_edge = pl.col(LEG) == _edge(name)
    public = _public(role, schema).filter(at_edge) if f"{role}.kind" in schema else pl.lit(False)
    place = pl.col(f"{role}.country").filter(at_edge)
    one = (place.null_count() == 0) & (place.min() == place.max())
    yield _edge(name).alias(f"~{name}.edge")
    yield place.first().alias(f"~{name}.place")
    if f"{role}.kind" in schema:
        yield (one & ~public.any()).alias(f"~{name}.one")
        yield public.all().alias(f"~{name}.public")
    else:
        yield one.alias(f"~{name}.one")
        yield pl.lit(False).alias(f"~{name}.public")


def _own_or_common(name: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
    role = _role(name)
    at_edge = pl.col(LEG) == pl.col(f"~{name}.edge")
    common = pl.when(pl.col(f"~{name}.one")).then(pl.col(f"~{name}.place"))
    yield pl.when(at_edge).then(pl.col(f"{role}.country")).otherwise(common).alias(name)
    public = pl.when(at_edge).then(_public(role, schema)).otherwise(pl.col(f"~{name}.public"))
    yield public.fill_null(False).alias(PUBLIC_WAY + name)
