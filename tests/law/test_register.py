"""Every gathered entry is accounted for, and the register says what the rules say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from biopact.errors import InputErrors, RuleError
from biopact.law import register, requirements, the_law
from biopact.law.register import Entry, coverage

HANGUL = re.compile("[가-힣]")
READ = {
    "statute_text_read": "statute-read",
    "official_excerpt": "official-excerpt",
    "secondary_source": "secondary",
    "knowledge_only": "recalled",
}


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return register.read(the_law(), requirements.read())


@pytest.fixture(scope="module")
def gathered(shared: Path) -> list[tuple[str, dict[str, Any]]]:
    law = [
        (source, fact)
        for source, name in (
            ("data", "data-and-biospecimens"),
            ("security", "security-trade-supply"),
            ("missing", "missing"),
        )
        for fact in yaml.safe_load((shared / "law" / f"{name}.yaml").read_text("utf-8"))
    ]
    rows = yaml.safe_load((shared / "dossier" / "crosswalk.yaml").read_text("utf-8"))["rows"]
    return [*law, *(("crosswalk", row) for row in rows)]


def test_all_362_entries_stand_in_the_register(
    entries: tuple[Entry, ...], gathered: list[tuple[str, dict[str, Any]]]
) -> None:
    assert Counter((entry.source, entry.id) for entry in entries) == Counter(
        (source, fact["id"]) for source, fact in gathered
    )
    assert len(entries) == 362
    assert len({entry.id for entry in entries}) == 361


def test_how_an_entry_was_checked_is_what_its_source_says(
    entries: tuple[Entry, ...], gathered: list[tuple[str, dict[str, Any]]]
) -> None:
    said = {(source, fact["id"]): READ[fact["verified"]] for source, fact in gathered if "verified" in fact}
    told = {(entry.source, entry.id): entry.checked for entry in entries}
    assert {key: told[key] for key in said} == said


def test_every_rule_comes_from_an_entry(entries: tuple[Entry, ...]) -> None:
    known = {entry.id for entry in entries}
    named = {rule.more.get("source_fact") for periods in the_law().rules.values() for rule in periods}
    assert named - known == set()


def test_the_file_holds_what_the_rules_say() -> None:
    script = Path(__file__).parents[2] / "scripts" / "register.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_entry_has_an_end(entries: tuple[Entry, ...]) -> None:
    assert [entry.id for entry in entries if entry.state == "open"] == []


def test_what_is_not_encoded_says_why_in_both_languages(entries: tuple[Entry, ...]) -> None:
    left = [entry for entry in entries if entry.state == "not-encoded"]
    assert left
    for entry in left:
        assert entry.reason
        assert HANGUL.search(entry.reason["ko"])
        assert not HANGUL.search(entry.reason["en"])


def test_titles_are_in_both_languages(entries: tuple[Entry, ...]) -> None:
    assert [entry.id for entry in entries if HANGUL.search(entry.title["en"])] == []
    assert [entry.id for entry in entries if not HANGUL.search(entry.title["ko"])] == []


def test_coverage_counts_each_entry_once(entries: tuple[Entry, ...]) -> None:
    told = coverage(entries)
    assert told["facts"] == told["encoded"] + told["note"] + len(told["not_encoded"]) == 362
    for by in ("country", "source", "status", "checked"):
        assert sum(counts["facts"] for counts in told["by"][by].values()) == 362


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{id: x, source: data, country: US, title: {en: a}, cite: c, status: s, checked: recalled}", "both-languages"),
        ("{id: x, source: web, country: US, title: {en: a, ko: 가}, cite: c, status: s, checked: recalled}", "one-of"),
        ("{id: x, source: data}", "key-missing"),
        (
            "{id: x, source: data, country: US, title: {en: a, ko: 가}, cite: c, status: s, checked: recalled,"
            " through: [us/none/1]}",
            "no-such",
        ),
        ("just words", "entry-form"),
        (
            "{id: x, source: data, country: US, title: {en: a, ko: 가}, cite: c, status: s, checked: recalled, nota: 1}",
            "unknown-key",
        ),
    ],
)
def test_a_bad_entry_is_refused_with_its_line(tmp_path: Path, entry: str, code: str) -> None:
    path = tmp_path / "register.yaml"
    path.write_text(f"entries:\n- {entry}\n", encoding="utf-8")
    with pytest.raises((RuleError, InputErrors)) as caught:
        register.read(the_law(), (), path)
    fault = caught.value.faults[0] if isinstance(caught.value, InputErrors) else caught.value
    assert code in fault.code
    assert fault.place is not None
    assert fault.place.line == 2
