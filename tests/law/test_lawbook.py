"""Topics, standards, searching, what changed, and the sheet for a lawyer."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.decide.lawbook import entry
from biopact.decide.sheet import sheet, written
from biopact.errors import InputError, InputErrors
from biopact.law import FOLDER, differing, requirements, searching, standards, the_law, topics
from biopact.rules.language.model import Status
from biopact.rules.loading.documents import load

HANGUL = re.compile("[가-힣]")
RULES = the_law()
TOPICS = topics.read(RULES)
STANDARDS = standards.read(RULES)
ROWS = requirements.read()


def test_of_what_may_not_be_law_nobody_says_that_it_is_in_force() -> None:
    day = datetime.date(2026, 11, 24)
    told = {rule.id: entry(RULES, rule.id, [], day)["periods"] for it in RULES.instruments for rule in it.rules}
    uncertain = [period for periods in told.values() for period in periods if period["status"] == "uncertain"]
    assert uncertain
    assert {period["period"] for period in uncertain} <= {"uncertain", "pending", "past"}
    assert told["kr/small-cells/practice"][0]["period"] == "uncertain"
    assert told["us/cms/cell-size"][0]["period"] == "in-force"


def test_a_topic_puts_u_s_rules_beside_korean_ones() -> None:
    for topic in TOPICS:
        assert all(rule.startswith("us/") for rule in topic.us), topic.id
        assert all(rule.startswith("kr/") for rule in topic.kr), topic.id
        assert all(rule.startswith("int/") for rule in topic.both), topic.id


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_a_topic_says_the_difference_and_the_lever_in_both_languages(topic: topics.Topic) -> None:
    for texts in (topic.title, topic.difference, topic.lever, topic.effect.why):
        if texts is not None:
            assert HANGUL.search(texts["ko"])
            assert not HANGUL.search(texts["en"])
    assert (topic.effect.low is None) == (topic.effect.basis == "none")


def test_every_country_has_its_own_duties_compared() -> None:
    told = topics.compared(TOPICS, ROWS, RULES)
    assert sum(told["counts"]["topics"].values()) == len(TOPICS)
    assert sum(told["counts"]["requirements"].values()) == len(ROWS) == 97


def test_one_topic_one_area_and_one_stage_can_be_asked_for() -> None:
    assert [it["id"] for it in topics.compared(TOPICS, ROWS, RULES, "transfer-grounds")["topics"]] == [
        "transfer-grounds"
    ]
    assert {it["area"] for it in topics.compared(TOPICS, ROWS, RULES, "specimens")["topics"]} == {"specimens"}
    assert {it["stage"] for it in topics.compared(TOPICS, ROWS, RULES, "gmp")["requirements"]} == {"gmp"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("us: [us/hipaa/164.599]", "no-such"),
        ("relation: kr-only", "relation-sides"),
        ("relation: alike", "not-one-of"),
        ("effect_days: {low: 3, high: -3, basis: estimate, why: {en: a, ko: 가}}", "effect-days"),
    ],
)
def test_a_topic_that_does_not_hold_is_refused(tmp_path: Path, change: str, code: str) -> None:
    parts = {
        "us": "us: [us/hipaa/164.502]",
        "kr": "kr: [kr/pipa/28-8]",
        "relation": "relation: conflicting",
        "effect_days": "effect_days: {low: null, high: null, basis: none, why: {en: a, ko: 가}}",
    }
    parts[change.split(":")[0]] = change
    head = "topics:\n- id: x\n  area: data\n  title: {en: a, ko: 가}\n  difference: {en: a, ko: 가}\n  lever: null\n"
    path = tmp_path / "topics.yaml"
    path.write_text(head + "".join(f"  {part}\n" for part in parts.values()), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        topics.read(RULES, path)
    fault = caught.value.faults[0] if isinstance(caught.value, InputErrors) else caught.value
    assert code in fault.code
    assert fault.place is not None
    assert fault.place.line


def test_a_standard_counts_for_the_countries_that_took_it_up() -> None:
    by = {standard.id: standard.by for standard in STANDARDS}
    assert by["nagoya"] == "kr"
    assert by["cdisc"] == "us"
    assert by["australia-group"] == "both"
    assert by["taipei"] == "neither"
    told = standards.norms(STANDARDS)
    assert sum(told["counts"].values()) == len(STANDARDS) > 40


def test_a_standard_names_its_source_on_both_sides() -> None:
    assert [it.id for it in STANDARDS if not (it.us.cite and it.kr.cite)] == []


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["심의면제"], "kr/bioethics-act/15-2"),
        (["가명정보", "결합"], "kr/pipa/28-3"),
        (["biobank", "permit"], "kr/bioethics-act/41"),
        (["28 CFR 202.303"], "us/doj-data-security/202.303"),
        (["국외반출", "승인"], "kr/life-research-resources/9-3"),
    ],
)
def test_words_of_either_language_find_the_rule(words: list[str], first: str) -> None:
    hits = searching.search(words, RULES, ROWS, TOPICS, STANDARDS)
    assert first in [hit.id for hit in hits[:5]]


def test_nothing_is_found_for_words_that_no_law_holds() -> None:
    assert searching.search(["zzyzx"], RULES, ROWS, TOPICS, STANDARDS) == []


@given(st.lists(st.sampled_from(["export", "동의", "review", "biospecimen", "FDA", "국외"]), min_size=1, max_size=4))
def test_a_further_word_never_finds_more(words: list[str]) -> None:
    fewer = {(hit.kind, hit.id) for hit in searching.search(words, RULES, ROWS, TOPICS, STANDARDS)}
    more = {(hit.kind, hit.id) for hit in searching.search(words[:-1] or words, RULES, ROWS, TOPICS, STANDARDS)}
    assert fewer <= more


def test_between_two_days_the_nih_notice_on_specimens_began() -> None:
    told = differing.changes(RULES, datetime.date(2025, 10, 23), datetime.date(2025, 10, 24), ROWS)
    assert {it["id"] for it in told["began"]} == {"us/nih/25-160", "us/nih/25-160-exceptions"}
    assert told["ended"] == []


def test_a_provision_whose_next_period_begins_is_changed() -> None:
    told = differing.changes(RULES, datetime.date(2026, 9, 10), datetime.date(2026, 9, 11))
    assert {"kr/pipa/34", "kr/pipa/64-2"} <= {it["id"] for it in told["changed"]}


@given(st.dates(datetime.date(2020, 1, 1), datetime.date(2028, 1, 1)))
def test_a_day_does_not_differ_from_itself(day: datetime.date) -> None:
    told = differing.changes(RULES, day, day, ROWS)
    assert [told[key] for key in ("began", "ended", "changed", "tables", "requirements")] == [[], [], [], [], []]


@given(
    st.dates(datetime.date(2010, 1, 1), datetime.date(2028, 1, 1)),
    st.dates(datetime.date(2010, 1, 1), datetime.date(2028, 1, 1)),
)
def test_looked_at_backwards_what_began_has_ended(first: datetime.date, second: datetime.date) -> None:
    there, back = differing.changes(RULES, first, second), differing.changes(RULES, second, first)
    assert {it["id"] for it in there["began"]} == {it["id"] for it in back["ended"]}


def test_what_may_not_be_law_neither_begins_nor_ends() -> None:
    told = differing.changes(RULES, datetime.date(1990, 1, 1), datetime.date(2030, 1, 1))
    unsure = {rule.id for periods in RULES.rules.values() for rule in periods if rule.status is Status.UNCERTAIN}
    assert not unsure & {it["id"] for it in told["began"]}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("form", [".md", ".html"])
@pytest.mark.parametrize("instrument", ["us/gina", "kr/bioethics-act"])
def test_the_sheet_shows_every_provision_in_both_languages_with_room_to_sign(instrument: str, form: str) -> None:
    it = RULES.by_id[instrument]
    text = written(sheet(RULES, it, [FOLDER]), form)
    for rule in it.rules:
        assert rule.id in text
        assert rule.title["ko"] in text.replace("&#x27;", "'")
    assert "signed" in text
    assert "서명란" in text
    assert RULES.digest in text
    if form == ".html":
        tags = _Tags()
        tags.feed(text)
        assert tags.open == []


def test_a_signed_rule_names_its_signer(tmp_path: Path) -> None:
    folder = tmp_path / "law"
    (folder / "us").mkdir(parents=True)
    (folder / "facts.yaml").write_text((FOLDER / "facts.yaml").read_text("utf-8"), encoding="utf-8")
    rule = (
        "instrument: {id: us/x, title: {en: X, ko: 법}, read_on: 2026-01-01}\n"
        "rules:\n- {id: us/x/1, title: {en: One, ko: 하나}, cite: X 1, from: 2020-01-01, effect: note,"
        " when: \"item.kind == 'data'\", checked: statute-read, confidence: high, signed: SIGNED}\n"
    )
    path = folder / "us" / "x.yaml"
    path.write_text(rule.replace("SIGNED", "{by: A. Lawyer, on: 2027-01-31}"), encoding="utf-8")
    law = load([folder])
    told = entry(law, "us/x/1", [folder], datetime.date(2027, 2, 1))
    assert told["periods"][0]["signed"] == {"by": "A. Lawyer", "on": "2027-01-31"}
    assert "A. Lawyer, 2027-01-31" in written(sheet(law, law.by_id["us/x"], [folder]), ".md")
    for bad in ("yes", "{by: A. Lawyer}", "{by: '', on: 2027-01-31}", "{by: A, on: soon}"):
        path.write_text(rule.replace("SIGNED", bad), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load([folder])
        assert "signed-form" in str(getattr(caught.value, "code", "")) or "signed" in str(caught.value)


def test_a_rule_is_shown_with_its_topic_and_when_it_was_read() -> None:
    told = entry(RULES, "kr/pipa/28-8", [FOLDER], datetime.date(2026, 11, 24), "ko", TOPICS)
    assert told["topics"][0]["id"] == "transfer-grounds"
    assert told["instrument"]["read_on"] == "2026-11-24"
    assert "us/hipaa/164.502" in told["topics"][0]["beside"]


def test_every_rule_says_by_when_it_is_to_be_read_again() -> None:
    late = datetime.date(2027, 11, 24)
    for periods in RULES.rules.values():
        for rule in periods:
            by = datetime.date.fromisoformat(rule.more["recheck_by"])
            assert datetime.date(2026, 11, 24) < by <= late
            if rule.checked in ("secondary", "recalled"):
                assert by < late, rule.id


def test_every_duty_ban_and_charge_stands_under_a_topic() -> None:
    told = {rule for topic in TOPICS for rule in (*topic.us, *topic.kr, *topic.both)}
    binding = ("prohibit", "authorise", "oblige", "charge")
    left = [id_ for id_, periods in RULES.rules.items() if periods[-1].effect.value in binding and id_ not in told]
    assert left == []
