"""Where a pact keeps what its screening leaves: the lists, and the record of what was found."""

from __future__ import annotations

from pathlib import Path

from biopact.pact import Pact

__all__ = ["FOLDER", "RECORD", "record_of"]

FOLDER = "lists"
RECORD = "hits.json"


def record_of(pact: Pact) -> Path | None:
    """The record of a pact's last screening; None where it was never screened."""
    path = pact.folder / FOLDER / RECORD if pact.folder else None
    return path if path and path.is_file() else None
