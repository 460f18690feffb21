"""An exclusion reaches every duty of its instrument that it speaks of, also those added later."""

from __future__ import annotations

from biopact.law import the_law
from biopact.rules.language.model import Effect, Rule

BINDING = (Effect.PROHIBIT, Effect.AUTHORISE, Effect.OBLIGE)


def binding(instrument: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in the_law().by_id[instrument].rules if rule.effect in BINDING}


def reached(rule_id: str) -> set[str]:
    return {target for rule in the_law().rules[rule_id] for target in rule.defeats}


def test_anonymised_information_is_outside_the_whole_of_pipa() -> None:
    left = set(binding("kr/pipa")) - reached("kr/pipa/58-2")
    assert left == {"kr/pipa/28-3", "kr/pipa/28-4", "kr/pipa/28-5"}
    assert all("pseudonymised" in binding("kr/pipa")[rule].when_text for rule in left)


def test_deidentified_information_is_outside_the_whole_privacy_rule() -> None:
    left = set(binding("us/hipaa")) - reached("us/hipaa/164.514")
    assert left == {"us/hipaa/164.514-e-agreement", "us/hipaa/164.514-genome"}


def test_the_practice_on_sums_leaves_nothing_of_the_data_security_program() -> None:
    assert set(binding("us/doj-data-security")) <= reached("us/doj-data-security/202.206-aggregate")


def test_the_report_of_rejected_offers_survives_every_exemption_and_the_record_that_of_regulatory_data() -> None:
    kept = {"202.501": set(), "202.504": set(), "202.507": set(), "202.510": {"202.1101"}, "202.511": set()}
    for exemption, more in kept.items():
        left = set(binding("us/doj-data-security")) - reached(f"us/doj-data-security/{exemption}")
        assert left == {f"us/doj-data-security/{rule}" for rule in {"202.1104", *more}}, exemption
