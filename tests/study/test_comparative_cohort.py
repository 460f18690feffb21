"""A comparative cohort: the pieces put together from statsmodels and lifelines on the pooled rows."""

from __future__ import annotations

import warnings
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biopact.study import Failure, Table

SPLITS = st.tuples(st.integers(0, 10_000), st.integers(1, 4), st.booleans())
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
COHORT = (
    '{name: a, kind: comparative-cohort, treatment: smoker, covariates: "age + sex + stage", time: days, event: dead, '
    "negative_controls: [broken], method: METHOD}"
)
NEWTON = {"precision": 1e-20, "r_precision": 0.0}


def score(pooled: pd.DataFrame) -> np.ndarray:
    x = sm.add_constant(
        pd.get_dummies(pooled[["age", "sex", "stage"]], columns=["stage"], drop_first=True).astype(float)
    )
    model = sm.GLM(pooled.smoker, x, sm.families.Binomial()).fit(tol=1e-14, tol_criterion="params", maxiter=100)
    return model.predict(x).to_numpy()


@FEW
@given(SPLITS)
def test_strata_of_the_score_and_the_hazard_within_them(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split(COHORT.replace("METHOD", "stratify"), drawn, 800, 5)
    ours = made.outcome()
    assert isinstance(ours, Table)
    held = made.pooled.assign(score=score(made.pooled))
    ends = [row["to"] for row in ours.values["strata"]]
    held["stratum"] = np.searchsorted(ends, held.score)
    for at, row in enumerate(ours.values["strata"]):
        inside = held[held.stratum == at]
        assert (row["treated"], row["comparator"]) == ((inside.smoker == 1).sum(), (inside.smoker == 0).sum())
        for _, people in inside.groupby("site"):
            assert people.smoker.value_counts().min() >= 5
    for told in ours.values["hazards"]:
        model = lifelines.CoxPHFitter()
        columns = held[["days", told["event"], "smoker", "site", "stratum"]]
        model.fit(columns, "days", told["event"], strata=["site", "stratum"], fit_options=NEWTON)
        assert told["coef"] == pytest.approx(model.params_["smoker"], rel=1e-8, abs=1e-10)
        assert told["se"] == pytest.approx(model.standard_errors_["smoker"], rel=1e-8)
    size = held.groupby("stratum").size()
    both = held.groupby(["stratum", "smoker"]).size()
    held["w"] = [size[s] / both[s, a] for s, a in zip(held.stratum, held.smoker, strict=True)]
    balanced(ours, held)


@FEW
@given(SPLITS)
def test_inverse_probability_weights_and_the_robust_hazard(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split(COHORT.replace("METHOD", "weight"), drawn, 500, 3)
    ours = made.outcome()
    assert isinstance(ours, Table)
    held = made.pooled.assign(score=score(made.pooled))
    held["w"] = np.where(held.smoker == 1, 1 / held.score, 1 / (1 - held.score))
    told = ours.values["hazards"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = lifelines.CoxPHFitter()
        columns = held[["days", "dead", "smoker", "site", "w"]]
        model.fit(columns, "days", "dead", strata=["site"], weights_col="w", robust=True, fit_options=NEWTON)
    assert told["coef"] == pytest.approx(model.params_["smoker"], rel=1e-7, abs=1e-9)
    assert told["se"] == pytest.approx(model.standard_errors_["smoker"], rel=0.1)  # lifelines' residuals take no ties
    balanced(ours, held)


@FEW
@given(SPLITS)
def test_the_effect_in_the_treated(split: Any, drawn: tuple[int, int, bool]) -> None:
    """Weights of one for the treated and of the odds for the others."""
    made = split(COHORT.replace("METHOD", "weight, estimand: att"), drawn, 500, 3)
    ours = made.outcome()
    assert isinstance(ours, Table)
    held = made.pooled.assign(score=score(made.pooled))
    held["w"] = np.where(held.smoker == 1, 1.0, held.score / (1 - held.score))
    for told in ours.values["hazards"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = lifelines.CoxPHFitter()
            columns = held[["days", told["event"], "smoker", "site", "w"]]
            model.fit(columns, "days", told["event"], strata=["site"], weights_col="w", robust=True, fit_options=NEWTON)
        assert told["coef"] == pytest.approx(model.params_["smoker"], rel=1e-7, abs=1e-9)
    balanced(ours, held)


def balanced(ours: Table, held: pd.DataFrame) -> None:
    """Means before and after, and standardised differences by the spread before."""
    for row in ours.rows:
        name = row["covariate"]
        if row["before"] is None:
            continue
        values = (
            held.age
            if name == "age"
            else (
                held.sex
                if name.startswith("sex")
                else (held.stage == (1 if name.endswith("II]") and not name.endswith("III]") else 2))
            )
        )
        values = values.astype(float)
        treated = held.smoker == 1
        spread = np.sqrt((values[treated].var() + values[~treated].var()) / 2)
        before = (values[treated].mean() - values[~treated].mean()) / spread
        after = np.average(values[treated], weights=held.w[treated]) - np.average(
            values[~treated], weights=held.w[~treated]
        )
        assert row["before"] == pytest.approx(before, rel=1e-8, abs=1e-10)
        assert row["after"] == pytest.approx(after / spread, rel=1e-7, abs=1e-8)
        assert row["treated"] == pytest.approx(values[treated].mean(), rel=1e-9)


def test_the_treatment_that_a_covariate_determines_is_separation(split: Any) -> None:
    made = split(COHORT.replace("METHOD", "stratify"), (1, 2, False), 300)
    for site in made.sites:
        columns = site.population.columns
        columns["smoker"][:] = columns["age"] > 50
        site.memory.clear()
    found = made.outcome()
    assert isinstance(found, Failure)
    assert found.reason == "separation"


def test_a_negative_control_with_too_few_events_is_left_out_and_said(split: Any) -> None:
    made = split(COHORT.replace("METHOD", "stratify"), (1, 2, False), 600, 10)
    for site in made.sites:
        columns = site.population.columns
        columns["broken"][:] = 0
        columns["broken"][:4] = 1
        site.memory.clear()
    ours = made.outcome()
    assert isinstance(ours, Table)
    assert [row["event"] for row in ours.values["hazards"]] == ["dead"]
    assert "study.note.controls-left-out" in {note.code for note in ours.notes}
