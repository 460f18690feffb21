"""Files of a private folder: written whole, for the site's own eyes, and checked before they are believed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

from biopact.errors import DataError, Place

__all__ = ["broken", "entries", "mapping", "number", "private", "save", "save_json"]


def broken(path: Path) -> DataError:
    """A file of the store is not as the store wrote it."""
    return DataError("study.store-broken", Place(path))


def entries(path: Path) -> list[dict[str, Any]]:
    """A list of objects; none where the file is not there. Raises DataError where it is something else."""
    found = _load(path, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise broken(path)
    return found


def mapping(path: Path, of: type) -> dict[str, Any]:
    """An object with values of a type; none where the file is not there. Raises DataError where it is something else."""
    found = _load(path, {})
    if not isinstance(found, dict) or not all(isinstance(value, of) for value in found.values()):
        raise broken(path)
    return found


def number(path: Path, default: int) -> int:
    """A whole number. Raises DataError where it is something else."""
    found = _load(path, default)
    if not isinstance(found, int):
        raise broken(path)
    return found


def save_json(path: Path, content: Any) -> None:
    """Write a value as JSON."""
    save(path, json.dumps(content).encode())


def save(path: Path, content: bytes) -> None:
    """Write beside and rename: a file is the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(path.name + ".new")
    with private(beside) as file:
        file.write(content)
    os.replace(beside, path)


def private(path: Path) -> IO[bytes]:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _load(path: Path, default: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
    except ValueError:
        raise broken(path) from None
