"""Whatever does not hold together is refused at load, with file and line."""

from __future__ import annotations

import copy
import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact import marked as yaml
from biopact.errors import InputError, InputErrors, RuleError
from biopact.rules.language.facts import Vocabulary
from biopact.rules.language.syntax import ConditionFault, parse
from biopact.rules.loading.documents import load, load_documents
from biopact.rules.traced.evaluate import judge

from .conftest import FACTS, LAW, ruleset


def refusal(law: str) -> RuleError:
    with pytest.raises((RuleError, InputErrors)) as caught:
        ruleset(law)
    fault = caught.value.faults[0] if isinstance(caught.value, InputErrors) else caught.value
    assert fault.worded("en")
    assert fault.worded("ko")
    assert isinstance(fault, RuleError)
    return fault


def line_of(law: str, part: str) -> int:
    return next(number for number, line in enumerate(law.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        ("recipient.covered\"", "recipient.coverd\"", "rules.unknown-fact", "recipient.coverd"),
        ("\"flow.paid\"", "\"paid\"", "rules.unknown-define", '"paid"'),
        ("'care'", "'caring'", "rules.outside-domain", "'caring'"),
        ("when: \"flow.paid\"", "when: \"flow.purpose\"", "rules.not-boolean", 'when: "flow.purpose"'),
        ("flow.purpose == 'care'", "flow.purpose == 3", "rules.types-differ", "flow.purpose == 3"),
        ("flow.purpose == 'care'", "flow.purpose < 'care'", "rules.no-order", "flow.purpose < 'care'"),
        ("flow.purpose == 'care'", "item.contains == 'genome'", "rules.set-compared", "item.contains =="),
        ("flow.purpose == 'care'", "'gen' in item.contains", "rules.outside-domain", "'gen' in"),
        ("flow.purpose == 'care'", "item.deidentified == 'coded'", "rules.key-missing", "item.deidentified =="),
        ("flow.purpose == 'care'", "item.deidentified['c'] == 'coded'", "rules.unknown-table-key", "['c']"),
        ("flow.purpose == 'care'", "flow.us_persons_12m[item.contains] > 3", "rules.set-key-outside-define", "> 3"),
        ("flow.purpose == 'care'", "flow.purpose == 'care' &&", "rules.condition-broken", "'care' &&"),
        ("flow.purpose == 'care'", "flow.purpose in purposes", "rules.unknown-table", "in purposes"),
        ("flow.purpose == 'care'", "item.stake > 0.5", "rules.kind-open", None),
        ("defeats: [us/act/1]", "defeats: [us/act/9]", "rules.unknown-id", None),
        ("defeats: [us/act/2]", "defeats: [us/act/2, us/act/3]", "rules.circle", None),
        ("from: 2025-04-08\n    when", "from: 2025-02-30\n    when", "rules.no-date", "2025-02-30"),
        ("effect: prohibit", "effect: forbid", "rules.not-one-of", "forbid"),
        ("    due: before\n", "", "rules.needs", None),
        ("    cite: Act s. 3\n", "", "rules.no-citation", None),
        ("checked: secondary", "checkd: secondary", "rules.unknown-key", "checkd"),
        ("title: {en: But not when paid, ko: 유상이면 예외 없음}", "title: But not", "rules.both-languages", "title: But not"),
        ("id: us/act/4", "id: us/act/1", "rules.periods-overlap", None),
        ("id: us/act/4", "id: kr/act/4", "rules.id-prefix", "kr/act/4"),
        ("leaves: \"", "leaves: \"leaves && ", "rules.define-circle", "leaves: "),
        ("2027-01-01: 50", "2020-01-01: 50", "rules.table-order", "threshold"),
        ("method: cascade", "method: waterfall", "rules.ownership-form", "covered:"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(old: str, new: str, code: str, at: str | None) -> None:
    assert old in LAW
    law = LAW.replace(old, new, 1)
    fault = refusal(law)
    assert fault.code == code, fault.worded("en")
    assert fault.place is not None
    assert str(fault.place.file) == "law0.yaml"
    if at is not None:
        assert fault.place.line == line_of(law, at)


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        # a place of its own for what stands in a table
        ("health: {2025", "healt: {2025", "rules.table-key-outside", "threshold:"),
        ("concern: [CN, RU]", "concern: 5", "rules.table-form", "concern:"),
        ("concern: [CN, RU]", "concern: [[CN]]", "rules.table-form", "concern:"),
        ("genome: {2025-04-08: 100", "genome: {2025-02-30: 100", "rules.table-date", "threshold:"),
        ("genome: {2025-04-08: 100", "genome: {20250408: 100", "rules.table-date", "threshold:"),
        ("genome: {2025-04-08: 100", "genome: {2025-04-08: [100]", "rules.table-form", "threshold:"),
        ("define:\n", "define: 5\nx:\n", "rules.expected-mapping", "define: 5"),
        ("tables:\n", "tables: [a]\nx:\n", "rules.expected-mapping", "tables: [a]"),
        ("ownership:\n", "ownership: x\nx:\n", "rules.expected-mapping", "ownership: x"),
        ("rules:\n", "rules: {}\nx:\n", "rules.expected-list", "rules: {}"),
        ("share: {at_least: 0.5}", "share: 0.5", "rules.ownership-form", "covered:"),
        ("share: {at_least: 0.5}", "share: {at_least: 1.5}", "rules.ownership-form", "covered:"),
        ("share: {at_least: 0.5}", "share: {at_least: 0.5, more_than: 0.2}", "rules.ownership-form", "covered:"),
        ("seed: ", "sed: ", "rules.ownership-form", "covered:"),
        ("defeats: [us/act/1]", "defeats: us/act/1", "rules.expected-names", "defeats: us/act/1"),
        ("defeats: [us/act/1]", "defeats: [5]", "rules.expected-names", "defeats: [5]"),
        ("due: before", "due: before\n    discharges: {a: b}", "rules.expected-names", "discharges:"),
        ("due: before", "due: before\n    lead_time: 30", "rules.expected-time", "lead_time:"),
        ("due: before", "due: before\n    lead_time: {days: -3}", "rules.expected-time", "lead_time:"),
        ("due: before", "due: before\n    limit: {min_cell: ten}", "rules.expected-limit", "limit:"),
        ("due: before", "due: before\n    authority: IRB", "rules.both-languages-here", "authority:"),
        ("due: before", "due: before\n    rate: -0.1", "rules.expected-rate", "rate:"),
        ("due: before", 'due: before\n    rate: "duty[KR]"', "rules.unknown-table", "rate:"),
        ("due: before", 'due: before\n    rate: "concern[KR]"', "rules.unknown-table-key", "rate:"),
        ("title: {en: An act, ko: 어떤 법}", "title: An act", "rules.both-languages", "instrument:"),
        ("citation: Act,", "citation: [Act],", "rules.expected-text", "instrument:"),
        ("from: 2025-04-08\n    when", "from: 20250408\n    when", "rules.no-date", "from: 20250408"),
        ('"flow.paid"', "\"flow.starts_on < '2025-02-30'\"", "rules.no-date", "2025-02-30"),
        ('"flow.paid"', "\"flow.starts_on < 'soon'\"", "rules.no-date", "'soon'"),
    ],
)
def test_a_part_of_another_shape_is_told_with_its_line(old: str, new: str, code: str, at: str) -> None:
    assert old in LAW
    law = LAW.replace(old, new, 1)
    with pytest.raises((RuleError, InputErrors)) as caught:
        ruleset(law)
    faults = caught.value.faults if isinstance(caught.value, InputErrors) else [caught.value]
    fault = next(fault for fault in faults if fault.code == code)
    assert fault.place is not None
    assert (str(fault.place.file), fault.place.line) == ("law0.yaml", line_of(law, at))
    assert caught.value.worded("en")
    assert caught.value.worded("ko")


def test_periods_that_overlap_are_told_at_the_second() -> None:
    law = LAW.replace("id: us/act/4", "id: us/act/1")
    place = refusal(law).place
    assert place is not None
    assert place.line == line_of(law, "title: {en: Bulk anywhere") - 1


def test_a_value_outside_the_domain_is_told_of_the_fact_it_is_compared_with() -> None:
    told = refusal(LAW.replace("'care'", "'caring'")).worded("en")
    assert "caring is no value of flow.purpose; the nearest is care" in told


def test_the_last_day_there_is_may_end_a_rule() -> None:
    law = LAW.replace("    from: 2025-04-08\n", "    from: 2025-04-08\n    to: 9999-12-31\n", 1)
    assert ruleset(law).on(datetime.date(9999, 12, 31)).rules


def test_shared_words_in_a_circle_are_refused_where_they_stand() -> None:
    shared = 'define:\n  one: "flow.paid || two"\n  two: "one"\n'
    for laws in ((shared,), (LAW, shared)):
        with pytest.raises(RuleError) as caught:
            ruleset(*laws)
        assert caught.value.code == "rules.define-circle"
        assert str(caught.value.place) == f"law{len(laws) - 1}.yaml:2: define.one"


def test_an_ownership_test_of_several_instruments_may_stand_in_a_shared_file() -> None:
    start, end = LAW.index("ownership:"), LAW.index("rules:")
    shared = LAW[start:end] + "tables:\n  concern: [CN, RU]\n"
    law = LAW[:start].replace("  concern: [CN, RU]\n", "") + LAW[end:]
    day = datetime.date(2026, 11, 24)
    both = ruleset(law, shared)
    assert set(both.ownership) == {"covered"}
    for facts in ({"party.country": "CN"}, {"party.country": "KR", "party.listed": True}, {"party.country": "KR"}):
        test = both.ownership["covered"]
        assert both.on(day).owned(test, facts) == ruleset(LAW).on(day).owned(ruleset(LAW).ownership["covered"], facts)
    with pytest.raises(RuleError) as caught:
        ruleset(law, shared.replace("party.listed", "party.listd"))
    assert caught.value.code == "rules.unknown-fact"
    assert str(caught.value.place) == "law1.yaml:2: ownership.covered.seed"


# --- whatever is written ------------------------------------------------------------------------------------------------

PARTS = [
    None, True, False, 0, -1, 1.5, float("inf"), "", "x", "us/act/1", "us/act", "true", "flow.paid", "item.contains", [], ["x"],
    [[]], [None], [{}], {}, {"a": None}, {"en": "a", "ko": "b"}, {"at_least": 0.5}, "2025-02-30", "9999-12-31",
    {"2025-01-01": 3}, "before", "except", "bulk", "threshold[item.form] > 3", "recipient.covered", ["us/act/1", 5],
    "item.contains in threshold", "concern['CN'] > 3", "threshold['genome'] == 'x'", {"set": {}}, {"days": "x"},
]  # fmt: skip
KEYS = [
    "id", "when", "effect", "defeats", "from", "to", "title", "cite", "due", "rate", "base", "limit", "discharges", "scope",
    "adopted_by", "status", "lead_time", "deadline", "jurisdiction", "tables", "define", "ownership", "rules", "instrument",
    "type", "domain", "keyed_by", "kinds", "question", "x",
]  # fmt: skip


def changed(data: st.DataObject, value: Any) -> Any:
    """A copy with a few parts replaced, renamed or taken out, wherever they stand."""
    value = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 2))):
        where = value
        while isinstance(where, dict | list) and where:
            key = data.draw(st.sampled_from(list(where) if isinstance(where, dict) else list(range(len(where)))))
            if isinstance(where[key], dict | list) and where[key] and data.draw(st.integers(0, 3)):
                where = where[key]
                continue
            how = data.draw(st.sampled_from(["replace", "replace", "rename", "remove"]))
            if how == "replace" or isinstance(where, list):
                where[key] = copy.deepcopy(data.draw(st.sampled_from(PARTS)))
            elif how == "rename":
                where[data.draw(st.sampled_from(KEYS))] = where.pop(key)
            else:
                del where[key]
            break
    return value


