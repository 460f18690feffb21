"""Making a receipt: the body from its parts, a signature of every party over the body, one file.

Sites that are apart each sign the same body (``body_of`` once, ``signature_of`` at each site, ``assemble``).
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from biopact.errors import ExternalError, Place, UsageError
from biopact.ledger.canonical import canonical, digest
from biopact.ledger.chain import Entry, moment
from biopact.ledger.forms import RECEIPT, RECEIPT_SCHEMA, admit
from biopact.ledger.keys import SigningKey
from biopact.ledger.parts import Article, Evidence, Flow, Jurisdiction, Party, ReceiptParts, Site, Titles
from biopact.ledger.statement import statement
from biopact.ledger.strict import read
from biopact.text import pick

__all__ = [
    "assemble",
    "body_of",
    "digests_of",
    "make",
    "named",
    "read_receipt",
    "signature_of",
    "signed_part",
    "write_receipt",
]


def make(
    parts: ReceiptParts,
    keys: Mapping[str, SigningKey],
    now: datetime.datetime | None = None,
    version: str | None = None,
) -> dict[str, Any]:
    """A receipt signed by every party, where all keys are at hand. Raises UsageError where one is missing."""
    body = body_of(parts, now, version)
    missing = [party.id for party in parts.parties if party.id not in keys]
    if missing:
        raise UsageError("ledger.no-key", None, party=", ".join(missing))
    return assemble(body, {party.id: signature_of(body, keys[party.id]) for party in parts.parties})


def body_of(parts: ReceiptParts, now: datetime.datetime | None = None, version: str | None = None) -> dict[str, Any]:
    """All that is signed."""
    if version is None:
        version = metadata.version("biopact")
    body: dict[str, Any] = {
        "schema": RECEIPT_SCHEMA,
        "made": moment(now),
        "software": {"name": "biopact", "version": version},
        "pact": {
            "id": parts.pact,
            "title": _both(parts.title),
            "notice": _both(parts.notice) if parts.notice else None,
            "digest": named(parts.pact_digest),
        },
        "study": None,
        "as_of": parts.as_of,
        "law": {"digest": named(parts.law)},
        "flows": [_flow(flow) for flow in parts.flows],
        "evidence": [_evidence(record) for record in parts.evidence],
        "sites": [_site(site) for site in sorted(parts.sites, key=lambda site: site.party)],
        "results": digests_of(parts.results) if parts.results is not None else None,
        "parties": [_party(party) for party in sorted(parts.parties, key=lambda party: party.id)],
    }
    if parts.study is not None:
        title = _both(parts.study_title) if parts.study_title else None
        if parts.study_digest is None:
            raise UsageError("ledger.no-study-digest", None, study=parts.study)
        body["study"] = {"id": parts.study, "title": title, "digest": named(parts.study_digest)}
    body["statement"] = {"en": statement(body, "en"), "ko": statement(body, "ko")}
    return body


def signature_of(body: Mapping[str, Any], key: SigningKey) -> str:
    """One party's signature of a body."""
    return key.sign(signed_part(body))


def signed_part(receipt: Mapping[str, Any]) -> bytes:
    """What every signature is of: the name of the form, and the canonical bytes of all but the signatures."""
    body = {name: part for name, part in receipt.items() if name != "signatures"}
    return f"{RECEIPT_SCHEMA}\n".encode() + canonical(body)


def assemble(body: Mapping[str, Any], signatures: Mapping[str, str]) -> dict[str, Any]:
    """Body and signatures together, in the order of the parties. Raises InputError where they are no receipt."""
    signed = [
        {"party": party["id"], "algorithm": "Ed25519", "signature": signatures[party["id"]]}
        for party in body["parties"]
        if party["id"] in signatures
    ]
    receipt = {**body, "signatures": signed}
    admit(RECEIPT, receipt, Place("receipt"))
    return receipt


def digests_of(results: Mapping[str, Any]) -> dict[str, Any]:
    """The digest of the results as a whole, of all but the analyses, and of each analysis by its name."""
    frame = {name: part for name, part in results.items() if name != "analyses"}
    return {
        "schema": results["schema"],
        "digest": digest(results),
        "frame": digest(frame),
        "analyses": {analysis["name"]: digest(analysis) for analysis in results["analyses"]},
    }


def named(bare: str) -> str:
    """A digest with the name of its function."""
    return bare if bare.startswith("sha256:") else f"sha256:{bare}"


def write_receipt(receipt: Mapping[str, Any], path: Path) -> None:
    """Write it beside and rename. Raises ExternalError where the disk does not take it."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(receipt, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ExternalError("ledger.cannot-write", Place(path), why=error.strerror or type(error).__name__) from None


def read_receipt(path: Path) -> dict[str, Any]:
    """The receipt of a file, of the right form but not verified. Raises InputError."""
    value = read(path)
    if isinstance(value, dict) and isinstance(value.get("signatures"), list):
        known = value.get("schema")
        if isinstance(known, str) and known.startswith("biopact.receipt/") and known != RECEIPT_SCHEMA:
            from biopact.errors import InputError

            raise InputError("ledger.other-version", Place(path, None, "schema"), found=known[:80])
    admit(RECEIPT, value, Place(path))
    found: dict[str, Any] = value
    return found


def _both(titles: Titles) -> dict[str, str]:
    return {"en": pick(titles, "en"), "ko": pick(titles, "ko")}


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "id": flow.id,
        "title": _both(flow.title) if flow.title else None,
        "from": flow.sender,
        "to": list(flow.recipients),
        "days": list(flow.days),
        "verdict": flow.verdict,
        "between": list(flow.between) if flow.between else None,
        "readiness": flow.readiness,
        "review": flow.review,
        "not_covered": list(flow.not_covered),
        "jurisdictions": {country: _jurisdiction(told) for country, told in flow.jurisdictions.items()},
        "limits": dict(flow.limits),
    }


def _jurisdiction(told: Jurisdiction) -> dict[str, Any]:
    return {
        "verdict": told.verdict,
        "between": list(told.between) if told.between else None,
        "because": told.because,
        "review": told.review,
        "articles": [_article(article) for article in told.articles],
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "rule": article.rule,
        "cite": article.cite,
        "title": _both(article.title),
        "effect": article.effect,
        "state": article.state,
        "defeated_by": list(article.defeated_by),
        "from": article.since,
        "checked": article.checked,
        "confidence": article.confidence,
        "review": article.review,
    }


def _evidence(record: Evidence) -> dict[str, Any]:
    return {
        "rule": record.rule,
        "flow": record.flow,
        "issuer": record.issuer,
        "reference": record.reference,
        "from": record.valid_from,
        "to": record.valid_to,
        "digest": named(record.digest) if record.digest else None,
    }


def _site(site: Site) -> dict[str, Any]:
    released = [
        {
            "analysis": it.analysis,
            "round": it.round,
            "digest": named(it.digest),
            "numbers": it.numbers,
            "entry": _placed(it.entry),
        }
        for it in site.released
    ]
    refused = [{"analysis": it.analysis, "rule": it.rule, "entry": _placed(it.entry)} for it in site.refused]
    return {
        "party": site.party,
        "law": named(site.law) if site.law else None,
        "released": released,
        "refused": refused,
    }


def _placed(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "digest": entry.digest}


def _party(party: Party) -> dict[str, Any]:
    return {
        "id": party.id,
        "name": _both(party.name),
        "country": party.country,
        "role": party.role,
        "key": {"algorithm": "Ed25519", "public": party.key.text, "fingerprint": party.key.fingerprint},
        "ledger": {"head": party.head.digest, "length": party.head.length},
    }
