"""A study file is read with every fault at once, each with its line and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.errors import InputError, InputErrors
from biopact.study import Study, read_study

Read = Callable[[str], Study]
GOOD = """study: s
title: {en: A study, ko: 연구}
release: [a-sums, b-sums]
population: {table: patients, where: "age >= 18"}
until: 1825
columns:
  age: {type: number, unit: year, bounds: [0, 120]}
  chol: {type: number, missing: [0]}
  sex: {levels: [female, male]}
  days: {type: number, bounds: [0, 20000]}
  dead: {levels: [false, true]}
  old: {derive: "age > 65"}
limits: {min_cell: 11}
on_refusal: leave-out
analyses:
  - {name: t, kind: describe, of: [age, chol]}
  - {name: c, kind: cox, time: days, event: dead, formula: "age + sex"}
  - {name: g, kind: glm, family: binomial, formula: "dead ~ old + C(site)"}
"""


def faults(read_text: Read, text: str) -> list[tuple[str, int | None]]:
    with pytest.raises(InputErrors) as caught:
        read_text(text)
    assert str(caught.value)
    assert caught.value.worded("ko")
    return [
        (fault.code.removeprefix("study."), fault.place.line if fault.place else None) for fault in caught.value.faults
    ]


def test_a_study_reads_as_written(read_text: Read) -> None:
    study = read_text(GOOD)
    assert (study.id, study.release, study.min_cell, study.on_refusal) == ("s", ("a-sums", "b-sums"), 11, "leave-out")
    assert study.complete == ("days", "dead", "age", "sex", "old"), "Table 1 does not narrow the analysis set"
    assert study.columns["dead"].kind == study.columns["old"].kind == "boolean"
    assert study.until is not None
    assert (study.until.time, study.until.events) == ("days", ("dead",))


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("until: 1825", "untill: 1825", "unknown-key-near", 5),
        ("until: 1825", "until: soon", "wrong-type.number", 5),
        ("study: s", "study: ../s", "odd-label", 1),
        ("study: s", "other: s", "unknown-key", 1),
        ('where: "age >= 18"', 'where: "age >> 18"', "filter-broken", 4),
        ('where: "age >= 18"', 'where: "height > 1"', "filter-undeclared", 4),
        ("table: patients", "tabel: patients", "unknown-key-near", 4),
        ("bounds: [0, 120]", "bounds: [120, 0]", "odd-bounds", 7),
        ("bounds: [0, 120]", "bounds: [0, .inf]", "odd-bounds", 7),
        ("levels: [female, male]", "levels: [female]", "levels-needed", 9),
        ("levels: [female, male]", "levels: [female, 1]", "mixed-levels", 9),
        ("levels: [female, male]", "levels: [female, female, male]", "twice-in-list", 9),
        ("  chol:", "  site:", "reserved-name", 8),
        ("  chol:", '  "chol)":', "odd-name", 8),
        ('derive: "age > 65"', 'derive: "age > old"', "filter-undeclared", 12),
        ('derive: "age > 65"', 'derive: "age"', "filter-not-boolean", 12),
        ("min_cell: 11", "min_cell: 0", "odd-minimum", 13),
        ("leave-out", "ignore", "not-one-of", 14),
        ("kind: describe", "kind: table", "not-one-of", 16),
        ("of: [age, chol]", "of: [age, weight]", "undeclared", 16),
        ("time: days", "time: dead", "time-kind", 17),
        ("event: dead", "event: days", "event-kind", 17),
        ('formula: "age + sex"', 'formula: "age + height"', "undeclared", 17),
        ('formula: "age + sex"', 'formula: "age + chol"', "bounds-needed", 17),
        ('formula: "age + sex"', 'formula: "age +"', "formula-broken", 17),
        ('formula: "age + sex"', 'formula: "open(age)"', "formula-function", 17),
        ('formula: "age + sex"', 'formula: "log(age)"', "bounds-for-log", 17),
        ('formula: "age + sex"', 'formula: "exp(age)"', "bounds-for-exp", 17),
        ('formula: "age + sex"', 'formula: "C(age)"', "levels-needed-for-c", 17),
        ('formula: "age + sex"', 'formula: "age", strata: [sex]', "cox-strata", 17),
        ('formula: "age + sex"', 'formula: "dead ~ age"', "cox-formula", 17),
        ("family: binomial", "family: poisson", "outcome-kind", 18),
        ("name: g", "name: c", "name-twice", 18),
        ("dead ~ old + C(site)", "dead ~ old + dead", "formula-outcome-in-terms", 18),
    ],
)
def test_a_fault_is_said_with_its_line(read_text: Read, old: str, new: str, code: str, line: int) -> None:
    assert (code, line) in faults(read_text, GOOD.replace(old, new))


def test_all_faults_are_told_together(read_text: Read) -> None:
    text = GOOD.replace("until", "untill").replace("bounds: [0, 120]", "bounds: []").replace("kind: cox", "kind: kox")
    assert {"unknown-key-near", "odd-bounds", "not-one-of"} <= {code for code, _ in faults(read_text, text)}


def test_a_named_analysis_set_must_hold_what_the_models_use(read_text: Read) -> None:
    assert read_text(GOOD + "analysis_set: {complete: [age, sex, days, dead, old, chol]}\n").complete[-1] == "chol"
    assert ("outside-the-set", 19) in faults(read_text, GOOD + "analysis_set: {complete: [age, days, dead, old]}\n")


@pytest.mark.parametrize(
    "text", ["", "[]", "a", "1", "study: [", "study: s", "columns: 1", "analyses: {a: 1}", "analyses: [1]"]
)
def test_what_is_no_study_is_an_input_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(path)
    assert caught.value.exit_code == 3
    assert str(caught.value)


def fault_of(read_text: Read, text: str) -> InputError | None:
    """What is wrong with a study; any other exception is a fault of ours."""
    try:
        read_text(text)
    except InputError as error:
        return error
    return None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text("ab~+()[]\"'{}:", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "kind", "name", "levels"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    "study",
    "population",
    "until",
    "columns",
    "analyses",
    "limits",
    "release",
    "title",
    "analysis_set",
    "on_refusal",
]


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(KEYS), junk=JUNK)
def test_junk_in_any_place_is_an_input_error_or_a_study(read_text: Read, key: str, junk: object) -> None:
    held = yaml.safe_load(GOOD)
    held[key] = junk
    fault = fault_of(read_text, json.dumps(held))
    assert fault is None or str(fault)


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(0, 2),
    key=st.sampled_from(
        [
            "kind",
            "of",
            "time",
            "event",
            "formula",
            "strata",
            "grid",
            "by",
            "entry",
            "ties",
            "family",
            "weights",
            "rows",
            "columns",
        ]
    ),
    junk=JUNK,
)
def test_junk_in_an_analysis_is_an_input_error_or_a_study(read_text: Read, at: int, key: str, junk: object) -> None:
    held = yaml.safe_load(GOOD)
    held["analyses"][at][key] = junk
    fault = fault_of(read_text, json.dumps(held))
    assert fault is None or str(fault)
