"""Invented laws and rows of facts, at random, and the facts of a row as the traced reader takes them.

The second half says again, in plain Python, what a table's columns mean: it shares no code with what it checks.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Mapping
from typing import Any

from biopact.errors import InputError, InputErrors, RuleError
from biopact.interval import Interval
from biopact.marked import Marked, parse
from biopact.rules import ABSENT, Members, RuleSet, Vocabulary, load_documents
from biopact.rules.language.facts import Fact

FACTS = """
item.kind: {type: enum, domain: [data, material, investment], question: {en: K, ko: K}}
item.contains: {type: set, domain: [genome, health, location], question: {en: C, ko: C}}
item.stake: {type: interval, kinds: [investment], question: {en: S, ko: S}}
item.tags: {type: set, kinds: [material, data], domain: [x, y], question: {en: T, ko: T}}
item.deid: {type: enum, domain: {a-law: [none, coded, anonymous], b-law: [none, coded]}, keyed_by: [a-law, b-law], question: {en: D, ko: D}}
item.people: {type: interval, keyed_by: party.country, question: {en: P, ko: P}}
item.level: {type: number, question: {en: L, ko: L}}
item.marked: {type: bool, keyed_by: item.contains, question: {en: M, ko: M}}
flow.count: {type: interval, keyed_by: item.contains, derive: volume, question: {en: N, ko: N}}
flow.purpose: {type: enum, domain: [research, trade, care], question: {en: P, ko: P}}
flow.grounds: {type: set, domain: [consent, treaty, contract], question: {en: G, ko: G}}
flow.paid: {type: bool, question: {en: P, ko: P}}
flow.value: {type: money, unit: USD, question: {en: V, ko: V}}
flow.day: {type: date, question: {en: D, ko: D}}
flow.origin: {type: country, domain: party.country, question: {en: O, ko: O}}
flow.destination: {type: country, domain: party.country, question: {en: D, ko: D}}
flow.recipients: {type: set, domain: party.country, question: {en: R, ko: R}}
flow.note: {type: text, question: {en: N, ko: N}}
party.country: {type: country, domain: [US, KR, JP, CN], question: {en: C, ko: C}}
party.kind: {type: enum, domain: [company, public], question: {en: K, ko: K}}
party.listed: {type: bool, question: {en: L, ko: L}}
party.licences: {type: set, domain: [l1, l2], question: {en: L, ko: L}}
party.size: {type: number, question: {en: S, ko: S}}
party.region: {type: text, question: {en: R, ko: R}}
"""
DAYS = [datetime.date(2024, 12, 31), datetime.date(2025, 1, 1), datetime.date(2026, 6, 30), datetime.date(2026, 7, 1)]
CHANGES = ["2025-01-01", "2026-07-01"]
NUMBERS = [-1, 0, 1, 9, 10, 11, 100]
ROLES = {"party": ("sender", "recipient"), "item": ("item", "item.source"), "flow": ("flow",)}


def vocabulary() -> Vocabulary:
    return Vocabulary.read(parse(FACTS, "facts.yaml", RuleError))


# --- laws ---------------------------------------------------------------------------------------------------------------


def _table(rng: random.Random, keys: list[str], numbers: bool) -> str:
    rows = []
    for key in rng.sample(keys, rng.randrange(1, len(keys) + 1)):
        dates = rng.choice([[], CHANGES[:1], CHANGES[1:], CHANGES])
        value: Callable[[], str] = lambda: str(rng.choice([0, 10, 100])) if numbers else "true"  # noqa: E731
        dated = ", ".join(f"{day}: {'null' if rng.random() < 0.2 else value()}" for day in dates)
        rows.append(f"{key}: {{{dated}}}" if dates else f"{key}: {value()}")
    return "{" + ", ".join(rows) + "}"


def _atom(rng: random.Random, names: list[str]) -> str:
    eq, order = rng.choice(["==", "!="]), rng.choice(["<", "<=", ">", ">=", "==", "!="])
    number, role = rng.choice(NUMBERS), rng.choice(["sender", "recipient"])
    item = rng.choice(["item", "item", "item.source"])
    key = rng.choice(["genome", "health", "location"])
    day = rng.choice([*CHANGES, "2025-01", "2026-12-31"])
    return rng.choice(
        [
            *names,
            f"{role}.country {eq} '{rng.choice(['US', 'KR', 'CN'])}'",
            f"{role}.country in concern",
            f"sender.country {eq} recipient.country",
            f"flow.origin {eq} '{rng.choice(['US', 'KR'])}'",
            f"flow.destination {eq} {role}.country",
            "flow.recipients in concern",
            f"{role}.country in flow.recipients",
            f"'KR' in flow.recipients && {item}.kind in ['data', 'material']",
            f"{item}.contains in ['{key}', 'health']",
            f"!('{key}' in {item}.contains)",
            f"{item}.deid['a-law'] in ['coded', 'anonymous']",
            f"{item}.deid['a-law'] {eq} {item}.deid['b-law']",
            f"flow.count['{key}'] {order} {number}",
            f"flow.count['{key}'] {order} flow.value",
            f"flow.count['genome'] {order} flow.count['health']",
            f"item.people[{role}.country] {order} {number}",
            f"flow.value {order} {number}",
            f"{role}.size {order} flow.value",
            f"{role}.size in [{number}, 10]",
            f"({role}.country in limits && limits[{role}.country] {order} flow.value)",
            f"limits[{role}.country] {order} {number}",
            f"limits[{role}.country] {order} flow.count['{key}']",
            f"limits[{role}.country] in [0, 10]",
            f"item.people['US'] {order} limits['US']" if rng.random() < 0.5 else "flow.paid",
            f"flow.day {order} '{day}'",
            f"flow.day {order} {role}.region",
            f"flow.note {eq} 'n1'",
            f"flow.note in ['n1', 'n2'] && {role}.region {eq} flow.note",
            "flow.paid",
            f"flow.paid {eq} {role}.listed",
            f"({role}.listed || flow.paid) {eq} item.marked['{key}']",
            f"'{rng.choice(['consent', 'treaty'])}' in flow.grounds",
            f"flow.grounds in ['treaty', 'contract'] && {role}.licences in ['l1']",
            f"flow.purpose in ['research', '{rng.choice(['trade', 'care'])}']",
            f"flow.purpose {eq} 'care'",
            f"(item.kind == 'investment' && item.stake {order} {number})",
            f"(item.kind == 'investment' && !(item.stake {order} item.level))",
            "(item.kind in ['data', 'material'] && !('x' in item.tags))",
            f"(item.source.kind == 'investment' && item.source.stake {order} {number})",
            f"{item}.marked['{key}']",
        ]
    )


def _bound(rng: random.Random) -> str:
    order, number = rng.choice(["<", ">", ">=", "==", "!="]), rng.choice([0, 10, 100])
    parts = [
        "item.contains in threshold",
        "item.contains in ['genome', 'health']",
        f"flow.count[item.contains] {order} threshold[item.contains]",
        f"flow.count[item.contains] {order} {number}",
        "item.marked[item.contains]",
        f"threshold[item.contains] {order} {number}",
        "'genome' in item.contains",
        "flow.paid",
        "'consent' in flow.grounds",
        f"!(item.people[flow.recipients] {order} {number})",
        "leaves",
    ]
    chosen = rng.sample(parts, rng.randrange(2, 4))
    return rng.choice([" && ", " && ", " || "]).join(chosen)


def _condition(rng: random.Random, names: list[str], depth: int = 2) -> str:
    if depth == 0 or rng.random() < 0.25:
        return _atom(rng, names)
    joined = rng.choice([" && ", " || "]).join(
        f"({_condition(rng, names, depth - 1)})" for _ in range(rng.choice([2, 2, 3]))
    )
    return rng.choice([joined, joined, f"!({joined})"])


_MORE = {
    "oblige": ["due: before"],
    "authorise": ["authority: {en: A, ko: A}", "file: {en: F, ko: F}"],
    "limit": ["limit: {min_cell: 5}"],
    "charge": ['rate: "duty[KR]"', "base: value"],
}


def _confined(condition: str) -> str:
    """A condition that reads what only some kinds have, only for those kinds."""
    kinds = {"item.stake": "item.kind == 'investment'", "item.tags": "item.kind in ['data', 'material']"}
    needed = [kind for fact, kind in kinds.items() if fact in condition]
    return " && ".join([*needed, f"({condition})"])


def _rules(rng: random.Random, instrument: str, count: int, before: list[str], names: list[str]) -> list[str]:
    lines: list[str] = []
    for number in range(1, count + 1):
        rule_id = f"{instrument}/{number}"
        effect = rng.choice(
            ["prohibit", "oblige", "authorise", "limit", "charge", "note", "except", "except", "except"]
        )
        known = [*before, *(f"{instrument}/{other}" for other in range(1, number))]
        if effect == "except" and not known:
            effect = "prohibit"
        more = list(_MORE.get(effect, []))
        if effect == "charge" and rng.random() < 0.5:
            more[0] = f"rate: {rng.choice([0, 0.1])}"
        if effect == "except" or (known and rng.random() < 0.15):
            more.append(f"defeats: [{', '.join(rng.sample(known, min(len(known), rng.choice([1, 1, 2]))))}]")
        if rng.random() < 0.6:
            more += ["checked: statute-read", "confidence: high"]
        periods = rng.choice(
            [[""], [""], ["from: 2025-01-01"], ["to: 2026-06-30"], ["to: 2024-12-31", "from: 2025-01-01"]]
        )
        for period in periods:
            status = rng.choice(["", "", "", "", "status: uncertain", "status: enacted"])
            dated = [part for part in (period, status) if part]
            when = _confined(_condition(rng, names))
            fields = ["title: {en: a, ko: a}", "cite: c", f"effect: {effect}", f'when: "{when}"', *more, *dated]
            lines.append(f"  - {{id: {rule_id}, {', '.join(fields)}}}")
        before.append(rule_id)
    return lines


def random_law(rng: random.Random) -> RuleSet:
    """Three instruments of two countries and of a treaty, that defeat each other's rules."""
    while True:
        try:
            return load_documents(_documents(rng), vocabulary())
        except (
            InputError
        ) as error:  # a define that uses itself by another's name, a defeat in a circle: rightly refused
            codes = {fault.code for fault in (error.faults if isinstance(error, InputErrors) else [error])}
            if not codes <= {"rules.kind-open", "rules.circle"}:
                raise


