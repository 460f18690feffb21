"""Bodies whose names in the two languages do not sound alike: found by a curated table (``data/organisations.csv``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from biopact.screening.names.name import Name, names_of
from biopact.screening.resources import table

__all__ = ["Alias", "alias", "bodies_of"]


class Alias(NamedTuple):
    """1 where both names are of one body of the table, else 0; and that body."""

    score: float
    body: str


_NOTHING = Alias(0.0, "")


def alias(one: Name, other: Name) -> Alias:
    """Whether the table knows both names as names of one body."""
    both = bodies_of(one) & bodies_of(other)
    return Alias(1.0, min(both)) if both else _NOTHING


def bodies_of(name: Name) -> frozenset[str]:
    """The bodies of the table that have this name, whatever their legal form."""
    return _known().get(_key(name), frozenset())


@cache
def _known() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in table("organisations"):
        for written in (*row["en"].split("|"), *row["ko"].split("|")):
            for name in names_of(written, "organisation"):
                found.setdefault(_key(name), set()).add(row["id"])
    return {key: frozenset(bodies) for key, bodies in found.items()}


def _key(name: Name) -> str:
    return name.joined
