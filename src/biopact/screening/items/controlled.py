"""Whether what an item is called is a name on a public control list: names and references only, never sequences.

A name matches as it stands, by another name of the same (B. anthracis, smallpox virus, 탄저균), or with a slip of the pen,
also inside a longer description. A match says that the item is *likely* controlled, under which entry, and what to ask;
whether it is, depends on what these lists exempt, and is for a person to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from rapidfuzz.distance import OSA

from biopact.pact import Pact
from biopact.screening.items.equipment import EquipmentMatch, match_equipment
from biopact.screening.names.clean import cleaned, folded
from biopact.screening.resources import yaml_of

__all__ = ["ItemMatch", "match_item", "screen_items"]

How = Literal["name", "synonym", "spelling"]
_BRACKETED = re.compile(r"\s*\([^)]*\)")
_ASK = ("strain", "inactivated", "quantity", "end-use", "korea-lists")
_ASK_TOXIN = ("quantity", "medicine", "end-use", "korea-lists")
# kinds of items that are or carry a thing; the name of a data set or a study speaks of it only
_CARRIERS = ("material", "biospecimen", "product", "technology", "equipment", "service", "data", "model")


@dataclass(frozen=True, slots=True)
class ItemMatch:
    """A likely controlled item: the list and entry, the name there, how it was found, what to ask (codes)."""

    item: str
    list: str
    entry: str
    name: str
    matched: str
    how: How
    tier1: bool
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    words: tuple[str, ...]
    text: str
    how: How


def match_item(item: str, texts: Iterable[str]) -> tuple[ItemMatch, ...]:
    """The entries whose names stand in the texts of an item (its names, a description), one for each list."""
    said = [(clean, folded(clean)) for clean in (cleaned(text).text for text in texts)]
    found: dict[tuple[str, str], ItemMatch] = {}
    for listed, row, terms in _rows():
        hit = next(
            (found_term for term in terms for text, words in said if (found_term := _in(term, text, words))), None
        )
        if hit is not None:
            match = ItemMatch(
                item, listed, row["entry"], row["name"], hit.text, hit.how, bool(row.get("tier1")), _questions(row)
            )
            known = found.get((listed, hit.text))
            if known is None or (known.how == "synonym" and hit.how == "name"):
                found[listed, hit.text] = match
    return _longest(list(found.values()))


def screen_items(
    pact: Pact, parameters: Mapping[str, Mapping[str, float]]
) -> tuple[list[ItemMatch], list[EquipmentMatch]]:
    """Every item of a pact by its names, and its equipment by the parameters given for it."""
    named: list[ItemMatch] = []
    built: list[EquipmentMatch] = []
    for item in pact.items.values():
        names = item.name
        texts = [item.id.replace("-", " "), *([names] if isinstance(names, str) else list((names or {}).values()))]
        if item.kind in _CARRIERS:
            named += match_item(item.id, map(str, texts))
        if item.kind in ("equipment", "technology", "service", "product", "material"):
            built += match_equipment(item.id, map(str, texts), parameters.get(item.id, {}))
    return named, built


@cache
def _rows() -> tuple[tuple[str, Mapping[str, Any], tuple[_Term, ...]], ...]:
    return tuple(
        (listed, row, tuple(_terms(row)))
        for listed, each in yaml_of("control_names")["lists"].items()
        for row in each["names"]
    )


def _terms(row: Mapping[str, Any]) -> Iterator[_Term]:
    plain = _BRACKETED.sub("", row["name"])
    parts = plain.partition(":")[2].split(",") if ":" in plain else re.split(r" / ", plain)
    names = [plain, *(part.strip() for part in parts if len(parts) > 1)]
    for how, texts in (("name", names), ("synonym", [*row.get("also", []), row.get("ko", "")])):
        for text in texts:
            words = folded(text)
            if words:
                yield _Term(words, text, how)  # type: ignore[arg-type]


def _in(term: _Term, text: str, words: tuple[str, ...]) -> _Term | None:
    """The term, where its words stand in a row among others: as they are, or long ones with a slip.

    A short abbreviation (TTX) only in capitals, since in small letters it may be a word.
    """
    width = len(term.words)
    if term.text.isupper() and len(term.text) <= 5:
        return term if re.search(rf"(?<![A-Za-z0-9]){re.escape(term.text)}(?![A-Za-z0-9])", text) else None
    if width == 1 and "가" <= term.words[0][0] <= "힣":
        joined = "".join(words)
        return term if term.words[0] in (joined if len(term.words[0]) >= 3 else words) else None
    if any("가" <= letter <= "힣" for letter in "".join(term.words)):
        return term if "".join(term.words) in "".join(words) else None
    slip = False
    for start in range(len(words) - width + 1):
        part = words[start : start + width]
        if part == term.words:
            return term
        slip = slip or (
            all(_near(a, b) for a, b in zip(part, term.words, strict=True))
            and any(len(word) >= 7 for word in term.words)
        )
    if width > 1 and len("".join(term.words)) >= 8 and "".join(term.words) in words:
        return term
    return _Term(term.words, term.text, "spelling") if slip else None


def _near(a: str, b: str) -> bool:
    if a == b:
        return True
    return len(b) >= 5 and a[0] == b[0] and OSA.distance(a, b, score_cutoff=2) <= (1 if len(b) < 10 else 2)


def _questions(row: Mapping[str, Any]) -> tuple[str, ...]:
    return _ASK_TOXIN if "toxin" in row["name"].lower() or row["entry"].startswith("1C351.d") else _ASK


def _longest(found: list[ItemMatch]) -> tuple[ItemMatch, ...]:
    """Of matches on one list those that another, longer one does not hold (anthrax in B. cereus biovar anthracis)."""
    kept = [
        each for each in found
        if not any(
            other.list == each.list and other is not each and len(other.matched) > len(each.matched)
            and set(folded(each.matched)) < set(folded(other.matched))
            for other in found
        )
    ]  # fmt: skip
    return tuple(
        sorted({(each.list, each.name): each for each in kept}.values(), key=lambda each: (each.list, each.name))
    )
