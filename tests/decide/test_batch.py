"""Tables of flows: legs put together, rows in any order, values and columns that are no facts, files in and out."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from biopact.decide import check, read
from biopact.decide.batch.frames import Batch
from biopact.decide.batch.running import judge_table, run
from biopact.decide.determine import days_of
from biopact.decide.facts import Desk, cases_of
from biopact.errors import DataError, InputError, InputErrors
from biopact.interval import Interval
from biopact.law import the_law
from biopact.rules import ABSENT, Members, Rank, RuleSet
from biopact.rules.traced.evaluate import judge

from ..rules import worlds
from .rows import countries, joined
from .test_batch_equal import table

AS_OF = datetime.date(2026, 11, 24)
EXAMPLES = Path(__file__).parents[2] / "examples"
WAY = ("flow.origin", "flow.destination", "flow.recipients")
Rows = list[dict[str, Any]]


# --- legs ---------------------------------------------------------------------------------------------------------------


def in_legs(rng: random.Random, law: RuleSet, flows: int) -> Rows:
    """Random flows of one to three legs; now and then a leg goes to two recipients at once."""
    constants = law.on(AS_OF).constants
    keys = {name: set(fact.keys) for name, fact in worlds.names_of(law.vocabulary)}
    rows = []
    for flow in range(flows):
        shared = worlds.random_row(rng, law.vocabulary, constants, keys)
        for leg in sorted(rng.choices(range(3), k=rng.choice([1, 1, 2, 3]))):
            fresh = worlds.random_row(rng, law.vocabulary, constants, keys)
            sides = {name: value for name, value in fresh.items() if name.startswith(("sender.", "recipient."))}
            rows.append({"flow_id": f"f{flow:05}", "leg": leg, **shared, **sides})
    return rows


def way_of(row: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Where a flow begins, ends and goes, for one of its legs: None is unknown."""
    legs = list(rows)

    def end(role: str, pick: Callable[[list[int]], int]) -> Any:
        edge = pick([leg["leg"] for leg in legs])
        at_edge = [leg for leg in legs if leg["leg"] == edge]
        chosen = [row] if row["leg"] == edge else at_edge
        places = {ABSENT if leg[f"{role}.kind"] == "public" else leg[f"{role}.country"] for leg in chosen}
        return places.pop() if len(places) == 1 else None

    reached = [leg for leg in legs if leg["recipient.kind"] != "public"]
    has = frozenset(leg["recipient.country"] for leg in reached if leg["recipient.country"] is not None)
    unsure = any(leg["recipient.country"] is None for leg in reached)
    everywhere = frozenset(["US", "KR", "JP", "CN"])
    return {
        "flow.origin": end("sender", min),
        "flow.destination": end("recipient", max),
        "flow.recipients": Members(has, everywhere - has if unsure else frozenset()),
    }


def flow_by_flow(law: RuleSet, rows: Rows, rules: bool = False) -> dict[str, dict[str, Any]]:
    """The answer to every flow, worked out with the traced reader; ``rules``: also whether each rule applies to any leg."""
    found = {}
    for flow in {row["flow_id"] for row in rows}:
        own = [row for row in rows if row["flow_id"] == flow]
        legs, applies = [], dict[str, list[bool | None]]()
        for row in own:
            env = worlds.facts_of(row, law.vocabulary, False)
            env = {name: value for name, value in env.items() if name not in WAY}
            env |= {name: value for name, value in way_of(row, own).items() if value is not None}
            in_force = law.on(row["date"] or AS_OF)
            states = in_force.states(env)
            for compiled, truth in zip(in_force.rules, states.applies, strict=True):
                if compiled.period == "in-force":
                    applies.setdefault(compiled.rule.id, []).append(truth)
            surely, unknown = countries(row)
            ranges = {}
            for name in law.jurisdictions:
                told = judge(in_force, env, name, states)
                if name in surely or unknown:
                    ranges[name] = (told.low if name in surely else Rank.CLEAR, told.high, told.review)
            legs.append((ranges, (surely - law.jurisdictions) | ({"unknown"} if unknown else set())))
        found[flow] = joined(law, legs)
        for rule in law.rules if rules else ():
            truths = applies.get(rule, [])
            found[flow][rule] = True if True in truths else None if None in truths else False
    return found


