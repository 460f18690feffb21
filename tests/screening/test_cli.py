"""``screen`` and ``hits`` as a compliance officer calls them."""

from __future__ import annotations

import csv
import datetime
import os
import socket
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from biopact.screening.hits import COLUMNS

LIST = 'id,name,country,type\nk1,"KIM, Jong Su",KP,person\nb1,Celltrion Inc,KR,company\n'
NAMES = "id,name\nq1,김정수\nq2,Jane Roe\nq3,\nq4,㈜셀트리온\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "own.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "names.csv").write_text(NAMES, encoding="utf-8")
    return tmp_path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_of_names_gives_hits_counts_and_exit_one_while_any_is_not_judged(biopact: Any, files: Path) -> None:
    told = biopact(
        "screen", files / "names.csv", "--list", f"own={files / 'own.csv'}", "--out", files / "hits.csv", "--json"
    )
    assert told.code == 1
    assert told.json["schema"] == "biopact.screen/1"
    assert told.json["counts"]["asked"] == 4
    assert told.json["lists"][0]["sha256"]
    rows = rows_of(files / "hits.csv")
    assert tuple(rows[0]) == COLUMNS
    assert [row["query_id"] for row in rows] == ["q1", "q4"]
    assert {row["outcome"] for row in rows} <= {"review", "strong"}
    assert rows[1]["alias"] == "1.0"
    assert "1,000" in told.err
    assert "q3" in told.err


def test_when_every_hit_is_judged_the_screening_is_clean(biopact: Any, files: Path) -> None:
    (files / "names.csv").write_text("id,name\nq1,김정수\nq2,Jane Roe\n", encoding="utf-8")
    call = ("screen", files / "names.csv", "--list", f"own={files / 'own.csv'}", "--out", files / "hits.csv")
    assert biopact(*call).code == 1
    hit = rows_of(files / "hits.csv")[0]["hit"]
    done = biopact("hits", "judge", hit, "--as", "different", "--by", "Officer", "--why", "born 1990")
    assert done.code == 0, done.err
    assert (files / "names.decisions.yaml").is_file()
    after = biopact(*call)
    assert after.code == 0
    assert "different" in rows_of(files / "hits.csv")[0]["why"]
    again = biopact("hits", "judge", hit, "--as", "same", "--by", "Officer", "--why", "x")
    assert again.code == 2
    (files / "own.csv").write_text(LIST.replace("KP,person", "CN,person"), encoding="utf-8")
    assert biopact(*call).code == 1
    assert "changed" in rows_of(files / "hits.csv")[0]["why"]


def test_a_hit_is_explained_with_lists_names_scorers_and_thresholds(biopact: Any, files: Path) -> None:
    biopact("screen", files / "names.csv", "--list", f"own={files / 'own.csv'}", "--out", files / "hits.csv")
    hit = rows_of(files / "hits.csv")[0]["hit"]
    told = biopact("hits", "explain", hit, "--json").json
    assert told["schema"] == "biopact.hit/1"
    assert told["entries"][0]["names"] == ["KIM, Jong Su"]
    assert len(told["lists_read"][0]["sha256"]) == 64
    assert told["thresholds"] == {"review": 0.8, "strong": 0.93}
    korean = biopact("hits", "explain", hit, "--lang", "ko")
    assert "소리" in korean.out
    assert biopact("hits", "explain", "000000000000").code == 2


def test_hits_are_written_as_a_workbook_in_which_a_name_is_no_formula(biopact: Any, files: Path) -> None:
    (files / "names.csv").write_text('id,name\nq1,"=KIM Jong Su"\n', encoding="utf-8")
    biopact("screen", files / "names.csv", "--list", f"own={files / 'own.csv'}", "--out", files / "hits.xlsx")
    sheet = openpyxl.load_workbook(files / "hits.xlsx").active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert sheet["C2"].value == "=KIM Jong Su"
    assert sheet["C2"].data_type == "s"


def test_names_may_come_as_a_workbook_and_in_cp949(biopact: Any, files: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("id", "name"), ("q1", "김정수")):
        book.active.append(row)
    book.save(files / "names.xlsx")
    assert (
        biopact("screen", files / "names.xlsx", "--list", f"own={files / 'own.csv'}", "--json").json["counts"]["hits"]
        == 1
    )
    (files / "korean.csv").write_bytes("id,name\nq1,김정수\n".encode("cp949"))
    told = biopact("screen", files / "korean.csv", "--list", f"own={files / 'own.csv'}")
    assert "CP949" in told.err


