"""Study tagging files, read by their structure: no DTD of them is known by an official checksum."""

from __future__ import annotations

import posixpath
from typing import Any

from biopact.dossier.backbone import linked, target_of, text_of
from biopact.dossier.model import StudyFile, Tagged

__all__ = ["ROOT", "is_study", "needs_categories", "needs_tagging", "study_of"]

ROOT = "{http://www.ich.org/ectd}study"
# Sections whose study files need a study tagging file: 4.2.x and 5.3.1.x to 5.3.5.x (FDA: Technical Conformance Guide)
_TAGGED = ("4.2.1", "4.2.2", "4.2.3", "5.3.1", "5.3.2", "5.3.3", "5.3.4", "5.3.5")
# ICH eCTD Study Tagging File Specification 2.6.1: the sections for which categories are asked, and which
_CATEGORIES = {
    "4.2.3.1": ("species", "route-of-admin"),
    "4.2.3.2": ("species", "route-of-admin", "duration"),
    "4.2.3.4.1": ("species", "route-of-admin"),
    "5.3.5.1": ("type-of-control",),
}


def is_study(root: Any) -> bool:
    """Whether a parsed file is a study tagging file."""
    return bool(root.tag == ROOT)


def needs_tagging(heading: str) -> bool:
    """Whether files at this heading belong in a study tagging file."""
    return heading.startswith(tuple(f"{top}." for top in _TAGGED))


def needs_categories(heading: str) -> tuple[str, ...]:
    """The categories a study at this heading must name."""
    return _CATEGORIES.get(heading, ())


def study_of(root: Any, path: str, leaf: str, heading: str) -> StudyFile:
    """The values of a parsed study tagging file; ``leaf`` is the id of the leaf that brings it."""
    base = posixpath.dirname(path)
    identifier = root.find("study-identifier")
    lines: dict[str, int] = {}
    said: dict[str, str] = {}
    for name in ("title", "study-id"):
        element = identifier.find(name) if identifier is not None else None
        said[name] = text_of(element)
        lines[name] = (
            element if element is not None else identifier if identifier is not None else root
        ).sourceline or 1
    return StudyFile(
        path=path,
        sequence=path.partition("/")[0],
        leaf=leaf,
        heading=heading,
        study_id=said["study-id"],
        title=said["title"],
        categories=tuple((it.get("name", ""), text_of(it), it.sourceline) for it in root.iter("category")),
        documents=tuple(_document(it, base) for it in root.iter("doc-content")),
        lines=lines,
    )


def _document(element: Any, base: str) -> Tagged:
    href = linked(element, "href") or ""
    tags = [*element.iterchildren("file-tag")]
    block = element.getparent()
    while not tags and block is not None and block.tag == "content-block":  # a block tags what stands in it
        tags = [*block.iterchildren("file-tag")]
        block = block.getparent()
    return Tagged(
        href=href,
        target=target_of(base, href),
        title=text_of(element.find("title")),
        tags=tuple((it.get("name", ""), it.get("info-type", "")) for it in tags),
        line=element.sourceline,
    )
