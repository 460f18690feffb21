"""What a rule may ask about: facts, each declared once with its type, its domain and its question in both languages.

A vocabulary is read from ``facts.yaml``. It drives validation of pacts, the published schema, the questions asked and
the types of conditions. A fact of a party is read in a rule as ``sender.NAME`` or ``recipient.NAME``, a fact of an item
also as ``item.source.NAME``.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from biopact.errors import InputError, InputErrors, RuleError
from biopact.interval import Interval
from biopact.marked import Marked, shown
from biopact.rules.language.values import is_number

__all__ = ["Fact", "FactFault", "Subject", "Vocabulary", "nearest"]

Subject = Literal["party", "item", "flow"]
SUBJECTS: tuple[Subject, ...] = ("party", "item", "flow")
TYPES = ("bool", "enum", "set", "number", "interval", "country", "date", "money", "text")
DERIVATIONS = ("volume", "ownership", "screening", "pact", "none")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_KEYS = {"type", "domain", "unit", "keyed_by", "kinds", "derive", "question", "title", "example"}
# how a rule's first word becomes a subject
ROLES: dict[str, Subject] = {"sender": "party", "recipient": "party", "party": "party", "item": "item", "flow": "flow"}


class FactFault(Exception):
    """A value that its fact does not admit: a code of the catalogue ``rules`` with its values, and the key it is under."""

    def __init__(self, code: str, found: object, key: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.code = f"rules.{code}"
        self.found = found
        self.key = key
        self.values = {"found": shown(found), **values}


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared fact. ``domain`` is empty where any value of the type is admitted."""

    name: str
    subject: Subject
    type: str
    domain: tuple[str, ...] = ()
    unit: str | None = None
    keys: tuple[str, ...] = ()
    by_key: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the domain of each key, where they differ
    by_type: Mapping[str, str] = field(default_factory=dict)  # the type of each key, where they differ
    kinds: frozenset[str] = frozenset()
    derive: str = "none"
    question: Mapping[str, str] = field(default_factory=dict)

    @property
    def full(self) -> str:
        """``subject.name``."""
        return f"{self.subject}.{self.name}"

    def admit(self, value: object) -> object:
        """The typed value of what was written. Raises FactFault."""
        if not self.keys:
            return self._single(value, None)
        if not isinstance(value, Mapping):
            raise FactFault("fact-keys", value, fact=self.name, known=_some(self.keys))
        typed = {}
        for key, part in value.items():
            if key not in self.keys:
                raise self._unlike("fact-key", key, self.keys, str(key))
            if part is not None:
                typed[key] = self.under(key)._single(part, key)
        return typed

    def under(self, key: str) -> Fact:
        """The fact as it is for one key: with the key's own type and domain where the keys differ."""
        if key not in self.by_key:
            return self
        return replace(self, domain=self.by_key[key], type=self.by_type.get(key, self.type))

    def _single(self, value: object, key: str | None) -> object:
        match self.type:
            case "bool" if isinstance(value, bool):
                return value
            case "enum" | "country" | "text" if isinstance(value, str):
                return self._member(value, key)
            case "set" if isinstance(value, list | tuple | set | frozenset):
                return frozenset(self._member(member, key) for member in value)
            case "number" | "money" if is_number(value) and (self.type == "number" or value >= 0):  # type: ignore[operator]
                return value
            case "interval" if (found := _interval(value)) is not None:
                return found
            case "date" if isinstance(value, datetime.date):
                return value.isoformat()
            case "date" if isinstance(value, str) and DAY.match(value):
                try:  # kept as text: the order of ISO dates is that of their letters
                    return datetime.date.fromisoformat(value).isoformat()
                except ValueError:
                    raise FactFault("fact-no-day", value, key, fact=self.name) from None
        if self.type == "enum" and self.domain:
            raise self._unlike("fact-word", value, self.domain, key)
        if self.type == "set" and self.domain:
            raise FactFault("fact-members", value, key, fact=self.name, known=_some(self.domain))
        raise FactFault(f"fact-{self.type}", value, key, fact=self.name, unit=self.unit or "")

    def _member(self, value: object, key: str | None) -> str:
        if not isinstance(value, str):
            raise FactFault("fact-text", value, key, fact=self.name)
        if self.domain and value not in self.domain:
            raise self._unlike("fact-word", value, self.domain, key)
        return value

    def _unlike(self, code: str, value: object, known: tuple[str, ...], key: str | None) -> FactFault:
        near = nearest(value, known) if isinstance(value, str) else None
        if near:
            return FactFault(f"{code}-near", value, key, fact=self.name, near=near)
        return FactFault(code, value, key, fact=self.name, known=_some(known))

    def schema(self) -> dict[str, object]:
        """JSON Schema of the value as it is written."""
        words: dict[str, object] = {"enum": list(self.domain)} if self.domain else {"type": "string"}
        bounds = {"type": "object", "properties": {end: {"type": "number"} for end in ("at_least", "at_most")}}
        single: dict[str, object] = {
            "bool": {"type": "boolean"},
            "set": {"type": "array", "items": words, "uniqueItems": True},
            "number": {"type": "number"},
            "money": {"type": "number"},
            "interval": {"anyOf": [{"type": "number"}, bounds | {"additionalProperties": False}]},
            "date": {"type": "string", "format": "date"},
        }.get(self.type, words)  # type: ignore[assignment]
        if self.question:
            single = single | {"description": self.question.get("en", "")}
        if not self.keys:
            return single
        each = {key: self.under(key)._bare_schema() if key in self.by_key else single for key in self.keys}
        return {"type": "object", "properties": each, "additionalProperties": False}

    def _bare_schema(self) -> dict[str, object]:
        return replace(self, keys=(), by_key={}).schema()


