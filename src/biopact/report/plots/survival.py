"""Curves of survival: from 100 % at nought, an interval standing at each boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.plots.canvas import COLOURS, DASHES, GRID, canvas, style, svg, width_of

__all__ = ["Curve", "Point", "survival"]


@dataclass(frozen=True, slots=True)
class Point:
    """The share without the event at a time, with its interval where there is one."""

    time: float
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One group of a survival plot. ``stepped``: product-limit; else the hazard is constant between two points."""

    label: str
    points: tuple[Point, ...]
    stepped: bool = False


def survival(
    name: str,
    title: str,
    axes_titles: tuple[str, str],
    curves: Sequence[Curve],
    every: float | None = None,
) -> str:
    """Curves from 100 % at nought, an interval standing at each boundary; labelled at their ends.

    ``every``: where the ticks of the time axis stand.
    """
    with style(name):
        return svg(_survival(axes_titles, curves, every), name, title)


def _survival(axes_titles: tuple[str, str], curves: Sequence[Curve], every: float | None) -> Any:
    right = 0.3 + max((width_of(curve.label) for curve in curves), default=0.0)
    figure, axes = canvas(7.2, 3.4, 0.75, bottom=0.6, top=0.12, right=right)
    end = max((point.time for curve in curves for point in curve.points), default=1.0)
    for at, curve in enumerate(curves):
        _curve(axes, at, curve, end, len(curves))
    _ends(axes, curves)
    if every:
        axes.set_xticks([every * step for step in range(math.floor(end / every) + 1)])
    axes.set_xlim(0, end * 1.03)
    axes.set_ylim(0, 103)
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(axes_titles[0])
    axes.set_ylabel(axes_titles[1])
    axes.grid(color=GRID, linewidth=0.6)
    return figure


def _curve(axes: Any, at: int, curve: Curve, end: float, of: int) -> None:
    colour, dash = COLOURS[at % len(COLOURS)], DASHES[at % len(DASHES)]
    times, shares = _path(curve)
    drawn = "steps-post" if curve.stepped else "default"
    axes.plot(times, shares, color=colour, linestyle=dash, linewidth=2, drawstyle=drawn, zorder=3)
    shift = end * 0.006 * (at - (of - 1) / 2)  # intervals of two groups at one time stand beside each other
    for point in curve.points:
        if point.low is not None and point.high is not None:
            x = point.time + shift
            axes.plot(
                [x, x], [100 * point.low, 100 * point.high], color=colour, linewidth=1.5, marker="_", markersize=7
            )
        axes.plot([point.time + shift], [100 * point.share], marker="o", markersize=5, color=colour, zorder=4)


def _ends(axes: Any, curves: Sequence[Curve]) -> None:
    """The names of the curves at their ends, pushed apart where two end at the same height."""
    height = -math.inf
    for share, at in sorted((100 * curve.points[-1].share, at) for at, curve in enumerate(curves) if curve.points):
        height = max(share, height + 7)
        axes.annotate(
            curves[at].label,
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=COLOURS[at % len(COLOURS)],
            fontweight="bold",
            annotation_clip=False,
        )


def _path(curve: Curve) -> tuple[list[float], list[float]]:
    """The line of a curve; under a constant hazard it bends, so it is drawn through sixteen places an interval."""
    times, shares = [0.0], [100.0]
    before = Point(0.0, 1.0, None, None)
    for point in curve.points:
        if not curve.stepped and before.share > 0 and point.share > 0:
            for step in range(1, 16):
                part = step / 16
                times.append(before.time + part * (point.time - before.time))
                shares.append(100 * before.share ** (1 - part) * point.share**part)
        times.append(point.time)
        shares.append(100 * point.share)
        before = point
    return times, shares
