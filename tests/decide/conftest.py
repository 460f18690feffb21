"""Pacts under the small invented law of the rule tests."""

from __future__ import annotations

from typing import Any

import pytest

from biopact.decide import FlowDetermination, PactVocabulary, check
from biopact.errors import PactError
from biopact.marked import parse
from biopact.pact import Pact, from_marked
from biopact.rules import RuleSet

from ..rules.conftest import LAW, ruleset

PACT = """
pact: p
as_of: 2026-11-24
parties:
  us: {country: US, kind: company, owners: [], listed: false}
  usb: {country: US, kind: company, owners: [], listed: false}
  kr: {country: KR, kind: company, owners: [], listed: false}
  cn: {country: CN, kind: company, owners: [], listed: false}
items:
  genomes: {kind: data, contains: [genome], people: {US: 5000}}
  sums: {kind: data, source: genomes, form: aggregate}
flows:
  f: {item: genomes, from: us, to: kr, date: 2026-12-01, purpose: research, paid: false}
"""
KOREA = """
instrument: {id: kr/act, title: {en: Korean act, ko: 한국법}, citation: K}
rules:
  - {id: kr/act/1, title: {en: Permit, ko: 허가}, cite: K1, effect: authorise, authority: {en: A, ko: A}, file: {en: F, ko: F},
     when: "recipient.country == 'KR'", checked: statute-read, confidence: high}
"""


def pact_of(text: str = PACT, rules: RuleSet | None = None) -> Pact:
    law = rules or ruleset(LAW, KOREA)
    return from_marked(parse(text, "pact.yaml", PactError), None, PactVocabulary(law.vocabulary))


def decided(*changes: tuple[str, str], law: RuleSet | None = None, **options: Any) -> FlowDetermination:
    """The first flow of the pact after some changes of its text."""
    text = PACT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    rules = law or ruleset(LAW, KOREA)
    return check(pact_of(text, rules), rules, **options).flows[0]


@pytest.fixture
def two_laws() -> RuleSet:
    return ruleset(LAW, KOREA)
