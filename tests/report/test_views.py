"""Every kind of analysis as a reader sees it: run on made-up people, then held against the numbers of the file."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from biopact.report.naming import Naming
from biopact.report.views import View, views
from biopact.study.analyses import KINDS
from biopact.study.spec import read_study
from biopact.study.trial import try_study
from biopact.text import Lang, say, template_of

STUDY = """
study: everything
release: [sums]
population: {table: patients}
columns:
  age: {type: number, unit: year, bounds: [0, 120]}
  chol: {type: number, unit: mg/dL, bounds: [0, 1000]}
  sex: {levels: [0, 1]}
  stage: {levels: [I, II, III]}
  smoker: {levels: [0, 1]}
  days: {type: number, unit: day, bounds: [0, 2000]}
  dead: {levels: [0, 1]}
  broken: {levels: [0, 1]}
  risk: {type: number, bounds: [0, 1]}
analyses:
  - {name: table1, kind: describe, of: [age, stage]}
  - {name: ct, kind: crosstab, rows: stage, columns: sex}
  - {name: hist, kind: histogram, of: age, grid: 10}
  - {name: corr, kind: correlation, of: [age, chol, days]}
  - {name: lin, kind: glm, formula: "chol ~ age + sex", family: gaussian}
  - {name: km, kind: kaplan-meier, time: days, event: dead, by: sex, grid: 500}
  - {name: lr, kind: log-rank, time: days, event: dead, by: sex}
  - {name: roc, kind: roc, outcome: dead, score: risk, grid: 0.1}
  - {name: cal, kind: calibration, outcome: dead, score: risk, grid: 0.1}
  - {name: ev, kind: external-validation, outcome: dead, formula: "age + sex", coefficients: {Intercept: -2, age: 0.045, sex: 0.5}, grid: 0.1}
  - {name: cox, kind: cox, time: days, event: dead, formula: "age + sex"}
  - {name: meta, kind: meta-analysis, by: site, model: {kind: cox, time: days, event: dead, formula: "age + sex"}}
  - {name: rates, kind: standardised-rates, event: dead, person_time: days, by: sex, strata: stage, per: 365.25}
  - {name: cohort, kind: comparative-cohort, treatment: smoker, covariates: "age + sex + stage", time: days, event: dead, negative_controls: [broken]}
