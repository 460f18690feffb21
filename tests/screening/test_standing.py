"""What a screening and its judgements tell the law: before, while a hit is open, after it is judged, after a change."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from biopact.decide import check, read
from biopact.errors import DataError
from biopact.rules.language.values import Members
from biopact.screening import read_list, standings
from biopact.screening.lists.reading import known_lists
from biopact.screening.lists.us import sublist_of

ENTITY = "us/ear/744.11"
PARTY = "  lab: {name: {en: Example Trading Co., ko: 예시무역}, country: KR, kind: company, owners: []%s}\n"
PACT = (
    "pact: p\nas_of: 2026-11-24\nparties:\n  firm: {name: Riverbank Devices, country: US, kind: company, owners: []}\n"
    + PARTY
    + "items:\n  tank: {kind: equipment, holder: firm}\n"
    "flows:\n  ship: {items: [tank], from: firm, to: lab, date: 2026-11-24}\n"
)
ROW = "id,name\n7,Example Trading Co\n"


def pact_in(folder: Path, more: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pact.yaml").write_text(PACT % more, encoding="utf-8")
    return folder


def screen(biopact: Any, folder: Path, name: str = "bis-entity", rows: str = ROW) -> Any:
    file = folder.parent / f"{name}.csv"
    file.write_text(rows, encoding="utf-8")
    return biopact("screen", folder, "--list", f"{name}={file}", "--json")


def state(folder: Path, rule: str = ENTITY) -> str:
    told = check(read(folder)).flows[0].us.rules
    return next((each.state for each in told if each.rule.id == rule), "silent")


def lists(folder: Path) -> Any:
    return check(read(folder)).flows[0].legs[0].facts.get("recipient.lists")


def judge(biopact: Any, folder: Path, judgement: str) -> None:
    hit = json.loads((folder / "lists" / "hits.json").read_text())["hits"][0]["hit"]
    told = biopact("hits", "judge", hit, "--as", judgement, "--by", "Officer", "--why", "seen", "--again")
    assert told.code == 0, told.err


def test_a_hit_is_open_law_until_it_is_judged(biopact: Any, tmp_path: Path) -> None:
    folder = pact_in(tmp_path / "p")
    assert state(folder) == "may-apply"
    assert screen(biopact, folder).code == 1
    assert state(folder) == "may-apply"
    judge(biopact, folder, "same")
    assert state(folder) == "applies"
    judge(biopact, folder, "different")
    assert state(folder) == "silent"
    judge(biopact, folder, "unsure")
    assert state(folder) == "may-apply"


def test_a_list_that_was_not_read_stays_open_and_one_that_was_read_without_a_hit_does_not(
    biopact: Any, tmp_path: Path
) -> None:
    folder = pact_in(tmp_path / "p")
    assert screen(biopact, folder, rows="id,name\n7,Somebody Else Entirely\n").code == 0
    found = lists(folder)
    assert (found.has, "bis-entity" in found.may, "bis-denied" in found.may) == (frozenset(), False, True)
    assert state(folder) == "silent"
    assert state(folder, "us/ear/744.15") == "may-apply"


def test_lists_that_are_written_are_complete_and_what_was_judged_the_same_counts_with_them(
    biopact: Any, tmp_path: Path
) -> None:
    folder = pact_in(tmp_path / "p", ", lists: [uflpa]")
    screen(biopact, folder)
    assert lists(folder) == Members(frozenset({"uflpa"}), frozenset({"bis-entity"}))
    judge(biopact, folder, "same")
    assert lists(folder) == Members(frozenset({"uflpa", "bis-entity"}))


def test_a_party_that_was_renamed_since_must_be_screened_again(biopact: Any, tmp_path: Path) -> None:
    folder = pact_in(tmp_path / "p")
    screen(biopact, folder)
    judge(biopact, folder, "different")
    text = (folder / "pact.yaml").read_text(encoding="utf-8")
    (folder / "pact.yaml").write_text(text.replace("Example Trading Co.", "Another Name Ltd."), encoding="utf-8")
    assert state(folder) == "may-apply"
    found = standings(read(folder))
    assert found is not None
    assert found.changed == ("lab",)
    shown = biopact("check", folder).out
    assert "lab was added or changed after the screening" in shown
    assert "다시 심사하십시오" in biopact("check", folder, "--lang", "ko").out


def test_an_owner_on_a_list_covers_whom_it_owns(biopact: Any, tmp_path: Path) -> None:
    folder = pact_in(tmp_path / "p")
    text = (folder / "pact.yaml").read_text(encoding="utf-8")
    owners = "owners: [{name: Example Trading Holding, country: CN, kind: company, share: 0.6}]"
    (folder / "pact.yaml").write_text(
        text.replace("Example Trading Co., ko: 예시무역", "Gangbyeon Devices, ko: 강변기기").replace(
            "kind: company, owners: []}\nitems", f"kind: company, {owners}}}\nitems"
        ),
        encoding="utf-8",
    )
    screen(biopact, folder, "doj-covered-persons", "id,name\n1,Example Trading Holding\n")
    facts = check(read(folder)).flows[0].legs[0].facts
    assert facts.get("recipient.doj_covered") is not False
    judge(biopact, folder, "same")
    desk = check(read(folder)).flows[0].legs[0].facts
    assert True in {value for name, value in desk.items() if name.startswith("recipient.") and "covered" in name}


def test_the_answer_names_the_lists_with_their_age(biopact: Any, tmp_path: Path) -> None:
    folder = pact_in(tmp_path / "p")
    screen(biopact, folder)
    record = folder / "lists" / "hits.json"
    kept = json.loads(record.read_text())
    kept["lists"][0]["date"] = (datetime.date(2026, 11, 24) - datetime.timedelta(8)).isoformat()
    record.write_text(json.dumps(kept))
    told = biopact("check", folder, "--json").json["screened"]
    assert told["lists"] == [{"id": "bis-entity", "date": "2026-11-16", "limit_days": 7, "stale": True}]
    assert "older than 7 days" in biopact("check", folder).out


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"lists": [{"id": 1}], "asked": {}}', "\udcff"])
def test_a_record_that_is_none_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    folder = pact_in(tmp_path / "p")
    (folder / "lists").mkdir()
    (folder / "lists" / "hits.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match="biopact screen"):
        check(read(folder))


def test_what_a_consolidated_list_covers_is_what_its_reader_tells_apart() -> None:
    sources = (
        "Specially Designated Nationals (SDN) - Treasury Department", "Entity List (EL) - Bureau of Industry and Security",
        "Denied Persons List (DPL) - Bureau of Industry and Security", "Unverified List (UVL) - Bureau of Industry and Security",
        "Military End User (MEU) List - Bureau of Industry and Security", "Nonproliferation Sanctions (ISN) - State Department",
        "ITAR Debarred (DTC) - State Department", "Sectoral Sanctions Identifications List (SSI) - Treasury Department",
    )  # fmt: skip
    assert {sublist_of(source) for source in sources} == set(known_lists()["csl"]["covers"])


def test_a_list_of_ones_own_that_is_called_the_consolidated_one_consolidates_nothing(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,name\n1,Somebody\n")
    assert read_list(tmp_path / "l.csv", "csl").consolidates == frozenset()
