"""A balance plot: for each covariate the standardised difference before and after, about nought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.plots.canvas import COLOURS, GRID, INK, MUTED, canvas, style, svg, width_of

__all__ = ["Difference", "balance"]

BOUND = 0.1  # a difference beyond it is commonly called imbalance (Austin 2009)


@dataclass(frozen=True, slots=True)
class Difference:
    """A covariate's standardised difference between the groups before and after; None where it is not shown."""

    label: str
    before: float | None
    after: float | None


def balance(name: str, title: str, axis: str, words: tuple[str, str], differences: Sequence[Difference]) -> str:
    """Two marks a line, lines at nought and at the customary bound. ``words``: before, after."""
    with style(name):
        return svg(_balance(axis, words, differences), name, title)


def _balance(axis: str, words: tuple[str, str], differences: Sequence[Difference]) -> Any:
    left = 0.25 + max((width_of(each.label) for each in differences), default=0.0)
    figure, axes = canvas(7.2, 0.34 * len(differences) + 1.05, left, bottom=0.55, top=0.4)
    for row, each in enumerate(differences):
        if each.before is not None and each.after is not None:
            axes.plot([each.before, each.after], [row, row], color=GRID, linewidth=2, zorder=1)
        for value, marker, colour, face in (
            (each.before, "o", COLOURS[1], "white"),
            (each.after, "s", COLOURS[0], COLOURS[0]),
        ):
            if value is not None:
                axes.plot([value], [row], marker=marker, markersize=7, color=colour, markerfacecolor=face, zorder=3)
    seen = [abs(value) for each in differences for value in (each.before, each.after) if value is not None]
    reach = max([2 * BOUND, *seen]) * 1.1
    axes.axvline(0, color=INK, linewidth=1)
    for bound in (-BOUND, BOUND):
        axes.axvline(bound, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(differences) - 0.4, -0.6)
    axes.set_yticks(range(len(differences)), [each.label for each in differences])
    axes.set_xlabel(axis)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    marks = [
        axes.plot(
            [], [], marker="o", color=COLOURS[1], markerfacecolor="white", linestyle="", markersize=7, label=words[0]
        ),
        axes.plot([], [], marker="s", color=COLOURS[0], linestyle="", markersize=7, label=words[1]),
    ]
    axes.legend(
        handles=[mark for made in marks for mark in made], loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False,
        borderpad=0, handletextpad=0.3,
    )  # fmt: skip
    return figure
