"""The cases beside the law: each a sentence with facts and the answer a reader of the text expects.

```yaml
- case: Licensing 5,000 genomes to an ordinary Korean company needs the onward clause.
  rests_on: 28 CFR 202.302(a)
  as_of: 2026-11-24
  facts: {item.kind: data, …}          # one leg; or `pact:` with parties, items and flows
  expect: {US: obligations, applies: [us/doj-data-security/202.302], not: [us/doj-data-security/202.301]}
  variants:
    - {change: exactly 100 people, facts: {…}, expect: {…}}
```
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.errors import Place, RuleError
from biopact.marked import Marked, Step, read, shown
from biopact.rules.language.facts import nearest
from biopact.rules.language.model import Rank, parse_date

__all__ = ["RANGES", "Case", "of_one_flow", "read_cases"]

_KEYS = {"case", "rests_on", "as_of", "facts", "pact", "assumed", "expect", "variants", "source", "note", "change"}
RANGES = {"applies": "applies", "defeated": "defeated", "may_apply": "may-apply", "pending": "pending"}
_COUNTRY = re.compile(r"[A-Z]{2}")
_EXPECTED = {*RANGES, "overall", "between", "not", "limits", "review", "readiness", "because"}
_LISTS = {*RANGES, "between", "not"}
_WRITTEN = datetime.date(2026, 11, 24)  # the day of a case that names none
_VERDICTS = {*(rank.word for rank in Rank), "undetermined"}


@dataclass(frozen=True)
class Case:
    """One case, or one variant of a case with its changes put in."""

    sentence: str
    as_of: datetime.date
    facts: Mapping[str, Any] | None
    pact: Mapping[str, Any] | None
    expect: Mapping[str, Any]
    place: Place
    rests_on: str | None = None


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, variants after the case they vary. Raises RuleError with file and line."""
    marked = read(path, RuleError)
    if not isinstance(marked.value, list):
        raise RuleError("decide.cases-no-list", marked.place())
    return [case for index in range(len(marked.value)) for case in _read_case(marked, index)]


def _read_case(marked: Marked, index: int) -> Iterator[Case]:
    value = marked.value[index]
    place = marked.place(index)
    if not isinstance(value, dict) or not value.get("case") or ("facts" in value) == ("pact" in value):
        raise RuleError("decide.case-form", place)
    _formed(value, marked, index)
    base = Case(
        sentence=value["case"],
        as_of=_day(value, marked, index) or _WRITTEN,
        facts=value.get("facts"),
        pact=value.get("pact"),
        expect=value.get("expect") or {},
        place=place,
        rests_on=value.get("rests_on"),
    )
    if base.expect:
        yield base
    for number, variant in enumerate(value.get("variants") or []):
        path = (index, "variants", number)
        if not isinstance(variant, dict):
            raise RuleError("rules.expected-mapping", marked.place(*path), key="variants", found=shown(variant))
        _formed(variant, marked, *path)
        yield Case(
            sentence=f"{base.sentence} — {variant.get('change', number + 1)}",
            as_of=_day(variant, marked, *path) or base.as_of,
            facts=None if base.facts is None else {**base.facts, **(variant.get("facts") or {})},
            pact=None if base.pact is None else _merged(base.pact, variant.get("pact") or {}),
            expect=variant.get("expect") or {},
            place=marked.place(*path),
            rests_on=variant.get("rests_on", base.rests_on),
        )


def _day(value: Mapping[str, Any], marked: Marked, *path: Step) -> datetime.date | None:
    try:
        return parse_date(value.get("as_of"))
    except ValueError:
        raise RuleError("rules.no-date", marked.place(*path, "as_of"), found=shown(value["as_of"])) from None


def _formed(value: Mapping[str, Any], marked: Marked, *path: Step) -> None:
    """Refuse a case, or a variant, whose parts are not what they must be."""
    for key, part in value.items():
        place = marked.place(*path, key)
        if key not in _KEYS:
            raise RuleError("rules.unknown-key", place, key=key, near=nearest(key, _KEYS) or "case")
        if key in ("case", "change") and not isinstance(part, str):
            raise RuleError("rules.expected-text", place, key=key, found=shown(part))
        if key in ("facts", "pact", "expect") and not isinstance(part, dict | None):
            raise RuleError("rules.expected-mapping", place, key=key, found=shown(part))
        if key == "variants" and not isinstance(part, list | None):
            raise RuleError("rules.expected-list", place, key=key, found=shown(part))
    _check_expected(value.get("expect") or {}, marked, *path, "expect")


def _check_expected(expect: Mapping[str, Any], marked: Marked, *path: Step) -> None:
    flows = {(): expect} if of_one_flow(expect) else {(name,): each for name, each in expect.items()}
    for flow, each in flows.items():
        if not isinstance(each, dict):
            raise RuleError("rules.expected-mapping", marked.place(*path, *flow), key=str(*flow), found=shown(each))
        for key, value in each.items():
            place = marked.place(*path, *flow, key)
            country = _COUNTRY.fullmatch(key) is not None
            if not (country or key in _EXPECTED) or ((country or key == "overall") and value not in _VERDICTS):
                raise RuleError("decide.case-expects", place, found=f"{key}: {shown(value)}")
            if key in _LISTS and not (isinstance(value, list) and all(isinstance(it, str) for it in value)):
                raise RuleError("rules.expected-list", place, key=key, found=shown(value))


def of_one_flow(expect: Mapping[str, Any]) -> bool:
    """Whether what is expected is of the one flow of a case, not of several by their names."""
    return any(key in _EXPECTED or _COUNTRY.fullmatch(key) for key in expect)


def _merged(base: Any, changes: Any) -> Any:
    """A pact with changes put in: mappings part by part, everything else replaced; null takes a part away."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return copy.deepcopy(changes)
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(base[key], value) if key in base else copy.deepcopy(value)
    return merged
