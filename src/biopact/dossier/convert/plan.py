"""Which leaf goes where in the second country's sequences: kept, set aside, left out; under which number and id."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from biopact.dossier.backbone import W3C, WITH_C
from biopact.dossier.convert.assembly import Placed, extension
from biopact.dossier.convert.trees import Node, leaf_nodes, read_tree
from biopact.dossier.lifecycle import follow
from biopact.dossier.model import Application, Leaf, Sequence, StudyFile
from biopact.dossier.tree import open_bytes
from biopact.dossier.xmlreading import MOST_BYTES

__all__ = ["Kept", "Planned", "current_view", "numbers", "planned", "region_specific", "renumbered_path"]

REGIONAL = "3.2.R"


@dataclass(frozen=True, slots=True)
class Kept:
    """A leaf of the target: where it is placed, and which file it brings (source path → path in its sequence)."""

    placed: Placed
    source: Leaf
    file: tuple[str, str] | None


@dataclass(frozen=True)
class Planned:
    """One sequence of the target. ``aside`` are region-specific leaves, ``left_out`` those whose file is not there."""

    number: str
    kept: tuple[Kept, ...]
    aside: tuple[Leaf, ...]
    left_out: tuple[Leaf, ...]


def numbers(application: Application, target: str) -> Mapping[str, str]:
    """Source sequence to target sequence: U.S. 0001 is Korean 0000. One to one; also for sequences that are not here."""
    known = [it.number for it in application.sequences]
    shift = {"kr": -1, "us": 1}[target] if application.region != target else 0
    if shift == -1 and "0000" in known:
        shift = 0
    if shift == 1 and "0000" not in known and not application.single:
        shift = 0
    return {f"{number:04d}": f"{number + shift:04d}" for number in range(max(0, -shift), 10_000 - max(0, shift))}


def region_specific(leaf: Leaf) -> bool:
    """Whether a leaf stands under 3.2.R, whose content each region sets for itself."""
    return leaf.context.heading == REGIONAL


def planned(application: Application, sequence: Sequence, map_: Mapping[str, str], nodes: bool) -> Planned:
    """The plan of one sequence, modules 2 to 5; ``nodes`` turns study tagging into node extensions."""
    kept: list[Kept] = []
    aside: list[Leaf] = []
    left_out: list[Leaf] = []
    tagging = {study.path for study in sequence.studies}
    titles = _study_titles(sequence) if nodes else {}
    for leaf, node, path in _pairs(application, sequence):
        if leaf.context.module == "m1" or (nodes and leaf.file in tagging):
            continue
        if region_specific(leaf):
            aside.append(leaf)
        elif leaf.live and leaf.file not in application.tree.files:
            left_out.append(leaf)
        else:
            kept.append(_kept(leaf, _renumbered(node, map_), path, titles.get(leaf.id)))
    return Planned(map_[sequence.number], tuple(kept), tuple(aside), tuple(left_out))


def _study_titles(sequence: Sequence) -> Mapping[str, str]:
    """Leaf to the title of its study's node extension."""
    found: dict[str, str] = {}
    for study in sequence.studies:
        for document in study.documents:
            if document.target is not None:
                found[document.target.leaf] = " - ".join(it for it in (study.study_id, study.title) if it)
    return found


def _pairs(application: Application, sequence: Sequence) -> Iterator[tuple[Leaf, Node, tuple[Node, ...]]]:
    """Each leaf of an index with its node: both readings go through the document in the same order."""
    if sequence.index is None:
        return
    data = open_bytes(application.real(f"{sequence.number}/index.xml"), MOST_BYTES) or b""
    nodes = leaf_nodes(read_tree(data))
    for leaf, (node, path) in zip(sequence.index.leaves, nodes, strict=True):
        yield leaf, node, path


def _kept(leaf: Leaf, node: Node, path: tuple[Node, ...], study: str | None) -> Kept:
    if study is not None:
        path = (*path, extension(study))
    own = leaf.file is not None and leaf.file.startswith(f"{leaf.sequence}/") and leaf.live
    file = (leaf.file, leaf.file.partition("/")[2]) if own and leaf.file else None
    return Kept(Placed(path, replace(node, tail=None)), leaf, file)


def _renumbered(node: Node, map_: Mapping[str, str]) -> Node:
    """A leaf whose references to other sequences carry the target's numbers."""
    changes: dict[str, str | None] = {}
    for name in ("modified-file", f"{{{WITH_C}}}href", f"{{{W3C}}}href"):
        value = node.get(name)
        if value:
            changes[name] = renumbered_path(value, map_)
    return node.changed(changes)


def renumbered_path(reference: str, map_: Mapping[str, str]) -> str:
    """``../0001/index.xml#a`` with the target's number: the part that follows the climb, where it is a sequence."""
    parts = reference.split("/")
    for place in range(1, len(parts)):
        if parts[place - 1] == ".." and parts[place] in map_ and len(parts) > place + 1:
            parts[place] = map_[parts[place]]
            break
    return "/".join(parts)


def current_view(application: Application, number: str, nodes: bool) -> tuple[Planned, tuple[StudyFile, ...]]:
    """One first sequence that holds what is in force, each leaf as new, and the studies whose tagging is written anew."""
    lives = follow(application)
    force = {leaf.key for leaf in lives.current}
    kept: list[Kept] = []
    aside: list[Leaf] = []
    left_out: list[Leaf] = []
    used: dict[str, str] = {}
    ids: set[str] = set()
    studies = {study.path: study for sequence in application.sequences for study in sequence.studies}
    for sequence in application.sequences:
        titles = _study_titles(sequence) if nodes else {}
        for leaf, node, path in _pairs(application, sequence):
            if leaf.key not in force or leaf.context.module == "m1" or leaf.file in studies:
                continue
            if region_specific(leaf):
                aside.append(leaf)
            elif leaf.file not in application.tree.files:
                left_out.append(leaf)
            else:
                kept.append(_anew(leaf, node, path, titles.get(leaf.id), used, ids))
    return Planned(number, tuple(kept), tuple(aside), tuple(left_out)), () if nodes else tuple(studies.values())


def _anew(
    leaf: Leaf, node: Node, path: tuple[Node, ...], study: str | None, used: dict[str, str], ids: set[str]
) -> Kept:
    """A leaf in force as new: its file under a free path, its id under a free id."""
    assert leaf.file is not None
    inside = leaf.file.partition("/")[2]
    if used.setdefault(inside, leaf.file) != leaf.file:
        stem, dot = posixpath.splitext(inside)
        inside = f"{stem}-{leaf.sequence}{dot}"
        used[inside] = leaf.file
    id_ = leaf.id if leaf.id not in ids else f"{leaf.id}-{leaf.sequence}"
    ids.add(id_)
    changes = {
        "ID": id_,
        "operation": "new",
        "modified-file": None,
        f"{{{WITH_C}}}href": inside,
        f"{{{W3C}}}href": None,
    }
    made = _kept(leaf, node.changed(changes), path, study)
    return replace(made, file=(leaf.file, inside))
