"""Plots of shares against shares: the ROC curve, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.plots.canvas import COLOURS, GRID, MUTED, canvas, style, svg

__all__ = ["Predicted", "calibration", "roc"]

_SIDE = 3.5  # inches


@dataclass(frozen=True, slots=True)
class Predicted:
    """A class of predictions: their mean, the share that came true, its interval (all 0 to 1)."""

    predicted: float
    observed: float
    low: float
    high: float


def roc(name: str, title: str, axes_titles: tuple[str, str], points: Sequence[tuple[float, float]]) -> str:
    """A curve of (1 - specificity, sensitivity), each point marked, with the diagonal of a score that tells nothing."""
    with style(name):
        figure, axes = _square(axes_titles)
        across, up = [100 * x for x, _ in points], [100 * y for _, y in points]
        axes.plot(across, up, color=COLOURS[0], linewidth=2, marker="o", markersize=5, clip_on=False, zorder=3)
        return svg(figure, name, title)


def calibration(name: str, title: str, axes_titles: tuple[str, str], classes: Sequence[Predicted]) -> str:
    """What came true against what was predicted, with intervals, and the diagonal of perfect predictions."""
    with style(name):
        figure, axes = _square(axes_titles)
        for each in classes:
            x = 100 * each.predicted
            axes.plot(
                [x, x], [100 * each.low, 100 * each.high], color=COLOURS[0], linewidth=1.5, marker="_", markersize=7
            )
            axes.plot([x], [100 * each.observed], marker="s", markersize=6, color=COLOURS[0], clip_on=False, zorder=3)
        return svg(figure, name, title)


def _square(axes_titles: tuple[str, str]) -> tuple[Any, Any]:
    figure, axes = canvas(_SIDE + 0.95, _SIDE + 0.75, 0.8, bottom=0.6, top=0.15, right=0.15)
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(axes_titles[0])
    axes.set_ylabel(axes_titles[1])
    axes.grid(color=GRID, linewidth=0.6)
    return figure, axes
