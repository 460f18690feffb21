"""What the cells of lists hold, read alike whatever the list: dates, years, countries, several values in one cell."""

from __future__ import annotations

import datetime
import re
from functools import cache

from biopact.pact.countries import COUNTRIES
from biopact.screening.resources import yaml_of

__all__ = ["country", "day", "several", "years"]

_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")


def several(cell: str, separator: str = ";") -> list[str]:
    """The values of a cell, without empty ones."""
    return [part.strip() for part in cell.split(separator) if part.strip()]


def years(text: str) -> frozenset[int]:
    """Every year named in a text of dates; a range gives its ends and all between, if it is no longer than ten years."""
    found = [int(year) for year in _YEAR.findall(text)]
    if len(found) == 2 and re.search(r"\bto\b|-|–|between", text) and 0 < found[1] - found[0] <= 10:
        return frozenset(range(found[0], found[1] + 1))
    if not found and (compact := _COMPACT.match(text.strip())):
        return frozenset({int(compact[1])})
    return frozenset(found)


def day(text: str) -> datetime.date | None:
    """A date as lists write it (2026-11-24, 11/24/2026, 20261124); None where there is none that exists."""
    for pattern, order in ((_ISO, (1, 2, 3)), (_US, (3, 1, 2)), (_COMPACT, (1, 2, 3))):
        found = pattern.match(text.strip())
        if found:
            try:
                return datetime.date(*(int(found[part]) for part in order))
            except ValueError:
                return None
    return None


def country(text: str) -> str | None:
    """The ISO code of a country written as a code or by the names that lists use; None where it is none of them."""
    plain = text.strip()
    if plain.upper() in COUNTRIES:
        return plain.upper()
    return _names().get(re.sub(r"[^a-z가-힣]+", " ", plain.lower()).strip())


@cache
def _names() -> dict[str, str]:
    return {name: code for code, listed in yaml_of("countries").items() for name in listed}
