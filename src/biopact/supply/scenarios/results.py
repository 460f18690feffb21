"""What a stress test found, as frozen data, in the tables' own units and USD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats
from biopact.supply.network.rows import Event
from biopact.supply.scenarios.engine import Found

__all__ = ["ColdCheck", "Scenario", "Stress", "lost_units", "scenario_of", "weeks_lost"]

_SNAP = 1e-7  # of a week's demand: less than what the solver can tell from nothing


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. ``loss`` in USD over the horizon; ``lost`` in units; ``tts`` None: beyond the horizon."""

    down: tuple[str, ...]
    loss: float
    lost: Mapping[str, Mapping[str, float]]
    weeks: float
    tts: int | None
    one_window_tts: float | None
    ttr: int
    one_window_loss: float | None = None  # USD, the time-to-recover program; None: not asked (events)
    rei: float | None = None
    pruned: str | None = None
    above_base: float = 0.0
    event: Event | None = None
    range: tuple[float, float] | None = None  # loss where the law is not settled: lane open, lane closed
    tariff_a_week: float = 0.0  # USD a week of duty and dearer ways in the steady state
    cost_a_week: float | None = None

    @property
    def fails_first(self) -> bool:
        """Whether it outlasts what the network can survive."""
        return self.tts is not None and self.tts < self.ttr

    @property
    def harms(self) -> bool:
        """Whether anything is lost that would not be lost without it."""
        return self.above_base > 0


@dataclass(frozen=True, slots=True)
class ColdCheck:
    """How many scenarios were solved again from nothing, and the largest gap, relative to the larger of loss and a
    week of demand."""

    n: int
    largest_gap: float


@dataclass(frozen=True)
class Stress:
    """A whole stress test."""

    name: str
    weeks: int
    base: Scenario
    base_cost_a_week: float
    scenarios: tuple[Scenario, ...]
    events: tuple[Scenario, ...]
    checked_cold: ColdCheck
    longest_path: int
    solves: int
    seconds: float
    notes: tuple[str, ...] = ()
    steady: Mapping[str, float] = field(default_factory=dict)  # base plan: process or lane id -> flow a week

    @property
    def singles(self) -> tuple[Scenario, ...]:
        """The single failures, worst first."""
        return tuple(sorted((it for it in self.scenarios if len(it.down) == 1), key=_worst))

    def ranked(self, by: str) -> tuple[Scenario, ...]:
        """The single failures by ``loss``, by ``weeks`` of demand lost, or by ``tts``: time to survive less time to
        recover, the most exposed first."""
        if by == "weeks":
            return tuple(sorted(self.singles, key=lambda it: (-it.weeks, it.down)))
        if by == "tts":
            return tuple(sorted(self.singles, key=lambda it: (it.tts is None, (it.tts or 0) - it.ttr, it.down)))
        return self.singles

    @property
    def pairs(self) -> tuple[Scenario, ...]:
        """The pairs, worst first."""
        return tuple(sorted((it for it in self.scenarios if len(it.down) == 2), key=_worst))

    @property
    def worse_together(self) -> tuple[Scenario, ...]:
        """The pairs that lose more than the worse of the two alone, worst first."""
        alone = {it.down[0]: it.loss for it in self.scenarios if len(it.down) == 1}
        return tuple(
            it for it in self.pairs if it.harms and it.loss > max(alone[site] for site in it.down) * (1 + 1e-6) + 1e-6
        )

    @property
    def points_of_failure(self) -> tuple[str, ...]:
        """Sites whose failure alone loses something."""
        return tuple(it.down[0] for it in self.singles if it.harms)

    @property
    def cut_sets(self) -> tuple[tuple[str, ...], ...]:
        """The smallest sets of sites (of one or two) whose failure loses something: no part of them does so alone."""
        alone = set(self.points_of_failure)
        pairs = [it.down for it in self.pairs if it.harms and not alone & set(it.down)]
        return (*((site,) for site in self.points_of_failure), *pairs)


def _worst(it: Scenario) -> tuple[float, float, tuple[str, ...]]:
    return (-it.loss, it.tts if it.tts is not None else np.inf, it.down)


def lost_units(arrays: Arrays, lost: Floats) -> dict[str, dict[str, float]]:
    """Units lost by product and country, each named, nothing smaller than the solver can tell."""
    told: dict[str, dict[str, float]] = {}
    for (product, country), amount, wanted in zip(arrays.groups, lost, arrays.group_demand, strict=True):
        unit = float(arrays.pool_scale[arrays.pool_index[_served(arrays, product), product]])
        kept = 0.0 if amount <= _SNAP * max(float(wanted), 1e-300) else float(amount) * unit
        told.setdefault(product, {})[country] = kept
    return told


def _served(arrays: Arrays, product: str) -> str:
    return next(row.site for row in arrays.network.demand if row.product == product)


def weeks_lost(arrays: Arrays, lost: Floats) -> float:
    """For each product units lost over joint weekly demand; the largest."""
    by_product: dict[str, list[float]] = {}
    for (product, _), amount, wanted in zip(arrays.groups, lost, arrays.group_demand, strict=True):
        sums = by_product.setdefault(product, [0.0, 0.0])
        sums[0] += float(amount)
        sums[1] += float(wanted)
    weeks = max((gone / wanted for gone, wanted in by_product.values() if wanted > 0), default=0.0)
    return weeks if weeks > _SNAP else 0.0


def scenario_of(
    arrays: Arrays,
    found: Found,
    down: tuple[str, ...],
    ttr: int,
    one_window: float | None = None,
    window_loss: float | None = None,
    pruned: str | None = None,
    base: float = 0.0,
    event: Event | None = None,
) -> Scenario:
    """A scenario in the tables' units. ``base`` is the value lost with nothing down."""
    value = found.value if found.value > _SNAP else 0.0
    above = value - base
    return Scenario(
        down=down,
        loss=value * arrays.value_a_week,
        lost=lost_units(arrays, found.lost),
        weeks=weeks_lost(arrays, found.lost),
        tts=found.tts,
        one_window_tts=one_window,
        ttr=ttr,
        one_window_loss=None
        if window_loss is None
        else (window_loss if window_loss > _SNAP else 0.0) * arrays.value_a_week,
        pruned=pruned,
        above_base=above * arrays.value_a_week if above > 1e-6 else 0.0,
        event=event,
    )
