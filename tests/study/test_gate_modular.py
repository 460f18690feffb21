"""The ledger's linear algebra against the plain one: a reduced echelon form over all groups, and every triple."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.study.gate import modular
from biopact.study.gate.bitmaps import Bitmaps, Ints, grouped
from biopact.study.gate.cohorts import Breach, breach, isolated
from biopact.study.gate.modular import PRIME, alone, rank


def echelon(cohorts: Ints) -> Ints:
    """The rows of the reduced echelon form modulo the prime, column by column."""
    reduced, row = cohorts % PRIME, 0
    for column in range(reduced.shape[1]):
        below = np.flatnonzero(reduced[row:, column])
        if below.size == 0:
            continue
        reduced[[row, row + below[0]]] = reduced[[row + below[0], row]]
        reduced[row] = reduced[row] * pow(int(reduced[row, column]), -1, PRIME) % PRIME
        for other in range(reduced.shape[0]):
            if other != row:
                reduced[other] = (reduced[other] - reduced[other, column] * reduced[row]) % PRIME
        row += 1
    return reduced[:row]


def plainly_alone(cohorts: Ints) -> list[int]:
    return sorted(int(np.argmax(line != 0)) for line in echelon(cohorts) if np.count_nonzero(line) == 1)


def plainly(released: Bitmaps, asked: Bitmaps, least: int, *, sound: bool) -> Breach | None:
    """``breach`` by its definition: pair by pair, triple by triple, the echelon form over all groups."""
    asked = asked.fresh(released)
    if not asked.rows:
        return None
    together, sizes = grouped(released + asked)
    new, few = len(released.rows), sizes < least
    for one, other in permutations(range(len(together)), 2):
        apart = together[one] - together[other]
        if max(one, other) >= new and (apart >= 0).all() and 0 < (apart * sizes).sum() < least:
            return "nested-cohorts"
    signed = [(a, b) for a, b in permutations(range(len(together)), 2) if max(a, b) >= new]
    sums = [together[a] - together[b] for a, b in signed]
    triples = [three for three in permutations(range(len(together)), 3) if max(three) >= new]
    sums += [together[a] + together[b] - together[c] for a, b, c in triples]
    if any(0 < sizes[total != 0].sum() < least for total in sums):
        return "small-combination"

    def found(cohorts: Ints, sizes: Ints) -> int:
        return sum(bool(sizes[at] < least) for at in plainly_alone(cohorts))

    def covered(cohorts: Ints, sizes: Ints) -> int:
        return len(echelon(cohorts)) - len(echelon(cohorts[:, sizes >= least]))

    if found(together, sizes) > found(*grouped(released)):
        return "isolated-group"
    if sound and few.any() and covered(together, sizes) > covered(*grouped(released)):
        return "any-combination"
    return None


def cohorts_of(seed: int, people: int, count: int) -> np.ndarray:
    """Cohorts over blocks of people, with a few who moved: small groups, nested pairs, sums of others."""
    random = np.random.default_rng(seed)
    blocks = random.integers(0, max(2, people // int(random.integers(1, 8))), people)
    bits = (random.random((count, blocks.max() + 1)) < random.choice([0.2, 0.5, 0.8]))[:, blocks]
    if count > 4:
        bits[3] = bits[0] | bits[1]
    return bits ^ (random.random(bits.shape) < random.choice([0, 0, 0.03]))


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.integers(6, 50), st.integers(2, 9), st.integers(0, 8), st.integers(2, 8), st.booleans())
def test_the_gate_answers_as_its_definition_does(
    seed: int, people: int, count: int, before: int, least: int, sound: bool
) -> None:
    bits, before = cohorts_of(seed, people, count), min(before, count - 1)
    released, asked = Bitmaps.of_masks(bits[:before], people), Bitmaps.of_masks(bits[before:], people)
    assert breach(released, asked, least, sound=sound) == plainly(released, asked, least, sound=sound)


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.integers(2, 120), st.integers(1, 60), st.integers(2, 8), st.sampled_from([1, 3, 32]))
def test_ranks_and_isolated_groups_are_those_of_the_echelon_form(
    seed: int, people: int, count: int, least: int, block: int
) -> None:
    together, sizes = grouped(Bitmaps.of_masks(cohorts_of(seed, people, count), people))
    expected = plainly_alone(together)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modular, "BLOCK", block)
        assert rank(together) == len(echelon(together))
        assert alone(together, np.arange(sizes.size)).tolist() == expected
        assert isolated(together, sizes, least) == [at for at in expected if sizes[at] < least]


@pytest.mark.parametrize(("count", "groups"), [(90, 400), (150, 120), (70, 70)])
def test_many_cohorts_with_groups_that_stand_alone(count: int, groups: int) -> None:
    """Several blocks of columns, rows that depend on others, and seven groups singled out by sums of many cohorts."""
    random = np.random.default_rng(count)
    together = (random.random((count, groups)) < 0.4).astype(np.int64)
    together[:, :7] = 0
    together[count // 2 : count // 2 + 7] = together[:7]
    together[range(count // 2, count // 2 + 7), range(7)] = 1
    together[-3:] = together[20:23]
    assert set(range(7)) <= set(plainly_alone(together))
    assert alone(together, np.arange(groups)).tolist() == plainly_alone(together)
    assert rank(together) == len(echelon(together))


def test_a_mixture_that_lost_a_dimension_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one number in every row two groups fall into one place; the answer is the same."""
    monkeypatch.setattr(modular, "SPREAD", 1)
    tried: list[int] = []
    eliminate = modular._eliminate
    monkeypatch.setattr(modular, "_eliminate", lambda mixed, width: tried.append(width) or eliminate(mixed, width))
    together = np.eye(40, dtype=np.int64)
    assert rank(together) == 40
    assert len(tried) > 1
    assert alone(together, np.arange(40)).tolist() == list(range(40))


@pytest.mark.parametrize(("shared", "rule"), [(4, "small-combination"), (5, None)])
@pytest.mark.parametrize("last", range(3))
def test_two_cohorts_and_their_union_tell_how_many_they_share(shared: int, rule: str | None, last: int) -> None:
    """A + B - C covers whoever is in both: refused below the minimum of five, whichever of the three comes last."""
    at = np.arange(40)
    three = [at < 20, at >= 20 - shared, at >= 0]
    asked = three.pop(last)
    assert breach(Bitmaps.of_masks(three), Bitmaps.of_masks([asked]), 5) == rule
