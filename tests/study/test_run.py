"""A study is run refusals first; every release is recorded; a site trusts no coordinator."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel.messages.pofile import read_po

import biopact.study as study_room
from biopact.errors import DataError, VerificationError
from biopact.study import SET, Fit, Node, Progress, Refusal, Results, Site, Study, Table
from biopact.study.data import Roster
from biopact.study.gate.limits import REFUSALS, Limits
from biopact.study.release import digest_of
from biopact.study.transport import Question
from biopact.text import LOCALE

Run = Callable[..., Results]
Sites = Callable[..., list[Site]]

TEXT = """
study: s
population: {table: patients, where: "WHERE"}
on_refusal: stop
columns:
  age: {type: number, bounds: [0, 120]}
  sex: {levels: [0, 1]}
  ill: {levels: [0, 1]}
  rare: {levels: [0, 1]}
analyses:
  - {name: table, kind: describe, of: [age, sex]}
  - {name: risk, kind: glm, family: binomial, formula: "ill ~ age + sex"}
""".replace(', where: "WHERE"', "")
RARE = TEXT.replace('"ill ~ age + sex"', '"ill ~ age + sex + rare"')


def rows(seed: int, n: int = 120, rare: int = 40) -> list[dict[str, object]]:
    random = np.random.default_rng(seed)
    return [
        {
            "id": f"{seed}-{at}",
            "age": int(random.integers(20, 90)),
            "sex": int(random.integers(0, 2)),
            "ill": int(random.random() < 0.4),
            "rare": int(at < rare),
        }
        for at in range(n)
    ]


@dataclass
class Book:
    """A recorder that remembers."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)

    def agree(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        self.entries.append(("agree", site, analysis, round, again))

    def release(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        assert digest == digest_of(payload)
        self.entries.append(("release", site, analysis, round, again))

    def refuse(self, site: str, analysis: str | None, rule: str) -> None:
        self.entries.append(("refuse", site, analysis, rule))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [entry[1:] for entry in self.entries if entry[0] == kind]


def names(results: Results) -> list[tuple[str, str | None, str]]:
    return [(refusal.site, refusal.analysis, refusal.rule) for refusal in results.refused]


def test_every_release_is_recorded_at_its_site_and_marked_when_it_is_the_stored_bytes(
    run: Run, sites_of: Sites
) -> None:
    sites = sites_of({"a": rows(1), "b": rows(2)}, 10)
    first, second = Book(), Book()
    results = run(TEXT, sites, recorder=first)
    again = run(TEXT, sites, recorder=second)
    assert again.to_json() == results.to_json()
    assert {entry[:2] for entry in first.of("release")} == {
        (site, what) for site in "ab" for what in (SET, "table", "risk")
    }
    assert [entry[:3] for entry in first.of("release")] == [entry[:3] for entry in second.of("release")]
    assert not any(entry[3] for entry in first.of("release"))
    assert all(entry[3] for entry in second.of("release"))
    assert not first.of("refuse")


def test_one_refusal_keeps_every_site_from_releasing_sums_of_that_analysis(run: Run, sites_of: Sites) -> None:
    book = Book()
    results = run(RARE, sites_of({"a": rows(1), "b": rows(2, rare=9)}, 10), recorder=book)
    assert names(results) == [("b", "risk", "minimum-cell")]
    assert not [entry for entry in book.of("release") if entry[1] == "risk"]
    assert [entry for entry in book.of("release") if entry[1] == "table"], "another analysis goes on"
    first_release = next(at for at, entry in enumerate(book.entries) if entry[0] == "release")
    assert not [entry for entry in book.entries[first_release:] if entry[0] == "refuse"], "refusals come first"


def test_a_study_may_leave_a_refusing_site_out(run: Run, sites_of: Sites) -> None:
    text = RARE.replace("on_refusal: stop", "on_refusal: leave-out")
    sites = sites_of({"a": rows(1), "b": rows(2, rare=9), "c": rows(3)}, 10)
    results = run(text, sites)
    report = results.analyses[1]
    assert names(results) == [("b", "risk", "minimum-cell")]
    assert report.sites == ("a", "c")
    assert isinstance(report.outcome, Fit)
    assert report.outcome.n == 240


def test_a_site_judges_the_flow_itself_before_it_opens_its_data(run: Run, sites_of: Sites) -> None:
    book = Book()
    sites = sites_of({"a": rows(1), "b": rows(2)}, 10)
    sites = [sites[0], replace(sites[1], tables={"patients": Path("/nowhere.csv")})]

    def permitted(site: Site) -> Refusal | None:
        return Refusal(site.id, None, "not-permitted") if site.id == "b" else None

    results = run(TEXT, sites, recorder=book, permitted=permitted)
    assert names(results) == [("b", None, "not-permitted")]
    assert not book.of("release")
    assert book.of("refuse") == [("b", None, "not-permitted")]
    assert all(report.outcome is None for report in results.analyses)
    assert all(line.n is None for line in results.sites)


def test_bad_data_at_one_site_stop_the_study_before_anything_is_released(run: Run, sites_of: Sites) -> None:
    book = Book()
    broken = [{**row, "age": 400} for row in rows(2)]
    with pytest.raises(DataError) as caught:
        run(TEXT, sites_of({"a": rows(1), "b": broken}, 10), recorder=book)
    assert caught.value.values["site"] == "b"
    assert not book.entries


def test_a_second_study_on_all_but_a_few_people_is_refused_by_the_ledger(run: Run, sites_of: Sites) -> None:
    held = rows(1)
    young = sorted(int(str(row["age"])) for row in held)[5]
    sites = sites_of({"a": held}, 10)
    assert names(run(TEXT, sites)) == []
    text = TEXT.replace("study: s", "study: t").replace(
        "{table: patients}", f'{{table: patients, where: "age > {young}"}}'
    )
    assert {rule for _, _, rule in names(run(text, sites))} == {"nested-cohorts"}


def test_a_study_on_the_same_people_is_not_refused(run: Run, sites_of: Sites) -> None:
    sites = sites_of({"a": rows(1)}, 10)
    run(TEXT, sites)
    assert names(run(RARE.replace("study: s", "study: t"), sites)) == []


@pytest.mark.parametrize("change", ["drop", "duplicate", "add a column"])
def test_refreshed_data_are_a_difference(run: Run, sites_of: Sites, change: str) -> None:
    held = rows(1)
    sites = [replace(sites_of({"a": held}, 10)[0], person="id")]
    assert names(run(TEXT, sites)) == []
    if change == "drop":
        later = held[1:]
    elif change == "duplicate":
        later = [*held, {**held[0], "id": "new"}]
    else:
        later = [{**row, "note": "x"} for row in held[1:]]
    sites_of({"a": later}, 10)
    refused = names(run(TEXT, sites))
    assert {rule for _, _, rule in refused} == {"nested-cohorts"}


def test_probing_by_refusals_ends(run: Run, sites_of: Sites) -> None:
    """Each different refused request is counted; after the budget the study is answered no more."""
    sites = sites_of({"a": rows(1, n=100)}, 10)
    rules = []
    for cut in range(20, 20 + REFUSALS + 2):
        text = TEXT.replace("{table: patients}", f'{{table: patients, where: "age == {cut}"}}')
        rules += [rule for _, analysis, rule in names(run(text, sites)) if analysis == "risk"]
    assert rules[0] == "minimum-cell"
    assert rules[-1] == "refusal-budget"
    assert {rule for _, _, rule in names(run(TEXT, sites))} == {"refusal-budget"}


def test_a_repeated_refusal_is_counted_once(run: Run, sites_of: Sites) -> None:
    sites = sites_of({"a": rows(1, rare=3)}, 10)
    for _ in range(REFUSALS + 2):
        assert names(run(RARE, sites)) == [("a", "risk", "minimum-cell")]


def asked(study: Study, site: Site) -> tuple[Node, Roster]:
    node = Node(study, site, lambda _: None, Book())
    roster = Roster(((site.id, site.country),))
    return node, roster


def test_a_coordinator_that_skips_the_gate_gets_nothing(read_text: Callable[[str], Study], sites_of: Sites) -> None:
    node, roster = asked(read_text(TEXT), sites_of({"a": rows(1)}, 10)[0])
    with pytest.raises(VerificationError):
        node.reply(Question("answer", roster, "risk", 1))
    node.reply(Question("permit", roster))
    with pytest.raises(VerificationError):
        node.reply(Question("answer", roster, "risk", 1))


def test_a_coordinator_cannot_choose_the_coefficients(read_text: Callable[[str], Study], sites_of: Sites) -> None:
    node, roster = asked(read_text(TEXT), sites_of({"a": rows(1)}, 10)[0])
    node.reply(Question("permit", roster))
    node.reply(Question("judge", roster, "risk"))
    own = node.reply(Question("answer", roster, "risk", 1)).payload
    assert own is not None
    forged = own.replace(b'"round":1', b'"round":1 ')
    with pytest.raises(VerificationError) as caught:
        node.reply(Question("answer", roster, "risk", 2, {"a": forged}))
    assert str(caught.value)
    with pytest.raises(VerificationError):
        node.reply(Question("answer", roster, "risk", 3, {"a": own}))
    assert node.reply(Question("answer", roster, "risk", 2, {"a": own})).payload is not None


def test_progress_names_site_analysis_round_and_elapsed(run: Run, sites_of: Sites) -> None:
    heard: list[Progress] = []
    run(TEXT, sites_of({"a": rows(1), "b": rows(2)}, 10), progress=heard.append)
    assert {(step.site, step.round) for step in heard if step.analysis == "risk"} >= {
        ("a", 0),
        ("b", 0),
        ("a", 1),
        ("b", 4),
    }
    assert [step.elapsed for step in heard] == sorted(step.elapsed for step in heard)


def test_a_site_with_a_suppressed_cell_still_answers(run: Run, sites_of: Sites) -> None:
    few = [{**row, "sex": int(at < 4)} for at, row in enumerate(rows(2))]
    text = TEXT[: TEXT.index("  - {name: risk")]
    results = run(text, sites_of({"a": rows(1), "b": few}, 10))
    assert results.refused == ()
    table = results.analyses[0].outcome
    assert isinstance(table, Table)
    shown = {row["level"]: row["n"] for row in table.rows if row["column"] == "sex" and row["site"] == "b"}
    assert shown == {"0": None, "1": "<10"}, "the other level would give it away"
    assert all(row["n"] is None for row in table.rows if row["column"] == "sex" and row["site"] == "all")


def test_nothing_in_the_store_but_the_ledger_knows_a_person(run: Run, sites_of: Sites, tmp_path: Path) -> None:
    sites = sites_of({"a": rows(1)}, 10)
    run(TEXT, sites)
    held = sorted(path.name for path in (tmp_path / "store" / "a").iterdir())
    assert held == [
        "answers", "answers.json", "cohorts", "cohorts.json", "paths.json", "people.bin", "people.json", "released.json",
        "salt", "sets.json", "store.lock", "version.json",
    ]  # fmt: skip
    assert (tmp_path / "store" / "a" / "people.bin").stat().st_size == 120 * 16


def test_every_code_of_the_room_is_worded() -> None:
    """A code without a text would turn an answer into an internal fault."""
    source = Path(study_room.__file__).parent
    known = catalogue_codes()
    for path in source.rglob("*.py"):
        for code in re.findall(r'"study\.([a-z-]+(?:\.[a-z-]+)*)"', path.read_text(encoding="utf-8")):
            assert code in known, f"{path.name}: {code}"
    sources = (source / "sources.py").read_text(encoding="utf-8")
    for code in re.findall(r'_error\("([a-z-]+)"|\("([a-z-]+)", _Sql', sources):
        assert "".join(code) in known


def catalogue_codes() -> set[str]:
    with (LOCALE / "en" / "LC_MESSAGES" / "study.po").open("rb") as file:
        return {str(entry.id) for entry in read_po(file) if entry.id}


def test_a_site_answers_no_round_beyond_the_end(read_text: Callable[[str], Study], sites_of: Sites) -> None:
    node, roster = asked(read_text(TEXT), sites_of({"a": rows(1)}, 10)[0])
    node.reply(Question("permit", roster))
    node.reply(Question("judge", roster, "table"))
    own = node.reply(Question("answer", roster, "table", 1)).payload
    assert own is not None
    refusal = node.reply(Question("answer", roster, "table", 2, {"a": own})).refusal
    assert refusal is not None
    assert refusal.rule == "rounds"


def test_a_site_lets_out_a_bounded_amount_for_one_study(run: Run, sites_of: Sites) -> None:
    sites = [replace(sites_of({"a": rows(1)}, 10)[0], limits=Limits(numbers=40))]
    assert names(run(TEXT, sites)) == [("a", "risk", "released-numbers")]
