"""Operations, and what they modify, across sequences."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from biopact.dossier.checks import Read
from biopact.dossier.headings import deeper
from biopact.dossier.lifecycle import Lives, follow
from biopact.dossier.model import Leaf, Raised, Sequence

__all__ = ["LONGEST_TITLE", "relations"]

LONGEST_TITLE = 512
OPERATIONS = ("new", "append", "replace", "delete")


def relations(read: Read) -> Iterator[Raised]:
    """Operations, modified-file targets, circles, ids, titles, levels of headings."""
    lives = follow(read.application)
    circling = {key for circle in lives.circles for key in circle}
    for circle in lives.circles:
        last = read.application.leaves[max(circle)]
        values = {"chain": " → ".join(f"{sequence}#{leaf}" for sequence, _, leaf in (*circle, circle[0])[:8])}
        yield _at("BP-407", last, values)
    for sequence in read.application.sequences:
        yield from _ids(sequence)
        for leaf in sequence.leaves:
            yield from _operation(leaf)
            yield from _place(leaf)
            if leaf.key not in circling:
                yield from _target(lives, leaf)
    yield from _twice(lives)
    yield from _attributes(read)


def _at(id_: str, leaf: Leaf, values: Mapping[str, object] | None = None, cannot: bool = False) -> Raised:
    return Raised(id_, leaf.sequence, leaf.id, f"{leaf.sequence}/{leaf.backbone}", leaf.line, values or {}, cannot)


def _ids(sequence: Sequence) -> Iterator[Raised]:
    for backbone in (sequence.index, sequence.regional):
        counted = Counter(leaf.id for leaf in backbone.leaves) if backbone else Counter()
        for leaf in backbone.leaves if backbone else ():
            if counted[leaf.id] > 1 and leaf.id:
                counted[leaf.id] = 0
                yield _at("BP-411", leaf, {"leaf": leaf.id})


def _operation(leaf: Leaf) -> Iterator[Raised]:
    if leaf.operation not in OPERATIONS:
        yield _at("BP-401", leaf, {"found": leaf.operation or "–"})
    elif leaf.operation == "new" and leaf.modified:
        yield _at("BP-405", leaf, {"modified": leaf.modified})
    elif leaf.operation != "new" and not leaf.modified:
        yield _at("BP-402", leaf, {"operation": leaf.operation})
    elif leaf.operation == "delete" and leaf.href:
        yield _at("BP-412", leaf, {"href": leaf.href})
    elif leaf.operation == "append" and (leaf.file or "").lower().endswith(".xpt"):
        yield _at("BP-414", leaf, {"name": posixpath.basename(leaf.file or "")})


def _place(leaf: Leaf) -> Iterator[Raised]:
    if not leaf.title and leaf.operation != "delete":
        yield _at("BP-415", leaf)
    if len(leaf.title) > LONGEST_TITLE:
        yield _at("BP-416", leaf, {"length": len(leaf.title), "limit": LONGEST_TITLE})
    if deeper(leaf.parent):
        yield _at("BP-417", leaf, {"heading": leaf.context.heading})
    if leaf.context.nodes:
        yield _at("BP-418", leaf, {"title": leaf.context.nodes[0]})


def _target(lives: Lives, leaf: Leaf) -> Iterator[Raised]:
    if leaf.operation == "new" or not leaf.modified:
        return
    target, application = leaf.target, lives.application
    if target is None:
        yield _at("BP-420", leaf, {"modified": leaf.modified})
        return
    if not target.inside:
        if application.single:
            yield _at("BP-404", leaf, {"modified": leaf.modified}, cannot=True)
        else:
            yield _at("BP-421", leaf, {"modified": leaf.modified})
        return
    if target.sequence not in application.by_number:
        yield _at("BP-404", leaf, {"modified": leaf.modified}, cannot=True)
        return
    if target.sequence >= leaf.sequence:
        yield _at("BP-408", leaf, {"modified": leaf.modified})
        return
    other = application.by_number[target.sequence]
    if (other.index if target.backbone == "index.xml" else other.regional) is None and not other.read:
        yield _at("BP-404", leaf, {"modified": leaf.modified}, cannot=True)
        return
    found = application.leaves.get((target.sequence, target.backbone, target.leaf))
    if found is None:
        yield _at("BP-403", leaf, {"modified": leaf.modified})
        return
    ended = lives.ended.get(found.key)
    if found.operation == "delete" or (ended is not None and ended.sequence < leaf.sequence):
        yield _at("BP-406", leaf, {"modified": leaf.modified, "ended": ended.sequence if ended else found.sequence})
    elif found.context.heading != leaf.context.heading:
        yield _at("BP-410", leaf, {"was": found.context.heading, "now": leaf.context.heading})


def _twice(lives: Lives) -> Iterator[Raised]:
    for key, modifiers in lives.modified_by.items():
        here: dict[str, list[Leaf]] = defaultdict(list)
        for leaf in modifiers:
            if leaf.operation in ("replace", "delete"):
                here[leaf.sequence].append(leaf)
        for leaves in here.values():
            if len(leaves) > 1:
                yield _at("BP-409", leaves[1], {"target": f"{key[0]}#{key[2]}", "first": leaves[0].id})


def _attributes(read: Read) -> Iterator[Raised]:
    """Substance, manufacturer, product and the like, spelled in two ways over the sequences."""
    spelled: dict[tuple[str, str], dict[str, Leaf]] = defaultdict(dict)
    for sequence in read.application.sequences:
        for leaf in sequence.leaves:
            for name, value in leaf.context.attributes if leaf.context.module != "m1" else ():
                same = " ".join(value.casefold().replace("-", " ").replace(",", " ").replace(".", " ").split())
                spelled[name, same].setdefault(value, leaf)
    for (name, _), forms in spelled.items():
        if len(forms) > 1:
            (first, _), *others = forms.items()
            for value, leaf in others:
                yield _at("BP-419", leaf, {"attribute": name, "found": value, "first": first})