def _some(known: tuple[str, ...]) -> str:
    """A list of words for a message, cut where it is long."""
    return ", ".join(known[:24]) + (", …" if len(known) > 24 else "")


def _interval(value: object) -> Interval | None:
    """The interval that is written, from 0 on; None where it is none."""
    if isinstance(value, Interval):
        return value
    if not isinstance(value, Mapping):
        return Interval(value, value) if is_number(value) and value >= 0 else None  # type: ignore[operator, arg-type]
    if not value or not set(value) <= {"at_least", "at_most"} or not all(map(is_number, value.values())):
        return None
    low, high = value.get("at_least", 0), value.get("at_most", math.inf)
    return Interval(low, high) if 0 <= low <= high else None


@dataclass(frozen=True)
class Vocabulary:
    """The facts that may be asked about, by full name (``item.contains``)."""

    facts: Mapping[str, Fact]

    def find(self, written: str) -> Fact | None:
        """The fact a rule means by a name: ``sender.country`` is ``party.country``."""
        role, _, name = written.partition(".")
        if role == "item" and name.startswith("source."):
            name = name.removeprefix("source.")
        subject = ROLES.get(role)
        return self.facts.get(f"{subject}.{name}") if subject else None

    def names(self, subject: Subject, kind: str | None = None) -> Collection[str]:
        """The names one may write for a subject (an item: of a kind)."""
        return [
            fact.name
            for fact in self.facts.values()
            if fact.subject == subject and (not fact.kinds or kind is None or kind in fact.kinds)
        ]

    def admit(self, subject: Subject, kind: str | None, name: str, value: object) -> object:
        """The typed value of a written fact. Raises FactFault; KeyError where no such fact is declared."""
        return self.facts[f"{subject}.{name}"].admit(value)

    def schema(self, subject: Subject, kind: str | None = None) -> Mapping[str, object]:
        """JSON Schemas of the facts of a subject, by name."""
        return {name: self.facts[f"{subject}.{name}"].schema() for name in self.names(subject, kind)}

    def with_facts(self, more: Iterable[Fact]) -> Vocabulary:
        """This vocabulary and further facts."""
        return Vocabulary({**self.facts, **{fact.full: fact for fact in more}})

    @staticmethod
    def read(marked: Marked, known: Vocabulary | None = None) -> Vocabulary:
        """The vocabulary of a ``facts.yaml``, on top of one that is known. Raises RuleError with the place."""
        faults: list[InputError] = []
        facts: dict[str, Fact] = {}
        if not isinstance(marked.value, dict):
            raise RuleError("rules.facts-no-mapping", marked.place())
        for full, written in marked.value.items():
            try:
                facts[full] = _declared(full, written, marked)
            except RuleError as fault:
                faults.append(fault)
        if faults:
            raise InputErrors(faults) if len(faults) > 1 else faults[0]
        together = {**(known.facts if known else {}), **facts}
        return Vocabulary({full: _keyed(fact, together, marked) for full, fact in together.items()})


