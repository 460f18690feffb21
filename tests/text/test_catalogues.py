"""Every text exists in both languages, complete, and compiled from its source."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from biopact import text
from biopact.text import LANGUAGES, LOCALE, say

ROOMS = sorted({path.stem for path in LOCALE.glob("*/LC_MESSAGES/*.po")})
SRC = Path(text.__file__).parents[1]


def catalogue(room: str, lang: str) -> dict[str, str]:
    with (LOCALE / lang / "LC_MESSAGES" / f"{room}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, abort_invalid=True) if entry.id}


def values_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_hold_the_same_codes_and_ask_for_the_same_values(room: str) -> None:
    english, korean = (catalogue(room, lang) for lang in LANGUAGES)
    assert set(english) == set(korean)
    for code, template in english.items():
        assert template, f"{room}.{code} has no English text"
        assert korean[code], f"{room}.{code} has no Korean text"
        assert values_of(template) == values_of(korean[code]), f"{room}.{code}"


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "messages"])
def test_the_korean_text_is_korean(room: str) -> None:
    for code, template in catalogue(room, "ko").items():
        if re.search("[A-Za-z]{4,} [a-z]{2,} [a-z]{2,}", catalogue(room, "en")[code]):
            assert re.search("[가-힣]", template), f"{room}.{code} is not translated"


def test_what_is_read_at_run_time_was_compiled_from_its_source() -> None:
    script = Path(__file__).parents[2] / "scripts" / "catalogues.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run `make catalogues`: {done.stdout}"


@pytest.mark.parametrize(
    ("word", "topic", "instrument"),
    [
        ("자료", "는", "로"),
        ("물질", "은", "로"),
        ("법", "은", "으로"),
        ("FDA", "는", "로"),
        ("11", "은", "로"),
        ("10", "은", "으로"),
    ],
)
def test_a_particle_follows_the_last_sound_of_its_word(word: str, topic: str, instrument: str) -> None:
    assert f"{text._Word(word):은/는}" == word + topic
    assert f"{text._Word(word):으로/로}" == word + instrument


@pytest.mark.parametrize(
    ("value", "said"), [("용량", "용량을"), (3, "3을"), (2, "2를"), (1500.0, "1500.0을"), (-1, "-1을")]
)
def test_a_number_brings_its_particle_as_a_word_does(value: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "template_of", lambda *_: "{value:을/를} {value}")
    assert say("errors.any", "ko", value=value) == f"{said} {value}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_korean_text_takes_numbers_where_it_puts_a_particle(room: str) -> None:
    for template in catalogue(room, "ko").values():
        if re.search(r"\{\w+:[^}]*/", template):
            assert template.format_map({name: text._spoken_as(3) for name in values_of(template)})


def test_a_code_without_a_text_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        say("errors.no-such-code")


CODE = re.compile(rf"[\"']((?:{'|'.join(ROOMS)})\.[a-z0-9][a-z0-9.-]*[a-z0-9])[\"']")
# dotted words that are not codes: names of files, modules and facts
NO_CODE = re.compile(r"\.(yaml|json|jsonl|html|csv|po|mo|py)$")


def test_every_code_that_the_program_uses_has_a_text() -> None:
    missing = []
    for path in sorted(SRC.rglob("*.py")):
        for code in CODE.findall(path.read_text(encoding="utf-8")):
            room, _, key = code.partition(".")
            if not NO_CODE.search(code) and key not in catalogue(room, "en"):
                missing.append(f"{path.relative_to(SRC)}: {code}")
    assert missing == []
