"""Whatever the split of the rows into sites, the answer is that of the pooled table by other software."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biopact.marked import parse
from biopact.study import Fit, Study, study_of
from biopact.study.data import Frame, SiteData
from biopact.study.trial import fit

COLUMNS = """
study: s
population: {table: patients}
columns:
  age: {type: number, bounds: [0, 120]}
  dose: {type: number, bounds: [0.1, 50]}
  sex: {levels: [female, male]}
  stage: {levels: [I, II, III]}
  smoker: {levels: [0, 1]}
  days: {type: number, bounds: [0, 5000]}
  start: {type: number, bounds: [0, 5000]}
  weight: {type: number, bounds: [0, 10]}
  visits: {type: number, bounds: [0, 200]}
  pressure: {type: number, bounds: [0, 400]}
  dead: {levels: [0, 1]}
  ill: {levels: [0, 1]}
"""
SPLITS = st.tuples(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


def people(seed: int, n: int = 240) -> pd.DataFrame:
    """A table with ties in time, missing values and every kind of column."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": random.integers(20, 90, n).astype(float),
            "dose": random.uniform(0.2, 40, n).round(2),
            "sex": random.integers(0, 2, n).astype(float),
            "stage": random.integers(0, 3, n).astype(float),
            "smoker": random.integers(0, 2, n).astype(float),
            "start": random.integers(0, 40, n).astype(float),
            "weight": random.uniform(0.5, 3, n).round(2),
        }
    )
    risk = 0.03 * (table.age - 50) + 0.5 * table.sex - 0.4 * (table.stage == 2) + 0.3 * table.smoker
    table["days"] = table.start + 1 + np.floor(random.exponential(60 * np.exp(-risk)) / 5)
    table["dead"] = (random.random(n) < 0.6).astype(float)
    table["ill"] = (random.random(n) < 1 / (1 + np.exp(-risk))).astype(float)
    table["visits"] = random.poisson(np.exp(0.3 + 0.2 * risk)).astype(float)
    table["pressure"] = (120 + 8 * risk + random.normal(0, 9, n)).clip(1, 399)
    table.loc[random.random(n) < 0.06, "dose"] = np.nan
    table.loc[random.random(n) < 0.04, "sex"] = np.nan
    return table


def split(
    study: Study, table: pd.DataFrame, parts: int, by_stage: bool, seed: int
) -> tuple[list[SiteData], pd.DataFrame]:
    """The table at several sites (at some a level may be absent), and the pooled analysis set with its site."""
    random = np.random.default_rng(seed + 1)
    where = random.integers(0, parts, len(table))
    if by_stage and parts > 1:
        where = np.where(table.stage == 0, 0, where)
    sites, kept = [], []
    for at in np.unique(where):
        part = table[where == at]
        columns = {name: part[name].to_numpy(float) for name in study.columns}
        data = SiteData.of(study.columns, Frame(f"s{at}", "KR", columns, len(part)), study.complete, 0)
        sites.append(data)
        kept.append(part[data.in_set].assign(site=f"s{at}"))
    return sites, pd.concat(kept)


def fitted(analysis: str, drawn: tuple[int, int, bool], n: int = 240) -> tuple[Fit, pd.DataFrame]:
    seed, parts, by_stage = drawn
    study = study_of(parse(f"{COLUMNS}analyses: [{analysis}]", "s.yaml"))
    sites, pooled = split(study, people(seed, n), parts, by_stage, seed)
    outcome, _ = fit(study.analyses[0], sites)
    assert isinstance(outcome, Fit), outcome
    return outcome, pooled


def same(ours: Fit, coefficients: Any, errors: Any) -> None:
    np.testing.assert_allclose([term.coef for term in ours.estimates], np.asarray(coefficients), **CLOSE)
    np.testing.assert_allclose([term.se for term in ours.estimates], np.asarray(errors), **CLOSE)


def reordered(params: Mapping[str, float], ours: Fit, names: Mapping[str, str]) -> list[float]:
    return [params[names.get(term.term, term.term)] for term in ours.estimates]