"""  # fmt: skip
PLOTTED = {
    "histogram", "cox", "kaplan-meier", "roc", "calibration", "external-validation", "meta-analysis", "comparative-cohort",
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("study")
    (folder / "s.yaml").write_text(STUDY)
    chance = np.random.default_rng(4)
    files = {}
    for site, n in (("kr", 700), ("us", 900)):
        age = chance.normal(60, 10, n).clip(30, 90)
        sex, smoker, broken = (chance.random((3, n)) < [[0.5], [0.4], [0.2]]).astype(int)
        days = (chance.exponential(900 * np.exp(-0.02 * (age - 60) - 0.2 * sex)) + 1).round()
        risk = 1 / (1 + np.exp(-(0.04 * (age - 60) + chance.normal(0.5, 0.5, n))))
        table = {
            "age": age,
            "chol": 150 + age + chance.normal(0, 20, n),
            "sex": sex,
            "smoker": smoker,
            "broken": broken,
        }
        table |= {"stage": chance.choice(["I", "II", "III"], n), "days": days.clip(1, 1500), "dead": (days < 1500) * 1}
        files[site] = folder / f"{site}.csv"
        pd.DataFrame(table | {"risk": risk}).to_csv(files[site], index=False)
    return try_study(read_study(folder / "s.yaml"), files, min_cell=10, as_of=datetime.date(2026, 11, 25)).to_dict()


def shown(results: dict[str, Any], lang: Lang = "en") -> dict[str, View]:
    titles = {"families": {"lin": "gaussian"}, "times": {"km": "days"}, "units": {"age": "year", "days": "day"}}
    return {view.name: view for view in views(results, Naming(lang, titles))}


def texts(view: View) -> list[str]:
    grids = [view.grid, *(part.grid for part in view.parts)]
    heads = [head for grid in grids if grid for head in grid.heads]
    parts = [text for part in view.parts for text in (part.heading, *part.said)]
    return [view.heading, *view.said, *heads, *parts]


def test_every_kind_has_a_view_with_its_table_and_those_that_can_be_drawn_a_plot(results: dict[str, Any]) -> None:
    found = shown(results)
    assert {view.kind for view in found.values()} == set(KINDS)
    for view in found.values():
        assert view.failed is None
        assert view.grid is not None
        assert view.exact is not None
        assert (view.plot is not None) == (view.kind in PLOTTED), view.kind
        for grid in (view.grid, *(part.grid for part in view.parts)):
            assert grid is None or all(len(row) == len(grid.heads) for row in grid.rows)


def test_a_korean_reader_meets_no_english_heads(results: dict[str, Any]) -> None:
    plain = re.compile(r"^[A-Za-z]{3,}")
    for view in shown(results, "ko").values():
        named = {"smoker", "broken", "days", "chol", "sex", "stage", "age", "dead", "kr", "us"}
        assert [text for text in texts(view) if plain.match(text) and text.split()[0] not in named] == []


def test_the_numbers_shown_are_those_of_the_file(results: dict[str, Any]) -> None:
    found = shown(results)
    told = {analysis["name"]: analysis for analysis in results["analyses"]}
    assert f"{told['roc']['values']['auc']:.3f}" in found["roc"].said[0]
    assert f"Chi-square {told['lr']['values']['chi_square']:.2f}" in found["lr"].said[0]
    hazard = told["cohort"]["values"]["hazards"][0]
    assert f"{np.exp(hazard['coef']):.2f}" in found["cohort"].grid.rows[0]  # type: ignore[union-attr]
    meta = told["meta"]["table"][0]
    assert found["meta"].grid.rows[0][1].startswith(f"{np.exp(meta['exact']):.2f} (")  # type: ignore[union-attr]
    assert "negative control" in found["cohort"].grid.rows[1][0]  # type: ignore[union-attr]
    assert len(found["ev"].parts) == 2


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_kind_says_how_it_was_done(lang: Lang) -> None:
    silent = {kind for kind in KINDS if template_of(f"report.method.{kind}", lang) is None}
    assert silent == {"describe", "crosstab"}  # counts and means say themselves
    assert all(say(f"report.kind.{kind}", lang) for kind in KINDS)


def test_a_made_file_of_an_older_form_is_shown_too() -> None:
    row = {"name": "a", "kind": "crosstab", "formula": None, "n": 3, "table": [{"x": "1", "n": 3}], "notes": []}
    results = {"analyses": [row], "refused": [], "sites": []}
    assert views(results, Naming("en", {}))[0].grid is not None


def test_what_a_release_would_hide_is_marked_in_the_balance_too(results: dict[str, Any]) -> None:
    told = next(it for it in results["analyses"] if it["kind"] == "comparative-cohort")
    row = {**told["table"][0], "suppressed": ["treated", "after"]}
    (view,) = views({**results, "analyses": [{**told, "table": [row, *told["table"][1:]]}]}, Naming("en", {}))
    balance = view.parts[0]
    assert balance.grid is not None
    assert [cell.endswith(" *") for cell in balance.grid.rows[0]] == [False, True, False, False, False, False, True]
    assert balance.said[-1].startswith("*")


def test_a_desk_that_does_not_draw_shows_the_same_tables(results: dict[str, Any]) -> None:
    drawn, plain = (views(results, Naming("en", {}), draws=draws) for draws in (True, False))
    for one, other in zip(drawn, plain, strict=True):
        assert other.plot is None
        assert all(part.plot is None for part in other.parts)
        assert (one.grid, one.said, one.notes) == (other.grid, other.said, other.notes)
