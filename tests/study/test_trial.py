"""A local trial: the same numbers, nothing released, refusals beside them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biopact.study import Fit, Results, Site, Study, Table, try_study

DAY = datetime.date(2026, 12, 1)
Read = Callable[[str], Study]
Make = Callable[[int], list[Site]]


def test_a_trial_gives_the_numbers_of_the_run_and_writes_nothing(
    read_text: Read, run: Callable[..., Results], liver: Make, example: Callable[[str], str], tmp_path: Path
) -> None:
    sites = liver(10)
    files = {site.id: site.tables["patients"] for site in sites}
    countries = {site.id: site.country for site in sites}
    tried = try_study(read_text(example("liver-survival")), files, countries=countries, as_of=DAY)
    assert not (tmp_path / "store").exists()
    ran = run(example("liver-survival"), sites)
    for one, other in zip(tried.analyses, ran.analyses, strict=True):
        if isinstance(one.outcome, Fit):
            assert isinstance(other.outcome, Fit)
            assert [term.coef for term in one.outcome.estimates] == [term.coef for term in other.outcome.estimates]
    assert tried.refused == ()


def test_what_would_be_refused_keeps_its_numbers_in_a_trial(
    read_text: Read, liver: Make, example: Callable[[str], str]
) -> None:
    files = {site.id: site.tables["patients"] for site in liver(10)}
    tried = try_study(read_text(example("hepatitis-b")), files, as_of=DAY)
    assert isinstance(tried.analyses[0].outcome, Fit)
    assert {(refusal.site, refusal.rule, refusal.trial) for refusal in tried.refused} == {
        (site, "minimum-cell", True) for site in ("us-bc-2y", "us-dd", "us-others")
    }
    assert tried.to_dict()["refused"][0]["trial"] is True
    free = try_study(read_text(example("hepatitis-b")), files, min_cell=0, as_of=DAY)
    assert free.refused == ()
    assert free.analyses[0].outcome == tried.analyses[0].outcome


def test_suppressed_cells_show_their_value_marked_in_a_trial(
    read_text: Read, heart: Make, example: Callable[[str], str]
) -> None:
    files = {site.id: site.tables["patients"] for site in heart(11)}
    tried = try_study(read_text(example("heart-disease")), files, min_cell=11, as_of=DAY)
    table = tried.analyses[0].outcome
    assert isinstance(table, Table)
    row = next(row for row in table.rows if row["site"] == "va" and row["column"] == "sex" and row["level"] == "0")
    assert row["n"] == 5
    assert "n" in row["suppressed"]
    free = try_study(read_text(example("heart-disease")), files, min_cell=0, as_of=DAY).analyses[0].outcome
    assert isinstance(free, Table)
    assert not any("suppressed" in row for row in free.rows)


def test_a_trial_without_a_minimum_merges_no_times(read_text: Read, liver: Make, example: Callable[[str], str]) -> None:
    files = {site.id: site.tables["patients"] for site in liver(10)}
    tried = try_study(read_text(example("liver-survival")), files, min_cell=0, as_of=DAY)
    curves = tried.analyses[2].outcome
    assert isinstance(curves, Table)
    assert curves.values["boundaries"] == pytest.approx([365, 730, 1095, 1460, 1825])


def test_a_fault_of_a_file_whose_table_nobody_named_says_which_file(biopact: Any, tmp_path: Path) -> None:
    (tmp_path / "clinic.csv").write_text("x\n", encoding="utf-8")
    study = tmp_path / "s.yaml"
    study.write_text(
        "study: s\ncolumns: {x: {type: number}}\nanalyses: [{name: t, kind: describe, of: [x]}]\n", encoding="utf-8"
    )
    told = biopact("study", "try", study, "--site", f"a={tmp_path / 'clinic.csv'}")
    assert told.code == 3
    assert "table clinic has no rows" in told.err
