"""Which low-confidence numbers the results rest on: each is moved to the ends of its range, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from biopact.supply.arrays import arrays_of
from biopact.supply.base import base_plan
from biopact.supply.closures import sites_down
from biopact.supply.engine import Engine
from biopact.supply.network import Network
from biopact.supply.provenance import Cell, low_confidence
from biopact.supply.schema import schema

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
    basis: Any


def ranges(
    network: Network, weeks: int, worst: tuple[str, ...] = (), progress: Progress | None = None
) -> tuple[tuple[Ranged, ...], tuple[Cell, ...]]:
    """The ranges of the low-confidence numbers that have one, widest effect first; and those that have none.

    ``worst`` names the sites whose failures are followed in a network of many sites.
    """
    cells = low_confidence(network)
    ranged = [cell for cell in cells if cell.low is not None and cell.high is not None]
    without = tuple(cell for cell in cells if cell.low is None or cell.high is None)
    followed = tuple(site.id for site in network.sites)
    if len(followed) > MANY_SITES:
        followed = worst[:_WORST] or followed[:_WORST]
    now = _result(network, weeks, followed, None)
    told = []
    for done, cell in enumerate(ranged):
        if progress is not None:
            progress(done, len(ranged))
        assert cell.low is not None and cell.high is not None
        ends = [_result(_moved(network, cell, value), weeks, followed, now.basis) for value in (cell.low, cell.high)]
        told.append(
            Ranged(
                cell,
                cell.low,
                cell.high,
                now.loss,
                ends[0].loss,
                ends[1].loss,
                ends[0].failing,
                ends[1].failing,
                now.failing,
            )
        )
    told.sort(key=lambda it: (-abs(it.loss_at_high - it.loss_at_low), it.cell.name))
    return tuple(told), without


def _moved(network: Network, cell: Cell, value: float) -> Network:
    column = schema().tables[cell.table].columns[cell.column]
    return network.with_value(cell.table, cell.key, cell.column, round(value) if column.type == "integer" else value)


def _result(network: Network, weeks: int, followed: tuple[str, ...], basis: Any) -> _Result:
    arrays = arrays_of(network)
    engine = Engine(arrays, weeks, base=base_plan(arrays))
    if basis is not None:
        engine.solver.restart(basis)
    from biopact.supply.closures import NOTHING

    rest = engine.loss(NOTHING)
    start = engine.solver.basis()
    losses = {site: engine.loss(sites_down(arrays, [arrays.site_index[site]])) for site in followed}
    failing = tuple(site for site, loss in losses.items() if loss > rest + 1e-6)
    return _Result(max(losses.values(), default=0.0) * arrays.value_a_week, failing, start)
