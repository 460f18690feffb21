"""Taking a study file apart: typed fields with their places; what is wrong is collected, not thrown at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from biopact.errors import InputError, Place, StudyError
from biopact.marked import Marked, Step

__all__ = ["Fields"]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping of the file at a path, with the list into which its faults go."""

    marked: Marked
    path: tuple[Step, ...]
    value: Mapping[str, Any]
    faults: list[InputError]
    asked: set[str] = field(default_factory=set)

    def place(self, *more: Step) -> Place:
        """Where a part of this mapping was written."""
        return self.marked.place(*self.path, *more)

    def fault(self, code: str, *more: Step, **values: object) -> None:
        """Note a fault of a part."""
        self.faults.append(StudyError(code, self.place(*more), **values))

    def known(self, *keys: str) -> None:
        """Note each key that is none of these, with the nearest of them."""
        for key in self.value:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                code = "study.unknown-key-near" if near else "study.unknown-key"
                self.fault(code, key, key=key, near=near[0] if near else "", keys=", ".join(keys))

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text, or the default where the key is not written."""
        found = self.value.get(key)
        if found is None:
            return default
        if isinstance(found, str) and found.strip():
            return found
        self._wrong(key, "text", found)
        return default

    def needed(self, key: str) -> str:
        """A text that must be written; empty after its fault was noted."""
        if self.value.get(key) is None:
            self.fault("study.needed", key=key)
        return self.text(key) or ""

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        """One of a closed list."""
        found, known = self.text(key, default), tuple(choices)
        if found not in known:
            self.fault("study.not-one-of", key, key=key, found=found, known=", ".join(known))
            return default
        return found or default

    def number(self, key: str) -> float | None:
        """A finite number."""
        found = self.value.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, (int, float)) or abs(found) > 1e100:
            self._wrong(key, "number", found)
            return None
        return float(found)

    def integer(self, key: str) -> int | None:
        """A whole number."""
        found = self.value.get(key)
        if found is None or (isinstance(found, int) and not isinstance(found, bool)):
            return found
        self._wrong(key, "integer", found)
        return None

    def names(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, each once; one text stands for a list of one. None where the key is not written."""
        found = self.value.get(key)
        if found is None:
            return None
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self._wrong(key, "names", found)
            return ()
        if len(set(listed)) < len(listed):
            self.fault("study.twice-in-list", key, key=key)
        return tuple(dict.fromkeys(listed))

    def words(self, key: str) -> dict[str, str]:
        """A text in both languages (or one text for both)."""
        found = self.value.get(key)
        if found is None:
            return {}
        if isinstance(found, str):
            return {"en": found, "ko": found}
        if isinstance(found, dict) and all(isinstance(text, str) for text in found.values()):
            self.inside(key).known("en", "ko")
            return {language: text for language, text in found.items() if language in ("en", "ko")}
        self._wrong(key, "words", found)
        return {}

    def inside(self, key: str) -> Fields:
        """The mapping under a key; empty where it is not written or is none (which is noted)."""
        found = self.value.get(key)
        if found is not None and not isinstance(found, dict):
            self._wrong(key, "mapping", found)
        return Fields(self.marked, (*self.path, key), found if isinstance(found, dict) else {}, self.faults)

    def entries(self, key: str) -> list[Fields]:
        """The mappings of a list under a key."""
        found = self.value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self._wrong(key, "list", found)
            return []
        good = []
        for index, item in enumerate(found):
            if isinstance(item, dict):
                good.append(Fields(self.marked, (*self.path, key, index), item, self.faults))
            else:
                self.fault("study.wrong-type.mapping", key, index, key=key, found=_shape(item))
        return good

    def _wrong(self, key: str, expected: str, found: object) -> None:
        self.fault(f"study.wrong-type.{expected}", key, key=key, found=_shape(found))


def _shape(value: object) -> str:
    """What a value looks like, cut short."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    text = "true" if value is True else "false" if value is False else str(value)
    return text if len(text) <= 40 else text[:40] + "…"
