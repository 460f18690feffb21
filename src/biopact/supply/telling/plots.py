"""Drawings of a stress test as SVG: heat of pairs, loss curves of policies, ranges, frontier. Each has its table elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from biopact.errors import MissingExtraError
from biopact.supply.analyses.comparing import Compared
from biopact.supply.analyses.mix import Chosen
from biopact.supply.analyses.ranges import Ranged
from biopact.supply.scenarios.results import Stress
from biopact.supply.telling.wording import bundle_name, cell_name
from biopact.text import Lang, say

__all__ = ["curve_svg", "frontier_svg", "heat_of", "heat_svg", "ranges_svg"]

_MOST_SITES = 40
_METADATA = re.compile("<metadata>.*?</metadata>", re.DOTALL)  # it names addresses that nothing here needs
_LINES = ("-", "--", ":", "-.")
# colours that stay apart for those who see few of them (Okabe and Ito)
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7a7a00")
_FONTS = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", "DejaVu Sans")


def _figure(width: float, height: float) -> tuple[Any, Any]:
    try:
        from matplotlib import rcParams
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "supply") from None
    rcParams["svg.fonttype"] = "none"  # texts stay texts: they can be read, searched and need no font here
    rcParams["svg.hashsalt"] = "biopact"
    rcParams["font.family"] = list(_FONTS)
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _svg(figure: Any) -> str:
    import logging
    import warnings

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a font without Hangul: the text is written as text all the same
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", out.getvalue())
    return text[text.index("<svg") :]


def heat_of(told: Stress) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """The sites that lose something alone or add to a pair, worst first (at most 40); weeks lost by each pair, and by
    each alone on the diagonal."""
    single = {it.down[0]: it for it in told.singles}
    worst = {site: it.weeks for site, it in single.items() if it.harms}
    for it in told.pairs:
        if it.weeks > max(single[site].weeks for site in it.down) + 1e-6:
            for site in it.down:
                worst[site] = max(worst.get(site, 0.0), it.weeks)
    sites = sorted(worst, key=lambda site: (-single[site].weeks, -worst[site], site))[:_MOST_SITES]
    at = {site: number for number, site in enumerate(sites)}
    weeks = np.full((len(sites), len(sites)), np.nan)
    for it in told.scenarios:
        if all(site in at for site in it.down):
            first, last = at[it.down[0]], at[it.down[-1]]
            weeks[first, last] = weeks[last, first] = it.weeks
    return sites, weeks


def heat_svg(told: Stress, lang: Lang | None = None) -> str:
    """Weeks of demand lost by each pair of sites."""
    sites, weeks = heat_of(told)
    size = max(4.5, 0.38 * len(sites) + 2.2)
    figure, axes = _figure(size + 0.8, size)
    image = axes.imshow(np.ma.masked_invalid(weeks), cmap="YlOrRd", vmin=0)
    axes.set_xticks(range(len(sites)), sites, rotation=90, fontsize=8)
    axes.set_yticks(range(len(sites)), sites, fontsize=8)
    if len(sites) <= 16:
        high = float(np.nanmax(weeks)) if len(sites) else 0.0
        for row in range(len(sites)):
            for column in range(len(sites)):
                value = weeks[row, column]
                if np.isfinite(value):
                    colour = "white" if value > 0.6 * high else "black"
                    axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_title(say("supply.draw.pairs", lang), fontsize=10)
    figure.colorbar(image, ax=axes, label=say("supply.draw.weeks-of-demand", lang), shrink=0.8)
    return _svg(figure)


def curve_svg(compared: Sequence[Compared], lang: Lang | None = None) -> str:
    """What is lost up to each week in the worst case, under each policy."""
    figure, axes = _figure(8, 4.2)
    for at, it in enumerate(compared):
        millions = np.array(it.curve) / 1e6
        style = _LINES[at // len(_COLOURS) % len(_LINES)] if it.name != "none" else "-"
        width = 2.6 if it.name == "none" else 1.5
        axes.plot(
            millions, style, color=_COLOURS[at % len(_COLOURS)], linewidth=width, label=bundle_name(it.name, lang)
        )
    axes.set_xlabel(say("supply.draw.week", lang))
    axes.set_ylabel(say("supply.draw.million", lang))
    axes.set_title(say("supply.draw.curve", lang), fontsize=10)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
    axes.grid(alpha=0.3)
    return _svg(figure)


def ranges_svg(ranged: Sequence[Ranged], lang: Lang | None = None, most: int = 15) -> str:
    """The largest single loss at the two ends of each number that moves it."""
    shown = [it for it in ranged if it.matters][:most][::-1]
    figure, axes = _figure(8, 0.36 * max(len(shown), 3) + 1.4)
    for row, it in enumerate(shown):
        low, high = it.loss_at_low / 1e6, it.loss_at_high / 1e6
        axes.barh(row, abs(high - low), left=min(low, high), color="#9ec5e8", edgecolor="#0072B2", height=0.55)
        axes.text(low, row, f"{it.low:g}", ha="right" if low <= high else "left", va="center", fontsize=7)
        axes.text(high, row, f"{it.high:g}", ha="left" if low <= high else "right", va="center", fontsize=7)
    axes.set_yticks(range(len(shown)), [cell_name(it.cell, lang) for it in shown], fontsize=8)
    if shown:
        axes.axvline(shown[0].loss / 1e6, color="black", linewidth=1, label=say("supply.draw.now", lang))
        axes.legend(fontsize=8, frameon=False)
    axes.set_xlabel(say("supply.draw.million", lang))
    axes.set_title(say("supply.draw.ranges", lang), fontsize=10)
    axes.margins(x=0.08)
    return _svg(figure)


def frontier_svg(mix: Sequence[Chosen], lang: Lang | None = None) -> str:
    """The least loss that each budget can buy."""
    figure, axes = _figure(7, 3.8)
    budgets = [it.cost_year / 1e6 for it in mix]
    losses = [it.loss / 1e6 for it in mix]
    axes.step(budgets, losses, where="post", color="#0072B2")
    axes.plot(budgets, losses, "o", color="#0072B2")
    for it, x, y in zip(mix, budgets, losses, strict=True):
        axes.annotate(", ".join(it.policies[:3]) + (" …" if len(it.policies) > 3 else ""), (x, y), fontsize=7,
                      xytext=(4, 4), textcoords="offset points")  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"{say('supply.column.cost-year', lang)} ({say('supply.draw.million', lang)})")
    axes.set_ylabel(say("supply.draw.million", lang))
    axes.set_title(say("supply.draw.frontier", lang), fontsize=10)
    axes.grid(alpha=0.3)
    return _svg(figure)
