"""Tables of legs as Polars frames: typed, with the ways of flows and what options assume, judged, legs put together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from biopact.decide.batch.answers import of_legs, of_rows
from biopact.decide.batch.assuming import Assuming, assumptions
from biopact.decide.batch.judging import Judged, Judging, columns_of
from biopact.decide.batch.together import FLOW, LEG, Together, standing_together
from biopact.decide.batch.ways import added_by_ways, with_ways
from biopact.rules.columns.express import DATE, Steps, columns_read, steps
from biopact.rules.columns.layout import Meaning
from biopact.rules.columns.reading import Prepared, prepare
from biopact.rules.graph.ternary import Logic, Node
from biopact.rules.ruleset import RuleSet

__all__ = ["Batch"]

PLAIN = (FLOW, LEG, DATE)


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
        outside = {f"outside:{order}": node for order, (node, _) in enumerate(self.judged.outside)}
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

    def legs(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The typed table with the columns that ``flows`` asks for, no others."""
        wanted = {FLOW, LEG, DATE, *self.marks(), *self.needed}
        wanted |= {f"{role}.{fact}" for role in ("sender", "recipient") for fact in ("country", "kind")}
        typed = self.typed(frame)
        return typed.select(name for name in (*self.prepared.schema, *self.marks()) if name in wanted)

    def judge(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The verdicts of a table in memory, one row a flow."""
        if self.has_legs:
            return self.flows(self.legs(frame.lazy()).collect())
        return self.rows(self.typed(frame.lazy())).collect()

    def rows(self, typed: pl.LazyFrame) -> pl.LazyFrame:
        """The verdicts of a typed table whose rows are whole flows."""
        return self._worked_out(typed).select(self._row_answers)

    @cached_property
    def _row_answers(self) -> list[pl.Expr]:
        return [*([pl.col(FLOW)] if FLOW in self.schema else []), *of_rows(self.judged, self.marks())]

    def flows(self, typed: pl.DataFrame) -> pl.DataFrame:
        """The verdicts of a typed table whose rows are legs: of each flow the highest of its legs."""
        typed = standing_together(typed)
        legs = Together.of(typed[FLOW])
        typed = with_ways(typed, legs, self.needed, self.prepared.schema)
        return of_legs(self.judged, self._worked_out(typed.lazy()), legs, self.marks())

    def _worked_out(self, typed: pl.LazyFrame) -> pl.LazyFrame:
        return self._steps.on(self.assuming.on(typed))
