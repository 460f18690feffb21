"""Times of several sites in one risk set, case weights, log-rank tests: equal to other software on the pooled rows."""

from __future__ import annotations

import warnings
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines.statistics import multivariate_logrank_test
from statsmodels.duration.survfunc import survdiff

from biopact.study import Fit, Table

SPLITS = st.tuples(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
CLOSE = {"rtol": 1e-9, "atol": 1e-11}
NEWTON = {"precision": 1e-20, "r_precision": 0.0}


def same(ours: Fit, theirs: Any) -> None:
    np.testing.assert_allclose([term.coef for term in ours.estimates], theirs.params_, **CLOSE)
    np.testing.assert_allclose([term.se for term in ours.estimates], theirs.standard_errors_, **CLOSE)


@FEW
@given(SPLITS)
def test_one_baseline_for_all_sites_is_the_pooled_fit_of_the_coarsened_times(
    split: Any, drawn: tuple[int, int, bool]
) -> None:
    made = split(
        '{name: a, kind: cox, time: days, event: dead, formula: "age + sex", strata: [], grid: [10, 20, 40, 80, 5000]}',
        drawn,
    )
    ours = made.outcome()
    assert isinstance(ours, Fit)
    held = made.pooled[["days", "dead", "age", "sex"]]
    held = held.assign(days=np.array([10, 20, 40, 80, 5000])[np.searchsorted([10, 20, 40, 80, 5000], held.days)])
    same(ours, lifelines.CoxPHFitter().fit(held, "days", "dead", fit_options=NEWTON))


@FEW
@given(SPLITS)
def test_with_left_truncation_the_entry_is_rounded_down_and_stays_before_the_exit(
    split: Any, drawn: tuple[int, int, bool]
) -> None:
    analysis = (
        "{name: a, kind: cox, time: days, event: dead, entry: start, formula: age + sex, strata: [], "
        "grid: [10, 20, 30, 40, 80, 5000]}"
    )
    made = split(analysis, drawn)
    ours = made.outcome()
    assert isinstance(ours, Fit)
    grid = np.array([0, 10, 20, 30, 40, 80, 5000])
    held = made.pooled[["days", "dead", "age", "sex", "start"]]
    held = held.assign(
        days=grid[np.searchsorted(grid, held.days)], start=grid[np.searchsorted(grid, held.start, side="right") - 1]
    )
    assert (held.start < held.days).all()
    same(ours, lifelines.CoxPHFitter().fit(held, "days", "dead", entry_col="start", fit_options=NEWTON))


@FEW
@given(SPLITS)
def test_in_a_trial_without_a_grid_the_unstratified_fit_is_exact(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: cox, time: days, event: dead, formula: age + sex + smoker, strata: []}", drawn)
    ours = made.outcome(exact=True)
    assert isinstance(ours, Fit)
    held = made.pooled[["days", "dead", "age", "sex", "smoker"]]
    model = lifelines.CoxPHFitter().fit(held, "days", "dead", fit_options=NEWTON)
    same(ours, model)
    assert ours.measures["loglik"] == pytest.approx(model.log_likelihood_, rel=1e-9)


@FEW
@given(SPLITS)
def test_coefficients_with_case_weights_and_ties_are_those_of_lifelines(
    split: Any, drawn: tuple[int, int, bool]
) -> None:
    made = split("{name: a, kind: cox, time: days, event: dead, formula: age + sex, weights: weight}", drawn)
    ours = made.outcome()
    assert isinstance(ours, Fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held = made.pooled[["days", "dead", "age", "sex", "weight", "site"]]
        model = lifelines.CoxPHFitter()
        model.fit(held, "days", "dead", strata=["site"], weights_col="weight", robust=True, fit_options=NEWTON)
    np.testing.assert_allclose([term.coef for term in ours.estimates], model.params_, **CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_case_weights_give_the_robust_variance_of_lifelines(split: Any, seed: int) -> None:
    """Without ties: lifelines' score residuals take none."""
    made = split("{name: a, kind: cox, time: days, event: dead, formula: age + sex, weights: weight}", (seed, 3, False))
    random, tables = np.random.default_rng(seed), []
    for site in made.sites:
        site.population.columns["days"][:] = random.permutation(np.arange(1, site.n + 1)).astype(float) * 3
        site.memory.clear()
        rows = site.rows
        tables.append(
            pd.DataFrame({n: rows[n] for n in ("days", "dead", "age", "sex", "weight")}).assign(site=site.site)
        )
    ours = made.outcome()
    assert isinstance(ours, Fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = lifelines.CoxPHFitter()
        held = pd.concat(tables)
        model.fit(held, "days", "dead", strata=["site"], weights_col="weight", robust=True, fit_options=NEWTON)
    same(ours, model)


def test_fewer_boundaries_are_said(split: Any) -> None:
    made = split(
        "{name: a, kind: cox, time: days, event: dead, formula: age, strata: [], grid: 5}", (1, 3, False), 900, 10
    )
    ours = made.outcome()
    assert isinstance(ours, Fit)
    note = next(note for note in ours.notes if note.code == "study.note.coarse-times")
    assert note.values["asked"] == 1000
    assert 3 <= note.values["kept"] < 60


@FEW
@given(SPLITS)
def test_the_log_rank_test_is_stratified_by_site_as_in_statsmodels(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: log-rank, time: days, event: dead, by: smoker}", drawn)
    ours = made.outcome()
    assert isinstance(ours, Table)
    held = made.pooled
    if held.site.nunique() > 1:
        statistic, p = survdiff(held.days, held.dead, held.smoker, strata=held.site.to_numpy())
    else:
        statistic, p = survdiff(held.days, held.dead, held.smoker)
    assert ours.values["chi_square"] == pytest.approx(statistic, rel=1e-9)
    assert ours.values["p"] == pytest.approx(p, rel=1e-7)
    assert [row["observed"] for row in ours.rows] == [held[held.smoker == at].dead.sum() for at in (0, 1)]


@FEW
@given(SPLITS)
def test_sites_as_groups_are_tested_on_a_grid_and_exactly_in_a_trial(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: log-rank, time: days, event: dead, by: site}", drawn)
    if made.pooled.site.nunique() == 1:
        return
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    theirs = multivariate_logrank_test(made.pooled.days, made.pooled.site, made.pooled.dead)
    assert ours.values["chi_square"] == pytest.approx(theirs.test_statistic, rel=1e-9)
    coarse = split("{name: a, kind: log-rank, time: days, event: dead, by: site, grid: [10, 30, 90, 5000]}", drawn)
    found = coarse.outcome()
    assert isinstance(found, Table)
    rounded = np.array([10, 30, 90, 5000])[np.searchsorted([10, 30, 90, 5000], coarse.pooled.days)]
    theirs = multivariate_logrank_test(rounded, coarse.pooled.site, coarse.pooled.dead)
    assert found.values["chi_square"] == pytest.approx(theirs.test_statistic, rel=1e-9)


@FEW
@given(SPLITS)
def test_in_a_trial_without_a_grid_kaplan_meier_is_exact(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: kaplan-meier, time: days, event: dead, by: country}", drawn)
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    for country, people in made.pooled.groupby("country"):
        rows = [row for row in ours.rows if row["group"] == country]
        theirs = lifelines.KaplanMeierFitter().fit(people.days, people.dead)
        np.testing.assert_allclose(
            [row["kaplan_meier"] for row in rows], theirs.predict([row["time"] for row in rows]), rtol=1e-9, atol=1e-12
        )
