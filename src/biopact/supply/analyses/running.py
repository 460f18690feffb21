"""A whole run: read, check, ask the law, stress, compare policies; everything a report or a table is made from."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from biopact.errors import DataError, Place
from biopact.supply.analyses.comparing import Case, Compared, compare
from biopact.supply.analyses.delay import Delay, cost_of_delay
from biopact.supply.analyses.dependence import Dependence, dependence
from biopact.supply.analyses.durations import Sampled, durations
from biopact.supply.analyses.law import Lawful, lanes_under_law, listed_in_hits, pact_folder
from biopact.supply.analyses.mix import Chosen, frontier, optimal_mix
from biopact.supply.analyses.ranges import Ranged, ranges
from biopact.supply.network.checks import Finding, check
from biopact.supply.network.closures import Closure, sites_down
from biopact.supply.network.events import closure_of
from biopact.supply.network.policies import WEEKS_A_YEAR, delayed
from biopact.supply.network.provenance import Cell
from biopact.supply.network.rows import Network
from biopact.supply.network.tables import read_network
from biopact.supply.scenarios.engine import Engine
from biopact.supply.scenarios.results import Scenario, Stress
from biopact.supply.scenarios.stress import Progress, Step, engine_of, stress

__all__ = ["Asked", "Run", "cases_of", "find_network", "prepare", "run"]


@dataclass(frozen=True)
class Asked:
    """What is asked of a run."""

    weeks: int = 104
    pairs: bool = True
    law: bool = True
    policies: bool = True
    ranges: bool = True
    samples: int = 0
    rank: str = "loss"
    strict: Collection[str] = ()
    hits: Path | None = None
    budget: float | None = None
    frontier: bool = False
    aim: str = "worst"
    delay: float = 0.0
    hazard: float = 0.02
    rate: float = 0.03
    packs: Sequence[Path] = ()
    as_of: datetime.date | None = None


@dataclass(frozen=True)
class Run:
    """Everything that was found."""

    network: Network
    warnings: tuple[Finding, ...]
    law: Lawful | None
    stress: Stress
    engine: Engine
    depends: tuple[Dependence, ...] = ()
    ranged: tuple[tuple[Ranged, ...], tuple[Cell, ...]] = ((), ())
    cases: tuple[Case, ...] = ()
    compared: tuple[Compared, ...] = ()
    delayed: tuple[Compared, ...] = ()
    delays: dict[str, Delay] = field(default_factory=dict)
    mix: tuple[Chosen, ...] = ()
    chosen: Chosen | None = None
    sampled: tuple[Sampled, ...] = ()


def find_network(path: Path, name: str | None = None) -> Path:
    """The folder (or workbook) of a network: the path itself, or that of a pact's networks. Raises DataError."""
    networks = path / "networks"
    if path.is_dir() and networks.is_dir() and not (path / "sites.csv").is_file():
        known = sorted(
            each.stem if each.is_file() else each.name for each in networks.iterdir() if not each.name.startswith(".")
        )
        if name is None and len(known) == 1:
            name = known[0]
        if name is None or name not in known:
            raise DataError("supply.which-network", Place(networks), known=", ".join(known) or "-")
        folder = networks / name
        return folder if folder.is_dir() else networks / f"{name}.xlsx"
    return path


def prepare(path: Path, asked: Asked) -> tuple[Network, tuple[Finding, ...], Lawful | None]:
    """The network, its warnings, and what the law makes of its lanes. Raises InputError and its kin."""
    network = read_network(path)
    warnings = check(network, asked.weeks, asked.strict)
    law = None
    folder = pact_folder(path) if asked.law else None
    if folder is not None:
        from biopact.decide import read
        from biopact.law import the_law

        rules = the_law(asked.packs)
        law = lanes_under_law(network, read(folder, rules), rules, asked.as_of)
    if asked.hits is not None:
        listed = listed_in_hits(network, asked.hits)
        known = {event.id for event in law.listed} if law is not None else set()
        new = tuple(event for event in listed if event.id not in known)
        law = replace(law, listed=law.listed + new) if law is not None else Lawful(listed=new)
    return network, warnings, law


def concern_of(asked: Asked) -> frozenset[str]:
    """The countries of concern that the law names, on the day asked."""
    from biopact.law import the_law

    day = asked.as_of or datetime.date.today()
    return frozenset(the_law(asked.packs).on(day).tables.get("countries_of_concern", {}))


