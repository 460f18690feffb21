"""Instruments of law, read from YAML into a rule set. Whatever does not hold together is refused with its file and line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from biopact.errors import Place, RuleError
from biopact.marked import Marked, read
from biopact.rules.language.checking import Names, check
from biopact.rules.language.facts import Fact, Vocabulary, nearest
from biopact.rules.language.model import Instrument, OwnershipTest, Rule, Table
from biopact.rules.language.syntax import Condition, parse
from biopact.rules.loading import structure
from biopact.rules.loading.reading import Faults, condition_of, instrument_head, ownership_of, rule_of, table_of
from biopact.rules.loading.shape import shaped
from biopact.rules.ruleset import RuleSet

__all__ = ["load", "load_documents"]

_TOP = {"instrument", "tables", "define", "ownership", "rules", "note"}
_SHARED = {"tables", "define", "ownership", "note"}


def load(folders: Iterable[Path]) -> RuleSet:
    """The rule set of some folders (``facts.yaml``, ``shared.yaml``, ``*/*.yaml``; files ``*.cases.yaml`` are cases).

    Facts and shared words may stand in several files (``facts-trade.yaml``); a later one may use what an earlier one declares.
    Raises RuleError or InputErrors, each fault with its file and line.
    """
    facts: list[Marked] = []
    documents: list[Marked] = []
    for folder in folders:
        if not folder.is_dir():
            raise RuleError("rules.no-folder", None, folder=str(folder))
        for path in sorted(folder.rglob("*.yaml"), key=lambda it: (it.parent, it.stem)):
            if path.name.endswith(".cases.yaml"):
                continue
            if _named(path, "facts"):
                facts.append(read(path, RuleError))
            elif _named(path, "shared") or path.parent != folder:
                documents.append(read(path, RuleError))
    vocabulary = Vocabulary({})
    for marked in facts:
        vocabulary = Vocabulary.read(marked, vocabulary)
    return load_documents(documents, vocabulary)


def _named(path: Path, name: str) -> bool:
    """``facts.yaml`` itself, or a part of it (``facts-trade.yaml``)."""
    return path.stem == name or path.stem.startswith(f"{name}-")


def load_documents(documents: Iterable[Marked], vocabulary: Vocabulary) -> RuleSet:
    """The rule set of documents that are already parsed."""
    written = list(documents)
    faults = Faults()
    documents = [shaped(marked, faults.add) for marked in written]
    tables, defines, shared_places = _shared(documents, faults)
    heads = [(marked, instrument_head(marked, faults)) for marked in documents if _is_instrument(marked)]
    tests: list[OwnershipTest] = []
    for marked, head in heads:
        if head is not None:
            tests += ownership_of(marked, head["id"], faults)
    common = [
        (test, marked)
        for marked in documents
        if not _is_instrument(marked)
        for test in ownership_of(marked, "", faults)
    ]
    tests += [test for test, _ in common]
    vocabulary = vocabulary.with_facts(_ownership_fact(test) for test in tests)
    names = Names(vocabulary, tables, frozenset(defines))
    for name, (condition, marked) in shared_places.items():
        faults.catch(lambda c=condition: check(c, names, True), marked, "define", name)  # type: ignore[misc]
    for test, marked in common:
        faults.catch(lambda t=test: check(t.seed, names), marked, "ownership", test.name, "seed")  # type: ignore[misc]
    instruments = []
    for marked, head in heads:
        if head is not None:
            own = tuple(test for test in tests if test.instrument == head["id"])
            found = _instrument(marked, head, tables, defines, vocabulary, own, faults)
            instruments += [found] if found else []
    faults.done()
    places = {name: marked.place("define", name) for name, (_, marked) in shared_places.items()}
    structure.check(instruments, tables, defines, vocabulary, faults, places)
    faults.done()
    return RuleSet(
        instruments=tuple(sorted(instruments, key=lambda it: it.id)),
        tables=tables,
        defines=defines,
        vocabulary=vocabulary,
        digest=_digest(written, vocabulary),
        documents=tuple((str(marked.file), marked) for marked in written),
        shared_ownership=tuple(test for test, _ in common),
    )


def _is_instrument(marked: Marked) -> bool:
    return isinstance(marked.value, dict) and "instrument" in marked.value


def _shared(
    documents: Iterable[Marked], faults: Faults
) -> tuple[dict[str, Table], dict[str, Condition], dict[str, tuple[Condition, Marked]]]:
    """The tables of every document, and the defines of the shared ones."""
    tables: dict[str, Table] = {}
    defines: dict[str, Condition] = {}
    places: dict[str, tuple[Condition, Marked]] = {}
    for marked in documents:
        allowed = _TOP if _is_instrument(marked) else _SHARED
        for key in marked.value:
            if key not in allowed:
                faults.add(
                    RuleError("rules.unknown-key", marked.place(key), key=key, near=nearest(key, allowed) or "rules")
                )
        for name in marked.value.get("tables") or {}:
            if name in tables:
                faults.add(RuleError("rules.repeated-table", marked.place("tables", name), name=name))
            table = table_of(marked, name, faults)
            if table is not None:
                tables[name] = table
        if not _is_instrument(marked):
            for name in marked.value.get("define") or {}:
                condition = condition_of(marked, faults, "define", name)
                if condition is not None:
                    defines[name] = condition
                    places[name] = (condition, marked)
    return tables, defines, places


def _instrument(
    marked: Marked,
    head: Mapping[str, Any],
    tables: Mapping[str, Table],
    shared: Mapping[str, Condition],
    vocabulary: Vocabulary,
    ownership: tuple[OwnershipTest, ...],
    faults: Faults,
) -> Instrument | None:
    written = marked.value.get("define") or {}
    defines = {name: condition_of(marked, faults, "define", name) for name in written}
    names = Names(vocabulary, tables, frozenset({*shared, *defines}))
    for name, condition in defines.items():
        if condition is not None:
            faults.catch(lambda c=condition: check(c, names, True), marked, "define", name)  # type: ignore[misc]
    scope_text = str(head.get("scope", "true"))
    scope = condition_of(marked, faults, "instrument", "scope") if "scope" in head else parse("true")
    if scope is not None:
        faults.catch(lambda: check(scope, names), marked, "instrument", "scope")
    for test in ownership:
        faults.catch(lambda t=test: check(t.seed, names), marked, "ownership", test.name, "seed")  # type: ignore[misc]
    rules: list[Rule] = []
    for index in range(len(marked.value.get("rules") or [])):
        rule = rule_of(marked, index, head["id"], faults)
        if rule is not None:
            faults.catch(lambda r=rule: check(r.when, names), marked, "rules", index, "when")  # type: ignore[misc]
            _rate(rule, tables, faults, marked.place("rules", index, "rate"))
            rules.append(rule)
    if scope is None or any(condition is None for condition in defines.values()):
        return None
    return Instrument(
        id=head["id"],
        jurisdiction=head.get("jurisdiction") or head["id"].split("/")[0].upper(),
        title=head.get("title") or {},
        citation=str(head.get("citation", "")),
        scope=scope,
        scope_text=scope_text,
        defines={name: condition for name, condition in defines.items() if condition is not None},
        define_texts={name: str(text) for name, text in written.items()},
        define_places={name: marked.place("define", name) for name in written},
        ownership=ownership,
        rules=tuple(rules),
        place=marked.place("instrument"),
        url=head.get("url"),
        read_on=head.get("read_on"),
        adopted_by=tuple(head.get("adopted_by") or ()),
    )


def _rate(rule: Rule, tables: Mapping[str, Table], faults: Faults, place: Place) -> None:
    """A rate that is read in a table names one that is there, and a key of it."""
    written = rule.more.get("rate")
    if not isinstance(written, str):
        return
    table, bracket, key = written.rstrip("]").partition("[")
    key = key.strip("'\" ")
    if not bracket:
        faults.add(RuleError("rules.expected-rate", place, key="rate", found=written))
    elif table not in tables:
        faults.add(RuleError("rules.unknown-table", place, name=table, near=nearest(table, tables) or "–"))
    elif key not in tables[table].rows:
        near = nearest(key, tables[table].rows) or "–"
        faults.add(RuleError("rules.unknown-table-key", place, key=key, table=table, near=near))


def _ownership_fact(test: OwnershipTest) -> Fact:
    question = {
        "en": "Who owns this party, directly and indirectly, and in what shares?",
        "ko": "이 당사자를 직접·간접으로 소유한 자는 누구이며 지분은 얼마입니까?",
    }
    return Fact(test.name, "party", "bool", derive="ownership", question=question)


def _digest(documents: Iterable[Marked], vocabulary: Vocabulary) -> str:
    """SHA-256 of the content, not of the spelling: comments and file names do not count."""
    content = sorted(json.dumps(marked.value, sort_keys=True, ensure_ascii=False, default=str) for marked in documents)
    facts = sorted(
        f"{fact.full} {fact.type} {fact.domain} {fact.keys} {sorted(fact.kinds)}" for fact in vocabulary.facts.values()
    )
    return "sha256:" + hashlib.sha256("\n".join([*content, *facts]).encode()).hexdigest()
