"""What lies in a dossier's folder, without following a link, and where a reference in it leads, never outside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import unquote

from biopact.dossier.model import Tree
from biopact.errors import InputError, Place

__all__ = ["MOST_FILES", "Outside", "joined", "open_bytes", "shown", "walk"]

MOST_FILES = 2_000_000
MOST_DEEP = 60


class Outside(ValueError):
    """A reference leads out of the dossier, or is no relative path at all."""


def shown(text: str) -> str:
    """A name as it may be printed: what no screen should get (control characters, lone surrogates) is spelled out."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def walk(root: Path, start: str = "") -> Tree:
    """Every file under a folder. Links and devices are named and not followed.

    ``start`` is put before every path. Raises InputError where there are more files, or deeper folders, than a dossier has.
    """
    files: dict[str, int] = {}
    links: list[str] = []
    special: list[str] = []
    empty: list[str] = []
    closed: list[str] = []
    folders = [(os.fspath(root), start, 0)]
    while folders:
        folder, prefix, depth = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda it: it.name)
        except OSError:
            closed.append(prefix.rstrip("/"))
            continue
        if not entries and prefix:
            empty.append(prefix.rstrip("/"))
        for entry in entries:
            path = prefix + entry.name
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                links.append(path)
            elif stat.S_ISDIR(found.st_mode):
                if depth >= MOST_DEEP:
                    raise InputError("dossier.too-deep", Place(root), limit=MOST_DEEP)
                folders.append((entry.path, path + "/", depth + 1))
            elif stat.S_ISREG(found.st_mode):
                files[path] = found.st_size
            else:
                special.append(path)
        if len(files) > MOST_FILES:
            raise InputError("dossier.too-many-files", Place(root), limit=MOST_FILES)
    return Tree(dict(sorted(files.items())), *(tuple(sorted(part)) for part in (links, special, empty, closed)))


def joined(base: str, reference: str) -> str:
    """Where a reference leads that stands in a file of the folder ``base`` (both relative to the application's folder).

    Raises Outside for an absolute path, an address, and a path that climbs out of the application.
    """
    path = unquote(reference) if "%" in reference else reference
    path = path.replace("\\", "/")
    first = path.split("/", 1)[0]
    if path.startswith("/") or ":" in first or "\0" in path:
        raise Outside(reference)
    parts = [part for part in base.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                raise Outside(reference)
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def open_bytes(path: Path, limit: int) -> bytes | None:
    """The content of a regular file, never through a link; None where it is larger than ``limit`` bytes."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        return file.read(limit + 1)
