"""The record that somebody screened a sequence with a tool of their own (commec, SecureDNA): tool, version, status, date,
hash. biopact runs no such tool, reads no input or report of one, and keeps no sequence."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from biopact.errors import UsageError
from biopact.pact.edit import add_evidence
from biopact.pact.vocabulary import Vocabulary

__all__ = ["OutsideCheck", "record_check"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[\w .+:/()-]{1,80}")
# a run of letters that could be bases or residues is no version and no status
_SEQUENCE = re.compile(r"[ACGTUNacgtun]{15,}|[ACDEFGHIKLMNPQRSTVWY]{25,}")


@dataclass(frozen=True, slots=True)
class OutsideCheck:
    """What a tool outside said of an input whose digest is given."""

    tool: str
    version: str
    status: str
    date: datetime.date
    sha256: str

    @property
    def reference(self) -> str:
        """The record in one line, as evidence keeps it."""
        return f"{self.tool} {self.version}; {self.status}; {self.date.isoformat()}; sha256 {self.sha256}"

    def evidence(self, rule: str, flow: str, issuer: str | None = None) -> Mapping[str, object]:
        """An entry of evidence for a rule and a flow. Raises UsageError where a field is no plain word or no digest."""
        for name in ("tool", "version", "status"):
            text = getattr(self, name)
            if _PLAIN.fullmatch(text) is None or _SEQUENCE.search(text):
                raise UsageError("screening.odd-check-field", None, field=name)
        if _SHA256.fullmatch(self.sha256) is None:
            raise UsageError("screening.odd-digest", None)
        return {"rule": rule, "flow": flow, "issuer": issuer, "reference": self.reference, "from": self.date}


def record_check(
    pact: Path,
    check: OutsideCheck,
    rule: str,
    flow: str,
    issuer: str | None = None,
    vocabulary: Vocabulary | None = None,
) -> None:
    """Write the record into a pact's evidence; no file goes along. Raises PactError where it cannot be written."""
    add_evidence(pact, check.evidence(rule, flow, issuer), vocabulary)
