"""Where it is open whether a recipient is covered, what is asked for is what was not written: owners, lists, employer."""

from __future__ import annotations

import pytest

from biopact import decide
from biopact import pact as written
from biopact.decide.reading import PactVocabulary
from biopact.law import the_law

PACT = """
pact: sale
as_of: 2026-11-24
parties:
  lab: {country: US, region: US-CA, kind: company, owners: [], lists: [], hipaa: none}
  buyer: {country: KR, hipaa: none, PARTY}
items:
  genomes:
    kind: data
    holder: lab
    contains: [human-genomic]
    people: {US: 5000}
    form: record
    linkable: false
    linked: false
    deidentified: {hipaa: expert, pipa: pseudonymised, bioethics-act: anonymised, common-rule: not-identifiable}
flows:
  sale: {item: genomes, from: lab, to: buyer, date: 2026-12-01, purpose: scientific-research, transaction: brokerage,
         mode: provide, consideration: fee, funding: private, grounds: []}
"""


def read(party: str) -> written.Pact:
    return written.parse(PACT.replace("PARTY", party), vocabulary=PactVocabulary(the_law().vocabulary))


@pytest.mark.parametrize(
    ("party", "asked"),
    [
        ("kind: company, lists: []", "recipient.owners"),
        ("kind: company, owners: []", "recipient.lists"),
        ("kind: person, lists: []", "recipient.works_for_covered"),
        ("kind: person, works_for_covered: false", "recipient.lists"),
    ],
)
def test_the_first_question_is_the_fact_that_is_not_written(party: str, asked: str) -> None:
    flow = decide.check(read(party))["sale"]
    assert flow.verdict == "undetermined"
    assert [(it.fact, it.party) for it in flow.missing if it.fact.startswith("recipient")] == [(asked, "buyer")]


@pytest.mark.parametrize(
    ("party", "verdict"),
    [
        ("kind: person, lists: [], works_for_covered: false", "obligations"),
        ("kind: person, lists: [], works_for_covered: true", "prohibited"),
        ("kind: company, lists: [], owners: [], works_for_covered: true", "obligations"),
    ],
)
def test_an_employer_counts_for_a_person_only(party: str, verdict: str) -> None:
    assert decide.check(read(party))["sale"].us.verdict == verdict
