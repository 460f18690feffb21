"""Writing the tables of a test as the CSV files of a network."""

from __future__ import annotations

import csv
from pathlib import Path

from .conftest import Tables


def write_network(tables: Tables, folder: Path) -> Path:
    """Write a network folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if not rows:
            continue
        heads = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, heads, restval="")
            table.writeheader()
            table.writerows([{key: "" if value is None else value for key, value in row.items()} for row in rows])
    return folder
