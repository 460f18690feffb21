"""Numbers and states of a stress test in words, for tables, drawings and the brief."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from biopact.supply.network.schema import schema
from biopact.text import Lang, language, pick, say

if TYPE_CHECKING:
    from biopact.supply.analyses.law import LaneLaw
    from biopact.supply.network.provenance import Cell

__all__ = ["bundle_name", "cell_name", "how", "lane_state", "money", "months_of", "tts_text"]


_FIRST = re.compile("[:;.,]")
_SIZES: dict[Lang, tuple[tuple[float, str], ...]] = {
    "en": ((1e12, " T"), (1e9, " bn"), (1e6, " M")),
    "ko": ((1e12, "조"), (1e8, "억"), (1e4, "만")),
}


def money(amount: float, lang: Lang | None = None) -> str:
    """An amount with the four digits that count: ``196 M`` or ``1.96억``; a small one as it is."""
    for unit, word in _SIZES[lang or language()]:
        if abs(amount) >= unit:
            return f"{amount / unit:,.4g}{word}" if abs(amount) < 9999.5 * unit else f"{amount / unit:,.0f}{word}"
    return f"{amount:,.0f}" if abs(amount) >= 1 or abs(amount) < 1e-6 else f"{amount:.3g}"


def cell_name(cell: Cell, lang: Lang | None = None) -> str:
    """A number in words: the row, and what the column means."""
    text = pick(schema().tables[cell.table].columns[cell.column].text, lang)
    return f"{cell.key}: {_FIRST.split(text)[0]}"


def tts_text(weeks: int | None, lang: Lang | None = None) -> str:
    """A time to survive; beyond the horizon where it has no end in it."""
    return say("supply.null-tts", lang) if weeks is None else str(weeks)


def how(pruned: str | None, lang: Lang | None = None) -> str:
    """How a scenario is known."""
    return say("supply.solved", lang) if pruned is None else say(f"supply.pruned.{pruned}", lang)


def lane_state(lane: LaneLaw, lang: Lang | None = None) -> str:
    """What the law makes of a lane."""
    why = say(f"supply.why.{lane.why}", lang) if lane.why else ""
    text = say(f"supply.lane-state.{lane.state}", lang, weeks=lane.weeks, why=why)
    return text + (say("supply.carries-duty", lang, rate=f"{lane.rate * 100:g}") if lane.rate else "")


def bundle_name(name: str, lang: Lang | None = None) -> str:
    """A policy's id, or the words for none and for all."""
    return say(f"supply.bundle.{name}", lang) if name in ("none", "all") else name


def months_of(years: float) -> str:
    """Years with a decimal."""
    return f"{years:.1f}"
