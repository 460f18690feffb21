"""XML from a stranger: no network, no entity, no DTD, no size without a limit. What is refused is a finding, with its line."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from biopact.errors import MissingExtraError

__all__ = ["MOST_BYTES", "XmlFault", "etree", "parse"]

# An index of 10,000 leaves has 3 MB, 100,000 marks, and 6 attributes in its fullest element. What goes far beyond is not
# read: the tree of a file takes many times its bytes. The texts dossier.why.* repeat these numbers.
MOST_BYTES = 128_000_000
MOST_MARKS = 5_000_000  # of elements and attributes
MOST_ATTRIBUTES = 200
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
# declarations inside the file: entities, and with a subset of its own what attributes are taken to say
_OWN = re.compile(rb"<!ENTITY|<!DOCTYPE[^>\[]*\[")
# those in which "<!ENTITY" cannot hide from a search of the bytes
_PLAIN = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "euc-kr", "ks_c_5601-1987"}
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def etree() -> Any:
    """lxml's etree. Raises MissingExtraError."""
    try:
        from lxml import etree as found
    except ImportError:
        raise MissingExtraError("lxml", "dossier") from None
    return found


@dataclass(frozen=True, slots=True)
class XmlFault(Exception):
    """Why a file was not read: ``id`` of the finding, the line, and what the reader said."""

    id: str
    line: int | None
    why: str


def parse(data: bytes) -> Any:
    """The root element.

    Raises XmlFault: BP-301 not well formed, BP-303 declarations of its own, BP-304 prefix unbound, BP-312 encoding,
    BP-314 larger than is read.
    """
    xml = etree()
    data = _as_utf8(data)
    declared = _OWN.search(data)
    if declared:
        why = "<!ENTITY" if declared[0] == b"<!ENTITY" else "<!DOCTYPE … ["
        raise XmlFault("BP-303", data.count(b"\n", 0, declared.start()) + 1, why)
    if data.count(b"<") + data.count(b"=") > MOST_MARKS:
        raise XmlFault("BP-314", None, "marks")
    parser = xml.XMLParser(
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        attribute_defaults=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
    )
    try:
        root = xml.fromstring(data, parser)
    except xml.XMLSyntaxError as error:
        raise _fault(error, parser.error_log) from None
    for element in root.iter("*"):
        if len(element.attrib) > MOST_ATTRIBUTES:
            raise XmlFault("BP-314", element.sourceline, "attributes")
    return root


def _as_utf8(data: bytes) -> bytes:
    for mark, encoding in _WIDE.items():
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                raise XmlFault("BP-312", 1, encoding) from None
            return re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff")).encode()
    declared = _DECLARED.search(data[:400])
    if declared:
        name = declared[1].decode("ascii").lower()
        if name not in _PLAIN:
            raise XmlFault("BP-312", 1, name)
    if b"\0" in data[:400]:
        raise XmlFault("BP-312", 1, "UTF-16?")
    return data


def _fault(error: Any, log: Any) -> XmlFault:
    kinds = [(it.type_name, it.line, it.message) for it in log]
    for kind, line, message in kinds:
        if kind in ("ERR_INVALID_ENCODING", "ERR_INVALID_CHAR", "ERR_UNSUPPORTED_ENCODING", "ERR_ENCODING_NAME"):
            return XmlFault("BP-312", line, message)
    line = error.position[0] if error.position else None
    if kinds and all(kind == "NS_ERR_UNDEFINED_NAMESPACE" for kind, _, _ in kinds):
        return XmlFault("BP-304", kinds[0][1], kinds[0][2])
    return XmlFault("BP-301", line, (error.msg or "?").partition(", line ")[0])
