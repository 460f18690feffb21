"""Items are told as likely controlled by their names alone; equipment by what a user says of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from biopact.errors import UsageError
from biopact.screening.items import OutsideCheck, match_equipment, match_item
from biopact.screening.items.equipment import parameters_from
from biopact.screening.resources import yaml_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bacillus anthracis", "Bacillus anthracis"), ("Inactivated B. anthracis antigen", "Bacillus anthracis"),
        ("탄저균 항원", "Bacillus anthracis"), ("smallpox virus", "Variola virus"), ("BoNT reagent", "Botulinum toxins"),
        ("Yersinia pestsi", "Yersinia pestis"), ("보툴리눔독소 의약품", "Botulinum toxins"), ("Ebola virus", "Ebolavirus (genus)"),
        ("Machupo virus", "Machupo virus"),
    ],
)  # fmt: skip
def test_a_name_a_synonym_or_a_slip_is_found_with_its_entry(text: str, name: str) -> None:
    found = match_item("x", [text])
    assert name in {each.name for each in found}
    assert all(each.entry and each.ask for each in found)


@pytest.mark.parametrize(
    "text", ["liver tissue", "Escherichia coli K-12", "virus", "das Serum", "간암 조직", "influenza vaccine"]
)
def test_what_is_on_no_list_is_not_found(text: str) -> None:
    assert match_item("x", [text]) == ()


def test_every_name_of_the_public_lists_is_known(shared: Path) -> None:
    listed = yaml.safe_load((shared / "law" / "control_list_names.yaml").read_text(encoding="utf-8"))
    agents = [name for key in ("ag_viruses", "ag_bacteria", "ag_toxins", "ag_fungi") for name in listed[key]]
    agents += [row["n"] for key in ("select_agents_hhs", "select_agents_overlap") for row in listed[key]]
    agents += [name.removesuffix(" (T1)") for name in listed["select_agents_usda_vs"]] + listed[
        "select_agents_usda_ppq"
    ]
    for name in agents:
        assert match_item("x", [name]), name


def test_what_was_taken_off_the_select_agents_is_not_told_as_one() -> None:
    found = match_item("x", ["Brucella abortus"])
    assert {each.list for each in found} == {"australia-group"}


def test_every_name_matches_itself_and_has_a_reference() -> None:
    for listed in yaml_of("control_names")["lists"].values():
        for row in listed["names"]:
            assert row["entry"]
            for text in [*row.get("also", []), *([row["ko"]] if "ko" in row else [])]:
                assert match_item("x", [text]), text


@pytest.mark.parametrize(
    ("text", "parameters", "verdict"),
    [
        ("50 L bioreactor", {"volume_l": 50}, "likely"), ("발효기", {"volume_l": 20}, "likely"),
        ("fermenter", {"volume_l": 19.9}, "below"), ("fermenter", {}, "ask"),
        ("freeze dryer", {"ice_kg_per_day": 1000}, "below"), ("유세포분석기", {"channels": 26}, "likely"),
    ],
)  # fmt: skip
def test_equipment_is_judged_by_its_parameter(text: str, parameters: dict[str, float], verdict: str) -> None:
    (found,) = match_equipment("x", [text], parameters)
    assert found.verdict == verdict


def test_parameters_are_numbers_of_items_that_exist() -> None:
    assert parameters_from(["tank.volume_l=50"], ["tank"]) == {"tank": {"volume_l": 50}}
    for odd in (
        "tank.volume_l",
        "tank=5",
        "vat.volume_l=5",
        "tank.volume_l=big",
        "tank.volume_l=-1",
        "tank.volume_l=inf",
    ):
        with pytest.raises(UsageError):
            parameters_from([odd], ["tank"])
    with pytest.raises(UsageError):
        match_equipment("x", ["fermenter"], {"colour": 1})


def test_an_outside_check_is_a_line_of_evidence_and_takes_no_sequence() -> None:
    check = OutsideCheck("commec", "1.0.2", "Pass", datetime.date(2026, 11, 20), "a" * 64)
    assert check.evidence("r", "f")["reference"] == f"commec 1.0.2; Pass; 2026-11-20; sha256 {'a' * 64}"
    for odd in (
        OutsideCheck("commec", "ACGTACGTACGTACGTACGT", "Pass", check.date, "a" * 64),
        OutsideCheck("commec", "1", "Pass", check.date, "no digest"),
        OutsideCheck("", "1", "Pass", check.date, "a" * 64),
    ):
        with pytest.raises(UsageError):
            odd.evidence("r", "f")
