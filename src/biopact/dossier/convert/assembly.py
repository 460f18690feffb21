"""Leaves put together to an ``index.xml``, under their headings in the order of the ICH DTD."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from biopact.dossier.backbone import WITH_C
from biopact.dossier.convert.trees import Node, Tree
from biopact.dossier.headings import elements
from biopact.dossier.reading import ICH_ROOT

__all__ = ["Placed", "assembled", "extension", "leaf_node"]

_DOCTYPE = '<!DOCTYPE ectd:ectd SYSTEM "util/dtd/ich-ectd-3-2.dtd">'
_TITLE = "title"


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf and the elements it stands in, from the outside; their own children do not count."""

    path: tuple[Node, ...]
    leaf: Node


@dataclass
class _Branch:
    node: Node
    leaves: list[Node] = field(default_factory=list)
    branches: dict[tuple[object, ...], _Branch] = field(default_factory=dict)


def extension(title: str) -> Node:
    """A node extension with its title."""
    return Node("node-extension", children=(Node(_TITLE, text=title),))


def leaf_node(id_: str, href: str, checksum: str, title: str, operation: str = "new") -> Node:
    """A leaf made new."""
    attributes = (
        ("ID", id_),
        ("operation", operation),
        (f"{{{WITH_C}}}href", href),
        ("checksum", checksum),
        ("checksum-type", "md5"),
    )
    return Node("leaf", attributes, children=(Node(_TITLE, text=title),))


def assembled(placed: Iterable[Placed]) -> Tree:
    """The backbone of some leaves. Headings that repeat (substances, indications) stay apart by their attributes."""
    top = _Branch(
        Node(
            ICH_ROOT,
            (("dtd-version", "3.2"),),
            spaces=(("ectd", ICH_ROOT[1:].partition("}")[0]), ("xlink", WITH_C)),
        )
    )
    for one in placed:
        branch = top
        for node in one.path:
            branch = branch.branches.setdefault(_same(node), _Branch(node))
        branch.leaves.append(one.leaf)
    return Tree(_built(top, 0), _DOCTYPE)


def _same(node: Node) -> tuple[object, ...]:
    """What makes two headings one: element, attributes but for its ID, and the title of a node extension."""
    title = next((child.text for child in node.children if child.tag == _TITLE), None)
    return (node.tag, tuple((name, value) for name, value in node.attributes if name != "ID"), title)


def _built(branch: _Branch, depth: int) -> Node:
    order = {name: place for place, name in enumerate(elements())}
    branches = sorted(branch.branches.values(), key=lambda it: order.get(it.node.tag, len(order)))
    titles = [child for child in branch.node.children if child.tag == _TITLE]
    inner = "\n" + " " * (depth + 1)
    bare = [*titles, *branch.leaves, *(_built(it, depth + 1) for it in branches)]
    children = [Node(it.tag, it.attributes, it.text, inner, it.children, it.spaces, it.kind) for it in bare]
    if children:
        last = children[-1]
        children[-1] = Node(
            last.tag, last.attributes, last.text, "\n" + " " * depth, last.children, last.spaces, last.kind
        )
    node = branch.node
    return Node(node.tag, node.attributes, inner if children else None, None, tuple(children), node.spaces)
