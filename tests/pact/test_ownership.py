"""The ownership graph: what is known, what may be left, and walks that end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.interval import Interval
from biopact.pact import Graph, Stake, fixed_point, graph, parse


def owned(text: str) -> Graph:
    """The graph of parties written as ``name: owners``."""
    lines = [f"  {line.strip()}" for line in text.strip().splitlines()]
    return graph(parse("pact: p\nparties:\n" + "\n".join(lines) + "\n"))


def test_unwritten_owners_leave_everything_open_and_no_owners_leave_nothing() -> None:
    found = owned("""
        a: {}
        b: {owners: []}
        c: {owners: [{party: a, share: 0.55}]}
        d: {owners: [{party: a, share: 0.55}], dispersed: true}
        e: {owners: [{party: a, share: {at_least: 0.1, at_most: 0.3}}, {party: b, share: 0.2}]}
        f: {dispersed: true}
        g: {owners: [{party: a}]}
        h: {owners: [{party: a, share: 0.7}, {party: b, share: 0.1}, {party: c, share: 0.2}]}
    """)
    rest = {node: found.remainder(node) for node in "abcdefgh"}
    assert rest["a"] == Interval(0, 1)
    assert rest["b"] == rest["d"] == rest["f"] == rest["h"] == Interval(0, 0)
    assert rest["c"] == Interval(0, 0.45)
    assert rest["e"] == Interval(0, 0.7)
    assert rest["g"] == Interval(0, 1)
    assert found.owners_of("g") == (Stake("a", Interval(0, 1)),)
    assert found.owners["a"] is None
    assert found.owners["b"] == ()


def test_an_owner_who_is_only_named_is_a_node_with_its_country_and_one_for_all_who_name_it() -> None:
    found = owned("""
        a: {owners: [{name: A Group, country: CN, share: 0.3}]}
        b: {owners: [{name: A Group, country: CN, share: 0.4}]}
    """)
    assert list(found) == ["a", "b", "owner:A Group (CN)"]
    assert found.named["owner:A Group (CN)"].country == "CN"
    assert found.owned_by("owner:A Group (CN)") == (("a", Interval.exactly(0.3)), ("b", Interval.exactly(0.4)))
    assert found.roots() == ("owner:A Group (CN)",)


def test_a_diamond_is_walked_once_and_a_circle_ends() -> None:
    found = owned("""
        top: {owners: []}
        left: {owners: [{party: top, share: 0.6}]}
        right: {owners: [{party: top, share: 0.6}, {party: bottom, share: 0.1}]}
        bottom: {owners: [{party: left, share: 0.3}, {party: right, share: 0.3}]}
    """)
    assert list(found.above("bottom")) == ["left", "right", "top", "bottom"]
    assert list(found.above("left")) == ["top"]
    assert list(found.above("top")) == []


def cascade(found: Graph, seeds: set[str]) -> dict[str, bool]:
    """Who is reached when half of a party makes it reached."""

    def step(node: str, values: dict[str, bool]) -> bool:  # type: ignore[type-arg]
        shares = (stake.share.low for stake in found.owners_of(node) if values[stake.owner])
        return node in seeds or sum(shares) >= 0.5

    return fixed_point(found, dict.fromkeys(found, False), step)  # type: ignore[arg-type]


def test_a_status_spreads_through_a_diamond_that_only_its_sum_reaches() -> None:
    found = owned("""
        bottom: {owners: [{party: left, share: 0.25}, {party: right, share: 0.25}]}
        left: {owners: [{party: top, share: 0.5}]}
        right: {owners: [{party: top, share: 0.5}]}
        top: {owners: []}
        other: {owners: [{party: left, share: 0.49}]}
    """)
    assert cascade(found, {"top"}) == {"bottom": True, "left": True, "right": True, "top": True, "other": False}
    assert not any(cascade(found, set()).values())


def test_shares_that_multiply_settle_in_a_circle_at_the_exact_solution() -> None:
    found = owned("""
        seed: {owners: []}
        a: {owners: [{party: seed, share: 0.5}, {party: b, share: 0.4}]}
        b: {owners: [{party: a, share: 0.3}]}
    """)

    def step(node: str, values: dict[str, float]) -> float:  # type: ignore[type-arg]
        if node == "seed":
            return 1.0
        return sum(stake.share.low * values[stake.owner] for stake in found.owners_of(node))

    values = fixed_point(
        found,
        dict.fromkeys(found, 0.0),
        step,  # type: ignore[arg-type]
        lambda one, other: abs(one - other) < 1e-13,
    )
    # a = 0.5 + 0.4 b and b = 0.3 a, so a = 0.5 / (1 - 0.12)
    assert values["a"] == pytest.approx(0.5 / 0.88, abs=1e-12)
    assert values["b"] == pytest.approx(0.15 / 0.88, abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 49)), max_size=30),
    st.sets(st.integers(0, 9)),
)
def test_a_spreading_status_is_the_least_that_its_rule_allows(
    links: list[tuple[int, int, int]], seeds: set[int]
) -> None:
    owners: dict[str, tuple[Stake, ...] | None] = {str(node): () for node in range(10)}
    for below, above, share in links:
        owners[str(below)] = (*(owners[str(below)] or ()), Stake(str(above), Interval.exactly(share / 100)))
    found = Graph(owners, {})
    answer = cascade(found, {str(seed) for seed in seeds})
    by_hand: set[str] = {str(seed) for seed in seeds}
    while True:
        reached = {
            node
            for node in owners
            if sum(stake.share.low for stake in owners[node] or () if stake.owner in by_hand) >= 0.5
        }
        if reached <= by_hand:
            break
        by_hand |= reached
    assert {node for node, value in answer.items() if value} == by_hand


def test_a_rule_that_never_settles_is_left_after_its_rounds() -> None:
    found = Graph({"a": (Stake("a", Interval.exactly(0.1)),)}, {})
    assert fixed_point(found, {"a": 0}, lambda _, values: values["a"] + 1, rounds=25) == {"a": 25}


def test_a_long_chain_and_a_long_circle_are_no_trouble() -> None:
    chain = {f"n{i}": (Stake(f"n{i + 1}", Interval.exactly(0.6)),) for i in range(5000)}
    found = Graph({**chain, "n5000": ()}, {})
    assert len(list(found.above("n0"))) == 5000
    assert all(cascade(found, {"n5000"}).values())
