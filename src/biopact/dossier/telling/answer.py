"""The report of a check as the object other programs read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from biopact.dossier.checking import Report
from biopact.dossier.findings import SEVERITIES, Finding
from biopact.text import Lang, say

__all__ = ["as_json", "finding_as_json", "not_checked"]


def as_json(report: Report, lang: Lang | None = None) -> dict[str, Any]:
    """``biopact.dossier-check/1``: the findings, the gravest first, with counts for each agency."""
    application = report.application
    return {
        "schema": "biopact.dossier-check/1",
        "dossier": str(report.folder),
        "agencies": list(report.agencies),
        "sequences": [it.number for it in application.sequences],
        "leaves": sum(len(it.leaves) for it in application.sequences),
        "files": len(application.tree.files),
        "bytes": report.size,
        "dtds": dict(report.dtds.source),
        "summary": {agency: _summary(report, agency) for agency in report.agencies},
        "not_checked": {agency: not_checked(report, agency, lang) for agency in report.agencies},
        "first": [finding.key for finding in report.first],
        "findings": [finding_as_json(finding, lang) for finding in report.findings],
    }


def _summary(report: Report, agency: str) -> dict[str, Any]:
    found = report.of(agency, "found")
    counted = Counter(it.severity for it in found)
    return {
        "found": len(found),
        **{severity: counted[severity] for severity in SEVERITIES},
        "explained": sum(it.explanation is not None for it in found),
        "cannot_check": len(report.of(agency, "cannot-check")),
    }


def finding_as_json(finding: Finding, lang: Lang | None = None) -> dict[str, Any]:
    """One finding. ``key`` names the defect in every run."""
    return {
        "id": finding.id,
        "key": finding.key,
        "severity": finding.severity,
        "agencies": list(finding.agencies),
        "fda": finding.fda,
        "fda_severity": finding.fda_severity,
        "sequence": finding.sequence,
        "leaf": finding.leaf,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message(lang),
        "fix": finding.fix(lang),
        "state": finding.state,
        "explanation": finding.explanation,
    }


def not_checked(report: Report, agency: str, lang: Lang | None = None) -> list[str]:
    """What was not checked for an agency, and why: of this dossier first (one line a kind), then of any dossier."""
    kinds: dict[str, list[Finding]] = {}
    for finding in report.of(agency, "cannot-check"):
        kinds.setdefault(finding.id, []).append(finding)
    lines = []
    for findings in kinds.values():
        more = say("dossier.and-more", lang, count=len(findings) - 1) if len(findings) > 1 else ""
        lines.append(findings[0].message(lang) + more)
    return [*lines, *(say(f"dossier.never-checked.{agency}.{number}", lang) for number in (1, 2))]
