"""Volumes: people of a residence in a category, from a sender to a recipient, in a window with its last day."""

from __future__ import annotations

import calendar
import math
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from biopact.interval import UNKNOWN, Interval
from biopact.pact import Pact, parse, volume
from biopact.pact.volumes import first_day

ITEMS = """
  genomes: {kind: data, contains: [human-genomic, personal-health], people: {US: 70, KR: 5}}
  more: {kind: data, contains: [human-genomic], people: {US: 30}}
  sums: {kind: data, source: genomes}
  part: {kind: data, source: genomes, people: {US: 20}}
  bound: {kind: data, contains: [human-genomic], people: {US: {at_most: 40}}}
  uncounted: {kind: data, contains: [human-genomic]}
  unsorted: {kind: data, people: {US: 9}}
  nothing-known: {kind: data}
"""


def pact(flows: str, prior: str = "[]", head: str = "") -> Pact:
    """A pact of a sender ``us`` and a recipient ``kr`` with these flows."""
    lines = "".join(f"  f{number}: {{{flow.strip()}}}\n" for number, flow in enumerate(flows.strip().splitlines()))
    return parse(
        f"pact: p\n{head}\n"
        f"parties:\n  us: {{country: US, prior: {prior}}}\n  kr: {{country: KR}}\n  jp: {{country: JP}}\n"
        f"items:{ITEMS}flows:\n{lines}"
    )


def people(
    written: Pact, end: date | None = date(2026, 12, 1), months: int = 12, as_of: date | None = None
) -> Interval:
    return volume(written, "us", "kr", "US", "human-genomic", end, months, as_of)


def flow(item: str, date: str | None = "2026-12-01", to: str = "kr") -> str:
    return f"item: {item}, from: us, to: {to}" + (f", date: {date}" if date else "")


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2026-12-01", True),  # the day itself is included
        ("2026-12-02", False),
        ("2025-12-02", True),  # the first day of twelve months
        ("2025-12-01", False),  # one year before is outside
    ],
)
def test_the_window_of_twelve_months_ends_on_the_day_and_includes_it(day: str, counts: bool) -> None:
    assert people(pact(flow("genomes", day))) == (Interval.exactly(70) if counts else Interval(0, 0))


def test_a_window_to_the_29th_of_february_begins_on_the_first_of_march() -> None:
    assert first_day(date(2024, 2, 29), 12) == date(2023, 3, 1)
    assert first_day(date(2023, 2, 28), 12) == date(2022, 3, 1)
    assert first_day(date(2026, 3, 31), 1) == date(2026, 3, 1)
    assert first_day(date(1, 1, 1), 12) == date.min


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_the_first_day_is_the_day_after_the_same_day_months_before(end: date, months: int) -> None:
    assert first_day(end, months) == end - relativedelta(months=months) + timedelta(days=1)
    days = (end - first_day(end, 12)).days + 1
    assert days in (365, 366)
    assert calendar.isleap(end.year) or calendar.isleap(end.year - 1) or days == 365


def test_different_people_add_and_the_same_item_twice_counts_from_the_largest_to_the_sum() -> None:
    assert people(pact(f"{flow('genomes')}\n{flow('more')}")) == Interval.exactly(100)
    assert people(pact(f"{flow('genomes')}\n{flow('genomes', '2026-05-01')}")) == Interval(70, 140)


def test_items_made_from_one_source_are_the_same_people() -> None:
    assert people(pact(flow("sums"))) == Interval.exactly(70)
    assert people(pact(f"{flow('genomes')}\n{flow('part')}")) == Interval(70, 90)
    assert people(pact(f"{flow('sums')}\n{flow('part')}\n{flow('more')}")) == Interval(100, 120)


def test_what_is_unknown_leaves_the_top_open_and_keeps_what_is_known() -> None:
    assert people(pact(f"{flow('genomes')}\n{flow('uncounted')}")) == Interval(70, math.inf)
    assert people(pact(f"{flow('genomes')}\n{flow('bound')}")) == Interval(70, 110)
    assert people(pact(f"{flow('genomes')}\n{flow('unsorted')}")) == Interval(70, 79)
    assert people(pact(flow("nothing-known"))) == UNKNOWN


