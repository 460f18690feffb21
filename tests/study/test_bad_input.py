"""Bad input at one site, through ``run`` and through ``study try``: told by site and column, and nothing is released."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..conftest import ROOT

Rows = list[dict[str, str]]
LIVER = ROOT / "examples" / "liver"
SITES = ("kr", "us-dd", "us-bc-2y", "us-others")
BAD = "us-dd"
STUDY = """
study: bad
release: [kr-sums, us-dd-sums, us-bc-2y-sums, us-others-sums]
population: {table: patients}
columns:
  age: {type: number, unit: year, bounds: [0, 120]}
  sex: {levels: [female, male]}
  alcohol: {levels: [0, 1]}
  weight_kg: {type: number, unit: kg, bounds: [20, 250]}
  days: {type: number, unit: day, bounds: [0, 6000]}
  dead: {levels: [0, 1]}
analyses:
  - {name: table, kind: describe, of: [age, sex, weight_kg]}
  - {name: risk, kind: glm, family: binomial, formula: "dead ~ age + weight_kg"}
  - {name: survival, kind: cox, time: days, event: dead, formula: "age + sex"}
"""


def setting(column: str, value: str, every: int = 1) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        return [{**row, column: value} if at % every == 0 else row for at, row in enumerate(rows)]

    return change


def without(column: str) -> Callable[[Rows], Rows]:
    return lambda rows: [{key: value for key, value in row.items() if key != column} for row in rows]


def recoded(column: str, words: dict[str, str]) -> Callable[[Rows], Rows]:
    return lambda rows: [{**row, column: words.get(row[column], row[column])} for row in rows]


def same(rows: Rows) -> Rows:
    return rows


@dataclass
class Case:
    """What is wrong, and what is to be said: an exit code, an error's code with its column, or a refusal's rule."""

    change: Callable[[Rows], Rows] = same
    study: tuple[str, str] = ("", "")
    exit: int = 3
    code: str = ""
    column: str | None = None


CASES = {
    "a column missing at one site": Case(without("weight_kg"), code="study.no-column", column="weight_kg"),
    "levels that differ": Case(recoded("sex", {"female": "F", "male": "M"}), code="study.unknown-level", column="sex"),
    "words where numbers are": Case(setting("age", "fifty", 9), code="study.wrong-type", column="age"),
    "a date where a number is": Case(setting("age", "1970-01-01"), code="study.wrong-type", column="age"),
    "a third level of a yes or no": Case(setting("dead", "2", 7), code="study.not-boolean", column="dead"),
    "a covariate all missing": Case(setting("weight_kg", ""), code="study.all-missing", column="weight_kg"),
    "a covariate all NaN": Case(setting("weight_kg", "NaN"), code="study.all-missing", column="weight_kg"),
    "a covariate all coded as missing": Case(
        setting("weight_kg", "-9"),
        ("bounds: [20, 250]", "bounds: [20, 250], missing: [-9]"),
        code="study.all-missing",
        column="weight_kg",
    ),
    "an infinity": Case(setting("weight_kg", "inf", 30), code="study.infinite", column="weight_kg"),
    "a negative infinity": Case(setting("weight_kg", "-Infinity", 30), code="study.infinite", column="weight_kg"),
    "10^300": Case(setting("weight_kg", "1e300", 30), code="study.out-of-bounds", column="weight_kg"),
    "10^300 in a column without bounds": Case(
        setting("days", "1e300", 30), ("bounds: [0, 6000]", "bounds: [0, 9e99]"), code="study.out-of-bounds", column="days"
    ),
    "more than a double holds": Case(setting("weight_kg", "1e999", 30), code="study.infinite", column="weight_kg"),
    "a formula that does not parse": Case(study=('"dead ~ age + weight_kg"', '"dead ~ age + + (weight_kg"'), code="study.formula-broken"),
    "a formula of an unknown column": Case(study=("dead ~ age + weight_kg", "dead ~ age + height"), code="study.undeclared"),
    "bounds of 10^300": Case(study=("bounds: [20, 250]", "bounds: [20, 1.0e+300]"), code="study.odd-bounds"),
    "a condition that does not parse": Case(
        study=("{table: patients}", '{table: patients, where: "age >"}'), code="study.filter-broken"
    ),
    "nobody at a site has the event": Case(setting("dead", "0"), exit=1, code="minimum-cell"),
    "nobody at one site": Case(
        study=("{table: patients}", '{table: patients, where: "site != \'us-dd\'"}'), exit=1, code="minimum-cell"
    ),
    "nobody at any site": Case(
        study=("{table: patients}", '{table: patients, where: "age > 119"}'), exit=1, code="minimum-cell"
    ),
    "a covariate missing but for a few": Case(
        lambda rows: [{**row, "weight_kg": row["weight_kg"] if at < 4 else ""} for at, row in enumerate(rows)],
        exit=1,
        code="minimum-cell",
    ),
}  # fmt: skip


@pytest.fixture
def told_by(biopact: Any) -> Any:
    """A command with ``--json``: its exit code and what it told."""

    def call(*words: object) -> tuple[int, dict[str, Any]]:
        told = biopact(*words, "--json")
        return told.code, told.json

    return call


@pytest.fixture
def pact(tmp_path: Path) -> Callable[[Case], Path]:
    """The liver pact with one site's table and the study changed."""

    def make(case: Case) -> Path:
        folder = tmp_path / "liver"
        shutil.copytree(LIVER, folder)
        path = folder / "data" / f"{BAD}.csv"
        with path.open(encoding="utf-8") as file:
            rows = case.change(list(csv.DictReader(file)))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        assert case.study[0] in STUDY
        (folder / "studies" / "bad.yaml").write_text(STUDY.replace(*case.study), encoding="utf-8")
        return folder

    return make