def by_flow(answers: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """A table of verdicts as flow -> answers; the countries outside as a set."""
    found = {}
    for answer in answers.rows(named=True):
        given = answer.pop("not_covered")
        flow, _ = answer.pop("flow_id"), answer.pop("invalid")
        found[flow] = {**answer, "not_covered": set(given.split(",")) if given else None}
    return found


def test_flows_in_legs_say_the_same_as_each_leg_judged_and_put_together() -> None:
    rng = random.Random(5)
    for _ in range(8):
        law = worlds.random_law(rng)
        rows = in_legs(rng, law, 40)
        frame = table(rows, law, WAY)
        assert by_flow(judge_table(frame, law, AS_OF)) == flow_by_flow(law, rows)


def test_a_rule_applies_to_a_flow_where_it_applies_to_any_leg() -> None:
    rng = random.Random(15)
    for _ in range(6):
        law = worlds.random_law(rng)
        rows = in_legs(rng, law, 40)
        told = judge_table(table(rows, law, WAY), law, AS_OF, rules=True)
        assert by_flow(told) == flow_by_flow(law, rows, rules=True)


def test_flows_whose_legs_lie_apart_stand_in_the_order_in_which_they_first_appear() -> None:
    columns = {"flow_id": ["z", "a", "z", "m", "a"], "leg": [2, 1, 1, 1, 2]}
    places = {"sender.country": ["JP", "KR", "US", "KR", "US"], "recipient.country": ["KR", "US", "JP", "KR", "FR"]}
    told = judge_table(pl.DataFrame(columns | places), the_law(), AS_OF)
    assert told.select("flow_id", "not_covered").rows() == [("z", "JP"), ("a", "FR"), ("m", None)]


def test_a_way_that_the_table_has_is_taken_as_it_stands() -> None:
    rows = {"flow_id": [1, 1], "leg": [1, 2], "sender.country": ["KR", "US"], "recipient.country": ["US", "US"]}
    law = the_law()
    plain = judge_table(pl.DataFrame(rows), law, AS_OF, rules=True)
    own = judge_table(pl.DataFrame(rows | {"flow.origin": ["KR", "KR"]}), law, AS_OF, rules=True)
    other = judge_table(pl.DataFrame(rows | {"flow.origin": ["US", "US"]}), law, AS_OF, rules=True)
    assert plain.equals(own)
    assert not plain.equals(other)


@pytest.mark.soak
def test_many_flows_in_legs_say_the_same_as_each_leg_judged_and_put_together() -> None:
    rng = random.Random(6)
    for _ in range(120):
        law = worlds.random_law(rng)
        rows = in_legs(rng, law, 90)
        assert by_flow(judge_table(table(rows, law, WAY), law, AS_OF)) == flow_by_flow(law, rows)


@pytest.mark.parametrize("piece", [7, 1_000_000])
def test_a_shuffled_table_of_legs_says_the_same_as_the_sorted_one(tmp_path: Path, piece: int) -> None:
    rng = random.Random(8)
    law = worlds.random_law(rng)
    frame = table(in_legs(rng, law, 120), law, WAY)
    frame.write_parquet(tmp_path / "sorted.parquet")
    frame.sample(fraction=1, shuffle=True, seed=3).write_parquet(tmp_path / "shuffled.parquet")
    answers = []
    for name in ("sorted", "shuffled"):
        told = run(tmp_path / f"{name}.parquet", tmp_path / f"{name}.out.parquet", law, AS_OF, piece=piece)
        assert (told.flows, told.rows) == (120, frame.height)
        answers.append(by_flow(pl.read_parquet(tmp_path / f"{name}.out.parquet")))
    assert answers[0] == answers[1] == by_flow(judge_table(frame, law, AS_OF))


def test_a_shuffled_table_of_whole_flows_says_the_same_by_flow_id(tmp_path: Path) -> None:
    rng = random.Random(9)
    law = worlds.random_law(rng)
    constants = law.on(AS_OF).constants
    keys = {name: set(fact.keys) for name, fact in worlds.names_of(law.vocabulary)}
    rows = [{"flow_id": n, **worlds.random_row(rng, law.vocabulary, constants, keys)} for n in range(300)]
    frame = table(rows, law)
    frame.sample(fraction=1, shuffle=True, seed=4).write_parquet(tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.parquet", law, AS_OF)
    assert by_flow(pl.read_parquet(tmp_path / "out.parquet")) == by_flow(judge_table(frame, law, AS_OF))


# --- pacts --------------------------------------------------------------------------------------------------------------


def columns(env: Mapping[str, Any], law: RuleSet) -> dict[str, Any]:
    """The facts of a leg as a row of a table; the way of the flow is left to be worked out."""
    row: dict[str, Any] = {"item.source": env.get("item.source.kind") is not ABSENT}
    for name, fact in worlds.names_of(law.vocabulary):
        value = env.get(name)
        if name in WAY or value is ABSENT:
            continue
        for key, part in ((None, value),) if not fact.keys else (value or {}).items():
            column = name if key is None else f"{name}.{key}"
            if isinstance(part, Members):
                row |= {f"{column}.{m}": None if m in part.may else m in part.has for m in fact.domain}
            elif isinstance(part, Interval):
                row |= {f"{column}.low": float(part.low), f"{column}.high": float(part.high)}
            elif part is not None:
                row[column] = part
    return row


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if (path / "pact.yaml").is_file()))
def test_a_pact_written_as_a_table_gets_the_verdicts_of_check(name: str) -> None:
    law, pact = the_law(), read(EXAMPLES / name)
    day = pact.as_of or AS_OF
    desk, rows = Desk(pact, law, day), []
    for flow in pact.flows.values():
        for case in cases_of(pact, flow):
            for when in days_of(desk, flow, day):
                row = columns(desk.env(case, when), law)
                row |= {f"item.subject_to.{country}": True for country in case.item.subject_to}
                rows.append({"flow_id": flow.id, "leg": case.number, "date": when, **row})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    answers = by_flow(judge_table(frame, law, day))
    for told in check(pact, law, day):
        answer = answers[told.id]
        assert (answer["low"], answer["high"]) == (told.low.word, told.high.word), told.id
        assert (answer["review"], answer["not_covered"] or set()) == (told.review, set(told.not_covered)), told.id
        for country in law.jurisdictions:
            it = told.jurisdictions.get(country)
            wanted = (it.low.word, it.high.word) if it else (None, None)
            assert (answer[f"{country}_low"], answer[f"{country}_high"]) == wanted, (told.id, country)


