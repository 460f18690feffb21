"""The gate: the named checks, suppression in tables, and what the cohort ledger claims."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.study.exposure import Answer, Cell, Demand
from biopact.study.gate import CHECKS, judge, judge_answer
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.gate.cohorts import breach as breach_of
from biopact.study.gate.cohorts import isolated
from biopact.study.gate.tables import margins_kept, suppressed
from biopact.study.people import People
from biopact.text import say

NONE = np.zeros((0, 60), dtype=bool)


def breach(released: np.ndarray, asked: np.ndarray, least: int, *, sound: bool = False) -> str | None:
    """The rule that cohorts given as rows of noughts and ones would break."""
    return breach_of(Bitmaps.of_masks(released, released.shape[1]), Bitmaps.of_masks(asked), least, sound=sound)


def cohort(*members: range | list[int], n: int = 60) -> np.ndarray:
    """The cohort of some people of n."""
    bits = np.zeros(n, dtype=bool)
    for some in members:
        bits[list(some)] = True
    return bits


def group(size: int) -> Cell:
    return Cell("g", People.where(np.arange(200) < size))


@pytest.mark.parametrize(("sizes", "least", "rule"), [((100, 10, 90), 10, None), ((100, 9, 91), 10, "minimum-cell")])
def test_every_group_holds_the_minimum(sizes: tuple[int, ...], least: int, rule: str | None) -> None:
    assert judge(Demand(tuple(map(group, sizes)), 100), least) == rule


def test_a_group_of_nobody_is_below_the_minimum() -> None:
    assert judge(Demand((group(100), group(0)), 100), 1) == "minimum-cell"


@pytest.mark.parametrize(
    ("rows", "parameters", "rule"),
    [(100, 33, None), (100, 34, "saturation"), (14, 4, None), (13, 4, "residual-freedom"), (12, 0, None)],
)
def test_a_model_may_not_be_as_large_as_the_people_it_is_about(rows: int, parameters: int, rule: str | None) -> None:
    assert judge(Demand((group(rows),), rows, parameters), 5) == rule


def test_a_weighted_sum_rests_on_the_minimum_of_people() -> None:
    assert judge_answer(Answer({}, (10.0, 30.0)), 10) is None
    assert judge_answer(Answer({}, (30.0, 9.99)), 10) == "effective-size"


def test_every_check_is_worded_in_both_languages_with_its_default_and_source() -> None:
    for check in CHECKS:
        assert check.default
        assert check.source
        assert say(f"study.rule.{check.name}", "en") != say(f"study.rule.{check.name}", "ko")


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(1, 15))
def test_no_suppressed_count_of_a_row_can_be_computed_from_the_others(counts: list[int], least: int) -> None:
    hidden = suppressed(counts, least)
    assert all(hide for count, hide in zip(counts, hidden, strict=True) if count < least)
    if any(hidden) and not all(hidden):
        together = [count for count, hide in zip(counts, hidden, strict=True) if hide]
        assert len(together) > 1
        assert sum(together) >= least


@given(st.integers(1, 5), st.integers(2, 5), st.data())
def test_no_cell_of_a_table_stands_alone_missing_in_its_row_or_column(
    rows: int, columns: int, data: st.DataObject
) -> None:
    stands = np.array(data.draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns)))
    kept = margins_kept(stands.reshape(rows, columns))
    assert not (kept & ~stands.reshape(rows, columns)).any()
    for line in [*kept, *kept.T]:
        assert line.size == 1 or (~line).sum() != 1


def test_dropping_or_adding_one_person_is_refused() -> None:
    everybody = cohort(range(50))
    assert breach(everybody[None], cohort(range(49))[None], 10) == "nested-cohorts"
    assert breach(cohort(range(49))[None], everybody[None], 10) == "nested-cohorts"
    assert breach(everybody[None], cohort(range(40))[None], 10) is None


def test_the_same_cohort_again_is_no_difference() -> None:
    everybody = cohort(range(50))
    assert breach(everybody[None], np.array([everybody, everybody]), 10) is None


def test_categories_cut_again_a_year_later_are_refused() -> None:
    """Over 65 after over 66: three people are 65."""
    older, cut_again = cohort(range(30)), cohort(range(27))
    rest, rest_again = cohort(range(30, 60)), cohort(range(27, 60))
    assert breach(np.array([older, rest]), np.array([cut_again, rest_again]), 10) == "nested-cohorts"


def test_the_trackers_of_the_books_are_refused() -> None:
    a, b, both = cohort(range(30)), cohort(range(15, 45)), cohort(range(15, 30))
    for union in (cohort(range(44)), cohort(range(46))):
        assert breach(np.array([a, b, both]), union[None], 10) in ("isolated-group", "small-combination")
    a, b = cohort(range(20)), cohort(range(20, 45))
    for union in (cohort(range(44)), cohort(range(46))):
        assert breach(np.array([a, b]), union[None], 10) is not None


def test_overlapping_cohorts_without_their_intersection_isolate_nobody_and_are_answered() -> None:
    a, b = cohort(range(30)), cohort(range(15, 45))
    assert breach(np.array([a, b]), cohort(range(46))[None], 10) is None


def test_a_long_combination_that_isolates_one_group_is_refused() -> None:
    """A chain of disjoint groups, each pair of neighbours released: the alternating sum leaves the last few."""
    blocks = [cohort(range(12 * at, 12 * at + 12)) for at in range(4)] + [cohort(range(48, 52))]
    chain = np.array([blocks[at] | blocks[at + 1] for at in range(4)])
    assert breach(NONE, chain, 10) is None
    assert breach(chain, blocks[0][None], 10) in ("isolated-group", "nested-cohorts", "small-combination")
    assert isolated(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]]), np.array([12, 12, 4]), 10) == [2]


COHORTS = st.lists(st.lists(st.booleans(), min_size=24, max_size=24), min_size=2, max_size=6)


@settings(max_examples=150, deadline=None)
@given(COHORTS, st.integers(2, 8))
def test_no_signed_sum_of_up_to_three_released_cohorts_covers_fewer_than_the_minimum(
    drawn: list[list[bool]], least: int
) -> None:
    """What ``docs/gate.md`` claims, by brute force over whatever the ledger let through."""
    released = np.zeros((0, 24), dtype=bool)
    for bits in np.array(drawn):
        if bits.sum() >= least and breach(released, bits[None], least) is None:
            released = np.vstack([released, bits])
    for size in (2, 3):
        for chosen in combinations(released.astype(int), size):
            for signs in product((1, -1), repeat=size):
                covered = np.count_nonzero(sum(sign * row for sign, row in zip(signs, chosen, strict=True)))
                assert covered == 0 or covered >= least


@settings(max_examples=80, deadline=None)
@given(COHORTS, st.integers(2, 8))
def test_no_linear_combination_of_released_cohorts_isolates_a_small_group(drawn: list[list[bool]], least: int) -> None:
    """By least squares over the reals: a small group's indicator is never in the span of what was released."""
    released = np.zeros((0, 24), dtype=bool)
    for bits in np.array(drawn):
        if bits.sum() >= least and breach(released, bits[None], least) is None:
            released = np.vstack([released, bits])
    if released.shape[0] == 0:
        return
    kinds, member = np.unique(released, axis=1, return_inverse=True)
    for at in range(kinds.shape[1]):
        target = (member.ravel() == at).astype(float)
        if kinds[:, at].any() and target.sum() < least:
            weights, *_ = np.linalg.lstsq(released.T.astype(float), target, rcond=None)
            assert np.abs(released.T @ weights - target).max() > 1e-6


def test_all_pairs_of_two_hundred_cohorts_of_ten_thousand_people_are_told_apart() -> None:
    random = np.random.default_rng(1)
    released = random.random((200, 10_000)) < 0.4
    assert breach(released, (random.random((3, 10_000)) < 0.4), 10) is None


def test_the_page_about_the_gate_names_every_check_and_makes_no_more_claims() -> None:
    page = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"| `{check.name}` |" in page
    assert page.count("| `") == len(CHECKS)
    claim = (
        "No signed sum of up to three released cohorts, and no linear combination isolating a single group of "
        "indistinguishable people, covers fewer than the minimum."
    )
    assert claim in " ".join(page.replace(">", "").split())
