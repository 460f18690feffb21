"""Starting a pact: a template, or any folder, copied whole to a place that is free."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from biopact.errors import PactError, Place, UsageError
from biopact.pact.written import nearest, shown

__all__ = ["TEMPLATES", "copy_template", "copy_tree", "template_folder"]

TEMPLATES = ("joint-study", "material-transfer", "product", "supply", "market")


def template_folder(name: str) -> Path:
    """The folder of a template in the package. Raises UsageError for a name that is none."""
    if name not in TEMPLATES:
        near = nearest(name, TEMPLATES)
        raise UsageError(
            "pact.unknown-template", None, found=shown(name), known=", ".join(TEMPLATES), near=near or TEMPLATES[0]
        )
    return Path(str(files("biopact.pact") / "templates" / name))


def copy_template(name: str, target: Path) -> None:
    """Copy a template to a new folder. Raises as ``copy_tree``, and UsageError for a name that is none."""
    copy_tree(template_folder(name), target)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder to one that does not exist or is empty, whole or not at all.

    It is written beside the target and then renamed. Links are not followed into the copy but refused, and hidden
    files are left out. Raises PactError where the target is taken or the place cannot be written.
    """
    place = Place(target)
    if target.is_symlink() or (target.exists() and not target.is_dir()) or (target.is_dir() and any(target.iterdir())):
        raise PactError("pact.target-taken", place)
    if any(path.is_symlink() for path in source.rglob("*")):
        raise PactError("pact.link-in-copy", Place(source))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise PactError("pact.cannot-write", place, why=error.strerror or "?") from None
    try:
        shutil.copytree(source, beside / "copy", ignore=shutil.ignore_patterns(".*", "__pycache__", "*.pyc"))
        _writable(beside / "copy")
        os.replace(beside / "copy", target)
    except OSError as error:
        raise PactError("pact.cannot-write", place, why=error.strerror or "?") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _writable(folder: Path) -> None:
    """What an installed package holds may be read-only; a copy is its owner's."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
