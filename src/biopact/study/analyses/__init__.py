"""The closed set of analyses a site knows: one file each."""

from __future__ import annotations

from typing import Any

from biopact.study.analyses.cox import Cox
from biopact.study.analyses.crosstab import Crosstab
from biopact.study.analyses.describe import Describe
from biopact.study.analyses.glm import Glm
from biopact.study.analyses.kaplan_meier import KaplanMeier

__all__ = ["KINDS"]

KINDS: dict[str, Any] = {kind.kind: kind for kind in (Describe, Crosstab, Glm, Cox, KaplanMeier)}
