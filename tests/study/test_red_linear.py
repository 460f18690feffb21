"""Published attacks by constructed vectors and linear algebra: each succeeds while the gate is off, and is then refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from biopact.errors import DataError, InputErrors
from biopact.study import Fit, Study

Eyes = Callable[..., Any]
HEAD = """
study: {study}
population: {{table: patients}}
columns:
  LAB_TSC: {{type: number, bounds: [0, 20]}}
  LAB_TRIG: {{type: number, bounds: [-10, 20]}}
"""


@pytest.fixture(scope="module")
def cohort(shared: Path) -> pd.DataFrame:
    """200 people of DataSHIELD's CNSIM1, on which the attack was published, each with another cholesterol."""
    table = pd.read_csv(shared / "data" / "datashield_cnsim" / "CNSIM1.csv")[["LAB_TSC", "LAB_TRIG"]].dropna()
    return table.drop_duplicates("LAB_TSC").head(200).reset_index(drop=True)


def thresholds(values: pd.Series) -> np.ndarray:
    held = np.sort(values.to_numpy())
    return (held[1:] + held[:-1]) / 2


def vectors(cuts: np.ndarray, study: str = "huth") -> str:
    """A study that builds a vector for each cut and asks for the covariances with the triglycerides."""
    built = "".join(f"  v{at}: {{derive: 'LAB_TSC > {cut!r}'}}\n" for at, cut in enumerate(cuts.tolist()))
    of = ", ".join(["LAB_TRIG", *(f"v{at}" for at in range(len(cuts)))])
    return HEAD.format(study=study) + built + f"analyses: [{{name: a, kind: correlation, of: [{of}]}}]"


def sums_of_vectors(sums: Any) -> np.ndarray:
    """The sum of the triglycerides over each vector, from n, the sums and the products that were released."""
    n, totals, products = float(sums["n"]), sums["sums"], sums["products"]
    everybody = totals[0] * 15 + 5 * n  # bounds [-10, 20]: scaled by 15 around 5
    counts = (totals[1:] + n) / 2
    crossed = (15 * products[0, 1:] + 5 * totals[1:] + everybody) / 2  # of 15 t + 5 with 2 v - 1
    assert np.allclose(counts, np.round(counts))
    return np.append(everybody, crossed)


def test_covariances_with_constructed_vectors_give_every_row(eyes: Eyes, cohort: pd.DataFrame) -> None:
    """Huth et al. 2023: with as many independent vectors as people, covariances and means are the data themselves."""
    off, on = eyes({"a": cohort.to_dict("records")}, 3)
    cuts = thresholds(cohort.LAB_TSC)
    off.ask(vectors(cuts))
    reached = sums_of_vectors(off.sums["a", "a", 1])
    found = -np.diff(np.append(reached, 0.0))
    truth = cohort.sort_values("LAB_TSC").LAB_TRIG.to_numpy()
    np.testing.assert_allclose(found, truth, atol=1e-8)

    eye = on()
    eye.ask(vectors(cuts))
    assert eye.rules == ["minimum-cell"]
    assert not eye.sums


def test_two_vectors_that_differ_by_one_person_are_enough_for_that_person(eyes: Eyes, cohort: pd.DataFrame) -> None:
    off, on = eyes({"a": cohort.to_dict("records")}, 3)
    cuts = thresholds(cohort.LAB_TSC)[[100, 101]]
    off.ask(vectors(cuts))
    reached = sums_of_vectors(off.sums["a", "a", 1])
    assert reached[1] - reached[2] == pytest.approx(cohort.sort_values("LAB_TSC").LAB_TRIG.iloc[101], abs=1e-8)

    eye = on()
    eye.ask(vectors(cuts))
    assert eye.rules == ["nested-cohorts"]
    for at, cut in enumerate(cuts):  # nor one vector today and the other tomorrow
        eye.ask(vectors(np.array([cut]), f"day{at}"))
    assert eye.rules == ["nested-cohorts", "nested-cohorts"]
    assert {name for _, name, _ in eye.sums} == {"a", "(analysis set)"}


@pytest.mark.parametrize("given", ["[0, 1, 0]", "{values: [0, 1]}", "3"])
def test_nobody_outside_can_give_a_vector(read_text: Callable[[str], Study], given: str) -> None:
    with pytest.raises(InputErrors):
        read_text(
            HEAD.format(study="s")
            + f"  v: {{derive: {given}}}\nanalyses: [{{name: a, kind: correlation, of: [LAB_TRIG, v]}}]"
        )


HOT = HEAD + "  hot: {{derive: 'LAB_TSC > {low!r} && LAB_TSC < {high!r}'}}\n"
MEAN = HOT + 'analyses: [{{name: a, kind: glm, family: gaussian, formula: "LAB_TRIG ~ hot"}}]'


