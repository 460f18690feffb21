from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from biopact.marked import parse
from biopact.study import Results, Silent, Site, Study, run_study, study_of
from biopact.study.data import Frame, SiteData
from biopact.study.release import sums_of
from biopact.study.results import Outcome
from biopact.study.trial import fit

PEOPLE = """
study: s
population: {table: patients}
columns:
  age: {type: number, bounds: [0, 120]}
  dose: {type: number, bounds: [0.1, 50]}
  sex: {levels: [female, male]}
  stage: {levels: [I, II, III]}
  smoker: {levels: [0, 1]}
  days: {type: number, bounds: [0, 5000]}
  start: {type: number, bounds: [0, 5000]}
  weight: {type: number, bounds: [0, 10]}
  pressure: {type: number, bounds: [0, 400]}
  risk: {type: number, bounds: [0, 1]}
  years: {type: number, bounds: [0, 20]}
  dead: {levels: [0, 1]}
  ill: {levels: [0, 1]}
  broken: {levels: [0, 1]}
"""
DAY = datetime.date(2026, 12, 1)
Row = Mapping[str, object]


def write_csv(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def read_text() -> Callable[[str], Study]:
    """A study from its text."""
    return lambda text: study_of(parse(text, "study.yaml"))


@pytest.fixture(scope="session")
def run() -> Callable[..., Results]:
    """Run a study from its text, recording nothing unless told."""

    def make(text: str, sites: list[Site], **more: object) -> Results:
        settings: dict[str, object] = {"recorder": Silent(), "permitted": lambda _: None, "as_of": DAY, **more}
        return run_study(study_of(parse(text, "study.yaml")), sites, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def example() -> Callable[[str], str]:
    """The text of one of the studies kept beside these tests."""
    return lambda name: (Path(__file__).parent / "studies" / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.fixture
def sites_of(tmp_path: Path) -> Callable[..., list[Site]]:
    """Sites from rows: ``sites_of({"a": rows, "b": rows}, min_cell=1)``."""

    def make(
        rows: Mapping[str, list[Row]], min_cell: int = 1, countries: Mapping[str, str] | None = None
    ) -> list[Site]:
        made = []
        for name, held in rows.items():
            path = write_csv(tmp_path / f"{name}.csv", held)
            country = (countries or {}).get(name, "KR")
            made.append(Site(name, country, {"patients": path}, min_cell, tmp_path / "store" / name))
        return made

    return make


LIVER_SITES = {"kr": "KR", "us-dd": "US", "us-bc-2y": "US", "us-others": "US"}


def liver_site(row: Row) -> str | None:
    if row["country"] == "South Korea":
        return "kr"
    if row["country"] != "United States":
        return None
    return "us-dd" if row["collector"] == "DD" else "us-bc-2y" if row["collector"] in ("BC", "2Y") else "us-others"


@pytest.fixture(scope="session")
def liver_rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "tcga_lihc" / "tcga_lihc_clinical.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if liver_site(row) is not None]


@pytest.fixture(scope="session")
def heart_rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "heart_uci" / "heart_disease_4sites.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def liver(sites_of: Callable[..., list[Site]], liver_rows: list[dict[str, str]]) -> Callable[[int], list[Site]]:
    """The four sites of the liver example, at a minimum."""

    def make(min_cell: int) -> list[Site]:
        split = {name: [row for row in liver_rows if liver_site(row) == name] for name in LIVER_SITES}
        return sites_of(split, min_cell, LIVER_SITES)

    return make


@pytest.fixture
def heart(sites_of: Callable[..., list[Site]], heart_rows: list[dict[str, str]]) -> Callable[[int], list[Site]]:
    """The four hospitals of the heart example, at a minimum."""

    def make(min_cell: int) -> list[Site]:
        names = ("cleveland", "hungarian", "switzerland", "va")
        countries = {"cleveland": "US", "hungarian": "HU", "switzerland": "CH", "va": "US"}
        return sites_of(
            {name: [row for row in heart_rows if row["site"] == name] for name in names}, min_cell, countries
        )

    return make


def people_of(seed: int, n: int) -> pd.DataFrame:
    """A table with ties in time, missing values and every kind of column."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": random.integers(20, 90, n).astype(float),
            "dose": random.uniform(0.2, 40, n).round(2),
            "sex": random.integers(0, 2, n).astype(float),
            "stage": random.integers(0, 3, n).astype(float),
            "start": random.integers(0, 40, n).astype(float),
            "weight": random.uniform(0.5, 3, n).round(2),
            "years": random.uniform(0.1, 9, n).round(3),
        }
    )
    risk = 0.03 * (table.age - 50) + 0.5 * table.sex - 0.4 * (table.stage == 2)
    table["smoker"] = (random.random(n) < 1 / (1 + np.exp(-0.8 * risk))).astype(float)
    risk = risk + 0.3 * table.smoker
    table["days"] = table.start + 1 + np.floor(random.exponential(60 * np.exp(-risk)) / 5)
    table["dead"] = (random.random(n) < 0.6).astype(float)
    table["ill"] = (random.random(n) < 1 / (1 + np.exp(-risk))).astype(float)
    table["broken"] = (random.random(n) < 0.3).astype(float)
    table["pressure"] = (120 + 8 * risk + random.normal(0, 9, n)).clip(1, 399)
    table["risk"] = (1 / (1 + np.exp(-0.8 * risk + random.normal(0, 0.4, n)))).clip(1e-5, 1 - 1e-5)
    table.loc[random.random(n) < 0.05, "dose"] = np.nan
    return table


class Split:
    """A study of one analysis on one table, at several sites and pooled."""

    def __init__(self, analysis: str, drawn: tuple[int, int, bool], n: int = 240, least: int = 0) -> None:
        seed, parts, by_stage = drawn
        self.study = study_of(parse(f"{PEOPLE}analyses: [{analysis}]", "s.yaml"))
        table = people_of(seed, n)
        where = np.random.default_rng(seed + 1).integers(0, parts, n)
        if by_stage and parts > 1:  # a level may be absent at a site
            where = np.where(table.stage == 0, 0, where)
        self.sites: list[SiteData] = []
        kept = []
        for at in np.unique(where):
            part = table[where == at]
            columns = {name: part[name].to_numpy(float) for name in self.study.columns}
            frame = Frame(f"s{at}", ("KR", "US")[at % 2], columns, len(part))
            data = SiteData.of(self.study.columns, frame, self.study.complete, least)
            self.sites.append(data)
            kept.append(part[data.in_set].assign(site=f"s{at}", country=("KR", "US")[at % 2]))
        self.pooled = pd.concat(kept)

    def outcome(self, *, exact: bool = False) -> Outcome:
        """What the sites find together; ``exact`` as in a trial without a minimum and a grid."""
        analysis = self.study.analyses[0]
        return fit(analysis.refined(self.sites) if exact else analysis, self.sites)[0]


@pytest.fixture(scope="session")
def split() -> type[Split]:
    """A study of one analysis on one table, at several sites and pooled."""
    return Split


class Eye:
    """What an attacker sees: every number that a site let out, and every refusal. It asks as a coordinator does."""

    def __init__(self, run: Callable[..., Results], sites: list[Site]) -> None:
        self.run, self.sites = run, sites
        self.sums: dict[tuple[str, str, int], Any] = {}
        self.rules: list[str] = []

    def ask(self, text: str) -> Results:
        results = self.run(text, self.sites, recorder=self)
        self.rules += [refusal.rule for refusal in results.refused]
        return results

    def agree(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        pass

    def release(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        self.sums[site, analysis, round] = sums_of(payload)

    def refuse(self, site: str, analysis: str | None, rule: str) -> None:
        pass


@pytest.fixture
def eyes(
    run: Callable[..., Results], sites_of: Callable[..., list[Site]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Eye, Callable[[], Eye]]]:
    """An attack's two turns: an eye before which the gate is off, and, when called, one before which it stands.

    The gate cannot be turned off by anything the product has; here its checks are replaced, for the first turn only.
    """

    def make(rows: Mapping[str, list[Row]], least: int = 10, **more: Any) -> tuple[Eye, Callable[[], Eye]]:
        sites = [replace(site, **more) for site in sites_of(rows, least)]
        bare = [replace(site, min_cell=0, store=tmp_path / "off" / site.id) for site in sites]
        for check in ("judge", "judge_answer", "breach"):
            monkeypatch.setattr(f"biopact.study.site.{check}", lambda *_, **__: None)
        for check in ("refusal_budget", "released_numbers", "states"):
            monkeypatch.setattr(f"biopact.study.site.{check}", lambda *_: True)

        def standing() -> Eye:
            monkeypatch.undo()
            return Eye(run, sites)

        return Eye(run, bare), standing

    return make
