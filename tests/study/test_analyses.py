"""Analyses one by one: outside references, and typed answers where there is no number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from biopact.study import Failure, Fit, Study, Table
from biopact.study.data import Frame, SiteData
from biopact.study.results import Outcome
from biopact.study.trial import fit
from biopact.text import say

Read = Callable[[str], Study]
COLUMNS = """
study: s
population: {table: patients}
columns:
  x: {type: number, bounds: [-10, 10]}
  z: {type: number, bounds: [-10, 10]}
  arm: {levels: [control, treated]}
  grade: {levels: [I, II, III]}
  days: {type: number, bounds: [0, 2000]}
  dead: {levels: [0, 1]}
"""


def outcome_of(read_text: Read, analysis: str, tables: Sequence[pd.DataFrame], least: int = 0) -> Outcome:
    study = read_text(f"{COLUMNS}analyses: [{analysis}]")
    sites = []
    for at, table in enumerate(tables):
        columns = {
            name: table[name].to_numpy(float) if name in table else np.full(len(table), 1.0) for name in study.columns
        }
        frame = Frame(f"s{at}", ("KR", "US")[at % 2], columns, len(table))
        sites.append(SiteData.of(study.columns, frame, study.complete, least))
    return fit(study.analyses[0], sites)[0]


def table(seed: int, n: int, **fixed: Any) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    made = pd.DataFrame(
        {
            "x": random.normal(size=n).clip(-9, 9),
            "arm": random.integers(0, 2, n),
            "grade": random.integers(0, 3, n),
            "days": np.ceil(random.exponential(600, n)).clip(1, 2000),
            "dead": random.integers(0, 2, n),
        }
    ).astype(float)
    made["z"] = 0.5 * made.x + 0.1 * random.normal(size=n)
    return made.assign(**fixed)


LOGISTIC = '{name: a, kind: glm, family: binomial, formula: "dead ~ x"}'
COX = '{name: a, kind: cox, time: days, event: dead, formula: "x"}'


@pytest.mark.parametrize("analysis", [LOGISTIC, COX])
def test_no_events_is_an_answer_of_its_own(read_text: Read, analysis: str) -> None:
    found = outcome_of(read_text, analysis, [table(1, 50, dead=0.0), table(2, 50, dead=0.0)])
    assert isinstance(found, Failure)
    assert found.reason == "no-events"


@pytest.mark.parametrize("analysis", [LOGISTIC, COX])
def test_separation_is_an_answer_of_its_own(read_text: Read, analysis: str) -> None:
    held = table(1, 80)
    held["dead"] = (held.x > 0).astype(float)
    held["days"] = np.where(held.x > 0, 1500 - 100 * held.x, 2000)
    found = outcome_of(read_text, analysis, [held[:40], held[40:]])
    assert isinstance(found, Failure)
    assert found.reason == "separation"


@pytest.mark.parametrize("analysis", [LOGISTIC.replace("~ x", "~ x + z"), COX.replace('"x"', '"x + z"')])
def test_covariates_that_determine_each_other_are_singular(read_text: Read, analysis: str) -> None:
    held = table(1, 80)
    held["z"] = 2 * held.x
    found = outcome_of(read_text, analysis, [held[:40], held[40:]])
    assert isinstance(found, Failure)
    assert found.reason == "singular"


def test_a_column_without_variation_is_singular(read_text: Read) -> None:
    found = outcome_of(read_text, LOGISTIC, [table(1, 60, x=3.0), table(2, 60, x=3.0)])
    assert isinstance(found, Failure)
    assert found.reason == "singular"


@pytest.mark.parametrize("reason", ["singular", "separation", "no-events", "not-converged", "nothing-released"])
def test_every_reason_is_worded(reason: str) -> None:
    assert say(f"study.failure.{reason}", "en") != say(f"study.failure.{reason}", "ko")


def test_a_site_without_cases_takes_part(read_text: Read) -> None:
    parts = [table(1, 80), table(2, 30, dead=0.0), table(3, 60)]
    ours = outcome_of(read_text, COX, parts)
    assert isinstance(ours, Fit)
    pooled = pd.concat(part.assign(site=at) for at, part in enumerate(parts))[["x", "days", "dead", "site"]]
    model = lifelines.CoxPHFitter()
    model.fit(pooled, "days", "dead", strata=["site"], fit_options={"precision": 1e-20, "r_precision": 0.0})
    assert ours.estimates[0].coef == pytest.approx(model.params_["x"], rel=1e-9)
    assert ours.measures["loglik"] == pytest.approx(model.log_likelihood_, rel=1e-9)


def test_rare_events_at_many_small_sites_are_fitted_exactly(read_text: Read) -> None:
    parts = [table(at, 12, dead=0.0) for at in range(25)]
    for part in parts[::2]:
        part.loc[part.index[:1], "dead"] = 1.0
    ours = outcome_of(read_text, COX, parts)
    pooled = pd.concat(part.assign(site=at) for at, part in enumerate(parts))[["x", "days", "dead", "site"]]
    model = lifelines.CoxPHFitter()
    model.fit(pooled, "days", "dead", strata=["site"], fit_options={"precision": 1e-20, "r_precision": 0.0})
    assert isinstance(ours, Fit)
    assert ours.estimates[0].coef == pytest.approx(model.params_["x"], rel=1e-9)
    assert [note.code for note in ours.notes if note.code == "study.note.few-events"] == []


def test_few_events_for_the_coefficients_are_said(read_text: Read) -> None:
    held = table(1, 200, dead=0.0)
    held.loc[held.index[:15], "dead"] = 1.0
    ours = outcome_of(read_text, COX.replace('"x"', '"x + arm + grade"'), [held[:100], held[100:]])
    assert isinstance(ours, Fit)
    note = ours.notes[0]
    assert note.code == "study.note.few-events"
    assert note.values == {"events": 15, "parameters": 4, "wanted": 10}
    assert "15" in say(note.code, "ko", **note.values)


def by_poisson(people: pd.DataFrame, grid: np.ndarray) -> np.ndarray:
    """Survival from a Poisson regression of the deaths of each interval on its person-time."""
    starts = np.array([0.0, *grid[:-1]])
    times = people.days.to_numpy()[:, None]
    exposure = (np.clip(times, starts, grid) - starts).sum(axis=0)
    deaths = np.histogram(people.days[people.dead == 1], [-1, *grid + 0.5])[0]
    model = sm.GLM(deaths, np.eye(len(grid)), sm.families.Poisson(), offset=np.log(exposure))
    return np.exp(-np.cumsum(np.exp(model.fit(tol=1e-14).params) * (grid - starts)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12))
def test_survival_on_an_agreed_grid_equals_lifelines_on_the_same_times(read_text: Read, seed: int, least: int) -> None:
    parts = [table(seed + at, 150) for at in range(3)]
    analysis = "{name: a, kind: kaplan-meier, time: days, event: dead, by: country, grid: 100}"
    ours = outcome_of(read_text, analysis, parts, least)
    assert isinstance(ours, Table)
    grid = np.array(ours.values["boundaries"])
    pooled = pd.concat(part.assign(country=("KR", "US")[at % 2], site=at) for at, part in enumerate(parts))
    for site, people in pooled.groupby("site"):
        deaths = np.histogram(people.days[people.dead == 1], [-1, *grid + 0.5])[0]
        assert (deaths >= least).all(), site
        left = np.histogram(people.days[people.dead == 0], [-1, *grid + 0.5])[0][:-1]
        assert ((left == 0) | (left >= least)).all(), "nor do few people leave in an interval"
    for country, people in pooled.groupby("country"):
        rows = [row for row in ours.rows if row["group"] == country]
        rounded = lifelines.KaplanMeierFitter().fit(grid[np.searchsorted(grid, people.days)], people.dead)
        np.testing.assert_allclose([row["kaplan_meier"] for row in rows], rounded.predict(grid), rtol=1e-9)
        assert [row["at_risk"] for row in rows] == [(people.days > start).sum() for start in [-1, *grid[:-1]]]
        if len(grid) > 1:
            np.testing.assert_allclose([row["survival"] for row in rows], by_poisson(people, grid), rtol=1e-8)


def test_a_fine_grid_on_many_people_comes_near_the_exact_curve(read_text: Read) -> None:
    parts = [table(at, 4_000) for at in range(2)]
    analysis = "{name: a, kind: kaplan-meier, time: days, event: dead, grid: 20}"
    ours = outcome_of(read_text, analysis, parts, 10)
    assert isinstance(ours, Table)
    pooled = pd.concat(parts)
    exact = lifelines.KaplanMeierFitter().fit(pooled.days, pooled.dead)
    times = [row["time"] for row in ours.rows]
    assert len(times) > 15
    np.testing.assert_allclose(
        [row["survival"] for row in ours.rows][:-1], exact.predict(times).to_numpy()[:-1], atol=0.01
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_a_crosstab_and_its_chi_square_are_those_of_the_pooled_table(read_text: Read, seed: int, parts: int) -> None:
    tables = [table(seed + at, 60) for at in range(parts)]
    ours = outcome_of(read_text, "{name: a, kind: crosstab, rows: arm, columns: grade}", tables)
    assert isinstance(ours, Table)
    pooled = pd.concat(tables)
    counts = pd.crosstab(pooled.arm, pooled.grade).to_numpy()
    assert [row["n"] for row in ours.rows] == counts.ravel().tolist()
    statistic, p, df, _ = chi2_contingency(counts, correction=False)
    assert ours.values["chi_square"] == pytest.approx(statistic, rel=1e-9)
    assert (ours.values["p"], ours.values["df"]) == (pytest.approx(p, rel=1e-9), df)


def test_a_crosstab_shows_no_cell_that_is_small_at_one_site_and_none_that_would_give_it_away(read_text: Read) -> None:
    few = table(2, 90)
    few.loc[(few.arm == 1) & (few.grade == 2), "grade"] = 0.0
    ours = outcome_of(read_text, "{name: a, kind: crosstab, rows: arm, columns: grade}", [table(1, 90), few], 5)
    assert isinstance(ours, Table)
    shown = {(row["arm"], row["grade"]): row["n"] for row in ours.rows}
    hidden = {cell for cell, n in shown.items() if n is None}
    assert ("treated", "III") in hidden
    assert len(hidden) >= 4
    assert ours.values == {}, "no chi-square of half a table"


def test_a_description_pools_mean_and_spread(read_text: Read) -> None:
    tables = [table(at, 40 + at) for at in range(3)]
    tables[1].loc[tables[1].index[:15], "x"] = np.nan
    ours = outcome_of(read_text, "{name: a, kind: describe, of: [x, arm]}", tables, 10)
    assert isinstance(ours, Table)
    pooled = pd.concat(tables)
    row = next(row for row in ours.rows if row["site"] == "all" and row["column"] == "x")
    assert (row["n"], row["missing"]) == (pooled.x.count(), None)
    assert (row["mean"], row["sd"]) == pytest.approx((pooled.x.mean(), pooled.x.std()), rel=1e-12)


def test_no_mean_where_only_a_few_people_lack_a_value(read_text: Read) -> None:
    held = table(1, 60)
    held.loc[held.index[:3], "x"] = np.nan
    ours = outcome_of(read_text, "{name: a, kind: describe, of: [x]}", [held, table(2, 60)], 10)
    assert isinstance(ours, Table)
    row = next(row for row in ours.rows if row["site"] == "s0")
    assert (row["n"], row["missing"], row["mean"]) == (None, "<10", None)
