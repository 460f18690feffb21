"""A forest: ratios with their intervals on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.plots.canvas import COLOURS, GRID, INK, canvas, style, svg, width_of

__all__ = ["Ratio", "forest"]

LIMIT = 64.0  # ratios beyond it, or beyond its inverse, get an arrow


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of a forest: the ratio and its interval (on the ratio's own scale)."""

    label: str
    value: float
    low: float
    high: float


def forest(name: str, title: str, axis: str, ratios: Sequence[Ratio]) -> str:
    """Ratios with their intervals on a logarithmic axis, a line at 1. ``name`` makes the ids of the page's plots differ."""
    with style(name):
        return svg(_forest(axis, ratios), name, title)


def _forest(axis: str, ratios: Sequence[Ratio]) -> Any:
    height = 0.34 * len(ratios) + 0.75
    left = 0.25 + max((width_of(ratio.label) for ratio in ratios), default=0.0)
    figure, axes = canvas(7.2, height, left, bottom=0.55, top=0.1)
    low, high = _limits(ratios)
    axes.set_xscale("log", base=2)
    axes.set_xlim(low, high)
    axes.set_ylim(len(ratios) - 0.4, -0.6)
    axes.axvline(1.0, color=INK, linewidth=1)
    for row, ratio in enumerate(ratios):
        _ratio(axes, row, ratio, (low, high))
    axes.set_yticks(range(len(ratios)), [ratio.label for ratio in ratios])
    powers = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    ticks = [2.0**power for power in powers if power % (2 if len(powers) > 8 else 1) == 0]
    axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel(axis)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    return figure


def _ratio(axes: Any, row: int, ratio: Ratio, ends: tuple[float, float]) -> None:
    low, high = max(ratio.low, ends[0]), min(ratio.high, ends[1])
    axes.plot([low, high], [row, row], color=COLOURS[0], linewidth=2, solid_capstyle="butt", zorder=2)
    for end, marker, cut in ((low, "<", ratio.low < ends[0]), (high, ">", ratio.high > ends[1])):
        axes.plot([end], [row], marker=marker if cut else "|", markersize=7, color=COLOURS[0], clip_on=False, zorder=3)
    if ends[0] <= ratio.value <= ends[1]:
        axes.plot([ratio.value], [row], marker="s", markersize=7, color=COLOURS[0], zorder=4)


def _limits(ratios: Sequence[Ratio]) -> tuple[float, float]:
    """Whole powers of two about 1 that hold the intervals, up to the limit."""
    seen = [end for ratio in ratios for end in (ratio.low, ratio.high, ratio.value) if end > 0 and math.isfinite(end)]
    low, high = min([0.5, *seen]), max([2.0, *seen])
    low = 2.0 ** math.floor(math.log2(max(low, 1 / LIMIT)))
    high = 2.0 ** math.ceil(math.log2(min(high, LIMIT)))
    return low * 0.93, high * 1.07