def _documents(rng: random.Random) -> list[Marked]:
    countries = ["US", "KR", "JP", "CN"]
    documents = [
        "tables:\n"
        f"  threshold: {_table(rng, ['genome', 'health', 'location'], True)}\n"
        f"  limits: {_table(rng, countries[1:], True).replace('{', '{US: 10, ', 1)}\n"
        f"  concern: {_table(rng, countries, False)}\n"
        "  duty: {KR: {2025-01-01: 0, 2026-07-01: 0.1}}\n"
        "define:\n  leaves: \"sender.country == 'US' && recipient.country != 'US'\"\n"
        f'  wide: "{_bound(rng)}"\n'
    ]
    before: list[str] = []
    for instrument, more in (("us/a", ""), ("int/t", ", adopted_by: [US, KR]"), ("kr/b", "")):
        scope = rng.choice(["true", "item.kind in ['data', 'material']", "item.kind == 'data' || leaves", "wide"])
        names = ["leaves", "wide", "own", "own"]
        documents.append(
            f'instrument: {{id: {instrument}, title: {{en: t, ko: t}}, citation: c, scope: "{scope}"{more}}}\n'
            f'define:\n  own: "{_bound(rng)}"\n  leaves: "{_atom(rng, [])}"\n'
            "rules:\n" + "\n".join(_rules(rng, instrument, rng.randrange(2, 6), before, names))
        )
        if rng.random() < 0.3:  # an exception that takes out a whole instrument
            documents[-1] += (
                f"\n  - {{id: {instrument}/all, title: {{en: a, ko: a}}, cite: c, effect: except, defeats: [{instrument}], "
                f'when: "{_atom(rng, names)}"}}'
            )
    return [parse(text, f"law{number}.yaml", RuleError) for number, text in enumerate(documents)]


