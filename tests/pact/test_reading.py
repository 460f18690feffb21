"""A pact that is written well is read as it was meant."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from pydantic import ValidationError

from biopact.interval import Interval
from biopact.pact import PUBLIC, Investment, Pact, parse, read
from biopact.pact.countries import COUNTRIES


def test_the_example_of_the_design_is_read_with_all_its_parts(pact: Pact) -> None:
    assert pact.id == "liver-2026"
    assert pact.title == {"en": "Liver cancer survival", "ko": "간암 생존 공동연구"}
    assert pact.as_of == date(2026, 12, 1)
    assert list(pact.parties) == ["kr", "us", "hub", "fda", PUBLIC]
    assert [party.id for party in pact.named_parties] == ["kr", "us", "hub", "fda"]
    assert pact.limits.min_cell == 10
    assert pact.items["kr-records"].facts["deidentified"] == {"hipaa": "safe-harbor", "pipa": "anonymised"}
    assert pact.flows["money"].facts == {"value": Interval.at_least(5), "signed_on": date(2026, 3, 1)}
    assert pact.evidence[0].valid_to == date(2027, 3, 1)


def test_what_is_not_written_is_unknown_and_an_empty_list_is_none(pact: Pact) -> None:
    assert pact.parties["us"].owners is None
    assert pact.parties[PUBLIC].country is None
    assert pact.parties[PUBLIC].kind == "public"
    assert pact.items["dossier"].contains is None
    assert "grounds" not in pact.flows["kr-sums"].facts
    assert pact.flows["onward"].facts["grounds"] == frozenset()


def test_null_is_the_same_as_not_written() -> None:
    written = parse(
        "pact: p\nparties: {a: {country: null, owners: ~, licences: null}}\nitems: null\nflows:\nevidence:\n"
    )
    assert written.parties["a"].country is None
    assert written.parties["a"].owners is None
    assert written.parties["a"].facts == {}
    assert not written.flows


def test_a_plain_text_stands_for_both_languages(pact: Pact) -> None:
    assert pact.parties["us"].name == {"en": "U.S. collector", "ko": "U.S. collector"}


def test_a_bound_becomes_an_interval(pact: Pact) -> None:
    assert pact.items["kr-records"].people == {"KR": Interval(0, 100)}
    owners = pact.parties["hub"].owners
    assert owners is not None
    assert [owner.share for owner in owners] == [Interval.exactly(0.55), Interval(0, 0.2)]
    assert owners[1].node == "owner:A fund (CN)"


def test_a_derived_item_has_the_contents_and_people_of_its_source(pact: Pact) -> None:
    sums = pact.items["kr-sums"]
    source = pact.source_of(sums)
    assert source is not None
    assert source.id == "kr-records"
    assert pact.contains_of(sums) == {"personal-health"}
    assert pact.people_of(sums) == {"KR": Interval(0, 100)}
    assert "consent" not in sums.facts


def test_each_recipient_is_a_way_of_its_own_and_legs_are_one_way(pact: Pact) -> None:
    straight = [[(leg.sender, leg.recipient) for leg in path] for path in pact.flows["kr-sums"].paths]
    assert straight == [[("kr", "hub")], [("kr", "us")]]
    legs = [[(leg.sender, leg.recipient) for leg in path] for path in pact.flows["onward"].paths]
    assert legs == [[("kr", "us"), ("us", "hub")]]
    onward = pact.flows["onward"]
    assert (onward.sender, onward.to, onward.recipients) == ("kr", ("hub",), ("us", "hub"))


def test_an_investment_has_a_target_and_a_stake(pact: Pact) -> None:
    shares = pact.items["shares"]
    assert isinstance(shares, Investment)
    assert (shares.target, shares.stake) == ("hub", Interval.exactly(0.15))


def test_the_holder_of_an_item_is_written_or_its_only_first_sender(pact: Pact) -> None:
    assert pact.holder_of(pact.items["kr-records"]) == "kr"
    assert pact.holder_of(pact.items["kr-sums"]) == "kr"
    assert pact.holder_of(pact.items["shares"]) == "us"


def test_a_folder_and_its_file_are_the_same_pact(folder: Path) -> None:
    assert read(folder).flows == read(folder / "pact.yaml").flows
    assert read(folder).folder == folder
    line = (folder / "pact.yaml").read_text(encoding="utf-8").split("    legs:")[0].count("\n") + 1
    assert str(read(folder).place("flows", "onward", "legs", 1)).endswith(f"pact.yaml:{line}: flows.onward.legs[1]")


def test_norway_is_a_country(good: str) -> None:
    assert parse(good.replace("country: KR\n", "country: NO\n")).parties["kr"].country == "NO"


def test_a_pact_cannot_be_changed(pact: Pact) -> None:
    with pytest.raises(ValidationError):
        pact.flows["result"].sender = "kr"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        pact.id = "other"  # type: ignore[misc]


def test_the_country_codes_are_those_of_iso_3166_as_the_unicode_repository_knows_them() -> None:
    known = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    not_countries = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
    assert known >= COUNTRIES
    assert known - COUNTRIES <= not_countries
    assert len(COUNTRIES) == 249


def test_a_pact_of_a_thousand_flows_is_read_well_within_half_a_second(good: str) -> None:
    flow = "{item: kr-sums, from: kr, to: [hub, us], purpose: scientific-research, grounds: [], date: 2026-12-01}"
    many = good.replace("flows:\n", "flows:\n" + "".join(f"  f{n}: {flow}\n" for n in range(1000)))
    parse(many)
    times = []
    for _ in range(3):
        began = time.process_time()
        parse(many)
        times.append(time.process_time() - began)
    assert min(times) < 0.5


def test_reading_loads_pydantic_and_yaml_and_nothing_heavier() -> None:
    code = "import biopact.pact, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "polars", "lark", "rich", "typer", "cryptography", "jsonschema", "duckdb", "jinja2"}
    assert not heavy & set(done.stdout.split())
