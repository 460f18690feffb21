"""What tables, time, start, results and scenarios mean: one test for each convention."""

from __future__ import annotations

import copy

import pytest

from biopact.supply.network.rows import Event, Network
from biopact.supply.scenarios.results import Scenario
from biopact.supply.scenarios.stress import stress

from .conftest import Tables, lane, network, serial


def single(net: Network, site: str, weeks: int = 104) -> Scenario:
    return next(it for it in stress(net, weeks, pairs=False, events=()).singles if it.down == (site,))


def event(
    net: Network, kind: str, target: str, start: int = 0, end: int | None = None, factor: float | None = None
) -> Scenario:
    told = stress(net, 104, pairs=False, events=[Event("e", kind, target, start, end, factor)])
    return told.events[0]


def test_pipelines_start_full_with_the_flow_of_the_base_plan() -> None:
    # nothing in stock: what is on its way (3 + 2 + 1 weeks) is all that is served when the supplier stops for good
    it = single(network(serial(100, 0, 0, 120, (104, 1, 1))), "S")
    assert it.tts == 6
    assert it.lost["drug"]["US"] == pytest.approx(100 * (104 - 6))


def test_lead_zero_is_usable_in_the_same_week() -> None:
    it = single(network(serial(100, 0, 0, 120, (5, 1, 1), lead=0, release=0)), "S", 52)
    assert it.tts == 1  # the lane to the depot takes a week
    assert it.weeks == pytest.approx(5)


def test_an_outage_closes_its_weeks_and_is_over_in_the_next() -> None:
    assert single(network(serial(100, 0, 0, 120, (0, 1, 1))), "S").loss == 0
    assert single(network(serial(100, 0, 0, 120, (1, 1, 1))), "S").weeks == pytest.approx(1)


def test_what_is_in_transit_to_a_failed_site_arrives_and_its_stock_stays_usable() -> None:
    tables = serial(100, 0, 0, 120, (1, 6, 1), lead=3)
    tables["stocks"] = [{"site": "F", "material": "drug", "quantity": 200}]
    it = single(network(tables), "F")
    # two weeks of stock at the failed factory, then four weeks lost: the inputs that arrived meanwhile make the restart
    assert it.weeks == pytest.approx(4)


def test_an_outage_that_starts_later_is_unforeseen() -> None:
    net = network(serial(100, 300, 0, 200, (10, 1, 1)))
    early, late = event(net, "site", "S"), event(net, "site", "S", start=20)
    # with spare capacity a plan that knew would build stock for twenty weeks; nobody knew
    assert late.loss == pytest.approx(early.loss)
    assert late.tts == early.tts + 20


def test_there_is_no_end_stock_requirement() -> None:
    # the outage is longer than what is left of the horizon: stocks may be used up to its end
    it = event(network(serial(100, 300, 0, 120, (10, 1, 1))), "site", "S", start=100)
    assert it.loss == 0


def test_each_site_of_a_pair_keeps_its_own_time_to_recover_and_the_pair_tells_the_larger() -> None:
    told = stress(network(serial(100, 0, 0, 120, (9, 3, 1))), 52, events=())
    pair = next(it for it in told.pairs if set(it.down) == {"S", "F"})
    assert pair.ttr == 9
    assert pair.weeks == pytest.approx(9)  # nine weeks of raw material are missing, no more


def two_countries(price: float | None = 10.0) -> Tables:
    tables = serial(100, 0, 0, 200, (4, 4, 1), price=price)
    tables["sites"].append({"id": "K", "owner": "od", "country": "KR", "ttr": 1})
    tables["lanes"].append(lane("FK", "F", "K", "drug", 1))
    tables["demand"].append({"product": "drug", "country": "KR", "site": "K", "quantity": 25})
    return tables


def test_ties_in_loss_are_broken_pro_rata_to_demand() -> None:
    it = single(network(two_countries()), "F")
    assert it.lost["drug"]["US"] == pytest.approx(400)
    assert it.lost["drug"]["KR"] == pytest.approx(100)
    # unequal stocks that cannot be moved from depot to depot: as near to pro rata as can be
    tables = two_countries()
    tables["stocks"] = [{"site": "F", "material": "drug", "quantity": 150}]
    it = single(network(tables), "F")
    assert it.lost["drug"]["US"] == pytest.approx(400 - 120)
    assert it.lost["drug"]["KR"] == pytest.approx(100 - 30)


