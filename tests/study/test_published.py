"""Published values: DataSHIELD's CNSIM and survival sets, pda's lung data, read from files as a trial reads them.

The digits beyond those published are of statsmodels and lifelines on the pooled rows, kept beside the data.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lifelines
import pandas as pd
import pytest

from biopact.study import Fit, Study, Table
from biopact.study.trial import try_study

Read = Callable[[str], Study]
Try = Callable[..., dict[str, Any]]
EXACT = {"rel": 1e-9, "abs": 1e-11}


@pytest.fixture
def tried(read_text: Read, tmp_path: Path) -> Try:
    """Each analysis of a study on the rows of its sites, by name."""

    def make(text: str, sites: dict[str, pd.DataFrame], least: int = 0) -> dict[str, Any]:
        files = {}
        for name, rows in sites.items():
            files[name] = tmp_path / f"{name}.csv"
            rows.to_csv(files[name], index=False)
        results = try_study(read_text(text), files, min_cell=least, as_of=datetime.date(2026, 12, 1))
        return {report.name: report.outcome for report in results.analyses}

    return make


def references(shared: Path, name: str) -> Any:
    return json.loads((shared / "data" / name / "reference_results.json").read_text(encoding="utf-8"))


def same(ours: Any, coefficients: dict[str, float], errors: dict[str, float], **close: float) -> None:
    assert isinstance(ours, Fit)
    for term, key in zip(ours.estimates, coefficients, strict=True):
        assert term.term.split("[")[0] == key
        assert term.coef == pytest.approx(coefficients[key], **(close or EXACT))
        assert term.se == pytest.approx(errors[key], **(close or EXACT))


CNSIM = """
study: cnsim
population: {}
columns:
  LAB_TSC: {type: number, bounds: [0, 20]}
  LAB_TRIG: {type: number, bounds: [-10, 20]}
  LAB_HDL: {type: number, bounds: [-5, 10]}
  PM_BMI_CONTINUOUS: {type: number, bounds: [0, 100]}
  DIS_DIAB: {levels: [0, 1]}
  GENDER: {levels: [0, 1]}
analyses: [ANALYSES]
"""


@pytest.fixture
def cnsim(shared: Path) -> dict[str, pd.DataFrame]:
    names = ["LAB_TSC", "LAB_TRIG", "LAB_HDL", "PM_BMI_CONTINUOUS", "DIS_DIAB", "GENDER"]
    return {f"sim{at}": pd.read_csv(shared / "data" / "datashield_cnsim" / f"CNSIM{at}.csv")[names] for at in (1, 2, 3)}


@pytest.mark.parametrize(
    ("model", "family", "sites"),
    [
        ("diab_trig_gender_pooled", "binomial", 3),
        ("diab_trig_gender_sim1", "binomial", 1),
        ("tsc_trig_gaussian", "gaussian", 3),
        ("diab_gender_bmi_hdl", "binomial", 3),
        ("bmi_trig_gaussian", "gaussian", 3),
    ],
)
def test_cnsim_regressions(
    tried: Try, cnsim: dict[str, pd.DataFrame], shared: Path, model: str, family: str, sites: int
) -> None:
    theirs = references(shared, "datashield_cnsim")["models"][model]
    analysis = f"{{name: a, kind: glm, family: {family}, formula: {theirs['formula']!r}}}"
    ours = tried(CNSIM.replace("ANALYSES", analysis), dict(list(cnsim.items())[:sites]))["a"]
    coefs = theirs["coefs"]
    same(ours, {k: v["coef"] for k, v in coefs.items()}, {k: v["se"] for k, v in coefs.items()}, rel=1e-8)
    assert (ours.n, ours.measures["df"]) == (theirs["n"], theirs["df_resid"])
    assert ours.measures["deviance"] == pytest.approx(theirs["deviance"], rel=1e-9)
    assert ours.measures["loglik"] == pytest.approx(theirs["llf"], rel=1e-9)


def test_cnsim_as_datashield_prints_it(tried: Try, cnsim: dict[str, pd.DataFrame]) -> None:
    """resource_bookdown, ds.glm on the three studies; and dsBaseClient's ds.mean, ds.var, at the default minimum."""
    logistic = "{name: a, kind: glm, family: binomial, formula: 'DIS_DIAB ~ LAB_TRIG + GENDER'}"
    text = CNSIM.replace("ANALYSES", f"{logistic}, {{name: t, kind: describe, of: [LAB_TSC]}}")
    told = tried(text + "analysis_set: {complete: [LAB_TRIG, GENDER, DIS_DIAB]}\n", cnsim, 10)
    published = {"Intercept": -4.779211, "LAB_TRIG": 0.3035931, "GENDER": -0.4455989}
    errors = {"Intercept": 0.2108117, "LAB_TRIG": 0.05487436, "GENDER": 0.20797931}
    same(told["a"], published, errors, rel=2e-7)
    alone = tried(CNSIM.replace("ANALYSES", "{name: t, kind: describe, of: [LAB_TSC]}"), cnsim, 10)["t"]
    row = next(row for row in alone.rows if row["site"] == "all")
    assert (row["n"], row["mean"], row["variance"]) == (7825, pytest.approx(5.85192485623003), pytest.approx(1.158384))


