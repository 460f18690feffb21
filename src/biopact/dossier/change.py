"""One change after approval under both regulators: its class, what it asks, how long it waits, whether stock may ship.

The classes are rules of law with cases (``law/us/fda-post-approval-changes.yaml`` and its Korean counterpart); the numbers of
clocks stand in the requirements table, and where none was found the answer is unknown, never a guess.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from biopact.dossier.headings import DATA
from biopact.errors import InputError
from biopact.law import requirements
from biopact.marked import Marked
from biopact.marked import read as read_marked
from biopact.rules.language.facts import FactFault, nearest
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.evaluate import RuleState, judge
from biopact.rules.traced.inforce import prepared

__all__ = ["Answer", "Change", "Judged", "judged", "read_change"]

_INSTRUMENTS = {"us": "us/fda-changes", "kr": "kr/approval-changes"}
_FACTS = {
    "application": "item.application",
    "change": "item.change",
    "potential": "item.change_potential",
    "protocol": "item.change_protocol",
    "ordered": "item.change_ordered",
    "notified": "item.notified_item",
}
_NEEDED = ("product", "application", "change", "date")
# what a file that is silent is taken to say; every answer tells which of these were taken
_SILENT: Mapping[str, object] = {"protocol": "none", "ordered": False, "notified": False}
# from the mildest to the gravest, to tell the range where a fact is missing
_ORDER = ("now", "on-receipt", "after-wait", "after-report", "after-acceptance", "after-approval")


@dataclass(frozen=True)
class Change:
    """A change as written, with the facts the law asks about."""

    product: str
    describes: str
    date: datetime.date
    facts: Mapping[str, object]
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """One agency's answer.

    ``category`` is None where a missing fact leaves several possible (``between``). ``days`` is None where the clock was not
    found, ``earliest`` then too. ``review``: the rule, or what put the change under it, was not checked against its text.
    """

    agency: str
    category: str | None
    between: tuple[str, ...]
    rule: str | None
    cite: str | None
    review: bool
    data: tuple[str, ...]
    days: int | None
    ships: str | None
    may_ship: bool | None
    earliest: datetime.date | None
    authority: Mapping[str, str]
    file: Mapping[str, str]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As printed for other programs."""
        return {
            "category": self.category,
            "between": list(self.between) or None,
            "rule": self.rule,
            "cite": self.cite,
            "review": self.review,
            "data": list(self.data),
            "days": self.days,
            "ships": self.ships,
            "may_ship": self.may_ship,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Answer:
    """The answers of the agencies, and the first day on which the change may be launched in both countries."""

    change: Change
    agencies: tuple[Judged, ...]

    @property
    def earliest_joint(self) -> datetime.date | None:
        """None where one of them is not known."""
        days = [it.earliest for it in self.agencies]
        return max(day for day in days if day) if all(days) else None

    @property
    def not_before(self) -> datetime.date:
        """A day before which it surely cannot be: the day of filing, or the latest day that is known."""
        return max([self.change.date, *(it.earliest for it in self.agencies if it.earliest)])

    def as_json(self) -> dict[str, Any]:
        """``biopact.dossier-change/1``."""
        joint = self.earliest_joint
        return {
            "schema": "biopact.dossier-change/1",
            "product": self.change.product,
            "change": self.change.facts["item.change"],
            "date": self.change.date.isoformat(),
            "assumed": list(self.change.assumed),
            "agencies": {it.agency.upper(): it.as_json() for it in self.agencies},
            "earliest_joint": joint.isoformat() if joint else None,
            "not_before": self.not_before.isoformat(),
        }


@lru_cache(maxsize=1)
def _classes() -> Mapping[str, Mapping[str, Any]]:
    value: Mapping[str, Mapping[str, Any]] = read_marked(DATA / "changes.yaml").value
    return value


def read_change(path: Path, law: RuleSet) -> Change:
    """A change from its file. Raises InputError with the line, what was expected, and the nearest that is."""
    marked = read_marked(path)
    value = marked.value
    known = {*_FACTS, "product", "describes", "date"}
    if not isinstance(value, dict):
        raise InputError("dossier.change-form", marked.place())
    for key in value:
        if key not in known:
            near = nearest(str(key), known) or ", ".join(sorted(known))
            raise InputError("dossier.change-key", marked.place(key), key=str(key), near=near)
    for key in _NEEDED:
        if value.get(key) in (None, ""):
            raise InputError("dossier.change-missing", marked.place(), key=key)
    facts, assumed = _facts(marked, law)
    try:
        day = datetime.date.fromisoformat(str(value["date"]))
    except ValueError:
        raise InputError("dossier.change-date", marked.place("date"), found=str(value["date"])) from None
    return Change(str(value["product"]), str(value.get("describes") or ""), day, facts, assumed)


def _facts(marked: Marked, law: RuleSet) -> tuple[dict[str, object], tuple[str, ...]]:
    facts: dict[str, object] = {"item.kind": "submission", "flow.purpose": "post-approval-change"}
    assumed = []
    for key, full in _FACTS.items():
        fact = law.vocabulary.find(full)
        assert fact is not None, full
        said = marked.value.get(key)
        if said is None and key in _SILENT:
            said = _SILENT[key]
            assumed.append(f"{key}: {str(said).lower()}")
        if said is None:
            continue
        try:
            facts[full] = fact.admit(said)
        except FactFault as fault:
            raise InputError(fault.code, marked.place(key), **fault.values | {"fact": key}) from None
    return facts, tuple(assumed)


def judged(change: Change, law: RuleSet, agencies: Sequence[str] = ("us", "kr")) -> Answer:
    """The answer of each agency, by the law in force on the day of the change."""
    return Answer(change, tuple(_judge(change, law, agency) for agency in agencies))


def _judge(change: Change, law: RuleSet, agency: str) -> Judged:
    country = agency.upper()
    facts = {**change.facts, "recipient.country": country, "recipient.kind": "authority"}
    told = judge(law.on(change.date), prepared(facts), country)
    states = [it for it in told.states if it.rule.instrument == _INSTRUMENTS[agency] and it.rule.id in _classes()]
    applies = [it for it in states if it.state == "applies"]
    open_ = [it for it in states if it.state == "may-apply"]
    if open_ or not applies:
        return _unsettled(agency, [*applies, *open_], _missing(change, law))
    decisive = max(applies, key=lambda it: _ORDER.index(_classes()[it.rule.id]["ships"]))
    return _settled(agency, decisive, change.date, told.states)


def _missing(change: Change, law: RuleSet) -> tuple[str, ...]:
    """The facts not given that a class may hang on."""
    del law
    return tuple(name for name, full in _FACTS.items() if full not in change.facts)


def _unsettled(agency: str, states: Sequence[RuleState], missing: tuple[str, ...]) -> Judged:
    between = tuple(dict.fromkeys(str(_classes()[it.rule.id]["category"]) for it in states))
    return Judged(agency, None, between, None, None, True, (), None, None, None, None, {}, {}, missing)


def _settled(agency: str, state: RuleState, day: datetime.date, states: Sequence[RuleState]) -> Judged:
    rule = state.rule
    of = _classes()[rule.id]
    ships = str(of["ships"])
    clock = requirements.clock(of["clock"]) if "clock" in of else None
    days = 0 if ships in ("now", "on-receipt") else clock.amount if clock and clock.unit == "day" else None
    earliest = day + datetime.timedelta(days=days) if days is not None else None
    beaten = [it for it in states if it.state == "defeated" and it.rule.instrument == rule.instrument]
    by = {other for it in beaten for other in it.defeated_by}
    weak = rule.weak or any(it.rule.id in by and it.rule.weak for it in states)
    return Judged(
        agency=agency,
        category=str(of["category"]),
        between=(),
        rule=rule.id,
        cite=rule.cite,
        review=weak,
        data=tuple(of["data"]),
        days=days,
        ships=ships,
        may_ship=ships in ("now", "on-receipt"),
        earliest=earliest,
        authority=rule.more.get("authority") or {},
        file=rule.more.get("file") or {},
        missing=(),
    )
