"""The law looked over, changed in small ways, and held against itself: what is found is shown by a pact one can check."""

from __future__ import annotations

import datetime
import json
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from biopact.cli import main
from biopact.decide import check
from biopact.decide.casefiles import read_cases
from biopact.decide.cases import run_case
from biopact.decide.differing import between_days, between_laws
from biopact.decide.linting import look_over, seen
from biopact.decide.mutating import Suite, mutate
from biopact.decide.reading import PactVocabulary
from biopact.decide.witness import as_yaml
from biopact.errors import PactError, RuleError
from biopact.law import folders, the_law
from biopact.marked import parse
from biopact.pact import from_marked
from biopact.rules import RuleSet, patched
from biopact.rules.loading.patch import option_of
from biopact.rules.proof.mutate import mutants

AS_OF = datetime.date(2026, 11, 24)
SMALL = "us/padfa"  # an instrument of few rules, with cases, an ownership test and a dated table


@pytest.fixture(scope="module")
def found() -> list[object]:
    return list(look_over(the_law(), AS_OF))


def test_the_law_has_no_dead_rule_and_no_exception_that_can_never_defeat(found: list[object]) -> None:
    assert [shown.finding.about for shown in found if shown.fault] == []  # type: ignore[attr-defined]


def test_every_flow_that_shows_a_finding_shows_it_when_its_pact_is_checked(found: list[object]) -> None:
    assert len(found) > 10
    for shown in found:
        if shown.pact is not None:  # type: ignore[attr-defined]
            assert shown.confirmed, (shown.finding, as_yaml(shown.pact))  # type: ignore[attr-defined]


def test_a_gap_is_a_flow_for_which_that_country_has_no_rule(found: list[object]) -> None:
    law = the_law()
    gaps = [shown for shown in found if shown.finding.kind == "gap"]  # type: ignore[attr-defined]
    for shown in gaps[:6]:
        pact = from_marked(parse(as_yaml(shown.pact), "w.yaml", PactError), None, PactVocabulary(law.vocabulary))  # type: ignore[attr-defined]
        told = check(pact, law).flows[0].jurisdictions[shown.finding.jurisdiction]  # type: ignore[attr-defined]
        assert (told.verdict, told.because in ("no-rule-found", "none-applies", "excepted")) == ("clear", True)


# --- mutants ------------------------------------------------------------------------------------------------------------


def folder_with(tmp_path: Path, law: RuleSet, count: int | None) -> Path:
    """A folder with some of the cases of the small instrument, without their variants; or with all."""
    source = next(path for path in Path(law.by_id[SMALL].place.file).parent.glob("padfa.cases.yaml"))  # type: ignore[arg-type]
    cases = yaml.safe_load(source.read_text())
    if count is not None:
        cases = [{key: value for key, value in case.items() if key != "variants"} for case in cases[:count]]
    (tmp_path / "us").mkdir()
    (tmp_path / "us" / "padfa.cases.yaml").write_text(
        yaml.safe_dump(cases[:count], sort_keys=False, allow_unicode=True)
    )
    return tmp_path


def test_more_cases_catch_more_changes_and_what_is_missed_has_a_flow_decided_otherwise(tmp_path: Path) -> None:
    law = the_law()
    chosen = {it.where for it in mutants(law) if it.where.startswith(f"{SMALL}/")}
    done = mutate(law, [folder_with(tmp_path, law, 1)], AS_OF, lambda it: it.where in chosen)
    assert done.caught > 0
    assert done.missed
    told_apart = 0
    for missed in done.missed:
        if "flows" in missed.pact:
            before, after = (seen(dict(missed.pact), each) for each in (law, missed.mutant.law))
            told_apart += before != after
            assert before, "the proposed case is a pact that can be checked"
    assert told_apart >= len(done.missed) * 0.9
    more = mutate(law, [Path(law.by_id[SMALL].place.file).parent], AS_OF, lambda it: it.where in chosen)  # type: ignore[arg-type]
    assert more.caught > done.caught
    # a case may name an exception on a day on which it has nothing to except: no verdict tells that change from the law
    assert done.count <= more.count <= done.count + done.same


def test_a_sample_is_drawn_by_its_seed_and_several_processes_answer_as_one_does(tmp_path: Path) -> None:
    law, folder, heard = the_law(), folder_with(tmp_path, the_law(), 2), list[tuple[int, int]]()
    one = mutate(law, [folder], AS_OF, lambda it: it.where.startswith(SMALL), sample=42, seed=4)
    two = mutate(
        law, [folder], AS_OF, lambda it: it.where.startswith(SMALL), lambda *it: heard.append(it), 42, 4, jobs=2
    )
    assert heard == [(number, 42) for number in range(1, 43)]
    assert (one.caught, one.same) == (two.caught, two.same)
    assert [(it.mutant.where, it.mutant.change) for it in one.missed] == [
        (it.mutant.where, it.mutant.change) for it in two.missed
    ]
    other = mutate(law, [folder], AS_OF, lambda it: it.where.startswith(SMALL), sample=42, seed=5)
    assert [it.mutant for it in other.missed] != [it.mutant for it in one.missed]


def test_running_only_the_cases_a_change_touches_finds_what_running_all_of_them_finds(tmp_path: Path) -> None:
    law = the_law()
    folder = folder_with(tmp_path, law, None)
    suite = Suite(law, [folder])
    cases = [case for path in folder.rglob("*.cases.yaml") for case in read_cases(path)]
    held = [case for case in cases if not run_case(case, law).differences]
    tried = [it for it in mutants(law) if it.where.startswith((SMALL, "foreign_adversaries", "adversary"))]
    assert len(tried) > 40
    for mutant in tried:
        anew = replace(mutant.law, _snapshots={}, _like=None)  # every condition compiled again
        assert suite.catches(mutant) == any(run_case(case, anew).differences for case in held), mutant.change


