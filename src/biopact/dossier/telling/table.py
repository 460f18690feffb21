"""Findings as a table: one row a finding, stable ids, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from biopact.dossier.findings import Finding
from biopact.dossier.telling.answer import finding_as_json
from biopact.text import Lang

__all__ = ["COLUMNS", "as_csv", "safe"]

COLUMNS = (
    *("key", "id", "state", "severity", "agencies", "fda", "fda_severity", "sequence", "leaf", "path", "line"),
    *("message", "fix", "explanation"),
)


def as_csv(findings: Iterable[Finding], lang: Lang | None = None) -> str:
    """The table as text; the caller writes it as UTF-8 with a byte order mark, so that spreadsheets show Korean."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        row = finding_as_json(finding, lang)
        row["agencies"] = " ".join(row["agencies"])
        writer.writerow([safe(row[name]) for name in COLUMNS])
    return out.getvalue()


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: names in a dossier are a stranger's."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value
