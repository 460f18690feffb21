"""The XML itself: DTD copies, versions, namespaces, validity by the official DTD where it is at hand."""

from __future__ import annotations

from collections.abc import Iterator

from biopact.dossier.backbone import WITH_C
from biopact.dossier.checks import Read
from biopact.dossier.dtds import MOST_BYTES, OFFICIAL, state_of
from biopact.dossier.model import Application, Backbone, Raised, Sequence
from biopact.dossier.reading import read_xml
from biopact.dossier.tree import open_bytes

__all__ = ["MOST_ERRORS", "markup"]

MOST_ERRORS = 20


def markup(read: Read) -> Iterator[Raised]:
    """DTD copies in ``util``, and each backbone against the official DTD."""
    missing: set[str] = set()
    for sequence in read.application.sequences:
        yield from _copies(read.application, sequence)
        for backbone, kind in _backbones(sequence):
            yield from _declared(sequence, backbone, kind)
            if read.dtds.content.get(kind) is None:
                missing.add(kind)
            else:
                yield from _valid(read, sequence, backbone, kind)
    for kind in sorted(missing):
        agencies = None if kind == "index" else (kind,)
        yield Raised("BP-309", values={"dtd": OFFICIAL[kind].name}, cannot=True, agencies=agencies)


def _backbones(sequence: Sequence) -> Iterator[tuple[Backbone, str]]:
    if sequence.index is not None:
        yield sequence.index, "index"
    if sequence.regional is not None and sequence.region == "us":
        yield sequence.regional, "us"


def _copies(application: Application, sequence: Sequence) -> Iterator[Raised]:
    """A copy whose name is that of an official DTD, and whose content is not."""
    for kind, official in OFFICIAL.items():
        path = f"{sequence.number}/util/dtd/{official.name}"
        if path not in application.tree.files:
            continue
        try:
            state = state_of(open_bytes(application.real(path), MOST_BYTES) or b"", official)
        except OSError:
            continue
        if state != "official":
            found = "BP-307" if state == "line-ends" else "BP-306"
            agencies = None if kind == "index" else (kind,)
            yield Raised(found, sequence.number, path=path, values={"md5": official.md5}, agencies=agencies)


def _declared(sequence: Sequence, backbone: Backbone, kind: str) -> Iterator[Raised]:
    path, official = f"{sequence.number}/{backbone.path}", OFFICIAL[kind]
    if backbone.version != official.version:
        values = {"found": backbone.version or "–", "expected": official.version}
        yield Raised("BP-305", sequence.number, path=path, line=1, values=values)
    if backbone.system is not None and backbone.system.replace("\\", "/").rpartition("/")[2] != official.name:
        values = {"found": backbone.system, "expected": official.name}
        yield Raised("BP-311", sequence.number, path=path, line=1, values=values)
    if backbone.xlink and backbone.xlink != {WITH_C}:
        values = {"found": ", ".join(sorted(backbone.xlink - {WITH_C})), "expected": WITH_C}
        yield Raised("BP-316", sequence.number, path=path, line=1, values=values)


def _valid(read: Read, sequence: Sequence, backbone: Backbone, kind: str) -> Iterator[Raised]:
    dtd = read.dtds.load(kind)
    path = f"{sequence.number}/{backbone.path}"
    root = read_xml(read.application.folder, path, [])
    if dtd is None or root is None or dtd.validate(root):
        return
    errors = [(it.line, it.message) for it in dtd.error_log.filter_from_errors()]
    for line, message in errors[:MOST_ERRORS]:
        values = {"why": message[:300], "dtd": OFFICIAL[kind].name}
        yield Raised("BP-310", sequence.number, path=path, line=line, values=values)
    if len(errors) > MOST_ERRORS:
        more = {"why": f"… +{len(errors) - MOST_ERRORS}", "dtd": OFFICIAL[kind].name}
        yield Raised("BP-310", sequence.number, path=path, values=more)
