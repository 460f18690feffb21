"""A small vocabulary, as the law gives one, and the pact most tests begin with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from biopact.errors import InputError, InputErrors
from biopact.interval import Interval
from biopact.pact import FactFault, Pact, Subject, parse

CATEGORIES = ("personal-health", "human-genomic", "human-biospecimen")
_DECLARED: dict[Subject, dict[str, dict[str, Any]]] = {
    "party": {"licences": {"set": ("isms-p", "fwa")}, "nationality": {"one": None}, "country": {"one": None}},
    "item": {
        "contains": {"set": CATEGORIES},
        "form": {"one": ("record", "aggregate"), "kinds": ("data", "model")},
        "consent": {"one": ("none", "broad", "specific")},
        "deidentified": {"one": ("none", "safe-harbor", "anonymised"), "keys": ("hipaa", "pipa", "bioethics-act")},
        "state_funded": {"bool": True},
    },
    "flow": {
        "purpose": {"one": ("scientific-research", "publication", "manufacture")},
        "grounds": {"set": ("consent", "treaty")},
        "value": {"interval": True},
        "signed_on": {"day": True},
    },
}


class SmallVocabulary:
    """What a vocabulary must be able to do, with a dozen facts."""

    def names(self, subject: Subject, kind: str | None) -> Collection[str]:
        declared = _DECLARED[subject]
        return [name for name, fact in declared.items() if "kinds" not in fact or kind in fact["kinds"]]

    def admit(self, subject: Subject, kind: str | None, name: str, value: object) -> object:
        fact = _DECLARED[subject][name]
        if "keys" in fact:
            if not isinstance(value, Mapping) or not set(value) <= set(fact["keys"]):
                raise FactFault(f"keys of {', '.join(fact['keys'])}", str(value))
            return {key: self._single(fact, part) for key, part in value.items()}
        return self._single(fact, value)

    def _single(self, fact: dict[str, Any], value: object) -> object:
        if "set" in fact and isinstance(value, list) and all(each in fact["set"] for each in value):
            return frozenset(value)
        if "one" in fact and isinstance(value, str) and (fact["one"] is None or value in fact["one"]):
            return value
        if "bool" in fact and isinstance(value, bool):
            return value
        if "interval" in fact:
            try:
                return Interval.parse(value)
            except ValueError:
                raise FactFault("a number or bounds", str(value)) from None
        if "day" in fact and isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise FactFault("a date", value) from None
        raise FactFault(str(fact.get("set") or fact.get("one") or "another type"), str(value))

    def schema(self, subject: Subject, kind: str | None) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for name in self.names(subject, kind):
            fact = _DECLARED[subject][name]
            single: dict[str, object] = {}
            if "set" in fact:
                single = {"type": "array", "items": {"enum": list(fact["set"])}}
            elif fact.get("one"):
                single = {"enum": list(fact["one"])}
            if "keys" in fact:
                single = {
                    "type": "object",
                    "properties": dict.fromkeys(fact["keys"], single),
                    "additionalProperties": False,
                }
            found[name] = single
        return found


GOOD = """\
pact: liver-2026
title: {en: Liver cancer survival, ko: 간암 생존 공동연구}
notice: {en: Real patients, ko: 실제 환자}
as_of: 2026-12-01

parties:
  kr:
    name: {en: Korean collectors, ko: 한국 수집기관}
    country: KR
    kind: hospital
    licences: [isms-p]
  us:
    name: U.S. collector
    country: US
    region: US-MA
    kind: hospital
    prior:
      - {to: hub, contains: [personal-health], people: {US: 40}, date: 2026-05-04}
    identifiers: {duns: "012345678", uei: ABCDEF123456}
  hub:
    country: US
    kind: research-institute
    owners: [{party: us, share: 0.55}, {name: A fund, country: CN, share: {at_most: 0.2}}]
  fda: {country: US, kind: authority}

items:
  kr-records:
    kind: data
    holder: kr
    contains: [personal-health]
    people: {KR: {at_most: 100}}
    deidentified: {hipaa: safe-harbor, pipa: anonymised}
    consent: broad
  kr-sums: {kind: data, source: kr-records, form: aggregate}
  shares: {kind: investment, target: hub, stake: 0.15}
  dossier: {kind: submission, holder: hub}

flows:
  kr-sums: {item: kr-sums, from: kr, to: [hub, us], purpose: scientific-research, date: 2026-12-01}
  result: {item: kr-sums, from: hub, to: public, purpose: publication, date: 2027-01-15}
  onward:
    items: [kr-sums]
    legs: [{from: kr, to: us}, {from: us, to: hub}]
    starts: 2026-01-01
    ends: 2026-06-30
    grounds: []
  money: {item: shares, from: us, to: hub, value: {at_least: 5}, signed_on: 2026-03-01}
  filing: {item: dossier, from: hub, to: fda}

limits: {min_cell: 10}
default_study: liver-survival

evidence:
  - {rule: kr/bioethics-act/15, flow: kr-sums, issuer: kr, reference: IRB 2026-041, from: 2026-03-02, to: 2027-03-01, file: evidence/irb-041.pdf}
"""

Faulty = Callable[[str, str], list[InputError]]


@pytest.fixture(scope="session")
def vocabulary() -> SmallVocabulary:
    return SmallVocabulary()


@pytest.fixture(scope="session")
def good() -> str:
    return GOOD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the good pact."""
    (tmp_path / "pact.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def pact(vocabulary: SmallVocabulary) -> Pact:
    return parse(GOOD, vocabulary=vocabulary)


@pytest.fixture(scope="session")
def faulty(vocabulary: SmallVocabulary) -> Faulty:
    """The faults of the good pact with one text put in place of another."""

    def read(old: str, new: str) -> list[InputError]:
        assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times"
        try:
            parse(GOOD.replace(old, new), vocabulary=vocabulary)
        except InputErrors as several:
            return several.faults
        except InputError as one:
            return [one]
        return []

    return read
