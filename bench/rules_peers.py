"""The same twelve rules in other engines, on the same flows: ``python -m bench.rules_peers`` (needs the group ``peers``).

Every fact is known in these flows, since no peer has unknowns: what they answer must be our verdict. Cedar, Rego and CEL
say which verdict and no reason; OpenFisca computes whole arrays.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl

from bench.rule_sets import COLUMNS, KR, KR_DEFINES, SCOPE, THRESHOLDS, US, US_DEFINES, twelve
from bench.rules import AS_OF, FOLDER, decide, random_facts, table, timed
from biopact.decide.batch.frames import Batch
from biopact.decide.batch.running import run
from biopact.rules.language.syntax import And, Compare, Condition, In, Index, Literal, Name, Not, Or, parse

RULES = [*((rule, US_DEFINES) for rule in US), *((rule, KR_DEFINES) for rule in KR)]
RANKS = {"oblige": 2, "authorise": 3, "prohibit": 4}


def whole(number: int) -> Condition:
    """When a rule applies: its condition in scope, and nothing that defeats it."""
    (id_, _, when, _), defines = RULES[number]
    beaten = [Not(whole(other)) for other, (rule, _) in enumerate(RULES) if id_ in rule[3]]
    return And((inlined(parse(SCOPE), {}), inlined(parse(when), defines), *beaten))


def inlined(condition: Condition, defines: dict[str, str]) -> Condition:
    """A condition with its defines written out, and the table as numbers."""
    match condition:
        case And(parts) | Or(parts):
            return type(condition)(tuple(inlined(part, defines) for part in parts))
        case Not(of):
            return Not(inlined(of, defines))
        case In(left, Name()):
            return In(left, tuple(THRESHOLDS))
        case Compare(">", left, Index(_, key)):
            each = [
                And((Compare("==", key, Literal(k)), Compare(">", left, Literal(v)))) for k, v in THRESHOLDS.items()
            ]
            return Or(tuple(each))
        case Name(text) if "." not in text:
            return inlined(parse(defines[text]), defines)
    return condition


def infix(condition: Condition, fact: str, listed: str) -> str:
    """A condition in the words of Cedar or CEL: ``fact`` and ``listed`` say how facts and membership are written."""
    match condition:
        case And(parts) | Or(parts):
            join = " && " if isinstance(condition, And) else " || "
            return "(" + join.join(infix(part, fact, listed) for part in parts) + ")"
        case Not(of):
            return f"!({infix(of, fact, listed)})"
        case Compare(operator, left, right):
            return f"{infix(left, fact, listed)} {operator} {infix(right, fact, listed)}"
        case In(left, tuple(words)):
            return listed.format(words=json.dumps(list(words)), of=infix(left, fact, listed))
        case Name(text):
            return fact.format(name=text.replace(".", "_"))
        case Literal(value):
            return json.dumps(value)
    raise TypeError(condition)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name.replace(".", "_"): value for name, value in row.items()}


# --- peers: each a function from rows to verdicts -----------------------------------------------------------------------


def cedar(batched: bool) -> Callable[[list[dict[str, Any]]], list[int]]:
    import cedarpy

    texts = ["permit(principal, action, resource);"]
    ranked: list[int] = [1]
    for number, ((_, effect, _, _), _) in enumerate(RULES):
        if effect in RANKS:
            when = infix(whole(number), "context.{name}", "{words}.contains({of})")
            texts.append(f"forbid(principal, action, resource) when {{ {when} }};")
            ranked.append(RANKS[effect])
    policies: Any = "\n".join(texts)
    policies = cedarpy.PolicySet.from_str(policies) if hasattr(cedarpy.PolicySet, "from_str") else policies
    who = {"principal": 'U::"a"', "action": 'Action::"move"', "resource": 'I::"a"'}

    def answer(told: Any) -> int:
        found = [ranked[int(reason.removeprefix("policy"))] for reason in told.diagnostics.reasons]
        return max(found, default=1)

    def run(rows: list[dict[str, Any]]) -> list[int]:
        asked = [{**who, "context": row} for row in rows]
        if batched:
            return [answer(told) for told in cedarpy.is_authorized_batch(asked, policies, [])]
        return [answer(cedarpy.is_authorized(each, policies, [])) for each in asked]

    return run


def cel() -> Callable[[list[dict[str, Any]]], list[int]]:
    import cel as rust

    parts: dict[int, list[str]] = {}
    for number, ((_, effect, _, _), _) in enumerate(RULES):
        if effect in RANKS:
            parts.setdefault(RANKS[effect], []).append(infix(whole(number), "{name}", "{of} in {words}"))
    text = " : ".join(f"({' || '.join(parts[rank])}) ? {rank}" for rank in sorted(parts, reverse=True)) + " : 1"
    program = rust.compile(text)
    return lambda rows: [program.execute(row) for row in rows]


def rego() -> Callable[[list[dict[str, Any]]], list[int]]:
    import regopy

    lines, known = ["package flows", ""], dict[Condition, str]()

    def rule(condition: Condition) -> str:
        if condition not in known:
            bodies: list[list[str]] = [[]]
            match condition:
                case And(parts):
                    bodies = [[rule(part) for part in parts]]
                case Or(parts):
                    bodies = [[rule(part)] for part in parts]
                case Not(of):
                    bodies = [[f"not {rule(of)}"]]
                case In(left, tuple(words)):
                    bodies = [[f"{infix(left, 'input.{name}', '')} == {json.dumps(word)}"] for word in words]
                case Name():
                    bodies = [[f"{infix(condition, 'input.{name}', '')} == true"]]
                case _:
                    bodies = [[infix(condition, "input.{name}", "")]]
            known[condition] = name = f"n{len(known)}"
            lines.extend(f"{name} if {{ {'; '.join(body)} }}" for body in bodies)
        return known[condition]

    names = [
        (RANKS[effect], rule(whole(number))) for number, ((_, effect, _, _), _) in enumerate(RULES) if effect in RANKS
    ]
    lines += [f"found contains {rank} if {name}" for rank, name in names]
    lines += ["found contains 1 if true", "verdict := max(found)"]
    engine = regopy.Interpreter()
    engine.add_module("flows", "\n".join(lines))

    def run(rows: list[dict[str, Any]]) -> list[int]:
        answers = []
        for row in rows:
            engine.set_input(row)
            told = json.loads(str(engine.query("data.flows.verdict")))
            answers.append(int(told["result"][0]["expressions"][0] if "result" in told else told["expressions"][0]))
        return answers

    return run


def openfisca(rows: list[dict[str, Any]]) -> Callable[[], Any]:
    """Arrays are made beforehand; what is timed is a new simulation, its inputs set, and the verdict."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    flow = build_entity("flow", "flows", "A flow", is_person=True)
    system = TaxBenefitSystem([flow])
    codes: dict[str, dict[Any, int]] = {}
    arrays: dict[str, Any] = {}
    for name in COLUMNS:
        values = [row[name] for row in rows]
        if isinstance(values[0], str):
            codes[name] = {word: code for code, word in enumerate(sorted(set(values)))}
            arrays[name] = np.array([codes[name][value] for value in values], dtype=np.int16)
        else:
            arrays[name] = np.array(values)
    shared = {word: code for code, word in enumerate(sorted({w for it in codes.values() for w in it}))}
    arrays = {
        name: np.array([shared[row[name]] for row in rows], dtype=np.int16) if name in codes else array
        for name, array in arrays.items()
    }
    kinds = {name: int if array.dtype.kind == "i" else bool for name, array in arrays.items()}

    def add(name: str, kind: type, formula: Any = None) -> None:
        body: dict[str, Any] = {"value_type": kind, "entity": flow, "definition_period": DateUnit.YEAR, "label": name}
        body |= {"formula": formula} if formula else {}
        system.add_variable(type(name, (Variable,), body))

    for name, kind in kinds.items():
        add(name.replace(".", "_"), kind)

    def value(condition: Condition, of: Any, period: Any) -> Any:
        match condition:
            case And(parts):
                return np.logical_and.reduce([value(part, of, period) for part in parts])
            case Or(parts):
                return np.logical_or.reduce([value(part, of, period) for part in parts])
            case Not(inner):
                return ~value(inner, of, period)
            case Compare(operator, left, right):
                one, other = value(left, of, period), value(right, of, period)
                table = {"==": np.equal, "!=": np.not_equal, ">": np.greater, ">=": np.greater_equal}
                return table[operator](one, other)
            case In(left, tuple(words)):
                here = value(left, of, period)
                return np.logical_or.reduce([here == shared.get(word, -1) for word in words])
            case Literal(it):
                return shared.get(it, -1) if isinstance(it, str) else it
            case Name(text):
                return of(text.replace(".", "_"), period)
        raise TypeError(condition)

    def applied(condition: Condition, beaten: list[str]) -> Any:
        def formula(of: Any, period: Any) -> Any:
            found = value(condition, of, period)
            for other in beaten:
                found = found & ~of(other, period)
            return found

        return formula

    # every rule a variable of its own, computed once however many others it defeats
    for number, ((id_, _, when, _), defines) in enumerate(RULES):
        condition = And((inlined(parse(SCOPE), {}), inlined(parse(when), defines)))
        beaten = [f"rule_{other}" for other, (rule, _) in enumerate(RULES) if id_ in rule[3]]

        add(f"rule_{number}", bool, applied(condition, beaten))

    def verdict(of: Any, period: Any) -> Any:
        found = np.ones(of.count, dtype=np.int32)
        for number, ((_, effect, _, _), _) in enumerate(RULES):
            if effect in RANKS:
                found = np.maximum(found, of(f"rule_{number}", period) * RANKS[effect])
        return found

    add("verdict", int, verdict)

    def run() -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, count=len(rows))
        for name, array in arrays.items():
            simulation.set_input(name.replace(".", "_"), "2026", array)
        return simulation.calculate("verdict", "2026")

    return run


