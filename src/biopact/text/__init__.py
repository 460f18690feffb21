"""The two languages: every text a user sees, by code, in English and Korean.

Lower rooms hand out codes and parameters; only here do they become words. A code such as ``pact.unknown-key`` is the
key ``unknown-key`` of the catalogue ``pact`` (``locale/{en,ko}/LC_MESSAGES/pact.po``).

A Korean template may ask for the right particle behind a value: ``{name:은/는}``, ``{name:을/를}``, ``{name:이/가}``,
``{name:과/와}``, ``{name:으로/로}`` (with the final consonant first).
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

__all__ = ["LANGUAGES", "LOCALE", "Lang", "choose", "cited", "language", "pick", "say", "speak"]

Lang = Literal["en", "ko"]
LANGUAGES: tuple[Lang, ...] = ("en", "ko")
LOCALE = Path(__file__).parent / "locale"
_HANGUL = re.compile("[가-힣]")
_spoken: Lang | None = None


def choose(asked: str | None) -> Lang:
    """The language asked for, else that of the environment, else English."""
    for candidate in (asked, os.environ.get("BIOPACT_LANG"), os.environ.get("LC_ALL"), os.environ.get("LANG")):
        if candidate and candidate[:2] in LANGUAGES:
            return cast(Lang, candidate[:2])
    return "en"


def speak(lang: Lang) -> None:
    """Set the language in which this process words what is not asked for in a language."""
    global _spoken
    _spoken = lang


def language() -> Lang:
    """The language in force."""
    return _spoken or choose(None)


def say(code: str, lang: Lang | None = None, /, **values: object) -> str:
    """The text of a code in a language, with its values put in. Raises KeyError for a code no catalogue holds."""
    template = template_of(code, lang or language())
    if template is None:
        raise KeyError(f"no text for the code {code!r}")
    return template.format_map({key: _spoken_as(value) for key, value in values.items()})


def template_of(code: str, lang: Lang) -> str | None:
    """The unfilled text of a code, or None where no catalogue holds it."""
    room, _, key = code.partition(".")
    found = _catalogue(room, lang).gettext(key)
    return None if found == _NOTHING else found


def cited(told: Mapping[str, Any], lang: Lang | None = None) -> str:
    """A provision as a reader can place it: in English, a Korean citation (``cite``) behind the name of its ``act``."""
    lang, cite = lang or language(), str(told["cite"])
    act = pick(told.get("act"), lang)
    return f"{act}: {cite}" if act and lang == "en" and _HANGUL.search(cite) else cite


def pick(texts: Mapping[str, str] | str | None, lang: Lang | None = None) -> str:
    """One language of a text that is written in both (``{"en": ..., "ko": ...}``); the other where one is missing."""
    if texts is None:
        return ""
    if isinstance(texts, str):
        return texts
    wanted = lang or language()
    return texts.get(wanted) or next((text for text in texts.values() if text), "")


_NOTHING = "\0"


class _Missing(gettext.NullTranslations):
    """Says that a code has no text, where gettext would give the code itself."""

    def gettext(self, message: str) -> str:
        del message
        return _NOTHING


@lru_cache(maxsize=64)
def _catalogue(room: str, lang: Lang) -> gettext.NullTranslations:
    if gettext.find(room, LOCALE, [lang]) is None:
        return _Missing()
    found = gettext.translation(room, LOCALE, [lang])
    found.add_fallback(_Missing())
    return found


class _Word(str):
    """A value that brings its own particle: ``{name:은/는}``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        closed, slash, opened = spec.partition("/")
        if not slash:
            return super().__format__(spec)
        return str(self) + (closed if _ends_in_consonant(self, closed) else opened)


class _Whole(int):
    """A whole number that brings its own particle."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(_Word(int(self)), spec) if "/" in spec else super().__format__(spec)


class _Real(float):
    """A number that brings its own particle."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(_Word(float(self)), spec) if "/" in spec else super().__format__(spec)


def _spoken_as(value: object) -> object:
    """A value as a template takes it: words and numbers with their particles, others as they are."""
    if isinstance(value, str):
        return _Word(value)
    if type(value) is int:
        return _Whole(value)
    return _Real(value) if type(value) is float else value


# how the digits are read: 영 일 이 삼 사 오 육 칠 팔 구; final ㄹ takes 로, not 으로
_DIGIT_FINALS = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}
_LETTER_FINALS = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ", "r": "ㄹ"}  # letters read as 엘 엠 엔 알


def _ends_in_consonant(word: str, particle: str) -> bool:
    last = next((mark for mark in reversed(word) if mark.isalnum()), "")
    if "가" <= last <= "힣":
        final = (ord(last) - 0xAC00) % 28
        return final != 0 and not (final == 8 and particle == "으로")
    final_letter = _DIGIT_FINALS.get(last) or _LETTER_FINALS.get(last.lower())
    return final_letter is not None and not (final_letter == "ㄹ" and particle == "으로")
