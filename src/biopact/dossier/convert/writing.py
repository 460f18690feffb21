"""Sequences written to disk: files copied byte for byte and hashed on the way, checksums of backbones computed anew."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from biopact.dossier.model import Application
from biopact.errors import InputError, Place

__all__ = ["Writer"]

_BLOCK = 1 << 20


class Writer:
    """Writes into one folder; nothing in it is written twice, and no path leads out of it."""

    def __init__(self, application: Application, out: Path, tell: Callable[[int], None] = lambda size: None) -> None:
        self.application = application
        self.out = out
        self.tell = tell
        self.md5: dict[str, str] = {}  # path under ``out`` → MD5

    def copy(self, source: str, target: str) -> str:
        """Copy a file of the application; its MD5."""
        if target in self.md5:
            return self.md5[target]
        path = self._place(target)
        digest = hashlib.md5(usedforsecurity=False)
        handle = os.open(self.application.real(source), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file, path.open("xb") as copy:
            while block := file.read(_BLOCK):
                digest.update(block)
                copy.write(block)
                self.tell(len(block))
        self.md5[target] = digest.hexdigest()
        return self.md5[target]

    def write(self, target: str, content: bytes) -> str:
        """Write a file made here; its MD5."""
        self._place(target).write_bytes(content)
        self.md5[target] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return self.md5[target]

    def backbone(self, number: str, content: bytes) -> None:
        """Write ``index.xml`` and its checksum."""
        digest = self.write(f"{number}/index.xml", content)
        self.write(f"{number}/index-md5.txt", digest.encode())

    def _place(self, target: str) -> Path:
        parts = target.split("/")
        if ".." in parts or "" in parts or target.startswith("/"):
            raise InputError("dossier.odd-target", Place(self.out), path=target)
        path = self.out.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def counts(self, hashes: Mapping[str, str]) -> tuple[int, int]:
        """Of some source files (path → MD5): how many, and how many have an equal in what was written."""
        written = set(self.md5.values())
        return len(hashes), sum(md5 in written for md5 in hashes.values())
