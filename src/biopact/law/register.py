"""The register: every gathered entry of law and practice, and what became of it in the rules.

An entry is ``encoded`` (rules with an effect, or rows of ``requirements.yaml``), a ``note`` (said, decides nothing), or
``not_encoded`` with its reason. What rules say of themselves under ``source_fact``, and rows under ``source_row``, is
put in when the register is read; ``through`` names the rules in which an entry lives on as a definition or a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.law.entries import Texts, listing
from biopact.law.requirement_model import Row
from biopact.rules.language.model import Content, Effect

__all__ = ["FILE", "Entry", "coverage", "encoded_by", "read"]

FILE = Path(__file__).parent / "register.yaml"
SOURCES = ("data", "security", "missing", "crosswalk")
CHECKED = ("statute-read", "official-excerpt", "secondary", "recalled")
_NEEDED = ("id", "source", "country", "title", "cite", "status", "checked")
_KNOWN = {*_NEEDED, "again", "confidence", "encoded", "through", "note", "not_encoded"}
ROW = "requirements/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One gathered entry. ``encoded`` holds ids of rules, and of rows as ``requirements/ROW``."""

    id: str
    source: str
    country: str  # US, KR, INT, or US+KR for a row that looks at both
    title: Texts
    cite: str
    status: str
    checked: str
    again: str | None
    encoded: tuple[str, ...]
    state: str  # encoded | note | not-encoded | open
    note: Texts | None
    reason: Texts | None
    instruments: tuple[str, ...]


def read(rules: Content, rows: Sequence[Row], path: Path | None = None) -> tuple[Entry, ...]:
    """The register, filled from the rules and rows that name their source. Raises RuleError or InputErrors with lines."""
    found = listing(path or FILE, "entries")
    derived = encoded_by(rules, rows)
    entries, seen = [], set()
    for number, written in found.entries(_KNOWN, _NEEDED):
        source = found.one(number, written, "source", SOURCES)
        found.one(number, written, "checked", CHECKED)
        if (source, written["id"]) in seen:
            found.fault("lawbook.repeated", number, "id", id=written["id"])
        seen.add((source, written["id"]))
        through = found.several(number, written, "through", rules.rules, "rule")
        encoded = tuple(dict.fromkeys([*derived.get(written["id"], ()), *through]))
        entries.append(
            Entry(
                id=written["id"],
                source=source,
                country=str(written["country"]),
                title=found.both(number, written, "title"),
                cite=str(written["cite"]),
                status=str(written["status"]),
                checked=str(written["checked"]),
                again=written.get("again"),
                encoded=encoded,
                state=_state(encoded, bool(through), written, rules),
                note=written.get("note"),
                reason=written.get("not_encoded"),
                instruments=tuple(dict.fromkeys(id_.rpartition("/")[0] for id_ in encoded)),
            )
        )
    found.done()
    return tuple(entries)


def encoded_by(rules: Content, rows: Iterable[Row]) -> dict[str, list[str]]:
    """For each gathered entry the rules that name it as their source, and the rows, with the rules they name."""
    found: dict[str, list[str]] = {}
    for rule_id, periods in rules.rules.items():
        for rule in periods:
            source = rule.more.get("source_fact")
            if source and rule_id not in found.setdefault(str(source), []):
                found[str(source)].append(rule_id)
    for row in rows:
        named = [side.rule for side in (row.us, row.kr) if side is not None and side.rule in rules.rules]
        found.setdefault(row.source_row, []).extend(dict.fromkeys([ROW + row.id, *(str(rule) for rule in named)]))
    return found


def _state(encoded: Sequence[str], through: bool, written: Mapping[str, Any], rules: Content) -> str:
    if encoded:
        decides = through or any(
            id_.startswith(ROW) or any(rule.effect is not Effect.NOTE for rule in rules.rules[id_]) for id_ in encoded
        )
        return "encoded" if decides else "note"
    if written.get("not_encoded"):
        return "not-encoded"
    return "note" if written.get("note") else "open"


def coverage(entries: Iterable[Entry]) -> dict[str, Any]:
    """How many entries are encoded, a note, or not encoded; the same by country, instrument, status and how checked."""
    entries = list(entries)
    states = Counter(entry.state for entry in entries)
    return {
        "schema": "biopact.law-coverage/1",
        "facts": len(entries),
        "encoded": states["encoded"],
        "note": states["note"],
        "not_encoded": [
            {"id": entry.id, "source": entry.source, "state": entry.state, "title": entry.title, "reason": entry.reason}
            for entry in entries
            if entry.state in ("not-encoded", "open")
        ],
        "by": {
            "country": _counted(entries, lambda entry: (entry.country,)),
            "source": _counted(entries, lambda entry: (entry.source,)),
            "status": _counted(entries, lambda entry: (entry.status,)),
            "checked": _counted(entries, lambda entry: (entry.checked,)),
            "instrument": _counted(entries, lambda entry: entry.instruments or ("–",)),
        },
    }


def _counted(entries: Iterable[Entry], of: Any) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        for key in of(entry):
            found.setdefault(key, Counter())[entry.state] += 1
    return {
        key: {
            "facts": sum(states.values()),
            "encoded": states["encoded"],
            "note": states["note"],
            "not_encoded": states["not-encoded"] + states["open"],
        }
        for key, states in sorted(found.items())
    }
