"""Plots as SVG to stand inside a page: forests of ratios and curves of survival.

Text stays text: it is set in the reader's own fonts, so Hangul never turns into boxes, and the same numbers are the same
bytes on every machine. Matplotlib is loaded when the first plot is drawn, without pyplot and its global state.
"""

from __future__ import annotations

import logging
import math
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any

__all__ = ["Curve", "Point", "Ratio", "forest", "survival"]

INK, MUTED, GRID = "#1a2433", "#4d5a6b", "#d5dbe3"
COLOURS = ("#00529b", "#b3460b", "#0b6b4f", "#6a3d9a", "#8a6d00")  # each at least 4.5:1 on white
DASHES: tuple[Any, ...] = ("solid", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
SIZE = 10.0  # points
LIMIT = 64.0  # ratios beyond it, or beyond its inverse, get an arrow


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of a forest: the ratio and its interval (on the ratio's own scale)."""

    label: str
    value: float
    low: float
    high: float


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


def forest(name: str, title: str, axis: str, ratios: Sequence[Ratio]) -> str:
    """Ratios with their intervals on a logarithmic axis, a line at 1. ``name`` makes the ids of the page's plots differ."""
    with _style(name):
        return _svg(_forest(axis, ratios), name, title)


def _forest(axis: str, ratios: Sequence[Ratio]) -> Any:
    height = 0.34 * len(ratios) + 0.75
    left = 0.25 + max((_width(ratio.label) for ratio in ratios), default=0.0)
    figure, axes = _canvas(7.2, height, left, bottom=0.55, top=0.1)
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
    with _style(name):
        return _svg(_survival(axes_titles, curves, every), name, title)


def _survival(axes_titles: tuple[str, str], curves: Sequence[Curve], every: float | None) -> Any:
    right = 0.3 + max((_width(curve.label) for curve in curves), default=0.0)
    figure, axes = _canvas(7.2, 3.4, 0.75, bottom=0.6, top=0.12, right=right)
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


def _ratio(axes: Any, row: int, ratio: Ratio, ends: tuple[float, float]) -> None:
    low, high = max(ratio.low, ends[0]), min(ratio.high, ends[1])
    axes.plot([low, high], [row, row], color=COLOURS[0], linewidth=2, solid_capstyle="butt", zorder=2)
    for end, marker, cut in ((low, "<", ratio.low < ends[0]), (high, ">", ratio.high > ends[1])):
        axes.plot([end], [row], marker=marker if cut else "|", markersize=7, color=COLOURS[0], clip_on=False, zorder=3)
    if ends[0] <= ratio.value <= ends[1]:
        axes.plot([ratio.value], [row], marker="s", markersize=7, color=COLOURS[0], zorder=4)


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


def _limits(ratios: Sequence[Ratio]) -> tuple[float, float]:
    """Whole powers of two about 1 that hold the intervals, up to the limit."""
    seen = [end for ratio in ratios for end in (ratio.low, ratio.high, ratio.value) if end > 0 and math.isfinite(end)]
    low, high = min([0.5, *seen]), max([2.0, *seen])
    low = 2.0 ** math.floor(math.log2(max(low, 1 / LIMIT)))
    high = 2.0 ** math.ceil(math.log2(min(high, LIMIT)))
    return low * 0.93, high * 1.07


def _width(label: str) -> float:
    """How wide a label is in inches, whatever font the reader has: a Hangul syllable is as wide as it is high."""
    ems = sum(1.0 if unicodedata.east_asian_width(mark) in "WF" else 0.58 for mark in label)
    return ems * SIZE / 72


def _canvas(
    width: float, height: float, left: float, *, bottom: float, top: float, right: float = 0.2
) -> tuple[Any, Any]:
    """A figure with one pair of axes; all measures in inches."""
    from matplotlib.figure import Figure

    width = max(width, left + right + 3.0)
    figure = Figure(figsize=(width, height))
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    axes = figure.add_axes(box)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=SIZE, length=3)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.label.set(color=INK, size=SIZE)
    axes.yaxis.label.set(color=INK, size=SIZE)
    return figure, axes


@contextmanager
def _style(name: str) -> Iterator[None]:
    """Matplotlib's settings while a plot is made: text as text and never as formulas, the same ids every time.

    The fonts are the reader's, so what the font finder does not find here is nothing to warn about.
    """
    import matplotlib

    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": ["DejaVu Sans"],  # comes with matplotlib; only measures
        "font.size": SIZE,
        "text.parse_math": False,
        "text.usetex": False,
    }
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        # from the defaults, so that a user's own matplotlibrc does not change the bytes
        with matplotlib.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(settings)
            yield
    finally:
        logger.setLevel(level)


def _svg(figure: Any, name: str, title: str) -> str:
    """The figure as an element of a page: no prologue, no date, ids of its own, sized by the page, named for ears."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = StringIO()
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(written.getvalue(), name, title)


def _font(written: re.Match[str]) -> str:
    bold = "font-weight: bold; " if written.group(1) else ""
    return f"{bold}font-size: {written.group(2)}"


def _inline(svg: str, name: str, title: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<style type=\"text/css\">.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    # sizes and weights stay, faces are those of the page the plot stands in
    body = re.sub(r"font-family: [^;\"]*;\s*", "", body)
    body = re.sub(r"font: ((?:bold |700 )?)([0-9.]+px) [^;\"]*", _font, body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'href="#{name}-\2"', body)
    view = re.search(r'viewBox="([^"]+)"', body)
    box = view.group(1) if view else "0 0 518 245"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-labelledby="{name}-title" '
        f'style="stroke-linejoin:round;stroke-linecap:butt"><title id="{name}-title">{escape(title)}</title>'
    )
    return head + body[body.index(">") + 1 :].strip()
