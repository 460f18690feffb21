"""Numbers first, then names, then what else is known; one hit for each entity, whatever lists it stands on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biopact.screening import Index, Query, read_list, screen
from biopact.screening.identifiers import fault_of

LEI = "529900T8BM49AURSDO55"  # the example of ISO 17442's own annex
BRN = "1168200276"  # a valid number in the documentation of python-stdnum


def hits_of(index: Index, **known: Any) -> Any:
    names = known.pop("names")
    return screen([Query("q", (names,) if isinstance(names, str) else names, **known)], index).hits


def test_an_official_number_settles_a_match_whatever_the_names(index_of: Callable[..., Index]) -> None:
    index = index_of(f"1,Wholly Other Name,{LEI},{BRN}", header="id,name,lei,brn")
    for kind, number in (("lei", LEI), ("brn", BRN)):
        (hit,) = hits_of(index, names="Nothing Alike", identifiers={kind: frozenset({number})})
        assert (hit.outcome, hit.score) == ("strong", 1)
        assert hit.identifier == f"{kind} {number}"


def test_another_number_of_the_same_kind_keeps_a_match_from_being_strong(index_of: Callable[..., Index]) -> None:
    index = index_of(f"1,Hanbit Pharm,{BRN}", header="id,name,brn")
    assert hits_of(index, names="Hanbit Pharm")[0].outcome == "strong"
    (hit,) = hits_of(index, names="Hanbit Pharm", identifiers={"brn": frozenset({"1348672683"})})
    assert hit.outcome == "review"


@pytest.mark.parametrize(
    ("kind", "number", "fault"),
    [
        ("lei", LEI, None), ("lei", LEI[:-1] + "6", "check"), ("lei", "123", "form"), ("brn", BRN, None),
        ("brn", "116-82-00276", None), ("brn", "1168200277", "check"), ("uei", "ABCDEFGHJKL1", None),
        ("uei", "OBCDEFGHJKL1", "form"), ("duns", "123456789", None), ("duns", "12345678", "form"),
    ],
)  # fmt: skip
def test_numbers_are_checked_by_form_and_check_digit(kind: str, number: str, fault: str | None) -> None:
    assert fault_of(kind, number) == fault


def test_another_year_of_birth_moves_a_match_one_step_down(index_of: Callable[..., Index]) -> None:
    index = index_of("1,Jong Su Doe,1961", header="id,name,birth_year")
    born = {year: hits_of(index, names="Jong Su Doe", birth_years=frozenset({year})) for year in (1961, 1962, 1980)}
    assert [born[year][0].outcome for year in (1961, 1962, 1980)] == ["strong", "strong", "review"]


def test_another_country_keeps_a_match_to_review(index_of: Callable[..., Index]) -> None:
    index = index_of("1,Jong Su Doe,KP", header="id,name,country")
    assert hits_of(index, names="Jong Su Doe", countries=frozenset({"KP"}))[0].outcome == "strong"
    assert hits_of(index, names="Jong Su Doe", countries=frozenset({"BR"}))[0].outcome == "review"


def test_another_programme_is_told_and_keeps_a_match_to_review(index_of: Callable[..., Index]) -> None:
    index = index_of("1,Jong Su Doe,DPRK3", header="id,name,programme")
    (hit,) = hits_of(index, names="Jong Su Doe", programmes=("CUBA",))
    assert hit.outcome == "review"
    assert hit.qualifiers[0].what == "programme"


def test_a_person_is_no_firm(index_of: Callable[..., Index]) -> None:
    index = index_of("1,Jordan Hale,person", header="id,name,type")
    assert hits_of(index, names="Jordan Hale", kind="organisation")[0].outcome == "review"


def test_one_entity_on_two_lists_is_one_hit(tmp_path: Path) -> None:
    listings = []
    for name, rows in (("un-sc", "KPi.1,Jong Su Doe,1961"), ("ofac-sdn", "ofac-9,\"DOE, Jong Su\",1961\nofac-10,Jong Su Dow,1961")):  # fmt: skip
        path = tmp_path / f"{name}.csv"
        path.write_text(f"id,name,birth_year\n{rows}\n", encoding="utf-8")
        listings.append(read_list(path, name))
    found = hits_of(Index.of(listings), names="Jong Su Doe")
    assert [set(hit.lists) for hit in found] == [{"un-sc", "ofac-sdn"}, {"ofac-sdn"}]
    assert set(found[0].entry_ids) == {"KPi.1", "ofac-9"}


def test_two_entries_of_one_list_stay_two(index_of: Callable[..., Index]) -> None:
    found = hits_of(
        index_of("1,National Liberation Army\n2,National Liberation Army"), names="National Liberation Army"
    )
    assert len(found) == 2


def test_the_name_of_a_hit_is_stable_and_only_of_its_ids(index_of: Callable[..., Index]) -> None:
    one = hits_of(index_of("1,Jong Su Doe"), names="Jong Su Doe")[0]
    other = hits_of(index_of("1,Jong-Su DOE"), names="DOE Jong Su")[0]
    assert one.id == other.id
    assert one.entries_digest != other.entries_digest


def test_each_scorer_says_its_own(index_of: Callable[..., Index]) -> None:
    index = index_of("1,KIM Min Su\n2,Celltrion Inc\n3,Jong Su Doe")
    said = {names: hits_of(index, names=names)[0] for names in ("김민수", "㈜셀트리온", "Jong Su Doe")}
    assert (said["김민수"].spelling, said["김민수"].alias) == (0, 0)
    assert said["김민수"].sound > 0.9
    assert said["㈜셀트리온"].alias == 1
    assert said["Jong Su Doe"].spelling == 1


def test_more_given_names_on_the_list_are_found(index_of: Callable[..., Index]) -> None:
    index = index_of('1,"AL HADAWI, Dr. Ayman Muhammad Rabi"')
    assert hits_of(index, names="Ayman al-Hadawi")[0].outcome == "review"


def test_a_short_single_word_is_never_strong(index_of: Callable[..., Index]) -> None:
    assert hits_of(index_of("1,PAT"), names="Pat")[0].outcome == "review"


def test_the_evasions_are_matched_in_a_screening(index_of: Callable[..., Index]) -> None:
    index = index_of("1,KIM Jong Su,person", header="id,name,type")
    for written in (
        "K\u200bim Jong Su",
        "Кim Jоng Su",
        "\u202eus gnoJ miK",
        "KIM JONG SU \u200f",
        "Kim  Jong\u00a0Su",
        "ＫＩＭ JONG SU",
    ):
        assert hits_of(index, names=written), written


def test_what_cannot_be_compared_is_a_finding_and_no_hit(index_of: Callable[..., Index]) -> None:
    queries = [Query("e", ("",)), Query("n", ("123",)), Query("l", ("x" * 10_000,))]
    done = screen(queries, index_of("1,Jong Su Doe"))
    assert not done.hits
    assert {(each.query, each.code) for each in done.findings} == {("e", "name-empty"), ("n", "name-without-letters"), ("l", "name-long")}  # fmt: skip
    assert all(each.blocking for each in done.findings)
    assert done.counts == {"none": 3, "review": 0, "strong": 0}
