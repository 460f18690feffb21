"""Newton's method on sums: one step, when to stop, and what it means where there is no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from biopact.study.data import Floats
from biopact.study.results import FailureReason

__all__ = ["ROUNDS", "Step", "step"]

ROUNDS = 25  # the cap; a sound fit takes four to eight
SMALLEST_CONDITION = 1e-12
TOLERANCE = 1e-20  # of the squared distance to the maximum in standard errors, relative to 1 + |log-likelihood|
DIVERGED = 12.0  # of a coefficient on the scale of [-1, 1]: odds of 160,000 to 1


@dataclass(frozen=True, slots=True)
class Step:
    """Where Newton's method stands: go on from ``beta``, done at ``beta`` with ``covariance``, or failed."""

    kind: Literal["on", "done", "failed"]
    beta: Floats
    covariance: Floats
    reason: FailureReason = "singular"


def step(beta: Floats, score: Floats, information: Floats, loglik: float, round_: int, longest: float = np.inf) -> Step:
    """One step from ``beta`` (round 1 is the first).

    Stops on the relative score decrement, g'H⁻¹g. The condition is that of the information with a unit diagonal. No
    coefficient moves by more than ``longest`` at once: far from the maximum a quadratic says little.
    """
    nothing = np.zeros_like(information)
    diverged = np.max(np.abs(beta), initial=0.0) > DIVERGED
    if not (np.all(np.isfinite(information)) and np.all(np.isfinite(score)) and np.isfinite(loglik)):
        return Step("failed", beta, nothing, "separation" if diverged else "not-converged")
    widths = np.sqrt(np.maximum(np.diag(information), 0.0))
    condition = _reciprocal_condition(information, widths)
    if condition < SMALLEST_CONDITION:
        return Step("failed", beta, nothing, "separation" if diverged else "singular")
    standard = information / np.outer(widths, widths)
    covariance = np.linalg.inv(standard) / np.outer(widths, widths)
    covariance = (covariance + covariance.T) / 2
    move = np.linalg.solve(standard, score / widths) / widths
    decrement = float(score @ move)
    if decrement <= TOLERANCE * (1 + abs(loglik)):
        return Step("done", beta + move, covariance)
    if round_ >= ROUNDS:
        return Step("failed", beta, nothing, "separation" if diverged else "not-converged")
    reach = float(np.max(np.abs(move), initial=0.0))
    return Step("on", beta + (move if reach <= longest else move * (longest / reach)), covariance)


def _reciprocal_condition(information: Floats, widths: Floats) -> float:
    if widths.size == 0:
        return 1.0
    if not np.all(widths > 0):
        return 0.0
    values = np.linalg.eigvalsh(information / np.outer(widths, widths))
    return float(max(values[0], 0.0) / values[-1])
