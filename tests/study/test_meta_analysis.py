"""Meta-analysis beside the exact fit: statsmodels on the sites' own fits; where it is biased the exact fit is not."""

from __future__ import annotations

from typing import Any

import lifelines
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from biopact.study import Table
from biopact.study.trial import fit

FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
MODEL = "{name: a, kind: meta-analysis, by: site, model: {kind: cox, time: days, event: dead, formula: age + sex}}"


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
@FEW
@given(st.tuples(st.integers(0, 10_000), st.integers(2, 6), st.booleans()))
def test_fixed_and_random_effects_are_those_of_statsmodels_on_the_sites_own_fits(
    split: Any, drawn: tuple[int, int, bool]
) -> None:
    made = split(MODEL, drawn, 360)
    ours = made.outcome()
    assert isinstance(ours, Table)
    fits = {}
    for site, people in made.pooled.groupby("site"):
        model = lifelines.CoxPHFitter()
        held = people[["days", "dead", "age", "sex"]]
        model.fit(held, "days", "dead", fit_options={"precision": 1e-20, "r_precision": 0.0})
        fits[site] = model
    pooled = lifelines.CoxPHFitter()
    held = made.pooled[["days", "dead", "age", "sex", "site"]]
    pooled.fit(held, "days", "dead", strata=["site"], fit_options={"precision": 1e-20, "r_precision": 0.0})
    for row in ours.rows:
        name = row["term"].split("[")[0]
        beta = np.array([model.params_[name] for model in fits.values()])
        variance = np.array([model.standard_errors_[name] ** 2 for model in fits.values()])
        theirs = combine_effects(beta, variance, method_re="dl")
        assert row["exact"] == pytest.approx(pooled.params_[name], rel=1e-9, abs=1e-11)
        assert row["fixed"] == pytest.approx(theirs.mean_effect_fe, rel=1e-8)
        assert row["fixed_se"] == pytest.approx(theirs.sd_eff_w_fe, rel=1e-8)
        # statsmodels weights with a variance below nought; DerSimonian and Laird take nought, and so the fixed effect
        same = (theirs.mean_effect_re, theirs.sd_eff_w_re) if theirs.tau2 > 0 else (row["fixed"], row["fixed_se"])
        assert (row["random"], row["random_se"]) == pytest.approx(same, rel=1e-8)
        assert row["q"] == pytest.approx(theirs.q, rel=1e-7, abs=1e-9)
        assert row["tau2"] == pytest.approx(max(theirs.tau2, 0), rel=1e-7, abs=1e-12)
        assert row["sites"] == len(fits)
    of_sites = {(row["site"], row["term"]): row["coef"] for row in ours.values["by_site"]}
    assert of_sites["s0", "age"] == pytest.approx(fits["s0"].params_["age"], rel=1e-8, abs=1e-11)


def test_a_site_that_cannot_be_fitted_alone_still_takes_part_in_the_exact_fit(split: Any) -> None:
    made = split(
        "{name: a, kind: meta-analysis, by: site, model: {kind: glm, family: binomial, formula: ill ~ age}}",
        (2, 3, False),
    )
    made.sites[1].population.columns["ill"][:] = 1.0
    made.pooled.loc[made.pooled.site == made.sites[1].site, "ill"] = 1.0
    made.sites[1].memory.clear()
    ours = fit(made.study.analyses[0], made.sites)[0]
    assert isinstance(ours, Table)
    assert {row["sites"] for row in ours.rows} == {2}
    model = sm.GLM(made.pooled.ill, sm.add_constant(made.pooled.age), sm.families.Binomial())
    theirs = model.fit(tol=1e-13, tol_criterion="params")
    assert [row["exact"] for row in ours.rows] == pytest.approx(list(theirs.params), rel=1e-9)
    assert "study.note.not-alone" in {note.code for note in ours.notes}


def test_with_rare_events_at_many_small_sites_the_combination_is_biased_and_the_exact_fit_is_not(split: Any) -> None:
    """40 sites of about 20 people and an event or two: the hazard rises by e^0.08 with each year of age, and inverse
    variance, which hears only sites that can be fitted alone, says far less."""
    truth, biased, exact = 0.08, [], []
    for seed in range(8):
        random = np.random.default_rng(seed)
        made = split(MODEL.replace("age + sex", "age"), (seed, 40, False), 800)
        for site in made.sites:
            columns = site.population.columns
            waiting = random.exponential(1 / (0.00002 * np.exp(truth * (columns["age"] - 55))))
            columns["dead"][:] = waiting < 1000
            columns["days"][:] = np.minimum(np.ceil(waiting), 1000)
            site.memory.clear()
        ours = fit(made.study.analyses[0], made.sites)[0]
        assert isinstance(ours, Table)
        row = ours.rows[0]
        assert row["sites"] < 40
        biased.append(row["fixed"])
        exact.append(row["exact"])
    assert np.mean(exact) == pytest.approx(truth, rel=0.15)
    assert np.mean(biased) < 0.7 * truth