@given(data=st.data(), which=st.sampled_from(["law", "law", "law", "facts"]))
@settings(max_examples=400)
def test_a_law_with_any_part_replaced_is_a_law_or_a_told_fault(data: st.DataObject, which: str) -> None:
    law, facts = yaml.parse(LAW, "law.yaml", RuleError), yaml.parse(FACTS, "facts.yaml", RuleError)
    if which == "law":
        law = replace(law, value=changed(data, law.value))
    else:
        facts = replace(facts, value=changed(data, facts.value))
    try:
        loaded = load_documents([law], Vocabulary.read(facts))
        assert judge(loaded.on(datetime.date(2026, 11, 24)), {}, "US").low
    except InputError as error:
        faults = error.faults if isinstance(error, InputErrors) else [error]
        assert all(fault.place is not None and fault.place.line for fault in faults)
        assert error.worded("en") + error.worded("ko")


def test_every_fault_is_told_at_once() -> None:
    law = LAW.replace("'care'", "'caring'").replace("effect: prohibit", "effect: forbid")
    with pytest.raises(InputErrors) as caught:
        ruleset(law)
    assert {fault.code for fault in caught.value.faults} == {"rules.outside-domain", "rules.not-one-of"}


def test_a_fact_of_some_kinds_may_be_read_where_the_kind_is_confined() -> None:
    law = LAW.replace("flow.purpose == 'care'", "item.kind == 'investment' && item.stake > 0.5")
    assert ruleset(law.replace("scope: \"item.kind in ['data', 'material']\"", "note: x")).rules


