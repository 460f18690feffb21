"""How alike two names are written: word by word, in any order, long and rare words weighing more than short and common.

Each word of the shorter name is paired with the word it resembles most: the same, one spelled with the same consonants
(Mohammed, Muhammad), one within the edits that its length allows, or an initial. Numbers are the same or nothing. What
is left over counts against the two names, less for a person, who may have more given names in one place than in
another. Distances are optimal string alignments (a swap of neighbours is one edit), by rapidfuzz.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA, Indel

from biopact.screening.names.forms import words
from biopact.screening.names.name import Name, skeleton

__all__ = ["Spelling", "spelling"]

_COMMON = 0.35  # what a common word of bodies weighs beside one that names
_LEFT = 0.25  # what a left-over given name counts
_INITIAL = 0.75
_SLIP = 0.82  # one letter amiss in all of a name
_EDIT = 1.25  # an edit, as a share of the longer word
_FIRST_SOUND = {
    "c": "k",
    "q": "k",
    "j": "y",
    "z": "s",
    "x": "ks",
    "w": "v",
    "i": "y",
    "e": "y",
}  # Catherine, Yekaterina
_SAME_CONSONANTS = 0.8  # at least, however the vowels differ
# words of a name that come and go in Latin letters
_PARTICLES = frozenset(
    {
        "al",
        "el",
        "ul",
        "bin",
        "ibn",
        "bint",
        "ben",
        "abu",
        "abou",
        "abd",
        "de",
        "del",
        "la",
        "las",
        "los",
        "da",
        "das",
        "do",
    }
    | {"dos", "di", "du", "van", "von", "der", "den", "le"}
)


class Spelling(NamedTuple):
    """How alike, 0 to 1, and the words that were paired."""

    score: float
    pairs: tuple[tuple[str, str, float], ...]


_NOTHING = Spelling(0.0, ())


def spelling(one: Name, other: Name) -> Spelling:
    """How alike two prepared names are written."""
    if one.tokens == other.tokens:
        return Spelling(1.0, ((" ".join(one.tokens), " ".join(other.tokens), 1.0),))
    if bool(one.hangul) != bool(other.hangul):
        return _NOTHING
    if one.hangul:
        return _in_hangul(one, other)
    worded = _worded(one, other)
    if worded.score < _SLIP and _one_slip(one, other):
        return Spelling(_SLIP, ((" ".join(one.tokens), " ".join(other.tokens), _SLIP),))
    if worded.score >= 0.97 or (len(one.tokens) == 1 and len(other.tokens) == 1):
        return worded
    a, b = one.joined, other.joined
    if len(one.tokens) != len(other.tokens) and min(len(a), len(b)) >= 6:  # Al Qaida, Alqaida
        together = max(_joined(a, b), _joined("".join(sorted(one.tokens)), "".join(sorted(other.tokens))))
        if together > worded.score:
            return Spelling(together, ((a, b, together),))
    return worded


def _in_hangul(one: Name, other: Name) -> Spelling:
    """Two names in Hangul: by jamo. One jamo more or less makes another name of a person, a slip in a long one."""
    edits = OSA.distance(one.key, other.key)
    score = max(0.0, 1 - 1.9 * edits / max(len(one.key), len(other.key)))
    return Spelling(round(score, 4), ((one.hangul, other.hangul, round(score, 3)),))


def _one_slip(one: Name, other: Name) -> bool:
    """Whether one letter, wherever it stands, is all that differs; a digit is no slip."""
    a, b = one.joined, other.joined
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 8 or any(map(str.isdigit, a + b)):
        return False
    return OSA.distance(a, b, score_cutoff=1) <= 1 or OSA.distance(one.key, other.key, score_cutoff=1) <= 1


def _joined(a: str, b: str) -> float:
    """Names without their spaces: the same, or nearly, or nothing."""
    if a == b:
        return 0.98
    alike = Indel.normalized_similarity(a, b, score_cutoff=0.9)
    return alike * 0.95 if a[0] == b[0] else 0.0


def _worded(one: Name, other: Name) -> Spelling:
    person = not (one.body or other.body)
    mine_words = _merged(one.tokens, other.tokens, person) if len(one.tokens) > 1 else one.tokens
    their_words = _merged(other.tokens, one.tokens, person) if len(other.tokens) > 1 else other.tokens
    short, long = sorted((mine_words, their_words), key=len)
    scored = sorted(
        ((alike, -abs(i - j), i, j) for i, a in enumerate(short) for j, b in enumerate(long)
         if (alike := _alike(a, b, person))),
        reverse=True,
    )  # fmt: skip
    mine, theirs, pairs = dict[int, int](), dict[int, int](), []
    gained = whole = 0.0
    for alike, _, i, j in scored:
        if i not in mine and j not in theirs:
            mine[i], theirs[j] = j, i
            weight = (_weight(short[i], person) + _weight(long[j], person)) / 2
            gained, whole = gained + weight * alike, whole + weight
            pairs.append((short[i], long[j], round(alike, 3)))
    rest = sum(_weight(token, person) for i, token in enumerate(short) if i not in mine)
    more = sum(_weight(token, person) for j, token in enumerate(long) if j not in theirs)
    if person and rest == 0 and len(mine) >= 2:  # one has a given name more
        more *= _LEFT
    elif rest and more:  # both hold what the other lacks: two names, not a longer one
        rest, more = max(rest, more), min(rest, more) * 0.5
    score = gained / (whole + rest + more) if whole else 0.0
    return Spelling(round(score * _order(mine, person), 4), tuple(pairs))


def _order(mine: dict[int, int], person: bool) -> float:
    """A little off for another order of words, so that the same order ranks first. For a person order tells little."""
    order = [mine[i] for i in sorted(mine)]
    return 1.0 if order == sorted(order) else 0.995 if person else 0.97


@lru_cache(maxsize=200_000)
def _weight(token: str, person: bool) -> float:
    if person:
        if token in _PARTICLES:
            return 1.0
        return float(max(3, min(len(token), 7))) if len(token) > 1 else 1.5
    if token in words("common"):
        return _COMMON * max(2, min(len(token), 8)) / 2
    return float(max(3, min(len(token), 8)))


@lru_cache(maxsize=500_000)
def _alike(a: str, b: str, person: bool) -> float:
    """How alike two words are: 1 the same, 0 nothing in common that counts."""
    if a == b:
        return 1.0
    if any(map(str.isdigit, a)) or any(map(str.isdigit, b)):
        return 0.0
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) == 1:
        return _INITIAL if person and long[0] == short else 0.0
    if len(short) <= 2:
        return 0.0
    edits = OSA.distance(a, b, score_cutoff=4)
    if _FIRST_SOUND.get(a[0], a[0]) != _FIRST_SOUND.get(b[0], b[0]):  # a slip in the first letter is rare
        return max(0.0, 1 - 2.5 * edits / len(long)) if len(short) >= 5 and edits == 1 else 0.0
    bones = skeleton(a)
    if (
        len(short) >= 4
        and bones[1:] == skeleton(b)[1:]
        and (len(bones) > 2 or (person and len(bones) == 2 and edits <= 2))
    ):
        return max(1 - 0.06 * edits, _SAME_CONSONANTS) if len(bones) > 2 else 1 - 0.12 * edits
    allowed = 1 if len(long) <= 6 else 2 if len(long) <= 9 else 3
    if edits > allowed or (len(short) == 3 and edits):
        return 0.55 if len(short) == 3 and edits == 1 else 0.0
    return 1 - _EDIT * edits / len(long)


def _merged(one: tuple[str, ...], other: tuple[str, ...], person: bool) -> tuple[str, ...]:
    """The words of a name, two neighbours as one where the other name writes them in one: El Sayed, Elsayed."""
    tokens, at = list(one), 0
    while at + 1 < len(tokens):
        pair = tokens[at] + tokens[at + 1]
        fits = len(pair) >= 4 and any(
            (word == pair or (len(pair) >= 6 and abs(len(word) - len(pair)) <= 1 and _alike(pair, word, person) > 0.8))
            and word not in tokens
            for word in other
        )
        if fits:
            tokens[at : at + 2] = [pair]
        at += 1
    return tuple(tokens)
