"""A conversion to the other country: common modules as they are, links renumbered, the regional backbone where possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact.dossier.convert.assembly import Placed, assembled, leaf_node
from biopact.dossier.convert.moduleone import Asked, skeleton
from biopact.dossier.convert.plan import Kept, Planned, current_view, planned
from biopact.dossier.convert.regional import KoreanDtd, KoreanMap, korean_backbone, korean_dtd, read_map
from biopact.dossier.convert.tagging import crosses, merged, renumbered, says_all
from biopact.dossier.convert.trees import Node, tree_bytes
from biopact.dossier.convert.usregional import read_admin, us_backbone
from biopact.dossier.convert.writing import Writer
from biopact.dossier.headings import elements
from biopact.dossier.model import Application, Sequence, StudyFile
from biopact.dossier.tree import open_bytes
from biopact.dossier.xmlreading import MOST_BYTES
from biopact.errors import Place, UsageError
from biopact.text import say

__all__ = ["Across", "Done", "Regional"]

_M1 = "m1-administrative-information-and-prescribing-information"


@dataclass(frozen=True)
class Done:
    """What came of writing the sequences."""

    sequences: Mapping[str, str]
    plans: tuple[Planned, ...] = ()
    asked: tuple[Asked, ...] = ()
    backbone: Mapping[str, Any] = field(default_factory=dict)
    study_tagging: str = "keep"


@dataclass(frozen=True)
class Regional:
    """What a user brings for the regional backbone: a Korean DTD and its map, or values for the U.S. administrative part."""

    dtd: KoreanDtd | None = None
    map_: KoreanMap | None = None
    admin: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, target: str, dtd: Path | None, map_: Path | None, admin: Path | None) -> Regional:
        """From files; nothing where none is given. Raises InputError and UsageError."""
        if target == "us":
            return cls(admin=read_admin(admin) if admin is not None else None)
        if map_ is None:
            return cls()
        found = korean_dtd(dtd)
        if found is None:
            raise UsageError("dossier.map-without-dtd", Place(map_))
        return cls(found, read_map(map_))

    @property
    def given(self) -> bool:
        """Whether there is enough to write it."""
        return self.map_ is not None or self.admin is not None


@dataclass(frozen=True)
class Across:
    """A conversion to the other country."""

    writer: Writer
    target: str
    map_: Mapping[str, str]
    nodes: bool
    asked: list[Asked]
    regional: Regional

    def run(self, current: bool) -> Done:
        """Write every sequence, or with ``current`` the current view as one first sequence."""
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
        backbone: dict[str, Any] = {"written": self.regional.given}
        if self.regional.dtd is not None:
            backbone |= {"dtd": self.regional.dtd.path.name, "dtd_md5": self.regional.dtd.md5, "confirmed": False}
        return Done(sequences, tuple(plans), tuple(self.asked), backbone, "node-extensions" if self.nodes else "keep")

    def _write(self, plan: Planned, studies: Mapping[str, bytes], sources: Iterable[Sequence], first: bool) -> Planned:
        application, writer = self.writer.application, self.writer
        self._utilities(plan.number, sources)
        tagging = {study.path: study for it in application.sequences for study in it.studies}
        placed = [self._backbone(plan.number, first)] if self.regional.given else []
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

    def _backbone(self, number: str, first: bool) -> Placed:
        """Write the regional backbone of a sequence, and give its leaf; finished documents go into the first."""
        path = f"m1/{self.target}/{self.target}-regional.xml"
        if self.regional.admin is not None:
            content = us_backbone(self.regional.admin, number, min(self._numbers))
        else:
            content = self._korean(number, first)
        md5 = self.writer.write(f"{number}/{path}", content)
        title = say(f"dossier.regional-title.{self.target}", "en")
        return Placed((Node(elements()[_M1].element),), leaf_node(f"{self.target}-regional", path, md5, title))

    @property
    def _numbers(self) -> list[str]:
        return [self.map_[it.number] for it in self.writer.application.sequences]

    def _korean(self, number: str, first: bool) -> bytes:
        dtd, map_ = self.regional.dtd, self.regional.map_
        assert dtd is not None
        assert map_ is not None
        files: dict[str, tuple[str, str]] = {}
        for name, path in map_.files.items() if first else ():
            md5 = self.writer.write(f"{number}/m1/kr/{path.name.lower()}", path.read_bytes())
            files[name] = (path.name.lower(), md5)
        self.writer.write(f"{number}/util/dtd/{dtd.path.name}", dtd.content)
        return korean_backbone(map_, dtd, skeleton(self.asked), files)


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
