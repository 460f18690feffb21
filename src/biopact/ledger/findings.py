"""What a check of a proof found: typed, with a severity and a place, worded in both languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from biopact.text import Lang, say

__all__ = ["Finding", "Severity", "conclusion", "holds"]

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


def conclusion(findings: Collection[Finding], lang: Lang | None = None) -> str:
    """What a check comes to, in one sentence that claims no more than was checked."""
    if not findings:
        return say("cli.holds", lang)
    return say("cli.holds-in-part" if holds(findings) else "cli.does-not-hold", lang)
