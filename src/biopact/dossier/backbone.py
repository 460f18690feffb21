"""A backbone (``index.xml`` or the regional one) as values: its leaves with their context of use."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from biopact.dossier.headings import number_of
from biopact.dossier.model import Backbone, Context, Leaf, Target
from biopact.dossier.tree import Outside, joined

__all__ = ["W3C", "WITH_C", "backbone_of", "linked", "target_of", "text_of"]

WITH_C = "http://www.w3c.org/1999/xlink"  # the ICH and U.S. backbones; with a c
W3C = "http://www.w3.org/1999/xlink"  # study tagging files
_ATTRIBUTES = ("substance", "manufacturer", "product-name", "dosageform", "excipient", "indication")
_US_ATTRIBUTES = ("form-type", "promotional-material-audience-type", "promotional-material-doc-type", "material-id")
_CONTEXT = frozenset({*_ATTRIBUTES, *_US_ATTRIBUTES, "promotional-material-type", "issue-date"})


def linked(element: Any, name: str) -> str | None:
    """An xlink attribute in either of the two namespaces."""
    found: str | None = element.get(f"{{{WITH_C}}}{name}", element.get(f"{{{W3C}}}{name}"))
    return found


def text_of(element: Any | None) -> str:
    """The text of an element, its white space made single."""
    return "" if element is None else " ".join(str(element.xpath("string()")).split())


def target_of(base: str, reference: str) -> Target | None:
    """What ``../0001/index.xml#id`` names, seen from the folder ``base``. None where it is not of that form."""
    path, mark, leaf = reference.strip().partition("#")
    if not mark or not leaf or not path:
        return None
    try:
        sequence, _, backbone = joined(base, path).partition("/")
    except Outside:
        return Target("", path, leaf, inside=False)
    return Target(sequence, backbone, leaf) if backbone else None


def backbone_of(root: Any, path: str) -> Backbone:
    """The values of a parsed backbone; ``path`` is relative to the application's folder."""
    sequence = path.partition("/")[0]
    leaves: list[Leaf] = []
    extensions: list[int] = []
    spaces: set[str] = set()
    for element, context in _leaves(root, extensions):
        leaves.append(_leaf(element, context, sequence, path))
        for name in element.attrib:
            if name.endswith("}href"):
                spaces.add(name[1:-5])
    system = root.getroottree().docinfo.system_url
    return Backbone(
        path.partition("/")[2],
        root.tag if isinstance(root.tag, str) else "?",
        root.get("dtd-version"),
        system,
        frozenset(spaces),
        tuple(leaves),
        tuple(extensions),
    )


def _leaves(root: Any, extensions: list[int]) -> Iterator[tuple[Any, Context]]:
    """Every leaf with its context, in document order. Iterative: depth is the stranger's."""
    start = Context("", "")
    stack: list[tuple[Any, Context]] = [(root, start)]
    while stack:
        element, context = stack.pop()
        if not isinstance(element.tag, str):  # a comment, a processing instruction
            continue
        if element.tag == "leaf":
            yield element, context
            continue
        number = number_of(element.tag)
        if number is not None:
            own = tuple((name, value) for name, value in sorted(element.attrib.items()) if name in _CONTEXT)
            context = Context(number, element.tag, (*context.attributes, *own))
        elif element.tag == "form":
            context = Context("1.1", "form", (("form-type", element.get("form-type", "")),))
        elif element.tag == "node-extension":
            extensions.append(element.sourceline)
            title = text_of(element.find("title"))
            context = Context(context.heading, context.element, context.attributes, (*context.nodes, title))
        stack.extend((child, context) for child in reversed(element))


def _leaf(element: Any, context: Context, sequence: str, path: str) -> Leaf:
    base = posixpath.dirname(path)
    href = linked(element, "href")
    file: str | None = None
    if href:
        try:
            file = joined(base, href.partition("#")[0]) or None
        except Outside:
            file = None
    modified = (element.get("modified-file") or "").strip() or None
    return Leaf(
        sequence=sequence,
        backbone=path.partition("/")[2],
        id=element.get("ID", ""),
        operation=element.get("operation", ""),
        href=href or None,
        file=file,
        modified=modified,
        target=target_of(base, modified) if modified else None,
        checksum=(element.get("checksum") or "").strip() or None,
        checksum_type=element.get("checksum-type"),
        title=text_of(element.find("title")),
        context=context,
        parent=element.getparent().tag,
        line=element.sourceline,
    )
