"""Honest work passes the gate: a Table 1, models, curves and a comparative cohort about the same people, at each minimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from biopact.study import Fit, Results, Site, Table

from .conftest import PEOPLE, people_of

ANALYSES = {
    "table-1": "kind: describe, of: [age, sex, stage, smoker, pressure], quantiles: [0.5]",
    "crosstab": "kind: crosstab, rows: stage, columns: smoker",
    "histogram": "kind: histogram, of: pressure, grid: 10",
    "correlation": "kind: correlation, of: [age, pressure]",
    "logistic": "kind: glm, family: binomial, formula: ill ~ age + sex + stage",
    "cox": "kind: cox, time: days, event: dead, formula: age + sex + smoker",
    "curves": "kind: kaplan-meier, time: days, event: dead, by: sex, grid: 5",
    "validation": "kind: external-validation, outcome: ill, formula: age, coefficients: {Intercept: -1.5, age: 0.03}",
    "cohort": "kind: comparative-cohort, treatment: smoker, covariates: age + sex + stage, time: days, event: dead, "
    "negative_controls: [broken]",
}
SET = "analysis_set: {complete: [age, sex, stage, smoker, pressure, days, dead, ill, broken]}\n"


@pytest.mark.parametrize("least", [3, 5, 10])
def test_nine_studies_of_the_same_people_are_all_answered(
    run: Callable[..., Results], sites_of: Callable[..., list[Site]], least: int
) -> None:
    names = {"sex": ("female", "male"), "stage": ("I", "II", "III")}
    rows: dict[str, list[Any]] = {}
    for at, site in enumerate("abc"):
        table = people_of(at, 2_500).astype({"smoker": int, "dead": int, "ill": int, "broken": int})
        for column, levels in names.items():
            table[column] = np.array(levels)[table[column].astype(int)]
        rows[site] = table.astype(object).where(table.notna(), "").to_dict("records")
    sites = sites_of(rows, least)
    for name, analysis in ANALYSES.items():
        text = PEOPLE.replace("study: s", f"study: {name}") + SET + f"analyses: [{{name: a, {analysis}}}]"
        results = run(text, sites)
        assert results.refused == (), name
        assert isinstance(results.analyses[0].outcome, (Fit, Table)), name