@pytest.mark.parametrize("seed", [0, *(pytest.param(it, marks=pytest.mark.soak) for it in range(1, 40))])
def test_a_changed_law_that_takes_over_what_is_the_same_judges_as_one_compiled_anew(seed: int) -> None:
    law = the_law()
    chance = random.Random(seed)
    suite = cases_of_the_law()
    for mutant in chance.sample(list(mutants(law)), 10):
        anew = replace(mutant.law, _snapshots={}, _like=None)
        for held in chance.sample(suite.judged, 30):
            for day, env in held.legs:
                for moved in (day, day + datetime.timedelta(days=chance.randint(-3, 3))):
                    one, other = (each.on(moved).states(dict(env)) for each in (mutant.law, anew))
                    assert (one.conditions, one.applies, one.in_scope) == (
                        other.conditions,
                        other.applies,
                        other.in_scope,
                    ), (mutant.where, mutant.change)


@cache
def cases_of_the_law() -> Suite:
    suite = Suite(the_law(), folders())
    assert len(suite.judged) > 2_000
    return suite


@pytest.mark.soak
def test_running_only_the_cases_a_change_of_the_whole_law_touches_finds_what_running_all_of_them_finds() -> None:
    suite = cases_of_the_law()
    for mutant in random.Random(7).sample(list(mutants(the_law())), 25):
        anew = replace(mutant.law, _snapshots={}, _like=None)
        assert suite.catches(mutant) == any(run_case(it.case, anew).differences for it in suite.judged), mutant.change


# --- differences --------------------------------------------------------------------------------------------------------


def option(text: str) -> RuleSet:
    return patched(the_law(), option_of(parse(text, "option.yaml", RuleError))).rules


def test_a_law_on_two_days_differs_by_what_came_into_force_and_on_days_without_a_change_it_does_not() -> None:
    told = between_days(the_law(), datetime.date(2025, 4, 7), datetime.date(2025, 4, 8))
    assert ("us/doj-data-security/202.301", "pending", "in-force") in {
        (it.name, it.before, it.after) for it in told.changes
    }
    assert ("bulk_threshold[human-genomic]", None, 100) in {(it.name, it.before, it.after) for it in told.changes}
    assert told.verdicts is not None
    assert told.verdicts[0] != told.verdicts[1]
    calm = between_days(the_law(), datetime.date(2026, 11, 20), datetime.date(2026, 11, 24))
    assert (calm.changes, calm.same) == ((), True)


def test_an_option_that_says_the_same_otherwise_is_proved_the_same_and_one_that_does_not_shows_a_flow() -> None:
    rule = "us/padfa/2"
    text = " ".join(the_law().rules[rule][0].when_text.split())
    same = option(f'option: same\npatch:\n  - {{rule: {rule}, set: {{when: "!(!({text}))"}}}}\n')
    assert between_laws(the_law(), same, AS_OF).same
    told = between_laws(the_law(), option(f"option: without\npatch:\n  - {{rule: {rule}, remove: true}}\n"), AS_OF)
    assert told.verdicts is not None
    assert told.verdicts[0] != told.verdicts[1]
    assert rule in {it.name for it in told.changes}


# --- commands -----------------------------------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main([*words])
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_commands_answer_in_both_languages_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(capsys, "law", "lint", "--as-of", "2026-11-24", "--lang", "ko")
    assert (code, "공백" in told, "    pact: witness" in told) == (0, True, True)
    code, told = said(capsys, "law", "lint", "--no-gaps", "--as-of", "2026-11-24", "--json")
    assert {it["kind"] for it in json.loads(told)["findings"]} <= {"together", "unreachable-key", "subsumed"}
    code, told = said(capsys, "law", "diff", "2025-04-07", "2025-04-08", "--json")
    assert (code, json.loads(told)["schema"]) == (0, "biopact.law-diff/1")
    code, told = said(capsys, "law", "diff", "2025-04-07")
    assert code == 2
    code, told = said(capsys, "law", "mutate", "--only", "us/padfa/2-c", "--json")
    answer = json.loads(told)
    assert code == (1 if answer["missed"] else 0)
    assert answer["mutants"] == answer["caught"] + len(answer["missed"]) > 0
    assert said(capsys, "law", "mutate", "--only", "us/nothing")[0] == 2


def test_a_law_with_a_fault_leaves_with_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pack = tmp_path / "pack" / "us"
    pack.mkdir(parents=True)
    (pack / "x.yaml").write_text(
        "instrument: {id: us/x, title: {en: X, ko: X}, citation: X}\nrules:\n"
        "  - {id: us/x/1, title: {en: a, ko: a}, cite: a, effect: oblige, due: after,\n"
        "     when: \"item.kind == 'data' && item.kind == 'model'\"}\n"
    )
    code, told = said(capsys, "law", "lint", "--no-gaps", "--law", str(pack.parent))
    assert code == 1
    assert "us/x/1: dead" in told


def test_a_mutant_leaves_the_law_as_it_was() -> None:
    law = the_law()
    before = law.digest, law.rules["us/padfa/2"][0].when
    for mutant in list(mutants(law))[:50]:
        assert mutant.law is not law
        assert replace(mutant.law) is not law
    assert (law.digest, law.rules["us/padfa/2"][0].when) == before
