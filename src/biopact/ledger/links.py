"""Whether the lines of a ledger follow on each other: form, place, digest, signature, party by party."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.errors import InputError, Place
from biopact.ledger.canonical import canonical, digest_of_bytes
from biopact.ledger.findings import Finding
from biopact.ledger.forms import ENTRY, LEDGER_SCHEMA, NOUGHT, admit, body_shape
from biopact.ledger.keys import PublicKey
from biopact.ledger.strict import parse

__all__ = ["Line", "check_lines", "signed_bytes"]

Keys = PublicKey | Mapping[str, PublicKey] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file with its number, from 1, and its end."""

    number: int
    content: bytes

    @property
    def whole(self) -> bool:
        """Whether it was written to its end."""
        return self.content.endswith(b"\n")


def signed_bytes(fields: Mapping[str, Any]) -> bytes:
    """What the signature of an entry is of: the name of the form, so that it is good for nothing else, and the fields."""
    return f"{LEDGER_SCHEMA}\n".encode() + canonical(fields)


def check_lines(lines: Iterable[Line], keys: Keys, *, alone: bool = False) -> tuple[Finding, ...]:
    """Everything that does not hold. ``alone``: judge each line by itself, not against the one before."""
    walk = _Walk(keys, alone)
    return (*(finding for line in lines for finding in walk.line(line)), *walk.end())


class _Walk:
    """Goes down the lines, remembering for each party where its chain stands."""

    def __init__(self, keys: Keys, alone: bool) -> None:
        self.keys = keys
        self.alone = alone
        self.last: dict[str, dict[str, Any]] = {}
        self.unsigned: set[str] = set()

    def line(self, line: Line) -> Iterator[Finding]:
        where = f"line {line.number}"
        try:
            entry = parse(line.content, Place(None, line.number))
            admit(ENTRY, entry, Place(None, line.number))
            admit(body_shape(entry["kind"]), entry["body"], Place(None, line.number, "body"))
        except InputError as error:
            if line.whole:
                field = error.place.field if error.place else None
                yield Finding("ledger-odd-line", "high", f"{where}: {field}" if field else where)
            else:
                yield Finding("ledger-torn", "medium", where)
            return
        yield from self._own(entry, where)
        if not self.alone:
            yield from self._follows(entry, where)
        self.last[entry["party"]] = entry

    def _own(self, entry: dict[str, Any], where: str) -> Iterator[Finding]:
        """What the line says of itself."""
        fields = {name: value for name, value in entry.items() if name not in ("digest", "signature")}
        if digest_of_bytes(canonical(fields)) != entry["digest"]:
            yield Finding("ledger-digest", "high", where)
        party = entry["party"]
        key = self.keys.get(party) if isinstance(self.keys, Mapping) else self.keys
        if key is None:
            self.unsigned.add(party)
        elif not key.verifies(signed_bytes(fields), entry["signature"]):
            yield Finding("ledger-signature", "high", where, {"party": party})

    def _follows(self, entry: dict[str, Any], where: str) -> Iterator[Finding]:
        """What the line says of the one before it."""
        party = entry["party"]
        if self.last and party not in self.last and not isinstance(self.keys, Mapping):
            yield Finding("ledger-other-party", "medium" if self.keys is None else "high", where, {"party": party})
        before = self.last.get(party)
        expected = before["seq"] + 1 if before else 0
        if entry["seq"] != expected:
            yield Finding("ledger-gap", "high", where, {"expected": expected, "found": entry["seq"]})
        if entry["previous"] != (before["digest"] if before else NOUGHT):
            yield Finding("ledger-previous", "high", where)
        if before and entry["time"] < before["time"]:
            yield Finding("ledger-clock", "medium", where)

    def end(self) -> Iterator[Finding]:
        for party in sorted(self.unsigned):
            yield Finding("ledger-key-unknown", "low", party, {"party": party})
