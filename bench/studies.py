"""How fast joint studies are, and how much memory they take, against peers in the same run.

``python -m bench.studies [logistic|cox|parquet|memory ...]`` prints every line of ``bench/studies.md``. Tables are kept
in ``--folder`` (default: a folder under the temporary one). The NVIDIA FLARE simulator needs an environment of its own
(dependency group ``peers-federated``): ``--flare PYTHON``. One BLAS thread unless OPENBLAS_NUM_THREADS says otherwise.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import cohorts
from biopact.marked import parse
from biopact.study import Fit, Progress, Silent, Site, Study, run_study, study_of, try_study
from biopact.study.data import Roster, SiteData
from biopact.study.sources import open_population
from biopact.study.trial import fit

DAY = datetime.date(2026, 12, 1)
ROUNDS = 5


def told(what: str, value: str, note: str = "") -> None:
    print(f"{what:72} {value:>12}  {note}", flush=True)


def best(work: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """The shortest wall time of several runs, and what the last gave."""
    shortest, value = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        value = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, value


def resident(peak: bool = True) -> float:
    """Megabytes of this process: the most it ever held, or what it holds now."""
    key = "VmHWM" if peak else "VmRSS"
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return float("nan")


def study_for(*analyses: str) -> Study:
    return study_of(parse(cohorts.study_text(*analyses), "bench.yaml"))


def tables(folder: Path, rows: int, only: tuple[str, ...] | None = None) -> dict[str, Path]:
    """One file for each of three sites."""
    return {f"s{at}": cohorts.write(folder / f"{rows}-{at}.parquet", rows, at, only=only) for at in range(3)}


def opened(study: Study, files: dict[str, Path]) -> list[SiteData]:
    found = []
    for name, path in files.items():
        population = open_population(study, name, "KR", {"people": path}).population
        found.append(SiteData.of(study.columns, population, study.complete, 10))
    return found


def run_all(study: Study, files: dict[str, Path], progress: Callable[[Progress], None] = lambda _: None) -> Any:
    """The whole run: data checked, people known again, gates, ledger of cohorts, every release kept."""
    with tempfile.TemporaryDirectory() as store:
        sites = [Site(name, "KR", {"people": path}, 10, Path(store) / name) for name, path in files.items()]
        settings: Any = {"recorder": Silent(), "permitted": lambda _: None, "as_of": DAY, "progress": progress}
        return run_study(study, sites, **settings)


def newton(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, int]:
    """Pooled logistic regression in NumPy, stopped as ours is."""
    beta = np.zeros(x.shape[1])
    rounds = 0
    while rounds < 25:
        rounds += 1
        eta = x @ beta
        mean = 1 / (1 + np.exp(-eta))
        score = x.T @ (y - mean)
        move = np.linalg.solve(x.T @ (x * (mean * (1 - mean))[:, None]), score)
        beta = beta + move
        if score @ move <= 1e-20 * (1 + abs(y @ eta - np.logaddexp(0, eta).sum())):
            break
    return beta, rounds


def coefficients(outcome: Any) -> np.ndarray:
    assert isinstance(outcome, Fit), outcome
    return np.array([estimate.coef for estimate in outcome.estimates])


def logistic(folder: Path, rows: int, flare: str | None) -> None:
    rows = rows or 100_000
    print(f"\nLogistic regression, 3 sites x {rows:,} rows x {cohorts.COVARIATES} covariates")
    files, study = tables(folder, rows), study_for(cohorts.LOGISTIC)
    parts = [cohorts.arrays(path) for path in files.values()]
    x, y = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    pooled, (beta, rounds) = best(lambda: newton(x, y))
    told("NumPy, pooled, in memory: Newton", f"{pooled:.3f} s", f"{rounds} iterations")
    sites = opened(study, files)

    def ours() -> Any:
        for site in sites:
            site.memory.clear()
        return fit(study.analyses[0], sites)[0]

    seconds, outcome = best(ours)
    gap = np.abs(coefficients(outcome) - beta).max()
    told("biopact, 3 sites, in memory: every round judged", f"{seconds:.3f} s", f"largest difference {gap:.1e}")
    told("  over NumPy's pooled Newton (at most 1.5)", f"{seconds / pooled:.2f}")
    import statsmodels.api as sm

    theirs, _ = best(lambda: sm.Logit(y, x).fit(disp=0), 3)
    told("statsmodels Logit, pooled, in memory", f"{theirs:.3f} s")
    told("  biopact over statsmodels (below 1)", f"{seconds / theirs:.2f}")
    whole, _ = best(lambda: try_study(study, files, as_of=DAY), 3)
    told("biopact, trial from the files: checks, readiness, gates, fit", f"{whole:.3f} s")
    run, _ = best(lambda: run_all(study, files), 3)
    told("biopact, run from the files: also people known again, ledger, stored bytes", f"{run:.3f} s")
    against_flare(files, flare, seconds, run, beta)


def against_flare(files: dict[str, Path], flare: str | None, fitted: float, run: float, beta: np.ndarray) -> None:
    if flare is None:
        told("NVIDIA FLARE simulator", "not given", "--flare PYTHON of an environment with nvflare")
        return
    script = Path(__file__).with_name("studies_flare.py")
    done = subprocess.run(
        [flare, script.name, *map(str, files.values())], cwd=script.parent, capture_output=True, text=True, timeout=400
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("FLARE ")]
    if not lines:
        told("NVIDIA FLARE simulator", "failed", (done.stderr or done.stdout).strip().splitlines()[-1][:100])
        return
    found = json.loads(lines[-1].removeprefix("FLARE "))
    gap = np.abs(np.array(found["beta"]) - beta).max()
    note = f"{found['rounds']} rounds, largest difference {gap:.1e}"
    told("NVIDIA FLARE simulator, the rounds alone", f"{found['fit']:.3f} s", note)
    told("  over biopact's rounds (at least 2)", f"{found['fit'] / fitted:.1f}")
    told("NVIDIA FLARE simulator, the whole simulation", f"{found['whole']:.3f} s")
    told("  over biopact's whole run from the files (at least 2)", f"{found['whole'] / run:.1f}")


def cox(folder: Path, rows: int, flare: str | None) -> None:
    del flare
    rows = rows or 1_000_000
    print(f"\nCox, {rows:,} rows in total at 3 sites, {cohorts.COVARIATES} covariates, strata by site, Efron")
    import pandas as pd
    from lifelines import CoxPHFitter

    files, study = tables(folder, rows // 3), study_for(cohorts.COX)
    sites, analysis = opened(study, files), study.analyses[0]

    def ours() -> Any:
        for site in sites:
            site.memory.clear()
        return fit(analysis, sites)[0]

    seconds, outcome = best(ours, 3)
    whole, _ = best(lambda: try_study(study, files, as_of=DAY), 2)
    pooled = pd.concat(
        [pd.read_parquet(path, columns=list(analysis.reads)).assign(site=name) for name, path in files.items()]
    )
    theirs, fitted = best(lambda: CoxPHFitter().fit(pooled, "days", "dead", strata=["site"]), 2)
    gap = np.abs(coefficients(outcome) - fitted.params_.to_numpy()).max()
    told("biopact, 3 sites, in memory", f"{seconds:.2f} s", f"largest difference {gap:.1e}")
    told("lifelines CoxPHFitter, pooled, in memory", f"{theirs:.2f} s")
    told("  biopact over lifelines (at most 1)", f"{seconds / theirs:.2f}")
    told("biopact, trial from the files: checks, readiness, gates, fit", f"{whole:.2f} s")


def parquet(folder: Path, rows: int, flare: str | None) -> None:
    del flare
    rows = rows or 10_000_000
    print(
        f"\nLogistic regression from Parquet, 3 sites x {rows:,} rows x {cohorts.COVARIATES} covariates, nothing held"
    )
    only = (*cohorts.names(), "ill")
    files, study = tables(folder, rows, only), study_for(cohorts.LOGISTIC)
    analysis = study.analyses[0]
    sites = opened(study, files)
    told("held in memory", str(any(site.population.held for site in sites)), f"{resident(peak=False):.0f} MB now")
    reading, _ = best(lambda: read_once(files, analysis.reads), 2)
    told("reading the columns once (DuckDB to NumPy)", f"{reading:.2f} s")
    state, taken = analysis.begin(Roster.of({site.site: site.country for site in sites}), None), []
    for round_ in range(1, ROUNDS + 1):
        start = time.perf_counter()
        parts = [analysis.at_site(site, state).sums for site in sites]
        taken.append(time.perf_counter() - start)
        state = analysis.combine({"": {name: sum(part[name] for part in parts) for name in parts[0]}}, state)
        told(f"round {round_}", f"{taken[-1]:.2f} s", f"{resident(peak=False):.0f} MB now, {resident():.0f} MB at most")
        if isinstance(state, Fit):
            break
    told("  a round over reading once (at most 2.5)", f"{float(np.mean(taken)) / reading:.2f}")


def read_once(files: dict[str, Path], columns: tuple[str, ...]) -> float:
    import duckdb

    seen = 0.0
    for path in files.values():
        connection = duckdb.connect(config={"threads": 2, "memory_limit": "320MB"})
        query = f"SELECT {', '.join(columns)} FROM read_parquet('{path}')"
        for batch in connection.sql(query).to_arrow_reader(16_000):
            for at in range(len(columns)):
                seen += float(batch.column(at).to_numpy(zero_copy_only=False)[-1])
    return seen


def memory(folder: Path, rows: int, flare: str | None) -> None:
    """One site's run in a process of its own: the most it ever holds."""
    del flare
    rows = rows or 50_000_000
    print(
        f"\nMemory of one site: {rows:,} rows x {cohorts.COVARIATES} columns of Parquet; Table 1 and logistic regression"
    )
    path = cohorts.write(folder / f"memory-{rows}.parquet", rows, 7, only=(*cohorts.names(), "ill"))
    told("size of the file", f"{path.stat().st_size / 1e9:.2f} GB")
    start = time.perf_counter()

    def step(it: Progress) -> None:
        told(
            f"  {it.analysis or 'opened'} {it.round}",
            f"{time.perf_counter() - start:.0f} s",
            f"{resident():.0f} MB at most",
        )

    results = run_all(study_for(cohorts.TABLE, cohorts.LOGISTIC), {"a": path}, step)
    assert not results.refused, results.refused
    assert all(report.outcome is not None for report in results.analyses)
    told("peak resident memory (below 1,000 MB)", f"{resident():.0f} MB", f"{time.perf_counter() - start:.0f} s")


PARTS: dict[str, Callable[[Path, int, str | None], None]] = {
    "logistic": logistic,
    "cox": cox,
    "parquet": parquet,
    "memory": memory,
}


def main(words: list[str]) -> None:
    reader = argparse.ArgumentParser(prog="bench.studies")
    reader.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    reader.add_argument("--rows", type=int, default=0, help="rows of a site (in total for cox)")
    reader.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "biopact-bench")
    reader.add_argument("--flare", help="a Python that has nvflare")
    asked = reader.parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(f"BLAS threads: {os.environ['OPENBLAS_NUM_THREADS']}; processors: {os.cpu_count()}")
    for name in asked.parts or PARTS:
        if len(asked.parts or PARTS) > 1:  # the peak of a process is of all it did: each part in one of its own
            more = ["--rows", str(asked.rows), "--folder", str(asked.folder)]
            more += ["--flare", asked.flare] if asked.flare else []
            subprocess.run([sys.executable, "-m", "bench.studies", name, *more], check=True)
        else:
            PARTS[name](asked.folder, asked.rows, asked.flare)


if __name__ == "__main__":
    main(sys.argv[1:])
