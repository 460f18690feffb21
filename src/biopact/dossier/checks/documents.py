"""PDF files, by what both agencies ask of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from biopact.dossier.checks import Read
from biopact.dossier.model import Raised
from biopact.dossier.pdf import LARGEST, PdfFacts
from biopact.dossier.tree import Outside, joined

__all__ = ["LONG", "VERSIONS", "documents"]

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
LONG = 5  # pages above which bookmarks are asked for


def documents(read: Read) -> Iterator[Raised]:
    """Every PDF with its facts."""
    for path, facts in read.facts.items():
        if facts.pdf is not None and path.partition("/")[0] in read.application.by_number:
            yield from _pdf(read, path, facts.pdf)


def _pdf(read: Read, path: str, pdf: PdfFacts) -> Iterator[Raised]:
    number = path.partition("/")[0]

    def at(id_: str, cannot: bool = False, **values: object) -> Raised:
        return Raised(id_, number, path=path, values=values, cannot=cannot)

    if pdf.trouble is not None:
        told = {"not-pdf": "BP-810", "damaged": "BP-810", "password": "BP-802", "too-large": "BP-808", "time": "BP-816"}
        limit = {"limit": LARGEST // 1_000_000} if pdf.trouble == "too-large" else {}
        yield at(told[pdf.trouble], pdf.trouble == "time", why=pdf.why or pdf.trouble, **limit)
        return
    if pdf.version not in VERSIONS:
        yield at("BP-801", found=pdf.version, expected=", ".join(VERSIONS))
    if pdf.encrypted:
        yield at("BP-803")
    if pdf.fonts:
        yield at("BP-804", fonts=", ".join(pdf.fonts))
    if pdf.lost_bookmarks:
        yield at("BP-805", count=pdf.lost_bookmarks, all=pdf.bookmarks)
    if pdf.lost_links:
        yield at("BP-806", count=pdf.lost_links, page=pdf.lost_link_page)
    if pdf.pages > LONG and not pdf.bookmarks:
        yield at("BP-807", pages=pdf.pages, limit=LONG)
    if pdf.scanned_count:
        yield at("BP-809", count=pdf.scanned_count, page=pdf.scanned[0])
    if pdf.active:
        yield at("BP-811", found=", ".join(pdf.active))
    if not pdf.linear:
        yield at("BP-812")
    for file, page in pdf.file_links:
        state = _leads(read, path, file)
        if state != "yes":
            yield at("BP-813", state == "unknown", file=file, page=page)
    for file in pdf.file_bookmarks:
        state = _leads(read, path, file)
        if state != "yes":
            yield at("BP-814", state == "unknown", file=file)


def _leads(read: Read, path: str, file: str) -> str:
    """Whether a link to another file leads to one: ``yes``, ``no``, or ``unknown`` where a sequence is not here."""
    try:
        target = joined(posixpath.dirname(path), file)
    except Outside:
        return "no"
    if target in read.application.tree.files:
        return "yes"
    number = target.partition("/")[0]
    return "no" if number in read.application.by_number or not number.isdigit() else "unknown"
