"""Lanes are flows: what the law prohibits is closed, what it lets wait waits, what it taxes costs, what it leaves open is a range."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from biopact.errors import DataError
from biopact.supply.analyses.law import listed_in_hits, weeks_of
from biopact.supply.analyses.running import Asked, Run, run
from biopact.supply.network.tables import read_network

from .conftest import Tables, serial
from .writing import write_network

PACT = """
pact: chain
as_of: 2026-12-01
parties:
  s: {country: US, kind: manufacturer, owners: [], lists: [], licences: [], agreements: []}
  f: {country: KR, kind: manufacturer, owners: [], lists: [], licences: [], agreements: []}
  d: {country: US, kind: company, owners: [], lists: [], licences: [], agreements: []}
items:
  raw: {kind: material, holder: s, contains: [], controls: [], origin: US}
  drug: {kind: product, holder: f, contains: [], controls: [], origin: KR, medicine: biosimilar, patented: false, tariff_listed: false}
flows:
  raw-in: {item: raw, from: s, to: [f], purpose: manufacture, flags: [], grounds: [], funding: private, value: 900, event: {kind: none}}
  drug-out: {item: drug, from: f, to: [d], purpose: treatment, flags: [], grounds: [], funding: private, value: 900, event: {kind: none}}
evidence: []
"""
RULE = """
instrument: {{id: us/test-trade, title: {{en: Test trade act, ko: 시험무역법}}, citation: TTA, url: "https://example.org", read_on: 2026-11-24}}
rules:
  - id: us/test-trade/1
    title: {{en: A rule, ko: 규칙}}
    cite: TTA s. 1
    checked: statute-read
    confidence: high
    when: "item.kind == 'product'"
    {rest}
