"""Legal forms taken off the name of a body, in both scripts, also where they are attached to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from biopact.screening.names.hangul import has_hangul
from biopact.screening.resources import yaml_of

__all__ = ["attached", "is_body", "without_forms", "words"]

_CAMEL = re.compile(r"(?<=[a-z0-9)])(?=(?:Co|Inc|Ltd|Corp|LLC|GmbH|Limited|Company)\b\.?)")  # CelltrionInc.
_DOTTED = re.compile(r"(?<!\w)(?:S\.A|N\.V|B\.V|A\.G|S\.L|S\.C|K\.K|A/S|S\.A\.S|S\.p\.A)\.?(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Forms:
    marks: re.Pattern[str]
    front: re.Pattern[str]
    back: re.Pattern[str]
    strong: frozenset[str]
    weak: frozenset[str]
    leading: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]


@cache
def words(kind: str) -> frozenset[str]:
    """One of the word lists of ``data/company_forms.yaml``: ``common``, ``titles``, ``suffixes``, ``bodies``."""
    return frozenset(yaml_of("company_forms")[kind])


@cache
def _forms() -> _Forms:
    listed = yaml_of("company_forms")
    long = "|".join(sorted(listed["hangul"], key=len, reverse=True))
    marks = "|".join(listed["marks"])
    phrases = sorted((tuple(phrase.split()) for phrase in listed["phrases"]), key=len, reverse=True)
    return _Forms(
        re.compile(rf"[(\[]\s*(?:{marks}|{long})\s*[)\]]"),
        re.compile(rf"^\s*(?:{long})\s*(?=\S)"),
        re.compile(rf"(?<=\S)\s*(?:{long})\s*$"),
        frozenset(listed["strong"]), frozenset(listed["weak"]), frozenset(listed["leading"]), tuple(phrases),
    )  # fmt: skip


def attached(text: str) -> tuple[str, bool]:
    """A cleaned name without the forms that Korean writes in brackets or attaches, and whether there were any."""
    spaced = _CAMEL.sub(" ", text)
    if not has_hangul(text):
        return spaced, _DOTTED.search(text) is not None
    forms = _forms()
    bare = forms.marks.sub(" ", spaced).strip()
    previous = None
    while bare != previous:
        previous = bare
        bare = forms.back.sub("", forms.front.sub("", bare)).strip()
    return (bare, bare != spaced.strip()) if bare else (spaced, False)


def without_forms(tokens: tuple[str, ...], body: bool) -> tuple[tuple[str, ...], bool]:
    """Words without Latin legal forms, and whether there were any. Of a name nothing but forms is left as it is.

    ``body`` is whether this is known to be no person: then short forms that may be a name too are taken off as well.
    """
    forms, left, found = _forms(), list(tokens), False
    while len(left) > 1:
        phrase = next((each for each in forms.phrases if len(each) < len(left) and _ends(left, each)), None)
        if phrase:
            del left[-len(phrase) :]
        elif left[-1] in forms.strong or _misspelt(left[-1]) or (left[-1] in forms.weak and (body or found)):
            left.pop()
        elif left[0] in forms.leading and (body or found or left[0] not in forms.weak) and len(left) > 2:
            left.pop(0)
            continue  # `the` alone does not make a body
        else:
            break
        found = True
    return tuple(left), found


def is_body(tokens: tuple[str, ...], hangul: str) -> bool:
    """Whether words tell that a name is a body's: hospital, bank, 대학교."""
    if any(token in words("bodies") for token in tokens):
        return True
    return bool(hangul) and hangul.endswith(tuple(yaml_of("company_forms")["bodies_hangul"])) and len(hangul) > 3


@lru_cache(maxsize=100_000)
def _misspelt(token: str) -> bool:
    """Whether a word is a long legal form with one slip."""
    return len(token) >= 6 and any(
        len(form) >= 7 and OSA.distance(token, form, score_cutoff=1) <= 1 for form in _forms().strong
    )


def _ends(left: list[str], phrase: tuple[str, ...]) -> bool:
    return tuple(left[-len(phrase) :]) == phrase
