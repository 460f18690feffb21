"""How much honest work the gate refuses, at each minimum. ``python -m bench.studies_gate [--worlds N] [--size N]``.

Three sites of 300 or 2,000 people each (``--size`` for another). In every world a programme of 12 honest studies is
asked one after the other, by nobody in particular: populations as researchers write them (everybody, adults of an age,
one sex, smokers), and a Table 1, a cross-table, a histogram, regressions, a Cox model, Kaplan-Meier curves, an external
validation, a comparative cohort. Five columns lack values for some people, so complete-case sets differ. Nobody looks
at what was released before he asks: the worst case for the ledger. A query is one analysis of one study; it counts as
refused where any site refuses it.

Programmes: ``own sets``, each study on its complete cases; ``same set``, each on one set (``analysis_set: {complete:
[...]}``) of its own population; ``everybody``, each on that set of everybody.
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from biopact.marked import parse
from biopact.study import Silent, Site, run_study, study_of
from biopact.study.gate import Limits

MINIMUMS = (3, 5, 10)
SIZES = (300, 2_000)
STUDIES = 12
PROGRAMMES = ("own sets", "same set", "everybody")
COLUMNS = {
    "age": "{type: number, bounds: [18, 100]}",
    "sex": "{levels: [female, male]}",
    "stage": "{levels: [I, II, III, IV]}",
    "smoker": "{levels: [0, 1]}",
    "drug": "{levels: [0, 1]}",
    "bmi": "{type: number, bounds: [10, 60]}",
    "pressure": "{type: number, bounds: [60, 260]}",
    "visits": "{type: number, bounds: [0, 100]}",
    "days": "{type: number, bounds: [0, 3000]}",
    "dead": "{levels: [0, 1]}",
    "stroke": "{levels: [0, 1]}",
    "fracture": "{levels: [0, 1]}",
}
LACKING = {"stage": 0.03, "smoker": 0.05, "bmi": 0.08, "pressure": 0.04, "visits": 0.02}
WHERE = (
    None,
    None,
    None,
    "age >= 40",
    "age >= 50",
    "age >= 65",
    "age < 70",
    "sex == 'female'",
    "sex == 'male'",
    "smoker == true",
)
ANALYSES = {
    "table 1": "kind: describe, of: [age, sex, stage, smoker, bmi, pressure]",
    "table 1 with medians": "kind: describe, of: [age, bmi, pressure], quantiles: [0.25, 0.5, 0.75]",
    "cross-table": "kind: crosstab, rows: stage, columns: smoker",
    "histogram": "kind: histogram, of: bmi, grid: 5",
    "correlation": "kind: correlation, of: [age, bmi, pressure]",
    "linear": "kind: glm, formula: 'pressure ~ age + sex + bmi'",
    "logistic": "kind: glm, family: binomial, formula: 'stroke ~ age + sex + smoker'",
    "logistic, factors": "kind: glm, family: binomial, formula: 'stroke ~ age + sex + stage + smoker + bmi'",
    "poisson": "kind: glm, family: poisson, formula: 'visits ~ age + sex'",
    "cox": "kind: cox, time: days, event: dead, formula: 'age + sex + smoker'",
    "cox, factors": "kind: cox, time: days, event: dead, formula: 'age + sex + stage + pressure'",
    "kaplan-meier": "kind: kaplan-meier, time: days, event: dead, by: sex, grid: 180",
    "external validation": "kind: external-validation, outcome: stroke, formula: 'age + smoker', "
    "coefficients: {Intercept: -4.2, age: 0.045, smoker: 0.5}",
    "comparative cohort": "kind: comparative-cohort, treatment: drug, covariates: 'age + sex + smoker', time: days, "
    "event: stroke, negative_controls: [fracture]",
}


def people(random: np.random.Generator, n: int) -> pa.Table:
    """A site's people, as patients of a ward are: nothing in them is chosen for the gate."""
    age = np.clip(random.normal(60, 14, n), 18, 100).round()
    sex, smoker = random.integers(0, 2, n), random.random(n) < 0.25
    risk = 0.04 * (age - 60) + 0.5 * smoker
    drug = random.random(n) < 1 / (1 + np.exp(0.4 - 0.3 * risk))
    stage = random.choice(["I", "II", "III", "IV"], n, p=[0.4, 0.3, 0.2, 0.1])
    days = np.clip(np.ceil(random.exponential(1800 * np.exp(-risk))), 1, 3000)
    columns = {
        "id": np.arange(n),
        "age": age,
        "sex": np.where(sex == 0, "female", "male"),
        "stage": stage,
        "smoker": smoker.astype(int),
        "drug": drug.astype(int),
        "bmi": np.clip(random.normal(26, 5, n), 10, 60).round(1),
        "pressure": np.clip(random.normal(132, 18, n) + 4 * risk, 60, 260).round(),
        "visits": random.poisson(4 * np.exp(0.3 * risk)),
        "days": days,
        "dead": ((days < 3000) & (random.random(n) < 0.6)).astype(int),
        "stroke": (random.random(n) < 1 / (1 + np.exp(1.6 - risk + 0.3 * drug))).astype(int),
        "fracture": (random.random(n) < 0.15).astype(int),
    }
    held = {}
    for name, values in columns.items():
        mask = random.random(n) < LACKING.get(name, 0.0)
        held[name] = pa.array(values, mask=mask if mask.any() else None)
    return pa.table(held)


