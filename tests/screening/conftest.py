"""What the tests of screening share: a command runner, small lists of invented names, the adapter of the old excerpt."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from biopact.screening.index import Index
from biopact.screening.lists import read_list


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """A list of one's own: rows of a simple CSV."""

    def write(rows: str, name: str = "own.csv", header: str = "id,name") -> Path:
        path = tmp_path / name
        path.write_text(f"{header}\n{rows}\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def index_of(listed: Callable[..., Path]) -> Callable[..., Index]:
    def make(rows: str, header: str = "id,name", listed_as: str = "own") -> Index:
        return Index.of([read_list(listed(rows, header=header), listed_as)])

    return make


@pytest.fixture(scope="session")
def excerpt(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The excerpt of 2021 (OFAC, BIS) as a simple list. Years old: for tests, never for screening."""
    target = tmp_path_factory.mktemp("lists") / "excerpt.csv"
    with (shared / "screening" / "us_gov_lists_excerpt.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "country", "programme", "type"])
        writer.writerows([row["entity_id"], row["name"], row["country"], row["program"], row["schema"]] for row in rows)
    return target
