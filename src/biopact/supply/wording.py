"""Numbers and states of a stress test in words, for tables, drawings and the brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biopact.text import Lang, say

if TYPE_CHECKING:
    from biopact.supply.law import LaneLaw

__all__ = ["bundle_name", "how", "lane_state", "money", "months_of", "tts_text"]


def money(amount: float) -> str:
    """An amount with three or four digits that count: ``196 M``, ``1.30 M``, ``0``."""
    size = abs(amount)
    for unit, word in ((1e12, " T"), (1e9, " bn"), (1e6, " M")):
        if size >= unit:
            return f"{amount / unit:,.4g}{word}"
    return f"{amount:,.0f}" if size >= 1 or size < 1e-9 else f"{amount:.3g}"


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
