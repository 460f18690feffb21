"""Whatever does not hold together is refused at load, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import InputErrors, RuleError
from biopact.rules.loading import load
from biopact.rules.syntax import ConditionFault, parse

from .conftest import LAW, ruleset


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
        ("health: {2025", "healt: {2025", "rules.table-key-outside", "leaves"),
        ("from: 2025-04-08\n    when", "from: 2025-02-30\n    when", "rules.no-date", "2025-02-30"),
        ("effect: prohibit", "effect: forbid", "rules.not-one-of", "forbid"),
        ("    due: before\n", "", "rules.needs", None),
        ("    cite: Act s. 3\n", "", "rules.no-citation", None),
        ("checked: secondary", "checkd: secondary", "rules.unknown-key", "checkd"),
        ("title: {en: But not when paid, ko: 유상이면 예외 없음}", "title: But not", "rules.both-languages", "title: But not"),
        ("id: us/act/4", "id: us/act/3", "rules.periods-overlap", None),
        ("id: us/act/4", "id: kr/act/4", "rules.id-prefix", "kr/act/4"),
        ("leaves: \"", "leaves: \"leaves && ", "rules.define-circle", None),
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
        assert fault.place.line == line_of(law, at) or code == "rules.table-key-outside"


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
