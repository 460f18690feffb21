"""The stress test: every single failure, every pair, every named event; exactly, and without solving what is known."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from biopact.supply.network.arrays import Arrays, Floats, Ints, arrays_of
from biopact.supply.network.closures import NOTHING, Closure, sites_down
from biopact.supply.network.events import closure_of
from biopact.supply.network.posture import NO_POLICY, Posture
from biopact.supply.network.rows import Event, Network
from biopact.supply.program.base import base_plan
from biopact.supply.scenarios.components import components_of
from biopact.supply.scenarios.engine import Engine, Found
from biopact.supply.scenarios.onewindow import one_window_losses, one_window_tts
from biopact.supply.scenarios.plans import Plans
from biopact.supply.scenarios.results import ColdCheck, Scenario, Stress, scenario_of

__all__ = ["WEEKS", "Progress", "Step", "engine_of", "stress"]

WEEKS = 104
WORST_COLD = 20
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stress test is."""

    part: str  # singles | pairs | events | cold
    done: int
    of: int
    solved: int
    elapsed: float


Progress = Callable[[Step], None]
Down = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Known:
    found: Found
    pruned: str | None


def stress(
    network: Network,
    weeks: int = WEEKS,
    pairs: bool = True,
    events: Sequence[Event] | None = None,
    posture: Posture = NO_POLICY,
    opens: Mapping[str, int] | None = None,
    closed: Iterable[str] = (),
    tariffs: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Stress:
    """The stress test of a network that passed its checks.

    ``opens`` and ``closed`` are what the law makes of lanes: the first week in which one may be used, or never.
    ``tariffs`` are rates by lane. ``events`` default to those of the network.
    """
    begun = time.perf_counter()
    engine = engine_of(network, weeks, opens, closed, tariffs, posture)
    arrays, base = engine.arrays, engine.base
    duty = duties(arrays, tariffs or {})
    run = _Run(engine, begun, progress)
    at_rest = run.engine.solve(NOTHING)
    run.at_rest = at_rest.value
    windows, window_losses = one_window_tts(arrays, weeks, pairs), one_window_losses(arrays, pairs)
    run.singles()
    if pairs:
        run.pairs()
    told = [
        scenario_of(
            arrays, known.found, tuple(arrays.sites[site] for site in down), int(arrays.ttr[list(down)].max()),
            windows.get(down), window_losses[down], known.pruned, at_rest.value,
        )
        for down, known in run.known.items()
    ]  # fmt: skip
    happened = _events(run, network.events if events is None else events, duty)
    checked = run.cold()
    largest = max((it.loss for it in told if len(it.down) == 1), default=0.0)
    flows = dict(
        zip((p.id for p in network.processes), base.make * arrays.pool_scale[arrays.process_pool], strict=True)
    )
    flows |= dict(zip((lane.id for lane in network.lanes), base.move * arrays.pool_scale[arrays.lane_to], strict=True))
    return Stress(
        name=network.name,
        weeks=weeks,
        base=scenario_of(arrays, at_rest, (), 0, windows[()]),
        base_cost_a_week=base.cost,
        scenarios=tuple(with_index(it, largest) for it in told),
        events=tuple(with_index(it, largest) for it in happened),
        checked_cold=checked,
        longest_path=arrays.longest_path,
        solves=engine.solves,
        seconds=time.perf_counter() - begun,
        steady={name: float(flow) for name, flow in flows.items()},
    )


def engine_of(
    network: Network,
    weeks: int = WEEKS,
    opens: Mapping[str, int] | None = None,
    closed: Iterable[str] = (),
    tariffs: Mapping[str, float] | None = None,
    posture: Posture = NO_POLICY,
) -> Engine:
    """A network that passed its checks, under the law of its lanes, ready for any scenario."""
    arrays = lawful(arrays_of(network), closed)
    base = base_plan(arrays, duties(arrays, tariffs or {}))
    return Engine(arrays, weeks, posture, opening_weeks(arrays, opens or {}), base)


def with_index(scenario: Scenario, largest: float) -> Scenario:
    """A scenario with its risk exposure index: its loss over the largest single loss."""
    return replace(scenario, rei=scenario.loss / largest if largest > 0 else None)


def lawful(arrays: Arrays, closed: Iterable[str]) -> Arrays:
    """The arrays with some lanes closed for good."""
    shut = [arrays.lane_index[lane] for lane in closed]
    if not shut:
        return arrays
    capacity = arrays.lane_capacity.copy()
    capacity[shut] = 0.0
    return replace(arrays, lane_capacity=capacity)


def opening_weeks(arrays: Arrays, opens: Mapping[str, int]) -> Ints:
    """The first week in which each lane may be used."""
    first = np.zeros(len(arrays.lane_from), dtype=np.int64)
    for lane, week in opens.items():
        first[arrays.lane_index[lane]] = week
    return first


def duties(arrays: Arrays, rates: Mapping[str, float]) -> Floats:
    """USD of duty on a natural unit of each lane: rate times price (nothing where the material has no price)."""
    network = arrays.network
    price = {material.id: material.price or 0.0 for material in network.materials}
    duty = np.zeros(len(network.lanes))
    for lane, rate in rates.items():
        at = arrays.lane_index[lane]
        duty[at] = rate * price[network.lanes[at].material] * arrays.pool_scale[arrays.lane_to[at]]
    return duty


class _Run:
    """One stress test under way: what is known of each scenario, and the plans behind it."""

    def __init__(self, engine: Engine, begun: float, progress: Progress | None) -> None:
        self.engine, self.arrays = engine, engine.arrays
        self.begun, self.progress = begun, progress
        self.plans = Plans(engine.weekly)
        self.known: dict[Down, _Known] = {}
        self.bases: dict[Down, Any] = {}
        self.lazy_bases: dict[Down, Any] = {}
        self.at_rest = 0.0
        self.root = Found(0.0, np.zeros(len(self.arrays.groups)), None)

    def tell(self, part: str, done: int, of: int) -> None:
        """Progress."""
        if self.progress is not None:
            now = time.perf_counter() - self.begun
            self.progress(Step(part, done, of, self.engine.solves, now))

    def remember(self, found: Found) -> None:
        """Keep the plans of a scenario."""
        for x in (found.x, found.survivor):
            if x is not None:
                self.plans.add(x, found.value if x is found.x else np.inf)

    def singles(self) -> None:
        """Every single failure. The root is nothing down with the clock of unqualified processes running."""
        engine, count = self.engine, len(self.arrays.sites)
        clock = Closure(begins=0)
        self.root = engine.solve(clock)
        self.bases[()] = engine.basis
        self.remember(self.root)
        if self.root.value <= 1e-9 and engine.base.lossless and engine.path is engine.weekly.steady:
            self.plans.add(engine.weekly.steady, 0.0)
        self._also_lazily(clock, self.root)
        self.lazy_bases[()] = self.engine.lazy_basis
        for site in range(count):
            self.tell("singles", site, count)
            self.known[site,] = self._known((site,), self.root, None)
            if self.known[site,].found.value > self.root.value:
                self._also_lazily(sites_down(self.arrays, [site]), self.known[site,].found)
        self.tell("singles", count, count)

    def _also_lazily(self, closure: Closure, found: Found) -> None:
        """Keep another plan of a scenario: one that uses less of what could fail."""
        x = self.engine.lazily(closure, found)
        if x is not None:
            self.plans.add(x, found.value)

    def pairs(self) -> None:
        """Every pair. Losses of parts that are not connected add up; else a known plan, else a solve."""
        part = components_of(self.arrays)
        every = list(combinations(range(len(self.arrays.sites)), 2))
        left: list[tuple[int, int]] = []
        for one, other in every:
            first, second = self.known[one,].found, self.known[other,].found
            if part[one] == part[other]:
                known = self._unsolved((one, other), *self._bound(one, other))
                if known is None:
                    left.append((one, other))
                    continue
                self.known[one, other] = known
                continue
            both = Found(
                first.value + second.value - self.root.value,
                first.lost + second.lost - self.root.lost,
                _sooner(first.tts, second.tts),
            )
            self.known[one, other] = _Known(both, "components")
        self.tell("pairs", len(every) - len(left), len(every))
        for done, down in enumerate(left):
            if done % 16 == 0:
                self.tell("pairs", len(every) - len(left) + done, len(every))
            self.known[down] = self._known(down, *self._bound(*down))
        self.known = {down: self.known[down] for down in [*((site,) for site in range(len(part))), *every]}
        self.tell("pairs", len(every), len(every))

    def _bound(self, one: int, other: int) -> tuple[Found, int | None]:
        """What a pair loses at least, and for how long it survives at most."""
        first, second = self.known[one,].found, self.known[other,].found
        return max(first, second, key=lambda it: it.value), _sooner(first.tts, second.tts)

    def _known(self, down: Down, bound: Found, tts: int | None) -> _Known:
        """A scenario that loses at least what ``bound`` does and survives at most ``tts`` (or as long as ``bound``)."""
        known = self._unsolved(down, bound, tts)
        if known is not None:
            return known
        most = _sooner(tts, bound.tts)
        closure = sites_down(self.arrays, down)
        like = next(
            (one for one in ((site,) for site in down) if self.known.get(one) and self.known[one].found is bound), ()
        )
        x = self.engine.lazily(closure, bound, self.lazy_bases.get(like, self.lazy_bases.get(())))
        if x is not None:
            if len(down) == 1:
                self.lazy_bases[down] = self.engine.lazy_basis
            self.plans.add(x, bound.value)
            return self._as_bound(down, bound, most, None)
        found = self.engine.solve(closure, most, self.bases.get(like, self.bases[()]))
        if len(down) == 1:
            self.bases[down] = self.engine.basis
        self.remember(found)
        return _Known(found, None)

    def _unsolved(self, down: Down, bound: Found, tts: int | None) -> _Known | None:
        """A scenario that a known plan settles: one that touches none of the sites and loses no more than the bound."""
        if self.plans.avoiding(down, bound.value, bound.lost) is None:
            return None
        return self._as_bound(down, bound, _sooner(tts, bound.tts), "unused" if len(down) == 1 else "unused-pair")

    def _as_bound(self, down: Down, bound: Found, most: int | None, pruned: str | None) -> _Known:
        """A scenario that loses what its bound does and no more; when it begins to lose is another question."""
        horizon = self.engine.weeks if most is None else most
        if bound.value <= 1e-9 or self.plans.surviving(down, horizon) is not None:
            return _Known(Found(bound.value, bound.lost, most), pruned)
        overlay = self.engine.overlay(sites_down(self.arrays, down))
        weeks, survivor = self.engine.survive(overlay, self._losing(), most)
        self.plans.add(survivor, np.inf)
        return _Known(Found(bound.value, bound.lost, weeks), pruned)

    def _losing(self) -> Floats:
        """A plan that loses everything from week 0: where nothing better is known of when a loss begins."""
        x = np.zeros(self.engine.lp.columns)
        weekly = self.engine.weekly
        x[weekly.lose : weekly.lose + len(self.arrays.demand) * weekly.weeks] = 1.0
        return x

    def cold(self) -> ColdCheck:
        """The worst 20 and one in a hundred of all, pruned ones too, from nothing."""
        order = sorted(self.known, key=lambda down: (-self.known[down].found.value, down))
        drawn = sorted(order, key=lambda down: _drawn([self.arrays.sites[site] for site in down]))
        chosen = dict.fromkeys(order[:WORST_COLD] + drawn[: -(-len(order) // 100)])
        closures = {down: sites_down(self.arrays, down) for down in chosen}
        for closure in closures.values():  # what the threads share is made before they start
            self.engine.cut_for(closure)

        def gap(down: Down) -> float:
            value = self.known[down].found.value
            return max(abs(again - value) / max(abs(again), 1.0) for again in self.engine.cold(closures[down]))

        largest = 0.0
        with ThreadPoolExecutor(_THREADS) as threads:
            for done, found in enumerate(threads.map(gap, chosen)):
                self.tell("cold", done, len(chosen))
                largest = max(largest, found)
        self.tell("cold", len(chosen), len(chosen))
        return ColdCheck(len(chosen), largest)


def _sooner(one: int | None, other: int | None) -> int | None:
    return min((it for it in (one, other) if it is not None), default=None)


def _drawn(names: Sequence[str]) -> bytes:
    """An order that only the names decide: the sample is the same in every run."""
    return hashlib.blake2b("+".join(sorted(names)).encode(), digest_size=8).digest()


def _events(run: _Run, events: Iterable[Event], duty: Floats) -> list[Scenario]:
    arrays, told = run.arrays, []
    listed = list(events)
    for done, event in enumerate(listed):
        run.tell("events", done, len(listed))
        closure = closure_of(arrays, event)
        if not (closure.sites or closure.lanes or closure.demand):
            found = (
                Found(run.at_rest, np.zeros(len(arrays.groups)), None)
                if run.at_rest <= 1e-9
                else run.engine.solve(NOTHING)
            )
        else:
            found = run.engine.solve(closure)
        down = tuple(dict.fromkeys(arrays.sites[hit.at] for hit in closure.sites))
        scenario = scenario_of(arrays, found, down, closure.ttr, base=run.at_rest, event=event)
        if closure.tariffs:
            scenario = _dearer(run, scenario, closure, duty)
        told.append(scenario)
    return told


def _dearer(run: _Run, scenario: Scenario, closure: Closure, duty: Floats) -> Scenario:
    """What a tariff adds a week: on the flows of the base plan, and once the plan has turned to cheaper ways."""
    arrays = run.arrays
    rates = {arrays.network.lanes[hit.at].id: hit.factor for hit in closure.tariffs}
    more = duties(arrays, rates)
    after = base_plan(arrays, duty + more)
    return replace(scenario, tariff_a_week=float(more @ run.engine.base.move), cost_a_week=after.cost)