# --- rows ---------------------------------------------------------------------------------------------------------------


def names_of(facts: Vocabulary) -> list[tuple[str, Fact]]:
    return [(f"{role}.{fact.name}", fact) for fact in facts.facts.values() for role in ROLES[fact.subject]]


def random_row(
    rng: random.Random, facts: Vocabulary, constants: Mapping[str, set[Any]], keys_of: Mapping[str, set[str]]
) -> dict[str, Any]:
    """Values of columns at random; each may be missing."""
    missing = rng.choice([0.0, 0.1, 0.3, 0.6])
    day = None if rng.random() < 0.1 else rng.choice(DAYS)
    row: dict[str, Any] = {"date": day, "item.source": rng.choice([True, True, False, None])}
    for name, fact in names_of(facts):
        for key in (k for k in fact.keys if k in keys_of.get(name, ())) if fact.keys else (None,):
            column = name if key is None else f"{name}.{key}"
            if fact.type == "set":
                whole = rng.random() < missing
                for member in fact.domain:
                    if len(fact.domain) < 60 or member in constants.get(name, ()):
                        unsure = whole or rng.random() < missing / 8
                        row[f"{column}.{member}"] = None if unsure else rng.random() < 0.2
            elif fact.type == "interval":
                low = rng.choice(_numbers(constants.get(name)))
                high = rng.choice([low, low, low + 1, low + 95])
                gone = rng.random() < missing
                row[f"{column}.low"] = None if gone or rng.random() < missing / 3 else max(0, low)
                row[f"{column}.high"] = None if gone or rng.random() < missing / 3 else max(0, high)
            else:
                own = fact if key is None else fact.under(key)
                row[column] = None if rng.random() < missing else _value(rng, own, constants.get(name))
    return row


