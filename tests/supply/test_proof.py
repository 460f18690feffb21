"""A plan and its duals prove a loss without a solve, or they do not; the ranges are those that solves give."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.supply.analyses.ranges import ranges
from biopact.supply.network.arrays import arrays_of
from biopact.supply.network.closures import NOTHING, sites_down
from biopact.supply.scenarios.engine import Engine
from biopact.supply.scenarios.proof import Proof
from biopact.supply.scenarios.stress import engine_of

from .conftest import drawn, network, serial

WEEKS = 20


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000), change=st.sampled_from(["capacity", "stock", "ttr", "lead"]), factor=st.floats(0.3, 3)
)
def test_what_is_proved_is_what_a_solve_says(seed: int, change: str, factor: float) -> None:
    tables = drawn(seed)
    other = copy.deepcopy(tables)
    match change:
        case "capacity":
            other["processes"][0]["capacity"] *= factor
        case "stock":
            other["stocks"][0]["quantity"] *= factor
        case "ttr":
            other["sites"][0]["ttr"] += 1
        case "lead":
            other["lanes"][0]["lead"] += 1
    before, after = (Engine(arrays_of(network(each)), WEEKS) for each in (tables, other))
    for site in range(len(before.arrays.sites)):
        before.loss(sites_down(before.arrays, [site]))
        assert before.proof is not None
        closure = sites_down(after.arrays, [site])
        shown = after.proved(closure, before.proof)
        if shown is not None:
            assert shown == pytest.approx(Engine(after.arrays, WEEKS).loss(closure), abs=1e-6)


def test_most_of_what_a_number_leaves_alone_is_proved() -> None:
    tables = serial()
    before = Engine(arrays_of(network(tables)), 104)
    before.loss(NOTHING)
    tables["processes"][0]["capacity"] = 200.0  # more than is ever needed
    assert before.proof is not None
    assert Engine(arrays_of(network(tables)), 104).proved(NOTHING, before.proof) == 0.0


def test_a_plan_of_another_program_or_a_poor_one_proves_nothing() -> None:
    engine = Engine(arrays_of(network(serial())), 104)
    down = sites_down(engine.arrays, [0])
    engine.loss(down)
    proof = engine.proof
    assert proof is not None
    assert engine.proved(down, proof) == pytest.approx(16)
    assert engine.proved(down, Proof(proof.weeks, proof.x, np.zeros_like(proof.dual))) is None  # not shown to be least
    assert engine.proved(sites_down(engine.arrays, [1]), proof) is None  # it uses what is closed
    assert engine.proved(down, Proof(proof.weeks, proof.x[:-1], proof.dual)) is None
    assert engine.proved(down, Proof(proof.weeks + 1, proof.x, proof.dual)) is None


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_ranges_are_the_losses_of_the_network_with_the_number_moved(seed: int) -> None:
    tables = drawn(seed)
    tables["sources"] = [
        {"table": "stocks", "row": "*", "column": "quantity", "source": "guess", "confidence": "L", "low": 0, "high": 250},
        {"table": "sites", "row": "s0", "column": "ttr", "source": "guess", "confidence": "L", "low": 1, "high": 9},
    ]  # fmt: skip
    net = network(tables)
    told, _ = ranges(net, lambda each: engine_of(each, WEEKS))
    assert told
    for it in told[:4]:
        for end, found in ((it.low, it.loss_at_low), (it.high, it.loss_at_high)):
            moved = net.with_value(
                it.cell.table, it.cell.key, it.cell.column, end if it.cell.table == "stocks" else int(end)
            )
            engine = engine_of(moved, WEEKS)
            losses = [engine.loss(sites_down(engine.arrays, [site])) for site in range(len(engine.arrays.sites))]
            assert found == pytest.approx(max(losses) * engine.arrays.value_a_week, rel=1e-6, abs=1e-3)
