"""What policies in force come to, in indexes: when processes are usable, with what capacity, and what arrives besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from biopact.supply.network.closures import Hit

__all__ = ["NO_POLICY", "Posture"]


@dataclass(frozen=True, slots=True)
class Posture:
    """The sum of some policies.

    ``ready``: for a process the weeks from which a policy makes it usable, each with the capacity it then has.
    ``clocks``: for an unqualified process (factor, first week) of a shorter qualification.
    ``extra``: for a process (first week, capacity a week) on top of its own.
    ``arrivals``: (pool, week, quantity) from outside the network. ``sites``, ``lanes``: what is closed by it.
    """

    ready: Mapping[int, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    clocks: Mapping[int, tuple[float, int]] = field(default_factory=dict)
    extra: Mapping[int, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    arrivals: tuple[tuple[int, int, float], ...] = ()
    sites: tuple[Hit, ...] = ()

    @property
    def touched(self) -> frozenset[int]:
        """The processes whose capacity over time it changes."""
        return frozenset({*self.ready, *self.clocks, *self.extra})

    def qualified(self, process: int, weeks: int, begins: int) -> int:
        """The week in which an unqualified process is usable, its clock started in week ``begins``."""
        factor, since = self.clocks.get(process, (1.0, 0))
        return min(begins + weeks, max(begins, since) + shorter(weeks, factor))


def shorter(weeks: int, factor: float) -> int:
    """A time of qualification multiplied by a factor, in whole weeks (a begun week counts)."""
    return -int(-weeks * factor // 1) if factor else 0


NO_POLICY = Posture()
