"""What else is known of both: whether it speaks for or against a match of names."""

from __future__ import annotations

from typing import Literal, NamedTuple

from biopact.screening.identifiers import conflicting
from biopact.screening.lists.entry import Entry
from biopact.screening.queries import Query

__all__ = ["Outcome", "Qualifier", "qualified", "qualifiers"]

Outcome = Literal["none", "review", "strong"]
_STEPS: tuple[Outcome, ...] = ("none", "review", "strong")


class Qualifier(NamedTuple):
    """One thing known of both: ``agrees``, ``differs`` or ``near``, and the two values."""

    what: Literal["country", "birth-year", "programme", "kind", "identifier"]
    says: Literal["agrees", "differs"]
    ours: str
    theirs: str


def qualifiers(query: Query, entry: Entry) -> tuple[Qualifier, ...]:
    """What is known of both. A year of birth agrees within one, since lists often guess it."""
    found: list[Qualifier] = []
    if query.countries and entry.countries:
        both = query.countries & entry.countries
        found.append(_said("country", bool(both), query.countries, entry.countries))
    if query.birth_years and entry.birth_years:
        near = any(abs(a - b) <= 1 for a in query.birth_years for b in entry.birth_years)
        found.append(_said("birth-year", near, query.birth_years, entry.birth_years))
    if query.programmes and entry.programmes:
        asked = {programme.casefold() for programme in query.programmes}
        both_say = any(a in b.casefold() for a in asked for b in entry.programmes)
        found.append(_said("programme", both_say, query.programmes, entry.programmes))
    if "unknown" not in (query.kind, entry.kind):
        found.append(Qualifier("kind", "agrees" if query.kind == entry.kind else "differs", query.kind, entry.kind))
    number = conflicting(query.identifiers, entry.identifiers)
    if number:
        found.append(Qualifier("identifier", "differs", number, number))
    return tuple(found)


def qualified(outcome: Outcome, score: float, found: tuple[Qualifier, ...]) -> Outcome:
    """The outcome of names, moved by what else is known.

    Another year of birth or another kind moves it one step down; another country, programme or number keeps it from
    being strong. A year of birth that agrees makes a match of names from 0.88 strong, where nothing differs.
    """
    level = _STEPS.index(outcome)
    differs = {each.what for each in found if each.says == "differs"}
    agrees = {each.what for each in found if each.says == "agrees"}
    if level == 1 and not differs and score >= 0.88 and "birth-year" in agrees:
        level = 2
    if differs & {"birth-year", "kind"}:
        level = max(0, level - 1)
    elif differs:
        level = min(level, 1)
    return _STEPS[level]


def _said(what: Literal["country", "birth-year", "programme"], agrees: bool, ours: object, theirs: object) -> Qualifier:
    return Qualifier(what, "agrees" if agrees else "differs", _text(ours), _text(theirs))


def _text(values: object) -> str:
    return ", ".join(sorted(map(str, values)))  # type: ignore[call-overload]