def run(path: Path, asked: Asked, progress: Progress | None = None) -> Run:
    """The run of a network. Raises InputError and its kin for what is not well written."""
    network, warnings, law = prepare(path, asked)
    events = [*network.events, *(law.listed if law else ())]
    told = stress(
        network, asked.weeks, asked.pairs, events, opens=law.opens if law else None, closed=law.closed if law else (),
        tariffs=law.tariffs if law else None, progress=progress,
    )  # fmt: skip
    if law is not None and law.unsettled:
        told = _with_range(told, network, asked, law, progress)
    make = _maker(law, asked.weeks)
    engine = make(network)
    concern = concern_of(asked) if asked.law else frozenset()
    at_rest = told.base.loss / engine.arrays.value_a_week
    found = Run(network, warnings, law, told, engine, dependence(engine, at_rest, concern))
    if asked.ranges:
        worst = tuple(it.down[0] for it in told.singles)
        found = replace(found, ranged=ranges(network, make, worst, _part(progress, "ranges")))
    if asked.samples:
        found = replace(found, sampled=durations(engine, asked.samples))
    return _with_policies(found, asked, progress) if asked.policies and network.policies else found


def _maker(law: Lawful | None, weeks: int) -> Callable[[Network], Engine]:
    """What makes the engine of a network under the law of its lanes."""
    if law is None:
        return lambda network: engine_of(network, weeks)
    lanes = law
    return lambda network: engine_of(network, weeks, lanes.opens, lanes.closed, lanes.tariffs)


def _part(progress: Progress | None, part: str) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    tell = progress
    return lambda done, of: tell(Step(part, done, of, 0, 0.0))


def _with_range(told: Stress, network: Network, asked: Asked, law: Lawful, progress: Progress | None) -> Stress:
    """The stress test again with every unsettled lane closed: the other end of each loss."""
    events = [*network.events, *law.listed]

    def second(step: Step) -> None:
        assert progress is not None
        progress(replace(step, part=f"{step.part}-closed"))

    shut = stress(
        network, asked.weeks, asked.pairs, events, opens=law.opens, closed=(*law.closed, *law.unsettled), tariffs=law.tariffs,
        progress=None if progress is None else second,
    )  # fmt: skip

    def ends(one: Scenario, other: Scenario) -> Scenario:
        return replace(one, range=(one.loss, other.loss))

    return replace(
        told,
        base=ends(told.base, shut.base),
        scenarios=tuple(ends(one, other) for one, other in zip(told.scenarios, shut.scenarios, strict=True)),
        events=tuple(ends(one, other) for one, other in zip(told.events, shut.events, strict=True)),
    )


def cases_of(engine: Engine, told: Stress, most: int = 8) -> tuple[Case, ...]:
    """The scenarios on which policies are compared: the worst single failures, events and new pairs that harm."""
    index = engine.arrays.site_index
    found: list[tuple[str, Closure]] = []
    for it in [it for it in told.singles if it.harms][:most]:
        found.append((it.down[0], sites_down(engine.arrays, [index[it.down[0]]])))
    alone = set(told.points_of_failure)
    for it in [it for it in told.pairs if it.harms and not alone & set(it.down)][: most // 2]:
        found.append((" + ".join(it.down), sites_down(engine.arrays, [index[site] for site in it.down])))
    for it in sorted((it for it in told.events if it.harms), key=lambda it: -it.loss)[:most]:
        assert it.event is not None
        found.append((it.event.id, closure_of(engine.arrays, it.event)))
    return tuple(Case(name, closure, 1.0 / len(found)) for name, closure in found)


def _with_policies(found: Run, asked: Asked, progress: Progress | None) -> Run:
    engine, policies = found.engine, found.network.policies
    cases = cases_of(engine, found.stress)
    if not cases:
        return found
    compared = compare(engine, policies, cases, _part(progress, "policies"))
    found = replace(found, cases=cases, compared=compared)
    years = asked.delay or 1.0
    delays = {}
    for it in compared:
        if len(it.policies) == 1:
            tau = _waits(engine, it) / WEEKS_A_YEAR
            delays[it.name] = cost_of_delay(
                years,
                asked.hazard,
                max(it.avoided, 0.0),
                it.policies[0].cost_start,
                it.cost_year or 0.0,
                asked.rate,
                tau,
            )
    found = replace(found, delays=delays)
    if asked.delay:
        later = [delayed(policy, asked.delay) for policy in policies]
        more = round(WEEKS_A_YEAR * asked.delay)
        longer = _maker(found.law, asked.weeks + more)(found.network)
        found = replace(found, delayed=compare(longer, later, cases, _part(progress, "delay")))
    priced = [policy for policy in policies if policy.cost_year is not None]
    if asked.budget is not None:
        found = replace(found, chosen=optimal_mix(engine, priced, cases, asked.budget, asked.aim))
    if asked.frontier:
        found = replace(found, mix=frontier(engine, priced, cases, asked.aim))
    return found


def _waits(engine: Engine, it: Compared) -> int:
    """Weeks of qualification that a policy waits for."""
    policy = it.policies[0]
    if policy.kind != "dual-source":
        return 0
    arrays = engine.arrays
    named = [at for name, at in arrays.process_index.items() if name in policy.targets]
    return max((int(arrays.qualification[at]) for at in named), default=0)