def test_an_old_list_is_warned_of_and_its_date_told(biopact: Any, files: Path) -> None:
    os.utime(files / "own.csv", (datetime.datetime(2026, 1, 1).timestamp(),) * 2)
    told = biopact("screen", files / "names.csv", "--list", f"ofac-sdn={files / 'own.csv'}", "--as-of", "2026-02-01")
    assert "Warning: ofac-sdn is 31 days old" in told.err
    assert "time stamp" in told.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["screen", "names.csv"], 2),
        (["screen", "nothing.csv", "--list", "own=own.csv"], 3),
        (["screen", "names.csv", "--list", "own=nothing.csv"], 3),
        (["screen", "names.csv", "--list", "own=own.csv", "--list", "own=own.csv"], 2),
        (["screen", "names.csv", "--list", "own=own.csv", "--out", "hits.pdf"], 2),
        (["screen", "names.csv", "--list", "own=own.csv", "--set", "a.b=1"], 2),
        (["screen", "own.csv", "--list", "csl=names.csv"], 1),
        (["hits", "judge", "abc", "--as", "same", "--by", "x", "--why", "y"], 2),
    ],
)
def test_a_wrong_call_is_told(
    biopact: Any, files: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    monkeypatch.chdir(files)
    told = biopact(*words)
    assert told.code == code, told.err
    assert "Traceback" not in told.err


def test_nothing_leaves_the_machine(biopact: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert biopact("screen", files / "names.csv", "--list", f"own={files / 'own.csv'}").code == 1


def test_no_name_stands_in_a_finding_or_error(biopact: Any, files: Path) -> None:
    (files / "names.csv").write_text("id,name,lei\nq1,Secretperson\u200b Hidden,BAD\n", encoding="utf-8")
    told = biopact("screen", files / "names.csv", "--list", f"own={files / 'own.csv'}")
    assert "Secretperson" not in told.err


@pytest.fixture
def pact(files: Path) -> Path:
    folder = files / "pact"
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "kr-fsc.csv").write_text(LIST, encoding="utf-8")
    (folder / "pact.yaml").write_text(
        "pact: p\nparties:\n"
        "  a: {name: {en: Riverbank Lab, ko: 강변연구소}, country: US, kind: company, owners: []}\n"
        "  b: {name: {en: Hill Bio, ko: 언덕바이오}, country: KR, kind: company, owners: [{name: 김정수, country: KP, kind: person, share: 0.5}]}\n"
        "items:\n  seed: {kind: material, name: {en: B. anthracis antigen, ko: 탄저균 항원}, holder: a}\n"
        "  tank: {kind: equipment, name: {en: Bioreactor, ko: 바이오리액터}, holder: a}\n"
        "flows:\n  f: {item: seed, from: a, to: b, date: 2026-12-01}\n",
        encoding="utf-8",
    )
    return folder


def test_a_pact_is_screened_with_its_owners_and_items_on_the_lists_in_its_folder(biopact: Any, pact: Path) -> None:
    told = biopact("screen", pact, "--json", "--set", "tank.volume_l=30")
    assert told.code == 1
    assert told.json["lists"][0]["id"] == "kr-fsc"
    assert [hit["query_id"] for hit in told.json["hits"]] == ["owner:김정수 (KP)"]
    assert [(each["party"], each["level"]) for each in told.json["ownership"]] == [("b", "owned-50")]
    assert {each["name"] for each in told.json["items"]} == {"Bacillus anthracis"}
    assert [each["verdict"] for each in told.json["equipment"]] == ["likely"]
    hit = told.json["hits"][0]["hit"]
    assert biopact("hits", "judge", hit, "--as", "same", "--by", "Officer", "--why", "register").code == 0
    assert (pact / "lists" / "decisions.yaml").is_file()
    korean = biopact("screen", pact, "--lang", "ko")
    assert "합산 50% 이상" in korean.out
    assert "통제 대상" in korean.out


def test_a_pact_without_lists_says_where_to_put_them(biopact: Any, pact: Path) -> None:
    (pact / "lists" / "kr-fsc.csv").unlink()
    told = biopact("screen", pact)
    assert told.code == 2
    assert "lists" in told.err


def test_an_outside_check_goes_into_the_evidence_and_nothing_else(biopact: Any, pact: Path) -> None:
    rule = "us/doj-data-security/202.301"
    words = [
        "--tool",
        "commec",
        "--tool-version",
        "1.0.2",
        "--status",
        "Pass",
        "--date",
        "2026-11-20",
        "--sha256",
        "b" * 64,
    ]
    told = biopact("hits", "record-check", pact, *words, "--rule", rule, "--flow", "f")
    assert told.code == 0, told.err
    assert "commec 1.0.2; Pass; 2026-11-20; sha256" in (pact / "pact.yaml").read_text(encoding="utf-8")


def test_the_old_excerpt_is_screened_through_its_adapter(biopact: Any, excerpt: Path, files: Path) -> None:
    (files / "names.csv").write_text("id,name\n1,김정은\n2,Banco Nacional de Cuba S.A.\n", encoding="utf-8")
    told = biopact("screen", files / "names.csv", "--list", f"ofac-sdn={excerpt}", "--json")
    assert {hit["query_id"] for hit in told.json["hits"]} == {"1", "2"}
