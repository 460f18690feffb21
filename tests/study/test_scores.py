"""ROC, calibration and external validation: equal to scikit-learn and statsmodels on the pooled rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from biopact.errors import InputErrors
from biopact.study import Table

SPLITS = st.tuples(st.integers(0, 10_000), st.integers(1, 5), st.booleans())
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
PUBLISHED = (
    '{name: a, kind: external-validation, outcome: ill, formula: "age + sex + square(dose)", '
    'coefficients: {Intercept: -1.8, age: 0.03, "sex[T.male]": 0.4, "square(dose)": 0.0001}}'
)


@FEW
@given(SPLITS)
def test_the_exact_area_in_a_trial_is_that_of_scikit_learn(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: roc, outcome: ill, score: age}", drawn)
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    assert ours.values["auc"] == pytest.approx(roc_auc_score(made.pooled.ill, made.pooled.age), rel=1e-12)
    assert ours.values["at_least"] == ours.values["auc"] == ours.values["at_most"]
    alarms, hits, _ = roc_curve(made.pooled.ill, made.pooled.age, drop_intermediate=False)
    np.testing.assert_allclose(sorted(row["sensitivity"] for row in ours.rows), sorted(hits), atol=1e-12)
    np.testing.assert_allclose(sorted(1 - row["specificity"] for row in ours.rows), sorted(alarms), atol=1e-12)


@FEW
@given(SPLITS)
def test_the_area_from_agreed_classes_is_that_of_the_classes_and_bounds_the_exact_one(
    split: Any, drawn: tuple[int, int, bool]
) -> None:
    made = split("{name: a, kind: roc, outcome: ill, score: age, grid: 5}", drawn, 900, 5)
    ours = made.outcome()
    assert isinstance(ours, Table)
    ends = [row["above"] for row in ours.rows if row["above"] is not None]
    classes = np.searchsorted(sorted(ends), made.pooled.age)
    assert ours.values["auc"] == pytest.approx(roc_auc_score(made.pooled.ill, classes), rel=1e-12)
    exact = roc_auc_score(made.pooled.ill, made.pooled.age)
    assert ours.values["at_least"] - 1e-12 <= exact <= ours.values["at_most"] + 1e-12
    for site in made.sites:
        rows = site.rows
        for value in (0, 1):
            held = np.bincount(np.searchsorted(sorted(ends), rows["age"][rows["ill"] == value]), minlength=len(ends))
            assert (held >= 5).all()


def test_the_interval_of_the_area_is_that_of_de_long(split: Any) -> None:
    made = split("{name: a, kind: roc, outcome: ill, score: risk}", (7, 2, False))
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    cases, controls = (made.pooled.risk[made.pooled.ill == value].to_numpy() for value in (1, 0))
    won = (cases[:, None] > controls).astype(float) + 0.5 * (cases[:, None] == controls)
    spread = won.mean(axis=1).var(ddof=1) / cases.size + won.mean(axis=0).var(ddof=1) / controls.size
    assert ours.values["se"] == pytest.approx(np.sqrt(spread), rel=1e-9)


@FEW
@given(SPLITS)
def test_recalibration_is_the_pooled_logistic_regression_on_the_logit(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: calibration, outcome: ill, score: risk, grid: 0.2}", drawn, 400)
    ours = made.outcome()
    assert isinstance(ours, Table)
    held = made.pooled
    logit = np.log(held.risk / (1 - held.risk))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"tol": 1e-13, "tol_criterion": "params", "maxiter": 100}
        both = sm.GLM(held.ill, sm.add_constant(logit), sm.families.Binomial()).fit(**options)
        large = sm.GLM(held.ill, np.ones((len(held), 1)), sm.families.Binomial(), offset=logit).fit(**options)
    told = {row["term"]: row for row in ours.values["recalibration"]}
    np.testing.assert_allclose([told["intercept"]["coef"], told["slope"]["coef"]], both.params, rtol=1e-9)
    np.testing.assert_allclose([told["intercept"]["se"], told["slope"]["se"]], both.bse, rtol=1e-8)
    assert told["intercept at slope 1"]["coef"] == pytest.approx(large.params.iloc[0], rel=1e-9, abs=1e-12)
    assert ours.values["brier"] == pytest.approx(brier_score_loss(held.ill, held.risk), rel=1e-9)
    assert ours.values["observed_expected"] == pytest.approx(held.ill.sum() / held.risk.sum(), rel=1e-12)
    for row in ours.rows:
        inside = held[(held.risk > row["from"]) & (held.risk <= row["to"])]
        assert (row["n"], row["events"]) == (len(inside), inside.ill.sum())
        assert row["predicted"] == pytest.approx(inside.risk.mean(), rel=1e-9)


@FEW
@given(SPLITS)
def test_a_published_model_is_validated_as_on_the_pooled_table(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split(PUBLISHED, drawn, 400)
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    held = made.pooled
    logit = -1.8 + 0.03 * held.age + 0.4 * held.sex + 0.0001 * held.dose**2
    predicted = 1 / (1 + np.exp(-logit))
    assert ours.values["discrimination"]["auc"] == pytest.approx(roc_auc_score(held.ill, predicted), rel=1e-12)
    assert ours.values["brier"] == pytest.approx(brier_score_loss(held.ill, predicted), rel=1e-9)
    assert ours.values["expected"] == pytest.approx(predicted.sum(), rel=1e-9)
    assert sum(row["n"] for row in ours.rows) == len(held)
    assert 5 <= len(ours.rows) <= 10


def test_a_published_model_without_a_number_for_each_term_is_refused_at_reading(split: Any) -> None:
    with pytest.raises(InputErrors) as caught:
        split(PUBLISHED.replace(", age: 0.03", ""), (1, 1, False))
    assert "sex[T.male]" in str(caught.value)
