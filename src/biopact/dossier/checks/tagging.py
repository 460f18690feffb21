"""Study tagging files: each study file named in one, with the right tag, title, study and categories."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from biopact.dossier.checks import Read
from biopact.dossier.headings import DATA
from biopact.dossier.model import Leaf, Raised, Sequence, StudyFile, Tagged
from biopact.dossier.studytagging import needs_categories, needs_tagging
from biopact.marked import read as read_marked

__all__ = ["DATASETS", "DEFINITIONS", "file_tags", "right_tags", "tagging", "untagged"]

_TABULATION = "data-tabulation-dataset"
DATASETS = frozenset(
    {f"{_TABULATION}-sdtm", f"{_TABULATION}-send", f"{_TABULATION}-legacy", "data-listing-dataset"}
    | {"analysis-dataset-adam", "analysis-dataset-legacy"}
)
DEFINITIONS = frozenset(f"{kind}-data-definition" for kind in ("data-tabulation", "analysis", "data-listing"))


@lru_cache(maxsize=1)
def file_tags() -> dict[str, str]:
    """Every file-tag of the ICH list, with the realm that owns it."""
    found = read_marked(DATA / "valid-values.yaml").value["file-tags"]
    return {tag: realm for realm, tags in found.items() for tag in tags}


@lru_cache(maxsize=1)
def _categories() -> dict[str, frozenset[str]]:
    found = read_marked(DATA / "valid-values.yaml").value["categories"]
    return {name: frozenset(values) for name, values in found.items()}


def tagging(read: Read) -> Iterator[Raised]:
    """Study files without a tagging file, then each tagging file by itself, then what must agree between sequences."""
    for sequence in read.application.sequences:
        if sequence.index is None:
            continue
        if sequence.tagging_read:
            for leaf in untagged(sequence):
                values = {"heading": leaf.context.heading, "title": leaf.title}
                yield Raised("BP-601", leaf.sequence, leaf.id, leaf.file, leaf.line, values)
        for study in sequence.studies:
            yield from _study(read, sequence, study)
    yield from _agreeing(read)


def untagged(sequence: Sequence) -> Iterator[Leaf]:
    """The study files that no tagging file of their sequence names."""
    own = f"{sequence.number}/index.xml"
    named = {doc.target.leaf for it in sequence.studies for doc in it.documents if doc.target and _own(doc, own)}
    tagging_files = {study.path for study in sequence.studies}
    for leaf in sequence.index.leaves if sequence.index else ():
        if (
            leaf.live
            and needs_tagging(leaf.context.heading)
            and leaf.file not in tagging_files
            and leaf.id not in named
        ):
            yield leaf


def _own(document: Tagged, index: str) -> bool:
    target = document.target
    return target is not None and f"{target.sequence}/{target.backbone}" == index


def _study(read: Read, sequence: Sequence, study: StudyFile) -> Iterator[Raised]:
    for name, said in (("study-id", study.study_id), ("title", study.title)):
        if not said:
            yield _at("BP-609", study, study.lines.get(name), {"field": name})
    yield from _study_categories(study)
    for document in study.documents:
        leaf = _leaf(read, document)
        if leaf is None:
            target = document.target
            if target is None or not target.inside or target.sequence in read.application.by_number:
                yield _at("BP-602", study, document.line, {"href": document.href or "–"})
            else:
                yield _at("BP-602", study, document.line, {"href": document.href}, cannot=True)
        else:
            if document.title and document.title != leaf.title:
                values = {"found": document.title, "leaf": leaf.title}
                yield _at("BP-605", study, document.line, values, leaf=leaf.id)
        if not document.tags:
            yield _at("BP-611", study, document.line, {"href": document.href})
        for tag, _ in document.tags:
            if tag not in file_tags():
                yield _at("BP-604", study, document.line, {"tag": tag})


def _at(
    id_: str, study: StudyFile, line: int | None, values: dict[str, str], leaf: str | None = None, cannot: bool = False
) -> Raised:
    return Raised(id_, study.sequence, leaf or study.leaf, study.path, line, values, cannot)


def _leaf(read: Read, document: Tagged) -> Leaf | None:
    target = document.target
    return None if target is None else read.application.leaves.get((target.sequence, target.backbone, target.leaf))


def right_tags(file: str, document: Tagged) -> bool:
    """Whether a data set is tagged as a data set, and ``define.xml`` as a data definition (FDA rule 1735)."""
    tags = {name for name, _ in document.tags}
    name = posixpath.basename(file).lower()
    if name.endswith(".xpt"):
        return bool(tags & DATASETS)
    if name == "define.xml":
        return bool(tags & DEFINITIONS)
    return True


def _study_categories(study: StudyFile) -> Iterator[Raised]:
    named = {name for name, _, _ in study.categories}
    for name, value, line in study.categories:
        known = _categories().get(name)
        if known is None or value not in known:
            yield _at("BP-607", study, line, {"category": name, "found": value or "–"})
    for name in needs_categories(study.heading):
        if name not in named:
            yield _at("BP-608", study, None, {"category": name, "heading": study.heading})


def _agreeing(read: Read) -> Iterator[Raised]:
    """A study's id and title must be written the same in every sequence."""
    titles: dict[str, StudyFile] = {}
    ids: dict[str, StudyFile] = {}
    told: dict[str, set[str]] = defaultdict(set)
    for sequence in read.application.sequences:
        for study in sequence.studies:
            if not study.study_id:
                continue
            first = titles.setdefault(study.study_id, study)
            if study.title and first.title != study.title and study.title not in told[study.study_id]:
                told[study.study_id].add(study.title)
                values = {"field": "title", "found": study.title, "first": first.title}
                yield _at("BP-606", study, study.lines.get("title"), values)
            same = "".join(mark for mark in study.study_id.casefold() if mark.isalnum())
            known = ids.setdefault(same, study)
            if known.study_id != study.study_id:
                values = {"field": "study-id", "found": study.study_id, "first": known.study_id}
                yield _at("BP-606", study, study.lines.get("study-id"), values)
