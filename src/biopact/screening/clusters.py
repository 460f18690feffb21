"""Entries of several lists that are one entity of the world: told once."""

from __future__ import annotations

from collections.abc import Sequence

from biopact.screening.lists.entry import Entry
from biopact.screening.names.name import Name

__all__ = ["clusters"]


def clusters(entries: Sequence[Entry], names: Sequence[Sequence[Name]]) -> list[int]:
    """For each entry the number of its entity: that of its first entry.

    Entries of different lists are one where they have the same id there (OFAC's numbers stand in the consolidated list
    too), share an official number, or have the same name of two words or six letters, and nothing that is known of both
    (kind, birth years, countries) speaks against it. A name that a list gives to two entries joins nothing.
    """
    parent = list(range(len(entries)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    held: dict[tuple[str, ...], dict[str, list[int]]] = {}
    for at, entry in enumerate(entries):
        keys = {("id", entry.id)} if entry.id.startswith("ofac-") else set[tuple[str, ...]]()
        keys |= {(kind, number) for kind, values in entry.identifiers.items() for number in values}
        keys |= {("name", *sorted(name.tokens)) for name in names[at] if len(name.tokens) > 1 or len(name.joined) >= 6}
        for key in keys:
            held.setdefault(key, {}).setdefault(entry.list, []).append(at)
    for key, by_list in held.items():
        if len(by_list) < 2 or any(len(found) > 1 for found in by_list.values()):
            continue
        first, *others = (found[0] for found in by_list.values())
        for other in others:
            if key[0] != "name" or _may_be_one(entries[first], entries[other]):
                a, b = sorted((root(first), root(other)))
                parent[b] = a
    return [root(at) for at in range(len(entries))]


def _may_be_one(one: Entry, other: Entry) -> bool:
    kinds = {one.kind, other.kind} - {"unknown"}
    born = not one.birth_years or not other.birth_years or bool(one.birth_years & other.birth_years)
    lands = not one.countries or not other.countries or bool(one.countries & other.countries)
    return len(kinds) < 2 and born and lands
