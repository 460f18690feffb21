"""Whether predicted probabilities are those that come true.

Answers: how well predictions agree with what happened, and how they would have to be corrected.

Inputs: ``outcome``, a boolean; ``score``, a column of predicted probabilities (bounds within 0 and 1); ``grid``, the
classes. The sites first agree on classes, each with the minimum of cases and of controls at every site; fewer than five
are refused.
Output: for each class n, the mean prediction, the observed share and its 95 % interval (Wilson 1927); observed over
expected events; the Brier score; the recalibration: the intercept at slope one (calibration in the large), and intercept
and slope of the logistic regression on the logit of the prediction.
Method: Cox 1958 (recalibration); Steyerberg 2019, ch. 15. A probability nearer to 0 or 1 than a millionth counts as so.
Tested against statsmodels ``GLM`` and scikit-learn ``brier_score_loss`` on the pooled rows.
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

__all__ = ["Calibration"]


@dataclass(frozen=True, slots=True)
class Calibration(Validation):
    """One table of calibration."""

    kind: ClassVar[str] = "calibration"

    name: str
    outcome: str
    score: Score
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> Calibration:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "outcome", "score", "grid")
        outcome = declared(fields, "outcome", columns, "boolean")
        return cls(name, outcome.name, read_score(fields, columns, probability=True), columns)

    def combine(self, sums: Mapping[str, Sums], state: ValidationState) -> ValidationState | Outcome:
        """One step of both recalibrations, or the table."""
        return combine(sums[""], state, curve_too=False)

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """Classes need a grid also in a trial: ten of about the same size, by the values themselves."""
        if self.score.written:
            return self
        cuts = np.unique(np.quantile(self.values_of(sites), np.arange(1, 10) / 10)).tolist()
        return replace(self, score=replace(self.score, grid=(*(cut for cut in cuts if cut < 1), 1.0)))