def test_a_dearer_product_is_served_first() -> None:
    tables = two_countries()
    tables["materials"].append({"id": "cheap", "price": 1})
    tables["processes"].append({"id": "make-cheap", "site": "F", "material": "cheap", "capacity": 200})
    tables["recipes"].append({"process": "make-cheap", "input": "raw", "quantity": 1.5})
    tables["lanes"].append(lane("FK2", "F", "K", "cheap", 0))
    tables["demand"].append({"product": "cheap", "country": "KR", "site": "K", "quantity": 50})
    tables["processes"][0]["capacity"] = 1000
    tables["stocks"] = [{"site": "F", "material": "raw", "quantity": 1.5 * 125 * 2}]
    it = single(network(tables), "S")
    # until new raw material arrives in week 7, all of it goes to the dear product: 4 x 175 missing less 250 in stock
    assert it.lost["cheap"]["KR"] == pytest.approx(350)
    assert sum(it.lost["drug"].values()) == pytest.approx(100)
    assert it.weeks == pytest.approx(7)  # the product that loses most weeks of joint demand


def test_without_a_price_each_unit_counts_one() -> None:
    it = single(network(two_countries(price=None)), "F")
    assert it.loss == pytest.approx(500)


def test_the_risk_exposure_index_is_loss_over_the_largest_single_loss_and_none_when_nothing_is_lost() -> None:
    told = stress(network(serial()), 104, events=())
    assert max(it.rei or 0 for it in told.singles) == 1
    pair = told.pairs[0]
    assert pair.rei == pytest.approx(pair.loss / told.singles[0].loss)
    calm = serial(100, 5000, 0, 120, (1, 1, 0))
    assert all(it.rei is None for it in stress(network(calm), 52, events=()).scenarios)


def test_demand_that_no_network_can_meet_is_told_as_the_base_loss() -> None:
    told = stress(network(serial(100, 0, 0, 80, (1, 1, 1))), 52, events=())
    assert told.base.loss == pytest.approx(10 * 20 * 52)  # what flows is what the base plan made: 80 from week 0 on
    assert told.base.tts == 0
    assert all(it.loss >= told.base.loss - 1e-6 for it in told.scenarios)


def standby(qualification: int) -> Tables:
    tables = serial(100, 0, 0, 120, (1, 30, 1))
    tables["sites"].append({"id": "F2", "country": "US", "ttr": 4})
    tables["processes"].append({
        "id": "second", "site": "F2", "material": "drug", "capacity": 120, "release_weeks": 2, "qualification_weeks": qualification,
    })  # fmt: skip
    tables["recipes"].append({"process": "second", "input": "raw", "quantity": 1.5})
    tables["lanes"] += [lane("SF2", "S", "F2", "raw", 0, cost=9), lane("F2D", "F2", "D", "drug", 1, cost=9)]
    tables["processes"][0]["capacity"] = 400
    return tables


def test_the_clock_of_an_unqualified_standby_starts_with_the_outage() -> None:
    # pipeline covers 3 weeks (release 2, lane 1); the standby opens in week 10 and delivers in week 13
    assert single(network(standby(10)), "F").weeks == pytest.approx(10)
    assert single(network(standby(60)), "F").weeks == pytest.approx(30)
    late = event(network(standby(10)), "site", "F", start=20)
    assert late.weeks == pytest.approx(10)


def test_without_an_outage_an_unqualified_process_is_not_there() -> None:
    tables = standby(5)
    tables["processes"][1]["capacity"] = 60
    told = stress(network(tables), 52, pairs=False, events=())
    assert told.base.weeks == pytest.approx(0.4 * 52)


def test_a_process_begins_in_its_week() -> None:
    tables = serial(100, 1000, 0, 120, (1, 1, 1))
    tables["processes"][1]["from_week"] = 12
    told = stress(network(tables), 52, pairs=False, events=())
    # no flow in week 0, so empty pipelines: the first dose is there in week 15, the stock lasts for ten weeks
    assert told.base.tts == 10
    assert told.base.weeks == pytest.approx(5)


