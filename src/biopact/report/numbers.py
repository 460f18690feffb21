"""Numbers as people read them: rounded, grouped, with a word where there is none."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["NONE", "count", "decimal", "exact", "mean_and_spread", "probability", "ratio", "share"]

NONE = "–"


def count(value: Any) -> str:
    """A count with its thousands apart; what a site wrote instead of a suppressed one (``<10``) as it is."""
    if value is None:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def decimal(value: float | None, places: int = 2) -> str:
    """A number with so many decimals and a true minus sign."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return "−∞" if value < 0 else "∞"
    text = f"{value:,.{places}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def ratio(value: float) -> str:
    """A ratio: two decimals, three below a tenth; beyond a thousand or below a thousandth only that it is."""
    if value >= 1000:
        return ">1,000"
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def probability(value: float | None) -> str:
    """A p value: three decimals, or below a thousandth."""
    return NONE if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def share(value: float | None, places: int = 1) -> str:
    """A share as a percentage."""
    return NONE if value is None else f"{100 * value:.{places}f}%"


def mean_and_spread(mean: float | None, sd: float | None) -> str:
    """A mean with its standard deviation in brackets."""
    if mean is None:
        return NONE
    places = 1 if abs(mean) >= 10 else 2
    return decimal(mean, places) if sd is None else f"{decimal(mean, places)} ({decimal(sd, places)})"


def exact(value: Any) -> str:
    """Everything the file holds."""
    if value is None:
        return NONE
    return repr(value) if isinstance(value, float) else str(value)
