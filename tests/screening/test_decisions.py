"""A hit is judged once, and the judgement holds until what the list says, or what was asked, changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from biopact.errors import DataError, UsageError
from biopact.screening import Index, Query, judged, read_decisions, screen
from biopact.screening.decisions import record
from biopact.screening.hits import Hit, as_json

NOW = datetime.datetime(2026, 11, 24, 9, 30, tzinfo=datetime.UTC)


def one_hit(index: Index, names: str = "Jong Su Doe") -> Hit:
    return screen([Query("q", (names,))], index).hits[0]


def test_a_judgement_holds_until_the_entry_changes(index_of: Callable[..., Index], tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    hit = one_hit(index_of("1,Jong Su Doe,1961", header="id,name,birth_year"))
    record(path, as_json(hit), "different", "Officer", "another birth place", NOW)
    assert judged([hit], read_decisions(path))[0].says == "different"
    changed = one_hit(index_of("1,Jong Su Doe,1962", header="id,name,birth_year"))
    assert changed.id == hit.id
    again = judged([changed], read_decisions(path))[0]
    assert again.open
    assert again.lapsed is not None
    assert again.lapsed.by == "Officer"


def test_a_judgement_does_not_hold_for_another_question(index_of: Callable[..., Index], tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    index = index_of("1,Jong Su Doe")
    record(path, as_json(one_hit(index)), "different", "Officer", "x", NOW)
    assert judged([one_hit(index, "Jong-su Doe")], read_decisions(path))[0].open


def test_a_hit_is_judged_once_unless_said_again(index_of: Callable[..., Index], tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    hit = one_hit(index_of("1,Jong Su Doe"))
    record(path, as_json(hit), "unsure", "Officer", "asked the bank", NOW)
    with pytest.raises(UsageError) as caught:
        record(path, as_json(hit), "same", "Officer", "bank says so", NOW)
    assert caught.value.code == "screening.judged-already"
    record(path, as_json(hit), "same", "Officer", "bank says so", NOW, again=True)
    assert [each.judgement for each in read_decisions(path)] == ["unsure", "same"]
    assert judged([hit], read_decisions(path))[0].says == "same"


def test_a_file_of_judgements_holds_no_name(index_of: Callable[..., Index], tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    record(path, as_json(one_hit(index_of("1,Jong Su Doe"))), "same", "Officer", "x", NOW)
    assert "Doe" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("judgement", "by", "why"), [("maybe", "O", "x"), ("same", " ", "x"), ("same", "O", "")])
def test_a_judgement_needs_its_word_who_and_why(tmp_path: Path, judgement: str, by: str, why: str) -> None:
    with pytest.raises(UsageError):
        record(tmp_path / "d.yaml", {"hit": "a", "query_digest": "b", "entries_digest": "c"}, judgement, by, why, NOW)


@pytest.mark.parametrize(
    "text", ["[]", "decisions: x", "decisions:\n  - {hit: a}", "decisions:\n  - {hit: a, judgement: no, by: b, at: c, why: d, query: e, entries: f}"]
)  # fmt: skip
def test_a_broken_file_of_judgements_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_decisions(path)
    assert caught.value.place is not None
    assert caught.value.place.line
