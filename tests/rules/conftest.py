"""A small invented law to test the language with."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from biopact.errors import RuleError
from biopact.marked import parse
from biopact.rules import InForce, RuleSet, Vocabulary, load_documents
from biopact.rules.traced.inforce import prepared

FACTS = """
item.kind: {type: enum, domain: [data, material, investment], question: {en: Kind?, ko: 종류?}}
item.contains: {type: set, domain: [genome, health, location, other], question: {en: What?, ko: 무엇?}}
item.form: {type: enum, domain: [record, aggregate], question: {en: Form?, ko: 형태?}}
item.stake: {type: number, kinds: [investment], question: {en: Stake?, ko: 지분?}}
item.deidentified: {type: enum, domain: [none, coded, anonymous], keyed_by: [a-law, b-law], question: {en: How?, ko: 어떻게?}}
flow.us_persons_12m: {type: interval, keyed_by: item.contains, derive: volume, question: {en: How many?, ko: 몇 명?}}
flow.purpose: {type: enum, domain: [research, trade, care], question: {en: Why?, ko: 왜?}}
flow.grounds: {type: set, domain: [consent, treaty, contract], question: {en: Grounds?, ko: 근거?}}
flow.paid: {type: bool, question: {en: Paid?, ko: 대가?}}
flow.value: {type: money, unit: USD, question: {en: Value?, ko: 금액?}}
flow.starts_on: {type: date, question: {en: When?, ko: 언제?}}
party.country: {type: country, question: {en: Where?, ko: 어디?}}
party.listed: {type: bool, question: {en: Listed?, ko: 등재?}}
"""

LAW = """
instrument: {id: us/act, title: {en: An act, ko: 어떤 법}, citation: Act, scope: "item.kind in ['data', 'material']"}
tables:
  threshold: {genome: {2025-04-08: 100, 2027-01-01: 50}, health: {2025-04-08: 10000}}
  concern: [CN, RU]
define:
  bulk: "item.contains in threshold && flow.us_persons_12m[item.contains] > threshold[item.contains]"
  leaves: "sender.country == 'US' && recipient.country != 'US'"
ownership:
  covered: {seed: "party.country in concern || party.listed", share: {at_least: 0.5}, method: cascade}
rules:
  - id: us/act/1
    title: {en: No bulk to covered persons, ko: 대량 이전 금지}
    cite: Act s. 1
    from: 2025-04-08
    when: "leaves && bulk && recipient.covered"
    effect: prohibit
    checked: statute-read
    confidence: high
  - id: us/act/2
    title: {en: Except for care, ko: 진료 예외}
    cite: Act s. 2
    when: "flow.purpose == 'care'"
    effect: except
    defeats: [us/act/1]
    checked: statute-read
    confidence: high
  - id: us/act/3
    title: {en: But not when paid, ko: 유상이면 예외 없음}
    cite: Act s. 3
    when: "flow.paid"
    effect: except
    defeats: [us/act/2]
    checked: statute-read
    confidence: high
  - id: us/act/4
    title: {en: Bulk anywhere needs a clause, ko: 대량 이전 시 계약 조항}
    cite: Act s. 4
    when: "leaves && bulk"
    effect: oblige
    due: before
    checked: secondary
    confidence: medium
"""


def vocabulary(text: str = FACTS) -> Vocabulary:
    return Vocabulary.read(parse(text, "facts.yaml", RuleError))


def ruleset(*laws: str, facts: str = FACTS) -> RuleSet:
    return load_documents(
        [parse(law, f"law{index}.yaml", RuleError) for index, law in enumerate(laws)], vocabulary(facts)
    )


def env(**facts: Any) -> dict[str, Any]:
    """Facts with dots written as double underscores."""
    return prepared({name.replace("__", "."): value for name, value in facts.items()})


@pytest.fixture
def law() -> RuleSet:
    return ruleset(LAW)


@pytest.fixture
def in_force(law: RuleSet) -> InForce:
    return law.on(datetime.date(2026, 11, 24))
