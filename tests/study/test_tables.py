"""Histograms, correlations, quantiles and rates: those of the pooled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, gamma, pearsonr

from biopact.study import Failure, Table

SPLITS = st.tuples(st.integers(0, 10_000), st.integers(1, 5), st.booleans())
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(SPLITS, st.integers(1, 12))
def test_a_histogram_counts_the_pooled_rows_and_each_bin_holds_the_minimum_everywhere(
    split: Any, drawn: tuple[int, int, bool], least: int
) -> None:
    made = split("{name: a, kind: histogram, of: pressure, grid: 2}", drawn, 300, least)
    ours = made.outcome()
    assert isinstance(ours, Table)
    edges = [ours.rows[0]["low"], *(row["high"] for row in ours.rows)]
    np.testing.assert_array_equal([row["n"] for row in ours.rows], np.histogram(made.pooled.pressure, edges)[0])
    for site in made.sites:
        if site.n >= least:
            assert (np.histogram(site.rows["pressure"], edges)[0] >= least).all()


@FEW
@given(SPLITS)
def test_correlations_are_those_of_scipy(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: correlation, of: [age, pressure, ill, dose]}", drawn)
    ours = made.outcome()
    assert isinstance(ours, Table)
    for row in ours.rows:
        theirs = pearsonr(made.pooled[row["one"]], made.pooled[row["other"]])
        assert row["r"] == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-12)
        assert row["p"] == pytest.approx(theirs.pvalue, rel=1e-6)
        interval = theirs.confidence_interval()
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)


def test_a_column_that_does_not_vary_has_no_correlation(split: Any) -> None:
    made = split("{name: a, kind: correlation, of: [age, pressure]}", (1, 2, False))
    for site in made.sites:
        site.population.columns["age"][:] = 50.0
    found = made.outcome()
    assert isinstance(found, Failure)
    assert found.reason == "singular"


@FEW
@given(SPLITS, st.integers(2, 12))
def test_quantiles_are_intervals_that_hold_those_of_the_pooled_rows(
    split: Any, drawn: tuple[int, int, bool], least: int
) -> None:
    made = split(
        "{name: a, kind: describe, of: [age, dose], quantiles: [0.1, 0.5, 0.9], grid: {age: 5}}", drawn, 600, least
    )
    ours = made.outcome()
    assert isinstance(ours, Table)
    for name in ("age", "dose"):
        row = next(row for row in ours.rows if row["column"] == name and row["site"] == "all")
        if row["quantiles"] is None:  # a few people lack a value somewhere
            continue
        for told in row["quantiles"]:
            theirs = (
                made.pooled[name].quantile(told["q"], interpolation="inverted_cdf")
                if False
                else np.quantile(made.pooled[name].dropna(), told["q"], method="inverted_cdf")
            )
            assert told["low"] <= theirs <= told["high"]


@FEW
@given(SPLITS)
def test_in_a_trial_without_a_minimum_quantiles_are_exact(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split("{name: a, kind: describe, of: [age, dose], quantiles: [0.1, 0.25, 0.5, 0.9]}", drawn)
    ours = made.outcome(exact=True)
    assert isinstance(ours, Table)
    for name in ("age", "dose"):
        row = next(row for row in ours.rows if row["column"] == name and row["site"] == "all")
        told = [entry["value"] for entry in row["quantiles"]]
        np.testing.assert_allclose(told, made.pooled[name].quantile([0.1, 0.25, 0.5, 0.9]), rtol=1e-12)
        assert row["variance"] == pytest.approx(made.pooled[name].var(), rel=1e-9)


RATES = (
    "{name: a, kind: standardised-rates, event: dead, person_time: years, by: smoker, strata: stage, per: 1000, "
    "standard: {I: 50, II: 30, III: 20}, reference: {I: 90, II: 100, III: 110}}"
)


@FEW
@given(SPLITS)
def test_rates_are_those_of_the_pooled_rows(split: Any, drawn: tuple[int, int, bool]) -> None:
    made = split(RATES, drawn, 400)
    ours = made.outcome()
    assert isinstance(ours, Table)
    share = np.array([0.5, 0.3, 0.2])
    for row, (_, people) in zip(ours.rows, made.pooled.groupby("smoker"), strict=True):
        by = people.groupby("stage")
        events, time = by.dead.sum().to_numpy(), by.years.sum().to_numpy()
        assert (row["n"], row["events"]) == (len(people), events.sum())
        model = sm.GLM([events.sum()], np.ones((1, 1)), sm.families.Poisson(), offset=[np.log(time.sum())]).fit()
        assert row["crude"] == pytest.approx(1000 * np.exp(model.params[0]), rel=1e-6)
        rate, variance, most = (share / time) @ events, (share / time) ** 2 @ events, (share / time).max()
        assert row["rate"] == pytest.approx(1000 * rate, rel=1e-9)
        low = gamma.ppf(0.025, rate**2 / variance, scale=variance / rate)
        high = gamma.ppf(0.975, (rate + most) ** 2 / (variance + most**2), scale=(variance + most**2) / (rate + most))
        assert (row["low"], row["high"]) == pytest.approx((1000 * low, 1000 * high), rel=1e-7)
        expected = np.array([0.09, 0.1, 0.11]) @ time
        assert row["expected"] == pytest.approx(expected, rel=1e-9)
        limits = chi2.ppf(0.025, 2 * events.sum()) / 2, chi2.ppf(0.975, 2 * (events.sum() + 1)) / 2
        assert (row["ratio_low"], row["ratio_high"]) == pytest.approx([limit / expected for limit in limits], rel=1e-7)


def test_strata_are_merged_until_each_holds_the_minimum(split: Any) -> None:
    made = split(RATES, (3, 3, False), 240, 9)
    ours = made.outcome()
    assert isinstance(ours, Table)
    assert ours.values["strata"] != ["I", "II", "III"]
    assert [note.code for note in ours.notes] == ["study.note.merged-strata"]
    assert isinstance(pd.DataFrame(ours.rows).rate.iloc[0], float)
