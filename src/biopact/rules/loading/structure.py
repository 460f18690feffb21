"""How the rules of a set hold together: ids, periods, defeats without a circle, and facts read only where they exist."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise

from biopact.errors import Place, RuleError
from biopact.rules.language.checking import reads
from biopact.rules.language.facts import Vocabulary, nearest
from biopact.rules.language.model import Instrument, Rule, Table
from biopact.rules.language.syntax import Condition, Name, walk
from biopact.rules.loading.reading import Faults
from biopact.rules.traced.compile import Scope, Test, compile_condition, compile_defines

__all__ = ["check"]


def check(
    instruments: Sequence[Instrument],
    tables: Mapping[str, Table],
    defines: Mapping[str, Condition],
    vocabulary: Vocabulary,
    faults: Faults,
    places: Mapping[str, Place],
) -> None:
    """Note every fault of the whole: doubled ids, overlapping periods, unknown targets, circles, unconfined kinds.

    ``places``: where the shared defines stand.
    """
    periods: dict[str, list[Rule]] = {}
    seen: dict[str, Instrument] = {}
    for instrument in instruments:
        if instrument.id in seen:
            faults.add(RuleError("rules.repeated-id", instrument.place, id=instrument.id))
        seen[instrument.id] = instrument
        for rule in instrument.rules:
            periods.setdefault(rule.id, []).append(rule)
    for same in periods.values():
        _overlaps(same, faults)
    known = {*periods, *seen}
    for same in periods.values():
        for rule in same:
            for key in ("defeats", "discharges", "satisfied_by"):
                targets = rule.defeats if key == "defeats" else rule.more.get(key) or ()
                for target in targets:
                    if target not in known:
                        near = nearest(target, known) or "–"
                        faults.add(
                            RuleError("rules.unknown-id", rule.place, id=rule.id, key=key, target=target, near=near)
                        )
    _circles(periods, seen, faults)
    _circular_defines(instruments, defines, places, faults)
    if not faults.found:
        _kinds(instruments, tables, defines, vocabulary, faults)


def _overlaps(same: list[Rule], faults: Faults) -> None:
    ordered = sorted(same, key=lambda rule: rule.start or datetime.date.min)
    for earlier, later in pairwise(ordered):
        if earlier.end is None or (later.start or datetime.date.min) <= earlier.end:
            second = max(earlier.place, later.place, key=lambda place: place.line or 0)
            faults.add(RuleError("rules.periods-overlap", second, id=later.id))


def _circles(periods: Mapping[str, list[Rule]], instruments: Mapping[str, Instrument], faults: Faults) -> None:
    def targets(rule_id: str) -> list[str]:
        found = []
        for rule in periods[rule_id]:
            for target in rule.defeats:
                if target in instruments:
                    found += [other.id for other in instruments[target].rules if other.id != rule_id]
                else:
                    found.append(target)
        return found

    state: dict[str, int] = {}
    for start in periods:
        stack = [(start, iter(targets(start)))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            current, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[current] = 2
                stack.pop()
            elif state.get(following) == 1:
                circle = [rule_id for rule_id, _ in stack[[rule_id for rule_id, _ in stack].index(following) :]]
                faults.add(
                    RuleError("rules.circle", periods[following][0].place, circle=" → ".join([*circle, following]))
                )
                return
            elif following not in state and following in periods:
                state[following] = 1
                stack.append((following, iter(targets(following))))


def _circular_defines(
    instruments: Sequence[Instrument], shared: Mapping[str, Condition], places: Mapping[str, Place], faults: Faults
) -> None:
    scopes = [(instrument.defines, instrument.define_places) for instrument in instruments]
    for own, own_places in ({}, {}), *scopes:
        defines = {**shared, **own}
        done: set[str] = set()
        for name in defines:
            trail: list[str] = []
            if _returns(name, defines, trail, done):
                place = own_places.get(trail[-1]) or places.get(trail[-1])
                faults.add(RuleError("rules.define-circle", place, circle=" → ".join(trail)))
                return


def _returns(name: str, defines: Mapping[str, Condition], trail: list[str], done: set[str]) -> bool:
    if name in trail:
        trail.append(name)
        return True
    if name in done:
        return False
    trail.append(name)
    for part in walk(defines[name]):
        if isinstance(part, Name) and part.text in defines and _returns(part.text, defines, trail, done):
            return True
    trail.pop()
    done.add(name)
    return False


def _kinds(
    instruments: Sequence[Instrument],
    tables: Mapping[str, Table],
    shared: Mapping[str, Condition],
    vocabulary: Vocabulary,
    faults: Faults,
) -> None:
    """A fact that only some kinds of item have may only be read where scope and condition confine the kind to them."""
    kind_fact = vocabulary.find("item.kind")
    if kind_fact is None:
        return
    rows = {name: table.on(datetime.date.max) for name, table in tables.items()}
    for instrument in instruments:
        defines: dict[str, Test] = {}
        scope = Scope(rows, defines, vocabulary)
        texts = {**shared, **instrument.defines}
        compile_defines(texts, defines, rows, vocabulary)
        inside = compile_condition(instrument.scope, scope)
        for rule in instrument.rules:
            test = compile_condition(rule.when, scope)
            for name in sorted(reads(rule.when, texts)):
                fact = vocabulary.find(name)
                if fact is None or not fact.kinds or name.startswith("item.source."):
                    continue
                for other in set(kind_fact.domain) - fact.kinds:
                    env = {"item.kind": other}
                    if inside(dict(env)) is not False and test(dict(env)) is not False:
                        faults.add(
                            RuleError(
                                "rules.kind-open",
                                rule.place,
                                id=rule.id,
                                fact=name,
                                kinds=", ".join(sorted(fact.kinds)),
                            )
                        )
                        break
