"""Files of the law that are lists of entries (register, topics, standards): read strictly, each fault with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact.errors import InputError, InputErrors, Place, RuleError
from biopact.marked import Marked, Step, read
from biopact.rules.language.facts import nearest

__all__ = ["Listing", "Texts", "listing"]

Texts = Mapping[str, str]


@dataclass
class Listing:
    """The entries of one file while they are read; faults are gathered and told together."""

    marked: Marked
    key: str
    faults: list[InputError] = field(default_factory=list)

    def entries(self, known: Collection[str], needed: Collection[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each entry with its number; one that is no mapping, lacks a key or has an unknown one is told."""
        for number, entry in enumerate(self.marked.value[self.key]):
            if not isinstance(entry, dict):
                self.fault("lawbook.entry-form", number)
                continue
            for key in entry:
                if key not in known:
                    self.fault("lawbook.unknown-key", number, key, key=key, near=nearest(key, known) or "–")
            for key in needed:
                if key not in entry:
                    self.fault("lawbook.key-missing", number, key=key)
            if all(key in entry for key in needed):
                yield number, entry

    def place(self, number: int, *path: Step) -> Place:
        """Where an entry, or a part of one, is written."""
        return self.marked.place(self.key, number, *path)

    def fault(self, code: str, number: int, *path: Step, **values: object) -> None:
        """Note a fault of an entry."""
        self.faults.append(RuleError(code, self.place(number, *path), **values))

    def both(self, number: int, entry: Mapping[str, Any], key: str) -> Texts:
        """A text in both languages; empty where it is not."""
        found = entry.get(key)
        if isinstance(found, dict) and found.get("en") and found.get("ko"):
            return found
        self.fault("lawbook.both-languages", number, key, key=key)
        return {"en": "", "ko": ""}

    def one(self, number: int, entry: Mapping[str, Any], key: str, known: Collection[str]) -> str:
        """One of some words."""
        found = entry.get(key)
        if found not in known:
            self.fault("lawbook.not-one-of", number, key, key=key, found=str(found), known=", ".join(known))
        return str(found)

    def several(self, number: int, entry: Mapping[str, Any], key: str, known: Collection[str], what: str) -> list[str]:
        """Some ids, each of which must be there."""
        found = [str(each) for each in entry.get(key) or ()]
        for each in found:
            if each not in known:
                self.fault("lawbook.no-such", number, key, what=what, id=each, near=nearest(each, known) or "–")
        return found

    def done(self) -> None:
        """Raise what was found, if anything was."""
        if self.faults:
            raise InputErrors(self.faults) if len(self.faults) > 1 else self.faults[0]


def listing(path: Path, key: str) -> Listing:
    """A file with a list under a key. Raises RuleError where it is not one."""
    marked = read(path, RuleError)
    if not isinstance(marked.value, dict) or not isinstance(marked.value.get(key), list):
        raise RuleError("lawbook.no-list", marked.place(), key=key)
    return Listing(marked, key)
