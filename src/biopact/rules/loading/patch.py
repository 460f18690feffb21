"""Options: a policy that could be adopted, written as a patch to rules, tables or facts. Nothing is changed in place.

```yaml
option: korea-recognised
title: {en: ..., ko: ...}
patch:
  - {rule: kr/pipa/28-8, set: {to: 2026-12-31}}
  - {rule: us/doj-data-security/202.302, remove: true}
  - {instrument: kr/pipa, add: {id: kr/pipa/28-8-us, …}}
  - {table: bulk_threshold, key: human-genomic, set: {2027-01-01: 1000}}
  - {ownership: covered_person, set: {share: {at_least: 0.25}}}
  - {fact: sender.licences, set: [korean-cbpr], where: "sender.country == 'US'"}
```
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from biopact.errors import InputError, InputErrors, Place, RuleError
from biopact.marked import Marked, read, shown
from biopact.rules.language.checking import Names, check
from biopact.rules.language.facts import FactFault, Vocabulary, nearest
from biopact.rules.language.syntax import Condition, ConditionFault, parse
from biopact.rules.loading.documents import load_documents
from biopact.rules.ruleset import RuleSet

__all__ = ["Option", "Patched", "patched", "read_option"]

_TARGETS = ("rule", "instrument", "table", "ownership", "fact")
_KEYS = {"rule", "instrument", "table", "ownership", "fact", "set", "remove", "add", "key", "where"}
_TOP = {"option", "title", "summary", "patch", "note", "source"}


@dataclass(frozen=True)
class Option:
    """A patch as written, with its places."""

    id: str
    title: Mapping[str, str]
    steps: tuple[Mapping[str, Any], ...]
    marked: Marked


@dataclass(frozen=True)
class Patched:
    """The rule set an option makes, and the steps that changed nothing."""

    rules: RuleSet
    idle: tuple[Place, ...]


def read_option(path: Path) -> Option:
    """An option from its file. Raises RuleError with the place."""
    return option_of(read(path, RuleError))


def option_of(marked: Marked) -> Option:
    """An option from parsed YAML."""
    value = marked.value
    if not isinstance(value, dict) or not isinstance(value.get("patch"), list) or "option" not in value:
        raise RuleError("rules.option-form", marked.place())
    for key in value:
        if key not in _TOP:
            raise RuleError("rules.unknown-key", marked.place(key), key=key, near=nearest(key, _TOP) or "patch")
    for index, step in enumerate(value["patch"]):
        if not isinstance(step, dict) or sum(target in step for target in _TARGETS) != 1:
            raise RuleError("rules.option-step", marked.place("patch", index), known=", ".join(_TARGETS))
        for key in step:
            if key not in _KEYS:
                place = marked.place("patch", index, key)
                raise RuleError("rules.unknown-key", place, key=key, near=nearest(key, _KEYS) or "set")
        if not {"set", "remove", "add"} & set(step):
            raise RuleError("rules.option-step", marked.place("patch", index), known="set, remove, add")
        _formed(step, marked, index)
    if not isinstance(value["option"], str) or not value["option"].strip():
        raise RuleError("rules.expected-text", marked.place("option"), key="option", found=shown(value["option"]))
    title = value.get("title")
    if title is not None and not isinstance(title, dict):
        raise RuleError("rules.both-languages", marked.place("title"))
    return Option(str(value["option"]), value.get("title") or {}, tuple(value["patch"]), marked)


def _formed(step: Mapping[str, Any], marked: Marked, index: int) -> None:
    """Refuse a step whose parts have not the shape that its target takes."""
    target = next(name for name in _TARGETS if name in step)
    for key in (target, "key", "where"):
        if key in step and not isinstance(step[key], str):
            place = marked.place("patch", index, key)
            raise RuleError("rules.expected-text", place, key=key, found=shown(step[key]))
    if target in ("ownership", "fact") and "set" not in step:
        raise RuleError("rules.option-step", marked.place("patch", index), known="set")
    if "add" in step and target != "instrument":
        raise RuleError("rules.option-step", marked.place("patch", index), known="set, remove")
    if not isinstance(step.get("remove", True), bool):
        place = marked.place("patch", index, "remove")
        raise RuleError("rules.option-set", place, form="true", found=shown(step["remove"]))
    if not step.get("remove") and not {"set", "add"} & set(step):
        raise RuleError("rules.option-step", marked.place("patch", index), known="set, remove, add")
    taken = "add" if "add" in step else "set"
    if taken in step and target in ("rule", "instrument", "ownership") and not isinstance(step[taken], dict):
        place = marked.place("patch", index, taken)
        raise RuleError("rules.option-set", place, form="{key: value}", found=shown(step[taken]))


def patched(ruleset: RuleSet, option: Option) -> Patched:
    """The rule set with the option adopted: new, with a digest of its own. An unknown target is an error."""
    documents = [replace(marked, value=copy.deepcopy(marked.value)) for _, marked in ruleset.documents]
    assumed = list(ruleset.assumed)
    idle = []
    for index, step in enumerate(option.steps):
        place = option.marked.place("patch", index)
        if "fact" in step:
            changed = _assume(ruleset, assumed, step, place)
        else:
            before = [copy.deepcopy(document.value) for document in documents]
            _STEPS[next(target for target in _TARGETS if target in step)](documents, step, place)
            changed = before != [document.value for document in documents]
        if not changed:
            idle.append(place)
    tests = set(ruleset.ownership)
    base = replace(ruleset.vocabulary, facts={k: f for k, f in ruleset.vocabulary.facts.items() if f.name not in tests})
    try:
        fresh = load_documents(documents, base)
    except InputError as error:
        place = option.marked.place("patch", _breaking(ruleset, option, base))
        raise InputErrors([RuleError("rules.option-breaks", place), *getattr(error, "faults", [error])]) from None
    return Patched(replace(fresh, assumed=tuple(assumed), digest=_with_assumptions(fresh.digest, assumed)), tuple(idle))


def _breaking(ruleset: RuleSet, option: Option, base: Vocabulary) -> int:
    """The first step after which the law does not load."""
    documents = [replace(marked, value=copy.deepcopy(marked.value)) for _, marked in ruleset.documents]
    for index, step in enumerate(option.steps):
        if "fact" in step:
            continue
        _STEPS[next(target for target in _TARGETS if target in step)](
            documents, step, option.marked.place("patch", index)
        )
        try:
            load_documents(documents, base)
        except InputError:
            return index
    return len(option.steps) - 1


def _with_assumptions(digest: str, assumed: list[tuple[str, Any, Condition | None]]) -> str:
    import hashlib

    if not assumed:
        return digest
    told = sorted(
        f"{name} {sorted(value) if isinstance(value, frozenset) else value!r} {where!r}"
        for name, value, where in assumed
    )
    return "sha256:" + hashlib.sha256("\n".join([digest, *told]).encode()).hexdigest()


def _assume(
    ruleset: RuleSet, assumed: list[tuple[str, Any, Condition | None]], step: Mapping[str, Any], place: Place
) -> bool:
    fact = ruleset.vocabulary.find(step["fact"])
    if fact is None:
        known = [
            f"{role}.{f.name}" for f in ruleset.vocabulary.facts.values() for role in (f.subject, "sender", "recipient")
        ]
        raise RuleError("rules.unknown-fact", place, name=step["fact"], near=nearest(step["fact"], known) or "–")
    where = None
    try:
        value = fact.admit(step["set"])
        if step.get("where"):
            where = parse(step["where"])
            check(where, Names(ruleset.vocabulary, ruleset.tables, frozenset(ruleset.defines)))
    except FactFault as fault:
        raise RuleError(fault.code, place, **fault.values | {"fact": fact.full}) from None
    except ConditionFault as fault:
        raise RuleError(fault.code, place, **fault.values) from None
    entry = (step["fact"], value, where)
    if entry in assumed:
        return False
    assumed.append(entry)
    return True


def _rule(documents: list[Marked], step: Mapping[str, Any], place: Place) -> None:
    known = []
    hit = False
    for document in documents:
        rules = document.value.get("rules") or []
        known += [rule.get("id") for rule in rules]
        for rule in [rule for rule in rules if rule.get("id") == step["rule"]]:
            hit = True
            if step.get("remove"):
                rules.remove(rule)
            else:
                _merge(rule, step["set"])
    if not hit:
        _unknown(step["rule"], known, place)
    if step.get("remove"):
        _forget(documents, {step["rule"]})


def _forget(documents: list[Marked], gone: set[str]) -> None:
    """Take removed rules out of what names them; an exception that is left with nothing to defeat goes too."""
    while gone:
        orphans = set()
        for document in documents:
            for rule in document.value.get("rules") or []:
                for key in ("defeats", "discharges", "satisfied_by"):
                    if isinstance(rule.get(key), list) and gone & set(map(str, rule[key])):
                        rule[key] = [target for target in rule[key] if str(target) not in gone]
                if rule.get("effect") == "except" and not rule.get("defeats"):
                    orphans.add(str(rule.get("id")))
            if "rules" in document.value:
                document.value["rules"] = [
                    rule for rule in document.value["rules"] if str(rule.get("id")) not in orphans
                ]
        gone = orphans


def _instrument(documents: list[Marked], step: Mapping[str, Any], place: Place) -> None:
    known = {d.value["instrument"]["id"]: d for d in documents if "instrument" in d.value}
    if step["instrument"] not in known:
        _unknown(step["instrument"], known, place)
    value = known[step["instrument"]].value
    if step.get("remove"):
        raise RuleError("rules.option-remove-instrument", place)
    if "add" in step:
        if step["add"] not in (value.setdefault("rules", [])):
            value["rules"].append(copy.deepcopy(step["add"]))
    else:
        _merge(value["instrument"], step["set"])


def _table(documents: list[Marked], step: Mapping[str, Any], place: Place) -> None:
    known = {name: d for d in documents for name in d.value.get("tables") or {}}
    if step["table"] not in known:
        _unknown(step["table"], known, place)
    tables = known[step["table"]].value["tables"]
    if isinstance(tables[step["table"]], list):
        tables[step["table"]] = dict.fromkeys(tables[step["table"]], True)
    rows = tables[step["table"]]
    key = step.get("key")
    if key is None:
        raise RuleError("rules.option-table-key", place, table=step["table"])
    if step.get("remove"):
        if key not in rows:
            _unknown(str(key), rows, place)
        del rows[key]
        return
    fresh = step["set"]
    if isinstance(fresh, dict):
        dated = rows.get(key) if isinstance(rows.get(key), dict) else {"0001-01-01": rows[key]} if key in rows else {}
        rows[key] = dict(sorted({**dated, **fresh}.items()))
    else:
        rows[key] = fresh


def _ownership(documents: list[Marked], step: Mapping[str, Any], place: Place) -> None:
    known = {name: d for d in documents for name in d.value.get("ownership") or {}}
    if step["ownership"] not in known:
        _unknown(step["ownership"], known, place)
    _merge(known[step["ownership"]].value["ownership"][step["ownership"]], step["set"])


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        target[key] = copy.deepcopy(value)


def _unknown(target: str, known: Any, place: Place) -> None:
    raise RuleError(
        "rules.option-unknown-target", place, target=target, near=nearest(target, [str(k) for k in known]) or "–"
    )


_STEPS: dict[str, Callable[[list[Marked], Mapping[str, Any], Place], None]] = {
    "rule": _rule,
    "instrument": _instrument,
    "table": _table,
    "ownership": _ownership,
}
