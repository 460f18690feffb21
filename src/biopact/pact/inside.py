"""Files that a pact names lie inside its folder: no absolute path, no way up, no link that leads out."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from biopact.errors import PactError, Place
from biopact.pact.models import Pact
from biopact.pact.written import nearest, shown

__all__ = ["is_inside", "studies_of", "study_file"]

STUDIES = "studies"
_DRIVE = re.compile(r"[A-Za-z]:")
_NAME = re.compile(r"[^\W_][\w.-]{0,79}\Z")


def is_inside(written: str, folder: Path | None) -> bool:
    """Whether a written path stays inside a folder, links followed; without a folder only the writing is judged."""
    path = PurePosixPath(written.replace("\\", "/"))
    if not path.parts or "\0" in written or path.is_absolute() or _DRIVE.match(written) or ".." in path.parts:
        return False
    if folder is None:
        return True
    try:
        return (folder / written).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links, or a name too long for the file system
        return False


def studies_of(pact: Pact) -> list[str]:
    """The names of the studies of a pact, sorted."""
    return sorted(each.stem for each in (pact.folder / STUDIES).glob("*.yaml")) if pact.folder else []


def study_file(pact: Pact, name: str | None = None) -> Path:
    """The file of a study of a pact: ``studies/NAME.yaml``; without a name its ``default_study``.

    Raises PactError where there is none, naming those there are, or where it lies outside the pact's folder.
    """
    place = pact.place("default_study") if name is None else Place(pact.folder)
    asked = name or pact.default_study
    if asked is None:
        code = "pact.no-default-study" if studies_of(pact) else "pact.no-studies"
        raise PactError(code, pact.place("default_study"))
    written = f"{STUDIES}/{asked}.yaml"
    if pact.folder is None or not _NAME.match(asked) or not is_inside(written, pact.folder):
        raise PactError("pact.outside", place)
    path = pact.folder / written
    if not path.is_file():
        known = studies_of(pact)
        near = nearest(asked, known)
        code = "pact.unknown-study-near" if near else "pact.unknown-study"
        raise PactError(code, place, found=shown(asked), near=near, known=", ".join(known) or "-")
    return path