# --- side by side -------------------------------------------------------------------------------------------------------


def sides(count: int) -> Iterator[tuple[str, float]]:
    """Decisions a CPU second of each engine."""
    law = twelve()
    rows = random_facts(law, COLUMNS, count, nulls=0)
    wanted = [low for low, _ in decide(law, rows)]
    _, cpu, _ = min((timed(lambda: decide(law, rows)) for _ in range(3)), key=lambda it: it[1])
    yield "biopact, traced", count / cpu
    makers: dict[str, Callable[[], Callable[[list[dict[str, Any]]], list[int]]]] = {
        "cedarpy, one by one": lambda: cedar(False),
        "cedarpy, a batch": lambda: cedar(True),
        "CEL (Rust)": cel,
        "regopy": rego,
    }
    for name, make in makers.items():
        some = [plain(row) for row in rows[: 300 if name == "regopy" else count]]
        run = make()
        _, cpu, answers = min((timed(lambda r=run, s=some: r(s)) for _ in range(2)), key=lambda it: it[1])
        assert answers == wanted[: len(some)], f"{name} says otherwise"
        yield name, len(some) / cpu


def arrays(count: int) -> tuple[float, float]:
    """CPU seconds for a table in memory: ours with the range of verdicts, OpenFisca's with one verdict.

    What is made once for a set of rules is made before: our expressions, its system of variables.
    """
    law = twelve()
    rows = random_facts(law, COLUMNS, count, nulls=0)
    frame = as_table(rows).with_row_index("flow_id")
    plan = Batch(law, frame.schema, AS_OF)
    plan.judge(frame.head(10))
    _, ours, told = min((timed(lambda: plan.judge(frame)) for _ in range(5)), key=lambda it: it[1])
    run = openfisca(rows)
    _, theirs, verdicts = min((timed(run) for _ in range(5)), key=lambda it: it[1])
    words = ["", "clear", "obligations", "authorisation", "prohibited"]
    assert [words[v] for v in verdicts] == told["low"].to_list(), "OpenFisca says otherwise"
    return ours, theirs


