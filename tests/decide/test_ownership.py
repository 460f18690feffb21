"""Who is owned by whom, by each method, with diamonds, circles and unknown parts."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.decide.ownership import owned
from biopact.errors import PactError
from biopact.marked import Marked, parse
from biopact.pact import from_marked
from biopact.rules.language.values import Truth

from ..rules.conftest import LAW, ruleset

DAY = datetime.date(2026, 11, 24)


def answer(parties: dict[str, Any], node: str, **test: Any) -> Truth:
    """Whether a party is covered; parties are `country: owners` with owners as (party, share)."""
    written = {}
    for name, (country, owners) in parties.items():
        listed = None if owners is None else [{"party": p} | ({} if s is None else {"share": s}) for p, s in owners]
        written[name] = {"country": country, "kind": "company", "listed": False} | (
            {} if listed is None else {"owners": listed}
        )
    pact = from_marked(Marked({"pact": "p", "parties": written}, "p.yaml", {}), None, None)
    share = test.pop("share", "at_least: 0.5")
    text = LAW.replace(
        "share: {at_least: 0.5}, method: cascade",
        f"share: {{{share}}}, " + ", ".join(f"{k}: {v}" for k, v in test.items()),
    )
    rules = ruleset(text if test else LAW.replace("at_least: 0.5", share))
    return owned(rules.on(DAY), rules.ownership["covered"], pact)[node]


CHINA: tuple[str, list[Any]] = ("CN", [])


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ({"a": ("KR", [("c", 0.55)]), "c": CHINA}, True),
        ({"a": ("KR", [("c", 0.5)]), "c": CHINA}, True),
        ({"a": ("KR", [("c", 0.49), ("k", 0.51)]), "c": CHINA, "k": ("KR", [])}, False),
        ({"a": ("KR", [("c", 0.3), ("d", 0.2), ("k", 0.5)]), "c": CHINA, "d": ("RU", []), "k": ("KR", [])}, True),
        (
            {"a": ("KR", [("b", 0.6), ("k", 0.4)]), "b": ("KR", [("c", 0.5), ("k", 0.5)]), "c": CHINA, "k": ("KR", [])},
            True,
        ),
        ({"a": ("KR", None)}, None),
        ({"a": ("CN", None)}, True),
        ({"a": ("KR", [("c", 0.4)]), "c": CHINA}, None),
        ({"a": ("KR", [("b", 0.4), ("k", 0.6)]), "b": ("KR", None), "k": ("KR", [])}, False),
        ({"a": ("KR", [("b", 0.6), ("k", 0.4)]), "b": ("KR", None), "k": ("KR", [])}, None),
        ({"a": ("KR", [])}, False),
    ],
)
def test_shares_cascade_and_add_up(parties: dict[str, Any], expected: Truth) -> None:
    assert answer(parties, "a") is expected


def test_a_diamond_counts_every_path() -> None:
    parties = {
        "a": ("KR", [("l", 0.3), ("r", 0.3), ("k", 0.4)]),
        "l": ("KR", [("c", 0.5), ("k", 0.5)]),
        "r": ("KR", [("c", 0.5), ("k", 0.5)]),
        "c": CHINA,
        "k": ("KR", []),
    }
    assert answer(parties, "a") is True
    assert answer(parties, "a", method="multiply") is False  # 0.3 × 0.5 + 0.3 × 0.5 = 0.3
    assert answer(parties, "a", method="multiply", share="at_least: 0.3") is True
    assert answer(parties, "a", method="direct") is False


def test_a_circle_is_covered_only_on_a_ground_outside_it() -> None:
    circle = {"a": ("KR", [("b", 0.3), ("k", 0.7)]), "b": ("KR", [("a", 0.6), ("k", 0.4)]), "k": ("KR", [])}
    assert answer(circle, "a") is False
    circle["b"] = ("KR", [("a", 0.2), ("c", 0.5), ("k", 0.3)])
    circle["a"] = ("KR", [("b", 0.5), ("k", 0.5)])
    assert answer({**circle, "c": CHINA}, "a") is True
    assert answer({**circle, "c": CHINA}, "a", method="multiply") is False  # x = 0.5 (0.5 + 0.2 x) = 0.278


def test_more_than_a_share_is_not_at_least_it() -> None:
    assert (
        answer({"a": ("KR", [("c", 0.2), ("k", 0.8)]), "c": CHINA, "k": ("KR", [])}, "a", share="more_than: 0.2")
        is False
    )
    assert (
        answer({"a": ("KR", [("c", 0.2), ("k", 0.8)]), "c": CHINA, "k": ("KR", [])}, "a", share="at_least: 0.2") is True
    )


def test_without_aggregation_each_owner_stands_alone() -> None:
    parties = {"a": ("KR", [("c", 0.3), ("d", 0.3), ("k", 0.4)]), "c": CHINA, "d": CHINA, "k": ("KR", [])}
    assert answer(parties, "a", method="cascade", aggregate="false") is False
    assert answer(parties, "a", method="cascade", aggregate="true") is True


@given(st.lists(st.floats(0, 0.3), min_size=3, max_size=3), st.booleans())
def test_a_settled_answer_does_not_change_when_an_unknown_owner_is_named(shares: list[float], foreign: bool) -> None:
    named = [("c", shares[0]), ("k", shares[1])]
    before = answer({"a": ("KR", named), "c": CHINA, "k": ("KR", [])}, "a")
    owner = "d" if foreign else "m"
    parties = {"a": ("KR", [*named, (owner, shares[2])]), "c": CHINA, "k": ("KR", []), "d": CHINA, "m": ("KR", [])}
    after = answer(parties, "a")
    assert before is None or before is after


def test_a_circle_that_nobody_outside_owns_is_refused() -> None:
    text = "pact: p\nparties:\n  a: {country: KR, owners: [{party: b, share: 0.6}]}\n"
    text += "  b: {country: KR, owners: [{party: a, share: 0.6}]}\n"
    with pytest.raises(PactError):
        from_marked(parse(text, "p.yaml", PactError), None, None)


def test_what_others_surely_hold_is_not_left_for_a_covered_owner() -> None:
    assert answer({"a": ("KR", [("k", 0.6), ("c", None)]), "c": CHINA, "k": ("KR", [])}, "a") is False
    assert answer({"a": ("KR", [("k", 0.6), ("c", {"at_most": 0.5})]), "c": CHINA, "k": ("KR", [])}, "a") is False
    assert answer({"a": ("KR", [("k", 0.4), ("c", None)]), "c": CHINA, "k": ("KR", [])}, "a") is None
    assert answer({"a": ("KR", [("k", 0.4), ("c", {"at_least": 0.5})]), "c": CHINA, "k": ("KR", [])}, "a") is True


TENTHS = st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 10)).map(
    lambda it: (it[0], it[1], max(it[1], it[2]))
)


@given(
    st.lists(TENTHS, min_size=1, max_size=3).filter(lambda owners: sum(low for _, low, _ in owners) <= 10),
    st.sampled_from(["at_least: 0.5", "more_than: 0.2", "at_least: 0.3"]),
    st.sampled_from(["true", "false"]),
    st.sampled_from(["cascade", "direct", "multiply"]),
)
def test_an_answer_is_open_only_where_shares_that_fit_into_the_whole_give_both(
    owners: list[tuple[bool, int, int]], share: str, aggregate: str, method: str
) -> None:
    parties: dict[str, Any] = {f"o{n}": ("CN" if covered else "KR", []) for n, (covered, _, _) in enumerate(owners)}
    written = [(f"o{n}", {"at_least": low / 10, "at_most": high / 10}) for n, (_, low, high) in enumerate(owners)]
    told = answer({"a": ("KR", written), **parties}, "a", share=share, aggregate=aggregate, method=method)
    bound, strict = int(float(share.split()[-1]) * 10), share.startswith("more")
    found = set()
    for shares in itertools.product(*(range(low, high + 1) for _, low, high in owners)):
        if sum(shares) > 10:
            continue
        for unnamed in (0, 10 - sum(shares)):  # nobody else, or somebody covered who holds all the rest
            held = [each for each, (covered, _, _) in zip(shares, owners, strict=True) if covered] + [unnamed]
            reached = sum(held) if aggregate == "true" else max(held)
            found.add(reached > bound if strict else reached >= bound)
    assert told is (next(iter(found)) if len(found) == 1 else None)