"""


def chain() -> Tables:
    tables = serial(100, 300, 0, 120, (4, 4, 2))
    tables["sites"][0]["country"] = "US"
    tables["lanes"][0]["flow"] = "raw-in"
    tables["lanes"][1]["flow"] = "drug-out"
    return tables


def lawful(tmp_path: Path, rest: str | None, pact: str = PACT, **asked: Any) -> Run:
    """The chain in a pact, under our law and one more rule about products."""
    folder = tmp_path / "pact"
    write_network(chain(), folder / "networks" / "chain")
    (folder / "pact.yaml").write_text(pact, encoding="utf-8")
    packs = []
    if rest is not None:
        pack = tmp_path / "pack"
        (pack / "us").mkdir(parents=True)
        text = RULE.format(rest=textwrap.indent(textwrap.dedent(rest).strip(), "    ").strip())
        (pack / "us" / "test-trade.yaml").write_text(text, encoding="utf-8")
        packs.append(pack)
    return run(folder / "networks" / "chain", Asked(weeks=52, ranges=False, packs=packs, **asked))


def state(found: Run, lane: str = "FD") -> Any:
    assert found.law is not None
    return next(it for it in found.law.lanes if it.lane == lane)


def test_a_lane_is_closed_only_where_its_flow_is_prohibited(tmp_path: Path) -> None:
    found = lawful(tmp_path, "effect: prohibit")
    assert state(found).state == "closed"
    assert state(found).cites[0].cite == "TTA s. 1"
    assert state(found, "SF").state == "open"
    assert found.stress.base.weeks == pytest.approx(
        52 - 3
    )  # the depot's stock, then nothing: the base plan never flowed


def test_an_authorisation_adds_its_lead_time_once_from_week_0(tmp_path: Path) -> None:
    found = lawful(
        tmp_path,
        """
        effect: authorise
        authority: {en: Office, ko: 관청}
        file: {en: Form, ko: 서식}
        lead_time: {days: 60, calendar: calendar, source: test}
    """,
    )
    assert state(found).state == "waits"
    assert state(found).weeks == 9
    # nothing leaves in weeks 0 to 8: three weeks of stock and one on its way cover weeks 0 to 3, the first new one is there in 10
    assert found.stress.base.tts == 4
    assert found.stress.base.weeks == pytest.approx(9 - 3)


def test_an_authorisation_that_is_evidenced_does_not_wait(tmp_path: Path) -> None:
    pact = PACT.replace(
        "evidence: []",
        "evidence: [{rule: us/test-trade/1, flow: drug-out, issuer: d, reference: L-1, from: 2026-01-01, to: 2027-12-31}]",
    )
    rest = "effect: authorise\nauthority: {en: Office, ko: 관청}\nfile: {en: Form, ko: 서식}\nlead_time: {days: 60, source: test}"
    found = lawful(tmp_path, rest, pact)
    assert state(found).state == "open"
    assert found.stress.base.loss == 0


def test_an_authorisation_of_unknown_time_is_open_and_shown_closed_as_a_range(tmp_path: Path) -> None:
    found = lawful(
        tmp_path, "effect: authorise\nauthority: {en: Office, ko: 관청}\nfile: {en: Form, ko: 서식}\nlead_time: null"
    )
    assert (state(found).state, state(found).why) == ("unsettled", "unknown-time")
    assert found.stress.base.range is not None
    assert found.stress.base.range[0] == found.stress.base.loss == 0
    assert found.stress.base.range[1] == pytest.approx(10 * 100 * 49)


def test_a_country_whose_law_is_not_here_leaves_the_lane_open_with_a_range(tmp_path: Path) -> None:
    found = lawful(tmp_path, None, PACT.replace("s: {country: US", "s: {country: SE"))
    assert (state(found, "SF").state, state(found, "SF").why) == ("unsettled", "not-covered")
    assert found.stress.base.loss == 0
    assert found.stress.base.range == (0, pytest.approx(10 * 100 * (52 - 3)))


def test_a_charge_is_a_duty_on_the_lane(tmp_path: Path) -> None:
    found = lawful(tmp_path, "effect: charge\nrate: 0.15\nbase: customs-value")
    assert state(found).rate == 0.15
    assert state(found).state == "open"
    assert found.stress.base_cost_a_week == pytest.approx((0.5 + 0.15 * 10) * 100)


def test_without_a_pact_or_when_told_so_the_law_is_not_asked(tmp_path: Path) -> None:
    assert lawful(tmp_path, "effect: prohibit", law=False).law is None


def test_a_lane_that_names_no_flow_of_the_pact_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lanes.csv:3: flow.*drug-oot|drug-out"):
        lawful(tmp_path, None, PACT.replace("drug-out:", "drug-oot:"))


@pytest.mark.parametrize(("written", "weeks"), [
    ({"days": 60}, 9), ({"days": 30, "calendar": "working"}, 6), ({"weeks": 3}, 3), ({"months": 4}, 18), ({"days": 0}, 0), (None, None), ({}, None),
])  # fmt: skip
def test_a_lead_time_is_told_in_begun_weeks(written: Any, weeks: int | None) -> None:
    assert weeks_of(written) == weeks


def test_suppliers_found_on_lists_become_events_that_exclude_them(tmp_path: Path) -> None:
    write_network(chain(), tmp_path / "net")
    net = read_network(tmp_path / "net")
    hits = tmp_path / "hits.csv"
    hits.write_text(
        "hit,query_id,query,entry_ids,lists,name,outcome,identifier,score\n"
        "h1,S,somebody,e1,us-1260h,Somebody,strong,,1\nh2,x,of,e2,us-list,Of,review,,0.8\nh3,D,d,e3,us-list,D,strong,,0.9\n"
    )
    (tmp_path / "decisions.yaml").write_text(
        "decisions:\n  - {hit: h3, judgement: different, by: a, at: 2026-01-01, why: w}\n"
    )
    assert [(it.target, it.kind, it.cite) for it in listed_in_hits(net, hits)] == [("S", "exclusion", "us-1260h")]
    found = run(tmp_path / "net", Asked(weeks=52, ranges=False, hits=hits))
    listed = found.stress.events[-1]
    assert listed.event is not None
    assert listed.event.id == "listed:S"
    assert listed.harms


def test_a_party_of_the_pact_that_stands_on_a_list_excludes_its_sites(tmp_path: Path) -> None:
    pact = PACT.replace(
        "s: {country: US, kind: manufacturer, owners: [], lists: []",
        "os: {country: US, kind: manufacturer, owners: [], lists: [other]",
    )
    found = lawful(tmp_path, None, pact.replace("holder: s", "holder: os").replace("from: s,", "from: os,"))
    assert [it.event.id for it in found.stress.events if it.event] == ["listed:S"]


def test_the_law_of_lanes_is_in_the_answer(tmp_path: Path) -> None:
    from biopact.supply.telling.answer import run_as_json

    told = json.loads(json.dumps(run_as_json(lawful(tmp_path, "effect: prohibit"))))
    lane = next(it for it in told["law"]["lanes"] if it["lane"] == "FD")
    assert lane["state"] == "closed"
    assert lane["cites"] == [
        {"rule": "us/test-trade/1", "cite": "TTA s. 1", "effect": "prohibit", "state": "applies", "jurisdiction": "US"}
    ]


def listed_events(folder: Path) -> list[str]:
    found = run(folder / "networks" / "chain", Asked(weeks=52, ranges=False, pairs=False))
    assert found.law is not None
    assert {it.event for it in found.stress.events if it.event} >= set(found.law.listed)
    return [event.id for event in found.law.listed]


def screened(folder: Path, biopact: Any, name: str, owners: str) -> str:
    """A chain whose supplier is a party of this name, screened against a list with one entry; the hit."""
    write_network(chain(), folder / "networks" / "chain")
    text = PACT.replace(
        "s: {country: US, kind: manufacturer, owners: []",
        f"s: {{name: {name}, country: US, kind: manufacturer, owners: [{owners}]",
    )
    (folder / "pact.yaml").write_text(text.replace("lists: [], licences", "licences"), encoding="utf-8")
    sites = folder / "networks" / "chain" / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("os,", f"{name},"), encoding="utf-8")
    entries = folder.parent / "bis-entity.csv"
    entries.write_text("id,name\n7,Example Trading Co\n", encoding="utf-8")
    assert listed_events(folder) == []  # never screened
    biopact("screen", folder, "--list", f"bis-entity={entries}")
    hit: str = json.loads((folder / "lists" / "hits.json").read_text(encoding="utf-8"))["hits"][0]["hit"]
    return hit


def test_what_a_screening_of_the_pact_found_excludes_suppliers_as_it_is_judged(biopact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "pact"
    hit = screened(folder, biopact, "Example Trading Co.", "")
    assert listed_events(folder) == ["may-be-listed:S"]
    for judgement, expected in (("same", ["listed:S"]), ("different", []), ("unsure", ["may-be-listed:S"])):
        told = biopact("hits", "judge", hit, "--as", judgement, "--by", "Officer", "--why", "seen", "--again")
        assert told.code == 0, told.err
        assert listed_events(folder) == expected


def test_a_supplier_owned_by_somebody_listed_is_excluded_too(biopact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "pact"
    hit = screened(folder, biopact, "Plain Resin Works", "{name: Example Trading Co., share: 0.6}")
    assert listed_events(folder) == ["may-be-listed:S"]
    biopact("hits", "judge", hit, "--as", "same", "--by", "Officer", "--why", "seen")
    assert listed_events(folder) == ["listed:S"]
