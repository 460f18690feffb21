"""Invented people for the benchmarks of joint studies, written as Parquet in row groups so that no table is ever whole.

Twenty covariates (fifteen numbers, five yes or no), a binary outcome, a time and an event. Nobody real.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUMBERS, YES_OR_NO = 15, 5
COVARIATES = NUMBERS + YES_OR_NO
GROUP = 250_000  # rows
SCALE = 8.0  # the declared bounds of a number: within are all that are drawn

STUDY = """
study: bench
population: {{table: people}}
columns:
{columns}
analyses:
{analyses}
"""
LOGISTIC = '  - {{name: risk, kind: glm, family: binomial, formula: "ill ~ {terms}"}}'
COX = '  - {{name: survival, kind: cox, time: days, event: dead, formula: "{terms}"}}'
TABLE = "  - {{name: table, kind: describe, of: [x0, x1, x15]}}"


def names(covariates: int = COVARIATES) -> list[str]:
    return [f"x{at}" for at in range(covariates)]


def is_number(at: int) -> bool:
    return at < NUMBERS


def study_text(*analyses: str, covariates: int = COVARIATES) -> str:
    """A study of the given analyses (``LOGISTIC``, ``COX``, ``TABLE``)."""
    columns = [
        f"  x{at}: {{type: number, bounds: [-{SCALE:g}, {SCALE:g}]}}"
        if is_number(at)
        else f"  x{at}: {{levels: [0, 1]}}"
        for at in range(covariates)
    ]
    joined = "\n".join(analyses)
    if LOGISTIC in analyses:
        columns.append("  ill: {levels: [0, 1]}")
    if COX in analyses:
        columns += ["  days: {type: number, bounds: [0, 10000]}", "  dead: {levels: [0, 1]}"]
    written = joined.format(terms=" + ".join(names(covariates)))
    return STUDY.format(columns="\n".join(columns), analyses=written)


def people(rows: int, seed: int, covariates: int = COVARIATES) -> Iterator[dict[str, np.ndarray]]:
    """People, some at a time."""
    rng = np.random.default_rng(seed)
    beta = np.linspace(-0.4, 0.4, covariates)
    for start in range(0, rows, GROUP):
        n = min(GROUP, rows - start)
        x = np.clip(rng.standard_normal((covariates, n)), -SCALE, SCALE)
        for at in range(covariates):
            if not is_number(at):
                x[at] = (x[at] > 0.3).astype(float)
        eta = beta @ x - 0.7
        held = {f"x{at}": x[at] for at in range(covariates)}
        held["ill"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
        waited = rng.exponential(900 * np.exp(-eta))
        held["days"] = np.minimum(np.ceil(waited), 1825.0)
        held["dead"] = (waited <= 1825).astype(float)
        yield held


def write(path: Path, rows: int, seed: int, covariates: int = COVARIATES, only: tuple[str, ...] | None = None) -> Path:
    """People as a Parquet file in row groups; ``only`` some of the columns."""
    if path.exists():
        return path
    writer = None
    beside = path.with_suffix(".part")
    for held in people(rows, seed, covariates):
        kept = {name: values for name, values in held.items() if only is None or name in only}
        batch = pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in kept.items()})
        writer = writer or pq.ParquetWriter(beside, batch.schema, compression="zstd", compression_level=1)
        writer.write_batch(batch)
    assert writer is not None
    writer.close()
    beside.rename(path)
    return path


def arrays(path: Path, outcome: str = "ill", covariates: int = COVARIATES) -> tuple[np.ndarray, np.ndarray]:
    """The design matrix with an intercept and the outcome of a file: what a pooled fit starts from."""
    table = pq.read_table(path, columns=[*names(covariates), outcome])
    x = np.column_stack([np.ones(table.num_rows), *(table[name].to_numpy() for name in names(covariates))])
    return x, table[outcome].to_numpy()