def test_each_category_and_residence_counts_for_itself_and_one_not_written_is_nobody() -> None:
    written = pact(f"{flow('genomes')}\n{flow('more')}")
    day = date(2026, 12, 1)
    assert volume(written, "us", "kr", "US", "personal-health", day) == Interval.exactly(70)
    assert volume(written, "us", "kr", "KR", "human-genomic", day) == Interval.exactly(5)
    assert volume(written, "us", "kr", "JP", "human-genomic", day) == Interval(0, 0)
    assert volume(written, "us", "kr", "US", "biometric", day) == Interval(0, 0)


def test_only_what_went_from_this_sender_to_this_recipient_counts() -> None:
    written = pact(f"{flow('genomes', to='jp')}\n{flow('more')}")
    assert people(written) == Interval.exactly(30)
    assert volume(written, "kr", "us", "US", "human-genomic", date(2026, 12, 1)) == Interval(0, 0)


def test_each_leg_counts_for_its_own_sender_and_recipient() -> None:
    written = pact("item: genomes, legs: [{from: us, to: jp}, {from: jp, to: kr}], date: 2026-12-01")
    found = {
        pair: volume(written, *pair, "US", "human-genomic", date(2026, 12, 1)).high
        for pair in [("us", "jp"), ("jp", "kr"), ("us", "kr")]
    }
    assert found == {("us", "jp"): 70, ("jp", "kr"): 70, ("us", "kr"): 0}


def test_a_transfer_over_time_counts_whole_while_it_goes_on_and_in_part_when_it_began_before() -> None:
    long = pact("item: genomes, from: us, to: kr, starts: 2025-06-01, ends: 2027-06-01")
    assert people(long) == Interval.exactly(70)
    assert people(long, date(2025, 5, 31)) == Interval(0, 0)
    assert people(long, date(2025, 6, 1)) == Interval.exactly(70)
    assert people(long, date(2027, 12, 1)) == Interval(0, 70)
    assert people(long, date(2028, 5, 31)) == Interval(0, 70)
    assert people(long, date(2028, 6, 1)) == Interval(0, 0)


def test_earlier_transfers_of_a_party_count_and_one_without_a_day_may() -> None:
    prior = "[{to: kr, contains: [human-genomic], people: {US: 15}, date: 2026-01-05}]"
    assert people(pact(flow("genomes"), prior)) == Interval.exactly(85)
    assert people(pact(flow("genomes"), prior.replace("2026-01-05", "2025-12-01"))) == Interval.exactly(70)
    assert people(pact(flow("genomes"), prior.replace(", date: 2026-01-05", ""))) == Interval(70, 85)
    assert people(pact(flow("genomes"), "[{to: kr, date: 2026-01-05}]")) == Interval(70, math.inf)
    same = "[{to: kr, item: genomes, date: 2026-01-05}]"
    assert people(pact(flow("genomes"), same)) == Interval(70, 140)


def test_a_flow_without_a_day_happens_on_the_day_it_is_judged() -> None:
    undated = pact(flow("genomes", None), head="as_of: 2024-01-01")
    assert people(undated) == Interval.exactly(70)
    assert people(undated, as_of=date(2026, 12, 1)) == Interval.exactly(70)
    assert people(undated, as_of=date(2027, 6, 1)) == Interval(0, 0)
    assert people(undated, None) == Interval.exactly(70)
    assert people(pact(f"{flow('genomes', None)}\n{flow('more')}"), None) == Interval(70, 100)


def test_a_changed_copy_of_a_pact_is_counted_anew() -> None:
    written = pact(f"{flow('genomes')}\n{flow('more')}")
    assert people(written) == Interval.exactly(100)
    fewer = written.model_copy(update={"flows": {"f1": written.flows["f1"]}})
    assert people(fewer) == Interval.exactly(30)
    assert people(written) == Interval.exactly(100)


@given(
    st.lists(
        st.tuples(st.sampled_from(["genomes", "more", "sums", "bound", "uncounted"]), st.integers(0, 800)), max_size=6
    )
)
def test_a_longer_window_never_counts_fewer(sent: list[tuple[str, int]]) -> None:
    first = date(2025, 1, 1)
    lines = "\n".join(flow(item, (first + timedelta(days=days)).isoformat()) for item, days in sent)
    written = pact(lines) if lines else pact("item: more, from: us, to: jp")
    windows = [people(written, date(2026, 12, 1), months) for months in (1, 3, 12, 24)]
    assert windows == sorted(windows, key=lambda each: (each.low, each.high))
