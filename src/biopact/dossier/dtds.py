"""DTDs by their official checksums: the copy a sequence carries is used only when it is the official one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from biopact.dossier.model import Application
from biopact.dossier.tree import open_bytes
from biopact.dossier.xmlreading import etree
from biopact.errors import Place, UsageError

__all__ = ["OFFICIAL", "Dtds", "Official", "find", "state_of"]

MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Official:
    """A DTD as its authority publishes it."""

    name: str
    md5: str
    version: str
    backbone: str  # index | us


# Values quoted by ICH and FDA for their own files.
OFFICIAL = {
    "index": Official("ich-ectd-3-2.dtd", "1d6f631cc6b6357f0f4fe378e5f79a27", "3.2", "index"),
    "us": Official("us-regional-v3-3.dtd", "bea39be6d3a1716262a30a87657bce2d", "3.3", "us"),
}


@dataclass(frozen=True)
class Dtds:
    """The official DTDs at hand, by backbone (``index``, ``us``), with where each came from."""

    content: Mapping[str, bytes] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)

    def load(self, backbone: str) -> Any | None:
        """The DTD ready to validate, or None where the official one is not at hand."""
        data = self.content.get(backbone)
        return None if data is None else etree().DTD(BytesIO(data))


def state_of(data: bytes, official: Official) -> str:
    """``official``, ``line-ends`` (the official file with its line ends changed) or ``other``."""
    if hashlib.md5(data, usedforsecurity=False).hexdigest() == official.md5:
        return "official"
    unix = data.replace(b"\r\n", b"\n")
    for form in (unix, unix.replace(b"\n", b"\r\n")):
        if hashlib.md5(form, usedforsecurity=False).hexdigest() == official.md5:
            return "line-ends"
    return "other"


def find(application: Application, folder: Path | None) -> Dtds:
    """The official DTDs: first those that the sequences carry, then those of a folder given. Raises UsageError."""
    content: dict[str, bytes] = {}
    source: dict[str, str] = {}
    for path in application.tree.files:
        if "/util/dtd/" in path and path.endswith(".dtd") and len(content) < len(OFFICIAL):
            try:
                _take(open_bytes(application.real(path), MOST_BYTES), path, content, source)
            except OSError:
                continue
    if folder is not None:
        if not folder.is_dir():
            raise UsageError("dossier.no-dtd-folder", Place(folder))
        for file in sorted(folder.iterdir()):
            if file.suffix == ".dtd" and file.is_file() and file.stat().st_size <= MOST_BYTES:
                _take(file.read_bytes(), str(file), content, source)
    return Dtds(content, source)


def _take(data: bytes | None, source_name: str, content: dict[str, bytes], source: dict[str, str]) -> None:
    for backbone, official in OFFICIAL.items():
        if data is not None and backbone not in content and state_of(data, official) == "official":
            content[backbone] = data
            source[backbone] = source_name
