"""The law answers its own cases, and every rule has them."""

from __future__ import annotations

import pytest

from biopact.decide.casefiles import read_cases
from biopact.decide.cases import LawTest, test_law
from biopact.law import FOLDER, the_law


@pytest.fixture(scope="module")
def told() -> LawTest:
    return test_law(the_law(), [FOLDER])


def test_every_case_is_decided_as_it_says(told: LawTest) -> None:
    assert [f"{it.case.place}: {it.case.sentence}: {it.differences}" for it in told.failed] == []


def test_every_rule_has_a_case_that_shows_it(told: LawTest) -> None:
    assert (told.never_applies, told.always_applies, told.never_defeated) == ((), (), ())


def test_every_instrument_has_its_cases_beside_it() -> None:
    files = {path for path in FOLDER.glob("*/*.yaml") if not path.name.endswith(".cases.yaml")}
    assert [path.name for path in files if not path.with_suffix(".cases.yaml").is_file()] == []


def test_a_case_names_the_sentence_of_law_it_rests_on() -> None:
    cases = [case for path in FOLDER.rglob("*.cases.yaml") for case in read_cases(path)]
    assert len(cases) > 300
    assert [str(case.place) for case in cases if not case.rests_on] == []
