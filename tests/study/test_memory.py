"""A large table at a site is read some rows at a time: memory does not follow the rows (the full size: ``make soak``)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT


def peak(folder: Path, rows: int) -> float:
    """Megabytes that a run over so many rows of twenty columns holds at most, in a process of its own."""
    command = [sys.executable, "-m", "bench.studies", "memory", "--rows", str(rows), "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = re.search(r"peak resident memory .*?([\d,]+) MB  ", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1).replace(",", ""))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc, which is not here")
def test_a_table_ten_times_as_long_takes_about_the_same_memory(tmp_path: Path) -> None:
    small, large = peak(tmp_path, 160_000), peak(tmp_path, 1_600_000)
    assert large < 600
    assert large < small + 230, "the table itself, as numbers, is 280 MB, and its design matrix once more"


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc, which is not here")
def test_fifty_million_rows_of_twenty_columns_take_less_than_a_gigabyte(tmp_path: Path) -> None:
    assert peak(tmp_path, 50_000_000) < 1_000
