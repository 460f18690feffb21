"""The shape of an instrument file, before anything in it is read: mappings, lists, texts and numbers where each belongs.

What has another shape is a fault at its place, and is left out of what is read on, so that the rest is told too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from biopact.errors import InputError, RuleError
from biopact.marked import Marked, Step, shown
from biopact.rules.language.values import is_number

__all__ = ["misshapen", "shaped"]

Test = Callable[[Any], bool]


def _word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(_word(each) for each in value)


def _both(value: Any) -> bool:
    return isinstance(value, Mapping) and _word(value.get("en")) and _word(value.get("ko"))


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or is_number(value)


def _spans(value: Any) -> bool:
    """A time as a mapping: whole numbers of days, months and the like, and words."""
    units = ("days", "months", "hours", "years", "at_most")
    return isinstance(value, Mapping) and all(
        each is None or (isinstance(each, int) and not isinstance(each, bool) and each >= 0)
        if unit in units
        else _scalar(each)
        for unit, each in value.items()
    )


def _limits(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(is_number(each) and each >= 0 for each in value.values())


# a key of a rule -> what it must be: the code of the fault says it in words
_OF_RULE: dict[str, tuple[str, Test]] = {
    **dict.fromkeys(("defeats", "discharges", "satisfied_by", "adopted_by"), ("expected-names", _words)),
    **dict.fromkeys(("authority", "file"), ("both-languages-here", _both)),
    **dict.fromkeys(("lead_time", "deadline", "keep"), ("expected-time", lambda value: value is None or _spans(value))),
    **dict.fromkeys(
        ("status", "force", "checked", "confidence", "due", "base", "policy", "source_fact", "url", "recheck_by"),
        ("expected-text", _word),
    ),
    "text": ("expected-text", lambda value: _word(value) or _both(value)),
    "note": ("expected-text", lambda value: _word(value) or _both(value)),
    "topic": ("expected-text", lambda value: _word(value) or _words(value)),
    "limit": ("expected-limit", _limits),
    "rate": ("expected-rate", lambda value: _word(value) or (is_number(value) and value >= 0)),
    "expected": ("expected-list", lambda value: isinstance(value, list) and len(value) == 2),
}
_SECTIONS = ("instrument", "tables", "define", "ownership")
_OF_HEAD: dict[str, tuple[str, Test]] = {
    "adopted_by": ("expected-names", _words),
    **dict.fromkeys(("citation", "url", "read_on", "jurisdiction"), ("expected-text", _word)),
}


def misshapen(written: Mapping[str, Any], marked: Marked, *path: Step) -> list[InputError]:
    """The faults of shape in what a rule says."""
    return _unlike(written, _OF_RULE, marked, *path)


def _unlike(
    written: Mapping[str, Any], forms: Mapping[str, tuple[str, Test]], marked: Marked, *path: Step
) -> list[InputError]:
    return [
        _fault(code, written[key], marked, *path, key)
        for key, (code, test) in forms.items()
        if key in written and not test(written[key])
    ]


def _fault(code: str, value: Any, marked: Marked, *path: Step) -> InputError:
    return RuleError(f"rules.{code}", marked.place(*path), key=str(path[-1]), found=shown(value))


def shaped(marked: Marked, add: Callable[[InputError], None]) -> Marked:
    """A document with its well-formed parts only; each other part is a fault, given to ``add``."""
    if not isinstance(marked.value, Mapping):
        add(RuleError("rules.no-mapping", marked.place()))
        return replace(marked, value={})
    kept = dict(marked.value)
    for section in _SECTIONS:
        if kept.get(section) is not None and not isinstance(kept[section], Mapping):
            add(_fault("expected-mapping", kept.pop(section), marked, section))
    if kept.get("rules") is not None and not isinstance(kept["rules"], list):
        add(_fault("expected-list", kept.pop("rules"), marked, "rules"))
    if kept.get("instrument"):
        faults = _unlike(kept["instrument"], _OF_HEAD, marked, "instrument")
        for fault in faults:
            add(fault)
        wrong = {str(fault.values["key"]) for fault in faults}
        kept["instrument"] = {key: value for key, value in kept["instrument"].items() if key not in wrong}
    if kept.get("tables"):
        kept["tables"] = {name: rows for name, rows in kept["tables"].items() if _is_table(name, rows, marked, add)}
    if kept.get("ownership"):
        kept["ownership"] = {name: it for name, it in kept["ownership"].items() if _is_test(name, it, marked, add)}
    return replace(marked, value=kept)


def _is_table(name: str, rows: Any, marked: Marked, add: Callable[[InputError], None]) -> bool:
    if isinstance(rows, list):
        well = all(isinstance(key, str) or is_number(key) for key in rows)
    else:
        well = isinstance(rows, Mapping) and all(
            all(map(_scalar, value.values())) if isinstance(value, Mapping) else _scalar(value)
            for value in rows.values()
        )
    if not well:
        add(RuleError("rules.table-form", marked.place("tables", name)))
    return well


def _is_test(name: str, written: Any, marked: Marked, add: Callable[[InputError], None]) -> bool:
    well = isinstance(written, Mapping) and "seed" in written
    share = written.get("share") if well else None
    bound = next(iter(share.values()), None) if isinstance(share, Mapping) and len(share) == 1 else None
    well = (
        well
        and isinstance(share, Mapping)
        and set(share) <= {"at_least", "more_than"}
        and is_number(bound)
        and 0 <= (bound or 0) <= 1
        and isinstance(written.get("aggregate", True), bool)
        and written.get("method", "cascade") in ("cascade", "multiply", "direct")
        and set(written) <= {"seed", "share", "method", "aggregate", "note"}
    )
    if not well:
        add(RuleError("rules.ownership-form", marked.place("ownership", name)))
    return well
