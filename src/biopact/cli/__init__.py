"""The command line: one file per command group, each thin. ``main`` is the entry point."""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from biopact.text import LANGUAGES, choose, speak

if TYPE_CHECKING:
    from biopact.errors import BiopactError

__all__ = ["main"]

# which extra brings a library that a room imports
EXTRAS = {
    **dict.fromkeys(("duckdb", "jinja2", "matplotlib", "numpy", "pyarrow", "scipy", "threadpoolctl"), "study"),
    **dict.fromkeys(("lxml", "pikepdf", "pyreadstat"), "dossier"),
    **dict.fromkeys(("openpyxl", "rapidfuzz", "stdnum"), "screening"),
    "adbc_driver_postgresql": "postgresql",
    "highspy": "supply",
    "ibis": "ibis",
    "polars": "batch",
    "z3": "lint",
}


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code.

    0 clean, 1 findings need action, 2 usage, 3 invalid input, 4 cannot tell, 5 an external part failed, 70 internal.
    """
    words = sys.argv[1:] if arguments is None else arguments
    _open_output(words)
    _set_language(words)
    from typer._click.exceptions import ClickException, NoArgsIsHelpError

    from biopact.cli.app import application
    from biopact.cli.wording import tell_usage, worded
    from biopact.errors import BiopactError

    try:
        sys.exit(application().main(args=words, prog_name="biopact", standalone_mode=False) or 0)
    except NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        sys.exit(2)
    except ClickException as error:
        if "--json" in words:
            fault = {
                "code": "usage",
                "message": worded(error.format_message()),
                "file": None,
                "line": None,
                "field": None,
            }
            print(
                json.dumps(
                    {"schema": "biopact.error/1", "exit_code": error.exit_code, "errors": [fault]}, ensure_ascii=False
                )
            )
        print(tell_usage(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BiopactError as error:
        sys.exit(_tell(error, as_json="--json" in words))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # a traceback may hold data, so it is shown only when asked for
        if os.environ.get("BIOPACT_DEBUG"):
            raise
        sys.exit(_tell(_named(error), as_json="--json" in words))


def _open_output(words: list[str]) -> None:
    """Where the system's encoding lacks a sign (CP949 has no ✓), a text shows ``?``; an object is UTF-8 everywhere."""
    if isinstance(sys.stdout, TextIOWrapper):
        if "--json" in words:
            sys.stdout.reconfigure(encoding="utf-8")
        else:
            sys.stdout.reconfigure(errors="replace")


def _named(error: Exception) -> BiopactError:
    """A missing library of an extra, or else a fault of ours."""
    from biopact.errors import BiopactError, MissingExtraError

    library = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if library in EXTRAS:
        return MissingExtraError(library, EXTRAS[library])
    return BiopactError("errors.internal", None, kind=type(error).__name__)


def _set_language(words: list[str]) -> None:
    """Speak the language of ``--lang`` before any help text is built."""
    asked = None
    for position, word in enumerate(words):
        if word == "--lang" and position + 1 < len(words):
            asked = words[position + 1]
        elif word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
    speak(choose(asked if asked in LANGUAGES else None))


def _tell(error: BiopactError, as_json: bool) -> int:
    from biopact.errors import InputErrors

    if as_json:
        faults = error.faults if isinstance(error, InputErrors) else [error]
        told = [
            {
                "code": fault.code,
                "message": fault.worded(),
                "file": str(fault.place.file) if fault.place and fault.place.file is not None else None,
                "line": fault.place.line if fault.place else None,
                "field": fault.place.field if fault.place else None,
            }
            for fault in faults
        ]
        print(
            json.dumps({"schema": "biopact.error/1", "exit_code": error.exit_code, "errors": told}, ensure_ascii=False)
        )
    print(error.worded(), file=sys.stderr)
    return error.exit_code
