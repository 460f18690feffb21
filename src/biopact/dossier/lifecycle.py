"""The life of each document over the sequences: what is in force after all of them, and how it came to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from biopact.dossier.model import Application, Leaf

__all__ = ["Document", "Lives", "follow", "withheld"]

Key = tuple[str, str, str]
ENDS = ("replace", "delete")


@dataclass(frozen=True, slots=True)
class Document:
    """A document through its life: its events in order, and the leaves of it that are in force."""

    events: tuple[Leaf, ...]
    in_force: tuple[Leaf, ...]
    whole: bool  # its beginning is here


@dataclass(frozen=True)
class Lives:
    """How leaves modify each other.

    ``ended`` names the leaf that ended another; ``circles`` are keys that modify each other in a circle; ``order`` is that of
    the sequences, then of the documents.
    """

    application: Application
    modified_by: Mapping[Key, tuple[Leaf, ...]]
    ended: Mapping[Key, Leaf]
    circles: tuple[tuple[Key, ...], ...]

    def in_force(self, leaf: Leaf) -> bool:
        """Whether a leaf counts after all sequences."""
        return leaf.live and leaf.key not in self.ended

    @property
    def current(self) -> tuple[Leaf, ...]:
        """The current view: every leaf in force, in the order of headings, then of sequences."""
        found = [leaf for it in self.application.sequences for leaf in it.leaves if self.in_force(leaf)]
        return tuple(sorted(found, key=_order))

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document with its life."""
        return tuple(sorted(self._documents(), key=lambda it: _order(it.events[0])))

    def _documents(self) -> Iterator[Document]:
        leaves = self.application.leaves
        origins: dict[Key, list[Leaf]] = {}
        whole: dict[Key, bool] = {}
        for sequence in self.application.sequences:
            for leaf in sequence.leaves:
                origin, complete = self._origin(leaf, leaves)
                origins.setdefault(origin, []).append(leaf)
                whole[origin] = whole.get(origin, True) and complete
        for origin, events in origins.items():
            yield Document(tuple(events), tuple(leaf for leaf in events if self.in_force(leaf)), whole[origin])

    def _origin(self, leaf: Leaf, leaves: Mapping[Key, Leaf]) -> tuple[Key, bool]:
        """The key of the leaf with which a document began, and whether that leaf is here."""
        seen = {leaf.key}
        while leaf.target is not None and leaf.operation != "new":
            key = (leaf.target.sequence, leaf.target.backbone, leaf.target.leaf)
            if key not in leaves or key in seen:
                return key, False
            seen.add(key)
            leaf = leaves[key]
        return leaf.key, True


def follow(application: Application) -> Lives:
    """Follow every ``modified-file`` of an application."""
    leaves = application.leaves
    modified: dict[Key, list[Leaf]] = {}
    ended: dict[Key, Leaf] = {}
    after: dict[Key, Key] = {}
    for sequence in application.sequences:
        for leaf in sequence.leaves:
            if leaf.target is None or leaf.operation == "new":
                continue
            key = (leaf.target.sequence, leaf.target.backbone, leaf.target.leaf)
            after[leaf.key] = key
            if key not in leaves:
                continue
            modified.setdefault(key, []).append(leaf)
            if leaf.operation in ENDS and leaf.target.sequence < leaf.sequence:
                ended.setdefault(key, leaf)
    return Lives(application, {key: tuple(value) for key, value in modified.items()}, ended, tuple(_circles(after)))


def withheld(application: Application) -> bool:
    """Whether sequences before the first one here, or between, are not here: what is not found may stand in them."""
    present = sorted(it.number for it in application.sequences if it.number.isdigit())
    if not present:
        return True
    first, last = int(present[0]), int(present[-1])
    if first > (0 if application.region == "kr" else 1) or len(set(present)) <= last - first:
        return True
    targets = (leaf.target for it in application.sequences for leaf in it.leaves if leaf.target is not None)
    return any(it.inside and it.sequence.isdigit() and it.sequence < present[0] for it in targets)


def _circles(after: Mapping[Key, Key]) -> Iterator[tuple[Key, ...]]:
    done: set[Key] = set()
    for start in after:
        path: list[Key] = []
        here: dict[Key, int] = {}
        key: Key | None = start
        while key is not None and key not in done and key not in here:
            here[key] = len(path)
            path.append(key)
            key = after.get(key)
        if key is not None and key in here:
            yield tuple(path[here[key] :])
        done.update(path)


def _order(leaf: Leaf) -> tuple[object, ...]:
    heading = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in leaf.context.heading.split("."))
    return (heading, leaf.context.attributes, leaf.context.nodes, leaf.title, leaf.sequence, leaf.id)
