"""The main job: real patients of two countries, decided under both laws, run where they are, proved, equal to the pool."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter

from biopact.cli import main

from ..conftest import ROOT

EXAMPLES = ROOT / "examples"


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(word) for word in words])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def pooled(example: str, until: float | None = None) -> pd.DataFrame:
    """All sites' tables in one, as nobody has it in a real study."""
    parts = [pd.read_csv(path).assign(site=path.stem) for path in sorted((EXAMPLES / example / "data").glob("*.csv"))]
    table = pd.concat(parts, ignore_index=True)
    if until is not None:
        table["dead"] = np.where(table.days > until, 0, table.dead)
        table["days"] = table.days.clip(upper=until)
    return table


@pytest.fixture(scope="module")
def liver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("liver")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIOPACT_STATE", str(folder / "state"))
        assert run("run", EXAMPLES / "liver", "--out", folder / "out") == 0
    return folder


@pytest.fixture(scope="module")
def results(liver: Path) -> Any:
    return json.loads((liver / "out" / "results.json").read_text(encoding="utf-8"))


def terms(results: Any, name: str) -> dict[str, tuple[float, float]]:
    analysis = next(it for it in results["analyses"] if it["name"] == name)
    return {term["term"]: (term["coef"], term["se"]) for term in analysis["terms"]}


def analysis_set() -> pd.DataFrame:
    return pooled("liver", 1825).dropna(subset=["age", "sex", "alcohol", "days", "dead"])


def test_four_sites_take_part_with_one_analysis_set(results: Any) -> None:
    counted = analysis_set().groupby("site").size().to_dict()
    assert {site["id"]: site["n"] for site in results["sites"]} == counted
    assert {it["n"] for it in results["analyses"]} == {len(analysis_set())}
    assert results["refused"] == []


def test_the_cox_model_is_that_of_the_pooled_table(results: Any) -> None:
    table = analysis_set().assign(male=lambda t: (t.sex == "male").astype(float))
    fitter = CoxPHFitter()
    fitter.fit(
        table[["age", "male", "alcohol", "days", "dead", "site"]],
        "days",
        "dead",
        strata=["site"],
        fit_options={"precision": 1e-13, "r_precision": 1e-13},
    )
    found = terms(results, "survival")
    for ours, theirs in (("age", "age"), ("sex[T.male]", "male"), ("alcohol", "alcohol")):
        assert found[ours][0] == pytest.approx(fitter.params_[theirs], rel=1e-9)
        assert found[ours][1] == pytest.approx(fitter.standard_errors_[theirs], rel=1e-9)
    fit = next(it["fit"] for it in results["analyses"] if it["name"] == "survival")
    assert fit["loglik"] == pytest.approx(fitter.log_likelihood_, rel=1e-9)


def test_the_logistic_model_is_that_of_the_pooled_table(results: Any) -> None:
    table = analysis_set()
    design = pd.DataFrame({"Intercept": 1.0, "age": table.age, "sex[T.male]": (table.sex == "male").astype(float)})
    for site in ("us-bc-2y", "us-dd", "us-others"):
        design[f"C(site)[T.{site}]"] = (table.site == site).astype(float)
    reference = sm.GLM(table.dead, design, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100)
    for term, (coef, se) in terms(results, "risk").items():
        assert coef == pytest.approx(reference.params[term], rel=1e-9)
        assert se == pytest.approx(reference.bse[term], rel=1e-9)
    fit = next(it["fit"] for it in results["analyses"] if it["name"] == "risk")
    assert fit["deviance"] == pytest.approx(reference.deviance, rel=1e-9)


def test_survival_is_one_five_year_figure_a_country(results: Any) -> None:
    curve = next(it for it in results["analyses"] if it["kind"] == "kaplan-meier")
    assert [(row["group"], row["time"]) for row in curve["table"]] == [("KR", 1825.0), ("US", 1825.0)]
    assert any(note["code"] == "study.note.few-deaths" for note in curve["notes"])


