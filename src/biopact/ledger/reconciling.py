"""A receipt against the ledgers it was made from: the same entries, in the same places, up to the same heads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from biopact.errors import InputError
from biopact.ledger.canonical import canonical
from biopact.ledger.chain import Entry, read_chain, verify_chain
from biopact.ledger.findings import Finding
from biopact.ledger.keys import public_key_of
from biopact.ledger.receipt import read_receipt

__all__ = ["ledger_findings", "reconcile"]


def reconcile(receipt_path: Path, ledgers: list[Path]) -> tuple[Finding, ...]:
    """What does not agree between a receipt and ledgers, each the file of one party or of several."""
    receipt = read_receipt(receipt_path)
    return tuple(finding for path in ledgers for finding in ledger_findings(receipt, path))


def ledger_findings(receipt: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """What does not agree with one file. A ledger that has grown since is in order; one that is shorter is not."""
    keys = {party["id"]: key for party in receipt["parties"] if (key := public_key_of(party["key"]["public"]))}
    found = verify_chain(path, keys)
    yield from found
    try:
        entries = read_chain(path)
    except InputError:
        return  # said already, with its line
    held: dict[str, dict[int, Entry]] = {}
    for entry in entries:
        held.setdefault(entry.party, {})[entry.seq] = entry
    for party in receipt["parties"]:
        if party["id"] in held:
            yield from _head(party, held[party["id"]])
    for site in receipt["sites"]:
        if site["party"] in held:
            yield from _records(receipt, site, held[site["party"]])


def _head(party: Mapping[str, Any], entries: Mapping[int, Entry]) -> Iterator[Finding]:
    length = party["ledger"]["length"]
    if length == 0:
        return
    last = entries.get(length - 1)
    if last is None:
        values = {"party": party["id"], "length": length, "found": len(entries)}
        yield Finding("ledger-shorter", "high", party["id"], values)
    elif last.digest != party["ledger"]["head"]:
        yield Finding("ledger-head", "high", party["id"], {"party": party["id"]})


def _records(receipt: Mapping[str, Any], site: Mapping[str, Any], entries: Mapping[int, Entry]) -> Iterator[Finding]:
    study = receipt["study"]["id"] if receipt["study"] else None
    for part, kinds in (("released", ("release", "agreement")), ("refused", ("refusal",))):
        for at, record in enumerate(site[part]):
            entry = entries.get(record["entry"]["seq"])
            said = {"study": study, **{name: value for name, value in record.items() if name != "entry"}}
            same = (
                entry is not None
                and entry.digest == record["entry"]["digest"]
                and entry.kind in kinds
                and canonical(dict(entry.body)) == canonical(said)
            )
            if not same:
                where = f"sites: {site['party']}.{part}[{at}]"
                yield Finding(
                    "ledger-says-other", "high", where, {"party": site["party"], "seq": record["entry"]["seq"]}
                )
