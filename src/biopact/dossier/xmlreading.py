"""XML from a stranger: no network, no entity, no DTD, no size without a limit. What is refused is a finding, with its line."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from biopact.errors import MissingExtraError

__all__ = ["MOST_BYTES", "XmlFault", "etree", "parse"]

MOST_BYTES = 256_000_000
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
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
    """The root element. Raises XmlFault: BP-301 not well formed, BP-303 entities, BP-304 prefix unbound, BP-312 encoding."""
    xml = etree()
    data = _as_utf8(data)
    position = data.find(b"<!ENTITY")
    if position >= 0:
        raise XmlFault("BP-303", data.count(b"\n", 0, position) + 1, "<!ENTITY")
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
        return xml.fromstring(data, parser)
    except xml.XMLSyntaxError as error:
        raise _fault(error, parser.error_log) from None


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
