"""External validation of a published model: its scores given, nothing fitted but the recalibration.

Answers: how a model that was made elsewhere does on the people of all sites: discrimination and calibration, and how it
would have to be corrected here.

Inputs: ``outcome``, a boolean, and either ``formula`` with ``coefficients`` (each term of the formula by its printed name,
``Intercept`` among them) of a logistic model, or ``score``, a column of predicted probabilities; ``grid``, the classes of
the probability. The coefficients stand in the study that the parties signed; nobody chooses them between rounds.
Output: the table and measures of ``calibration``, the ROC curve and the measures of ``roc``.
Method: as there; Collins et al. 2015 (TRIPOD) for what is told.
Tested against scikit-learn and statsmodels on the pooled rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from biopact.study.analyses.protocol import Analysis
from biopact.study.analyses.reading import declared
from biopact.study.analyses.scores import Score, read_score
from biopact.study.analyses.validating import Validation, ValidationState, combine
from biopact.study.columns import Column
from biopact.study.data import SiteData
from biopact.study.exposure import Sums
from biopact.study.fields import Fields
from biopact.study.results import Outcome

__all__ = ["ExternalValidation"]


@dataclass(frozen=True, slots=True)
class ExternalValidation(Validation):
    """The validation of one model."""

    kind: ClassVar[str] = "external-validation"

    name: str
    outcome: str
    score: Score
    columns: Mapping[str, Column]
    exact: bool = False

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> ExternalValidation:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "outcome", "score", "formula", "coefficients", "grid")
        outcome = declared(fields, "outcome", columns, "boolean")
        return cls(name, outcome.name, read_score(fields, columns, probability=True), columns)

    @property
    def formula(self) -> str | None:
        """The formula of the published model, where it is given so."""
        return self.score.model.text if self.score.model else None

    def combine(self, sums: Mapping[str, Sums], state: ValidationState) -> ValidationState | Outcome:
        """One step of both recalibrations, or all that is told."""
        return combine(sums[""], state, curve_too=True, exact=self.exact)

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Without a grid of its own: each value of the score is a class."""
        if self.score.written:
            return self
        grid = tuple(np.unique(self.values_of(sites)).tolist())
        return replace(self, score=replace(self.score, grid=grid), exact=True) if grid else self
