"""Closed intervals of numbers (replaced at merge)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """Known to lie between two numbers, both included."""

    low: float
    high: float = math.inf
