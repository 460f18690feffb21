"""Files that a pact names lie inside its folder: no absolute path, no way up, no link that leads out."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

__all__ = ["is_inside"]

_DRIVE = re.compile(r"[A-Za-z]:")


def is_inside(written: str, folder: Path | None) -> bool:
    """Whether a written path stays inside a folder, links followed; without a folder only the writing is judged."""
    path = PurePosixPath(written.replace("\\", "/"))
    if not written or "\0" in written or path.is_absolute() or _DRIVE.match(written) or ".." in path.parts:
        return False
    if folder is None:
        return True
    try:
        return (folder / written).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False
