"""Attacks by differences: each succeeds while the gate is off, and is then refused by the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Eyes = Callable[..., Any]
TEXT = """
study: {study}
population: {{table: patients{where}}}
columns:
  age: {{type: number, bounds: [0, 120]}}
  sex: {{levels: [female, male]}}
  ill: {{levels: [0, 1]}}
  pressure: {{type: number, bounds: [0, 400]}}
{more}analyses: [{analysis}]
"""
MEAN = "{name: a, kind: describe, of: [pressure]}"


def text(study: str, where: str = "", analysis: str = MEAN, more: str = "") -> str:
    return TEXT.format(study=study, where=f", where: {where!r}" if where else "", analysis=analysis, more=more)


def people(seed: int = 3, n: int = 120) -> list[dict[str, object]]:
    random = np.random.default_rng(seed)
    rows = [
        {
            "id": f"p{at}",
            "age": int(random.integers(20, 85)),
            "sex": ("female", "male")[at % 2],
            "ill": int(random.random() < 0.4),
            "pressure": round(float(random.uniform(90, 180)), 1),
        }
        for at in range(n)
    ]
    rows[7] |= {"age": 97, "sex": "male", "pressure": 231.7}  # whom the attacker is after
    return rows


def total(eye: Any) -> tuple[float, float]:
    """How many, and the sum of their pressures."""
    sums = eye.sums.pop(("a", "a", 1))
    return float(sums["n"]), float(sums["pressure.moments"][0]) + 200 * float(sums["n"])


def test_one_person_fewer(eyes: Eyes) -> None:
    off, on = eyes({"a": people()})
    asked = [text(study, where) for study, where in (("s", ""), ("t", "age < 97"))]
    sums = []
    for one in asked:
        off.ask(one)
        sums.append(total(off))
    assert sums[0][1] - sums[1][1] == pytest.approx(231.7, abs=1e-8)

    eye = on()
    for one in asked:
        eye.ask(one)
    assert eye.rules == ["nested-cohorts"]


@pytest.mark.parametrize("change", ["drop", "duplicate"])
def test_a_row_dropped_or_doubled_between_two_answers(eyes: Eyes, sites_of: Callable[..., Any], change: str) -> None:
    """DataSHIELD dsBase issue 251: the data are refreshed, the question stays the same."""
    rows = people()
    later = [row for row in rows if row["id"] != "p7"] if change == "drop" else [*rows, {**rows[7], "id": "new"}]
    off, on = eyes({"a": rows}, person="id")
    found = []
    for table in (rows, later):
        sites_of({"a": table})
        off.ask(text("s"))
        found.append(total(off)[1])
    assert abs(found[1] - found[0]) == pytest.approx(231.7, abs=1e-8)

    eye = on()
    for table in (rows, later):
        sites_of({"a": table})
        eye.ask(text("s"))
    assert eye.rules == ["nested-cohorts"]


A, B = 'sex == "male"', "age > 50"
ONE = "(age == 97)"
TRACKERS = {
    "(A, B, A and B, A or B and one more)": (
        [f'sex == "female" && {B}', 'sex == "female"', B, f'sex == "female" || {B} || {ONE}'],
        [1, -1, -1, 1],
    ),
    "(A, B, A and B, A or B but one)": ([f"{A} && {B}", A, B, f"({A} || {B}) && age != 97"], [1, -1, -1, 1]),
    "disjoint A and B, and both but one": (['sex == "female"', A, "age != 97"], [-1, -1, 1]),
    "disjoint A and B, and both and one more": (
        ["age < 40", "age >= 40 && age < 60", "age < 60 || age == 97"],
        [-1, -1, 1],
    ),
}


@pytest.mark.parametrize("name", list(TRACKERS))
def test_trackers(eyes: Eyes, name: str) -> None:
    """Denning 1979: what one may ask about, added and subtracted, leaves the one about whom one may not."""
    cohorts, signs = TRACKERS[name]
    rows = people()
    if "one more)" in name:  # the one more is outside A or B
        rows[7] |= {"age": 97, "sex": "male"}
        cohorts = [where.replace(B, "age > 50 && age < 90") for where in cohorts]
    off, on = eyes({"a": rows})
    sums = []
    for at, where in enumerate(cohorts):
        off.ask(text(f"s{at}", where))
        sums.append(total(off))
    left = np.array(signs) @ np.array(sums)
    assert abs(left[0]) == pytest.approx(1)
    assert abs(left[1]) == pytest.approx(231.7, abs=1e-7)

    eye = on()
    for at, where in enumerate(cohorts):
        eye.ask(text(f"s{at}", where))
    assert len(eye.rules) >= 1
    assert set(eye.rules) <= {"nested-cohorts", "isolated-group", "small-combination"}


def test_a_union_with_an_unreleased_intersection_isolates_nobody_and_is_answered(eyes: Eyes) -> None:
    _, on = eyes({"a": people()})
    eye = on()
    for at, where in enumerate(["age > 30", 'sex == "female"', 'age > 30 || sex == "female"']):
        eye.ask(text(f"s{at}", where))
    assert eye.rules == []


def test_categories_cut_again_between_65_and_66(eyes: Eyes) -> None:
    rows = people()
    for row in rows:
        row["age"] = {65: 64, 66: 67}.get(int(str(row["age"])), row["age"])
    for at in (11, 12):
        rows[at] |= {"age": 66, "ill": 1}
    cut = "{name: a, kind: crosstab, rows: old, columns: ill}"

    def asked(year: int) -> str:
        return text(f"y{year}", "", cut, f"  old: {{derive: 'age >= {year}'}}\n")

    off, on = eyes({"a": rows})
    tables = []
    for year in (66, 67):
        off.ask(asked(year))
        tables.append(off.sums["a", "a", 1]["counts"])
    np.testing.assert_array_equal(tables[0] - tables[1], [[0, -2], [0, 2]], "two people are 66, both ill")

    eye = on()
    for year in (66, 67):
        eye.ask(asked(year))
    assert eye.rules == ["nested-cohorts"]


def test_complete_cases_that_differ_by_the_few_who_lack_a_value(eyes: Eyes) -> None:
    """The commonest difference, and an honest one: the way out is to ask about the same set."""
    rows = people()
    for row in rows[5:9]:
        row["age"] = ""
    both, alone = (f"{{name: a, kind: glm, formula: 'pressure ~ {model}'}}" for model in ("age + ill", "ill"))
    off, on = eyes({"a": rows})
    found = []
    for study, analysis in (("s", both), ("t", alone)):
        off.ask(text(study, "", analysis))
        sums = off.sums["a", "a", 1]
        found.append((float(sums["n"]), sums["score"][0]))
    lacking = [float(str(row["pressure"])) for row in rows[5:9]]
    assert found[1][0] - found[0][0] == 4
    assert found[1][1] - found[0][1] == pytest.approx(sum(lacking), abs=1e-8)

    eye = on()
    for study, analysis in (("s", both), ("t", alone)):
        eye.ask(text(study, "", analysis))
    assert eye.rules == ["nested-cohorts"]
    eye.ask(text("u", "", alone) + "analysis_set: {complete: [age, ill, pressure]}\n")
    eye.ask(text("v", "", alone) + "analysis_set: {of: s}\n")
    assert eye.rules == ["nested-cohorts"]


def test_another_study_another_researcher_another_pact_is_the_same_ledger(eyes: Eyes) -> None:
    _, on = eyes({"a": people()})
    eye = on()
    eye.ask(text("first"))
    eye.ask(text("second-of-somebody-else", "age < 97", "{name: b, kind: correlation, of: [age, pressure]}"))
    assert eye.rules == ["nested-cohorts"]
