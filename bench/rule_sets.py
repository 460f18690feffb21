"""The rule set the engines are compared on: twelve rules over fifteen nullable scalar facts, and one with sets and counts."""

from __future__ import annotations

import json

from biopact.errors import RuleError
from biopact.marked import parse
from biopact.rules import RuleSet, Vocabulary, load_documents

Q = "question: {en: Q, ko: Q}"
COUNTRIES = ["US", "KR", "JP", "CN", "RU", "DE", "FR", "GB", "IN", "SG"]
SCALARS = f"""
item.kind: {{type: enum, domain: [data, material, service], {Q}}}
item.form: {{type: enum, domain: [record, aggregate], {Q}}}
item.category: {{type: enum, domain: [genomic, health, location, financial, other], {Q}}}
item.people: {{type: number, {Q}}}
item.consent: {{type: enum, domain: [none, broad, specific], {Q}}}
item.deidentified: {{type: bool, {Q}}}
flow.purpose: {{type: enum, domain: [research, care, trade, submission], {Q}}}
flow.transaction: {{type: enum, domain: [none, brokerage, vendor, employment], {Q}}}
flow.paid: {{type: bool, {Q}}}
flow.contract: {{type: bool, {Q}}}
party.country: {{type: country, domain: [{", ".join(COUNTRIES)}], {Q}}}
party.covered: {{type: bool, {Q}}}
party.recognised: {{type: bool, {Q}}}
"""
COLUMNS = [
    *("item.kind", "item.form", "item.category", "item.people", "item.consent", "item.deidentified"),
    *("flow.purpose", "flow.transaction", "flow.paid", "flow.contract"),
    *("sender.country", "recipient.country", "sender.covered", "recipient.covered", "recipient.recognised"),
]
THRESHOLDS = {"genomic": 100, "health": 10000, "location": 1000, "financial": 10000}
_DEAL = "leaves && bulk && flow.transaction"
US = [
    ("us/a/1", "prohibit", f"{_DEAL} == 'brokerage' && recipient.covered", []),
    ("us/a/2", "oblige", f"{_DEAL} == 'brokerage' && !recipient.covered", []),
    ("us/a/3", "oblige", f"{_DEAL} in ['vendor', 'employment'] && recipient.covered", []),
    ("us/a/4", "except", "item.form == 'aggregate'", ["us/a/1", "us/a/2", "us/a/3"]),
    ("us/a/5", "except", "flow.purpose == 'submission' && item.deidentified", ["us/a/1", "us/a/3"]),
    ("us/a/6", "except", "flow.paid && sender.covered", ["us/a/5"]),
]
KR = [
    ("kr/b/1", "prohibit", "out && item.form == 'record' && item.category in ['genomic', 'health']", []),
    ("kr/b/2", "except", "item.consent == 'specific' || recipient.recognised || flow.contract", ["kr/b/1"]),
    ("kr/b/3", "authorise", "item.kind == 'material' && (out || inward) && flow.purpose == 'research'", []),
    ("kr/b/4", "except", "item.deidentified && item.consent in ['broad', 'specific']", ["kr/b/3"]),
    ("kr/b/5", "oblige", "out && item.people >= 50000", []),
    ("kr/b/6", "except", "flow.purpose == 'care' && !flow.paid", ["kr/b/5"]),
]
US_DEFINES = {
    "leaves": "sender.country == 'US' && recipient.country != 'US'",
    "bulk": "item.category in threshold && item.people > threshold[item.category]",
}
KR_DEFINES = {
    "out": "sender.country == 'KR' && recipient.country != 'KR'",
    "inward": "recipient.country == 'KR' && sender.country != 'KR'",
}
SCOPE = "item.kind in ['data', 'material']"

SETS = (
    SCALARS.replace("item.category: {type: enum", "item.contains: {type: set").replace(
        f"item.people: {{type: number, {Q}}}",
        f"flow.people: {{type: interval, keyed_by: item.contains, {Q}}}\nitem.share: {{type: interval, {Q}}}",
    )
    + f"flow.origin: {{type: country, domain: party.country, {Q}}}\n"
    + f"flow.recipients: {{type: set, domain: party.country, {Q}}}\n"
)
SET_DEFINES = {
    "leaves": "flow.origin == 'US' && recipient.country != 'US'",
    "bulk": "item.contains in threshold && flow.people[item.contains] > threshold[item.contains]",
}


def _law(rules: list[tuple[str, str, str, list[str]]], defines: dict[str, str], table: bool) -> str:
    """One instrument as JSON, which is YAML."""
    title = {"en": "a", "ko": "a"}
    extra = {"oblige": {"due": "before"}, "authorise": {"authority": title, "file": title}}
    return json.dumps(
        {
            "instrument": {"id": rules[0][0].rpartition("/")[0], "title": title, "citation": "c", "scope": SCOPE},
            "define": defines,
            "tables": {"threshold": {key: {"2025-04-08": number} for key, number in THRESHOLDS.items()}}
            if table
            else {},
            "rules": [
                {"id": id_, "title": title, "cite": "c", "effect": effect, "when": when, "defeats": defeats}
                | {"checked": "statute-read", "confidence": "high", "from": "2020-01-01"}
                | extra.get(effect, {})
                for id_, effect, when, defeats in rules
            ],
        }
    )


def _loaded(facts: str, *laws: str) -> RuleSet:
    vocabulary = Vocabulary.read(parse(facts, "facts.yaml", RuleError))
    return load_documents([parse(law, f"law{n}.yaml", RuleError) for n, law in enumerate(laws)], vocabulary)


def twelve() -> RuleSet:
    """Twelve rules of two countries, with exceptions and an exception to one, a dated table and dated rules."""
    return _loaded(SCALARS, _law(US, US_DEFINES, True), _law(KR, KR_DEFINES, False))


def twelve_with_sets() -> RuleSet:
    """The same over sets, counts by member, an interval, and the way a flow takes over its legs."""
    korea = [
        (
            id_,
            effect,
            when.replace("item.category", "item.contains").replace("item.people >= 50000", "item.share > 0.5"),
            on,
        )
        for id_, effect, when, on in KR
    ]
    way = [(*US[0][:2], US[0][2].replace("recipient.covered", "flow.recipients in ['CN', 'RU']"), [])]
    return _loaded(SETS, _law([*way, *US[1:]], SET_DEFINES, True), _law(korea, KR_DEFINES, False))
