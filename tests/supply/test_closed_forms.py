"""Known answers: a serial line with pipeline, max-flow and min-cut, stock sizing, the one-window programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from biopact.supply.network.arrays import arrays_of
from biopact.supply.program.base import base_plan
from biopact.supply.program.solver import Overlay, Solver
from biopact.supply.program.window import window_of
from biopact.supply.scenarios.onewindow import OneWindow, one_window_tts
from biopact.supply.scenarios.stress import stress

from .conftest import Draw, Tables, lane, network, serial


@settings(max_examples=15)
@given(
    ttr=st.integers(1, 30), depot=st.integers(0, 900), inputs=st.integers(0, 900), lead=st.integers(0, 5), release=st.integers(0, 4)
)  # fmt: skip
def test_a_serial_line_loses_what_outlasts_its_stocks_and_survives_its_pipeline_too(
    ttr: int, depot: int, inputs: int, lead: int, release: int
) -> None:
    tables = serial(100.0, depot, inputs, 200.0, (ttr, 1, 1), lead, release)
    told = {it.down: it for it in stress(network(tables), 104, events=()).scenarios}
    # the supplier stops: what lies at the factory and the depot covers (inputs / 1.5 + depot) / 100 weeks
    cover = (inputs / 1.5 + depot) / 100
    it = told["S",]
    assert it.loss == pytest.approx(10 * 100 * max(ttr - cover, 0), abs=1e-3)
    if ttr <= cover:
        assert it.tts is None
    else:
        assert it.tts == int(cover + lead + release + 1 + 1e-9)
    # in the one-window program pipelines count for nothing
    assert it.one_window_tts == pytest.approx(cover, abs=1e-6)
    # the factory stops: its own inputs do not help until it is back
    factory = told["F",]
    assert factory.loss == pytest.approx(10 * 100 * max(1 - depot / 100, 0), abs=1e-3)


def test_a_failed_depot_serves_nobody_and_loses_exactly_its_weeks() -> None:
    it = next(it for it in stress(network(serial()), 52, events=()).singles if it.down == ("D",))
    assert it.lost == {"drug": {"US": pytest.approx(400.0)}}
    assert it.tts == 0
    assert it.one_window_tts == 0


@pytest.mark.parametrize("ttr", [5, 12, 26])
def test_the_smallest_stock_that_loses_nothing_is_the_outage_less_what_is_there(ttr: int) -> None:
    needed = 100.0 * ttr  # nothing else lies about
    for stock, loses in ((needed, False), (needed - 1, True)):
        told = stress(network(serial(100.0, stock, 0.0, 120.0, (1, ttr, 1))), 104, events=())
        assert next(it for it in told.singles if it.down == ("F",)).harms is loses


def flow_network(seed: int) -> tuple[Tables, int]:
    """One material over sites that only forward: a source, five nodes, a depot; capacities on lanes. And its max-flow."""
    draw = Draw(seed)
    nodes = ["source", *(f"n{k}" for k in range(5)), "depot"]
    capacity = np.zeros((7, 7), dtype=np.int32)
    lanes = []
    for one in range(7):
        for other in range(7):
            if one != other and other != 0 and one != 6 and draw.whole(0, 2) == 0:
                capacity[one, other] = draw.whole(1, 30)
                lanes.append(
                    lane(f"{one}-{other}", nodes[one], nodes[other], "m", 0, capacity=int(capacity[one, other]))
                )
    tables: Tables = {
        "materials": [{"id": "m", "price": 1}],
        "sites": [{"id": node, "country": "US", "ttr": 1} for node in nodes],
        "processes": [{"id": "p", "site": "source", "material": "m"}],
        "lanes": lanes,
        "demand": [{"product": "m", "country": "US", "site": "depot", "quantity": 200}],
    }
    return tables, int(maximum_flow(csr_matrix(capacity), 0, 6).flow_value)


@settings(max_examples=40)
@given(seed=st.integers(0, 100_000))
def test_what_the_base_plan_delivers_is_the_maximum_flow_and_its_duals_are_a_minimum_cut(seed: int) -> None:
    tables, most = flow_network(seed)
    arrays = arrays_of(network(tables))
    base = base_plan(arrays)
    assert 200 - base.lose[0] * 200 == pytest.approx(most, abs=1e-6)
    window = window_of(arrays)
    solver = Solver(window.lp)
    solver.apply(Overlay(np.array([window.pace]), np.zeros(1), np.zeros(1)))
    solved = solver.solve()
    reduced = solved.reduced[window.move : window.move + len(arrays.lane_from)]
    cut = sum(capacity for lane_, capacity in zip(reduced, arrays.lane_capacity * 200, strict=True) if lane_ < -1e-9)
    assert cut == pytest.approx(most, abs=1e-6)


def two_sources() -> Tables:
    tables = serial(100.0, 0.0, 0.0, 120.0, (4, 4, 1))
    tables["sites"].append({"id": "F2", "country": "US", "ttr": 4})
    tables["processes"].append({"id": "make-drug-2", "site": "F2", "material": "drug", "capacity": 60})
    tables["recipes"].append({"process": "make-drug-2", "input": "raw", "quantity": 1.5})
    tables["lanes"] += [lane("SF2", "S", "F2", "raw", 0, cost=2), lane("F2D", "F2", "D", "drug", 0, cost=2)]
    tables["stocks"].append({"site": "D", "material": "drug", "quantity": 120})
    tables["stocks"] = [row for row in tables["stocks"] if row["quantity"]]
    return tables


def test_the_one_window_loss_is_demand_less_what_the_rest_can_make_and_the_stock() -> None:
    arrays = arrays_of(network(two_sources()))
    windows = OneWindow(arrays)
    losses = dict(zip(arrays.sites, windows.singles() * arrays.value_a_week * arrays.ttr, strict=True))
    assert losses["F"] == pytest.approx(10 * (100 * 4 - 60 * 4 - 120))  # multi-tier TTR: window 4 weeks
    assert losses["F2"] == pytest.approx(0, abs=1e-6)
    assert one_window_tts(arrays, 104, pairs=False)[arrays.site_index["F"],] == pytest.approx(
        120 / 40
    )  # (100 - 60) t = 120


def test_an_unbounded_time_to_survive_is_none_and_never_a_big_number() -> None:
    arrays = arrays_of(network(two_sources()))
    assert one_window_tts(arrays, 104, pairs=False)[arrays.site_index["F2"],] is None
    told = stress(network(two_sources()), 52, events=())
    assert told.base.tts is None
    assert told.base.one_window_tts is None


def test_one_window_pairs_equal_a_solve_of_each_pair_from_nothing() -> None:
    from .conftest import drawn

    for seed in range(4):
        arrays = arrays_of(network(drawn(seed)))
        windows = OneWindow(arrays)
        pairs = windows.pairs()
        assert len(pairs.solved) < len(arrays.sites) * (len(arrays.sites) - 1) // 2
        for one in range(len(arrays.sites)):
            for other in range(one):
                weeks = int(max(arrays.ttr[one], arrays.ttr[other]))
                assert pairs.weekly_loss[one, other] == pytest.approx(windows.cold((one, other), weeks), abs=1e-9)
