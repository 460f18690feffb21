"""The headings of the two backbones, and the numbers that their elements' names carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from biopact.marked import read
from biopact.text import Lang

__all__ = ["Heading", "deeper", "elements", "number_of", "title_of", "under"]

DATA = Path(__file__).parent / "data"
_NUMBER = re.compile(r"m(\d+(?:-(?:\d+|[spar]))*)(?=-[a-z]|$)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the ICH or the U.S. backbone: its number, element, whether it has headings below, its attributes."""

    number: str
    element: str
    deeper: bool
    attributes: tuple[str, ...]
    korean: str | None = None


@lru_cache(maxsize=1)
def _table() -> dict[str, Heading]:
    found: dict[str, Heading] = {}
    for rows in read(DATA / "headings.yaml").value.values():
        for row in rows:
            found[row["element"]] = Heading(
                row["number"],
                row["element"],
                row.get("deeper", False),
                tuple(row.get("attributes") or ()),
                row.get("ko"),
            )
    return found


def elements() -> dict[str, Heading]:
    """Every heading by its element."""
    return _table()


@lru_cache(maxsize=4096)
def number_of(element: str) -> str | None:
    """``3.2.P.5.1`` of ``m3-2-p-5-1-specifications``; None for an element that is no heading."""
    found = _NUMBER.match(element)
    return found[1].replace("-", ".").upper() if found else None


def deeper(element: str) -> bool:
    """Whether a heading has headings below it, in which its documents should stand."""
    known = _table().get(element)
    return known is not None and known.deeper


@lru_cache(maxsize=4096)
def title_of(heading: str, lang: Lang | None = None) -> str:
    """A heading in words, in Korean where it has a Korean name; the number alone where no element has it."""
    for known in _table().values():
        if known.number == heading:
            words = known.element[len(f"m{heading.lower()}-") :].replace("-", " ")
            return (known.korean if lang == "ko" else None) or words[:1].upper() + words[1:]
    return heading


def under(heading: str, top: str) -> bool:
    """Whether a heading is ``top`` or stands below it."""
    return heading == top or heading.startswith(top + ".")
