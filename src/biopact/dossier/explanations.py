"""Explanations of findings, kept beside the dossier (never in it), by the key of the finding: they survive the next run."""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections.abc import Mapping
from pathlib import Path

from biopact.dossier.reading import is_number
from biopact.errors import InputError, Place

__all__ = ["beside", "read_explanations", "write_explanations"]

_COLUMNS = ("key", "explanation", "recorded")


def beside(folder: Path) -> Path:
    """The file of explanations of a dossier: ``NAME.explanations.csv`` next to its folder.

    That of a sequence is its application's: keys are the same, and nothing of ours is written among the sequences.
    """
    folder = folder.resolve()
    if is_number(folder.name) and any(is_number(it.name) for it in folder.parent.iterdir() if it.name != folder.name):
        folder = folder.parent
    return folder.with_name(folder.name + ".explanations.csv")


def read_explanations(path: Path) -> dict[str, tuple[str, str]]:
    """Key of a finding to its explanation and the day it was recorded. Raises InputError."""
    if not path.exists():
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error, OSError):
        raise InputError("dossier.explanations-form", Place(path)) from None
    for number, row in enumerate(rows, 2):
        if not row.get("key") or row.get("explanation") is None:
            raise InputError("dossier.explanations-form", Place(path, number))
    return {row["key"]: (row["explanation"], row.get("recorded") or "") for row in rows}


def write_explanations(path: Path, explained: Mapping[str, tuple[str, str]], added: Mapping[str, str]) -> None:
    """Write all explanations, those added with today's date; the file is replaced whole."""
    today = datetime.date.today().isoformat()
    both = {**explained, **{key: (text, today) for key, text in added.items()}}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for key, (text, recorded) in sorted(both.items()):
        writer.writerow([key, text, recorded])
    fresh = path.with_name(path.name + ".new")
    fresh.write_text("\ufeff" + out.getvalue(), encoding="utf-8")
    os.replace(fresh, path)