def _declared(full: str, written: Any, marked: Marked) -> Fact:
    subject, _, name = full.partition(".")
    if subject not in SUBJECTS or not name:
        raise RuleError("rules.fact-name", marked.place(full), name=full)
    if not isinstance(written, dict):
        raise RuleError("rules.fact-no-mapping", marked.place(full), name=full)
    for key in written:
        if key not in _KEYS:
            raise RuleError("rules.unknown-key", marked.place(full, key), key=key, near=nearest(key, _KEYS) or "type")
    kind = written.get("type")
    by_type = kind if isinstance(kind, dict) else {}
    for found in by_type.values() if by_type else [kind]:
        if found not in TYPES or (by_type and found in ("set", "interval", "bool")):
            raise RuleError("rules.fact-type", marked.place(full, "type"), found=shown(found), known=", ".join(TYPES))
    if written.get("derive", "none") not in DERIVATIONS:
        raise RuleError("rules.fact-derive", marked.place(full, "derive"), known=", ".join(DERIVATIONS))
    question = written.get("question")
    if not isinstance(question, dict) or not question.get("en") or not question.get("ko"):
        raise RuleError("rules.fact-question", marked.place(full), name=full)
    for key in ("domain", "keyed_by", "kinds"):
        value = written.get(key)
        well = (isinstance(value, dict) and key == "domain" and all(map(_names, value.values()))) or _names(value)
        if value is not None and not well and not (isinstance(value, str) and key != "kinds"):
            raise RuleError("rules.fact-list", marked.place(full, key), name=full, key=key, found=shown(value))
    domain, keyed_by = written.get("domain") or [], written.get("keyed_by") or []
    by_key = {key: tuple(map(str, members)) for key, members in domain.items()} if isinstance(domain, dict) else {}
    if (by_key and set(by_key) != set(keyed_by)) or (by_type and set(by_type) != set(by_key)):
        raise RuleError("rules.fact-keyed-by", marked.place(full, "domain"), name=full, other=", ".join(by_key))
    if by_key:
        domain = list(dict.fromkeys(member for members in by_key.values() for member in members))
    return Fact(
        name=name,
        subject=subject,
        type="text" if by_type else written["type"],
        domain=tuple(str(member) for member in domain) if isinstance(domain, list) else (f"@{domain}",),
        unit=written.get("unit"),
        keys=tuple(map(str, keyed_by)) if isinstance(keyed_by, list) else (f"@{keyed_by}",),
        by_key=by_key,
        by_type=by_type,
        kinds=frozenset(map(str, written.get("kinds") or ())),
        derive=written.get("derive", "none"),
        question=question,
    )


def _names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | int | float) for each in value)


def _keyed(fact: Fact, facts: Mapping[str, Fact], marked: Marked) -> Fact:
    """A fact whose domain or keys name another fact takes that fact's domain."""
    for part in ("domain", "keys"):
        named = getattr(fact, part)
        if len(named) == 1 and named[0].startswith("@"):
            other = facts.get(named[0][1:])
            if other is None or not (other.domain or other.type == "country"):
                raise RuleError("rules.fact-keyed-by", marked.place(fact.full), name=fact.full, other=named[0][1:])
            fact = replace(fact, domain=other.domain) if part == "domain" else replace(fact, keys=other.domain)
    return fact


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like a written one, if any is like it."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