def hot(cohort: pd.DataFrame, study: str = "s") -> tuple[str, float]:
    """A study of one person's indicator, and what it is after."""
    target = cohort.iloc[17]
    at = float(target.LAB_TSC)
    return MEAN.format(study=study, low=at - 1e-6, high=at + 1e-6), float(target.LAB_TRIG)


def test_the_mean_over_a_one_hot_vector_is_that_persons_value(eyes: Eyes, cohort: pd.DataFrame) -> None:
    """DataSHIELD dsBase issue 250."""
    off, on = eyes({"a": cohort.to_dict("records")}, 3)
    text, truth = hot(cohort)
    outcome = off.ask(text).analyses[0].outcome
    assert isinstance(outcome, Fit)
    assert sum(term.coef for term in outcome.estimates) == pytest.approx(truth, rel=1e-8)

    eye = on()
    eye.ask(text)
    assert eye.rules == ["minimum-cell"]
    assert not eye.sums


def test_replicating_rows_does_not_make_one_person_many(eyes: Eyes, cohort: pd.DataFrame) -> None:
    """The same issue's bypass: each row five times, and a group of one holds five. Where the site says who somebody is,
    rows are not people; without that, the table itself must hold one row for each."""
    table = pd.concat([cohort.assign(id=cohort.index)] * 5)
    text, truth = hot(cohort)
    off, on = eyes({"a": table.to_dict("records")}, 5)
    outcome = off.ask(text).analyses[0].outcome
    assert isinstance(outcome, Fit)
    assert sum(term.coef for term in outcome.estimates) == pytest.approx(truth, rel=1e-8)
    blind = on()
    assert isinstance(blind.ask(text).analyses[0].outcome, Fit), "a row counts as a person where none is named"

    _, on = eyes({"a": table.to_dict("records")}, 5, person="id")
    eye = on()
    with pytest.raises(DataError) as caught:
        eye.ask(text)
    assert caught.value.code == "study.person-twice"
    assert not eye.sums


def test_a_saturated_model_is_the_data(eyes: Eyes) -> None:
    """Twelve people, eleven covariates that the attacker knows: the coefficients are the outcomes."""
    random = np.random.default_rng(5)
    x = random.uniform(0, 1, (12, 11)).round(4)
    y = random.uniform(0, 100, 12).round(2)
    rows = [{**{f"x{j}": x[i, j] for j in range(11)}, "y": y[i]} for i in range(12)]
    columns = "".join(f"  x{j}: {{type: number, bounds: [-1, 1]}}\n" for j in range(11))
    text = f"""
study: s
population: {{table: patients}}
columns:
{columns}  y: {{type: number, bounds: [0, 100]}}
analyses: [{{name: a, kind: glm, family: gaussian, formula: "y ~ {" + ".join(f"x{j}" for j in range(11))}"}}]
"""
    off, on = eyes({"a": rows}, 3)
    off.ask(text)
    design = np.column_stack([np.ones(12), x])
    np.testing.assert_allclose(np.linalg.solve(design.T, off.sums["a", "a", 1]["score"]), y, atol=1e-6)

    eye = on()
    eye.ask(text)
    assert eye.rules == ["saturation"]
    assert not eye.sums


def test_moments_of_a_number_with_three_values_are_the_counts_of_each(eyes: Eyes) -> None:
    """A category in disguise: n, mean and variance are three equations for three counts."""
    grade = [0] * 60 + [1] * 36 + [2] * 4
    text = """
study: s
population: {table: patients}
columns: {grade: {type: number, bounds: [0, 4]}, age: {type: number, bounds: [0, 120]}}
analyses: [ANALYSIS]
"""
    describe = text.replace("ANALYSIS", "{name: a, kind: describe, of: [grade]}")
    off, on = eyes({"a": [{"grade": it, "age": 30 + at % 50} for at, it in enumerate(grade)]})
    off.ask(describe)
    sums = off.sums["a", "a", 1]
    powers = np.vander(np.array([-2.0, -1.0, 0.0]), 3, increasing=True).T
    found = np.linalg.solve(powers, [float(sums["n"]), *sums["grade.moments"]])
    np.testing.assert_allclose(found, [60, 36, 4], atol=1e-8)

    eye = on()
    eye.ask(describe)
    assert np.isnan(eye.sums["a", "a", 1]["grade.moments"]).all()
    eye.ask(text.replace("study: s", "study: t").replace("ANALYSIS", '{name: a, kind: glm, formula: "age ~ grade"}'))
    assert eye.rules == ["minimum-cell"]
