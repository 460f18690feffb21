"""A histogram: the height of a bar is a share for each unit of width, so intervals of unequal width do not mislead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.plots.canvas import COLOURS, GRID, canvas, style, svg

__all__ = ["Bar", "histogram"]


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval and the share of all people in it (0 to 1)."""

    low: float
    high: float
    share: float


def histogram(name: str, title: str, axes_titles: tuple[str, str], bars: Sequence[Bar]) -> str:
    """Bars whose areas are the shares."""
    with style(name):
        return svg(_histogram(axes_titles, bars), name, title)


def _histogram(axes_titles: tuple[str, str], bars: Sequence[Bar]) -> Any:
    figure, axes = canvas(7.2, 2.9, 0.85, bottom=0.6, top=0.12)
    for bar in bars:
        wide = bar.high - bar.low
        axes.bar(
            bar.low,
            100 * bar.share / wide,
            wide,
            align="edge",
            color=COLOURS[0],
            edgecolor="white",
            linewidth=1.2,
            zorder=2,
        )
    axes.set_xlim(bars[0].low, bars[-1].high)
    axes.set_ylim(0, None)
    axes.set_xlabel(axes_titles[0])
    axes.set_ylabel(axes_titles[1])
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure
