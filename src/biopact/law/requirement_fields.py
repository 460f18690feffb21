"""The single values of a YAML table: words of closed lists, texts in both languages, days, numbers; faults with their place."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

from biopact.errors import InputError, InputErrors, Place, RuleError
from biopact.law.requirement_model import Texts
from biopact.marked import Step
from biopact.rules.language.facts import nearest

__all__ = ["Fields", "Path"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")

T = TypeVar("T")
Path = tuple[Step, ...]


class Fields:
    """Reads values by key, notes each fault with its place, and raises them together at the end."""

    def __init__(self, place: Callable[..., Place]) -> None:
        self.place = place
        self.faults: list[InputError] = []

    def done(self) -> None:
        """Raise what was found, if anything was."""
        if len(self.faults) == 1:
            raise self.faults[0]
        if self.faults:
            raise InputErrors(self.faults)

    def keys(self, value: Mapping[str, Any], known: Collection[str], path: Path) -> None:
        """A fault for each key that is not known, with the nearest that is."""
        for key in value:
            if key not in known:
                near = nearest(key, known) or ", ".join(sorted(known)[:6])
                self.fault("unknown-key", (*path, key), key=key, near=near)

    def unique(self, values: Any, path: Path) -> None:
        """A fault for each id that stands twice in a list."""
        seen: set[object] = set()
        for index, value in enumerate(values):
            found = value.get("id") if isinstance(value, dict) else None
            if isinstance(found, str):
                if found in seen:
                    self.fault("repeated-id", (*path, index, "id"), id=found)
                seen.add(found)

    def fault(self, code: str, path: Path, **values: object) -> None:
        """Note a fault."""
        self.faults.append(RuleError(f"requirements.{code}", self.place(*path), **values))

    def mapping(self, value: Any, known: Collection[str], path: Path) -> bool:
        """Whether the value is a mapping (else a fault); its unknown keys are faults too."""
        if not isinstance(value, dict):
            self.fault("no-mapping", path, known=", ".join(sorted(known)[:8]))
            return False
        self.keys(value, known, path)
        return True

    def listed(
        self, value: Mapping[str, Any], key: str, path: Path, read: Callable[[Any, Path], T | None]
    ) -> tuple[T, ...]:
        """What a list holds, each part read; ids that repeat are faults."""
        found = value.get(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            self.fault("no-list", (*path, key))
            return ()
        self.unique(found, (*path, key))
        read_ones = [read(part, (*path, key, index)) for index, part in enumerate(found)]
        return tuple(part for part in read_ones if part is not None)

    def name(self, value: Mapping[str, Any], path: Path) -> str:
        """The id of a thing: small letters, digits and hyphens."""
        found = value.get("id")
        if isinstance(found, str) and _ID.match(found):
            return found
        self.fault("id-form", (*path, "id"), found=str(found))
        return ""

    def both(self, value: Mapping[str, Any], key: str, path: Path) -> Texts:
        """A text in both languages."""
        found = value.get(key)
        if (
            isinstance(found, dict)
            and set(found) == {"en", "ko"}
            and all(isinstance(text, str) and text.strip() for text in found.values())
        ):
            return cast(Texts, found)
        self.fault("both-languages", (*path, key), key=key)
        return {"en": "", "ko": ""}

    def text(self, value: Mapping[str, Any], key: str, path: Path, optional: bool = False) -> str | None:
        """A text that is not empty."""
        found = value.get(key)
        if isinstance(found, str) and found.strip():
            return found
        if found is not None or not optional:
            self.fault("no-text", (*path, key), key=key)
        return None

    def one(self, value: Mapping[str, Any], key: str, known: Collection[str], path: Path) -> str:
        """A word of a closed list."""
        found = value.get(key)
        if isinstance(found, str) and found in known:
            return found
        near = nearest(str(found), known) or ", ".join(list(known)[:8])
        self.fault("not-one-of", (*path, key), key=key, found=str(found), near=near)
        return ""

    def several(
        self, value: Mapping[str, Any], key: str, known: Collection[str], path: Path, at_least: int = 0
    ) -> tuple[str, ...]:
        """Words of a closed list."""
        found = self.words(value, key, path)
        for index, word in enumerate(found):
            if word not in known:
                near = nearest(word, known) or ", ".join(list(known)[:8])
                self.fault("not-one-of", (*path, key, index), key=key, found=word, near=near)
        if len(found) < at_least:
            self.fault("no-list", (*path, key))
        return found

    def words(self, value: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
        """A list of words, none twice."""
        found = value.get(key)
        if found is None:
            return ()
        if isinstance(found, list) and all(isinstance(word, str) for word in found) and len(set(found)) == len(found):
            return tuple(found)
        self.fault("no-list", (*path, key))
        return ()

    def flag(self, value: Mapping[str, Any], key: str, path: Path, default: bool) -> bool:
        """True or false."""
        found = self.maybe(value, key, path)
        return default if found is None else found

    def maybe(self, value: Mapping[str, Any], key: str, path: Path) -> bool | None:
        """True, false or not said."""
        found = value.get(key)
        if found is None or isinstance(found, bool):
            return found
        self.fault("no-flag", (*path, key), key=key, found=str(found))
        return None

    def amount(self, value: Mapping[str, Any], key: str, path: Path) -> int | None:
        """A whole number above zero, or None where null."""
        found = value.get(key)
        if found is None:
            return None
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            return found
        self.fault("no-amount", (*path, key), key=key, found=str(found))
        return None

    def whole(self, value: Mapping[str, Any], key: str, path: Path) -> int:
        """A whole number."""
        found = value.get(key)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        self.fault("no-whole", (*path, key), key=key, found=str(found))
        return 0

    def date(self, value: Mapping[str, Any], key: str, path: Path) -> datetime.date | None:
        """A day, or None where null."""
        found = value.get(key)
        if found is None:
            return None
        try:
            return datetime.date.fromisoformat(found)
        except (TypeError, ValueError):
            self.fault("no-date", (*path, key), found=str(found))
            return None
