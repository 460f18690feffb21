"""Plans that are known: what each loses, when, and which sites it touches. With them most scenarios need no solve.

Closing a site only takes plans away, so a plan that does not touch the site is still there: if it already loses as
little as can be, nothing has to be solved (exact, whatever the plan was found for).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from biopact.supply.network.arrays import Floats, Ints
from biopact.supply.program.sharing import lost_by_group
from biopact.supply.program.weekly import Weekly

__all__ = ["NEVER", "Plans", "Touch"]

NEVER = 32_000
_NONE = 1e-9
Weeks = npt.NDArray[np.int16]


class Touch:
    """For each site the variables it would lose by failing in week 0 for its own time to recover."""

    def __init__(self, weekly: Weekly) -> None:
        arrays = weekly.arrays
        self.weekly = weekly
        into, served = arrays.pool_site[arrays.lane_to], arrays.pool_site[arrays.demand_pool]
        self._columns, self._sites, self._weeks = _spans(
            weekly, [(weekly.make, arrays.process_site), (weekly.move, into)]
        )
        self._lost, self._depots, self._when = _spans(weekly, [(weekly.lose, served)])
        self._wanted = np.repeat(arrays.demand, np.minimum(arrays.ttr[served], weekly.weeks))

    def first(self, x: Floats) -> Weeks:
        """For each site the first week in which a plan does what the site's failure forbids; ``NEVER`` if in none."""
        found = np.full(len(self.weekly.arrays.sites), NEVER, dtype=np.int16)
        busy = x[self._columns] > _NONE
        np.minimum.at(found, self._sites[busy], self._weeks[busy].astype(np.int16))
        serving = self._wanted - x[self._lost] > _NONE
        np.minimum.at(found, self._depots[serving], self._when[serving].astype(np.int16))
        return found

    def first_loss(self, x: Floats) -> int:
        """The first week in which a plan loses something; the horizon where it never does."""
        weekly = self.weekly
        lost = weekly.of(x, weekly.lose, len(weekly.arrays.demand)).max(axis=0, initial=0.0) > _NONE * 100
        return int(np.argmax(lost)) if lost.any() else weekly.weeks

    @property
    def columns(self) -> Ints:
        """All variables of making and sending that some failure would forbid."""
        return self._columns


def _spans(weekly: Weekly, blocks: Sequence[tuple[int, Ints]]) -> tuple[Ints, Ints, Ints]:
    columns, sites, weeks = [], [], []
    for block, of in blocks:
        for item, site in enumerate(of):
            span = np.arange(min(int(weekly.arrays.ttr[site]), weekly.weeks))
            columns.append(block + item * weekly.weeks + span)
            sites.append(np.full(len(span), site))
            weeks.append(span)
    empty = np.zeros(0, dtype=np.int64)
    return (
        np.concatenate(columns or [empty]),
        np.concatenate(sites or [empty]).astype(np.int64),
        np.concatenate(weeks or [empty]),
    )


class Plans:
    """The known plans, as arrays."""

    def __init__(self, weekly: Weekly, most: int = 2000) -> None:
        self.weekly = weekly
        self.touch = Touch(weekly)
        sites, groups = len(weekly.arrays.sites), len(weekly.arrays.groups)
        self.count = 0
        self._touches = np.zeros((most, sites), dtype=np.int16)
        self._loss_from = np.zeros(most, dtype=np.int64)
        self._value = np.full(most, np.inf)
        self._lost = np.zeros((most, groups))

    def add(self, x: Floats, value: float) -> int | None:
        """Remember a plan; its number, None where there is no more room."""
        if self.count >= len(self._value):
            return None
        at = self.count
        self._touches[at] = self.touch.first(x)
        self._loss_from[at] = self.touch.first_loss(x)
        self._value[at] = value
        self._lost[at] = lost_by_group(self.weekly.arrays, self.weekly.shares, x)
        self.count += 1
        return at

    def avoiding(self, sites: Sequence[int], value: float, lost: Floats) -> int | None:
        """A plan that touches none of some sites, with this value and this split of what is lost."""
        known = slice(0, self.count)
        fits = self._value[known] <= value + 1e-9 * max(1.0, abs(value))
        for site in sites:
            fits &= self._touches[known, site] == NEVER
        for at in np.flatnonzero(fits):
            if np.allclose(self._lost[at], lost, rtol=1e-7, atol=1e-7):
                return int(at)
        return None

    def surviving(self, sites: Sequence[int], weeks: int) -> int | None:
        """A plan that loses nothing before a week and until then touches none of some sites."""
        known = slice(0, self.count)
        fits = self._loss_from[known] >= weeks
        for site in sites:
            fits &= self._touches[known, site] >= weeks
        found = np.flatnonzero(fits)
        return int(found[0]) if len(found) else None
