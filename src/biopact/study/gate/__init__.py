"""The gate: what stands between a site's numbers and everybody else. It cannot be turned off on a release.

It judges an analysis before anything of it leaves (``judge``), and each round's answer before it leaves
(``judge_answer``). Either gives the name of the rule that says no, or None; never the number that broke it.
"""

from __future__ import annotations

from biopact.study.exposure import Answer, Demand
from biopact.study.gate.checks import (
    CHECKS,
    dominance,
    effective_size,
    minimum_cell,
    residual_freedom,
    saturation,
    score_bins,
)
from biopact.study.gate.limits import Limits

__all__ = ["CHECKS", "Limits", "judge", "judge_answer"]


def judge(demand: Demand, least: int) -> str | None:
    """The first rule that an analysis breaks at a site, besides those of the cohort ledger."""
    if not minimum_cell(demand.cells, least):
        return "minimum-cell"
    if not saturation(demand):
        return "saturation"
    if not residual_freedom(demand):
        return "residual-freedom"
    if least > 1 and not dominance(demand.magnitudes):
        return "dominance"
    if least > 1 and not score_bins(demand):
        return "score-bins"
    return None


def judge_answer(answer: Answer, least: int) -> str | None:
    """The rule that the sums of one round break, besides those of the cohort ledger."""
    if not minimum_cell(answer.cells, least):
        return "minimum-cell"
    return None if effective_size(answer, least) else "effective-size"
