"""Faults of a pact, gathered while it is read, so that all of them are told at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from biopact.errors import InputError, InputErrors, PactError, Place
from biopact.marked import Marked, Step
from biopact.pact.models import Evidence, Identifiers, Leg, Limits, Owner, Prior
from biopact.pact.written import nearest, shown

__all__ = ["Faults", "written_names"]

_NESTED: dict[Step, type[BaseModel]] = {
    "owners": Owner,
    "prior": Prior,
    "identifiers": Identifiers,
    "legs": Leg,
    "limits": Limits,
    "evidence": Evidence,
}
_TYPES = {  # what pydantic calls a fault -> our code; the rest is `expected-something-else`
    "model_type": "expected-mapping",
    "model_attributes_type": "expected-mapping",
    "dict_type": "expected-mapping",
    "mapping_type": "expected-mapping",
    "is_instance_of": "expected-mapping",
    "list_type": "expected-list",
    "tuple_type": "expected-list",
    "frozen_set_type": "expected-list",
    "set_type": "expected-list",
    "string_type": "expected-text",
    "bool_type": "expected-yes-no",
    "string_pattern_mismatch": "odd-number-of-party",
}


def written_names(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys under which the fields of a model are written."""
    return tuple(field.alias or name for name, field in model.model_fields.items() if name not in ("id", "facts"))


class Faults:
    """The faults found in one file. Everything is added with the path of the part it is about."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.found: list[InputError] = []

    def place(self, *path: Step) -> Place:
        """The place of a part, with the field of the nearest part that is written."""
        known = path
        while known and known not in self.marked.lines:
            known = known[:-1]
        return self.marked.place(*known)

    def add(self, code: str, *path: Step, **values: object) -> None:
        """Add a fault of the catalogue ``pact``."""
        self.found.append(PactError(f"pact.{code}", self.place(*path), **values))

    def missing(self, key: str, *path: Step) -> None:
        """Add that a key is not written; the place is that of what should hold it."""
        self.found.append(PactError("pact.missing-key", self.marked.place(*path, key), key=key))

    def unknown_key(self, key: str, known: Collection[str], *path: Step) -> None:
        """Add that a key is not known here, with the nearest that is."""
        near = nearest(key, known)
        if near:
            self.add("unknown-key-near", *path, key, key=shown(key), near=near)
        else:
            self.add("unknown-key", *path, key, key=shown(key), known=", ".join(sorted(known)))

    def unknown_name(self, kind: str, name: str, known: Collection[str], *path: Step) -> None:
        """Add that no party, item or flow has a name; ``kind`` is one of those words."""
        near = nearest(name, known)
        if near:
            self.add(f"unknown-{kind}-near", *path, found=shown(name), near=near)
        else:
            self.add(f"unknown-{kind}", *path, found=shown(name), known=", ".join(known) or "-")

    def of_model(self, error: ValidationError, *path: Step, renamed: dict[Step, Step] | None = None) -> None:
        """Add what pydantic found; ``renamed`` maps the first steps of its places to what was written."""
        for detail in error.errors(include_url=False):
            inner: list[Step] = [step for step in detail["loc"] if step != "[key]"]
            if inner and renamed and inner[0] in renamed:
                inner = [renamed[inner[0]], *inner[1:]]
            self._one(dict(detail), (*path, *inner))

    def of_written(self, reader: Callable[[Any], object], value: object, *path: Step) -> None:
        """Add the fault that the reader of a written form finds in a value, if any."""
        try:
            reader(value)
        except PydanticCustomError as error:
            self.add(error.type.removeprefix("pact."), *path, **(error.context or {}))

    def _one(self, detail: dict[str, Any], where: tuple[Step, ...]) -> None:
        kind: str = detail["type"]
        if kind.startswith("pact."):
            self.add(kind.removeprefix("pact."), *where, **detail.get("ctx", {}))
        elif kind == "missing":
            self.missing(str(where[-1]), *where[:-1])
        elif kind == "extra_forbidden":
            holder = next((_NESTED[step] for step in reversed(where[:-1]) if step in _NESTED), None)
            self.unknown_key(str(where[-1]), written_names(holder) if holder else (), *where[:-1])
        elif kind == "string_pattern_mismatch" and where[-1] == "sha256":
            self.add("odd-digest", *where, found=shown(detail.get("input")))
        else:
            self.add(_TYPES.get(kind, "expected-something-else"), *where, found=shown(detail.get("input")))

    def raise_if_any(self) -> None:
        """Raise the one fault there is, or all together in the order of their lines."""
        ordered = sorted(self.found, key=lambda each: (each.place.line or 0) if each.place else 0)
        if len(ordered) == 1:
            raise ordered[0]
        if ordered:
            raise InputErrors(ordered)
