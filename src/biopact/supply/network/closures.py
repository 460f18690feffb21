"""A scenario in indexes: which sites, lanes and demand are hit, in which weeks, how hard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from biopact.supply.network.arrays import Arrays

__all__ = ["NOTHING", "Closure", "Hit", "sites_down"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing by index, hit in weeks ``start`` to ``end - 1`` (None: to the horizon).

    ``factor`` is the share of capacity that remains, or by what demand is multiplied, or the rate of a tariff.
    """

    at: int
    start: int = 0
    end: int | None = None
    factor: float = 0.0

    def until(self, weeks: int) -> int:
        """The first week in which it is over, within a horizon."""
        return weeks if self.end is None else min(max(self.end, self.start), weeks)


@dataclass(frozen=True, slots=True)
class Closure:
    """What a scenario does to a network. ``begins`` starts the clock of unqualified processes; None: no outage."""

    sites: tuple[Hit, ...] = ()
    lanes: tuple[Hit, ...] = ()
    demand: tuple[Hit, ...] = ()
    tariffs: tuple[Hit, ...] = ()
    begins: int | None = 0
    names: tuple[str, ...] = field(default=(), compare=False)

    def joined(self, other: Closure) -> Closure:
        """Both at once."""
        starts = [each.begins for each in (self, other) if each.begins is not None]
        return Closure(
            self.sites + other.sites,
            self.lanes + other.lanes,
            self.demand + other.demand,
            self.tariffs + other.tariffs,
            min(starts, default=None),
            self.names + other.names,
        )

    @property
    def first(self) -> int:
        """The week in which it shows itself."""
        return min((hit.start for hit in self.sites + self.lanes + self.demand), default=0)

    @property
    def ttr(self) -> int:
        """The longest of its closures of sites and lanes, weeks; 0 where it closes nothing for a set time."""
        return max((hit.end - hit.start for hit in self.sites + self.lanes if hit.end is not None), default=0)


NOTHING = Closure(begins=None)


def sites_down(arrays: Arrays, sites: Iterable[int], start: int = 0, ttr: Mapping[int, int] | None = None) -> Closure:
    """Sites that fail in a week, each for its own time to recover (or the one given)."""
    given = ttr or {}
    hits = tuple(Hit(site, start, start + given.get(site, int(arrays.ttr[site]))) for site in sites)
    return Closure(sites=hits, begins=start, names=tuple(arrays.sites[hit.at] for hit in hits))
