"""Whether two names may be said alike in Korean, however they are written: Hangul, Revised Romanisation,
McCune-Reischauer, or as people write their own.

A Latin name is read as a surname and a given name, in either order, with or without spaces and hyphens; each Hangul
name has a price for being written so (:mod:`romanisation`). Two Latin names are compared through the Hangul that both
may stand for. The score is 1 less the price shared over the syllables (at least three): 0.8 is about one sound amiss.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from biopact.screening.names.name import Name
from biopact.screening.names.readings import Reading, families, readings
from biopact.screening.names.romanisation import spellings, surname_cost, surnames, written_cost

__all__ = ["Sound", "sound", "splits"]

_FAMILY_LAST = 0.05
_ATTACHED = 0.1
_INITIALS = 0.5  # one syllable each: enough to look, never enough to be sure
_TWO_LATIN = 0.1  # two Latin spellings have met only through a Hangul that nobody wrote
_HOPELESS = 9.0


class Sound(NamedTuple):
    """How alike, 0 to 1, and the Hangul by which: surname and given name."""

    score: float
    hangul: str


_NOTHING = Sound(0.0, "")


def sound(one: Name, other: Name) -> Sound:
    """How alike two prepared names are said in Korean; 0 where neither is or may be Hangul, and for two in Hangul."""
    if one.body or other.body or (one.hangul and other.hangul):
        return _NOTHING
    if one.hangul or other.hangul:
        hangul, latin = (one, other) if one.hangul else (other, one)
        best = min((_cost(surname, given, latin), surname, given) for surname, given in splits(hangul.hangul))
    else:
        read = readings(one)
        if not read:
            one, other, read = other, one, readings(other)
        if not read or not families(other):
            return _NOTHING
        best = min((_two(reading, other), reading.surname, reading.given) for reading in read)
    cost, surname, given = best
    score = 1 - cost / max(3, len(surname) + len(given))
    return Sound(round(score, 4), f"{surname}{given}") if score > 0 else _NOTHING


@lru_cache(maxsize=50_000)
def splits(hangul: str) -> tuple[tuple[str, str], ...]:
    """The ways to part a Hangul name into surname and given name: the first syllable, or two where that is a surname."""
    found = [(hangul[:1], hangul[1:])] if len(hangul) > 1 else [(hangul, "")]
    if len(hangul) > 2 and hangul[:2] in surnames():
        found.append((hangul[:2], hangul[2:]))
    return tuple(found)


def _two(reading: Reading, other: Name) -> float:
    if len(reading.given) < 2:  # too many names are said so
        return _HOPELESS
    return reading.cost + _TWO_LATIN + _cost(reading.surname, reading.given, other)


def _cost(surname: str, given: str, latin: Name) -> float:
    """What it costs to have written a Korean name so, the cheapest way."""
    tokens = latin.tokens
    if len(tokens) == 1:
        return _unspaced(surname, given, tokens[0])
    ways = [(tokens[0], tokens[1:], 0.0)]
    if not latin.family_first:
        ways.append((tokens[-1], tokens[:-1], _FAMILY_LAST))
    if len(surname) == 2 and len(tokens) > 2:  # Nam Gung Min
        ways.append((tokens[0] + tokens[1], tokens[2:], 0.0))
    return min(
        off + surname_cost(surname, family) + (_given_cost(given, rest) if family_may_be(surname, family) else 1.0)
        for family, rest, off in ways
    )


def family_may_be(surname: str, token: str) -> bool:
    """Whether it is worth looking at the given name: the word is not plainly another surname."""
    return surname_cost(surname, token) < 0.85


@lru_cache(maxsize=200_000)
def _given_cost(given: str, rest: tuple[str, ...]) -> float:
    text = "".join(rest)
    if not given or not text:
        return _HOPELESS if given or text else 0.0
    lone = all(len(token) == 1 for token in rest) or not any(letter in "aeiou" for letter in text)
    if lone and len(text) == len(given) > 1:
        return _INITIALS if all(map(_begins, given, text)) else _HOPELESS
    breaks = frozenset(list(accumulate(map(len, rest)))[:-1])
    return written_cost(given, text, breaks)


def _begins(syllable: str, initial: str) -> bool:
    return any(text[0] == initial for text, cost in spellings(syllable).items() if cost < 0.1)


@lru_cache(maxsize=100_000)
def _unspaced(surname: str, given: str, text: str) -> float:
    """A name written in one word: each place where the surname may end, at either end."""
    best = _HOPELESS
    for spelled, cost in surnames().get(surname, {}).items():
        if len(text) - len(spelled) >= 2 * len(given) and given:
            if text.startswith(spelled):
                best = min(best, _ATTACHED + cost + written_cost(given, text[len(spelled) :]))
            if text.endswith(spelled):
                best = min(best, _ATTACHED + _FAMILY_LAST + cost + written_cost(given, text[: -len(spelled)]))
    return best
