"""Signed, hash-chained records on each side, and the portable proof made from them.

What is here is loaded when it is first used: reading a digest does not load a cipher library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biopact.ledger.canonical import canonical, digest, digest_of_bytes
    from biopact.ledger.chain import Entry, Head, Ledger, gather, verify_chain
    from biopact.ledger.findings import Finding
    from biopact.ledger.keys import (
        PublicKey,
        SigningKey,
        named_key,
        own_key,
        public_key_of,
        read_known_key,
        read_public_key,
        spoken,
    )
    from biopact.ledger.parts import (
        Article,
        Evidence,
        Flow,
        Jurisdiction,
        Party,
        ReceiptParts,
        Refusal,
        Release,
        Site,
        flows_of,
    )
    from biopact.ledger.receipt import assemble, body_of, make, read_receipt, signature_of, write_receipt
    from biopact.ledger.reconciling import reconcile
    from biopact.ledger.recording import StudyRecorder
    from biopact.ledger.state import ledger_path, party_folder, state_folder
    from biopact.ledger.verifying import Verification, verify

_FACE = {
    "canonical": ("canonical", "digest", "digest_of_bytes"),
    "chain": ("Entry", "Head", "Ledger", "gather", "verify_chain"),
    "findings": ("Finding",),
    "keys": (
        "PublicKey",
        "SigningKey",
        "named_key",
        "own_key",
        "public_key_of",
        "read_known_key",
        "read_public_key",
        "spoken",
    ),
    "parts": (
        "Article",
        "Evidence",
        "Flow",
        "Jurisdiction",
        "Party",
        "ReceiptParts",
        "Refusal",
        "Release",
        "Site",
        "flows_of",
    ),
    "receipt": ("assemble", "body_of", "make", "read_receipt", "signature_of", "write_receipt"),
    "reconciling": ("reconcile",),
    "recording": ("StudyRecorder",),
    "state": ("ledger_path", "party_folder", "state_folder"),
    "verifying": ("Verification", "verify"),
}
_HOME = {name: module for module, names in _FACE.items() for name in names}

__all__ = [  # noqa: RUF022 - by file
    "canonical",
    "digest",
    "digest_of_bytes",
    "Entry",
    "Head",
    "Ledger",
    "gather",
    "verify_chain",
    "Finding",
    "PublicKey",
    "SigningKey",
    "named_key",
    "own_key",
    "public_key_of",
    "read_known_key",
    "read_public_key",
    "spoken",
    "Article",
    "Evidence",
    "Flow",
    "Jurisdiction",
    "Party",
    "ReceiptParts",
    "Refusal",
    "Release",
    "Site",
    "flows_of",
    "assemble",
    "body_of",
    "make",
    "read_receipt",
    "signature_of",
    "write_receipt",
    "reconcile",
    "StudyRecorder",
    "ledger_path",
    "party_folder",
    "state_folder",
    "Verification",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"biopact.ledger.{_HOME[name]}"), name)
    raise AttributeError(f"module 'biopact.ledger' has no attribute {name!r}")