def test_no_count_below_the_minimum_is_published(results: Any) -> None:
    def counts(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            for key, part in value.items():
                yield from counts(part, key)
        elif isinstance(value, list):
            for part in value:
                yield from counts(part, name)
        elif name in ("n", "missing", "at_risk", "deaths", "events") and isinstance(value, int):
            yield value

    found = list(counts(results))
    assert len(found) > 30
    assert min(found) >= 10


def test_the_table_of_each_site_is_that_of_its_rows(results: Any) -> None:
    table = analysis_set()
    described = next(it for it in results["analyses"] if it["kind"] == "describe")["table"]
    for row in described:
        here = table if row["site"] == "all" else table[table.site == row["site"]]
        if row["column"] == "age":
            assert row["mean"] == pytest.approx(here.age.mean(), rel=1e-12)
            assert row["sd"] == pytest.approx(here.age.std(), rel=1e-12)
        elif row["column"] == "sex":
            assert row["n"] == (here.sex == row["level"]).sum()


def test_the_receipt_holds_and_fails_when_one_number_is_changed(liver: Path, tmp_path: Path) -> None:
    shutil.copytree(liver / "out", tmp_path / "out")
    assert run("verify", tmp_path / "out" / "receipt.json") == 0
    path = tmp_path / "out" / "results.json"
    text = path.read_text(encoding="utf-8")
    changed = json.loads(text)
    changed["analyses"][1]["terms"][0]["coef"] += 1e-12
    path.write_text(json.dumps(changed), encoding="utf-8")
    assert run("verify", tmp_path / "out" / "receipt.json") == 1
    path.write_text(text, encoding="utf-8")
    assert run("verify", tmp_path / "out" / "receipt.json") == 0


def test_verify_claims_no_more_than_it_checked(liver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = json.loads((liver / "out" / "receipt.json").read_text(encoding="utf-8"))
    keys = [f"{it['id']}={it['key']['fingerprint']}" for it in receipt["parties"]]
    known = [word for key in keys for word in ("--key", key)]
    assert run("verify", liver / "out" / "receipt.json", *known) == 0
    assert capsys.readouterr().out.rstrip().endswith("Everything holds.")
    for words in ([], known[:2]):
        assert run("verify", liver / "out" / "receipt.json", *words) == 0
        assert "Everything holds" not in capsys.readouterr().out
    shutil.copy(liver / "out" / "receipt.json", tmp_path)
    assert run("verify", tmp_path / "receipt.json", *known) == 0
    told = capsys.readouterr().out
    assert "the published numbers were not checked" in told
    assert "Everything holds" not in told
    assert run("ledger", "verify", liver / "out" / "ledger.jsonl") == 0
    assert "Everything holds" not in capsys.readouterr().out


def test_a_second_run_gives_the_stored_bytes(liver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOPACT_STATE", str(liver / "state"))
    before = (liver / "out" / "results.json").read_bytes()
    assert run("run", EXAMPLES / "liver", "--out", liver / "again") == 0
    assert (liver / "again" / "results.json").read_bytes() == before


def test_exactly_the_three_american_sites_refuse_hepatitis_b_and_nobody_releases(liver: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("BIOPACT_STATE", str(liver / "state"))
    assert run("run", EXAMPLES / "liver", "hepatitis-b", "--out", liver / "refused") == 1
    told = json.loads((liver / "refused" / "results.json").read_text(encoding="utf-8"))
    assert {(it["site"], it["rule"]) for it in told["refused"]} == {
        ("us-dd", "minimum-cell"),
        ("us-bc-2y", "minimum-cell"),
        ("us-others", "minimum-cell"),
    }
    assert all(it.get("terms") is None for it in told["analyses"])
    receipt = json.loads((liver / "refused" / "receipt.json").read_text(encoding="utf-8"))
    assert all(not it["released"] for it in receipt["sites"])
    assert run("verify", liver / "refused" / "receipt.json") == 0


@pytest.mark.parametrize(("least", "refusing"), [(5, set()), (11, {"switzerland", "va"})])
def test_four_heart_sites_answer_at_five_and_two_refuse_at_eleven(
    tmp_path: Path, least: int, refusing: set[str]
) -> None:
    shutil.copytree(EXAMPLES / "heart", tmp_path / "heart")
    path = tmp_path / "heart" / "pact.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("min_cell: 5", f"min_cell: {least}"), encoding="utf-8")
    assert run("run", tmp_path / "heart", "--out", tmp_path / "out") == (1 if refusing else 0)
    told = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert {it["site"] for it in told["refused"] if it["analysis"] == "disease"} == refusing
    if refusing:
        return
    table = pooled("heart").dropna(subset=["age", "sex", "thalach", "exang", "num"])
    design = sm.add_constant(table[["age", "sex", "thalach", "exang"]])
    reference = sm.GLM((table.num > 0).astype(float), design, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100)
    found = terms(told, "disease")
    for ours, theirs in (
        ("Intercept", "const"),
        ("age", "age"),
        ("sex", "sex"),
        ("thalach", "thalach"),
        ("exang", "exang"),
    ):
        assert found[ours][0] == pytest.approx(reference.params[theirs], rel=1e-9)


@pytest.mark.parametrize(("example", "code"), [("refused", 1), ("unknown", 4)])
def test_what_is_not_ready_is_not_run_and_nothing_is_written(tmp_path: Path, example: str, code: int) -> None:
    assert run("run", EXAMPLES / example, "--out", tmp_path / "out") == code
    assert not (tmp_path / "out").exists()


def test_without_the_evidence_nothing_is_run(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "liver", tmp_path / "liver")
    path = tmp_path / "liver" / "pact.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("to: 2027-03-01", "to: 2026-11-30"), encoding="utf-8")
    assert run("run", tmp_path / "liver", "--out", tmp_path / "out") == 1
    assert not (tmp_path / "out").exists()


def test_no_row_of_a_patient_stands_in_what_leaves_a_site(liver: Path) -> None:
    table = pooled("liver")
    rare = {str(int(days)) for days in table.days.dropna() if (table.days == days).sum() == 1 and days > 1000}
    assert len(rare) > 50
    for name in ("results.json", "receipt.json", "ledger.jsonl"):
        text = (liver / "out" / name).read_text(encoding="utf-8")
        assert not {day for day in rare if f" {day}," in text or f":{day}," in text}, name


@pytest.mark.parametrize(("change", "code"), [
    (lambda f: (f / "data" / "kr.csv").unlink(), 3),
    (lambda f: (f / "sites" / "kr.yaml").unlink(), 3),
    (lambda f: (f / "data" / "kr.csv").write_text(""), 3),
    (lambda f: (f / "data" / "kr.csv").write_text("age,sex\n1,male\n"), 3),
    (lambda f: (f / "data" / "kr.csv").write_text((f / "data" / "kr.csv").read_text().replace(",male,", ",4,")), 3),
    (lambda f: (f / "sites" / "kr.yaml").write_text("tables: {patients: ../../../../etc/passwd}"), 3),
    (lambda f: (f / "studies" / "liver-survival.yaml").write_text("study: [broken"), 3),
    (lambda f: (f / "pact.yaml").write_text((f / "pact.yaml").read_text().replace("country: KR", "country: [KR")), 3),
])  # fmt: skip
def test_bad_input_is_told_and_leaves_nothing_half_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, code: int
) -> None:
    shutil.copytree(EXAMPLES / "liver", tmp_path / "liver")
    change(tmp_path / "liver")
    assert run("run", tmp_path / "liver", "--out", tmp_path / "out") == code
    told = capsys.readouterr().err
    assert "liver" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_evidence_whose_file_was_exchanged_stops_the_receipt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "liver", tmp_path / "liver")
    path = tmp_path / "liver" / "pact.yaml"
    recorded = "file: evidence/irb-2026-041.txt, sha256: " + 64 * "0"
    path.write_text(
        path.read_text(encoding="utf-8").replace("file: evidence/irb-2026-041.txt", recorded), encoding="utf-8"
    )
    assert run("run", tmp_path / "liver", "--out", tmp_path / "out") == 1
    assert "irb-2026-041.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_site_judges_again_on_the_day_it_releases(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "liver", tmp_path / "liver")
    path = tmp_path / "liver" / "pact.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("from: 2026-03-02", "from: 2026-11-25"), encoding="utf-8")
    assert run("check", tmp_path / "liver") == 0  # the approval covers the planned day
    assert run("run", tmp_path / "liver", "--out", tmp_path / "early") == 1  # but not the day before it begins
    told = json.loads((tmp_path / "early" / "results.json").read_text(encoding="utf-8"))
    assert [(it["site"], it["analysis"], it["rule"]) for it in told["refused"]] == [("kr", None, "flow-open")]
    assert all(it["n"] is None for it in told["analyses"])
    assert run("run", tmp_path / "liver", "--out", tmp_path / "later", "--as-of", "2026-11-25") == 0


@pytest.mark.parametrize("least", [0, 1, 2, -3])
def test_no_pact_and_no_study_turns_the_gate_off(tmp_path: Path, least: int) -> None:
    for name, old in (("pact.yaml", "min_cell: 10"), ("studies/liver-survival.yaml", "until: 1825")):
        folder = tmp_path / name.replace("/", "-")
        shutil.copytree(EXAMPLES / "liver", folder)
        new = f"min_cell: {least}" if name == "pact.yaml" else f"limits: {{min_cell: {least}}}\nuntil: 1825"
        (folder / name).write_text((folder / name).read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        assert run("run", folder, "--out", tmp_path / "out") == 3
    assert not (tmp_path / "out").exists()


def test_where_the_results_cannot_be_written_nothing_is_released(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    assert run("run", EXAMPLES / "liver", "--out", tmp_path / "out", "--state", tmp_path / "state") == 5
    assert not (tmp_path / "state").exists()


def test_a_pact_of_another_name_does_not_let_two_cohorts_be_subtracted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site remembers whom it told of, not which pact asked: one person fewer under a new name is still one."""
    monkeypatch.setenv("BIOPACT_STATE", str(tmp_path / "state"))
    shutil.copytree(EXAMPLES / "liver", tmp_path / "liver")
    pact, study = tmp_path / "liver" / "pact.yaml", tmp_path / "liver" / "studies" / "liver-survival.yaml"
    assert run("run", tmp_path / "liver", "--out", tmp_path / "first") == 0
    everybody = analysis_set()
    oldest = int(everybody[everybody.site == "kr"].age.max())
    narrower = f'population: {{table: patients, where: "age < {oldest}"}}'
    study.write_text(
        study.read_text(encoding="utf-8").replace("population: {table: patients}", narrower), encoding="utf-8"
    )
    pact.write_text(
        pact.read_text(encoding="utf-8").replace("pact: liver-2026", "pact: liver-again", 1), encoding="utf-8"
    )
    run("run", tmp_path / "liver", "--out", tmp_path / "second")
    told = json.loads((tmp_path / "second" / "results.json").read_text(encoding="utf-8"))
    assert "kr" in {it["site"] for it in told["refused"]}
