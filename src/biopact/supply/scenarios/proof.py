"""An optimal plan and its duals as a proof: of what another program loses, where both still fit it.

A plan that keeps within the other program's bounds loses at least as much as can be; its duals bound that from below,
whatever the bounds. Where the two meet, the loss is known and nothing has to be solved (weak duality; exact).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biopact.supply.network.arrays import Floats
from biopact.supply.program.solver import Lp, Overlay

__all__ = ["Proof", "Proved", "proved"]

_FEASIBLE = 1e-8
_EXACT = 1e-9


@dataclass(frozen=True, eq=False)
class Proof:
    """An optimal plan and the duals of its rows, of a program over so many weeks."""

    weeks: int
    x: Floats
    dual: Floats


@dataclass(frozen=True, eq=False)
class Proved:
    """What is lost, and the reduced costs that show it."""

    value: float
    reduced: Floats


def proved(lp: Lp, overlay: Overlay, proof: Proof) -> Proved | None:
    """What a program under an overlay loses, by the plan and the duals of another; None where they do not show it."""
    if (lp.columns, lp.rows) != (len(proof.x), len(proof.dual)):
        return None
    changed = lp.with_overlay(overlay)
    x = proof.x
    if (x < changed.low - _FEASIBLE).any() or (x > changed.high + _FEASIBLE).any():
        return None
    counts = np.diff(lp.starts)
    made = np.bincount(lp.index, lp.value * np.repeat(x, counts), lp.rows)
    if (made < changed.row_low - _FEASIBLE).any() or (made > changed.row_high + _FEASIBLE).any():
        return None
    column = np.repeat(np.arange(lp.columns), counts)
    reduced = lp.cost - np.bincount(column, lp.value * proof.dual[lp.index], lp.columns)
    value = float(lp.cost @ x)
    least = _least(proof.dual, changed.row_low, changed.row_high) + _least(reduced, changed.low, changed.high)
    return Proved(value, reduced) if value - least <= _EXACT * max(1.0, abs(value)) else None


def _least(price: Floats, low: Floats, high: Floats) -> float:
    """The least that prices times amounts within bounds can come to; -inf where a price pulls to no bound."""
    real = np.where(np.abs(price) <= 1e-12, 0.0, price)
    ends = np.where(real > 0, low, high)
    return float(np.where(real == 0.0, 0.0, real) @ np.where(real == 0.0, 0.0, ends))
