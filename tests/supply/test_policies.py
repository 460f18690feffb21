"""Policies as overlays, their comparison, the best mix, and what a delay costs."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import UsageError
from biopact.supply.analyses.comparing import Case, compare, under
from biopact.supply.analyses.delay import annuity, break_even, cost_of_delay, net_cost, option_value
from biopact.supply.analyses.mix import frontier, optimal_mix
from biopact.supply.network.arrays import arrays_of
from biopact.supply.network.closures import sites_down
from biopact.supply.network.policies import delayed, posture_of
from biopact.supply.network.rows import Policy
from biopact.supply.scenarios.engine import Engine

from .conftest import Tables, lane, network, serial


def chain() -> Tables:
    """A factory F that fails for 30 weeks, and a second site that takes 10 weeks to qualify; two countries."""
    tables = serial(100, 0, 0, 200, (1, 30, 1))
    tables["sites"] += [{"id": "F2", "country": "US", "ttr": 4}, {"id": "K", "country": "KR", "ttr": 1}]
    tables["processes"][0]["capacity"] = 900
    tables["processes"].append({
        "id": "second", "site": "F2", "material": "drug", "capacity": 100, "release_weeks": 2, "qualification_weeks": 10,
    })  # fmt: skip
    tables["recipes"].append({"process": "second", "input": "raw", "quantity": 1.5})
    tables["lanes"] += [
        lane("SF2", "S", "F2", "raw", 0, cost=9), lane("F2D", "F2", "D", "drug", 1, cost=9), lane("F2K", "F2", "K", "drug", 1, cost=9),
        lane("FK", "F", "K", "drug", 1),
    ]  # fmt: skip
    tables["demand"].append({"product": "drug", "country": "KR", "site": "K", "quantity": 25})
    return tables


def engine(weeks: int = 104) -> Engine:
    return Engine(arrays_of(network(chain())), weeks)


def lost(policies: list[Policy], weeks: int = 104, start: int = 0) -> float:
    """Weeks of joint demand lost when F fails."""
    made = engine(weeks)
    posed = under(made, posture_of(made.arrays, policies))
    return posed.loss(sites_down(made.arrays, [made.arrays.site_index["F"]], start))


def test_without_a_policy_the_standby_opens_after_the_outage_began_and_its_qualification() -> None:
    assert lost([]) == pytest.approx(10 + 20 * 0.2)  # ten weeks of all, then a fifth of demand beyond its capacity


def test_a_dual_source_qualifies_from_the_start_of_the_policy() -> None:
    dual = Policy("d", "dual-source", "second", 0)
    assert lost([dual]) == pytest.approx(lost([]))  # the outage begins in week 0 too
    assert lost([dual], start=20) == pytest.approx(30 * 0.2)  # by week 20 it is qualified
    assert lost([], start=20) == pytest.approx(14)


def test_a_prequalified_site_is_there_in_week_0() -> None:
    # second site makes 100 from week 0, in the depots from week 3 as the pipeline of F was
    assert lost([Policy("p", "prequalified", "second")]) == pytest.approx(30 * 0.2)
    assert lost([Policy("p", "prequalified", "second", value=125)]) == pytest.approx(0, abs=1e-6)
    assert lost([Policy("p", "prequalified", "second", start=5)]) == pytest.approx(5 + 25 * 0.2)


def test_recognition_multiplies_qualification_and_says_its_default_is_an_assumption() -> None:
    assert lost([Policy("r", "recognition", "US;KR", value=0.4)]) == pytest.approx(4 + 26 * 0.2)
    assert lost([Policy("r", "recognition")]) == pytest.approx(5 + 25 * 0.2)
    assert lost([Policy("r", "recognition", "KR")]) == pytest.approx(lost([]))  # the second site lies in the US
    both = [Policy("r", "recognition", "US"), Policy("d", "dual-source", "second")]
    assert lost(both, start=5) == pytest.approx(30 * 0.2)


def test_a_stockpile_lies_where_it_is_said_from_the_week_it_is_said() -> None:
    assert lost([Policy("s", "stockpile", "D:drug", value=500)]) == pytest.approx(14 - 4)
    assert lost([Policy("s", "stockpile", "D:drug", value=500, start=50)]) == pytest.approx(14)


def test_surge_capacity_comes_on_top_and_an_advance_purchase_is_on_its_way() -> None:
    # a contracted line of 25 a week, there from week 0, and the standby of 100 from week 10
    assert lost([Policy("u", "surge-capacity", "second", value=25)]) == pytest.approx(10 * 0.8)
    assert lost([Policy("a", "advance-purchase", "make-drug", value=50)]) == pytest.approx(14 - 2 * 50 / 125)


def test_excluding_a_supplier_closes_it_for_good() -> None:
    assert lost([Policy("x", "exclusion", "F2")]) == pytest.approx(30)


def test_a_delay_moves_the_start_by_whole_years() -> None:
    assert delayed(Policy("p", "prequalified", "second", 3), 2).start == 3 + 104
    assert lost([delayed(Policy("p", "prequalified", "second"), 1)], 156, start=10) == pytest.approx(
        lost([], 156, start=10)
    )


POLICIES = [
    Policy("dual", "dual-source", "second", cost_year=5.0, payer="US"),
    Policy("pre", "prequalified", "second", cost_year=9.0, payer="shared"),
    Policy("mra", "recognition", "US;KR", cost_year=1.0, payer="shared"),
    Policy("stock", "stockpile", "D:drug", value=500, cost_year=3.0, payer="US"),
    Policy("surge", "surge-capacity", "second", value=25, cost_year=4.0, payer="KR"),
    Policy("ban", "exclusion", "F2", cost_year=0.0),
]


def cases(made: Engine) -> list[Case]:
    index = made.arrays.site_index
    names = {
        "F": ([index["F"]], 0),
        "S": ([index["S"]], 0),
        "F later": ([index["F"]], 7),
        "F+D": ([index["F"], index["D"]], 0),
    }
    return [Case(name, sites_down(made.arrays, sites, start), 0.25) for name, (sites, start) in names.items()]


def test_policies_are_compared_on_the_same_scenarios_and_the_shared_cost_is_split_by_benefit() -> None:
    made = engine()
    told = {it.name: it for it in compare(made, POLICIES, cases(made))}
    assert set(told) == {"none", "dual", "pre", "mra", "stock", "surge", "ban", "all"}
    pre = told["pre"]
    assert pre.weeks_avoided == pytest.approx(told["none"].weeks_mean - pre.weeks_mean)
    assert pre.cost_year == 9.0
    assert pre.cost == pytest.approx(9.0 * 2)
    assert pre.cost_per_week == pytest.approx(pre.cost / pre.weeks_avoided)
    assert pre.pays["US"] / pre.pays["KR"] == pytest.approx(pre.benefit["US"] / pre.benefit["KR"])
    assert sum(pre.pays.values()) == pytest.approx(9.0)
    assert told["stock"].pays == {"US": 3.0}
    assert told["ban"].avoided <= 0
    assert told["ban"].cost_per_week is None
    assert len(pre.curve) == 104
    assert told["none"].curve[-1] == pytest.approx(told["none"].worst)


@pytest.mark.parametrize("aim", ["worst", "expected"])
def test_the_mix_is_the_best_of_all_sets_a_budget_can_buy(aim: str) -> None:
    made = engine()
    scenarios = cases(made)
    value: dict[tuple[str, ...], float] = {}
    for size in range(len(POLICIES) + 1):
        for chosen in combinations(POLICIES, size):
            posed = under(made, posture_of(made.arrays, chosen))
            losses = [posed.loss(case.closure) * made.arrays.value_a_week for case in scenarios]
            value[tuple(p.id for p in chosen)] = max(losses) if aim == "worst" else sum(losses) / len(losses)
    cost = {p.id: p.cost_year or 0.0 for p in POLICIES}
    for budget in (0.0, 1.0, 4.0, 5.0, 8.0, 12.0, 100.0):
        best = min(loss for chosen, loss in value.items() if sum(cost[name] for name in chosen) <= budget)
        found = optimal_mix(made, POLICIES, scenarios, budget, aim)
        assert found.loss == pytest.approx(best, rel=1e-5, abs=1e-3), budget
        assert found.cost_year <= budget
        assert found.bound <= found.loss + 1e-6


def test_the_frontier_never_rises() -> None:
    made = engine()
    told = frontier(made, POLICIES, cases(made))
    assert [it.loss for it in told] == sorted((it.loss for it in told), reverse=True)
    assert told[0].cost_year == 0


def test_a_budget_below_nothing_and_an_unknown_aim_are_refused() -> None:
    made = engine()
    with pytest.raises(UsageError):
        optimal_mix(made, POLICIES, cases(made), -1)
    with pytest.raises(UsageError):
        optimal_mix(made, POLICIES, cases(made), 1, "luck")


@given(
    years=st.floats(0, 30), loss=st.floats(1, 1e9), start=st.floats(0, 1e8), running=st.floats(0, 1e8), rate=st.floats(0.001, 0.2)
)  # fmt: skip
def test_at_the_break_even_hazard_waiting_costs_nothing(
    years: float, loss: float, start: float, running: float, rate: float
) -> None:
    level = break_even(loss, start, running, rate)
    assert level is not None
    assert net_cost(years, level, loss, start, running, rate) == pytest.approx(0, abs=1e-6 * (start + running + 1))
    assert net_cost(years, level * 1.5 + 0.01, loss, start, running, rate) >= -1e-6 * (start + running + 1)


def test_the_cost_of_delay_is_the_formula_of_the_notes() -> None:
    told = cost_of_delay(5, 0.04, 1e9, 2e8, 1e7, 0.05, 1.5)
    present = (1 - math.exp(-0.25)) / 0.05
    assert told.net_cost == pytest.approx((0.04 * 1e9 - 1e7) * present - 2e8 * (1 - math.exp(-0.25)))
    assert told.break_even == pytest.approx((0.05 * 2e8 + 1e7) / 1e9)
    assert told.exposure == 6.5
    assert annuity(7, 0) == 7


def test_a_cost_at_the_start_is_paid_once_and_counts_in_the_wait(tmp_path: Path) -> None:
    from biopact.supply.analyses.running import Asked, run

    from .writing import write_network

    tables = chain()
    tables["policies"] = [
        {"id": "pre", "kind": "prequalified", "target": "second", "cost_year": 10, "cost_start": 1000, "payer": "US"}
    ]
    found = run(write_network(tables, tmp_path / "n"), Asked(ranges=False, pairs=False))
    told = next(it for it in found.compared if it.name == "pre")
    assert told.cost == pytest.approx(1000 + 2 * 10)
    assert found.delays["pre"].break_even == pytest.approx((0.03 * 1000 + 10) / told.avoided)


def test_waiting_to_learn_is_worth_something_only_where_the_hazard_may_turn_out_low() -> None:
    # certain hazard: waiting only delays a good investment
    assert option_value(2, 0.1, 0.1, 0.5, 1e9, 1e8, 1e6, 0.05) < 0
    # a hazard that is most likely nothing: better wait and see
    assert option_value(2, 0.0, 0.1, 0.05, 1e9, 1e9, 1e6, 0.05) > 0


def test_the_published_figures_of_delay_are_what_the_formula_gives(shared: Path) -> None:
    facts = {
        row["id"]: row["value"]
        for row in yaml.safe_load((shared / "supply" / "network_facts.yaml").read_text())["cost_of_delay"]
    }
    # a chip halt of a month costs 67 bn, of a year 800 bn: near-linear, as a stream of losses is without discounting
    assert "6.7e10" in facts["taiwan_chip_halt"]
    assert net_cost(1.0, 1.0, 12 * 6.7e10, 0, 0, 0.0) == pytest.approx(8.0e11, rel=0.01)
    # a delay of 80 million a month for a product that sells a billion a year: its margin, 0.96 of sales
    assert "8.0e7" in facts["site_delay"]
    assert net_cost(1 / 12, 1.0, 0.96e9, 0, 0, 0.0) == pytest.approx(8.0e7)
    # a billion courses a year more, at 1000 a course against a price of 6 to 40: a trillion
    assert "1.0e12" in facts["covid_capacity"]
    assert net_cost(1.0, 1.0, 1000 * 1e9, 0, 0, 0.0) == pytest.approx(1.0e12)
    # self-sufficiency at 1 trillion at once and 45 to 125 bn a year breaks even with a halt that costs 800 bn only if it
    # came every few years: what allied dual sourcing avoids
    assert break_even(8.0e11, 1.0e12, 4.5e10, 0.03) == pytest.approx(0.094, abs=0.001)


@pytest.mark.parametrize("name", ["years", "hazard", "loss", "start_cost", "cost_year", "rate"])
def test_a_negative_number_is_refused(name: str) -> None:
    given_ = {"years": 1.0, "hazard": 0.1, "loss": 1e6, "start_cost": 0.0, "cost_year": 0.0, "rate": 0.03} | {
        name: -1.0
    }
    with pytest.raises(UsageError, match=name):
        cost_of_delay(**given_)
