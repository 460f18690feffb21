"""XML read without entities, DTDs or a network: any declaration of a document type is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any
from xml.parsers import expat

from biopact.errors import DataError, Place
from biopact.screening.lists.files import Blob

__all__ = ["child", "children", "tree"]


def tree(blob: Blob) -> ET.Element:
    """The root of a document, names without namespaces. Raises DataError with the line where it is cut or broken."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise DataError("screening.document-type", Place(blob.path, parser.CurrentLineNumber))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: builder.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(blob.content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        line = getattr(error, "lineno", None)
        raise DataError("screening.broken-xml", Place(blob.path, line)) from None


def children(parent: ET.Element, name: str) -> list[ET.Element]:
    """The children of a name."""
    return [each for each in parent if each.tag == name]


def child(parent: ET.Element, name: str) -> str:
    """The text of the first child of a name, without spaces around it; empty where there is none."""
    return next(((each.text or "").strip() for each in parent if each.tag == name), "")
