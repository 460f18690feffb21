from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from biopact.marked import parse
from biopact.study import Results, Silent, Site, Study, run_study, study_of

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
