"""The shape of a JSON file as data: one description checks a file and prints the JSON Schema that others use.

A shape answers the first fault of a value, or None. Unknown keys are faults: what is not described is not signed off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from biopact.ledger.canonical import LARGEST

__all__ = ["Choice", "Fault", "Flag", "ListOf", "MapOf", "Maybe", "OneOf", "Record", "Shape", "Text", "Whole"]

# control characters, and the marks that turn the direction of writing: a text must not rewrite the reader's screen
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_PLAIN = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a value is not of its shape, and the code of what was expected there (``ledger.expected.*``)."""

    path: str
    expected: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Shape(Protocol):
    """What a value may be."""

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        ...

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema 2020-12."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a screen can show; ``pattern`` must match all of it."""

    pattern: str | None = None
    most: int = 500
    about: str | None = None
    least: int = 1

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        if not isinstance(value, str) or not self.least <= len(value) <= self.most or _ODD.search(value):
            return Fault(path, "text", {"most": self.most})
        if self.pattern and not re.fullmatch(self.pattern, value):
            return Fault(path, "pattern", {"pattern": self.about or self.pattern})
        return None

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        told = {"description": self.about} if self.about else {}
        pattern = f"^(?:{self.pattern})$" if self.pattern else _PLAIN
        return {"type": "string", "minLength": self.least, "maxLength": self.most, "pattern": pattern, **told}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of texts."""

    of: tuple[str, ...]

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        known = isinstance(value, str) and value in self.of
        return None if known else Fault(path, "choice", {"known": ", ".join(self.of)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"enum": list(self.of)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from 0 on."""

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
        return None if good else Fault(path, "whole")

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "integer", "minimum": 0, "maximum": LARGEST}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        return None if isinstance(value, bool) else Fault(path, "flag")

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Maybe:
    """A shape, or null."""

    of: Shape

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        return None if value is None else self.of.fault(value, path)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"anyOf": [self.of.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several shapes; the fault told is that of the first."""

    of: tuple[Shape, ...]

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        faults = [shape.fault(value, path) for shape in self.of]
        return None if None in faults else faults[0]

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"anyOf": [shape.schema() for shape in self.of]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, each part of one shape."""

    of: Shape
    least: int = 0
    most: int = 100_000

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            return Fault(path, "list", {"least": self.least})
        return next((bad for at, part in enumerate(value) if (bad := self.of.fault(part, f"{path}[{at}]"))), None)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "array", "minItems": self.least, "maxItems": self.most, "items": self.of.schema()}


@dataclass(frozen=True, slots=True)
class MapOf:
    """Keys of one shape, values of another."""

    key: Text
    of: Shape

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        if not isinstance(value, dict):
            return Fault(path, "object")
        for name, part in value.items():
            if bad := self.key.fault(name, path) or self.of.fault(part, f"{path}.{name}" if path else name):
                return bad
        return None

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "object", "propertyNames": self.key.schema(), "additionalProperties": self.of.schema()}


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields, every one required, no others."""

    fields: Mapping[str, Shape]
    about: str | None = None

    def fault(self, value: Any, path: str = "") -> Fault | None:
        """The first fault."""
        if not isinstance(value, dict):
            return Fault(path, "object")
        for name, shape in self.fields.items():
            inner = f"{path}.{name}" if path else name
            if name not in value:
                return Fault(inner, "present")
            if bad := shape.fault(value[name], inner):
                return bad
        extra = next((name for name in value if name not in self.fields), None)
        return None if extra is None else Fault(path, "known-key", {"key": _short(extra)})

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        told = {"description": self.about} if self.about else {}
        return {
            "type": "object",
            **told,
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
            "required": list(self.fields),
            "additionalProperties": False,
        }


def _short(key: str) -> str:
    return _ODD.sub("?", key)[:80]
