"""Study tagging files for the target: as they are, with other sequence numbers, or written anew for the current view."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from biopact.dossier.backbone import W3C
from biopact.dossier.convert.plan import Kept, renumbered_path
from biopact.dossier.convert.trees import Node, Tree, read_tree, tree_bytes
from biopact.dossier.model import StudyFile
from biopact.dossier.studytagging import ROOT

__all__ = ["crosses", "merged", "renumbered", "says_all"]

_HREF = f"{{{W3C}}}href"


def crosses(study: StudyFile) -> bool:
    """Whether a study tagging file names leaves of other sequences."""
    return any(it.target is not None and it.target.sequence != study.sequence for it in study.documents)


def says_all(study: StudyFile, kept: Sequence[Kept]) -> bool:
    """Whether a tagging file holds as it is: each leaf it names is kept, from its own sequence, under the same id."""
    ids = {(it.source.sequence, it.source.id): it.placed.leaf.get("ID") for it in kept}
    return all(
        it.target is not None
        and it.target.sequence == study.sequence
        and ids.get((it.target.sequence, it.target.leaf)) == it.target.leaf
        for it in study.documents
    )


def renumbered(data: bytes, map_: Mapping[str, str]) -> bytes:
    """A study tagging file whose links into other sequences carry the target's numbers."""

    def changed(node: Node) -> Node:
        href = node.get(_HREF)
        own = node.changed({_HREF: renumbered_path(href, map_)}) if href else node
        children = tuple(changed(child) for child in own.children)
        return Node(own.tag, own.attributes, own.text, own.tail, children, own.spaces, own.kind)

    tree = read_tree(data)
    return tree_bytes(Tree(changed(tree.root), tree.doctype, tree.before, tree.after))


def merged(studies: Sequence[StudyFile], kept: Sequence[Kept]) -> tuple[str, bytes]:
    """One tagging file of a study over all its sequences: its path and its bytes. Only leaves that are kept are named."""
    first = studies[0]
    path = first.path.partition("/")[2]
    base = posixpath.dirname(path)
    up = "../" * (base.count("/") + 1)
    ids = {(it.source.sequence, it.source.id): it.placed.leaf.get("ID") or "" for it in kept}
    documents = []
    for study in studies:
        for it in study.documents:
            new = it.target and ids.get((it.target.sequence, it.target.leaf))
            if not new:
                continue
            tags = tuple(
                Node("file-tag", (("name", name), ("info-type", realm)), tail="\n   ") for name, realm in it.tags
            )
            title = (Node("title", text=it.title, tail="\n   "),) if it.title else ()
            documents.append(Node("doc-content", ((_HREF, f"{up}index.xml#{new}"),), "\n   ", "\n  ", (*title, *tags)))
    identifier = Node("study-identifier", (), "\n  ", "\n ", _identity(first))
    spaces = (("ectd", ROOT[1:].partition("}")[0]), ("xlink", W3C))
    content = Node("study-document", (), "\n  ", "\n", tuple(documents))
    root = Node(ROOT, (("dtd-version", "2.2"),), "\n ", None, (identifier, content), spaces)
    return path, tree_bytes(Tree(root))


def _identity(study: StudyFile) -> tuple[Node, ...]:
    categories = (
        Node("category", (("name", name), ("info-type", "us" if name == "duration" else "ich")), value, "\n  ")
        for name, value, _ in study.categories
    )
    title = Node("title", text=study.title, tail="\n  ")
    return (title, Node("study-id", text=study.study_id, tail="\n  "), *categories)