# --- what a table may hold ----------------------------------------------------------------------------------------------


def one(**columns: Any) -> dict[str, Any]:
    frame = pl.DataFrame({"flow_id": ["a"], **{name.replace("__", "."): [value] for name, value in columns.items()}})
    return judge_table(frame, the_law(), AS_OF).row(0, named=True)


PLAIN = {"item__kind": "data", "sender__country": "KR", "recipient__country": "KR"}


def test_a_country_that_surely_has_no_say_is_null_and_one_that_may_have_is_at_least_clear() -> None:
    assert one(**PLAIN)["US_low"] is None
    unsure = one(**{**PLAIN, "recipient__country": None})
    assert (unsure["US_low"], unsure["not_covered"], unsure["high"]) == ("clear", "unknown", "prohibited")
    assert one(**{**PLAIN, "recipient__country": "JP"})["not_covered"] == "JP"
    assert one(**PLAIN, **{"item__people__US__high": 3})["US_low"] == "clear"
    assert one(**PLAIN, **{"item__subject_to": ["US"]})["US_low"] == "clear"


def test_a_set_may_be_a_list_or_a_column_a_member() -> None:
    listed = one(**PLAIN, item__contains=["personal-health"], flow__grounds=["statute"])
    base = dict.fromkeys(the_law().vocabulary.facts["item.contains"].domain, False)
    members = {f"item__contains__{name}": name == "personal-health" for name in base}
    grounds = {
        f"flow__grounds__{name}": name == "statute" for name in the_law().vocabulary.facts["flow.grounds"].domain
    }
    assert one(**PLAIN, **members, **grounds) == listed
    assert one(**PLAIN, item__contains=None)["high"] == "prohibited"


def test_a_value_outside_its_domain_is_counted_by_column_taken_as_unknown_and_its_row_marked(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "flow_id": [1, 2, 3, 4],
            "item.kind": ["data", "dta", None, "data"],
            "sender.country": ["KR", "KR", "KR", "XX"],
            "item.contains": [["personal-health"], ["personal-health", "nonsense"], [], None],
            "flow.us_persons_12m.human-genomic.low": [1.0, 5.0, float("nan"), 9.0],
            "flow.us_persons_12m.human-genomic.high": [1.0, 6.0, 7.0, 3.0],
            "recipient.contry": ["US", "US", "US", "US"],
        }
    )
    frame.write_parquet(tmp_path / "in.parquet")
    told = run(tmp_path / "in.parquet", tmp_path / "out.parquet", the_law(), AS_OF)
    assert told.invalid == {
        "item.kind": 1,
        "sender.country": 1,
        "item.contains": 1,
        "flow.us_persons_12m.human-genomic.low": 2,
    }
    assert told.strange == {"recipient.contry": "recipient.country"}
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert out["invalid"].to_list() == [False, True, True, True]
    blank = frame.with_columns(pl.when(pl.col("item.kind") != "dta").then("item.kind").alias("item.kind"))
    assert judge_table(blank, the_law(), AS_OF)["high"].to_list() == out["high"].to_list()


