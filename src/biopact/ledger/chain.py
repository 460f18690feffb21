"""A ledger: one JSON object a line, each naming the digest of the line before and signed by its party.

What was written cannot be changed, taken out or put in between without every later line showing it. What was cut off at
the end shows only against a head that somebody else holds, such as the one in a receipt.
"""

from __future__ import annotations

import datetime
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from biopact.errors import ExternalError, InputError, Place, VerificationError
from biopact.ledger.canonical import canonical, digest_of_bytes
from biopact.ledger.findings import Finding
from biopact.ledger.forms import ENTRY, LEDGER_SCHEMA, NOUGHT, admit, body_shape
from biopact.ledger.keys import PublicKey, SigningKey
from biopact.ledger.links import Line, check_lines, signed_bytes
from biopact.ledger.locking import locked
from biopact.ledger.strict import parse

__all__ = ["Entry", "Head", "Ledger", "gather", "moment", "read_chain", "verify_chain"]

MAX_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``digest`` is that of all but digest and signature."""

    schema: str
    seq: int
    time: str
    party: str
    kind: str
    body: Mapping[str, Any]
    previous: str
    digest: str
    signature: str

    def to_dict(self) -> dict[str, Any]:
        """As it is written."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger stands: how many entries, and the digest of the last (noughts where there is none)."""

    length: int
    digest: str


def _complain(finding: Finding) -> None:
    print(f"{finding.where}: {finding.text()}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one party. ``tell`` hears of what an earlier crash left behind; by default standard error does."""

    path: Path
    party: str
    key: SigningKey
    tell: Callable[[Finding], None] = _complain

    def append(self, kind: str, body: Mapping[str, Any], now: datetime.datetime | None = None) -> Entry:
        """Sign and write one entry; when this returns it is on the disk, when it raises nothing was written.

        Raises VerificationError where the last entry is not one of this party, InputError where the body is not of
        its kind's form, ExternalError where another process holds the ledger or the disk does not take it.
        """
        admit(body_shape(kind), dict(body), Place(self.path))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self.path), self.path.open("a+b") as file:
                last = self._repaired(file)
                entry = self._next(last, kind, dict(body), moment(now))
                _write(file, canonical(entry.to_dict()) + b"\n")
                return entry
        except OSError as error:
            raise ExternalError(
                "ledger.cannot-write", Place(self.path), why=error.strerror or type(error).__name__
            ) from None

    def entries(self) -> tuple[Entry, ...]:
        """Every whole entry, in order, unverified. Raises InputError where a line is not one."""
        return read_chain(self.path) if self.path.exists() else ()

    def head(self) -> Head:
        """Where it stands."""
        entries = self.entries()
        return Head(entries[-1].seq + 1, entries[-1].digest) if entries else Head(0, NOUGHT)

    def find(self, kind: str, body: Mapping[str, Any]) -> Entry | None:
        """The earliest entry of this kind that says exactly this."""
        wanted = canonical(dict(body))
        return next((it for it in self.entries() if it.kind == kind and canonical(it.body) == wanted), None)

    def _next(self, last: Entry | None, kind: str, body: dict[str, Any], time: str) -> Entry:
        fields = {
            "schema": LEDGER_SCHEMA,
            "seq": last.seq + 1 if last else 0,
            "time": time,
            "party": self.party,
            "kind": kind,
            "body": body,
            "previous": last.digest if last else NOUGHT,
        }
        message = signed_bytes(fields)
        whole: dict[str, Any] = {
            **fields,
            "digest": digest_of_bytes(canonical(fields)),
            "signature": self.key.sign(message),
        }
        admit(ENTRY, whole, Place(self.path))
        return Entry(**whole)

    def _repaired(self, file: IO[bytes]) -> Entry | None:
        """The last entry, after the torn end of an earlier crash has been set aside."""
        start, tail = _last_line(file)
        if tail and not tail.endswith(b"\n"):
            whole = _entry_of(tail, Place(self.path))
            if whole is not None:  # only the end of the line was lost
                _write(file, b"\n")
            else:
                self._set_aside(file, start, tail)
                start, tail = _last_line(file)
        if not tail:
            return None
        last = _entry_of(tail, Place(self.path))
        found = check_lines([Line(1, tail)], {self.party: self.key.public}, alone=True) if last else ()
        if last is None or last.party != self.party or any(finding.severity == "high" for finding in found):
            raise VerificationError("ledger.tail-broken", Place(self.path))
        return last

    def _set_aside(self, file: IO[bytes], start: int, tail: bytes) -> None:
        aside = self.path.with_name(f"{self.path.name}.torn-{secrets.token_hex(4)}")
        with aside.open("xb") as kept:
            kept.write(tail)
        file.truncate(start)
        self.tell(Finding("ledger-set-aside", "medium", str(self.path), {"file": aside.name}))


