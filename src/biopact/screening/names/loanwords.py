"""Whether a body's Hangul name is its Latin one as Koreans say it (셀트리온, Celltrion), by what stays of both: consonants.

Hangul writes foreign words by sound (외래어 표기법, 1986): both names are brought to one alphabet of sounds, in which voiced
and unvoiced, r and l, f and p fall together and the vowels that Hangul must add are left out. The vowels that remain
decide between words with the same consonants. This gives a reason to look, never certainty: at most 0.9.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from biopact.screening.names.hangul import syllables
from biopact.screening.names.name import Name

__all__ = ["Loan", "frame", "loanword"]

_LEAST = 4  # consonants: shorter frames are shared by too many words
_MOST = 0.9
_ONSETS = dict(zip("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "kkntt" + "lmppss" + "-cccktph", strict=True))
_CODAS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "s", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "nk"}
# how English letters sound in Hangul, step by step; capitals are sounds already settled
_STEPS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        *((r"tion\b", "syn"), (r"sion\b", "cyn"), (r"ough", "o"), (r"igh", "i"), (r"sch|sh", "s"), (r"tch|ch", "C")),
        *(
            (r"ph", "p"),
            (r"th", "s"),
            (r"ck", "k"),
            (r"qu", "k"),
            (r"x", "ks"),
            (r"g(?=[ei])", "C"),
            (r"c(?=[eiy])", "s"),
        ),
        *(
            (r"[cqg]", "k"),
            (r"[jz]", "C"),
            (r"C", "c"),
            (r"[bfv]", "p"),
            (r"d", "t"),
            (r"r(?![aeiouy])", ""),
            (r"r", "l"),
        ),
        *((r"(?<=[aeiou])h(?![aeiouy])", ""), (r"[aeiouwy]+", "")),
    )
)


class Loan(NamedTuple):
    """How alike, 0 to 0.9, and the two frames of sounds."""

    score: float
    frames: tuple[str, str]


_NOTHING = Loan(0.0, ("", ""))


def loanword(one: Name, other: Name) -> Loan:
    """How alike a Hangul name of a body and a Latin one sound; 0 for two names in one script or two short frames."""
    if bool(one.hangul) == bool(other.hangul) or not (one.body or other.body):
        return _NOTHING
    a, b = frame(one), frame(other)
    if min(len(a), len(b)) < _LEAST:
        return _NOTHING
    alike = Levenshtein.normalized_similarity(a, b)
    return Loan(round(min(_MOST, alike * _MOST), 4), (a, b)) if alike > 0.7 else _NOTHING


@lru_cache(maxsize=100_000)
def frame(name: Name) -> str:
    """The consonants of a name by their sound in Hangul."""
    if name.hangul:
        text = "".join(_ONSETS[part.onset] + _CODAS[part.coda] for part in syllables(name.hangul)).replace("-", "")
    else:
        text = "".join(_sounded(token) for token in name.tokens)
    return re.sub(r"(.)\1+", r"\1", text)


@lru_cache(maxsize=100_000)
def _sounded(token: str) -> str:
    for pattern, sound in _STEPS:
        token = pattern.sub(sound, token)
    return token
