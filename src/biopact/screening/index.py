"""The lists made ready for matching: every name prepared once, with the keys by which candidates are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from biopact.screening.clusters import clusters
from biopact.screening.keys import Key, sound_keys
from biopact.screening.lists.entry import Entry, Listing
from biopact.screening.names.alias import bodies_of
from biopact.screening.names.forms import words
from biopact.screening.names.loanwords import frame
from biopact.screening.names.name import Name, names_of, skeleton

__all__ = ["Index", "marks_of"]

_OFTEN = 1500  # a word of more names than this finds no candidates


@dataclass(frozen=True)
class Index:
    """Lists, their entries, and the names of these: ``owners[i]`` is the entry of ``names[i]``."""

    listings: tuple[Listing, ...]
    entries: tuple[Entry, ...]
    names: tuple[Name, ...]
    owners: tuple[int, ...]
    entities: tuple[int, ...]  # for each entry its entity over all lists

    @classmethod
    def of(cls, listings: Sequence[Listing]) -> Index:
        """Prepare lists."""
        entries = tuple(entry for listing in listings for entry in listing.entries)
        prepared = [[name for written in entry.names for name in names_of(written, entry.kind)] for entry in entries]
        names = tuple(name for each in prepared for name in each)
        owners = tuple(at for at, each in enumerate(prepared) for _ in each)
        return cls(tuple(listings), entries, names, owners, tuple(clusters(entries, prepared)))

    @cached_property
    def by_number(self) -> dict[tuple[str, str], list[int]]:
        """Entries by official number."""
        found = defaultdict[tuple[str, str], list[int]](list)
        for at, entry in enumerate(self.entries):
            for kind, values in entry.identifiers.items():
                for number in values:
                    found[kind, number].append(at)
        return dict(found)

    @cached_property
    def by_body(self) -> dict[str, list[int]]:
        """Names by the body of the curated table that they are a name of."""
        return _grouped((body, at) for at, name in enumerate(self.names) for body in bodies_of(name))

    @cached_property
    def by_key(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Names by their spelling key: the Latin ones, and those in Hangul."""
        latin = _grouped((name.key, at) for at, name in enumerate(self.names) if not name.hangul)
        return latin, _grouped((name.key, at) for at, name in enumerate(self.names) if name.hangul)

    @cached_property
    def by_mark(self) -> dict[str, list[int]]:
        """Names by the bones of each of their telling words, but those that too many share."""
        found = _grouped((mark, at) for at, name in enumerate(self.names) for mark in marks_of(name))
        return {mark: each for mark, each in found.items() if len(each) <= _OFTEN}

    @cached_property
    def by_surname(self) -> dict[str, dict[str, list[int]]]:
        """Names by each surname that they may have, then by the coarse sounds of the given name."""
        found = defaultdict[str, defaultdict[str, list[int]]](lambda: defaultdict(list))
        for at, name in enumerate(self.names):
            for surname, given in sound_keys(name):
                found[surname][given].append(at)
        return {surname: dict(each) for surname, each in found.items()}

    @cached_property
    def plainly_korean(self) -> dict[Key, list[int]]:
        """Latin names that plainly are Korean, by surname and sounds."""
        return _grouped(
            (key, at) for at, name in enumerate(self.names) if not name.hangul for key in sound_keys(name, strict=True)
        )

    @cached_property
    def by_frame(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Names of bodies by their frame of sounds: the Latin ones, and those in Hangul."""
        framed = [(frame(name), at) for at, name in enumerate(self.names) if name.body or name.hangul]
        latin = _grouped((key, at) for key, at in framed if len(key) >= 4 and not self.names[at].hangul)
        return latin, _grouped((key, at) for key, at in framed if len(key) >= 4 and self.names[at].hangul)


def marks_of(name: Name) -> frozenset[str]:
    """The bones of a name's telling words."""
    if name.hangul:
        return frozenset()
    return frozenset(
        bones if len(bones) >= 3 else token
        for token in name.tokens
        if len(token) >= 3 and token not in words("common") and (bones := skeleton(token))
    )


def _grouped(pairs: object) -> dict:  # type: ignore[type-arg]
    found = defaultdict(list)
    for key, at in pairs:  # type: ignore[attr-defined]
        found[key].append(at)
    return dict(found)
