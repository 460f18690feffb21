"""What must not be loaded: imports are part of the interface, because start-up is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("library", ["pydantic", "polars", "numpy", "yaml", "lark", "typer", "rich", "cryptography"])
def test_importing_biopact_loads_no_library(library: str) -> None:
    assert library not in loaded_by("import biopact")


@pytest.mark.parametrize("library", ["pydantic", "polars", "numpy", "rich", "cryptography", "scipy", "duckdb", "yaml"])
def test_the_help_loads_no_library_it_does_not_print_with(library: str) -> None:
    statement = "from biopact.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert library not in loaded_by(statement)
