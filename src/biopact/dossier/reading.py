"""A folder read into an application: its sequences, their backbones and study tagging files, and what could not be read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from biopact.dossier import xmlreading
from biopact.dossier.administration import US_ROOT, admin_of
from biopact.dossier.backbone import backbone_of
from biopact.dossier.model import Admin, Application, Backbone, Raised, Sequence, StudyFile, Tree
from biopact.dossier.studytagging import is_study, study_of
from biopact.dossier.tree import open_bytes, shown, walk
from biopact.dossier.xmlreading import XmlFault
from biopact.errors import InputError, Place

__all__ = ["ICH_ROOT", "is_number", "read", "read_xml"]

ICH_ROOT = "{http://www.ich.org/ectd}ectd"
_NUMBER = re.compile(r"[0-9]{4}\Z")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_V4 = "submissionunit.xml"


def read(folder: Path) -> Application:
    """The application (folders of four digits) or the one sequence in a folder.

    Raises InputError where the folder is not there, is a zip, holds no sequence, or holds more than a dossier does.
    """
    _must_be_a_folder(folder)
    folder = folder.resolve()
    if (folder / "index.xml").is_file() or (_NUMBER.match(folder.name) and not _numbered(folder)):
        return _single(folder)
    numbered = _numbered(folder)
    if not numbered:
        raise InputError("dossier.no-sequence", Place(folder))
    tree = walk(folder)
    inside = tuple(f"{number}/" for number in numbered)
    strays = sorted(
        {shown(path.partition("/")[0]) for path in (*tree.files, *tree.links) if not path.startswith(inside)}
    )
    sequences = tuple(_sequence(folder, number, tree) for number in numbered)
    return Application(folder, sequences, tree, single=False, strays=tuple(strays))


def _single(folder: Path) -> Application:
    tree = walk(folder, folder.name + "/")
    if not tree.files:
        raise InputError("dossier.no-sequence", Place(folder))
    return Application(folder.parent, (_sequence(folder.parent, folder.name, tree),), tree, single=True)


def _must_be_a_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.exists():
        raise InputError("dossier.missing", Place(folder))
    if folder.is_file() and zipfile.is_zipfile(folder):
        raise InputError("dossier.zip", Place(folder))
    raise InputError("dossier.no-folder", Place(folder))


def is_number(name: str) -> bool:
    """Whether a folder is called as a sequence is: four digits."""
    return _NUMBER.match(name) is not None


def _numbered(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir() if _NUMBER.match(it.name) and it.is_dir() and not it.is_symlink())


def read_xml(folder: Path, path: str, faults: list[Raised]) -> Any | None:
    """The root of an XML file of the dossier, or None with the reason among the faults."""
    sequence = path.partition("/")[0]
    try:
        data = open_bytes(folder.joinpath(*path.split("/")), xmlreading.MOST_BYTES)
    except OSError as error:
        faults.append(Raised("BP-115", sequence, path=path, values={"why": error.strerror or "?"}, cannot=True))
        return None
    if data is None:
        faults.append(Raised("BP-314", sequence, path=path, values={"why": "bytes"}))
        return None
    try:
        return xmlreading.parse(data)
    except XmlFault as fault:
        faults.append(Raised(fault.id, sequence, path=path, line=fault.line, values={"why": shown(fault.why)}))
        return None


def _sequence(folder: Path, number: str, tree: Tree) -> Sequence:
    faults: list[Raised] = []
    index = _index(folder, number, tree, faults)
    region, regional, admin, regional_read = _regional(folder, number, tree, faults)
    studies, studies_read = _studies(folder, index, tree, faults) if index else ((), True)
    return Sequence(
        number=number,
        index=index,
        regional=regional,
        region=region,
        admin=admin,
        studies=studies,
        index_md5=_index_md5(folder, number, tree),
        faults=tuple(faults),
        read=index is not None and regional_read,
        tagging_read=studies_read,
    )


def _index(folder: Path, number: str, tree: Tree, faults: list[Raised]) -> Backbone | None:
    path = f"{number}/index.xml"
    if path not in tree.files:
        if f"{number}/{_V4}" in tree.files:
            faults.append(Raised("BP-116", number, path=f"{number}/{_V4}", cannot=True))
        else:
            faults.append(Raised("BP-101", number, path=path))
        return None
    root = read_xml(folder, path, faults)
    if root is None:
        return None
    if root.tag != ICH_ROOT:
        faults.append(Raised("BP-315", number, path=path, line=root.sourceline, values={"root": shown(str(root.tag))}))
        return None
    return backbone_of(root, path)


def _regional(
    folder: Path, number: str, tree: Tree, faults: list[Raised]
) -> tuple[str | None, Backbone | None, Admin | None, bool]:
    """Region, backbone, administrative part, and whether whatever is there could be read."""
    top = f"{number}/m1/"
    regions = sorted({path[len(top) :].partition("/")[0] for path in tree.files if path.startswith(top)})
    region = "us" if "us" in regions else next((it for it in regions if len(it) == 2), None)
    if region is None:
        return None, None, None, True
    path = f"{top}{region}/{region}-regional.xml"
    if path not in tree.files:
        return region, None, None, False
    root = read_xml(folder, path, faults)
    if root is None:
        return region, None, None, False
    if region == "us" and root.tag != US_ROOT:
        faults.append(Raised("BP-315", number, path=path, line=root.sourceline, values={"root": shown(str(root.tag))}))
        return region, None, None, False
    return region, backbone_of(root, path), admin_of(root) if region == "us" else None, True


def _studies(folder: Path, index: Backbone, tree: Tree, faults: list[Raised]) -> tuple[tuple[StudyFile, ...], bool]:
    found: list[StudyFile] = []
    whole = True
    for leaf in index.leaves:
        if not leaf.file or not leaf.file.endswith(".xml") or leaf.context.module not in ("m4", "m5") or not leaf.live:
            continue
        name = leaf.file.rpartition("/")[2]
        if leaf.file not in tree.files or not (name.startswith("stf-") or _looks_tagging(folder, leaf.file)):
            continue
        root = read_xml(folder, leaf.file, faults)
        if root is None:
            whole = False
        elif is_study(root):
            found.append(study_of(root, leaf.file, leaf.id, leaf.context.heading))
    return tuple(found), whole


def _looks_tagging(folder: Path, path: str) -> bool:
    """Whether an XML file names the root of a study tagging file near its beginning."""
    try:
        with folder.joinpath(*path.split("/")).open("rb") as file:
            return b"ectd:study" in file.read(4096)
    except OSError:
        return False


def _index_md5(folder: Path, number: str, tree: Tree) -> str | None:
    path = f"{number}/index-md5.txt"
    if path not in tree.files:
        return None
    try:
        data = open_bytes(folder.joinpath(*path.split("/")), 4096)
    except OSError:
        return ""
    found = _MD5.search((data or b"").decode("latin-1"))
    return found[0].lower() if found else ""