def glm(formula: str, pooled: pd.DataFrame, family: Any, **more: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # by the coefficients: stopped by the deviance, its standard errors are right to 1e-8 only
        return smf.glm(formula, pooled, family=family, **more).fit(tol_criterion="params", tol=1e-13, maxiter=100)


NAMES = {
    "sex[T.male]": "C(sex)[T.1.0]",
    "stage[T.II]": "C(stage)[T.1.0]",
    "stage[T.III]": "C(stage)[T.2.0]",
    "log(dose)": "np.log(dose)",
    "sex[T.male]:stage[T.II]": "C(sex)[T.1.0]:C(stage)[T.1.0]",
    "sex[T.male]:stage[T.III]": "C(sex)[T.1.0]:C(stage)[T.2.0]",
    "age:sex[T.male]": "age:C(sex)[T.1.0]",
    "stage[I]": "C(stage)[0.0]",
    "stage[II]": "C(stage)[1.0]",
    "stage[III]": "C(stage)[2.0]",
}


@FEW
@given(SPLITS)
def test_logistic_regression_is_that_of_the_pooled_table(drawn: tuple[int, int, bool]) -> None:
    ours, pooled = fitted(
        '{name: a, kind: glm, family: binomial, formula: "ill ~ age + sex * stage + log(dose)"}', drawn
    )
    theirs = glm("ill ~ age + C(sex) * C(stage) + np.log(dose)", pooled, sm.families.Binomial())
    same(ours, reordered(theirs.params, ours, NAMES), reordered(theirs.bse, ours, NAMES))
    assert ours.measures["deviance"] == pytest.approx(theirs.deviance, rel=1e-9)
    assert ours.measures["loglik"] == pytest.approx(theirs.llf, rel=1e-9)
    assert ours.measures["df"] == theirs.df_resid
    assert [term.p for term in ours.estimates] == pytest.approx(reordered(theirs.pvalues, ours, NAMES), rel=1e-7)


@FEW
@given(SPLITS)
def test_poisson_regression_with_an_offset_is_that_of_the_pooled_table(drawn: tuple[int, int, bool]) -> None:
    analysis = '{name: a, kind: glm, family: poisson, formula: "visits ~ age:sex + age + offset(log(dose))"}'
    ours, pooled = fitted(analysis, drawn)
    theirs = glm("visits ~ age:C(sex) + age", pooled, sm.families.Poisson(), offset=np.log(pooled.dose))
    same(ours, reordered(theirs.params, ours, NAMES), reordered(theirs.bse, ours, NAMES))
    assert ours.measures["deviance"] == pytest.approx(theirs.deviance, rel=1e-9)
    assert ours.measures["loglik"] == pytest.approx(theirs.llf, rel=1e-9)


@FEW
@given(SPLITS)
def test_linear_regression_with_weights_is_that_of_the_pooled_table(drawn: tuple[int, int, bool]) -> None:
    analysis = '{name: a, kind: glm, weights: weight, formula: "pressure ~ 0 + stage + square(age) + sqrt(dose)"}'
    ours, pooled = fitted(analysis, drawn)
    formula = "pressure ~ 0 + C(stage) + I(age**2) + np.sqrt(dose)"
    theirs = glm(formula, pooled, sm.families.Gaussian(), var_weights=pooled.weight)
    names = {**NAMES, "square(age)": "I(age ** 2)", "sqrt(dose)": "np.sqrt(dose)"}
    same(ours, reordered(theirs.params, ours, names), reordered(theirs.bse, ours, names))
    assert ours.measures["deviance"] == pytest.approx(theirs.deviance, rel=1e-9)
    assert ours.measures["scale"] == pytest.approx(theirs.scale, rel=1e-9)
    assert ours.measures["loglik"] == pytest.approx(theirs.llf_scaled(), rel=1e-9)


@FEW
@given(SPLITS)
def test_site_indicators_take_the_first_of_the_sorted_roster_as_reference(drawn: tuple[int, int, bool]) -> None:
    ours, pooled = fitted('{name: a, kind: glm, family: binomial, formula: "ill ~ age + C(site)"}', drawn)
    formula = "ill ~ age + C(site)" if pooled.site.nunique() > 1 else "ill ~ age"
    theirs = glm(formula, pooled, sm.families.Binomial())
    same(ours, reordered(theirs.params, ours, {}), reordered(theirs.bse, ours, {}))


@FEW
@given(SPLITS)
def test_cox_regression_by_efron_is_that_of_lifelines_with_the_sites_as_strata(drawn: tuple[int, int, bool]) -> None:
    analysis = '{name: a, kind: cox, time: days, event: dead, formula: "age + sex + smoker", strata: [site]}'
    ours, pooled = fitted(analysis, drawn)
    held = pooled[["days", "dead", "age", "sex", "smoker", "site"]]
    model = lifelines.CoxPHFitter()
    options = {"precision": 1e-20, "r_precision": 0.0}
    model.fit(held, "days", "dead", strata=["site"], fit_options=options)
    same(ours, model.params_, model.standard_errors_)
    assert ours.measures["loglik"] == pytest.approx(model.log_likelihood_, rel=1e-9)


@FEW
@given(SPLITS)
def test_cox_regression_with_left_truncation_and_strata_is_that_of_lifelines(drawn: tuple[int, int, bool]) -> None:
    analysis = (
        "{name: a, kind: cox, time: days, event: dead, entry: start, "
        'formula: "age + sex", strata: [site, smoker], ties: efron}'
    )
    ours, pooled = fitted(analysis, drawn)
    held = pooled[["days", "dead", "start", "age", "sex", "smoker", "site"]]
    model = lifelines.CoxPHFitter()
    options = {"precision": 1e-20, "r_precision": 0.0}
    model.fit(held, "days", "dead", strata=["site", "smoker"], entry_col="start", fit_options=options)
    same(ours, model.params_, model.standard_errors_)
    assert ours.measures["loglik"] == pytest.approx(model.log_likelihood_, rel=1e-9)


@FEW
@given(SPLITS)
def test_cox_regression_by_breslow_is_that_of_statsmodels(drawn: tuple[int, int, bool]) -> None:
    analysis = '{name: a, kind: cox, time: days, event: dead, formula: "age + sex", strata: [site], ties: breslow}'
    ours, pooled = fitted(analysis, drawn)
    x = pooled[["age", "sex"]].to_numpy() - [50, 0]
    model = sm.PHReg(pooled.days.to_numpy(), x, pooled.dead.to_numpy(), strata=pooled.site.to_numpy(), ties="breslow")
    theirs = model.fit(method="newton", tol=1e-14, maxiter=100, disp=0)
    same(ours, theirs.params, theirs.bse)
    assert ours.measures["loglik"] == pytest.approx(theirs.llf, rel=1e-9)


@FEW
@given(SPLITS)
def test_the_split_of_the_rows_does_not_matter(drawn: tuple[int, int, bool]) -> None:
    """Every way to cut the same rows gives the same fit, to the last digits."""
    seed, parts, by_stage = drawn
    analysis = '{name: a, kind: glm, family: binomial, formula: "ill ~ age + sex + stage"}'
    ours, _ = fitted(analysis, drawn)
    alone, _ = fitted(analysis, (seed, 1, by_stage))
    del parts
    np.testing.assert_allclose(
        [term.coef for term in ours.estimates], [term.coef for term in alone.estimates], rtol=1e-11, atol=1e-13
    )