def test_the_digest_names_the_content_not_the_spelling() -> None:
    assert ruleset(LAW).digest == ruleset(LAW.replace("rules:", "# a comment\nrules:")).digest
    assert ruleset(LAW).digest != ruleset(LAW.replace("genome: {2025-04-08: 100", "genome: {2025-04-08: 101")).digest


@given(st.text(alphabet="abc.[]()'\"!&|=<> in1_0~\\\n", max_size=60))
def test_any_text_is_a_condition_or_a_told_fault(text: str) -> None:
    told: object
    try:
        told = parse(text)
    except ConditionFault as fault:
        told = fault.code
    assert told


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "true" + ")" * 500,
        "!" * 5000 + "true",
        "true" + " && true" * 2000,
        "size(a.b) > 1",
        "a.b + 1 > 2",
        "a.b.exists(x, x > 1)",
        "__import__('os').system('x')",
        "a.b == 'it\\'s'",
        "a.b == null",
        "a.b < 1 < 2",
    ],
)
def test_what_is_not_the_language_is_refused(text: str) -> None:
    with pytest.raises(ConditionFault):
        parse(text)


def test_facts_and_shared_words_may_stand_in_several_files(tmp_path: Path) -> None:
    asked = "question: {en: x, ko: 값}"
    (tmp_path / "facts.yaml").write_text(f"party.country: {{type: country, domain: [US, KR], {asked}}}\n", "utf-8")
    later = f"item.origin: {{type: country, domain: party.country, {asked}}}\n"
    (tmp_path / "facts-trade.yaml").write_text(later, "utf-8")
    (tmp_path / "shared.yaml").write_text("define: {here: \"item.origin == 'KR'\"}\n", "utf-8")
    (tmp_path / "shared-trade.yaml").write_text('define: {there: "!here"}\n', "utf-8")
    loaded = load([tmp_path])
    assert set(loaded.vocabulary.facts) == {"party.country", "item.origin"}
    assert loaded.vocabulary.facts["item.origin"].domain == ("US", "KR")
    assert set(loaded.defines) == {"here", "there"}


def test_other_files_at_the_top_are_no_law(tmp_path: Path) -> None:
    (tmp_path / "requirements.yaml").write_text("rows: []\n", "utf-8")
    (tmp_path / "factsheet.yaml").write_text("anything\n", "utf-8")
    assert load([tmp_path]).instruments == ()
