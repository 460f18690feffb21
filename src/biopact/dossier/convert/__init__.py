"""The second country's sequences from the first: what is common stays byte for byte, the rest is listed for people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact.dossier.checks.required import TYPES
from biopact.dossier.convert.assembly import Placed, assembled, leaf_node
from biopact.dossier.convert.moduleone import PRODUCT_OF, WRITTEN, Asked, asked_of, skeleton
from biopact.dossier.convert.plan import Kept, Planned, current_view, numbers, planned
from biopact.dossier.convert.regional import KoreanDtd, KoreanMap, korean_backbone, korean_dtd, read_map
from biopact.dossier.convert.tagging import crosses, merged, renumbered, says_all
from biopact.dossier.convert.trees import Node, read_tree, tree_bytes
from biopact.dossier.convert.writing import Writer
from biopact.dossier.headings import elements
from biopact.dossier.lifecycle import follow
from biopact.dossier.model import Application, Leaf, Sequence, StudyFile
from biopact.dossier.reading import read
from biopact.dossier.tree import open_bytes
from biopact.dossier.xmlreading import MOST_BYTES
from biopact.errors import InputError, Place, UsageError

__all__ = ["Conversion", "convert"]

_M1 = "m1-administrative-information-and-prescribing-information"


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
            korea = _Korea.of(target, dtd, korean_map)
            done = _Across(writer, target, map_, nodes, asked, korea).run(current)
        answer = _measured(application, writer, done, source, place, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if place.exists():
        place.rmdir()
    fresh.rename(place)
    return answer


@dataclass(frozen=True)
class _Done:
    sequences: Mapping[str, str]
    plans: tuple[Planned, ...] = ()
    asked: tuple[Asked, ...] = ()
    backbone: Mapping[str, Any] = field(default_factory=dict)
    study_tagging: str = "keep"


def _may_write(source: Path, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("dossier.out-exists", Place(out))
    if out.resolve().is_relative_to(source.resolve()):
        raise UsageError("dossier.out-inside", Place(out))


def _again(application: Application, writer: Writer) -> _Done:
    """The same country: every file as it is, every backbone through the model."""
    for path in application.tree.files:
        number, _, inside = path.partition("/")
        if number not in application.by_number or inside in ("index.xml", "index-md5.txt"):
            continue
        writer.copy(path, path)
    for sequence in application.sequences:
        data = open_bytes(application.real(f"{sequence.number}/index.xml"), MOST_BYTES) or b""
        writer.backbone(sequence.number, tree_bytes(read_tree(data)))
    return _Done({number: number for number in application.by_number})


@dataclass(frozen=True)
class _Korea:
    """What a user brings for the Korean backbone."""

    dtd: KoreanDtd
    map_: KoreanMap

    @classmethod
    def of(cls, target: str, dtd: Path | None, map_: Path | None) -> _Korea | None:
        if map_ is None or target != "kr":
            return None
        found = korean_dtd(dtd)
        if found is None:
            raise UsageError("dossier.map-without-dtd", Place(map_))
        return cls(found, read_map(map_))


@dataclass(frozen=True)
class _Across:
    """A conversion to the other country."""

    writer: Writer
    target: str
    map_: Mapping[str, str]
    nodes: bool
    asked: list[Asked]
    korea: _Korea | None

    def run(self, current: bool) -> _Done:
        application = self.writer.application
        first = "0000" if self.target == "kr" else "0001"
        plans: list[Planned] = []
        if current:
            plan, studies = current_view(application, first, self.nodes)
            tagging = _merged_studies(application, studies, plan.kept)
            plans.append(self._write(plan, tagging, application.sequences, first=True))
            sequences = {it.number: first for it in application.sequences}
        else:
            for place, sequence in enumerate(application.sequences):
                plan = planned(application, sequence, self.map_, self.nodes)
                plans.append(self._write(plan, {}, (sequence,), first=place == 0))
            sequences = {it.number: self.map_[it.number] for it in application.sequences}
        backbone: dict[str, Any] = {"written": self.korea is not None}
        if self.korea is not None:
            backbone |= {"dtd": self.korea.dtd.path.name, "dtd_md5": self.korea.dtd.md5, "confirmed": False}
        return _Done(sequences, tuple(plans), tuple(self.asked), backbone, "node-extensions" if self.nodes else "keep")

    def _write(self, plan: Planned, studies: Mapping[str, bytes], sources: Iterable[Sequence], first: bool) -> Planned:
        application, writer = self.writer.application, self.writer
        self._utilities(plan.number, sources)
        tagging = {study.path: study for it in application.sequences for study in it.studies}
        placed = [self._regional(plan.number)] if self.korea is not None and first else []
        for kept in plan.kept:
            placed.append(self._file(plan.number, kept, tagging))
        for path, content in studies.items():
            placed.append(self._study(plan, path, content))
        writer.backbone(plan.number, tree_bytes(assembled(placed)))
        return plan

    def _file(self, number: str, kept: Kept, tagging: Mapping[str, StudyFile]) -> Placed:
        """Bring a leaf's file; a tagging file that names other sequences gets their new numbers, and its leaf a new MD5."""
        if kept.file is None:
            return kept.placed
        source, inside = kept.file
        target = f"{number}/{inside}"
        study = tagging.get(source)
        if study is None or not crosses(study) or target in self.writer.md5:
            self.writer.copy(source, target)
            return kept.placed
        data = open_bytes(self.writer.application.real(source), MOST_BYTES) or b""
        md5 = self.writer.write(target, renumbered(data, self.map_))
        return Placed(kept.placed.path, kept.placed.leaf.changed({"checksum": md5, "checksum-type": "md5"}))

    def _study(self, plan: Planned, path: str, content: bytes) -> Placed:
        md5 = self.writer.write(f"{plan.number}/{path}", content)
        folder = path.rpartition("/")[0]
        near = next(it for it in plan.kept if it.file and it.file[1].startswith(folder + "/"))
        name = path.rpartition("/")[2].rpartition(".")[0]
        return Placed(near.placed.path, leaf_node(f"tagging-{name}", path, md5, name))

    def _utilities(self, number: str, sources: Iterable[Sequence]) -> None:
        """What lies in ``util`` and belongs to no region."""
        for sequence in sources:
            top = f"{sequence.number}/util/"
            for path in self.writer.application.tree.files:
                if path.startswith(top) and not path.rpartition("/")[2].startswith(("us-", "kr-", "eu-", "jp-")):
                    self.writer.copy(path, f"{number}/{path.partition('/')[2]}")

    def _regional(self, number: str) -> Placed:
        """Write the Korean backbone with the user's DTD and map."""
        assert self.korea is not None
        files: dict[str, tuple[str, str]] = {}
        for name, path in self.korea.map_.files.items():
            md5 = self.writer.write(f"{number}/m1/kr/{path.name.lower()}", path.read_bytes())
            files[name] = (path.name.lower(), md5)
        content = korean_backbone(self.korea.map_, self.korea.dtd, skeleton(self.asked), files)
        md5 = self.writer.write(f"{number}/m1/kr/kr-regional.xml", content)
        self.writer.write(f"{number}/util/dtd/{self.korea.dtd.path.name}", self.korea.dtd.content)
        return Placed(
            (Node(elements()[_M1].element),),
            leaf_node("kr-regional", "m1/kr/kr-regional.xml", md5, "Korean regional backbone"),
        )


def _merged_studies(
    application: Application, studies: tuple[StudyFile, ...], kept: tuple[Kept, ...]
) -> dict[str, bytes]:
    """The tagging file of each study over all sequences: as it is where one file says everything, else written anew."""
    by_id: dict[str, list[StudyFile]] = {}
    for study in studies:
        by_id.setdefault(study.study_id, []).append(study)
    live = {(it.source.sequence, it.source.id) for it in kept}
    found = {}
    for same in by_id.values():
        if any(it.target and (it.target.sequence, it.target.leaf) in live for one in same for it in one.documents):
            if len(same) == 1 and says_all(same[0], kept):
                content = open_bytes(application.real(same[0].path), MOST_BYTES) or b""
                found[same[0].path.partition("/")[2]] = content
            else:
                path, content = merged(same, kept)
                found[path] = content
    return found


def _measured(
    application: Application, writer: Writer, done: _Done, source: Path, out: Path, target: str
) -> Conversion:
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
