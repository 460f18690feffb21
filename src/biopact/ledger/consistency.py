"""Whether a receipt agrees with itself, and with the results beside it. Signatures are checked elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from biopact.ledger.canonical import digest
from biopact.ledger.findings import Finding
from biopact.ledger.forms import NOUGHT
from biopact.ledger.keys import public_key_of

__all__ = ["inner_findings", "results_findings"]

Receipt = Mapping[str, Any]


def inner_findings(receipt: Receipt) -> Iterator[Finding]:
    """What contradicts itself inside a receipt."""
    yield from _names(receipt)
    for party in receipt["parties"]:
        key = public_key_of(party["key"]["public"])
        if key is None or key.fingerprint != party["key"]["fingerprint"]:
            yield Finding("fingerprint", "high", f"parties: {party['id']}", {"party": party["id"]})
    heads = {party["id"]: party["ledger"] for party in receipt["parties"]}
    for site in receipt["sites"]:
        yield from _entries(site, heads.get(site["party"]))
        if site["law"] is not None and site["law"] != receipt["law"]["digest"]:
            yield Finding("other-law", "medium", f"sites: {site['party']}", {"party": site["party"]})
    flows = {flow["id"] for flow in receipt["flows"]}
    for at, record in enumerate(receipt["evidence"]):
        if record["flow"] not in flows:
            yield Finding("evidence-of-no-flow", "medium", f"evidence[{at}]", {"flow": record["flow"]})


def _names(receipt: Receipt) -> Iterator[Finding]:
    """Nobody twice; the sites of the parties are the sites of the releases."""
    for part, key in (("parties", "id"), ("sites", "party"), ("flows", "id")):
        for name, times in Counter(entry[key] for entry in receipt[part]).items():
            if times > 1:
                yield Finding("twice", "high", part, {"name": name})
    signing = {party["id"] for party in receipt["parties"] if party["role"] == "site"}
    releasing = {site["party"] for site in receipt["sites"]}
    for name in sorted(signing ^ releasing):
        yield Finding("site-not-both", "high", "sites", {"party": name})


def _entries(site: Mapping[str, Any], head: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Everything a site released or refused stands in its ledger, each in a place of its own."""
    where = f"sites: {site['party']}"
    if head is None:
        return  # said already: the site is no party
    length, last = head["length"], head["head"]
    if (length == 0) != (last == NOUGHT):
        yield Finding("ledger-head", "high", where, {"party": site["party"]})
    seen: dict[int, str] = {}
    for part in ("released", "refused"):
        for at, record in enumerate(site[part]):
            entry = record["entry"]
            place = f"{where}.{part}[{at}]"
            if entry["seq"] >= length:
                yield Finding("beyond-ledger", "high", place, {"seq": entry["seq"], "length": length})
            elif entry["seq"] == length - 1 and entry["digest"] != last:
                yield Finding("ledger-head", "high", place, {"party": site["party"]})
            if seen.setdefault(entry["seq"], entry["digest"]) != entry["digest"] or list(seen).count(entry["seq"]) > 1:
                yield Finding("entry-twice", "high", place, {"seq": entry["seq"]})


def results_findings(receipt: Receipt, results: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Whether the results are those the receipt was signed over; the analysis that was changed is named."""
    signed = receipt["results"]
    if results is None:
        if signed is not None:
            yield Finding("results-not-here", "low", "results")
        return
    if signed is None:
        yield Finding("results-not-covered", "high", "results")
        return
    yield from _numbers(signed, results)
    yield from _agreement(receipt, results)


def _numbers(signed: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[Finding]:
    if digest(results) == signed["digest"] and results["schema"] == signed["schema"]:
        return
    named = False
    counted = Counter(analysis["name"] for analysis in results["analyses"])
    for analysis in results["analyses"]:
        name = analysis["name"]
        if name not in signed["analyses"]:
            named = True
            yield Finding("analysis-added", "high", f"results.analyses: {name}", {"analysis": name})
        elif counted[name] > 1:
            named = True
            yield Finding("twice", "high", f"results.analyses: {name}", {"name": name})
        elif digest(analysis) != signed["analyses"][name]:
            named = True
            yield Finding("analysis-changed", "high", f"results.analyses: {name}", {"analysis": name})
    for name in signed["analyses"]:
        if name not in counted:
            named = True
            yield Finding("analysis-gone", "high", "results.analyses", {"analysis": name})
    frame = {name: part for name, part in results.items() if name != "analyses"}
    if digest(frame) != signed["frame"]:
        named = True
        yield Finding("frame-changed", "high", "results")
    if not named:  # the order of the analyses, or a receipt whose own digests do not go together
        yield Finding("results-changed", "high", "results")


def _agreement(receipt: Receipt, results: Mapping[str, Any]) -> Iterator[Finding]:
    """The results speak of the same pact and study, and of the same refusals."""
    study = receipt["study"]["id"] if receipt["study"] else None
    if results.get("pact") != receipt["pact"]["id"] or results.get("study") != study:
        yield Finding("results-of-other", "high", "results")
    told = {(site["party"], it["analysis"], it["rule"]) for site in receipt["sites"] for it in site["refused"]}
    listed = results.get("refused")
    for refusal in listed if isinstance(listed, list) else ():
        if not isinstance(refusal, Mapping):
            yield Finding("frame-changed", "high", "results.refused")
        elif (refusal.get("site"), refusal.get("analysis"), refusal.get("rule")) not in told:
            values = {"party": str(refusal.get("site")), "rule": str(refusal.get("rule"))}
            yield Finding("refusal-not-signed", "high", "results.refused", values)
    yield from _released(receipt, results)


def _released(receipt: Receipt, results: Mapping[str, Any]) -> Iterator[Finding]:
    """Every analysis with numbers rests on a release of each of its sites, where the results name them."""
    released = {(site["party"], it["analysis"]) for site in receipt["sites"] for it in site["released"]}
    for analysis in results["analyses"]:
        sites = analysis.get("sites")
        for site in sites if isinstance(sites, list) else ():
            if (site, analysis["name"]) not in released:
                values = {"party": str(site), "analysis": analysis["name"]}
                yield Finding("nothing-released-for", "high", f"results.analyses: {analysis['name']}", values)