def _numbers(constants: set[Any] | None) -> list[float]:
    known = [value for value in constants or () if isinstance(value, int | float) and not isinstance(value, bool)]
    return [float(number) for value in [*known, 0, 10, 100] for number in (value - 1, value, value + 1)]


def _value(rng: random.Random, fact: Fact, constants: set[Any] | None) -> Any:
    match fact.type:
        case "bool":
            return rng.random() < 0.5
        case "number":
            return rng.choice(_numbers(constants))
        case "money":
            return abs(rng.choice(_numbers(constants)))
        case "date":
            return rng.choice(DAYS)
    if fact.domain:
        mentioned = [value for value in fact.domain if value in (constants or ())]
        return rng.choice(mentioned) if mentioned and rng.random() < 0.8 else rng.choice(fact.domain)
    return rng.choice(
        [*(value for value in constants or () if isinstance(value, str)), "n1", "2025-01-01", "elsewhere"]
    )


def facts_of(row: Mapping[str, Any], facts: Vocabulary, own_way: bool) -> dict[str, Any]:
    """The facts of a row: what a person who reads the documentation of the columns would say they are."""
    env: dict[str, Any] = {}
    for name, fact in names_of(facts):
        value: Any
        if fact.keys:
            value = {key: each for key in fact.keys if (each := _of(row, f"{name}.{key}", fact)) is not None}
        else:
            value = _of(row, name, fact)
        if value is not None and value != {}:
            env[name] = value
    if own_way:
        _own_way(env, row, facts)
    _absent(env, row, facts)
    return env


def _of(row: Mapping[str, Any], column: str, fact: Fact) -> Any:
    if fact.type == "set":
        held = {member: row.get(f"{column}.{member}") for member in fact.domain}
        if all(value is None for value in held.values()):
            return None
        return Members(frozenset(m for m, v in held.items() if v), frozenset(m for m, v in held.items() if v is None))
    if fact.type == "interval":
        low, high = row.get(f"{column}.low"), row.get(f"{column}.high")
        if low is None and high is None:
            return None
        return Interval(0 if low is None else low, float("inf") if high is None else high)
    value = row.get(column)
    return value.isoformat() if isinstance(value, datetime.date) else value


def _own_way(env: dict[str, Any], row: Mapping[str, Any], facts: Vocabulary) -> None:
    for name, role in (("flow.origin", "sender"), ("flow.destination", "recipient")):
        env.pop(name, None)
        if row.get(f"{role}.kind") == "public":
            env[name] = ABSENT
        elif row.get(f"{role}.country") is not None:
            env[name] = row[f"{role}.country"]
    place, everywhere = row.get("recipient.country"), frozenset(facts.facts["flow.recipients"].domain)
    public = row.get("recipient.kind") == "public"
    known = frozenset({place} if place is not None and not public else ())
    env["flow.recipients"] = Members(known, everywhere if place is None and not public else frozenset())


def _absent(env: dict[str, Any], row: Mapping[str, Any], facts: Vocabulary) -> None:
    for name, fact in names_of(facts):
        role = name.removesuffix(f".{fact.name}")
        kind = row.get(f"{role}.kind")
        if fact.subject == "party":
            public = kind == "public" and fact.name != "kind"
            gone = public and (fact.name in ("country", "region") or name not in env)
        else:
            gone = role == "item.source" and row.get("item.source") is False
            gone = gone or bool(fact.kinds and kind is not None and kind not in fact.kinds)
        if gone:
            env[name] = ABSENT
