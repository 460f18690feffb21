"""What a pact may say besides its structure: facts, whose names and types somebody above knows.

The law declares the facts its rules ask about. Reading is given that vocabulary, so that a pact with a misspelt fact,
or a value outside its domain, is refused where it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

__all__ = ["FactFault", "Subject", "Vocabulary"]

Subject = Literal["party", "item", "flow"]


class FactFault(Exception):
    """A value that its fact cannot take.

    Either ``expected`` and ``found`` say it in words, or ``code`` names a text of both languages with its ``values``.
    ``key`` is the one it stands under, of a fact that is kept by key.
    """

    def __init__(
        self, expected: str = "", found: str = "", /, code: str | None = None, key: str | None = None, **values: object
    ) -> None:
        super().__init__(expected)
        self.code = code or "pact.bad-fact"
        self.key = key
        self.values: dict[str, object] = {"expected": expected, "found": found, **values}


class Vocabulary(Protocol):
    """The facts that may be written of a party, an item of a kind, or a flow.

    A name that is also structural (``country``, ``contains``) is read as structure; the values of ``contains`` are
    admitted by the vocabulary all the same, where it names that fact.
    """

    def names(self, subject: Subject, kind: str | None) -> Collection[str]:
        """The names that may be written; ``kind`` is that of the party or item."""
        ...

    def admit(self, subject: Subject, kind: str | None, name: str, value: object) -> object:
        """The typed value of what was written (never null). Raises FactFault."""
        ...

    def schema(self, subject: Subject, kind: str | None) -> Mapping[str, object]:
        """The JSON Schema of each value as it is written, by name."""
        ...