def test_cnsim_diabetes_by_sex(tried: Try, cnsim: dict[str, pd.DataFrame], shared: Path) -> None:
    counts = references(shared, "datashield_cnsim")["table_diab_gender"]
    text = CNSIM.replace("ANALYSES", "{name: a, kind: crosstab, rows: DIS_DIAB, columns: GENDER}")
    ours = tried(text, cnsim, 3)["a"]
    assert isinstance(ours, Table)
    pooled = [sum(counts[site][i][j] for site in counts) for i in (0, 1) for j in (0, 1)]
    assert [row["n"] for row in ours.rows] == pooled


SURVIVAL = """
study: survival
population: {}
columns:
  start: {type: number, bounds: [0, 20]}
  end: {type: number, bounds: [0, 20]}
  survtime: {type: number, bounds: [0.000001, 20]}
  spell: {type: number, bounds: [0, 10]}
  cens: {levels: [0, 1]}
  age: {type: number, bounds: [-60, 60]}
  female: {levels: [0, 1]}
  noise: {type: number, bounds: [-100, 100]}
  pm10: {type: number, bounds: [-100, 100]}
  bmi: {type: number, bounds: [-60, 60]}
analyses: [ANALYSES]
"""
COUNTING = "time: end, entry: start, event: cens"


@pytest.fixture
def survival(shared: Path) -> dict[str, pd.DataFrame]:
    named = {
        "starttime": "start", "endtime": "end", "survtime": "survtime", "time.id": "spell", "cens": "cens",
        "age.60": "age", "female": "female", "noise.56": "noise", "pm10.16": "pm10", "bmi.26": "bmi",
    }  # fmt: skip
    folder = shared / "data" / "datashield_survival"
    tables = {
        f"survival{at}": pd.read_csv(folder / f"expand_missing_survival{at}.csv").rename(columns=named)[
            [*named.values()]
        ]
        for at in (1, 2, 3)
    }
    return tables


@pytest.mark.parametrize(
    ("model", "more"),
    [("pooled_stratified_by_study", ""), ("pooled_unstratified", ", strata: []")],
)
def test_survival_cox_with_left_truncation(
    tried: Try, survival: dict[str, pd.DataFrame], shared: Path, model: str, more: str
) -> None:
    theirs = references(shared, "datashield_survival")["models"]["cox_counting_process"][model]
    analysis = f"{{name: a, kind: cox, {COUNTING}, formula: 'age + female'{more}}}"
    ours = tried(SURVIVAL.replace("ANALYSES", analysis), survival)["a"]
    same(ours, theirs["coef"], theirs["se"])
    assert (ours.n, ours.measures["events"]) == (theirs["n"], theirs["events"])
    assert ours.measures["loglik"] == pytest.approx(theirs["loglik"], rel=1e-9)


def test_survival_meta_analysis_beside_the_exact_fit(
    tried: Try, survival: dict[str, pd.DataFrame], shared: Path
) -> None:
    theirs = references(shared, "datashield_survival")["models"]["meta_fixed_random"]
    exact = references(shared, "datashield_survival")["models"]["cox_counting_process"]["pooled_stratified_by_study"]
    analysis = f"{{name: a, kind: meta-analysis, by: site, model: {{kind: cox, {COUNTING}, formula: 'age + female'}}}}"
    ours = tried(SURVIVAL.replace("ANALYSES", analysis), survival)["a"]
    assert isinstance(ours, Table)
    for row in ours.rows:
        name = row["term"].split("[")[0]
        assert row["fixed"] == pytest.approx(theirs[name]["fixed"], rel=1e-9)
        assert row["fixed_se"] == pytest.approx(theirs[name]["fixed_se"], rel=1e-9)
        assert row["q"] == pytest.approx(theirs[name]["Q"], rel=1e-7)
        assert row["random"] == pytest.approx(theirs[name]["random_DL"], rel=1e-9)
        assert row["exact"] == pytest.approx(exact["coef"][name], rel=1e-9)


