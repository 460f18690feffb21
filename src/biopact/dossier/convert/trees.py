"""A backbone as a frozen tree that loses nothing, and the bytes of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from biopact.dossier.xmlreading import etree, parse

__all__ = ["Node", "Tree", "leaf_nodes", "read_tree", "tree_bytes"]


@dataclass(frozen=True, slots=True)
class Node:
    """An element; where ``kind`` says so a comment or processing instruction (``tag`` its target, ``text`` its content)."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    tail: str | None = None
    children: tuple[Node, ...] = ()
    spaces: tuple[tuple[str | None, str], ...] = ()
    kind: str = "element"

    def get(self, name: str) -> str | None:
        """An attribute's value."""
        return dict(self.attributes).get(name)

    def with_attributes(self, **changes: str | None) -> Node:
        """The node with attributes changed, in their place; None takes one away. Namespaced names as ``{uri}name``."""
        return self.changed(changes)

    def changed(self, changes: dict[str, str | None]) -> Node:
        """The node with attributes changed by their full names."""
        kept = [(name, changes.get(name, value)) for name, value in self.attributes]
        added = [(name, value) for name, value in changes.items() if name not in dict(self.attributes)]
        both = tuple((name, value) for name, value in (*kept, *added) if value is not None)
        return replace(self, attributes=both)


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: what stands before its root (comments, instructions), its DOCTYPE, its root, what stands after."""

    root: Node
    doctype: str = ""
    before: tuple[Node, ...] = ()
    after: tuple[Node, ...] = ()


def read_tree(data: bytes) -> Tree:
    """The tree of a backbone. Raises XmlFault."""
    root = parse(data)
    before, after = [], []
    node = root.getprevious()
    while node is not None:
        before.append(_node(node, {}))
        node = node.getprevious()
    node = root.getnext()
    while node is not None:
        after.append(_node(node, {}))
        node = node.getnext()
    return Tree(_node(root, {}), root.getroottree().docinfo.doctype or "", tuple(reversed(before)), tuple(after))


def _node(element: Any, known: dict[str | None, str]) -> Node:
    xml = etree()
    if element.tag is xml.Comment:
        return Node("", (), element.text, element.tail, kind="comment")
    if element.tag is xml.ProcessingInstruction:
        return Node(element.target, (), element.text, element.tail, kind="instruction")
    spaces = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    inside = {**known, **element.nsmap}
    children = tuple(_node(child, inside) for child in element)
    return Node(element.tag, tuple(element.attrib.items()), element.text, element.tail, children, tuple(spaces.items()))


def tree_bytes(tree: Tree) -> bytes:
    """The document as UTF-8. Equal to what was read after C14N; its DOCTYPE is kept as written."""
    xml = etree()
    out = BytesIO()
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    if tree.doctype:
        out.write(tree.doctype.encode() + b"\n")
    for node in tree.before:
        out.write(xml.tostring(_element(node), encoding="UTF-8").split(b"?>\n", 1)[-1] + b"\n")
    out.write(xml.tostring(_element(tree.root), encoding="UTF-8", xml_declaration=False, with_tail=False))
    out.write(b"\n")
    for node in tree.after:
        out.write(xml.tostring(_element(node), encoding="UTF-8", xml_declaration=False) + b"\n")
    return out.getvalue()


def _element(node: Node) -> Any:
    xml = etree()
    if node.kind == "comment":
        made = xml.Comment(node.text or "")
    elif node.kind == "instruction":
        made = xml.ProcessingInstruction(node.tag, node.text)
    else:
        made = xml.Element(node.tag, dict(node.attributes), nsmap=dict(node.spaces) or None)
        made.text = node.text
        for child in node.children:
            made.append(_element(child))
    made.tail = node.tail
    return made


def leaf_nodes(tree: Tree) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every leaf with the elements it stands in, from the outside, without the root; in document order."""

    def walk(node: Node, path: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        for child in node.children:
            if child.kind == "element":
                if child.tag == "leaf":
                    yield child, path
                else:
                    yield from walk(child, (*path, child))

    return walk(tree.root, ())