def moment(now: datetime.datetime | None = None) -> str:
    """A moment in UTC as it is written: seconds, with a Z. A time without a zone is taken to be UTC."""
    at = now or datetime.datetime.now(datetime.UTC)
    if at.tzinfo is not None:
        at = at.astimezone(datetime.UTC)
    return at.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read_chain(path: Path) -> tuple[Entry, ...]:
    """The entries of a file, unverified; a torn last line is left out. Raises InputError for any other line."""
    entries = []
    for line in _lines(path):
        value = _entry_of(line.content, Place(path, line.number))
        if value is None and not line.content.endswith(b"\n"):
            break
        if value is None:
            raise InputError("ledger.not-an-entry", Place(path, line.number))
        entries.append(value)
    return tuple(entries)


def verify_chain(path: Path, key: PublicKey | Mapping[str, PublicKey] | None = None) -> tuple[Finding, ...]:
    """What does not hold in a ledger file; nothing found means every line follows on the one before.

    ``key`` is the party's public key, or one for each party where a file holds the ledgers of several; without it
    signatures are not checked, and a finding says so. Raises InputError where there is no such file.
    """
    return check_lines(_lines(path), key)


def gather(ledgers: Iterable[Path], target: Path) -> None:
    """Put the ledgers of several parties into one file, by time; each party's chain stays whole inside it."""
    placed = []
    for path in ledgers:
        latest = ""
        for entry in read_chain(path):
            latest = max(latest, entry.time)  # a clock that ran back must not turn a chain around
            placed.append((latest, entry.party, entry.seq, entry))
    entries = [entry for *_, entry in sorted(placed, key=lambda it: it[:3])]
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(b"".join(canonical(entry.to_dict()) + b"\n" for entry in entries))
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ExternalError("ledger.cannot-write", Place(target), why=error.strerror or "?") from None


def _lines(path: Path) -> Iterable[Line]:
    """The lines of a file, each with its number and its end."""
    try:
        with path.open("rb") as file:
            number = 0
            while content := file.readline(MAX_LINE + 1):
                number += 1
                if len(content) > MAX_LINE:
                    raise InputError("ledger.line-too-long", Place(path, number), limit=MAX_LINE)
                yield Line(number, content)
    except FileNotFoundError:
        raise InputError("ledger.missing", Place(path)) from None
    except OSError as error:
        raise InputError("ledger.unreadable", Place(path), why=error.strerror or type(error).__name__) from None


def _entry_of(content: bytes, place: Place) -> Entry | None:
    """The entry of a line; None where it is none."""
    try:
        value = parse(content, place)
        admit(ENTRY, value, place)
    except InputError:
        return None
    return Entry(**value)


def _last_line(file: IO[bytes]) -> tuple[int, bytes]:
    """Where the last line begins, and its bytes with their end."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 2 * MAX_LINE)
    file.seek(start)
    block = file.read(size - start)
    cut = block.rfind(b"\n", 0, len(block) - 1) + 1 if block else 0
    return start + cut, block[cut:]


def _write(file: IO[bytes], content: bytes) -> None:
    """Append bytes and see them onto the disk; on failure the file is as it was."""
    size = file.seek(0, os.SEEK_END)
    try:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise
