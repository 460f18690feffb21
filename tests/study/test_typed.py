"""Where there is no number there is a reason with a name: separation, singular designs, zero events, no convergence;
and where the numbers are large or far apart there is still a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biopact.study import Failure, Fit, Table
from biopact.study.analyses.newton import step

DRAWN = (1, 3, False)
SURVIVAL = "time: days, event: dead"


def outcome(split: Any, analysis: str, least: int = 0, n: int = 240, **columns: Any) -> Any:
    """The outcome with some columns replaced: by a value, or by a function of a site's columns."""
    made = split(analysis, DRAWN, n, least)
    for site in made.sites:
        held = site.population.columns
        for name, value in columns.items():
            held[name][:] = value(held) if callable(value) else value
        site.memory.clear()
    return made.outcome()


@pytest.mark.parametrize(
    ("analysis", "event"),
    [
        (f"{{name: a, kind: cox, {SURVIVAL}, formula: age}}", "dead"),
        (f"{{name: a, kind: cox, {SURVIVAL}, formula: age, strata: [], grid: 20}}", "dead"),
        (f"{{name: a, kind: kaplan-meier, {SURVIVAL}, grid: 20}}", "dead"),
        (f"{{name: a, kind: log-rank, {SURVIVAL}, by: sex}}", "dead"),
        ("{name: a, kind: glm, family: binomial, formula: ill ~ age}", "ill"),
        ("{name: a, kind: glm, family: poisson, formula: years ~ age}", "years"),
        ("{name: a, kind: roc, outcome: ill, score: age}", "ill"),
        ("{name: a, kind: calibration, outcome: ill, score: risk}", "ill"),
        (
            "{name: a, kind: external-validation, outcome: ill, formula: age, coefficients: {Intercept: -3, age: 0.1}}",
            "ill",
        ),
        ("{name: a, kind: standardised-rates, event: dead, person_time: years, by: smoker, strata: stage}", "dead"),
        (f"{{name: a, kind: comparative-cohort, treatment: smoker, covariates: age, {SURVIVAL}}}", "dead"),
        (f"{{name: a, kind: meta-analysis, model: {{kind: cox, {SURVIVAL}, formula: age}}}}", "dead"),
    ],
)
def test_nothing_happened(split: Any, analysis: str, event: str) -> None:
    found = outcome(split, analysis, **{event: 0.0})
    assert isinstance(found, Failure), found
    assert found.reason in ("no-events", "nothing-released")


@pytest.mark.parametrize(
    "analysis",
    [
        f"{{name: a, kind: cox, {SURVIVAL}, formula: age + dose}}",
        "{name: a, kind: glm, formula: pressure ~ age + dose}",
        "{name: a, kind: glm, family: binomial, formula: ill ~ age + dose}",
        f"{{name: a, kind: comparative-cohort, treatment: smoker, covariates: age + dose, {SURVIVAL}}}",
        f"{{name: a, kind: meta-analysis, model: {{kind: cox, {SURVIVAL}, formula: age + dose}}}}",
    ],
)
def test_covariates_that_determine_each_other(split: Any, analysis: str) -> None:
    found = outcome(split, analysis, dose=lambda held: held["age"] / 3)
    assert isinstance(found, Failure), found
    assert found.reason == "singular"


@pytest.mark.parametrize(
    "analysis",
    [
        "{name: a, kind: glm, family: binomial, formula: ill ~ age}",
        f"{{name: a, kind: comparative-cohort, treatment: ill, covariates: age, {SURVIVAL}}}",
        "{name: a, kind: meta-analysis, model: {kind: glm, family: binomial, formula: ill ~ age}}",
    ],
)
def test_a_covariate_that_separates(split: Any, analysis: str) -> None:
    found = outcome(split, analysis, ill=lambda held: held["age"] > 55)
    assert isinstance(found, Failure), found
    assert found.reason == "separation"


def test_a_hazard_without_bound(split: Any) -> None:
    """Who is younger never dies first: the likelihood grows without end."""
    found = outcome(
        split,
        f"{{name: a, kind: cox, {SURVIVAL}, formula: smoker}}",
        dead=lambda held: held["smoker"],
    )
    assert isinstance(found, Failure)
    assert found.reason == "separation"


def test_a_score_that_cannot_be_told_in_classes(split: Any) -> None:
    found = outcome(split, "{name: a, kind: roc, outcome: ill, score: age, grid: 1}", 200)
    assert isinstance(found, (Failure, Table))
    assert isinstance(found, Failure) or found.values["classes"] < 5, "and the gate refuses fewer than five"


def test_no_convergence_is_said() -> None:
    far = step(np.array([0.5]), np.array([3.0]), np.array([[2.0]]), -50.0, 25)
    assert (far.kind, far.reason) == ("failed", "not-converged")
    none = step(np.array([0.5]), np.array([np.nan]), np.array([[2.0]]), -50.0, 3)
    assert (none.kind, none.reason) == ("failed", "not-converged")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.floats(0.001, 5000), st.booleans())
def test_a_poisson_fit_finds_any_mean(split: Any, seed: int, mean: float, intercept: bool) -> None:
    """From nought, a mean of a thousand is far."""
    text = "pressure ~ age" if intercept else "pressure ~ 0 + stage"
    made = split(f"{{name: a, kind: glm, family: poisson, formula: {text!r}}}", (seed, 3, False))
    random = np.random.default_rng(seed)
    for site in made.sites:
        held = site.population.columns
        held["pressure"][:] = random.poisson(mean * np.exp(0.01 * (held["age"] - 50)))
        site.memory.clear()
    ours = made.outcome()
    y = np.concatenate([site.rows["pressure"] for site in made.sites])
    if not y.any():
        assert isinstance(ours, Failure)
        return
    age, stage = (np.concatenate([site.rows[name] for site in made.sites]) for name in ("age", "stage"))
    if not intercept and min(y[stage == level].sum() for level in range(3)) == 0:
        assert isinstance(ours, Failure)  # a rate of nought has no logarithm
        return
    assert isinstance(ours, Fit), ours
    x = sm.add_constant(age) if intercept else np.eye(3)[stage.astype(int)]
    theirs = sm.GLM(y, x, sm.families.Poisson()).fit(tol=1e-13, tol_criterion="params", maxiter=200)
    assert [term.coef for term in ours.estimates] == pytest.approx(list(theirs.params), rel=1e-8, abs=1e-10)


def test_a_published_model_that_is_far_off_is_still_recalibrated(split: Any) -> None:
    """Predictions near 0 and 1 that mean nothing: slope about nought, found from a start that does not lean on them."""
    analysis = (
        "{name: a, kind: external-validation, outcome: broken, formula: age, coefficients: {Intercept: -40, age: 0.8}}"
    )
    made = split(analysis, (5, 2, False), 500)
    ours = made.outcome()
    assert isinstance(ours, Table)
    logit = -40 + 0.8 * made.pooled.age
    theirs = sm.GLM(made.pooled.broken, sm.add_constant(logit), sm.families.Binomial()).fit(
        tol=1e-13, tol_criterion="params"
    )
    told = {row["term"]: row["coef"] for row in ours.values["recalibration"] if "coef" in row}
    assert [told["intercept"], told["slope"]] == pytest.approx(list(theirs.params), rel=1e-8)
    large = sm.GLM(made.pooled.broken, np.ones((500, 1)), sm.families.Binomial(), offset=logit).fit(
        tol=1e-13, tol_criterion="params", start_params=[0.0]
    )
    assert told["intercept at slope 1"] == pytest.approx(float(np.asarray(large.params)[0]), rel=1e-6)
