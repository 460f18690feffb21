"""What a reader of a rule needs is there, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from biopact.law import the_law
from biopact.rules.language.model import Effect, Rule, Status

RULES = [rule for periods in the_law().rules.values() for rule in periods]
HANGUL = re.compile("[가-힣]")


def both(texts: object) -> bool:
    """English without Hangul, Korean with it."""
    if not isinstance(texts, Mapping):
        return False
    return not HANGUL.search(texts["en"]) and bool(HANGUL.search(texts["ko"]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_titles_are_in_both_languages(rule: Rule) -> None:
    assert both(rule.title)


@pytest.mark.parametrize("instrument", the_law().instruments, ids=lambda it: it.id)
def test_instruments_are_named_in_both_languages_and_say_when_they_were_read(instrument: object) -> None:
    assert both(instrument.title)  # type: ignore[attr-defined]
    assert instrument.read_on  # type: ignore[attr-defined]


def test_korean_acts_are_cited_by_their_official_names() -> None:
    korean = [rule for rule in RULES if rule.id.startswith("kr/")]
    assert [rule.id for rule in korean if not HANGUL.search(rule.cite)] == []


def test_facts_are_asked_in_both_languages() -> None:
    assert [fact.full for fact in the_law().vocabulary.facts.values() if not both(fact.question)] == []


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.effect in (Effect.AUTHORISE, Effect.OBLIGE)], ids=lambda rule: rule.id
)
def test_what_is_asked_says_of_whom_what_and_how_long(rule: Rule) -> None:
    assert both(rule.more.get("authority"))
    assert both(rule.more.get("file"))
    assert "lead_time" in rule.more  # null where not found


def test_a_lead_time_that_is_not_null_names_its_source() -> None:
    times = [(rule.id, rule.more["lead_time"]) for rule in RULES if rule.more.get("lead_time")]
    assert [rule for rule, time in times if not time.get("source")] == []


def test_what_is_in_force_says_since_when_or_is_read_in_a_consolidated_text() -> None:
    """A Korean text as in force on a day does not say when each article began: such a rule is open backwards."""
    open_backwards = [rule for rule in RULES if rule.status is Status.IN_FORCE and rule.start is None]
    assert [rule.id for rule in open_backwards if not rule.id.startswith("kr/") or rule.checked != "statute-read"] == []


def test_what_may_not_be_law_is_marked_so_and_never_called_sure() -> None:
    unsure = {rule.id: rule for rule in RULES if rule.status is Status.UNCERTAIN}
    assert {
        "kr/pipa/28-8-1-4-cbpr",
        "kr/small-cells/practice",
        "us/hipaa/164.514-genome",
        "us/misuse-review/durc-category-1",
        "us/misuse-review/order-screening",
        "us/state-genomic-acts/tx-174-storage-us",
    } <= set(unsure)
    assert [rule.id for rule in unsure.values() if rule.confidence == "high"] == []
