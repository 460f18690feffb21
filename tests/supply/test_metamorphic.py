"""What must follow when the network changes: more stock never hurts, a longer outage never helps, names and units are only names and units."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.supply.network.rows import Network
from biopact.supply.scenarios.results import Stress
from biopact.supply.scenarios.stress import stress

from .conftest import Tables, drawn, network

WEEKS = 16
SEEDS = st.integers(0, 10_000)


def told(net: Network) -> Stress:
    return stress(net, WEEKS, events=())


def losses(net: Network) -> dict[tuple[str, ...], float]:
    return {tuple(sorted(it.down)): it.loss for it in told(net).scenarios}


@settings(max_examples=6)
@given(seed=SEEDS)
def test_more_stock_never_hurts(seed: int) -> None:
    tables = drawn(seed)
    before = losses(network(tables))
    more = copy.deepcopy(tables)
    for row in more["stocks"][::2]:
        row["quantity"] += 80
    for down, loss in losses(network(more)).items():
        assert loss <= before[down] + 1e-4


@settings(max_examples=6)
@given(seed=SEEDS)
def test_a_longer_outage_never_helps(seed: int) -> None:
    tables = drawn(seed)
    before = losses(network(tables))
    longer = copy.deepcopy(tables)
    for row in longer["sites"]:
        row["ttr"] += 2
    for down, loss in losses(network(longer)).items():
        assert loss >= before[down] - 1e-4


@settings(max_examples=6)
@given(seed=SEEDS)
def test_units_do_not_matter(seed: int) -> None:
    tables = drawn(seed)
    before = told(network(tables))
    other = copy.deepcopy(tables)
    scale = {"a": 1e-4, "b": 37.0, "x": 1000.0, "y": 0.02}  # how many new units one old unit is
    made = {row["id"]: row["material"] for row in tables["processes"]}
    for row in other["materials"]:
        if row.get("price") is not None:
            row["price"] = row["price"] / scale[row["id"]]
    for row in other["processes"]:
        row["capacity"] *= scale[row["material"]]
        row["use"] /= scale[row["material"]]
    for row in other["recipes"]:
        row["quantity"] *= scale[row["input"]] / scale[made[row["process"]]]
    for row in other["lanes"]:
        row["cost"] /= scale[row["material"]]
    for row in other["stocks"]:
        row["quantity"] *= scale[row["material"]]
    for row in other["demand"]:
        row["quantity"] *= scale[row["product"]]
    after = told(network(other))
    for one, two in zip(before.scenarios, after.scenarios, strict=True):
        assert one.down == two.down
        assert two.loss == pytest.approx(one.loss, rel=1e-6, abs=1e-3)
        assert two.tts == one.tts
        assert two.weeks == pytest.approx(one.weeks, rel=1e-6, abs=1e-5)


@settings(max_examples=6)
@given(seed=SEEDS, shuffle=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(seed: int, shuffle: int) -> None:
    tables = drawn(seed)
    before = {tuple(sorted(it.down)): it for it in told(network(tables)).scenarios}
    mixed: Tables = copy.deepcopy(tables)
    for rows in mixed.values():
        random.Random(shuffle).shuffle(rows)
    for it in told(network(mixed)).scenarios:
        same = before[tuple(sorted(it.down))]
        assert it.loss == pytest.approx(same.loss, rel=1e-6, abs=1e-4)
        assert it.tts == same.tts
        for product, by in it.lost.items():
            for country, units in by.items():
                assert units == pytest.approx(same.lost[product][country], rel=1e-4, abs=1e-2)


@settings(max_examples=8)
@given(seed=SEEDS, standby=st.booleans())
def test_a_failure_of_a_superset_loses_at_least_as_much_and_survives_no_longer(seed: int, standby: bool) -> None:
    found = {it.down: it for it in told(network(drawn(seed, standby))).scenarios}
    for down, it in found.items():
        if len(down) == 2:
            for site in down:
                assert it.loss >= found[site,].loss - 1e-4
                one = found[site,].tts
                assert one is None or (it.tts is not None and it.tts <= one)


@settings(max_examples=6)
@given(seed=SEEDS)
def test_the_results_are_the_same_whatever_was_pruned(seed: int) -> None:
    net = network(drawn(seed))
    found = told(net)
    assert found.checked_cold.n >= min(20, len(found.scenarios))
    assert found.checked_cold.largest_gap < 1e-7
    assert any(it.pruned for it in found.scenarios)