@pytest.mark.parametrize("column", ["starts", "ends"])
def test_a_span_of_time_is_refused_by_name(column: str) -> None:
    frame = pl.DataFrame({"flow_id": [1], column: [AS_OF]})
    with pytest.raises(InputError, match=column):
        judge_table(frame, the_law(), AS_OF)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"item.collected_directly": ["yes"]}, "batch.column-type"),
        ({"item.kind": [3]}, "batch.column-type"),
        ({"item.contains": ["personal-health"]}, "batch.column-type"),
        ({"item.people.US": ["many"]}, "batch.column-type"),
        ({"item.people.US": [3], "item.people.US.low": [3]}, "batch.column-twice"),
        ({"item.contains": [["personal-health"]], "item.contains.biometric": [True]}, "batch.column-twice"),
    ],
)
def test_a_column_that_cannot_hold_its_fact_is_refused(columns: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        judge_table(pl.DataFrame({"flow_id": [1], **columns}), the_law(), AS_OF)
    faults = refused.value.faults if isinstance(refused.value, InputErrors) else [refused.value]
    assert {fault.code for fault in faults} == {code}


def test_what_is_no_table_is_refused_and_nothing_is_left_half_written(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(DataError, match="no file"):
        run(tmp_path / "none.parquet", out, the_law(), AS_OF)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(DataError, match="cannot be read"):
        run(tmp_path / "cut.parquet", out, the_law(), AS_OF)
    (tmp_path / "flows.txt").write_text("x")
    with pytest.raises(DataError, match="no table"):
        run(tmp_path / "flows.txt", out, the_law(), AS_OF)
    pl.DataFrame({"item.kind": ["data"]}).write_parquet(tmp_path / "nameless.parquet")
    with pytest.raises(InputError, match="flow_id"):
        run(tmp_path / "nameless.parquet", out, the_law(), AS_OF)
    pl.DataFrame({"flow_id": ["a", None], "leg": [0, 1]}).write_parquet(tmp_path / "legless.parquet")
    with pytest.raises(InputError, match="legs of flows"):
        run(tmp_path / "legless.parquet", out, the_law(), AS_OF)
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []


def test_an_empty_table_gives_an_empty_answer_with_every_column(tmp_path: Path) -> None:
    for leg in ({}, {"leg": pl.Int64}):
        pl.DataFrame(schema={"flow_id": pl.String, "item.kind": pl.String, **leg}).write_parquet(
            tmp_path / "in.parquet"
        )
        told = run(tmp_path / "in.parquet", tmp_path / "out.parquet", the_law(), AS_OF)
        assert (told.rows, told.flows) == (0, 0)
        expected = [
            "flow_id",
            "US_low",
            "US_high",
            "KR_low",
            "KR_high",
            "low",
            "high",
            "not_covered",
            "review",
            "invalid",
        ]
        assert pl.read_parquet(tmp_path / "out.parquet").columns == expected


def test_rule_columns_come_only_when_asked_for() -> None:
    frame = pl.DataFrame({"flow_id": [1], "item.kind": ["data"]})
    assert not [name for name in judge_table(frame, the_law(), AS_OF).columns if "/" in name]
    named = judge_table(frame, the_law(), AS_OF, rules=True)
    assert {name for name in named.columns if "/" in name} == set(the_law().rules)


def test_looking_through_the_words_of_a_table_first_leaves_rules_out_and_changes_nothing() -> None:
    rng = random.Random(12)
    law = worlds.random_law(rng)
    constants = law.on(AS_OF).constants
    keys = {name: set(fact.keys) for name, fact in worlds.names_of(law.vocabulary)}
    rows = [{"flow_id": n, **worlds.random_row(rng, law.vocabulary, constants, keys)} for n in range(200)]
    for row in rows:
        row["item.kind"], row["sender.country"] = "investment", rng.choice(["KR", None])
    frame = table(rows, law)
    plain = Batch(law, frame.schema, AS_OF)
    values = {"item.kind": frozenset(["investment"]), "sender.country": frozenset(["KR", None])}
    looked = Batch(law, frame.schema, AS_OF, values=values)
    answers = [it.judge(frame) for it in (plain, looked)]
    assert answers[0].equals(answers[1])
    assert len(looked.needed) <= len(plain.needed)
