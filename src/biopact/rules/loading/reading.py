"""The parts of an instrument file: its head, tables, ownership tests and rules, each with its faults and their lines."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, cast

from biopact.errors import InputError, InputErrors, RuleError
from biopact.marked import Marked, Step
from biopact.rules.language.facts import nearest
from biopact.rules.language.model import Effect, OwnershipTest, Rule, Status, Table, parse_date
from biopact.rules.language.syntax import Condition, ConditionFault, parse
from biopact.rules.loading.shape import misshapen

__all__ = ["Faults", "condition_of", "instrument_head", "ownership_of", "rule_of", "table_of"]

_HEAD = {"id", "title", "citation", "url", "read_on", "scope", "jurisdiction", "adopted_by", "note", "official"}
_RULE_CORE = {
    "id",
    "title",
    "cite",
    "from",
    "to",
    "when",
    "effect",
    "defeats",
    "checked",
    "confidence",
    "status",
    "force",
}
_RULE_MORE = {
    *{
        "authority",
        "file",
        "lead_time",
        "due",
        "discharges",
        "satisfied_by",
        "limit",
        "rate",
        "base",
        "deadline",
        "keep",
    },
    *{
        "policy",
        "adopted_by",
        "source_fact",
        "text",
        "recheck_by",
        "expected",
        "url",
        "topic",
        "note",
        "event",
        "verification",
        "signed",
    },
}
_CHECKED = ("statute-read", "official-excerpt", "secondary", "recalled")
_CONFIDENCE = ("high", "medium", "low")
_FORCE = ("law", "guidance", "policy", "standard", "contract")
_DUE = ("before", "during", "after", "on-event")
_STATUS = {
    "in-force": Status.IN_FORCE,
    "enacted": Status.ENACTED,
    "future": Status.ENACTED,
    "uncertain": Status.UNCERTAIN,
    "proposed": Status.UNCERTAIN,
}
_NEEDED = {
    Effect.AUTHORISE: ("authority", "file"),
    Effect.OBLIGE: ("due",),
    Effect.CHARGE: ("rate", "base"),
    Effect.LIMIT: ("limit",),
    Effect.EXCEPT: ("defeats",),
}


class Faults:
    """Every fault of the files, told together."""

    def __init__(self) -> None:
        self.found: list[InputError] = []

    def add(self, fault: InputError) -> None:
        """Note one."""
        self.found.append(fault)

    def catch(self, step: Callable[[], object], marked: Marked, *path: Step) -> None:
        """Run a step on a condition; a ConditionFault becomes a fault at that place."""
        try:
            step()
        except ConditionFault as fault:
            self.found.append(RuleError(fault.code, fault.place or marked.place(*path), **fault.values))

    def done(self) -> None:
        """Raise what was found, if anything was."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            raise InputErrors(self.found)


def condition_of(marked: Marked, faults: Faults, *path: Step) -> Condition | None:
    """The parsed condition written at a place; None (and a fault) where it cannot be read."""
    written: Any = marked.value
    for step in path:
        written = written[step]
    if isinstance(written, bool):
        written = "true" if written else "false"
    if not isinstance(written, str):
        faults.add(RuleError("rules.condition-no-text", marked.place(*path)))
        return None
    try:
        return parse(" ".join(written.split()) if "\n" in written else written)
    except ConditionFault as fault:
        faults.add(RuleError(fault.code, marked.place(*path), **fault.values))
        return None


def instrument_head(marked: Marked, faults: Faults) -> Mapping[str, Any] | None:
    """The head of an instrument, or None where it cannot be used."""
    head = marked.value["instrument"]
    if not isinstance(head, dict) or not isinstance(head.get("id"), str):
        faults.add(RuleError("rules.no-id", marked.place("instrument")))
        return None
    _known_keys(head, _HEAD, marked, faults, "instrument")
    _both_languages(head.get("title"), marked, faults, "instrument", "title")
    return cast(Mapping[str, Any], head)


def table_of(marked: Marked, name: str, faults: Faults) -> Table:
    """A table: a list of keys, or for each key a value or values by date."""
    written = marked.value["tables"][name]
    always = datetime.date.min
    if isinstance(written, list):
        places = {str(key): marked.place("tables", name, index) for index, key in enumerate(written)}
        return Table(name, {str(key): ((always, True),) for key in written}, places)
    rows: dict[str, tuple[tuple[datetime.date, Any], ...]] = {}
    for key, value in written.items():
        if not isinstance(value, dict):
            rows[key] = ((always, value),)
            continue
        try:
            dated = [(parse_date(day) or always, entry) for day, entry in value.items()]
        except ValueError:
            faults.add(RuleError("rules.table-date", marked.place("tables", name, key)))
            continue
        if [day for day, _ in dated] != sorted(day for day, _ in dated):
            faults.add(RuleError("rules.table-order", marked.place("tables", name, key)))
        rows[key] = tuple(dated)
    return Table(name, rows, {key: marked.place("tables", name, key) for key in rows})


