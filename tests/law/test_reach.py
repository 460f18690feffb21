"""An exclusion reaches every duty of its instrument that it speaks of, also those added later."""

from __future__ import annotations

from biopact.law import the_law
from biopact.rules.model import Effect, Rule

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


def test_the_practice_on_sums_and_a_clinical_trial_leave_nothing_of_the_data_security_program() -> None:
    for exemption in ("202.206-aggregate", "202.511"):
        assert set(binding("us/doj-data-security")) <= reached(f"us/doj-data-security/{exemption}")


def test_a_grant_leaves_the_report_of_rejected_offers() -> None:
    left = set(binding("us/doj-data-security")) - reached("us/doj-data-security/202.504")
    assert left == {"us/doj-data-security/202.1104"}


def test_regulatory_data_keep_their_records() -> None:
    left = set(binding("us/doj-data-security")) - reached("us/doj-data-security/202.510")
    assert left == {"us/doj-data-security/202.1101"}