def test_survival_poisson_as_datashield_publishes_it(
    tried: Try, survival: dict[str, pd.DataFrame], shared: Path
) -> None:
    """dsBaseClient, ds.glm poisson: deviance 3522.598 on 6,296 degrees of freedom."""
    theirs = references(shared, "datashield_survival")["models"]["poisson_survtime"]["coefs"]
    analysis = "{name: a, kind: glm, family: poisson, formula: 'survtime ~ spell + female'}"
    ours = tried(SURVIVAL.replace("ANALYSES", analysis), survival)["a"]
    renamed = {"Intercept": "Intercept", "spell": "time_id", "female": "female"}
    same(
        ours,
        {ours_: theirs[key]["coef"] for ours_, key in renamed.items()},
        {ours_: theirs[key]["se"] for ours_, key in renamed.items()},
        rel=1e-8,
    )
    assert ours.n == 6299
    assert ours.measures["df"] == 6296
    assert ours.measures["deviance"] == pytest.approx(3522.598, abs=5e-4)


LUNG = """
study: lung
population: {}
columns:
  time: {type: number, bounds: [0, 1100]}
  status: {levels: [0, 1]}
  age: {type: number, bounds: [0, 120]}
  sex: {levels: [0, 1]}
analyses: [ANALYSES]
"""


@pytest.fixture
def lung(shared: Path) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(shared / "data" / "pda_lung2" / "lung2.csv")
    return {str(site): rows.drop(columns="site") for site, rows in table.groupby("site")}


@pytest.mark.parametrize(("model", "more"), [("stratified_by_site", ""), ("pooled", ", strata: []")])
def test_lung_cox(tried: Try, lung: dict[str, pd.DataFrame], shared: Path, model: str, more: str) -> None:
    """survival::coxph(Surv(time, status) ~ age + sex): age 0.017045 (0.009223), sex -0.513219 (0.167458)."""
    kept = references(shared, "pda_lung2")[model]  # lifelines at its own tolerance; here it is run to the last digits
    analysis = f"{{name: a, kind: cox, time: time, event: status, formula: 'age + sex'{more}}}"
    ours = tried(LUNG.replace("ANALYSES", analysis), lung)["a"]
    same(ours, kept["coef"], kept["se"], rel=1e-5)
    held = pd.concat(rows.assign(site=site) for site, rows in lung.items())
    strata = None if more else ["site"]
    theirs = lifelines.CoxPHFitter().fit(
        held.drop(columns="site") if more else held,
        "time",
        "status",
        strata=strata,
        fit_options={"precision": 1e-20, "r_precision": 0.0},
    )
    same(ours, theirs.params_.to_dict(), theirs.standard_errors_.to_dict())
    assert ours.measures["loglik"] == pytest.approx(theirs.log_likelihood_, rel=1e-9)
    if more:
        assert [term.coef for term in ours.estimates] == pytest.approx([0.017045, -0.513219], abs=1e-6)
        assert [term.se for term in ours.estimates] == pytest.approx([0.009223, 0.167458], abs=1e-6)


def test_lung_curves_log_rank_and_logistic(tried: Try, lung: dict[str, pd.DataFrame], shared: Path) -> None:
    theirs = references(shared, "pda_lung2")
    asked = (
        "{name: km, kind: kaplan-meier, time: time, event: status}, "
        "{name: lr, kind: log-rank, time: time, event: status, by: sex, strata: []}, "
        "{name: glm, kind: glm, family: binomial, formula: 'status ~ age + sex'}"
    )
    told = tried(LUNG.replace("ANALYSES", asked), lung)
    curve = told["km"].rows
    for day, survival in theirs["km"]["pooled"]["S"].items():
        reached = [row["kaplan_meier"] for row in curve if row["time"] <= float(day)]
        assert reached[-1] == pytest.approx(survival, rel=1e-9)
    assert told["lr"].values["chi_square"] == pytest.approx(theirs["logrank_sex"][0], rel=1e-9)
    assert told["lr"].values["p"] == pytest.approx(theirs["logrank_sex"][1], rel=1e-8)
    same(told["glm"], theirs["logit_status"]["coef"], theirs["logit_status"]["se"], rel=1e-8)
    assert told["glm"].measures["deviance"] == pytest.approx(theirs["logit_status"]["deviance"], rel=1e-9)
