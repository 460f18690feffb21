"""What a check of a proof found: typed, with a severity and a place, worded in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from biopact.text import Lang, say

__all__ = ["Finding", "Severity", "holds"]

Severity = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``id`` names the kind of finding for good; ``where`` is a path in the file or a place.

    high: the proof does not hold. medium: it holds, and something needs a look. low: something could not be checked.
    """

    id: str
    severity: Severity
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: Lang | None = None) -> str:
        """What was found, in a language."""
        return say(f"ledger.finding.{self.id}", lang, **self.values)

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """As other programs read it."""
        return {"id": self.id, "severity": self.severity, "where": self.where, "what": self.text(lang)}


def holds(findings: Iterable[Finding]) -> bool:
    """Whether nothing found breaks the proof."""
    return all(finding.severity != "high" for finding in findings)
