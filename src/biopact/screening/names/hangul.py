"""Hangul taken apart: each syllable is an onset, a vowel and a coda (the Unicode Standard, section 3.12)."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Syllable", "composed", "has_hangul", "is_hangul", "romanised", "syllable", "syllables"]

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
# the 28 codas by how they sound at the end of a word (표준 발음법, articles 8 to 12)
CODAS = ("", *"ㄱㄱㄱㄴㄴㄴㄷㄹㄱㅁㄹㄹㄹㅂㄹㅁㅂㅂㄷㄷㅇㄷㄷㄱㄷㅂㄷ")
_SPELLED = re.compile(f"[{ONSETS}ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ{VOWELS}]+")
_FULL_CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_HANGUL = re.compile("[가-힣]")
_ALL_HANGUL = re.compile("[가-힣]+\\Z")
# Revised Romanisation of Korean, 2000; names are written syllable by syllable, without assimilation (section 3, item 4)
_RR_ONSETS = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
_RR_VOWELS = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
)  # fmt: skip
_RR_CODAS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ng"}


class Syllable(NamedTuple):
    """One syllable: its jamo, the coda by its sound."""

    onset: str
    vowel: str
    coda: str


def has_hangul(text: str) -> bool:
    """Whether any syllable is in a text."""
    return _HANGUL.search(text) is not None


def is_hangul(text: str) -> bool:
    """Whether a text is syllables only."""
    return _ALL_HANGUL.match(text) is not None


def syllable(letter: str) -> Syllable:
    """The parts of one syllable (``가`` to ``힣``)."""
    index = ord(letter) - 0xAC00
    return Syllable(ONSETS[index // 588], VOWELS[index % 588 // 28], CODAS[index % 28])


def syllables(text: str) -> list[Syllable]:
    """The parts of every syllable of a text; other letters are left out."""
    return [syllable(letter) for letter in text if "가" <= letter <= "힣"]


def romanised(text: str) -> str:
    """A text with its syllables in Revised Romanisation, one by one; other letters stay."""
    return "".join(_rr(letter) if "가" <= letter <= "힣" else letter for letter in text)


def _rr(letter: str) -> str:
    index = ord(letter) - 0xAC00
    return _RR_ONSETS[index // 588] + _RR_VOWELS[index % 588 // 28] + _RR_CODAS[CODAS[index % 28]]


def composed(text: str) -> str:
    """A text in which jamo that were typed one by one (``ㄱㅣㅁ``) stand as syllables."""
    return _SPELLED.sub(lambda run: _composed(run[0]), text) if _SPELLED.search(text) else text


def _composed(run: str) -> str:
    done, at = "", 0
    while at < len(run):
        if run[at] in ONSETS and at + 1 < len(run) and run[at + 1] in VOWELS:
            ahead, behind = run[at + 2 : at + 3], run[at + 3 : at + 4]
            closes = ahead in _FULL_CODAS[1:] and not (behind and behind in VOWELS)
            coda = _FULL_CODAS.index(ahead) if ahead and closes else 0
            done += chr(0xAC00 + ONSETS.index(run[at]) * 588 + VOWELS.index(run[at + 1]) * 28 + coda)
            at += 3 if coda else 2
        else:
            done += run[at]
            at += 1
    return done
