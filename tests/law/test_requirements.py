"""The table of requirements holds every row that was gathered, in both languages, and refuses what it does not admit."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import InputError, Place, UsageError
from biopact.law import requirement_model as model
from biopact.law import requirements
from biopact.law.requirement_reading import rows_of
from biopact.law.requirements import FILE, Row, Side, clock, patched, read, select, written
from biopact.marked import parse
from biopact.text import LANGUAGES, say

ROWS = read()
BY_SOURCE = {row.source_row: row for row in ROWS}
MEDICINES = model.PRODUCTS[:5]

# in words: the products and stages of the gathered rows
PRODUCT = {"small_molecule": "small-molecule", "cgt": "cell-gene-therapy", "samd": "software"}
STAGE = {"pre_ind": "pre-ind", "nda_bla": "marketing", "post_approval": "post-approval"}
PAYING = {"CW-092": "reimbursement", "CW-094": "reimbursement", "CW-095": "reimbursement"}
PAYING |= {"CW-096": "procurement", "CW-097": "procurement"}
CHECKED = {"text": "statute-read", "text+news": "statute-read", "code": "secondary", "news": "secondary"}
CHECKED |= {"memory": "recalled"}
# rows whose own second check contradicted the relation first written
RELATION = {"CW-034": "us-only", "CW-079": "equivalent"}


@pytest.fixture(scope="module")
def gathered(shared: Path) -> dict[str, dict[str, Any]]:
    text = (shared / "dossier" / "crosswalk.yaml").read_text(encoding="utf-8")
    return {row["id"]: row for row in yaml.safe_load(text)["rows"]}


def sides(row: Row) -> list[tuple[str, Side]]:
    return [(country, side) for country in ("us", "kr") if (side := row.side(country)) is not None]


def test_every_gathered_row_is_there_once_and_no_other(gathered: dict[str, Any]) -> None:
    assert [row.source_row for row in ROWS] == list(gathered)
    assert len(ROWS) == 97


def test_product_stage_relation_and_days_are_those_gathered(gathered: dict[str, Any]) -> None:
    for source, was in gathered.items():
        row = BY_SOURCE[source]
        assert set(row.products) == {PRODUCT.get(name, name) for name in was["product_types"]}, source
        assert row.stage == PAYING.get(source, STAGE.get(was["stage"], was["stage"])), source
        assert row.relation == RELATION.get(source, was["relation"]), source
        assert (row.effect_days.low, row.effect_days.high) == (was["effect_days"]["low"], was["effect_days"]["high"])
        assert row.confidence == was["confidence"]
        assert row.topic["en"] == was["topic"]


def test_how_a_text_was_read_is_said_as_gathered_and_an_unread_side_is_null(gathered: dict[str, Any]) -> None:
    for source, was in gathered.items():
        for country in ("us", "kr"):
            side, said = BY_SOURCE[source].side(country), was[country]["checked"]
            if said == "none":
                assert side is None, source
            else:
                assert side is not None
                assert side.checked == CHECKED[said], source
                assert side.second_check == was[country].get("verification", {}).get("result"), source


def test_a_relation_that_was_changed_says_why() -> None:
    assert {row.source_row for row in ROWS if row.note} == set(RELATION)


def test_counts_by_stage_and_product() -> None:
    assert Counter(row.stage for row in ROWS) == {
        **{"pre-ind": 4, "ind": 15, "marketing": 48, "gmp": 7, "post-approval": 14, "pharmacovigilance": 4},
        **{"reimbursement": 3, "procurement": 2},
    }
    assert Counter(product for row in ROWS for product in row.products) == {
        **{"small-molecule": 83, "biologic": 82, "biosimilar": 74, "cell-gene-therapy": 77, "vaccine": 78},
        **{"device": 4, "software": 5},
    }


def test_every_text_is_in_both_languages_and_the_korean_is_korean() -> None:
    texts = []
    for row in ROWS:
        texts += [row.topic, *(text for text in (row.lever, row.note) if text)]
        for _, side in sides(row):
            texts += [side.requirement, *(it.title for it in (*side.clocks, *side.documents, *side.fees))]
    assert len(texts) > 500
    for text in texts:
        assert set(text) == {"en", "ko"}
        assert re.search("[가-힣]", text["ko"]), text
        assert not re.search("[가-힣]", text["en"]), text


def test_korean_sides_that_ask_have_a_name_in_korean_or_an_english_acronym() -> None:
    for row in ROWS:
        if row.kr is not None and row.kr.asks:
            assert row.kr.name, row.id
            assert re.search("[가-힣]|CTD", row.kr.name), row.id


def test_every_reference_to_a_clock_resolves() -> None:
    found = [f"{row.id}/{country}/{it.id}" for row in ROWS for country, side in sides(row) for it in side.clocks]
    assert len(found) == len(set(found)) > 90
    for reference in found:
        assert clock(reference).id == reference.rpartition("/")[2]


@pytest.mark.parametrize(
    ("reference", "amount", "unit", "by", "binding"),
    [
        ("clinical-trial-start/us/review", 30, "day", "authority", "law"),  # 21 CFR 312.40(b)
        ("clinical-trial-start/kr/review", 30, "working-day", "authority", "target"),
        ("standard-review/kr/review", 120, "working-day", "authority", "target"),
        ("supply-stop-notice/us/notice", 6, "month", "applicant", "law"),  # 21 USC 356c(b)
        ("supply-stop-notice/kr/notice", 180, "day", "applicant", "law"),  # 의약품 등의 안전에 관한 규칙 제49조
        ("moderate-change/us/wait", 30, "day", "authority", "law"),  # 21 CFR 314.70(c)(4)
        ("defect-and-recall/us/field-alert", 3, "working-day", "applicant", "law"),  # 21 CFR 314.81(b)(1)
        ("lot-release/kr/lot-release", None, "day", "authority", "target"),
    ],
)
def test_a_clock_says_how_long_who_is_bound_and_by_what(
    reference: str, amount: int | None, unit: str, by: str, binding: str
) -> None:
    found = clock(reference)
    assert (found.amount, found.unit, found.by, found.binding) == (amount, unit, by, binding)
    assert found.source


def test_a_clock_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="clinical-trial-start/kr/review"):
        clock("clinical-trial-start/kr/reviews")


def test_numbers_that_the_source_does_not_give_are_null() -> None:
    assert all(
        it.amount is None for it in [clock("major-change/us/supplement"), clock("major-change/kr/change-licence")]
    )
    fees = {it.id: it for it in BY_SOURCE["CW-070"].us.fees}  # type: ignore[union-attr]
    assert fees["new-application-2026"].amount == 4_682_003
    assert fees["new-application-2026"].end == datetime.date(2026, 9, 30)
    assert fees["new-application-2027"].amount is None


def test_a_heading_of_the_united_states_is_one_of_its_regional_dtd(shared: Path) -> None:
    dtd = (shared / "dossier" / "dtd" / "us-regional-v3-3.dtd").read_text(encoding="utf-8", errors="replace")
    known = {"-".join(re.findall("[0-9]+", name)) for name in re.findall(r"<!ELEMENT (m1(?:-[0-9]+)+)-", dtd)}
    for row in ROWS:
        for _, side in sides(row):
            for it in side.documents:
                if it.ctd == "m1" and it.us_heading:
                    assert "1-" + it.us_heading.partition(".")[2].replace(".", "-") in known, it


def test_only_two_korean_headings_are_known() -> None:
    found = {it.kr_heading for row in ROWS for _, side in sides(row) for it in side.documents}
    assert found == {None, "1.2", "1.10"}


def test_the_korean_module_1_of_the_law_is_all_there() -> None:
    marketing = {it.id for row in ROWS for it in (row.kr.documents if row.kr else ()) if "nda" in it.application_types}
    assert marketing >= {
        *("application-form", "use-abroad", "local-comparison", "specifications", "bioequivalence"),
        *("manufacturing-certificate", "sales-certificate", "gmp-file", "dmf-data", "ingredient-maker"),
        *("contract-manufacture", "patent-statement", "rmp", "pre-review-result", "draft-leaflet"),
    }


def test_select_narrows_to_product_and_route() -> None:
    biosimilar = {row.id: row for row in select(ROWS, "biosimilar", "marketing")}
    assert "biosimilar-review" in biosimilar
    assert "standard-review" not in biosimilar
    ctd = next(row for row in select(ROWS, "biologic", "marketing") if row.id == "ctd-structure")
    assert ctd.kr is not None
    assert "bioequivalence" not in {it.id for it in ctd.kr.documents}
    priority = {row.id for row in select(ROWS, "biologic", "marketing", "priority")}
    assert "priority-review" in priority
    assert not priority & {"standard-review", "emergency-use", "fast-track-programmes"}
    terms = next(row for row in select(ROWS, "small-molecule", "reimbursement") if row.id == "price-review")
    assert [it.amount for it in terms.us.clocks] == [7]  # type: ignore[union-attr]


@pytest.mark.parametrize("product", model.PRODUCTS)
def test_every_row_of_a_product_is_in_exactly_one_stage(product: str) -> None:
    chosen = [row.id for stage in model.STAGES for row in select(ROWS, product, stage)]
    assert sorted(chosen) == sorted(row.id for row in ROWS if product in row.products)


def test_an_unknown_product_stage_or_route_is_refused_with_the_nearest() -> None:
    for asked, near in [(("biologics", "ind"), "biologic"), (("biologic", "marketting"), "marketing")]:
        with pytest.raises(UsageError, match=near):
            select(ROWS, *asked)
    with pytest.raises(UsageError, match="priority"):
        select(ROWS, "biologic", "marketing", "prioriti")


# --- options ---


def test_a_patch_makes_new_rows_and_leaves_the_old_alone() -> None:
    before = [written(row) for row in ROWS]
    fresh = patched(ROWS, [{"requirement": "clinical-trial-start/kr/review", "set": {"amount": 15, "unit": "day"}}])
    assert clock("clinical-trial-start/kr/review", fresh).amount == 15
    assert clock("clinical-trial-start/kr/review").amount == 30
    assert [written(row) for row in ROWS] == before
    assert [row.id for row in fresh] == [row.id for row in ROWS]
    assert sum(old != new for old, new in zip(ROWS, fresh, strict=True)) == 1


def test_a_patch_may_remove_a_document_a_side_or_a_row_and_add_a_clock() -> None:
    short = {"id": "short-check", "title": {"en": "short check", "ko": "간이 확인"}, "starts": "receipt", "amount": 10}
    short |= {"unit": "day", "by": "authority", "binding": "target"}
    fresh = {
        row.id: row
        for row in patched(
            ROWS,
            [
                {"requirement": "local-comparison/kr/documents/local-comparison", "remove": True},
                {"requirement": "fees/kr/fees/biosimilar", "set": {"amount": 1}},
                {"requirement": "import-testing/kr", "remove": True},
                {"requirement": "node-extensions", "remove": True},
                {"requirement": "clinical-trial-start/kr", "add": {"clocks": [short]}},
                {"requirement": "reliance-route", "set": {"relation": "equivalent"}},
            ],
        )
    }
    assert fresh["local-comparison"].kr.documents == ()  # type: ignore[union-attr]
    assert fresh["import-testing"].kr is None
    assert "node-extensions" not in fresh
    assert clock("clinical-trial-start/kr/short-check", fresh.values()).amount == 10
    assert fresh["reliance-route"].relation == "equivalent"


@pytest.mark.parametrize(
    "step",
    [
        {"requirement": "clinical-trial-begin", "set": {"stage": "ind"}},
        {"requirement": "clinical-trial-start/jp", "set": {"cite": "x"}},
        {"requirement": "clinical-trial-start/kr/reviews", "set": {"amount": 3}},
        {"requirement": "clinical-trial-start/kr/papers/x", "remove": True},
        {"requirement": "change-protocol/kr/review", "set": {"amount": 3}},
        {"requirement": "clinical-trial-start/kr/review", "set": {"amount": -3}},
        {"requirement": "clinical-trial-start/kr/review", "set": {"amounts": 3}},
        {"requirement": "clinical-trial-start/kr/review", "set": 3},
        {"requirement": "clinical-trial-start", "set": {"id": "other"}},
        {"requirement": "clinical-trial-start", "set": {"topic": {"en": "only"}}},
        {"requirement": "clinical-trial-start", "sets": {"stage": "ind"}},
        {"requirement": "clinical-trial-start"},
        {"requirement": "clinical-trial-start/kr", "add": {"rule": "kr/x/1"}},
        {"set": {"stage": "ind"}},
    ],
    ids=str,
)
def test_a_patch_that_fits_nothing_is_refused_at_its_place(step: dict[str, Any]) -> None:
    with pytest.raises(InputError) as fault:
        patched(ROWS, [step], [Place("option.yaml", 7)])
    assert "option.yaml:7" in str(fault.value)


@given(st.sampled_from(ROWS))
def test_what_is_written_reads_back_as_the_same_row(row: Row) -> None:
    again = rows_of(parse(yaml.safe_dump({"rows": [written(row)]}, allow_unicode=True), "again.yaml"))
    assert again == (row,)


# --- the reader ---

GOOD = written(next(row for row in ROWS if row.id == "fees"))


def faults_of(value: Any) -> str:
    with pytest.raises(InputError) as fault:
        rows_of(parse(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), "table.yaml"))
    for lang in LANGUAGES:
        assert fault.value.worded(lang)
    return str(fault.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"stages": "ind"}, "stage"),
        ({"stage": "marketting"}, "marketing"),
        ({"topic": {"en": "x"}}, "both languages"),
        ({"lever": {"en": "x", "ko": " "}}, "both languages"),
        ({"products": []}, "list"),
        ({"products": ["biologics"]}, "biologic"),
        ({"relation": "similar"}, "relation"),
        ({"effect_days": {"low": 3, "high": 1, "basis": "none"}}, "above"),
        ({"effect_days": {"low": 1.5, "high": 2, "basis": "none"}}, "whole"),
        ({"id": "No Id"}, "id"),
        ({"us": "text"}, "mapping"),
        ({"kr": {**GOOD["kr"], "checked": "statute-red"}}, "statute-read"),
        ({"kr": {**GOOD["kr"], "rule": "34"}}, "us/fda-ind/312.40"),
        ({"kr": {**GOOD["kr"], "from": "2025-13-01"}}, "date"),
        ({"kr": {**GOOD["kr"], "asks": "no"}}, "true or false"),
        ({"kr": {**GOOD["kr"], "fees": [GOOD["kr"]["fees"][0]] * 2}}, "twice"),
        ({"kr": {**GOOD["kr"], "fees": [{**GOOD["kr"]["fees"][0], "amount": 0}]}}, "null"),
        ({"kr": {**GOOD["kr"], "fees": {}}}, "list"),
    ],
)
def test_a_table_that_is_not_well_written_is_refused_with_the_line(change: dict[str, Any], told: str) -> None:
    said = faults_of({"rows": [{**GOOD, **change}]})
    assert told in said
    assert re.search(r"table\.yaml:[0-9]+", said)


def test_a_missing_side_is_not_the_same_as_null() -> None:
    assert "null" in faults_of({"rows": [{key: value for key, value in GOOD.items() if key != "us"}]})
    assert rows_of(parse(yaml.safe_dump({"rows": [GOOD | {"us": None}]}, allow_unicode=True), "t.yaml"))[0].us is None


def test_all_faults_are_told_together_each_with_its_line() -> None:
    text = FILE.read_text(encoding="utf-8")
    text = text.replace("stage: pre-ind", "stage: preind", 1).replace("relation: same", "relation: alike", 1)
    with pytest.raises(InputError) as fault:
        rows_of(parse(text, "table.yaml"))
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "preind" in line or "alike" in line]
    assert [int(found) for found in re.findall(r"table\.yaml:([0-9]+)", str(fault.value))] == lines


def test_a_row_that_stands_twice_is_refused() -> None:
    assert "twice" in faults_of({"rows": [GOOD, GOOD]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6) | st.sampled_from(["ind", "us", "day"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, *GOOD["kr"]]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.data())
def test_whatever_stands_in_a_row_is_read_or_refused_as_input(data: st.DataObject) -> None:
    row: Any = yaml.safe_load(yaml.safe_dump(GOOD, allow_unicode=True))
    at: Any = row
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [key for key in (at if isinstance(at, dict) else range(len(at))) if isinstance(at[key], dict | list)]
        if not inner:
            break
        at = at[data.draw(st.sampled_from(inner))]
    if at:
        key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
        at[key] = data.draw(JSON)
    try:
        rows_of(parse(yaml.safe_dump({"rows": [row]}, allow_unicode=True), "fuzz.yaml"))
    except InputError as fault:
        assert fault.exit_code == 3
        assert fault.worded("ko")


# --- words, and cost ---


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_value_of_a_closed_list_has_its_word(lang: Any) -> None:
    words = {
        **{"product": model.PRODUCTS, "stage": model.STAGES, "route": model.ROUTES, "relation": model.RELATIONS},
        **{"checked": model.CHECKED, "second-check": model.SECOND_CHECKS, "unit": model.UNITS, "by": model.BOUND},
        **{"binding": model.BINDINGS, "action": model.ACTIONS, "basis": model.BASES, "starts": model.STARTS},
        "confidence": model.CONFIDENCES,
    }
    for kind, values in words.items():
        for value in values:
            assert say(f"requirements.{kind}.{value}", lang)


def test_every_start_of_a_clock_is_used() -> None:
    used = {it.starts for row in ROWS for _, side in sides(row) for it in side.clocks}
    assert used == set(model.STARTS)


def test_nobody_pays_for_the_table_who_does_not_ask_for_it() -> None:
    code = "import sys, biopact.law, biopact.law.requirements as r; print(r._ours.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "0\n"
    code = "import sys, biopact.law; biopact.law.the_law(); print('biopact.law.requirements' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    assert requirements.read() is requirements.read()
