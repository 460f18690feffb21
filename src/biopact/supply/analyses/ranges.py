"""Which low-confidence numbers the results rest on: each is moved to the ends of its range, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from biopact.supply.network.closures import NOTHING, Closure, sites_down
from biopact.supply.network.provenance import Cell, low_confidence
from biopact.supply.network.rows import Network
from biopact.supply.network.schema import schema
from biopact.supply.scenarios.engine import Engine
from biopact.supply.scenarios.proof import Proof

__all__ = ["MANY_SITES", "Ranged", "ranges"]

MANY_SITES = 30  # beyond, only the worst single failures are followed
_WORST = 5
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ranged:
    """One number and what the largest single loss (USD) and the single points of failure are at its ends."""

    cell: Cell
    low: float
    high: float
    loss: float
    loss_at_low: float
    loss_at_high: float
    failing_at_low: tuple[str, ...]
    failing_at_high: tuple[str, ...]
    failing: tuple[str, ...]

    @property
    def matters(self) -> bool:
        """Whether the result rests on it."""
        spread = max(self.loss_at_low, self.loss_at_high, self.loss) - min(
            self.loss_at_low, self.loss_at_high, self.loss
        )
        return spread > 1e-6 * max(self.loss, 1.0) or bool(
            {*self.failing_at_low, *self.failing_at_high} ^ set(self.failing)
        )


@dataclass(frozen=True, slots=True)
class _Result:
    loss: float
    failing: tuple[str, ...]
    known: Mapping[str, tuple[Any, Proof | None]]  # basis and proof by site; '' is nothing down


def ranges(
    network: Network,
    make: Callable[[Network], Engine],
    worst: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> tuple[tuple[Ranged, ...], tuple[Cell, ...]]:
    """The ranges of the low-confidence numbers that have one, widest effect first; and those that have none.

    ``make`` gives the engine of a network. ``worst`` names the sites whose failures are followed where there are many.
    """
    followed = tuple(site.id for site in network.sites)
    if len(followed) > MANY_SITES:
        followed = worst[:_WORST] or followed[:_WORST]
    now = _result(make(network), followed, {})
    told, without = [], []
    cells = low_confidence(network)
    for done, cell in enumerate(cells):
        if progress is not None:
            progress(done, len(cells))
        if cell.low is None or cell.high is None:
            without.append(cell)
            continue
        low, high = (_result(make(_moved(network, cell, end)), followed, now.known) for end in (cell.low, cell.high))
        losses = now.loss, low.loss, high.loss
        told.append(Ranged(cell, cell.low, cell.high, *losses, low.failing, high.failing, now.failing))
    told.sort(key=lambda it: (-abs(it.loss_at_high - it.loss_at_low), it.cell.name))
    return tuple(told), tuple(without)


def _moved(network: Network, cell: Cell, value: float) -> Network:
    column = schema().tables[cell.table].columns[cell.column]
    return network.with_value(cell.table, cell.key, cell.column, round(value) if column.type == "integer" else value)


def _result(engine: Engine, followed: tuple[str, ...], known: Mapping[str, tuple[Any, Proof | None]]) -> _Result:
    """Losses of single failures: shown by the plan and duals of the same failure in the network as written, else solved
    from its basis."""
    arrays = engine.arrays
    ends: dict[str, tuple[Any, Proof | None]] = {}
    losses: dict[str, float] = {}

    def loss(name: str, closure: Closure) -> float:
        start, proof = known.get(name, (None, None))
        shown = engine.proved(closure, proof) if proof is not None else None
        if shown is not None:
            return shown
        value = engine.loss(closure, start)
        ends[name] = engine.basis, engine.proof
        return value

    rest = loss("", NOTHING)
    idle = ~engine.steadily_used if rest <= 1e-9 and engine.base.lossless else np.zeros(len(arrays.sites), dtype=bool)
    for site in followed:
        at = arrays.site_index[site]
        losses[site] = rest if idle[at] else loss(site, sites_down(arrays, [at]))
    failing = tuple(site for site, value in losses.items() if value > rest + 1e-6)
    return _Result(max(losses.values(), default=0.0) * arrays.value_a_week, failing, ends)
