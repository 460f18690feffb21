"""Files and leaves: each file has its leaf, each leaf its file, each checksum its bytes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from biopact.dossier.checks import Read
from biopact.dossier.model import Leaf, Raised, Sequence

__all__ = ["ACCEPTED", "TOO_LARGE", "exempt", "files"]

_MD5 = re.compile(r"[0-9a-fA-F]{32}\Z")
TOO_LARGE = 5_000_000_000  # the size above which FDA asks that a data set be split
# File types of the ICH and FDA specifications for eCTD 3.2.2
_DOCUMENTS = frozenset(
    {"pdf", "xml", "xsl", "dtd", "txt", "rtf", "doc", "docx", "htm", "html", "css", "js", "mod", "ent"}
)
_DATA = frozenset({"xpt", "csv", "sas", "r", "ctl", "dat", "jpg", "jpeg", "png", "gif", "svg"})
ACCEPTED = _DOCUMENTS | _DATA


def exempt(path: str) -> bool:
    """Whether a file needs no leaf: the backbone, its checksum, and what lies in ``util``."""
    inside = path.partition("/")[2]
    return inside in ("index.xml", "index-md5.txt") or inside.startswith("util/")


def files(read: Read) -> Iterator[Raised]:
    """Files without a leaf, leaves without a file, checksums, kinds and sizes of files."""
    for sequence in read.application.sequences:
        if sequence.index is not None:
            yield from _leaves(read, sequence)
            yield from _index_md5(read, sequence)
    referenced = {leaf.file for it in read.application.sequences for leaf in it.leaves if leaf.file}
    folded = {path.casefold() for path in referenced}
    for path, size in read.application.tree.files.items():
        number = path.partition("/")[0]
        if number not in read.application.by_number:
            continue
        sequence = read.application.by_number[number]
        known = sequence.index is not None and (sequence.read or not path.startswith(f"{number}/m1/"))
        regional = path == f"{number}/m1/{sequence.region}/{sequence.region}-regional.xml"  # BP-103 tells of it
        if known and not regional and path not in referenced and path.casefold() not in folded and not exempt(path):
            yield Raised("BP-201", number, path=path)
        yield from _kind(read, number, path, size)


def _leaves(read: Read, sequence: Sequence) -> Iterator[Raised]:
    tree = read.application.tree
    for leaf in sequence.leaves:
        place = {"sequence": leaf.sequence, "leaf": leaf.id, "path": f"{leaf.sequence}/{leaf.backbone}"}
        if leaf.href is None:
            if leaf.operation != "delete":
                yield Raised("BP-203", line=leaf.line, values={"title": leaf.title}, **place)  # type: ignore[arg-type]
            continue
        if leaf.file is None:
            yield Raised("BP-221", line=leaf.line, values={"href": leaf.href}, **place)  # type: ignore[arg-type]
            continue
        if leaf.file in tree.files:
            yield from _checksum(read, leaf)
        elif (near := tree.folded.get(leaf.file.casefold())) is not None:
            yield Raised("BP-227", leaf.sequence, leaf.id, near, leaf.line, {"href": leaf.href, "name": near})
        elif leaf.file in tree.links or any(leaf.file.startswith(f"{link}/") for link in tree.links):
            continue  # told as a link
        elif leaf.file in tree.special:
            continue  # told as no file
        elif leaf.file.partition("/")[0] not in read.application.by_number:
            yield Raised("BP-210", leaf.sequence, leaf.id, leaf.file, leaf.line, {"href": leaf.href}, cannot=True)
        else:
            yield Raised("BP-202", leaf.sequence, leaf.id, leaf.file, leaf.line, {"title": leaf.title})


def _checksum(read: Read, leaf: Leaf) -> Iterator[Raised]:
    assert leaf.file is not None
    where = (leaf.sequence, leaf.id, leaf.file, leaf.line)
    if leaf.checksum is None or (leaf.checksum_type or "").lower() != "md5" or not _MD5.match(leaf.checksum):
        if leaf.operation != "delete":
            values = {"found": f"{leaf.checksum_type or '–'} {leaf.checksum or '–'}"}
            yield Raised("BP-206", *where, values)
        return
    facts = read.facts.get(leaf.file)
    if facts is None:
        return
    if facts.md5 is None:
        yield Raised("BP-115", *where, {"why": facts.trouble}, cannot=True)
    elif facts.md5 != leaf.checksum.lower():
        values = {"expected": leaf.checksum.lower(), "found": facts.md5}
        yield Raised("BP-205" if facts.line_ends else "BP-204", *where, values)


def _index_md5(read: Read, sequence: Sequence) -> Iterator[Raised]:
    path = f"{sequence.number}/index.xml"
    facts = read.facts.get(path)
    if sequence.index_md5 is None or facts is None or facts.md5 is None or facts.md5 == sequence.index_md5:
        return
    values = {"expected": sequence.index_md5 or "–", "found": facts.md5}
    at = f"{sequence.number}/index-md5.txt"
    yield Raised("BP-208" if facts.line_ends else "BP-207", sequence.number, path=at, values=values)


def _kind(read: Read, number: str, path: str, size: int) -> Iterator[Raised]:
    extension = posixpath.splitext(path)[1][1:].lower()
    if extension not in ACCEPTED:
        yield Raised("BP-209", number, path=path, values={"extension": extension or "–"})
    if size == 0:
        yield Raised("BP-211", number, path=path)
    if size > TOO_LARGE:
        yield Raised("BP-212", number, path=path, values={"size": size // 1_000_000, "limit": TOO_LARGE // 1_000_000})
    facts = read.facts.get(path)
    if facts is not None and facts.trouble == "ended-its-reader":
        yield Raised("BP-816", number, path=path, values={"why": facts.trouble}, cannot=True)
