"""What must not be loaded: imports are part of the interface, because start-up is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    "library", ["polars", "numpy", "scipy", "duckdb", "pyarrow", "matplotlib", "cryptography", "z3"]
)
def test_checking_a_pact_loads_no_heavy_library(library: str) -> None:
    example = Path(__file__).parents[2] / "examples" / "liver"
    statement = f"from biopact.cli import main\ntry: main(['check', {str(example)!r}])\nexcept SystemExit: pass"
    assert library not in loaded_by(statement)


def test_the_face_of_the_library_is_what_it_says() -> None:
    import biopact

    for name in biopact.__all__:
        assert getattr(biopact, name) is not None
    with pytest.raises(AttributeError):
        biopact.nothing  # noqa: B018
