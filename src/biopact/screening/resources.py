"""The curated tables of this room, read once: ``data/`` says where each comes from and under which licence."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

from biopact import marked
from biopact.errors import DataError

__all__ = ["DATA", "table", "yaml_of"]

DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``data/NAME.csv``."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def yaml_of(name: str) -> Any:
    """The value of ``data/NAME.yaml``."""
    return marked.read(DATA / f"{name}.yaml", DataError).value
