"""The second country's sequences from the first: what is common stays byte for byte, the rest is listed for people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact.dossier.checks.required import TYPES
from biopact.dossier.convert.across import Across, Done, Regional
from biopact.dossier.convert.moduleone import PRODUCT_OF, WRITTEN, Asked, asked_of
from biopact.dossier.convert.plan import numbers
from biopact.dossier.convert.trees import read_tree, tree_bytes
from biopact.dossier.convert.writing import Writer
from biopact.dossier.lifecycle import follow
from biopact.dossier.model import Application, Leaf
from biopact.dossier.reading import read
from biopact.dossier.tree import open_bytes
from biopact.dossier.xmlreading import MOST_BYTES
from biopact.errors import InputError, Place, UsageError

__all__ = ["Conversion", "convert"]


@dataclass(frozen=True)
class Conversion:
    """What a conversion did. ``leaves`` and ``identical`` are the harmonisation index, in all and by module."""

    source: Path
    out: Path
    target: str
    sequences: Mapping[str, str]
    leaves: int
    identical: int
    by_module: Mapping[str, tuple[int, int]]
    set_aside: tuple[Leaf, ...]
    left_out: tuple[Leaf, ...]
    asked: tuple[Asked, ...]
    backbone: Mapping[str, Any] = field(default_factory=dict)
    study_tagging: str = "keep"

    @property
    def to_write(self) -> tuple[Asked, ...]:
        """Every document that a person must write, translate or obtain."""
        return tuple(it for it in self.asked if it.document.action in WRITTEN)


def convert(
    folder: Path | str,
    target: str,
    out: Path | str,
    *,
    nodes: bool = False,
    current: bool = False,
    dtd: Path | None = None,
    korean_map: Path | None = None,
    us_admin: Path | None = None,
    product: str | None = None,
    kind: str | None = None,
    tell: Callable[[int], None] = lambda size: None,
) -> Conversion:
    """Write a dossier for the other country (or, for its own, the same again through the model).

    ``nodes`` turns study tagging files into node extensions; ``current`` writes the current view as one first sequence.
    ``product`` and ``kind`` (``nda`` …) choose what the second country asks. Raises InputError where a backbone cannot be
    read, UsageError where ``out`` is there already or lies in the dossier.
    """
    source, place = Path(folder), Path(out)
    application = read(source)
    _may_write(source, place)
    for sequence in application.sequences:
        if sequence.index is None:
            raise InputError("dossier.convert-unreadable", Place(source / sequence.number / "index.xml"))
    known = kind or TYPES.get(application.application_type or "", "nda")
    fresh = place.with_name(place.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    writer = Writer(application, fresh, tell)
    map_ = numbers(application, target)
    try:
        if application.region == target and not (nodes or current):
            done = _again(application, writer)
        else:
            wanted = product or PRODUCT_OF.get(known, "small-molecule")
            asked = asked_of(target, known, wanted, follow(application).current)
            regional = Regional.of(target, dtd, korean_map, us_admin)
            done = Across(writer, target, map_, nodes, asked, regional).run(current)
        answer = _measured(application, writer, done, source, place, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if place.exists():
        place.rmdir()
    fresh.rename(place)
    return answer


def _may_write(source: Path, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("dossier.out-exists", Place(out))
    if out.resolve().is_relative_to(source.resolve()):
        raise UsageError("dossier.out-inside", Place(out))


def _again(application: Application, writer: Writer) -> Done:
    """The same country: every file as it is, every backbone through the model."""
    for path in application.tree.files:
        number, _, inside = path.partition("/")
        if number not in application.by_number or inside in ("index.xml", "index-md5.txt"):
            continue
        writer.copy(path, path)
    for sequence in application.sequences:
        data = open_bytes(application.real(f"{sequence.number}/index.xml"), MOST_BYTES) or b""
        writer.backbone(sequence.number, tree_bytes(read_tree(data)))
    return Done({number: number for number in application.by_number})


def _measured(application: Application, writer: Writer, done: Done, source: Path, out: Path, target: str) -> Conversion:
    """Count the source's leaves with a file, and those that have an equal in the target."""
    from biopact.dossier.inspection import Job, inspect

    hashes: dict[str, str | None] = {}
    by_module: dict[str, list[int]] = {}
    equal = set(writer.md5.values())
    leaves = identical = 0
    for sequence in application.sequences:
        for leaf in sequence.leaves:
            if not leaf.live or leaf.file not in application.tree.files:
                continue
            assert leaf.file is not None
            if leaf.file not in hashes:
                size = application.tree.files[leaf.file]
                hashes[leaf.file] = inspect(Job(application.real(leaf.file), leaf.file, size, inside=False)).md5
            same = hashes[leaf.file] in equal
            leaves, identical = leaves + 1, identical + same
            module = by_module.setdefault(leaf.context.module, [0, 0])
            module[0] += 1
            module[1] += same
    return Conversion(
        source=source,
        out=out,
        target=target,
        sequences=done.sequences,
        leaves=leaves,
        identical=identical,
        by_module={name: (count, same) for name, (count, same) in sorted(by_module.items())},
        set_aside=tuple(leaf for plan in done.plans for leaf in plan.aside),
        left_out=tuple(leaf for plan in done.plans for leaf in plan.left_out),
        asked=done.asked,
        backbone=done.backbone,
        study_tagging=done.study_tagging,
    )
