"""A name as it is compared: without what the eye does not see, and with what only looks alike made alike.

What was found on the way is told (``tricks``), because a name written so is itself a reason to look. Methods: Unicode
normalisation form KC (UAX #15), confusable letters (UTS #39) as far as Cyrillic and Greek capitals and small letters
look like Latin ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from biopact.screening.names.hangul import composed
from biopact.screening.resources import yaml_of

__all__ = ["LONGEST", "Cleaned", "cleaned", "folded"]

LONGEST = 300  # letters of a name that are compared; what is behind them is told, not compared
# invisible, though letters or marks by their category: fillers of Hangul, a blank braille cell, variation selectors
_UNSEEN = {*"\u115f\u1160\u3164\uffa0\u2800\u034f\u180e", *map(chr, range(0xFE00, 0xFE10))}
_MIRROR = re.compile("\u202e([^\u202c]*)\u202c?")
_DIRECTION = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WORD = re.compile(r"[^\W_]+")
_ABBREVIATED = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}")  # S.A. → SA
_SLASHED = re.compile(r"(?<!\w)([a-z])/([a-z])(?!\w)")  # A/S
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?: [^\W\d_]){2,}(?!\w)")  # S A M S U N G
_FOLDED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ħ": "h"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A name as it is compared, other ways to read what was written, and what was done to it."""

    text: str
    others: tuple[str, ...] = ()
    tricks: tuple[str, ...] = ()


def cleaned(written: str) -> Cleaned:
    """A written name in compatible form: case and punctuation stay; empty where nothing is to be compared.

    ``tricks``: ``long``, ``zero-width``, ``direction``, ``homoglyph``, ``spaced``.
    """
    tricks: list[str] = []
    mirrored = _MIRROR.search(written) is not None
    plain, unseen = _visible(written)
    tricks += ["direction"] if any(mark in _DIRECTION for mark in written) else []
    tricks += ["zero-width"] if unseen else []
    if len(plain) > LONGEST:
        tricks.append("long")
        plain = plain[:LONGEST]
    text, alike = _alike(unicodedata.normalize("NFKC", composed(plain))[: 4 * LONGEST])
    tricks += ["homoglyph"] if alike else []
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    tricks += ["spaced"] if joined != text else []
    others = [text] if joined != text else []
    if mirrored:  # what the eye reads is the letters between the marks from the back
        shown = _visible(_MIRROR.sub(lambda found: found[1][::-1], written))[0][:LONGEST]
        others.append(_alike(unicodedata.normalize("NFKC", shown))[0])
    return Cleaned(joined, tuple(others), tuple(tricks))


@lru_cache(maxsize=100_000)
def folded(text: str) -> tuple[str, ...]:
    """The words of a cleaned name in small letters without accents; ``&`` is a word, apostrophes and points join."""
    if text.isascii():
        small = text.lower()
    else:
        small = "".join(map(_plain, text.casefold()))
    small = _SLASHED.sub(r"\1\2", small)
    small = _ABBREVIATED.sub(lambda found: found[0].replace(".", ""), small)
    small = re.sub(r"['’`ʼʻ´]", "", small.replace("&", " and "))
    return tuple(_WORD.findall(small))


@lru_cache(maxsize=8192)
def _plain(letter: str) -> str:
    if "가" <= letter <= "힣":
        return letter
    if letter in _FOLDED:
        return _FOLDED[letter]
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))


def _visible(text: str) -> tuple[str, bool]:
    """The text without what cannot be seen, and whether there was any besides marks of direction and line ends."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()), False
    kept, unseen = [], False
    for letter in text:
        category = unicodedata.category(letter)
        if letter in _UNSEEN or category in ("Cf", "Cs", "Co", "Cn"):
            unseen = unseen or letter not in _DIRECTION
        else:
            kept.append(" " if category in ("Cc", "Zl", "Zp", "Zs") else letter)
    return " ".join("".join(kept).split()), unseen


def _alike(text: str) -> tuple[str, bool]:
    """Letters of other scripts made Latin: by their look in a name that has Latin letters, else by their sound."""
    if text.isascii():
        return text, False
    tables = yaml_of("letters")
    looks, sounds = tables["looks"], tables["sounds"]
    if not any(letter in looks or letter.lower() in sounds for letter in text):
        return text, False
    latin = any("a" <= letter <= "z" for letter in text.lower())
    if latin:
        return "".join(looks.get(letter, sounds.get(letter.lower(), letter)) for letter in text), True
    return "".join(sounds.get(letter.lower(), letter) for letter in text), False
