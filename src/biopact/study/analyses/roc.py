"""The ROC curve of a score and the area under it.

Answers: how well a score tells those with the outcome from those without.

Inputs: ``outcome``, a boolean; ``score``, a number with bounds (higher for cases); ``grid``, the width or boundaries of
its classes. The sites first agree on classes, each with the minimum of cases and of controls at every site; fewer than
five are refused.
Output: the points of the curve; the area with its 95 % interval, and its bounds: where all ties within a class go
against it, and where they go for it. In a local trial without a minimum the area is exact.
Method: area as the share of pairs, ties counted half (Hanley and McNeil 1982); interval by DeLong et al. 1988.
Tested against scikit-learn ``roc_auc_score`` and ``roc_curve`` on the pooled rows, exact and in classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from biopact.study.analyses.grid import kept
from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import declared
from biopact.study.analyses.scores import Score, cells_of, class_counts, curve, discrimination, read_score, vote
from biopact.study.columns import Column
from biopact.study.data import Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.fields import Fields
from biopact.study.results import Failure, Outcome, Table

__all__ = ["Roc", "RocState"]


@dataclass(frozen=True, slots=True)
class RocState:
    """The classes that stand."""

    boundaries: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Roc(Analysis):
    """One ROC curve."""

    kind: ClassVar[str] = "roc"

    name: str
    outcome: str
    score: Score
    columns: Mapping[str, Column]
    exact: bool = False

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Roc:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "outcome", "score", "grid")
        outcome = declared(fields, "outcome", columns, "boolean")
        return cls(name, outcome.name, read_score(fields, columns, probability=False), columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        return tuple(dict.fromkeys((self.outcome, *self.score.reads)))

    def ask(self, data: SiteData) -> Mask | None:
        """Yes to each class boundary that can stand here."""
        return vote(data, self.score, self.outcome)

    def begin(self, roster: Roster, agreed: Mask | None) -> RocState:
        """There is one round."""
        stands = np.ones(len(self.score.grid), dtype=np.bool_) if agreed is None else agreed
        return RocState(kept(self.score.grid, stands))

    def demand(self, data: SiteData, state: RocState) -> Demand:
        """The analysis set, cases and controls, those of each class."""

        cells = data.cells(
            lambda rows: cells_of(rows, self.score, self.columns, self.outcome, state.boundaries), self.reads
        )
        return Demand((data.everyone(), *cells), data.n, bins=len(state.boundaries))

    def at_site(self, data: SiteData, state: RocState) -> Answer:
        """Controls and cases in each class."""
        controls, cases = class_counts(data, self.score, self.outcome, state.boundaries)
        return Answer({"controls": controls, "cases": cases})

    def combine(self, sums: Mapping[str, Sums], state: RocState) -> Outcome:
        """The curve of the total."""
        controls, cases = sums[""]["controls"], sums[""]["cases"]
        if not controls.any() or not cases.any():
            return Failure("no-events", 1)
        values = {**discrimination(controls, cases, exact=self.exact), "events": int(cases.sum())}
        rows = curve(controls, cases, state.boundaries)
        return Table(tuple(rows), int(controls.sum() + cases.sum()), values)

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: each value of the score is a class."""
        if self.score.written:
            return self
        values = [self.score.values(rows, self.columns) for site in sites for rows in site.batches(self.reads)]
        grid = tuple(np.unique(np.concatenate(values)).tolist())
        return replace(self, score=replace(self.score, grid=grid), exact=True) if grid else self
