"""The studies of the examples, on the public records they are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from biopact.study import Fit, Results, Site, Table
from biopact.text import say

Run = Callable[..., Results]
Make = Callable[[int], list[Site]]
Text = Callable[[str], str]


def pooled_liver(sites: list[Site]) -> pd.DataFrame:
    """The pooled analysis set, follow-up ended at 1,825 days."""
    table = pd.concat(pd.read_csv(site.tables["patients"]).assign(site=site.id) for site in sites)
    table = table.dropna(subset=["age", "sex", "alcohol", "days", "dead"])
    late = table.days > 1825
    table["dead"] = np.where(late, 0, table.dead)
    table["days"] = table.days.clip(upper=1825)
    return table.assign(male=(table.sex == "male").astype(float))


def outcome(results: Results, name: str) -> object:
    return next(report.outcome for report in results.analyses if report.name == name)


def test_the_liver_study_runs_at_four_sites_and_equals_the_pooled_fits(run: Run, liver: Make, example: Text) -> None:
    sites = liver(10)
    results = run(example("liver-survival"), sites)
    pooled = pooled_liver(sites)
    assert results.refused == ()
    assert [(line.id, line.n) for line in results.sites] == [
        ("kr", 86),
        ("us-bc-2y", 41),
        ("us-dd", 60),
        ("us-others", 81),
    ]

    cox = outcome(results, "survival")
    assert isinstance(cox, Fit)
    model = lifelines.CoxPHFitter()
    held = pooled[["days", "dead", "age", "male", "alcohol", "site"]]
    model.fit(held, "days", "dead", strata=["site"], fit_options={"precision": 1e-20, "r_precision": 0.0})
    np.testing.assert_allclose([term.coef for term in cox.estimates], model.params_, rtol=1e-9)
    np.testing.assert_allclose([term.se for term in cox.estimates], model.standard_errors_, rtol=1e-9)
    assert cox.measures["loglik"] == pytest.approx(model.log_likelihood_, rel=1e-9)

    logistic = outcome(results, "risk")
    assert isinstance(logistic, Fit)
    formula = "dead ~ age + male + C(site)"
    theirs = smf.glm(formula, pooled, family=sm.families.Binomial()).fit(tol_criterion="params", tol=1e-13)
    order = ["Intercept", "age", "male", *(f"C(site)[T.{name}]" for name in ("us-bc-2y", "us-dd", "us-others"))]
    np.testing.assert_allclose([term.coef for term in logistic.estimates], theirs.params[order], rtol=1e-9)
    np.testing.assert_allclose([term.se for term in logistic.estimates], theirs.bse[order], rtol=1e-9)
    assert logistic.measures["deviance"] == pytest.approx(theirs.deviance, rel=1e-9)


def test_the_liver_study_gives_one_five_year_figure_per_country(run: Run, liver: Make, example: Text) -> None:
    sites = liver(10)
    curves = outcome(run(example("liver-survival"), sites), "curves")
    assert isinstance(curves, Table)
    pooled = pooled_liver(sites)
    assert [(row["group"], row["time"]) for row in curves.rows] == [("KR", 1825.0), ("US", 1825.0)]
    for row in curves.rows:
        people = pooled[(pooled.site == "kr") == (row["group"] == "KR")]
        rounded = lifelines.KaplanMeierFitter().fit(np.full(len(people), 1825.0), people.dead)
        assert row["kaplan_meier"] == pytest.approx(rounded.predict(1825.0), rel=1e-9)
        days = people.days.to_numpy(float).clip(min=1e-6)  # lifelines wants times above nought
        exponential = lifelines.ExponentialFitter().fit(days, people.dead)
        assert row["survival"] == pytest.approx(float(exponential.predict(1825.0)), rel=1e-5)
        assert row["survival"] == pytest.approx(np.exp(-people.dead.sum() / people.days.sum() * 1825), rel=1e-12)
    assert [note.code for note in curves.notes] == ["study.note.few-deaths", "study.note.coarsened"]
    few = curves.notes[0]
    assert few.values["group"] == "KR"
    assert "11" in say(few.code, "en", **few.values)
    assert "11" in say(few.code, "ko", **few.values)


def test_table_one_of_the_liver_study_is_that_of_pandas(run: Run, liver: Make, example: Text) -> None:
    sites = liver(10)
    table = outcome(run(example("liver-survival"), sites), "table1")
    assert isinstance(table, Table)
    pooled = pooled_liver(sites)
    for row in table.rows:
        people = pooled if row["site"] == "all" else pooled[pooled.site == row["site"]]
        if row["column"] == "age":
            assert (row["n"], row["mean"], row["sd"]) == pytest.approx(
                (len(people), people.age.mean(), people.age.std())
            )
        elif row["column"] == "sex":
            assert row["n"] == (people.sex == row["level"]).sum()
    missing = {row["site"]: row["missing"] for row in table.rows if row["column"] == "alcohol"}
    assert missing == {"kr": "<10", "us-bc-2y": "<10", "us-dd": "<10", "us-others": "<10", "all": None}


@pytest.mark.parametrize("first", [True, False])
def test_the_hepatitis_study_is_refused_by_exactly_the_three_american_sites(
    run: Run, liver: Make, example: Text, first: bool
) -> None:
    sites = liver(10)
    if not first:
        run(example("liver-survival"), sites)
    for _ in range(2):
        results = run(example("hepatitis-b"), sites)
        said = [(refusal.site, refusal.analysis, refusal.rule) for refusal in results.refused]
        assert said == [(site, "survival-b", "minimum-cell") for site in ("us-bc-2y", "us-dd", "us-others")]
        assert outcome(results, "survival-b") is None
        assert all(line.n is None for line in results.sites), "nobody releases anything"


@pytest.mark.parametrize(("least", "refusing"), [(5, []), (11, ["switzerland", "va"])])
def test_at_five_four_hospitals_answer_and_at_eleven_two_refuse(
    run: Run, heart: Make, example: Text, least: int, refusing: list[str]
) -> None:
    results = run(example("heart-disease"), heart(least))
    assert [(refusal.site, refusal.analysis) for refusal in results.refused] == [(site, "risk") for site in refusing]
    assert (outcome(results, "risk") is None) == bool(refusing)
    assert isinstance(outcome(results, "table1"), Table), "a suppressed cell is no refusal"


def test_the_heart_study_equals_the_pooled_fit_and_cholesterol_does_not_narrow_it(
    run: Run, heart: Make, example: Text, heart_rows: list[dict[str, str]]
) -> None:
    results = run(example("heart-disease"), heart(5))
    fit = outcome(results, "risk")
    assert isinstance(fit, Fit)
    table = (
        pd.DataFrame(heart_rows).apply(pd.to_numeric, errors="coerce").assign(site=[row["site"] for row in heart_rows])
    )
    table = table.dropna(subset=["age", "sex", "thalach", "exang"]).assign(disease=lambda held: (held.num > 0) * 1.0)
    theirs = smf.glm("disease ~ age + sex + thalach + exang", table, family=sm.families.Binomial()).fit(
        tol_criterion="params", tol=1e-13
    )
    assert fit.n == len(table) == 865
    np.testing.assert_allclose([term.coef for term in fit.estimates], theirs.params, rtol=1e-9)
    np.testing.assert_allclose([term.se for term in fit.estimates], theirs.bse, rtol=1e-9)
    described = outcome(results, "table1")
    assert isinstance(described, Table)
    chol = {row["site"]: row for row in described.rows if row["column"] == "chol"}
    assert (chol["switzerland"]["n"], chol["switzerland"]["mean"], chol["switzerland"]["missing"]) == ("<5", None, 122)
    measured = table[(table.site == "hungarian") & (table.chol > 0)].chol
    assert chol["hungarian"]["mean"] == pytest.approx(measured.mean(), rel=1e-12)
    assert chol["hungarian"]["sd"] == pytest.approx(measured.std(), rel=1e-9)


def test_a_second_run_gives_the_same_bytes_and_no_refusal(run: Run, liver: Make, example: Text) -> None:
    sites = liver(10)
    first = run(example("liver-survival"), sites)
    second = run(example("liver-survival"), sites)
    assert first.to_json() == second.to_json()
    assert second.refused == ()


def test_the_results_follow_the_schema_that_others_read(run: Run, liver: Make, example: Text) -> None:
    results = run(example("liver-survival"), liver(10), pact="liver-2026", law="sha256:00")
    read = json.loads(results.to_json())
    assert read["schema"] == "biopact.results/1"
    assert list(read) == [
        "schema", "pact", "study", "as_of", "law", "sites", "analyses", "refused", "readiness",
    ]  # fmt: skip
    assert (read["pact"], read["study"], read["as_of"], read["law"]) == (
        "liver-2026",
        "liver-survival",
        "2026-12-01",
        "sha256:00",
    )
    cox = read["analyses"][1]
    assert {"name", "kind", "formula", "n", "missing", "fit", "terms"} <= set(cox)
    assert {"loglik", "df", "converged", "rounds"} <= set(cox["fit"])
    assert set(cox["terms"][0]) == {"term", "coef", "se", "z", "p", "low", "high"}


def test_no_row_leaves_a_site(run: Run, liver: Make, example: Text, tmp_path: Path) -> None:
    """What four sites put into their stores as released holds nothing of a size that grows with the people."""
    run(example("liver-survival"), liver(10))
    for path in tmp_path.glob("store/*/answers/*.json"):
        held = json.loads(path.read_text(encoding="utf-8"))
        assert sum(len(entry["values"]) for entry in held.get("sums", {}).values()) < 80
