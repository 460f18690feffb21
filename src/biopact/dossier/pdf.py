"""What a PDF is, by the rules that both agencies give for PDF files: read with pikepdf, never drawn, never run."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biopact.errors import MissingExtraError

__all__ = ["LARGEST", "PdfFacts", "read_pdf"]

LARGEST = 500_000_000  # FDA's limit for one PDF; a larger one is not opened
SECONDS = 60.0  # the time one file may take
MOST_NAMED = 5
MOST_LINKS = 100_000
_STREAM = 1_000_000
_SHOWS_TEXT = re.compile(rb"[)>\]]\s*(?:T[jJ]|['\"])")  # a string or an array, and an operator that shows it


@dataclass(slots=True)
class PdfFacts:
    """What was found in one PDF. ``trouble``: ``damaged``, ``password``, ``not-pdf``, ``too-large``, ``time`` or None."""

    trouble: str | None = None
    why: str = ""
    version: str = ""
    encrypted: bool = False
    linear: bool = False
    pages: int = 0
    bookmarks: int = 0
    lost_bookmarks: int = 0
    lost_links: int = 0
    lost_link_page: int = 0
    file_links: tuple[tuple[str, int], ...] = ()  # another file, the page of the link
    file_bookmarks: tuple[str, ...] = ()  # other files to which bookmarks lead
    fonts: tuple[str, ...] = ()  # not embedded
    scanned: tuple[int, ...] = ()
    scanned_count: int = 0
    active: tuple[str, ...] = ()  # JavaScript, attachments, launching


@dataclass(slots=True)
class _Seen:
    fonts: dict[Any, bool] = field(default_factory=dict)
    unembedded: list[str] = field(default_factory=list)
    links: dict[str, int] = field(default_factory=dict)
    bookmarks: set[str] = field(default_factory=set)


def read_pdf(path: Path, size: int) -> PdfFacts:
    """The facts of one file. Raises MissingExtraError; everything else that goes wrong is a fact."""
    try:
        import pikepdf
    except ImportError:
        raise MissingExtraError("pikepdf", "dossier") from None
    facts = PdfFacts()
    with path.open("rb") as file:
        head, tail_at = file.read(1024), max(0, size - 2048)
        file.seek(tail_at)
        tail = file.read()
    if b"%PDF-" not in head:
        return PdfFacts(trouble="not-pdf")
    if size > LARGEST:
        return PdfFacts(trouble="too-large", version=_version(head))
    facts.version = _version(head)
    if b"%%EOF" not in tail:
        facts.trouble, facts.why = "damaged", "no-end"
        return facts
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            _read(pdf, facts)
    except pikepdf.PasswordError:
        facts.trouble = "password"
    except TimeoutError:
        facts.trouble = "time"
    except MemoryError:
        facts.trouble, facts.why = "time", "memory"
    except Exception as error:  # qpdf raises many kinds on hostile files; each means that the file cannot be read
        facts.trouble, facts.why = "damaged", type(error).__name__
    return facts


def _version(head: bytes) -> str:
    at = head.find(b"%PDF-")
    return head[at + 5 : at + 8].decode("latin-1").strip()


def _read(pdf: Any, facts: PdfFacts) -> None:
    until = time.monotonic() + SECONDS
    facts.version = str(pdf.pdf_version)
    facts.encrypted = bool(pdf.is_encrypted)
    facts.linear = bool(pdf.is_linearized)
    pages = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    names = _destinations(pdf, pages)
    facts.pages = len(pages)
    if not facts.pages:
        facts.trouble, facts.why = "damaged", "no-page"
        return
    facts.active = tuple(_active(pdf))
    seen = _Seen()
    _bookmarks(pdf, pages, names, seen, facts)
    scanned: list[int] = []
    for number, page in enumerate(pdf.pages, 1):
        if time.monotonic() > until:
            raise TimeoutError
        if _page(page.obj, number, pages, names, seen, facts):
            scanned.append(number)
    facts.fonts = tuple(sorted(set(seen.unembedded))[:MOST_NAMED])
    facts.scanned, facts.scanned_count = tuple(scanned[:MOST_NAMED]), len(scanned)
    facts.file_links = tuple(sorted(seen.links.items()))
    facts.file_bookmarks = tuple(sorted(seen.bookmarks))


def _destinations(pdf: Any, pages: Mapping[Any, int]) -> dict[str, bool]:
    """All named destinations, and whether each leads to a page of this file."""
    found: dict[str, bool] = {}
    root = pdf.Root
    if "/Dests" in root:
        found |= {str(name)[1:]: _leads(root.Dests[name], pages) for name in root.Dests.keys()}  # noqa: SIM118 a dictionary of pikepdf
    stack = [root.Names.Dests] if "/Names" in root and "/Dests" in root.Names else []
    nodes = 0
    while stack and nodes < MOST_LINKS:
        node = stack.pop()
        nodes += 1
        if "/Names" in node:
            pairs = range(0, len(node.Names) - 1, 2)
            found |= {str(node.Names[place]): _leads(node.Names[place + 1], pages) for place in pairs}
        if "/Kids" in node:
            stack.extend(node.Kids)
    return found


def _active(pdf: Any) -> Iterator[str]:
    root = pdf.Root
    if "/OpenAction" in root and _kind(root.OpenAction) in ("/JavaScript", "/Launch"):
        yield _kind(root.OpenAction)[1:]
    if "/Names" in root:
        if "/JavaScript" in root.Names:
            yield "JavaScript"
        if "/EmbeddedFiles" in root.Names:
            yield "EmbeddedFiles"


def _kind(action: Any) -> str:
    try:
        return str(action.S) if "/S" in action else ""
    except (TypeError, ValueError, AttributeError):
        return ""


def _leads(target: Any, pages: Mapping[Any, int]) -> bool:
    """Whether an explicit destination, alone or in a dictionary, names a page of this file."""
    if target._type_name == "dictionary":
        target = target.get("/D")
    if target is None or target._type_name != "array" or not len(target):
        return False
    first = target[0]
    return bool(getattr(first, "is_indirect", False)) and first.objgen in pages


def _bookmarks(pdf: Any, pages: dict[Any, int], names: Mapping[str, bool], seen: _Seen, facts: PdfFacts) -> None:
    root = pdf.Root
    if "/Outlines" not in root or "/First" not in root.Outlines:
        return
    stack = [root.Outlines.First]
    done: set[Any] = set()
    while stack:
        node = stack.pop()
        if node.objgen in done or len(done) > MOST_LINKS:
            continue
        done.add(node.objgen)
        facts.bookmarks += 1
        if (file := _other_file(node.get("/A"))) is not None:
            seen.bookmarks.add(file)
        elif _lost(node, pages, names) is not None:
            facts.lost_bookmarks += 1
        stack.extend(node[key] for key in ("/Next", "/First") if key in node)


def _lost(node: Any, pages: dict[Any, int], names: Mapping[str, bool]) -> str | None:
    """Why a bookmark or link leads nowhere inside this file, or None where it does lead or leads elsewhere."""
    target = node.get("/Dest")
    if target is None:
        action = node.get("/A")
        if action is None:
            return None if "/AA" in node or "/PA" in node else "no target"
        if _kind(action) != "/GoTo":
            return None
        target = action.get("/D")
        if target is None:
            return "no target"
    kind = target._type_name
    if kind in ("array", "dictionary"):
        return None if _leads(target, pages) else "no page"
    name = str(target)
    return None if names.get(name[1:] if kind == "name" else name) else "no name"


def _other_file(action: Any | None) -> str | None:
    """The file to which an action leads, by a path; None where it stays in this one, or goes to an address."""
    if action is None:
        return None
    kind = _kind(action)
    if kind not in ("/GoToR", "/Launch") and not (kind == "/URI" and ":" not in str(action.get("/URI", ":"))):
        return None
    file = action.get("/URI") if kind == "/URI" else action.get("/F")
    if file is not None and file._type_name == "dictionary":
        file = file.get("/UF", file.get("/F"))
    return str(file).partition("#")[0] if file is not None else None


def _page(
    page: Any, number: int, pages: dict[Any, int], names: Mapping[str, bool], seen: _Seen, facts: PdfFacts
) -> bool:
    """Read one page; True where it is a picture without text."""
    for link in page.get("/Annots") or ():
        if str(link.get("/Subtype")) == "/Link":
            _link(link, number, pages, names, seen, facts)
    fonts, images = False, False
    for resources in _resources(page):
        for font in (resources.get("/Font") or {}).values():
            fonts = True
            _font(font, seen)
        for thing in (resources.get("/XObject") or {}).values():
            images = images or str(thing.get("/Subtype")) == "/Image"
    return images and not (fonts and _shows_text(page))


def _resources(page: Any) -> Iterator[Any]:
    """The resources of a page, its parents where it inherits them, and of the forms it draws."""
    node, steps = page, 0
    while "/Resources" not in node and "/Parent" in node and steps < 50:
        node, steps = node.Parent, steps + 1
    resources = node.get("/Resources")
    if resources is None:
        return
    yield resources
    for thing in list((resources.get("/XObject") or {}).values())[:200]:
        if str(thing.get("/Subtype")) == "/Form" and "/Resources" in thing:
            yield thing.Resources


def _font(font: Any, seen: _Seen) -> None:
    key = font.objgen if font.is_indirect else id(font)
    if key in seen.fonts:
        return
    seen.fonts[key] = True
    kind = str(font.get("/Subtype"))
    if kind == "/Type3":
        return
    holder = font.DescendantFonts[0] if kind == "/Type0" and "/DescendantFonts" in font else font
    descriptor = holder.get("/FontDescriptor")
    if descriptor is None or not any(f"/FontFile{suffix}" in descriptor for suffix in ("", "2", "3")):
        seen.unembedded.append(str(font.get("/BaseFont", "/?"))[1:][:80])


def _link(
    link: Any, number: int, pages: dict[Any, int], names: Mapping[str, bool], seen: _Seen, facts: PdfFacts
) -> None:
    action = link.get("/A")
    if (file := _other_file(action)) is not None:
        if len(seen.links) < MOST_LINKS:
            seen.links.setdefault(file, number)
        return
    if (_kind(action) if action is not None else "") in ("", "/GoTo") and _lost(link, pages, names) is not None:
        facts.lost_links += 1
        facts.lost_link_page = facts.lost_link_page or number


def _shows_text(page: Any) -> bool:
    """Whether a page's own content shows text, as far as a bounded part of it says."""
    contents = page.get("/Contents")
    if contents is None:
        return False
    for stream in list(contents)[:50] if contents._type_name == "array" else [contents]:
        raw = bytes(stream.read_raw_bytes()[:_STREAM])
        packing = _packing(stream)
        if packing == "/FlateDecode":
            try:
                raw = zlib.decompressobj().decompress(raw, _STREAM)
            except zlib.error:
                return True
        elif packing:
            return True  # not looked into
        if _SHOWS_TEXT.search(raw) or (b"Do" in raw and _draws_text(page)):
            return True
    return False


def _packing(stream: Any) -> str:
    """How a stream is packed: one filter's name, several with spaces between, or nothing."""
    packing = stream.get("/Filter")
    if packing is None:
        return ""
    return " ".join(str(it) for it in packing) if packing._type_name == "array" else str(packing)


def _draws_text(page: Any) -> bool:
    """Whether a form that the page draws brings fonts of its own."""
    return any("/Font" in resources for resources in list(_resources(page))[1:])
