"""Attacks on tables: a hidden cell from its margins, a count from what rounds it, a time from its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from biopact.study.gate.limits import Limits

Eyes = Callable[..., Any]
TEXT = """
study: {study}
population: {{table: patients}}
columns:
  stage: {{levels: [I, II, III]}}
  ill: {{levels: [0, 1]}}
  days: {{type: number, bounds: [0, 1000]}}
  dead: {{levels: [0, 1]}}
analyses: [{analysis}]
"""
CROSSTAB = "{name: a, kind: crosstab, rows: stage, columns: ill}"
MARGINS = "{name: a, kind: describe, of: [stage, ill]}"


def text(study: str, analysis: str) -> str:
    return TEXT.format(study=study, analysis=analysis)


def people(counts: np.ndarray) -> list[dict[str, object]]:
    """So many people of each stage and illness."""
    random = np.random.default_rng(1)
    return [
        {
            "stage": ("I", "II", "III")[i],
            "ill": j,
            "days": int(random.integers(1, 900)),
            "dead": int(random.random() < 0.5),
        }
        for i in range(3)
        for j in range(2)
        for _ in range(counts[i, j])
    ]


def widths(shown: np.ndarray, stands: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """How wide the range of each hidden cell is for somebody who knows the margins."""
    hidden = np.argwhere(~stands)
    equations = np.zeros((5, len(hidden)))
    for at, (i, j) in enumerate(hidden):
        equations[i, at] = equations[3 + j, at] = 1
    left = np.concatenate([rows - shown.sum(axis=1), columns - shown.sum(axis=0)])
    ends = []
    for at in range(len(hidden)):
        aim = np.eye(len(hidden))[at]
        low, high = (linprog(sign * aim, A_eq=equations, b_eq=left).fun * sign for sign in (1, -1))
        ends.append(high - low)
    return np.array(ends)


COUNTS = np.array([[40, 30], [25, 4], [33, 28]])


def test_margins_reveal_a_cell_that_is_only_hidden_itself(eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    """AI-SDC/ACRO issue 198: primary suppression alone, and the margins of a Table 1."""
    off, on = eyes({"a": people(COUNTS)})
    monkeypatch.setattr("biopact.study.analyses.crosstab.audited", lambda counts, least: counts >= least)
    monkeypatch.setattr("biopact.study.analyses.crosstab.margins_kept", lambda stands: stands)
    off.sites = [replace(off.sites[0], min_cell=10)]
    off.ask(text("s", CROSSTAB))
    shown = off.sums["a", "a", 1]["counts"]
    assert shown[1, 1] == 0, "hidden"
    off.ask(text("t", MARGINS))
    margins = off.sums["a", "a", 1]
    assert margins["stage.counts"][1] - shown[1].sum() == COUNTS[1, 1]

    eye = on()
    eye.ask(text("s", CROSSTAB))
    shown = eye.sums["a", "a", 1]["counts"]
    assert (shown > 0).any(), "not all is hidden"
    width = widths(shown, shown > 0, COUNTS.sum(axis=1), COUNTS.sum(axis=0))
    assert (width >= 10).all()
    eye.ask(text("t", MARGINS))
    assert not eye.rules or set(eye.rules) <= {"nested-cohorts", "small-combination", "isolated-group"}


def test_a_level_hidden_in_a_description_is_not_the_rest_of_the_others(eyes: Eyes) -> None:
    off, on = eyes({"a": people(np.array([[40, 30], [2, 2], [33, 28]]))})
    off.ask(text("s", MARGINS))
    assert off.sums["a", "a", 1]["stage.counts"][1] == 4

    eye = on()
    eye.ask(text("s", MARGINS))
    counts = eye.sums["a", "a", 1]["stage.counts"]
    assert np.isnan(counts[1]), "below the minimum"
    hidden = float(eye.sums["a", "a", 1]["n"]) - counts[counts > 0].sum()
    assert hidden >= 10
    assert (counts == -1).sum() == 1 or np.isnan(counts).sum() > 1


def test_the_day_of_a_death_in_a_curve(eyes: Eyes) -> None:
    """A Kaplan-Meier curve with a step for each day is a list of the days on which people died."""
    rows = people(COUNTS)
    for row in rows:
        row["dead"] = int(int(str(row["days"])) % 2)
    rows[3] |= {"days": 951, "dead": 1}
    curve = "{name: a, kind: kaplan-meier, time: days, event: dead, grid: 1}"
    off, on = eyes({"a": rows})
    outcome = off.ask(text("s", curve)).analyses[0].outcome
    assert max(row["time"] for row in outcome.rows if row["deaths"]) == 951

    eye = on()
    outcome = eye.ask(text("s", curve)).analyses[0].outcome
    assert outcome.rows
    assert all(row["deaths"] >= 10 for row in outcome.rows)


@pytest.mark.parametrize("analysis", [MARGINS, CROSSTAB])
def test_where_the_pact_asks_for_rounding_no_exact_count_of_a_table_leaves(eyes: Eyes, analysis: str) -> None:
    """ehrQL: suppressed first, then to the nearest five."""
    counts = np.array([[41, 33], [27, 18], [32, 26]])
    off, on = eyes({"a": people(counts)}, limits=Limits(rounding=5))
    off.sites = [replace(off.sites[0], limits=Limits())]
    off.ask(text("s", analysis))
    key = "stage.counts" if analysis == MARGINS else "counts"
    exact = counts.sum(axis=1) if analysis == MARGINS else counts
    np.testing.assert_array_equal(off.sums["a", "a", 1][key], exact)

    eye = on()
    eye.ask(text("s", analysis))
    told = eye.sums["a", "a", 1][key]
    assert (told % 5 == 0).all()
    assert (np.abs(told - exact) <= 2.5).all()
    assert eye.rules == []
