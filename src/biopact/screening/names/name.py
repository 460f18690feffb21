"""A name prepared for comparing: cleaned, without titles and legal forms, with the keys that candidates are found by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from biopact.screening.names.clean import cleaned, folded
from biopact.screening.names.forms import attached, is_body, without_forms, words
from biopact.screening.names.hangul import ONSETS, VOWELS, has_hangul, is_hangul, romanised
from biopact.screening.resources import yaml_of

__all__ = ["Kind", "Name", "names_of", "skeleton"]

Kind = Literal["person", "organisation", "vessel", "aircraft", "unknown"]
_SOFT = re.compile(r"[aeiouywh]")
_TWICE = re.compile(r"(.)\1+")
_MEETING = re.compile("(?<=[가-힣])(?=[A-Za-z])|(?<=[A-Za-z])(?=[가-힣])")  # where two scripts meet in a word
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ALIKE = (
    ("ch", "c"),
    ("sh", "s"),
    ("kh", "k"),
    ("gh", "g"),
    ("th", "t"),
    ("ph", "f"),
    ("ck", "k"),
    ("q", "k"),
    ("z", "s"),
    ("x", "ks"),
)
# the surnames that the North writes with ㄹ and the South, by 두음 법칙 (한글 맞춤법, articles 10 to 12), without
_FIRST = dict(zip("리류림라로량렴려룡", "이유임나노양염여용", strict=True))


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written and as compared.

    ``tokens`` are its words (Hangul in Hangul); ``hangul`` all of it, joined, where it is Hangul only; ``body`` whether
    its words or form say that it is no person's; ``family_first`` where a comma stands behind the first word.
    """

    written: str
    tokens: tuple[str, ...]
    hangul: str
    body: bool
    family_first: bool
    tricks: tuple[str, ...] = ()
    key: str = field(default="", compare=False)  # sorted words, Hangul as jamo: what edit distances run on

    @property
    def joined(self) -> str:
        """The words without spaces, in their order."""
        return "".join(self.tokens)


def names_of(written: str, kind: Kind = "unknown") -> tuple[Name, ...]:
    """A written name, and other ways to read it, prepared; empty where nothing in it can be compared."""
    clean = cleaned(written)
    texts = [clean.text, *clean.others]
    if " " not in clean.text and _CAMEL.search(clean.text):
        texts.append(_CAMEL.sub(" ", clean.text))  # LeeJaeHo
    found = {name.tokens: name for text in reversed(texts) if (name := _prepared(written, text, kind, clean.tricks))}
    return tuple(reversed(found.values()))


def _prepared(written: str, text: str, kind: Kind, tricks: tuple[str, ...]) -> Name | None:
    bare, formed = attached(text)
    tokens = folded(_MEETING.sub(" ", bare))
    hangul = "".join(tokens) if tokens and all(map(is_hangul, tokens)) else ""
    body = kind not in ("person", "unknown") or (kind == "unknown" and (formed or is_body(tokens, hangul)))
    if kind != "person":
        tokens, more = without_forms(tokens, body)
        body = body or (more and kind == "unknown")
    if not body:
        tokens = _untitled(tokens, bare, hangul)
    else:
        short = yaml_of("company_forms")["abbreviations"]
        tokens = tuple(short.get(token, token) for token in tokens)
    if not any(letter.isalpha() for token in tokens for letter in token):
        return None
    hangul = "".join(tokens) if hangul else ""
    if not hangul and has_hangul("".join(tokens)):  # both scripts in one name: compared in Latin letters
        tokens = tuple(romanised(token) for token in tokens)
    comma = not body and "," in text and len(folded(text.partition(",")[0])) == 1
    return Name(written, tokens, hangul, body, comma, tricks, _key(tokens, hangul))


def _untitled(tokens: tuple[str, ...], text: str, hangul: str) -> tuple[str, ...]:
    """Words without titles at the front (also behind the comma of a surname) and degrees at the end; two words stay."""
    fronts = {0, len(folded(text.partition(",")[0]))} if "," in text else {0}
    left = list(tokens)
    for at in sorted(fronts, reverse=True):
        while at < len(left) > (1 if hangul else 2) and left[at] in words("titles"):
            del left[at]
    while len(left) > (1 if hangul else 2) and left[-1] in words("suffixes"):
        left.pop()
    return tuple(left)


def _key(tokens: tuple[str, ...], hangul: str) -> str:
    return _jamo(hangul) if hangul else " ".join(sorted(tokens))


@lru_cache(maxsize=50_000)
def _jamo(hangul: str) -> str:
    """Syllables as a row of jamo, so that one jamo's difference is one letter's."""
    parts = []
    for letter in _FIRST.get(hangul[:1], hangul[:1]) + hangul[1:]:
        index = ord(letter) - 0xAC00
        coda = index % 28
        parts.append(ONSETS[index // 588] + VOWELS[index % 588 // 28] + (chr(0x11A7 + coda) if coda else ""))
    return "".join(parts)


@lru_cache(maxsize=200_000)
def skeleton(token: str) -> str:
    """The consonants of a word, those that are often confused alike: what stays when a name is spelled otherwise."""
    text = token
    for letters, one in _ALIKE:
        text = text.replace(letters, one)
    return _TWICE.sub(r"\1", text[:1] + _SOFT.sub("", text[1:]))