@dataclass
class Tally:
    """Queries asked and refused: by analysis, by how many studies came before, and the rules."""

    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    asked_at: Counter[int] = field(default_factory=Counter)
    refused_at: Counter[int] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        for name in ("asked", "refused", "rules", "asked_at", "refused_at"):
            getattr(self, name).update(getattr(other, name))

    def share(self, first: int = STUDIES) -> float:
        """Of the queries of the first studies."""
        asked = sum(count for at, count in self.asked_at.items() if at < first)
        return sum(count for at, count in self.refused_at.items() if at < first) / max(asked, 1)


def programme(seed: int) -> list[tuple[str | None, list[str]]]:
    """The studies of a world: whom each is about, and one to three analyses."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(STUDIES):
        where = WHERE[random.integers(len(WHERE))]
        given = where.split()[0] if where and "==" in where else ":"  # among men nobody asks for the effect of sex
        kinds = [kind for kind, text in ANALYSES.items() if given not in text or given == ":"]
        found.append((where, sorted(random.choice(kinds, random.integers(1, 4), replace=False).tolist())))
    return found


def world(size: int, least: int, seed: int, kind_of: str) -> Tally:
    """All studies of a programme, asked of three fresh sites."""
    random, tally = np.random.default_rng(1_000 + seed), Tally()
    with tempfile.TemporaryDirectory() as name:
        folder, sites = Path(name), []
        for site in ("a", "b", "c"):
            pq.write_table(people(random, size), folder / f"{site}.parquet")
            tables = {"patients": folder / f"{site}.parquet"}
            limits = Limits(
                numbers=10**9, refusals=10**6, refusals_in_all=10**6
            )  # of one attacker; here are many people
            sites.append(Site(site, "KR", tables, least, folder / "store" / site, None, "id", limits))
        for at, (where, kinds) in enumerate(programme(seed)):
            listed = "\n".join(f"  - {{name: a{i}, {ANALYSES[kind]}}}" for i, kind in enumerate(kinds))
            columns = "\n".join(f"  {column}: {declared}" for column, declared in COLUMNS.items())
            whom = f', where: "{where}"' if where and kind_of != "everybody" else ""
            held = f"analysis_set: {{complete: [{', '.join(COLUMNS)}]}}\n" if kind_of != "own sets" else ""
            text = (
                f"study: s{at}\npopulation: {{table: patients{whom}}}\n{held}columns:\n{columns}\nanalyses:\n{listed}\n"
            )
            results = run_study(
                study_of(parse(text, "study.yaml")),
                sites,
                recorder=Silent(),
                permitted=lambda _: None,
                as_of=datetime.date(2026, 12, 1),
            )
            refused = {it.analysis: it.rule for it in results.refused}
            for i, kind in enumerate(kinds):
                tally.asked[kind] += 1
                tally.asked_at[at] += 1
                if f"a{i}" in refused:
                    tally.refused[kind] += 1
                    tally.refused_at[at] += 1
                    tally.rules[refused[f"a{i}"]] += 1
    return tally


def main() -> None:
    """Print the tables of ``bench/studies_gate.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=1)
    parser.add_argument("--size", type=int, action="append")
    options = parser.parse_args()
    worlds = options.worlds
    by_kind: dict[int, Tally] = {least: Tally() for least in MINIMUMS}
    rules: Counter[str] = Counter()
    started = time.process_time()
    print("| people a site | programme | " + " | ".join(f"minimum {least}" for least in MINIMUMS) + " |")
    print("|---|---|" + "---|" * len(MINIMUMS))
    for size in options.size or SIZES:
        for kind_of in PROGRAMMES:
            cells = []
            for least in MINIMUMS:
                tally = Tally()
                for seed in range(worlds):
                    tally.add(world(size, least, seed, kind_of))
                by_kind[least].add(tally)
                rules.update(tally.rules)
                cells.append(" / ".join(f"{tally.share(first):.0%}" for first in (1, 4, STUDIES)))
            print(f"| {size:,} | {kind_of} | " + " | ".join(cells) + " |", flush=True)
    print("\n| analysis | " + " | ".join(f"minimum {least}" for least in MINIMUMS) + " |")
    print("|---|" + "---|" * len(MINIMUMS))
    for kind in ANALYSES:
        shares = [by_kind[least].refused[kind] / max(by_kind[least].asked[kind], 1) for least in MINIMUMS]
        print(f"| {kind} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    asked = sum(tally.asked.total() for tally in by_kind.values())
    print(f"\n{asked} queries; rules: " + ", ".join(f"{rule} {count}" for rule, count in rules.most_common()))
    print(f"CPU {time.process_time() - started:.0f} s")


if __name__ == "__main__":
    main()
