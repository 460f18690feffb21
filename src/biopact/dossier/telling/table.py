"""Findings as a table: one row a finding, stable ids, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from biopact.dossier.checking import Report
from biopact.dossier.telling.answer import finding_as_json
from biopact.dossier.tree import shown
from biopact.text import Lang

__all__ = ["COLUMNS", "as_csv", "safe"]

COLUMNS = (
    *("key", "id", "state", "severity", "agencies", "fda", "fda_severity", "sequence", "leaf", "path", "line"),
    *("message", "fix", "explanation", "dossier"),
)


def as_csv(reports: Iterable[Report], lang: Lang | None = None) -> str:
    """The findings of some dossiers, each row with the folder of its own.

    The table as text; the caller writes it as UTF-8 with a byte order mark, so that spreadsheets show Korean."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for report in reports:
        for finding in report.findings:
            row = finding_as_json(finding, lang) | {"dossier": shown(str(report.folder))}
            row["agencies"] = " ".join(row["agencies"])
            writer.writerow([safe(row[name]) for name in COLUMNS])
    return out.getvalue()


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: names in a dossier are a stranger's."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value
