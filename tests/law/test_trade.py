"""The law of security, trade and supply decides whole pacts as it should, leg by leg and day by day."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from biopact import pact as written
from biopact.decide.determination import FlowDetermination
from biopact.decide.determine import check
from biopact.decide.reading import PactVocabulary
from biopact.law import FOLDER, the_law
from biopact.law.requirements import clock
from biopact.marked import Marked

LAW = the_law()
RULES = [rule for periods in LAW.rules.values() for rule in periods]
FILES = ("data-and-biospecimens.yaml", "security-trade-supply.yaml", "missing.yaml")


@pytest.fixture(scope="module")
def gathered(shared: Path) -> dict[str, dict[str, Any]]:
    return {fact["id"]: fact for name in FILES for fact in yaml.safe_load((shared / "law" / name).read_text("utf-8"))}


def name(text: str) -> dict[str, str]:
    return {"en": text, "ko": text}


def party(country: str, kind: str = "company", **more: Any) -> dict[str, Any]:
    known = {"owners": [], "lists": [], "licences": [], "agreements": [], "holds": [], "government_share": 0}
    return {"name": name(country), "country": country, "kind": kind, **known, **more}


def decided(parties: dict[str, Any], items: dict[str, Any], flow: dict[str, Any], day: str) -> FlowDetermination:
    common = {"purpose": "manufacture", "funding": "private", "grounds": [], "flags": [], "value": 180_000}
    value = {
        "pact": "trade",
        "title": name("trade"),
        "parties": parties,
        "items": items,
        "flows": {"it": {**common, "event": {"kind": "none"}, "date": day, **flow}},
    }
    pact = written.from_marked(Marked(value, "trade.yaml", {}), None, PactVocabulary(LAW.vocabulary))
    return check(pact, LAW, datetime.date.fromisoformat(day)).flows[0]


def thing(kind: str, holder: str, **more: Any) -> dict[str, Any]:
    known = {"maker_adversary": False} if kind == "equipment" else {}
    return {"name": name("thing"), "kind": kind, "holder": holder, "contains": [], "controls": [], **known, **more}


def test_a_cell_sorter_goes_to_korea_and_not_on_to_shanghai() -> None:
    parties = {"maker": party("US"), "university": party("KR", "university"), "shanghai": party("CN", "university")}
    sorter = thing("equipment", "maker", controls=["3A069"], subject_to=["US"], origin="US")
    legs = [{"from": "maker", "to": "university"}, {"from": "university", "to": "shanghai"}]
    told = decided(parties, {"sorter": sorter}, {"item": "sorter", "legs": legs}, "2026-11-24")
    first, second = ({it.jurisdiction: it for it in leg.jurisdictions} for leg in told.legs)
    assert first["US"].verdict == "obligations"
    assert first["KR"].verdict == "clear"
    assert second["US"].verdict == "authorisation"
    assert second["KR"].verdict == "clear"
    assert told.not_covered == ("CN",)


def test_the_fermenter_is_free_to_korea_and_licensed_on_the_way_back() -> None:
    parties = {"maker": party("US"), "seoul": party("KR", "manufacturer")}
    fermenter = thing("equipment", "maker", controls=["2B352"], subject_to=["US"], origin="US")
    items = {"fermenter": fermenter}
    there = decided(parties, items, {"item": "fermenter", "from": "maker", "to": ["seoul"]}, "2026-11-24")
    back = decided(parties, items, {"item": "fermenter", "from": "seoul", "to": ["maker"]}, "2027-03-02")
    assert (there.jurisdictions["US"].verdict, there.jurisdictions["KR"].verdict) == ("obligations", "clear")
    assert (back.jurisdictions["US"].verdict, back.jurisdictions["KR"].verdict) == ("clear", "authorisation")


def test_two_consignments_of_one_flow_are_charged_each_for_itself() -> None:
    parties = {"songdo": party("KR", "manufacturer"), "buyer": party("US")}
    known = {"subject_to": [], "origin": "KR", "state_funded": False, "tariff_listed": True}
    known |= {"human_medicine": False}
    items = {
        "biosimilar": thing("product", "songdo", medicine="biosimilar", patented=False, **known),
        "antibody": thing("material", "songdo", medicine="brand", patented=True, **known),
    }
    items["biosimilar"].pop("state_funded")
    flow = {"items": ["biosimilar", "antibody"], "from": "songdo", "to": ["buyer"]}
    told = decided(parties, items, flow, "2026-11-10")
    by_item = {leg.item: {it.jurisdiction: it for it in leg.jurisdictions} for leg in told.legs}
    assert by_item["biosimilar"]["US"].verdict == "clear"
    assert by_item["antibody"]["US"].verdict == "obligations"
    charged = [it.rule.rule for it in told.obligations if it.kind == "charge"]
    assert [(rule.id, rule.more["rate"]) for rule in charged if rule.id] == [("us/section-232-pharma/korea", 0.15)]


def test_a_discontinuation_is_told_by_the_earlier_of_two_days() -> None:
    parties = {"holder": party("US"), "importer": party("KR")}
    controls = ["us-critical-medicine", "kr-supply-notified"]
    item = thing("product", "holder", controls=controls, origin="US", subject_to=[], medicine="generic", patented=False)
    item |= {"tariff_listed": False}
    event = {"kind": "discontinuance", "date": "2027-06-30"}
    flow = {"item": "injectable", "from": "holder", "to": ["importer"], "event": event}
    told = decided(parties, {"injectable": item}, flow, "2026-11-24")
    by = {it.rule.rule.id: it.by for it in told.obligations}
    assert by["us/fda-supply/356c"] == datetime.date(2026, 12, 30)
    assert by["kr/medicine-supply/49-3"] == datetime.date(2027, 1, 1)


def test_a_company_half_owned_by_a_blocked_one_is_blocked_and_a_quarter_is_not() -> None:
    for share, verdict in ((0.5, "prohibited"), (0.25, "clear")):
        parties = {
            "seller": party("US"),
            "owner": party("KR", lists=["ofac-sdn"]),
            "others": party("KR"),
            "buyer": party("KR", owners=[{"party": "owner", "share": share}, {"party": "others", "share": 1 - share}]),
        }
        item = thing("equipment", "seller", subject_to=["US"], origin="US")
        told = decided(parties, {"thing": item}, {"item": "thing", "from": "seller", "to": ["buyer"]}, "2026-11-24")
        assert told.jurisdictions["US"].verdict == verdict


def test_pending_law_warns_and_does_not_block() -> None:
    parties = {"seller": party("KR", lists=["dod-1260h"]), "lab": party("US", "university")}
    item = thing("equipment", "seller", subject_to=[], origin="KR")
    flow = {"item": "sequencer", "from": "seller", "to": ["lab"], "funding": "nih", "purpose": "scientific-research"}
    told = decided(parties, {"sequencer": item}, flow, "2026-11-24")
    assert told.jurisdictions["US"].verdict == "clear"
    assert "us/biosecure/851-a" in {warning.rule.rule.id for warning in told.warnings}


def test_the_permits_that_serve_for_one_another_are_linked(shared: Path) -> None:
    """Each edge of the gathered vocabulary stands on the rules, in one direction or the other."""
    vocabulary = yaml.safe_load((shared / "law" / "security-trade-supply.vocabulary.yaml").read_text("utf-8"))
    rules_of: dict[str, set[str]] = {}
    linked: set[tuple[str, str]] = set()
    for rule in RULES:
        rules_of.setdefault(str(rule.more.get("source_fact")), set()).add(rule.id)
        linked |= {(rule.id, target) for target in rule.more.get("discharges") or ()}
        linked |= {(source, rule.id) for source in rule.more.get("satisfied_by") or ()}
    # facts that stand in both gathered files are encoded once, under the other name
    for ours, theirs in {"us-cdc-import-permit": "us-cdc-import", "kr-nagoya-access": "kr-abs"}.items():
        rules_of.setdefault(ours, set()).update(rules_of[theirs])
    for edge in vocabulary["crosswalk_deeming"]:
        targets = edge["satisfies"] if isinstance(edge["satisfies"], list) else [edge["satisfies"]]
        for target in targets:
            found = [(a, b) for a, b in linked if edge["from"] == "any" or a in rules_of[edge["from"]]]
            assert any(b in rules_of[target] for _, b in found), (edge["from"], target)


def test_every_open_case_is_among_the_cases(shared: Path) -> None:
    gathered_cases = yaml.safe_load((shared / "law" / "security-trade-supply.cases.yaml").read_text("utf-8"))
    text = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*.cases.yaml"))
    taken = set(re.findall("trade case (open-0[0-9])", text))
    assert taken == {case["id"][:7] for case in gathered_cases}


def test_a_rule_is_open_backwards_only_where_its_day_is_that_of_the_text_read(gathered: dict[str, Any]) -> None:
    for rule in RULES:
        if rule.status.value == "in-force" and rule.start is None:
            assert gathered[rule.more["source_fact"]]["effective_basis"] == "version_read", rule.id


def test_lead_times_that_name_a_clock_find_it() -> None:
    named = [
        time["clock"] for rule in RULES if isinstance(time := rule.more.get("lead_time"), dict) and "clock" in time
    ]
    assert named
    for reference in named:
        assert clock(reference).id


def test_the_lists_that_rules_ask_about_are_those_that_screening_names() -> None:
    """A list that screening calls by another name would be ``other``, and no rule would see it."""
    from biopact.screening.lists.reading import known_lists

    assert set(LAW.vocabulary.facts["party.lists"].domain) - {"other"} <= set(known_lists())
