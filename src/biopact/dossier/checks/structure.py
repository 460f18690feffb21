"""The folder: sequences that are there, missing or twice; what is not a file; what lies where nothing should."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from biopact.dossier.checks import Read
from biopact.dossier.model import Application, Raised, Sequence

__all__ = ["structure"]

_NUMBER = re.compile(r"[0-9]{4}\Z")


def structure(read: Read) -> Iterator[Raised]:
    """Sequences and folders, and what reading already found."""
    application = read.application
    for sequence in application.sequences:
        yield from sequence.faults
        yield from _backbones(application, sequence)
    yield from _numbers(application)
    for name in application.strays:
        yield Raised("BP-108", path=name)
    tree = application.tree
    for path in tree.empty:
        yield Raised("BP-109", path.partition("/")[0], path=path)
    for path in tree.links:
        yield Raised("BP-110", path.partition("/")[0], path=path)
    for path in tree.special:
        yield Raised("BP-111", path.partition("/")[0], path=path)
    for path in tree.unreadable:
        yield Raised("BP-115", path.partition("/")[0], path=path, values={"why": "folder"})


def _backbones(application: Application, sequence: Sequence) -> Iterator[Raised]:
    files, number = application.tree.files, sequence.number
    if not _NUMBER.match(number):
        yield Raised("BP-117", number, path=number, values={"name": number})
    if sequence.index is None:
        return
    regional = f"{number}/m1/{sequence.region}/{sequence.region}-regional.xml"
    if sequence.region is None or regional not in files:
        if sequence.region == "us" or (sequence.region is None and application.region in ("us", None)):
            yield Raised("BP-102", number, path=f"{number}/m1/us/us-regional.xml", agencies=("us",))
        if sequence.region == "kr" or (sequence.region is None and application.region in ("kr", None)):
            yield Raised("BP-118", number, path=f"{number}/m1/kr/kr-regional.xml")
    elif not any(leaf.file == regional for leaf in sequence.index.leaves):
        yield Raised("BP-103", number, path=regional)
    if sequence.index_md5 is None:
        yield Raised("BP-104", number, path=f"{number}/index-md5.txt")


def _numbers(application: Application) -> Iterator[Raised]:
    present = sorted(int(it.number) for it in application.sequences if _NUMBER.match(it.number))
    claimed: dict[str, list[str]] = defaultdict(list)
    for sequence in application.sequences:
        admin = sequence.admin
        if admin is None or not admin.sequence_number:
            continue
        claimed[admin.sequence_number].append(sequence.number)
        if admin.sequence_number != sequence.number and _NUMBER.match(admin.sequence_number):
            path = f"{sequence.number}/{sequence.regional.path}" if sequence.regional else None
            values = {"said": admin.sequence_number, "folder": sequence.number}
            yield Raised("BP-106", sequence.number, path=path, line=admin.lines.get("sequence-number"), values=values)
    for said, folders in claimed.items():
        if len(folders) > 1:
            yield Raised("BP-105", folders[-1], values={"said": said, "folders": ", ".join(folders)})
    if not present:
        return
    first = 0 if application.region == "kr" or present[0] == 0 else 1
    for number in sorted(set(range(present[0], present[-1])) - set(present))[:50] if not application.single else ():
        yield Raised("BP-107", f"{number:04d}", values={"number": f"{number:04d}"})
    if present[0] == 0 and application.region == "us":
        yield Raised("BP-112", f"{present[0]:04d}", values={"number": "0000"})
    if present[0] > first:
        yield Raised("BP-113", f"{present[0]:04d}", values={"first": f"{present[0]:04d}"})