def test_events_close_countries_owners_lanes_ports_and_exports() -> None:
    net = network(serial(100, 0, 0, 120, (4, 6, 1)))
    assert event(net, "country", "KR").weeks == pytest.approx(6)
    assert event(net, "country", "KR", end=2).weeks == pytest.approx(2)
    assert event(net, "owner", "os").weeks == pytest.approx(4)
    assert event(net, "lane", "FD", end=5).weeks == pytest.approx(5)
    assert event(net, "lane", "FD", end=5, factor=0.5).weeks == pytest.approx(2.5)
    assert event(net, "export-ban", "KR", end=3).weeks == pytest.approx(3)
    assert event(net, "export-ban", "KR>US:drug", end=3).weeks == pytest.approx(3)
    assert event(net, "port", "Songdo", start=2, end=5).weeks == pytest.approx(3)
    assert event(net, "exclusion", "os").weeks == pytest.approx(104 - 6)
    # 50 more a week for ten weeks; of 20 more a week the first, with its raw material (3 weeks), is there in week 6
    assert event(net, "surge", "US", end=10, factor=1.5).lost["drug"]["US"] == pytest.approx(500 - 20 * 4, abs=1e-3)


def test_a_tariff_changes_costs_and_loses_nothing() -> None:
    it = event(network(serial()), "tariff", "3002", factor=0.15)
    assert it.loss == 0
    assert it.tariff_a_week == pytest.approx(0.15 * 10 * 100)
    assert it.cost_a_week == pytest.approx(0.15 * 10 * 100 + 0.5 * 100)


def test_a_site_weakened_by_half_makes_half() -> None:
    assert event(network(serial(100, 0, 0, 100, (1, 1, 1))), "site", "F", end=8, factor=0.5).weeks == pytest.approx(4)


def test_tables_may_be_written_with_the_words_of_others() -> None:
    tables = copy.deepcopy(serial())
    tables["events"] = [
        {"id": "e", "kind": "Loss of country", "target": "KR"},
        {"id": "f", "kind": "demand_surge", "target": ""},
    ]
    assert [row.kind for row in network(tables).events] == ["country", "surge"]


@pytest.mark.parametrize(("word", "kind"), [
    ("loss of a country", "country"), ("Loss of an owner", "owner"), ("export ban", "export-ban"), ("port closure", "port"),
    ("supplier exclusion by law", "exclusion"), ("tariff", "tariff"), ("surge in demand", "surge"),
])  # fmt: skip
def test_a_kind_may_be_written_as_people_say_it(word: str, kind: str) -> None:
    tables = copy.deepcopy(serial())
    tables["events"] = [{"id": "e", "kind": word, "target": "x"}]
    assert network(tables).events[0].kind == kind


def test_the_one_window_loss_is_told_beside_the_weekly_one() -> None:
    # 20 weeks of supplier outage at 100 a week, less 300 at the depot and 150 / 1.5 at the factory; price 10
    assert single(network(serial()), "S").one_window_loss == pytest.approx(10 * (2000 - 300 - 100))
    told = stress(network(serial(100, 0, 0, 120, (9, 3, 1))), 52, events=())
    pair = next(it for it in told.pairs if set(it.down) == {"S", "F"})
    assert pair.one_window_loss == pytest.approx(10 * 100 * 9)


def test_rankings_are_by_loss_by_weeks_and_by_time_to_survive_against_time_to_recover() -> None:
    tables = two_countries()
    tables["sites"][0]["ttr"] = 9  # the supplier: survives the whole pipeline of 6 weeks, 3 less than it takes
    told = stress(network(tables), 104, events=())
    by = {rank: [it.down[0] for it in told.ranked(rank)] for rank in ("loss", "weeks", "tts")}
    assert by["loss"][0] == by["weeks"][0] == "S"
    slack = [it.tts - it.ttr for it in told.ranked("tts") if it.tts is not None]
    assert slack == sorted(slack)
    assert all(it.tts is None for it in told.ranked("tts")[len(slack) :])


def test_pairs_that_are_worse_together_are_those_that_lose_more_than_the_worse_alone() -> None:
    told = stress(network(standby(0)), 52, events=())
    alone = {it.down[0]: it.loss for it in told.singles}
    together = {it.down for it in told.worse_together}
    for it in told.pairs:
        assert (it.down in together) == (it.loss > max(alone[site] for site in it.down) + 1e-3)
    assert ("F", "F2") in together
    assert ("D", "F2") not in together  # the depot's loss, and no more
