"""The closed set of analyses a site knows: one file each."""

from __future__ import annotations

from typing import Any

from biopact.study.analyses.calibration import Calibration
from biopact.study.analyses.comparative_cohort import ComparativeCohort
from biopact.study.analyses.correlation import Correlation
from biopact.study.analyses.cox import Cox
from biopact.study.analyses.crosstab import Crosstab
from biopact.study.analyses.describe import Describe
from biopact.study.analyses.external_validation import ExternalValidation
from biopact.study.analyses.glm import Glm
from biopact.study.analyses.histogram import Histogram
from biopact.study.analyses.kaplan_meier import KaplanMeier
from biopact.study.analyses.log_rank import LogRank
from biopact.study.analyses.meta_analysis import MetaAnalysis
from biopact.study.analyses.roc import Roc
from biopact.study.analyses.standardised_rates import StandardisedRates

__all__ = ["KINDS"]

KINDS: dict[str, Any] = {
    kind.kind: kind
    for kind in (
        Describe,
        Crosstab,
        Histogram,
        Correlation,
        Glm,
        Cox,
        KaplanMeier,
        LogRank,
        Roc,
        Calibration,
        ExternalValidation,
        MetaAnalysis,
        StandardisedRates,
        ComparativeCohort,
    )
}
