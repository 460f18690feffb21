"""A stress test as other programs read it: the schema ``biopact.supply-stress/1``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from biopact.supply.analyses.comparing import Compared
from biopact.supply.analyses.delay import Delay
from biopact.supply.analyses.dependence import Dependence
from biopact.supply.analyses.durations import Sampled
from biopact.supply.analyses.law import LaneLaw, Lawful
from biopact.supply.analyses.mix import Chosen
from biopact.supply.analyses.ranges import Ranged
from biopact.supply.analyses.running import Run
from biopact.supply.analyses.single import Solved
from biopact.supply.network.checks import Finding
from biopact.supply.network.provenance import Cell
from biopact.supply.scenarios.results import Scenario, Stress

__all__ = [
    "compared_as_json", "delay_as_json", "findings_as_json", "law_as_json", "mix_as_json", "run_as_json",
    "solved_as_json", "stress_as_json",
]  # fmt: skip

SCHEMA = "biopact.supply-stress/1"


def _rounded(value: float | None) -> float | None:
    """Nine significant digits: what a solver can promise."""
    return None if value is None else float(f"{value:.9g}")


def stress_as_json(
    told: Stress,
    warnings: Iterable[Finding] = (),
    law: Lawful | None = None,
    depends: Iterable[Dependence] = (),
    ranged: tuple[Sequence[Ranged], Sequence[Cell]] = ((), ()),
    compared: Iterable[Compared] = (),
    sampled: Iterable[Sampled] = (),
) -> dict[str, Any]:
    """The whole stress test as plain values."""
    return {
        "schema": SCHEMA,
        "network": told.name,
        "weeks": told.weeks,
        "longest_path": told.longest_path,
        "base": _scenario(told.base) | {"cost_a_week": _rounded(told.base_cost_a_week)},
        "scenarios": [_scenario(it) for it in told.scenarios],
        "events": [_event(it) for it in told.events],
        "points_of_failure": list(told.points_of_failure),
        "cut_sets": [list(each) for each in told.cut_sets],
        "rankings": _rankings(told),
        "checked_cold": {"n": told.checked_cold.n, "largest_gap": told.checked_cold.largest_gap},
        "dependence": [_dependence(it) for it in depends],
        "law": law_as_json(law) if law is not None else None,
        "low_confidence": _ranges(ranged),
        "policies": [compared_as_json(it) for it in compared],
        "durations": [
            {"site": it.site, "low": it.low, "high": it.high, "mean": _rounded(it.mean), "median": _rounded(it.median),
             "p95": _rounded(it.p95), "chance": it.chance}
            for it in sampled
        ],
        "warnings": findings_as_json(warnings),
        "notes": list(told.notes),
        "solves": told.solves,
    }  # fmt: skip


def run_as_json(run: Run) -> dict[str, Any]:
    """A whole run."""
    told = stress_as_json(run.stress, run.warnings, run.law, run.depends, run.ranged, run.compared, run.sampled)
    told["delayed"] = [compared_as_json(it) for it in run.delayed]
    told["cost_of_delay"] = {name: delay_as_json(it) for name, it in run.delays.items()}
    told["frontier"] = [mix_as_json(it) for it in run.mix]
    told["mix"] = mix_as_json(run.chosen) if run.chosen is not None else None
    return told


def solved_as_json(told: Solved, warnings: Iterable[Finding] = ()) -> dict[str, Any]:
    """One scenario: the schema ``biopact.supply-solve/1``."""
    return {
        "schema": "biopact.supply-solve/1",
        "network": told.network,
        "weeks": told.weeks,
        "names": list(told.names),
        "policies": [{"id": policy.id, "kind": policy.kind, "start": policy.start} for policy in told.policies],
        "base_loss": _rounded(told.base_loss),
        "scenario": _scenario(told.scenario),
        "lost_by_week": {
            product: {country: [_rounded(units) for units in weeks] for country, weeks in by.items()}
            for product, by in told.lost_by_week.items()
        },
        "warnings": findings_as_json(warnings),
    }


def _scenario(it: Scenario) -> dict[str, Any]:
    return {
        "down": list(it.down),
        "loss": _rounded(it.loss),
        "lost": {product: {c: _rounded(units) for c, units in by.items()} for product, by in it.lost.items()},
        "weeks": _rounded(it.weeks),
        "tts": it.tts,
        "one_window_tts": _rounded(it.one_window_tts),
        "one_window_loss": _rounded(it.one_window_loss),
        "ttr": it.ttr,
        "rei": _rounded(it.rei),
        "pruned": it.pruned,
        "above_base": _rounded(it.above_base),
        "range": [_rounded(end) for end in it.range] if it.range else None,
    }


def _event(it: Scenario) -> dict[str, Any]:
    event = it.event
    assert event is not None
    told = {"id": event.id, "kind": event.kind, "target": event.target, "start": event.start, "end": event.end,
            "factor": event.factor, "cite": event.cite or None} | _scenario(it)  # fmt: skip
    if event.kind == "tariff":
        told |= {"tariff_a_week": _rounded(it.tariff_a_week), "cost_a_week_after": _rounded(it.cost_a_week)}
    return told


def _rankings(told: Stress) -> dict[str, list[str]]:
    """Single failures by loss, by weeks of demand, and by time to survive less time to recover."""
    names = {"loss": "loss", "weeks": "weeks", "tts": "tts_less_ttr"}
    return {name: [it.down[0] for it in told.ranked(by)] for by, name in names.items()}


def _dependence(it: Dependence) -> dict[str, Any]:
    return {
        "kind": it.kind, "name": it.name, "sites": list(it.sites), "concern": it.concern,
        "shares": {name: _rounded(share) for name, share in it.shares.items()},
        "loss": _rounded(it.loss.loss), "weeks": _rounded(it.loss.weeks), "tts": it.loss.tts,
    }  # fmt: skip


def _ranges(ranged: tuple[Sequence[Ranged], Sequence[Cell]]) -> dict[str, Any]:
    told, without = ranged
    return {
        "rests_on": [_ranged(it) for it in told if it.matters],
        "no_effect": [it.cell.name for it in told if not it.matters],
        "without_range": [cell.name for cell in without],
    }


def _ranged(it: Ranged) -> dict[str, Any]:
    return {
        "number": it.cell.name, "value": it.cell.value, "low": it.low, "high": it.high,
        "largest_single_loss": [_rounded(it.loss_at_low), _rounded(it.loss_at_high)],
        "points_of_failure": [list(it.failing_at_low), list(it.failing_at_high)],
        "sources": [source.source for source in it.cell.sources],
    }  # fmt: skip


def _lane(it: LaneLaw) -> dict[str, Any]:
    return {
        "lane": it.lane, "flow": it.flow, "verdict": it.verdict, "state": it.state, "weeks": it.weeks, "tariff": it.rate,
        "why": it.why or None, "review": it.review,
        "cites": [
            {"rule": c.rule, "cite": c.cite, "effect": c.effect, "state": c.state, "jurisdiction": c.jurisdiction}
            for c in it.cites
        ],
    }  # fmt: skip


def law_as_json(law: Lawful) -> dict[str, Any]:
    """What the law makes of the lanes."""
    return {
        "pact": law.pact,
        "as_of": law.as_of.isoformat() if law.as_of else None,
        "lanes": [_lane(it) for it in law.lanes],
        "listed": [{"site": it.target, "lists": it.cite} for it in law.listed],
        "not_judged": law.not_judged,
    }


def compared_as_json(it: Compared) -> dict[str, Any]:
    """One policy, or bundle, on the common scenarios."""
    return {
        "name": it.name, "policies": [policy.id for policy in it.policies],
        "losses": {case: _rounded(loss) for case, loss in it.losses.items()},
        "weeks_by_case": {case: _rounded(weeks) for case, weeks in it.weeks.items()},
        "worst_loss": _rounded(it.worst), "mean_loss": _rounded(it.mean), "mean_weeks": _rounded(it.weeks_mean),
        "avoided": _rounded(it.avoided), "weeks_avoided": _rounded(it.weeks_avoided), "cost_year": _rounded(it.cost_year),
        "cost": _rounded(it.cost), "cost_per_week_avoided": _rounded(it.cost_per_week),
        "benefit": {country: _rounded(amount) for country, amount in it.benefit.items()},
        "pays": {payer: _rounded(amount) for payer, amount in it.pays.items()},
    }  # fmt: skip


def mix_as_json(it: Chosen) -> dict[str, Any]:
    """One point of the frontier."""
    return {"budget": it.budget, "aim": it.aim, "policies": list(it.policies), "cost_year": _rounded(it.cost_year),
            "loss": _rounded(it.loss), "bound": _rounded(it.bound)}  # fmt: skip


def delay_as_json(it: Delay) -> dict[str, Any]:
    """The cost of waiting."""
    return {
        "years": it.years, "hazard": it.hazard, "loss": _rounded(it.loss), "start_cost": it.start_cost,
        "cost_year": it.cost_year, "rate": it.rate, "net_cost": _rounded(it.net_cost),
        "break_even_hazard": _rounded(it.break_even), "exposure_years": it.exposure,
    }  # fmt: skip


def findings_as_json(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Warnings of the checks, worded, with their places."""
    told = []
    for it in found:
        place = it.fault.place
        told.append({
            "check": it.check, "message": it.fault.worded(), "file": str(place.file) if place and place.file else None,
            "line": place.line if place else None, "field": place.field if place else None,
        })  # fmt: skip
    return told
