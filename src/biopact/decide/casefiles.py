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
from biopact.marked import Marked, read
from biopact.rules.facts import nearest
from biopact.rules.model import Rank

__all__ = ["RANGES", "Case", "of_one_flow", "read_cases"]

_KEYS = {"case", "rests_on", "as_of", "facts", "pact", "assumed", "expect", "variants", "source", "note", "change"}
RANGES = {"applies": "applies", "defeated": "defeated", "may_apply": "may-apply", "pending": "pending"}
_COUNTRY = re.compile(r"[A-Z]{2}")
_EXPECTED = {*RANGES, "overall", "between", "not", "limits", "review", "flows", "readiness", "because"}
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
    _known(value, _KEYS, marked, index)
    base = Case(
        sentence=value["case"],
        as_of=datetime.date.fromisoformat(value.get("as_of", "2026-11-24")),
        facts=value.get("facts"),
        pact=value.get("pact"),
        expect=value.get("expect") or {},
        place=place,
        rests_on=value.get("rests_on"),
    )
    if base.expect:
        _check_expected(base.expect, marked, index, "expect")
        yield base
    for number, variant in enumerate(value.get("variants") or []):
        _known(variant, _KEYS, marked, index, "variants", number)
        _check_expected(variant.get("expect") or {}, marked, index, "variants", number, "expect")
        yield Case(
            sentence=f"{base.sentence} — {variant.get('change', number + 1)}",
            as_of=datetime.date.fromisoformat(variant.get("as_of", base.as_of.isoformat())),
            facts=None if base.facts is None else {**base.facts, **(variant.get("facts") or {})},
            pact=None if base.pact is None else _merged(base.pact, variant.get("pact") or {}),
            expect=variant.get("expect") or {},
            place=marked.place(index, "variants", number),
            rests_on=variant.get("rests_on", base.rests_on),
        )


def _known(value: Mapping[str, Any], known: set[str], marked: Marked, *path: str | int) -> None:
    for key in value:
        if key not in known:
            raise RuleError("rules.unknown-key", marked.place(*path, key), key=key, near=nearest(key, known) or "case")


def _check_expected(expect: Mapping[str, Any], marked: Marked, *path: str | int) -> None:
    flows = [expect] if of_one_flow(expect) else list(expect.values())
    for each in flows:
        for key, value in each.items():
            country = _COUNTRY.fullmatch(key) is not None
            if not (country or key in _EXPECTED) or ((country or key == "overall") and value not in _VERDICTS):
                raise RuleError("decide.case-expects", marked.place(*path, key), found=f"{key}: {value}")


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
