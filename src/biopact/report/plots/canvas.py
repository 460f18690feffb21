"""What every plot stands on: a canvas measured in inches, the settings of the library, an SVG to stand inside a page.

Text stays text: it is set in the reader's own fonts, so Hangul never turns into boxes, and the same numbers are the same
bytes on every machine. Matplotlib is loaded when the first plot is drawn, without pyplot and its global state.
"""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import Any

__all__ = ["COLOURS", "DASHES", "GRID", "INK", "MUTED", "canvas", "style", "svg", "width_of"]

INK, MUTED, GRID = "#1a2433", "#4d5a6b", "#d5dbe3"
COLOURS = ("#00529b", "#b3460b", "#0b6b4f", "#6a3d9a", "#8a6d00")  # each at least 4.5:1 on white
DASHES: tuple[Any, ...] = ("solid", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
SIZE = 10.0  # points
_A_REM = 11.3  # points of a plot for each rem of the page: its labels are then as large as the page's text


def width_of(label: str) -> float:
    """How wide a label is in inches, whatever font the reader has: a Hangul syllable is as wide as it is high."""
    ems = sum(1.0 if unicodedata.east_asian_width(mark) in "WF" else 0.58 for mark in label)
    return ems * SIZE / 72


def canvas(
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
def style(name: str) -> Iterator[None]:
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


def svg(figure: Any, name: str, title: str) -> str:
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
    wide = float(box.split()[2]) / _A_REM
    drawn = f"stroke-linejoin:round;stroke-linecap:butt;max-width:{wide:.4g}rem"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-labelledby="{name}-title" '
        f'style="{drawn}"><title id="{name}-title">{escape(title)}</title>'
    )
    return head + body[body.index(">") + 1 :].strip()