def as_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Facts as columns, words as they stand in their domains."""
    law = twelve()
    kinds = {name: pl.Enum(law.vocabulary.find(name).domain) for name in COLUMNS if isinstance(rows[0][name], str)}  # type: ignore[union-attr]
    return pl.DataFrame(rows, schema_overrides=kinds)


def files(count: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Flows a second on the clock and of CPU, from a Parquet file to a Parquet file: ours, and CEL's one by one.

    Ours are ten million flows, CEL's ``count`` of the same kind: its speed does not depend on how many there are.
    """
    law, many = twelve(), 10_000_000
    source = table("scalar", law, COLUMNS, many)
    clock, cpu, _ = min(
        (timed(lambda: run(source, FOLDER / "verdicts.parquet", law, AS_OF)) for _ in range(3)), key=first
    )
    some = FOLDER / "cel.parquet"
    facts = as_table(random_facts(law, COLUMNS, count, nulls=0))
    facts.rename({name: name.replace(".", "_") for name in COLUMNS}).write_parquet(some)
    decide_each = cel()

    def one_by_one() -> None:
        answers = decide_each(pl.read_parquet(some).to_dicts())
        pl.DataFrame({"verdict": answers}).write_parquet(FOLDER / "cel-verdicts.parquet")

    peer_clock, peer_cpu, _ = min((timed(one_by_one) for _ in range(3)), key=first)
    return (many / clock, many / cpu), (count / peer_clock, count / peer_cpu)


def first(measured: tuple[float, float, Any]) -> float:
    return measured[0]


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    for who, speed in sides(size):
        print(f"{who:22} {speed:>12,.0f} decisions/s of CPU")
    ours, theirs = files(size * 10)
    for who, (clock, cpu) in (("biopact", ours), ("CEL (Rust)", theirs)):
        print(f"file to file, {who:11} {clock:>12,.0f} flows/s, {cpu:>12,.0f} of CPU")
    for flows in (size * 16, size * 80, size * 200):
        mine, other = arrays(flows)
        print(f"in memory, {flows:,} flows: biopact {flows / mine:,.0f}/s, OpenFisca {flows / other:,.0f}/s of CPU")
