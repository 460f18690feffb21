"""The Korean names that Latin letters may stand for: the surnames of a word, the syllables of a given name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from biopact.screening.names.name import Name
from biopact.screening.names.romanisation import spellings, surname_spellings, surnames

__all__ = ["Reading", "families", "readings"]

# syllables of given names in use (after 대법원 인명용 한자표, by sound)
_GIVEN = (
    "가강건겸경계고관광교구국군권귀규균근금기길나낙난남내년노녹단달담대덕도동두라락란래량련렬령례로록룡루류륜률륭름리린림마만말명모목무문미민박반방배백범벽"
    "병보복본봉부분비빈사산삼상새서석선설섭성세소손솔송수숙순술슬승시식신실심아안애양언업여연열엽영예오옥온완왕요용우욱운웅원월위유육윤율융은을음의이익인일"
    "임자장재전정제조종좌주준중지직진찬창채천철청초총추춘출충치칠탁태택판평표풍필하학한함해향허헌혁현형혜호홍화환황회효후훈휘흠흥희"
)
_MAYBE = 0.35  # dearer spellings are not read
_MOST = 8  # readings of a given name that are kept
_LONGEST = 4  # syllables


class Reading(NamedTuple):
    """A Korean name that a Latin one may be, and what it costs to have written it so."""

    surname: str
    given: str
    cost: float


@cache
def _syllables() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """For each spelling the syllables of given names that it may be."""
    found: dict[str, list[tuple[str, float]]] = {}
    for letter in _GIVEN:
        for text, cost in spellings(letter).items():
            if cost <= _MAYBE:
                found.setdefault(text, []).append((letter, cost))
    return {text: tuple(sorted(read, key=lambda pair: pair[1])) for text, read in found.items()}


@cache
def _near_families() -> Mapping[str, frozenset[str]]:
    """For each way to leave out one letter of a known spelling the surnames it may be of."""
    found: dict[str, set[str]] = {}
    for text, read in surname_spellings().items():
        if len(text) >= 4:
            for cut in _shorter(text):
                found.setdefault(cut, set()).update(surname for surname, _ in read)
    return {cut: frozenset(read) for cut, read in found.items()}


@cache
def _general() -> Mapping[str, frozenset[str]]:
    """For each spelling by the general rules the surnames of one syllable that it may be."""
    found: dict[str, set[str]] = {}
    for surname in surnames():
        if len(surname) == 1:
            for text, cost in spellings(surname).items():
                if cost <= 0.5:
                    found.setdefault(text, set()).add(surname)
    return {text: frozenset(read) for text, read in found.items()}


@lru_cache(maxsize=200_000)
def surnames_of(token: str) -> frozenset[str]:
    """The surnames that a word may be: as known, by the general rules, or with one letter amiss."""
    known = frozenset(surname for surname, _ in surname_spellings().get(token, ()))
    found = known | _general().get(token, frozenset())
    if len(token) >= 4 and not known:
        near = _near_families()
        found |= near.get(token, frozenset()).union(*(near.get(cut, frozenset()) for cut in _shorter(token)))
        found |= frozenset(s for cut in _shorter(token) for s, _ in surname_spellings().get(cut, ()) if len(cut) >= 4)
    return found


@lru_cache(maxsize=200_000)
def families(name: Name) -> frozenset[str]:
    """The surnames that a Latin name may have, at either end."""
    tokens = name.tokens
    if name.body or len(tokens) > 5:
        return frozenset()
    if len(tokens) == 1:
        text = tokens[0]
        ends = {text[:n] for n in range(2, 9)} | {text[-n:] for n in range(2, 9)} if len(text) >= 5 else set()
        return frozenset(s for end in ends for s, _ in surname_spellings().get(end, ()))
    found = surnames_of(tokens[0])
    if not name.family_first:
        found |= surnames_of(tokens[-1])
    if len(tokens) > 2:
        found |= surnames_of(tokens[0] + tokens[1])
    return found


@lru_cache(maxsize=100_000)
def readings(name: Name) -> tuple[Reading, ...]:
    """The Korean names that a Latin name plainly may be, the likeliest first; none where it cannot be one."""
    tokens = name.tokens
    if name.body or name.hangul or not 2 <= len(tokens) <= 4:
        return ()
    ways = [(tokens[0], tokens[1:], 0.0)]
    if not name.family_first:
        ways.append((tokens[-1], tokens[:-1], 0.05))
    found: dict[tuple[str, str], float] = {}
    for family, rest, off in ways:
        known = surname_spellings().get(family, ())
        for given, cost in _given(rest) if known else ():
            for surname, price in known:
                total = off + price + cost
                if total < found.get((surname, given), 9.0):
                    found[surname, given] = total
    best = sorted((cost, surname, given) for (surname, given), cost in found.items())
    return tuple(Reading(surname, given, cost) for cost, surname, given in best[: 2 * _MOST])


@lru_cache(maxsize=100_000)
def _given(rest: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The likeliest readings of a given name, with their costs. A syllable over a space costs more."""
    text, breaks = "".join(rest), frozenset(accumulate(map(len, rest)))
    ways: dict[int, list[tuple[float, str]]] = {0: [(0.0, "")]}
    known = _syllables()
    for end in range(1, len(text) + 1):
        off = 0.15 if len(rest) > 1 and end not in breaks else 0.0
        here = [
            (cost + price + off + 0.15 * len(breaks.intersection(range(start + 1, end))), given + letter)
            for start in range(max(0, end - 7), end)
            for cost, given in ways.get(start, ())
            if len(given) < _LONGEST
            for letter, price in known.get(text[start:end], ())
        ]
        if here:
            ways[end] = sorted(here)[: 3 * _MOST]
    return tuple((given, cost) for cost, given in ways.get(len(text), [])[:_MOST] if cost <= 0.6)


def _shorter(text: str) -> list[str]:
    return [text[:at] + text[at + 1 :] for at in range(len(text))]