def test_the_study_runs_where_nothing_is_wrong(told_by: Any, pact: Callable[[Case], Path], tmp_path: Path) -> None:
    code, told = told_by("run", pact(Case()), "bad", "--state", tmp_path / "state", "--out", tmp_path / "out")
    assert code == 0
    assert all(analysis.get("terms") or analysis.get("table") for analysis in told["analyses"])


@pytest.mark.parametrize("name", CASES)
def test_a_run_tells_it_and_releases_nothing(
    told_by: Any, pact: Callable[[Case], Path], tmp_path: Path, name: str
) -> None:
    case, state = CASES[name], tmp_path / "state"
    code, told = told_by("run", pact(case), "bad", "--state", state, "--out", tmp_path / "out")
    assert code == case.exit
    if case.exit == 3:
        check_error(case, told)
        assert not (tmp_path / "out").exists()
    else:
        refused = {(it["site"], it["analysis"], it["rule"]) for it in told["refused"]}
        assert (BAD, "risk", case.code) in refused
        assert next(it for it in told["analyses"] if it["name"] == "risk")["n"] is None
    ledgers = "".join(path.read_text(encoding="utf-8") for path in state.rglob("ledger.jsonl"))
    released = [json.loads(line) for line in ledgers.splitlines() if '"release"' in line]
    assert not [entry for entry in released if "risk" in json.dumps(entry)]
    if case.exit == 3:
        assert not released


@pytest.mark.parametrize("name", CASES)
def test_a_trial_tells_it_too(told_by: Any, pact: Callable[[Case], Path], name: str) -> None:
    case = CASES[name]
    folder = pact(case)
    words = [word for site in SITES for word in ("--site", f"{site}={folder / 'data' / f'{site}.csv'}")]
    code, told = told_by("study", "try", folder / "studies" / "bad.yaml", *words)
    if case.exit == 3:
        assert code == 3
        check_error(case, told)
        return
    refused = {(it["site"], it["analysis"]): it for it in told["refused"]}
    assert refused[BAD, "risk"]["rule"] == case.code
    assert set(refused[BAD, "risk"]["cells"]) & {"set", "dead=1"}
    free = told_by("study", "try", folder / "studies" / "bad.yaml", *words, "--min-cell", 0)[1]
    if name == "nobody at any site":
        assert code == 1
        assert {it["failed"] for it in free["analyses"]} == {"nobody"}
    else:
        assert code == 0
        assert next(it for it in free["analyses"] if it["name"] == "risk")["terms"]
    if name == "nobody at one site":
        assert {"code": "study.note.nobody-at", "values": {"sites": BAD}} in free["analyses"][1]["notes"]


