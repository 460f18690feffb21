"""Verifying a receipt: needs no pact, no account, no network; only the file, and the results beside it where they are.

That the signatures hold says that whoever had these keys signed exactly this. Whose keys they are, only you can know:
compare a fingerprint with the party, and give it as ``keys``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.errors import InputError, VerificationError
from biopact.ledger.consistency import inner_findings, results_findings
from biopact.ledger.findings import Finding, holds
from biopact.ledger.keys import public_key_of
from biopact.ledger.receipt import read_receipt, signed_part
from biopact.ledger.reconciling import ledger_findings
from biopact.ledger.strict import read
from biopact.text import Lang

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found. ``known``: the parties whose key is the one you gave."""

    path: Path
    receipt: Mapping[str, Any]
    findings: tuple[Finding, ...]
    known: frozenset[str]
    results: Path | None
    ledger: Path | None

    @property
    def holds(self) -> bool:
        """Whether every signature, digest and number holds."""
        return holds(self.findings)

    @property
    def exit_code(self) -> int:
        """0 where it holds, else 1."""
        return 0 if self.holds else 1

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of each party's key, computed from the key."""
        found = {}
        for party in self.receipt["parties"]:
            key = public_key_of(party["key"]["public"])
            found[party["id"]] = key.fingerprint if key else party["key"]["fingerprint"]
        return found

    def require(self) -> None:
        """Raise VerificationError with the first thing that does not hold."""
        for finding in self.findings:
            if finding.severity == "high":
                raise VerificationError(f"ledger.finding.{finding.id}", None, **finding.values)

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """The object of the schema ``biopact.verification/1``."""
        return {
            "schema": "biopact.verification/1",
            "receipt": str(self.path),
            "results": str(self.results) if self.results else None,
            "ledger": str(self.ledger) if self.ledger else None,
            "pact": self.receipt["pact"]["id"],
            "made": self.receipt["made"],
            "holds": self.holds,
            "keys": [
                {"party": party, "fingerprint": fingerprint, "known": party in self.known}
                for party, fingerprint in self.fingerprints.items()
            ],
            "findings": [finding.to_dict(lang) for finding in self.findings],
        }


def verify(
    receipt_path: Path | str,
    results_path: Path | str | None = None,
    keys: Mapping[str, str] | None = None,
    ledger_path: Path | str | None = None,
) -> Verification:
    """Verify a receipt, with the results and the ledger beside it where there are such files.

    ``keys`` maps a party to the fingerprint you know it by (``read_known_key``, ``named_key``). What does not hold is
    a finding. Raises InputError where a file is missing, too large, or not of its form.
    """
    path = Path(receipt_path)
    receipt = read_receipt(path)
    results = _beside(path, results_path, "results.json")
    ledger = _beside(path, ledger_path, "ledger.jsonl")
    known = dict(keys or {})
    findings = [*signature_findings(receipt), *_key_findings(receipt, known), *inner_findings(receipt)]
    findings += results_findings(receipt, _results(results) if results else None)
    if ledger:
        findings += ledger_findings(receipt, ledger)
    fine = {party["id"] for party in receipt["parties"] if known.get(party["id"]) == _fingerprint(party)}
    return Verification(path, receipt, tuple(findings), frozenset(fine), results, ledger)


def signature_findings(receipt: Mapping[str, Any]) -> Iterator[Finding]:
    """Every party signed once, in order, with the key that stands beside its name, and nobody else did."""
    message = signed_part(receipt)
    keys = {party["id"]: party["key"]["public"] for party in receipt["parties"]}
    signers = [signature["party"] for signature in receipt["signatures"]]
    for party in keys:
        if signers.count(party) != 1:
            yield Finding("signature-missing", "high", "signatures", {"party": party})
    for at, signature in enumerate(receipt["signatures"]):
        party = signature["party"]
        where = f"signatures[{at}]"
        if party not in keys:
            yield Finding("signature-stranger", "high", where, {"party": party})
            continue
        key = public_key_of(keys[party])
        if key is None:
            yield Finding("key-weak", "high", f"parties: {party}", {"party": party})
        elif not key.verifies(message, signature["signature"]):
            yield Finding("signature-broken", "high", where, {"party": party})


def _key_findings(receipt: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[Finding]:
    there = {party["id"]: _fingerprint(party) for party in receipt["parties"]}
    for party, fingerprint in known.items():
        if party not in there:
            yield Finding("key-of-nobody", "high", "parties", {"party": party})
        elif there[party] != fingerprint:
            yield Finding("key-other", "high", f"parties: {party}", {"party": party})
    unknown = [party for party in there if party not in known]
    if unknown:
        yield Finding("keys-not-known", "low", "parties", {"parties": ", ".join(unknown)})


def _fingerprint(party: Mapping[str, Any]) -> str | None:
    key = public_key_of(party["key"]["public"])
    return key.fingerprint if key else None


def _beside(receipt: Path, given: Path | str | None, name: str) -> Path | None:
    """The file named, else the one of this name beside the receipt where there is one."""
    if given is not None:
        return Path(given)
    found = receipt.with_name(name)
    return found if found.is_file() else None


def _results(path: Path) -> dict[str, Any]:
    from biopact.errors import Place

    value = read(path)
    listed = value.get("analyses") if isinstance(value, dict) else None
    named = isinstance(listed, list) and all(isinstance(it, dict) and isinstance(it.get("name"), str) for it in listed)
    if not named or not isinstance(value.get("schema"), str):
        raise InputError("ledger.not-results", Place(path))
    found: dict[str, Any] = value
    return found
