"""Tables of legs as Polars frames: typed, with the ways of flows and what options assume, judged, legs put together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

import polars as pl

from biopact.decide.batch.assuming import Assuming, assumptions
from biopact.decide.batch.judging import Judged, Judging, columns_of
from biopact.decide.batch.ways import FLOW, LEG, added_by_ways, with_ways
from biopact.rules.columns.express import DATE, Steps, columns_read, steps
from biopact.rules.columns.layout import Meaning
from biopact.rules.columns.reading import Prepared, any_bad, prepare
from biopact.rules.model import Rank
from biopact.rules.program import RANKS
from biopact.rules.ruleset import RuleSet
from biopact.rules.ternary import Cell, Logic, Node

__all__ = ["FLOW", "LEG", "VERDICTS", "Batch"]

PLAIN = (FLOW, LEG, DATE)
VERDICTS = pl.Enum([rank.word for rank in Rank])
INVALID = "invalid"


@dataclass(frozen=True)
class Batch:
    """A law over tables with one schema.

    ``as_of`` is the day of rows without a date; ``values`` are all the words (and null) of some columns, where looked up.
    """

    law: RuleSet
    schema: Mapping[str, pl.DataType]
    as_of: datetime.date
    rules: bool = False
    values: Mapping[str, frozenset[str | None]] = field(default_factory=dict)

    @cached_property
    def known(self) -> dict[str, Meaning]:
        """Every column that means something under the law."""
        return columns_of(self.law)

    @property
    def has_legs(self) -> bool:
        """Whether rows are legs of flows."""
        return LEG in self.schema and FLOW in self.schema

    @cached_property
    def _typed(self) -> dict[str, pl.DataType]:
        """The columns there would be if every list were written out and every way worked out."""
        typed = dict(prepare(self.schema, self.known, PLAIN, None).schema)
        country = typed.get("recipient.country", typed.get("sender.country", pl.String()))
        for name in added_by_ways(self.law, typed) if self.has_legs else []:
            typed[name] = country if name in ("flow.origin", "flow.destination") else pl.Boolean()
        return typed

    @cached_property
    def assuming(self) -> Assuming:
        """What options assume, and the columns there are after it."""
        return assumptions(self.law, self._typed, self._judging)

    def _judging(self, typed: Mapping[str, pl.DataType], assumed: Mapping[str, str] | None = None) -> Judging:
        day = None if DATE in self.schema else self.as_of
        return Judging(self.law, typed, day, self.has_legs, assumed=assumed or {}, logic=Logic(self._surely()))

    def _surely(self) -> Mapping[str, frozenset[str | None]]:
        """The known words of columns that no option changes; what is outside a domain has become null."""
        changed = {name for name, _, _ in self.law.assumed}
        domains = {name: fact.domain for name, meaning in self.known.items() if (fact := meaning.fact) is not None}
        return {
            name: frozenset(word if not domains[name] or word in domains[name] else None for word in words)
            for name, words in self.values.items()
            if name not in changed
        }

    @cached_property
    def judging(self) -> Judging:
        """The law over the columns there are in the end."""
        return self._judging(self.assuming.typed, self.assuming.where)

    @cached_property
    def judged(self) -> Judged:
        """What is worked out for each row."""
        return self.judging.judged(self.rules)

    @cached_property
    def _steps(self) -> Steps:
        return steps(self._wanted, self.assuming.typed)

    @cached_property
    def _wanted(self) -> dict[str, Node]:
        outside = {f"outside:{order}": node for order, (_, node, _) in enumerate(self.judged.outside)}
        return {**self.judged.wanted, **outside}

    @cached_property
    def needed(self) -> set[str]:
        """The columns some answer rests on."""
        return columns_read(self._wanted.values()) | self.assuming.reads

    @cached_property
    def prepared(self) -> Prepared:
        """How to read the table: of lists only the members that some rule asks for."""
        return prepare(self.schema, self.known, PLAIN, self.needed)

    # --- frames -----------------------------------------------------------------------------------------------------

    def typed(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The table with typed columns; rows without a date have the day asked for."""
        found = self.prepared.on(frame)
        return found.with_columns(pl.col(DATE).fill_null(self.as_of)) if DATE in self.schema else found

    def marks(self) -> list[str]:
        """The marks of values outside their domain, in the typed table."""
        return list(self.prepared.marks)

    def legs(self, typed: pl.LazyFrame) -> pl.LazyFrame:
        """One row a row: ranks of every country as numbers (1 clear to 4 prohibited), reviews, what is outside."""
        if self.has_legs:
            typed = with_ways(typed, self.needed, self.prepared.schema)
        return self._steps.on(self.assuming.on(typed)).select(self._answers())

    def flows(self, legs: pl.LazyFrame) -> pl.LazyFrame:
        """One row a flow: the highest of its legs."""
        if not self.has_legs:
            return legs
        names = self.judged.countries
        found = legs.group_by(FLOW, maintain_order=True).agg(
            *(pl.col(f"{country}_{end}").max() for country in names for end in ("low", "high")),
            pl.col("low").max(),
            pl.col("high").max(),
            pl.col("not_covered").drop_nulls(),
            *(_leg_review(country).max().alias(f"{country}_review") for country in names),
            pl.col(INVALID).any(),
            *(pl.col(name).any(ignore_nulls=False) for name in self._rule_names()),
        )
        decisive = (
            (pl.col(f"{country}_review") >= pl.col(f"{country}_low")).fill_null(False)
            & (pl.col(f"{country}_high") >= pl.col("low")).fill_null(False)
            for country in names
        )
        every = pl.when(pl.col("not_covered").list.len() > 0).then(pl.col("not_covered").list.join(","))
        tidy = every.map_batches(_tidied, return_dtype=pl.String, is_elementwise=True)
        return found.with_columns(reduce(or_, decisive).alias("review"), tidy.alias("not_covered"))

    def worded(self, found: pl.LazyFrame) -> pl.LazyFrame:
        """As it is written: verdicts as words, in the order of the columns of the answer."""
        ends = [f"{country}_{end}" for country in self.judged.countries for end in ("low", "high")]
        here = [FLOW] if FLOW in self.schema else []
        verdicts = [_word(name) for name in (*ends, "low", "high")]
        return found.select(*here, *verdicts, "not_covered", "review", INVALID, *self._rule_names())

    def _rule_names(self) -> list[str]:
        return [name.removeprefix("rule:") for name in self.judged.wanted if name.startswith("rule:")]

    def _answers(self) -> list[pl.Expr]:
        found = [pl.col(FLOW)] if FLOW in self.schema else []
        for country in self.judged.countries:
            has = pl.col(f"{country}_has")
            found += [pl.when(has).then(_rank(f"{country}_{end}")).alias(f"{country}_{end}") for end in ("low", "high")]
            found += [pl.col(f"{country}_review")] if self.has_legs else []
        found += [_rank("low").alias("low"), _rank("high").alias("high"), pl.col("review")]
        found += [self._outside().alias("not_covered"), any_bad(self.marks()).alias(INVALID)]
        return found + [pl.col(f"rule:{name}").alias(name) for name in self._rule_names()]

    def _outside(self) -> pl.Expr:
        told = []
        for order, (_, _, name) in enumerate(self.judged.outside):
            word = pl.col(name.column).cast(pl.String) if isinstance(name, Cell) else pl.lit(name)
            told.append(pl.when(pl.col(f"outside:{order}")).then(word))
        return pl.when(pl.col("uncovered")).then(pl.concat_str(told, separator=",", ignore_nulls=True))


def _rank(name: str) -> pl.Expr:
    return sum((pl.col(f"{name}_{rank.value}").cast(pl.UInt8) for rank in RANKS), pl.lit(1, dtype=pl.UInt8))


def _leg_review(country: str) -> pl.Expr:
    """How high a leg reaches that asks for a look: it counts where that is not below the lowest of all legs."""
    return pl.when(pl.col(f"{country}_review")).then(pl.col(f"{country}_high"))


def _tidied(joined: pl.Series) -> pl.Series:
    """Names that are joined by commas, each once and in order; few differ in a table, so each text is worked out once."""
    texts = joined.drop_nulls().unique()
    tidy = texts.str.split(",").list.unique().list.sort().list.join(",")
    return joined.replace_strict(texts, tidy, default=None, return_dtype=pl.String)


def _word(name: str) -> pl.Expr:
    cell = pl.col(name)
    chain = pl.when(cell == Rank.CLEAR.value).then(pl.lit(Rank.CLEAR.word, dtype=VERDICTS))
    for rank in RANKS:
        chain = chain.when(cell == rank.value).then(pl.lit(rank.word, dtype=VERDICTS))  # type: ignore[assignment]
    return chain.alias(name)