def check_error(case: Case, told: dict[str, Any]) -> None:
    """The error names the site and the column (or the line of the study), and shows no value of the data."""
    assert told["schema"] == "biopact.error/1"
    fault = next(fault for fault in told["errors"] if fault["code"] == case.code)
    if case.column is None:
        assert fault["file"].endswith("bad.yaml")
        assert fault["line"]
        return
    assert BAD in fault["message"]
    assert case.column in fault["message"]
    assert not re.search(r"fifty|1970|1e300|1e999|\b-9\b", fault["message"])


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_nan_in_a_file_of_any_form_is_missing_and_never_a_number(told_by: Any, tmp_path: Path, form: str) -> None:
    import duckdb

    nan = "'NaN'" if form == "csv" else "'NaN'::DOUBLE"
    query = f"SELECT CASE WHEN i % 3 = 0 THEN {nan} ELSE (20 + i % 60)::VARCHAR END AS age, i % 2 AS ill FROM range(200) t(i)"
    if form != "csv":
        query = query.replace("(20 + i % 60)::VARCHAR", "(20 + i % 60)::DOUBLE")
    path = tmp_path / f"a.{form}"
    if form == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE people AS {query}")
    else:
        duckdb.sql(f"COPY ({query}) TO '{path}'")
    (tmp_path / "s.yaml").write_text(
        """
study: s
columns: {age: {type: number, bounds: [0, 120]}, ill: {levels: [0, 1]}}
analyses: [{name: risk, kind: glm, family: binomial, formula: "ill ~ age"}]
""",
        encoding="utf-8",
    )
    code, told = told_by("study", "try", tmp_path / "s.yaml", "--site", f"a={path}")
    assert code == 0
    assert told["analyses"][0]["n"] == 133
    assert told["analyses"][0]["missing"] == 67


def test_units_that_differ_between_sites_are_flagged_before_a_fit(told_by: Any, tmp_path: Path) -> None:
    """The platelets of the liver data: some collectors count in thousands per microlitre, some in single ones."""
    (tmp_path / "s.yaml").write_text(
        """
study: s
columns: {platelets: {type: number, bounds: [0, 2000000]}, albumin: {type: number, bounds: [0, 10000]}}
analyses: [{name: table, kind: describe, of: [platelets]}]
""",
        encoding="utf-8",
    )
    words = [word for site in SITES for word in ("--site", f"{site}={LIVER / 'data' / f'{site}.csv'}")]
    told = told_by("study", "try", tmp_path / "s.yaml", *words)[1]
    flagged = {note["values"]["column"]: note["values"]["sites"] for note in told["readiness"]["notes"]}
    assert set(flagged) == {"platelets"}
    assert flagged["platelets"] == "us-bc-2y", "a third of its rows count single platelets; elsewhere fewer than ten do"
    free = told_by("study", "try", tmp_path / "s.yaml", *words, "--min-cell", 0)[1]
    assert free["readiness"]["notes"][0]["values"]["sites"] == "us-bc-2y, us-others"


def test_sites_that_measure_alike_are_not_flagged(told_by: Any, tmp_path: Path) -> None:
    words = [word for site in SITES for word in ("--site", f"{site}={LIVER / 'data' / f'{site}.csv'}")]
    for study in ("liver-survival", "hepatitis-b"):
        told = told_by("study", "try", LIVER / "studies" / f"{study}.yaml", *words)[1]
        assert told["readiness"]["notes"] == []
