"""The keys of the sound scorer: the surnames that a name may have, and beside each the given name in coarse sounds.

Consonants that spellings confuse fall together, and vowels into four classes (A a, E ae e oe, I i ui, O o u eo eu), so that
a given name is a few letters whatever the system: two keys of one name differ by an edit or two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from biopact.screening.names.hangul import syllables
from biopact.screening.names.name import Name
from biopact.screening.names.readings import readings, surnames_of
from biopact.screening.names.romanisation import surname_spellings
from biopact.screening.names.sound import splits

__all__ = ["ANY", "sound_keys"]

ANY = "*"  # given names in initials: beside every one
_ONSETS = dict(zip("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "kknttlmppss-cccktph", strict=True))
_VOWELS = dict(zip("ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ", "AEAEOEOEOAEEOOOEIOOII", strict=True))
_CODAS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "n"}
_STEPS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        *(
            (r"tch|ch|[jz]", "1"),
            (r"sh", "s"),
            (r"ng?", "n"),
            (r"th", "t"),
            (r"ph|[bfv]", "p"),
            (r"[kg]h|ck|[gqc]", "k"),
        ),
        *((r"1", "c"), (r"d", "t"), (r"r", "l"), (r"h(?![aeiouyw])", "")),
    )
)
_VOWEL = re.compile("[aeiouyw]+")
_GLIDE = re.compile("(?<=[aeiou])(?=[yw][aeiou])")  # Ha-youn: a glide begins the next syllable
_CLASSES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        *(
            (r"y*e?u[iy]\Z|wi\Z|w?ee\Z|yee\Z|[iy]+e?\Z|yi\Z", "I"),
            (r"y?w?o?a[eiy]|o[eiy]|we\Z|ea\Z|y?e[yi]?\Z|w?oe", "E"),
        ),
        *((r".*[ou]", "O"), (r".*a", "A"), (r".*e", "E"), (r".*", "I")),
    )
)
_WIDE = re.compile(r"w?[ou]?w?a+\Z")  # wa, oa, woa: one sound with a
Key = tuple[str, str]


def sound_keys(name: Name, *, strict: bool = False) -> frozenset[Key]:
    """Each surname that a name may have with the coarse sounds of the rest. ``strict`` for names that are not Hangul: only
    what plainly is a Korean name."""
    if name.body or len(name.tokens) > 5:
        return frozenset()
    if name.hangul:
        return (
            frozenset((surname, _of_hangul(given)) for surname, given in splits(name.hangul))
            if len(name.hangul) <= 7
            else frozenset()
        )
    if strict:
        return frozenset((each.surname, _of_hangul(each.given)) for each in readings(name))
    return _of_latin(name.tokens, name.family_first)


@lru_cache(maxsize=200_000)
def _of_latin(tokens: tuple[str, ...], family_first: bool) -> frozenset[Key]:
    found = set[Key]()
    if len(tokens) == 1:
        text = tokens[0]
        for cut in range(2, min(9, len(text) - 1)) if len(text) >= 5 else ():
            found |= {(surname, _sounds((text[cut:],))) for surname, _ in surname_spellings().get(text[:cut], ())}
            found |= {(surname, _sounds((text[:-cut],))) for surname, _ in surname_spellings().get(text[-cut:], ())}
        return frozenset(found)
    ways = [(tokens[0], tokens[1:])] + ([] if family_first else [(tokens[-1], tokens[:-1])])
    if len(tokens) > 2:
        ways.append((tokens[0] + tokens[1], tokens[2:]))
    for family, rest in ways:
        lone = all(len(token) == 1 for token in rest) or not any(
            letter in "aeiou" for token in rest for letter in token
        )
        given = ANY if lone else _sounds(rest)
        found |= {(surname, given) for surname in surnames_of(family)}
    return frozenset(found)


@lru_cache(maxsize=100_000)
def _of_hangul(given: str) -> str:
    text = "".join(_ONSETS[part.onset] + _VOWELS[part.vowel] + _CODAS[part.coda] for part in syllables(given))
    return re.sub(r"(.)\1+", r"\1", text.replace("-", ""))


@lru_cache(maxsize=200_000)
def _sounds(words: tuple[str, ...]) -> str:
    """Latin words of a given name in coarse sounds; a word's end is kept, since two vowels may meet there."""
    return re.sub(r"([a-z])\1+", r"\1", "".join(_sounds_of(word) for word in words))


def _sounds_of(word: str) -> str:
    for pattern, sound in _STEPS:
        word = pattern.sub(sound, word)
    return _VOWEL.sub(lambda run: "".join(map(_class_of, _GLIDE.split(run[0]))), word)


@lru_cache(maxsize=4096)
def _class_of(run: str) -> str:
    """The class of a row of vowels: what it most often stands for."""
    if _WIDE.match(run):
        return "A"
    return next(sound for pattern, sound in _CLASSES if pattern.match(run))
