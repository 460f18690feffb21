"""How many people's data or material one party has sent another in a window of months, as an interval.

The window ends on a day and includes it: twelve months to 1 December 2026 begin on 2 December 2025. Counted are the
flows of the pact, each leg of its own, and what a party wrote under ``prior:``. That nothing else was sent is an
assumption of every answer.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from biopact.interval import UNKNOWN, Interval, largest_to_sum, total
from biopact.pact.models import Pact, Prior

__all__ = ["Transfer", "first_day", "transfers", "volume"]

_NOBODY = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One item, or earlier delivery, that went from a sender to a recipient.

    ``same_people`` is shared by transfers of one item, and of items made from one source. ``past`` marks what happened
    before the pact. Days are None where not written.
    """

    same_people: str
    contains: frozenset[str] | None
    people: Mapping[str, Interval] | None
    starts: date | None
    ends: date | None
    past: bool = False

    def count(self, residence: str, category: str) -> Interval:
        """The people of a residence in a category; with unknown contents it may be none of them."""
        if self.contains is not None and category not in self.contains:
            return _NOBODY
        count = UNKNOWN if self.people is None else self.people.get(residence, _NOBODY)
        return count if self.contains is not None else Interval(0, count.high)

    def in_window(self, first: date | None, end: date | None, as_of: date | None) -> bool | None:
        """Whether it counts in the window from ``first`` to ``end``: None where it cannot be told.

        A transfer over time counts whole from its first day until its last day has left the window, if it began in the
        window or goes on at its end; where it began before and ended inside, how much fell inside is unknown. One
        without a day happens on ``as_of``. Without an ``end`` only those without a day are certain to count.
        """
        starts, ends = self.starts, self.ends
        if starts is None or ends is None:
            if self.past:
                return None
            starts = ends = as_of or end
        elif end is None:
            return None
        if first is None or end is None or starts is None or ends is None:
            return True
        if starts > end or ends < first:
            return False
        return True if starts >= first or ends >= end else None


def volume(
    pact: Pact,
    sender: str,
    recipient: str,
    residence: str,
    category: str,
    end: date | None,
    months: int = 12,
    as_of: date | None = None,
) -> Interval:
    """The people resident in a country whose data of a category a sender gave a recipient in the months to ``end``.

    Transfers of the same people (one item twice, items made from one source) count from the largest to their sum;
    others add. What is unknown leaves the top open. ``as_of`` is the day of flows that have none; where it is not given
    they count on ``end``.
    """
    first = first_day(end, months) if end else None
    groups: dict[str, list[Interval]] = defaultdict(list)
    for transfer in transfers(pact).get((sender, recipient), ()):
        inside = transfer.in_window(first, end, as_of or end)
        if inside is False:
            continue
        count = transfer.count(residence, category)
        groups[transfer.same_people].append(count if inside else Interval(0, count.high))
    return total(largest_to_sum(group) for group in groups.values())


def first_day(end: date, months: int) -> date:
    """The first day of a window of whole months that ends on a day and includes it."""
    before = end.year * 12 + end.month - 1 - months
    year, month = before // 12, before % 12 + 1
    if year < 1:
        return date.min
    same = date(year, month, min(end.day, calendar.monthrange(year, month)[1]))
    return same + timedelta(days=1)


def transfers(pact: Pact) -> Mapping[tuple[str, str], tuple[Transfer, ...]]:
    """Everything that a pact says was or will be sent, by sender and recipient; worked out once for a pact."""
    parts = (pact.parties, pact.items, pact.flows)
    kept = pact._cache.get("transfers")
    if kept is not None and all(old is new for old, new in zip(kept[0], parts, strict=True)):
        return kept[1]  # type: ignore[no-any-return]
    found: dict[tuple[str, str], list[Transfer]] = defaultdict(list)
    for flow in pact.flows.values():
        for name in flow.items:
            sent = _of_item(pact, name, flow.first_day, flow.last_day)
            for leg in dict.fromkeys((leg.sender, leg.recipient) for path in flow.paths for leg in path):
                found[leg].append(sent)
    for party in pact.named_parties:
        for index, prior in enumerate(party.prior):
            found[party.id, prior.to].append(_of_prior(pact, prior, f"prior {party.id} {index}"))
    answer = {pair: tuple(sent) for pair, sent in found.items()}
    pact._cache["transfers"] = (parts, answer)
    return answer


def _of_item(pact: Pact, name: str, starts: date | None, ends: date | None, past: bool = False) -> Transfer:
    item = pact.items[name]
    *_, root = pact.lineage(item)
    return Transfer(f"item {root.id}", pact.contains_of(item), pact.people_of(item), starts, ends, past)


def _of_prior(pact: Pact, prior: Prior, alone: str) -> Transfer:
    sent = Transfer(alone, None, None, prior.date, prior.date, True)
    if prior.item:
        sent = _of_item(pact, prior.item, prior.date, prior.date, True)
    contains = sent.contains if prior.contains is None else prior.contains
    people = sent.people if prior.people is None else prior.people
    return Transfer(sent.same_people, contains, people, prior.date, prior.date, True)
