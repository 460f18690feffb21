"""A regional backbone from a map that the user holds: the Korean one with the user's own DTD, the U.S. one with its values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from biopact.dossier.backbone import WITH_C
from biopact.dossier.convert.moduleone import Asked
from biopact.dossier.convert.trees import Node, Tree, tree_bytes
from biopact.dossier.tree import Outside, joined
from biopact.dossier.xmlreading import etree
from biopact.errors import InputError, Place
from biopact.marked import Marked
from biopact.marked import read as read_marked

__all__ = ["KoreanMap", "korean_backbone", "korean_dtd", "read_map"]

_KEYS = {"root", "headings", "files", "doctype", "note"}


@dataclass(frozen=True)
class KoreanMap:
    """Our documents to the elements of the user's Korean DTD. ``files`` are finished documents to put in."""

    root: str
    attributes: Mapping[str, str]
    namespaces: Mapping[str, str]
    doctype: str
    headings: Mapping[str, tuple[str, ...]]  # our document → element, with the elements it stands in
    files: Mapping[str, Path]


@dataclass(frozen=True)
class KoreanDtd:
    """A DTD that the user holds. Its checksum is recorded; no official value is known to confirm it by."""

    path: Path
    md5: str
    content: bytes


def korean_dtd(folder: Path | None) -> KoreanDtd | None:
    """The ``kr-regional*.dtd`` of a folder, or None."""
    found = sorted(folder.glob("kr-regional*.dtd")) if folder is not None and folder.is_dir() else []
    if not found:
        return None
    content = found[0].read_bytes()
    return KoreanDtd(found[0], hashlib.md5(content, usedforsecurity=False).hexdigest(), content)


def read_map(path: Path) -> KoreanMap:
    """A map as a user writes it (see ``docs/dossier.md``). Raises InputError with the line."""
    marked = read_marked(path)
    value = marked.value
    if not isinstance(value, dict) or not isinstance(value.get("root"), dict) or set(value) - _KEYS:
        raise InputError("dossier.map-form", marked.place())
    root = value["root"]
    headings = {str(name): tuple(str(element).split("/")) for name, element in (value.get("headings") or {}).items()}
    files = {str(name): _file(marked, path, name, text) for name, text in (value.get("files") or {}).items()}
    if not root.get("element") or any(not element for elements in headings.values() for element in elements):
        raise InputError("dossier.map-form", marked.place("root"))
    namespaces = {str(prefix): str(uri) for prefix, uri in (root.get("namespaces") or {}).items()}
    return KoreanMap(
        _qualified(str(root["element"]), namespaces, marked),
        {str(name): str(it) for name, it in (root.get("attributes") or {}).items()},
        namespaces,
        str(value.get("doctype") or ""),
        headings,
        files,
    )


def _file(marked: Marked, path: Path, name: object, text: object) -> Path:
    try:
        found = path.parent / joined("", str(text))
    except Outside:
        raise InputError("dossier.map-file", marked.place("files", str(name)), found=str(text)) from None
    if not found.is_file() or found.is_symlink():
        raise InputError("dossier.map-file", marked.place("files", str(name)), found=str(text))
    return found


def _qualified(name: str, namespaces: Mapping[str, str], marked: Marked) -> str:
    prefix, colon, local = name.partition(":")
    if not colon:
        return name
    if prefix not in namespaces:
        raise InputError("dossier.map-form", marked.place("root", "element"))
    return f"{{{namespaces[prefix]}}}{local}"


def korean_backbone(
    map_: KoreanMap, dtd: KoreanDtd, asked: Iterable[Asked], files: Mapping[str, tuple[str, str]]
) -> bytes:
    """The Korean backbone, valid by the user's DTD. ``files``: our document → (href, MD5). Raises InputError."""
    order = list(map_.headings)
    documents = sorted((it for it in asked if it.id in map_.headings), key=lambda it: order.index(it.id))
    spaces = tuple((prefix, uri) for prefix, uri in {**map_.namespaces, "xlink": WITH_C}.items())
    root = _Grown(Node(map_.root, tuple(map_.attributes.items()), spaces=spaces))
    for document in documents:
        place = root
        for element in map_.headings[document.id]:
            place = place.below(element)
        if document.id in files:
            href, md5 = files[document.id]
            place.leaves.append(_leaf(document, href, md5))
    doctype = map_.doctype or f'<!DOCTYPE {_spelled(map_)} SYSTEM "../../util/dtd/{dtd.path.name}">'
    content = tree_bytes(Tree(root.node(), doctype))
    _must_be_valid(content, dtd)
    return content


def _spelled(map_: KoreanMap) -> str:
    uri, brace, local = map_.root.removeprefix("{").partition("}")
    if not brace:
        return map_.root
    return f"{next(prefix for prefix, it in map_.namespaces.items() if it == uri)}:{local}"


class _Grown:
    """An element that grows."""

    def __init__(self, start: Node) -> None:
        self.start = start
        self.inner: dict[str, _Grown] = {}
        self.leaves: list[Node] = []

    def below(self, element: str) -> _Grown:
        return self.inner.setdefault(element, _Grown(Node(element)))

    def node(self) -> Node:
        children = (*self.leaves, *(it.node() for it in self.inner.values()))
        return Node(self.start.tag, self.start.attributes, None, None, children, self.start.spaces)


def _leaf(document: Asked, href: str, md5: str) -> Node:
    attributes = (
        ("ID", "kr-" + document.id.replace("/", "-")),
        ("operation", "new"),
        (f"{{{WITH_C}}}href", href),
        ("checksum", md5),
        ("checksum-type", "md5"),
    )
    title = document.document.title
    return Node("leaf", attributes, children=(Node("title", text=title.get("ko") or title["en"]),))


def _must_be_valid(content: bytes, dtd: KoreanDtd) -> None:
    xml = etree()
    try:
        grammar = xml.DTD(BytesIO(dtd.content))
    except xml.DTDParseError as error:
        raise InputError("dossier.dtd-broken", Place(dtd.path), why=str(error)[:200]) from None
    root: Any = xml.fromstring(content, xml.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    if not grammar.validate(root):
        first = grammar.error_log.filter_from_errors()[0]
        raise InputError("dossier.map-invalid", Place(dtd.path), why=first.message[:300])