def ownership_of(marked: Marked, instrument: str, faults: Faults) -> list[OwnershipTest]:
    """The ownership tests of an instrument."""
    tests = []
    for name, written in (marked.value.get("ownership") or {}).items():
        seed = condition_of(marked, faults, "ownership", name, "seed")
        if seed is not None:
            ((bound, share),) = written["share"].items()
            method, aggregate = written.get("method", "cascade"), written.get("aggregate", True)
            strict = bound == "more_than"
            tests.append(OwnershipTest(name, instrument, seed, share, strict, method, aggregate, str(written["seed"])))
    return tests


def rule_of(marked: Marked, index: int, instrument: str, faults: Faults) -> Rule | None:
    """One rule of an instrument, or None where it cannot be used."""
    written = marked.value["rules"][index]
    path = ("rules", index)
    if not isinstance(written, dict) or not isinstance(written.get("id"), str):
        faults.add(RuleError("rules.no-id", marked.place(*path)))
        return None
    before = len(faults.found)
    for fault in misshapen(written, marked, *path):
        faults.add(fault)
    _known_keys(written, _RULE_CORE | _RULE_MORE, marked, faults, *path)
    if not written["id"].startswith(f"{instrument}/"):
        faults.add(RuleError("rules.id-prefix", marked.place(*path, "id"), id=written["id"], instrument=instrument))
    _both_languages(written.get("title"), marked, faults, *path, "title")
    if not written.get("cite"):
        faults.add(RuleError("rules.no-citation", marked.place(*path), id=written["id"]))
    effect = _one_of(written.get("effect"), [e.value for e in Effect], marked, faults, *path, "effect")
    _one_of(written.get("checked", "recalled"), _CHECKED, marked, faults, *path, "checked")
    _one_of(written.get("confidence", "low"), _CONFIDENCE, marked, faults, *path, "confidence")
    _one_of(written.get("status", "in-force"), _STATUS, marked, faults, *path, "status")
    _one_of(written.get("force", "law"), _FORCE, marked, faults, *path, "force")
    start, end = _period(written, marked, faults, *path)
    when = condition_of(marked, faults, *path, "when") if "when" in written else parse("true")
    if effect is not None:
        for key in _NEEDED.get(Effect(effect), ()):
            if key not in written:
                faults.add(RuleError("rules.needs", marked.place(*path), id=written["id"], effect=effect, key=key))
    if "due" in written:
        _one_of(written["due"], _DUE, marked, faults, *path, "due")
    if "signed" in written:
        _signed(written["signed"], marked, faults, *path, "signed")
    if effect is None or when is None or len(faults.found) > before:
        return None
    return Rule(
        id=written["id"],
        instrument=instrument,
        effect=Effect(effect),
        when=when,
        when_text=str(written.get("when", "true")),
        title=written["title"],
        cite=str(written["cite"]),
        place=marked.place(*path),
        start=start,
        end=end,
        status=_STATUS[written.get("status", "in-force")],
        defeats=tuple(written.get("defeats") or ()),
        checked=written.get("checked", "recalled"),
        confidence=written.get("confidence", "low"),
        force=written.get("force", "law"),
        adopted_by=tuple(written.get("adopted_by") or ()),
        more={key: value for key, value in written.items() if key in _RULE_MORE},
        act=marked.value["instrument"].get("title") or {},
    )


def _period(
    written: Any, marked: Marked, faults: Faults, *path: Step
) -> tuple[datetime.date | None, datetime.date | None]:
    found: dict[str, datetime.date | None] = {"from": None, "to": None}
    for key in found:
        try:
            found[key] = parse_date(written.get(key))
        except ValueError:
            faults.add(RuleError("rules.no-date", marked.place(*path, key), found=str(written[key])))
    if found["from"] and found["to"] and found["to"] < found["from"]:
        faults.add(RuleError("rules.ends-before", marked.place(*path, "to")))
    return found["from"], found["to"]


def _signed(written: Any, marked: Marked, faults: Faults, *path: Step) -> None:
    """Who checked the rule as a lawyer, and on which day: ``{by: …, on: 2027-01-31}``."""
    try:
        named = isinstance(written, dict) and set(written) == {"by", "on"} and str(written["by"] or "").strip()
        if named and parse_date(written["on"]):
            return
    except ValueError:
        pass
    faults.add(RuleError("rules.signed-form", marked.place(*path)))


def _known_keys(written: Mapping[str, Any], known: set[str], marked: Marked, faults: Faults, *path: Step) -> None:
    for key in written:
        if key not in known:
            near = nearest(key, known) or ", ".join(sorted(known)[:6])
            faults.add(RuleError("rules.unknown-key", marked.place(*path, key), key=key, near=near))


def _both_languages(title: Any, marked: Marked, faults: Faults, *path: Step) -> None:
    if not isinstance(title, dict) or not all(
        isinstance(title.get(lang), str) and title[lang] for lang in ("en", "ko")
    ):
        faults.add(RuleError("rules.both-languages", marked.place(*path)))


def _one_of(value: Any, known: Any, marked: Marked, faults: Faults, *path: Step) -> str | None:
    if isinstance(value, str) and value in known:
        return value
    faults.add(RuleError("rules.not-one-of", marked.place(*path), found=str(value), known=", ".join(known)))
    return None
