"""Paths and names: what every file system of every reviewer can hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from biopact.dossier.checks import Read
from biopact.dossier.checks.files import exempt
from biopact.dossier.model import Raised

__all__ = ["LONGEST_ICH", "LONGEST_US", "names"]

LONGEST_US = 150  # FDA, Technical Conformance Guide
LONGEST_ICH = 230  # ICH eCTD Specification 3.2.2, appendix 2
LONGEST_NAME = 64
# ICH: a-z, 0-9 and the hyphen; the underscore is let through, FDA's guides for data sets use it themselves
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9]+)?\Z")
_FOLDER = re.compile(r"[a-z0-9_-]+\Z")


def names(read: Read) -> Iterator[Raised]:
    """Characters, lengths, names that differ only by case, backslashes, and modules in which a file does not belong."""
    spelled: dict[str, set[str]] = defaultdict(set)
    for path in read.application.tree.files:
        number = path.partition("/")[0]
        if number not in read.application.by_number:
            continue
        yield from _name(number, path)
        spelled[path.casefold()].add(path)
        for end in range(len(path)):
            if path[end] == "/":
                spelled[path[:end].casefold()].add(path[:end])
    for same in spelled.values():
        if len(same) > 1:
            one, *others = sorted(same)
            yield Raised("BP-225", one.partition("/")[0], path=one, values={"other": others[0]})
    for sequence in read.application.sequences:
        for leaf in sequence.leaves:
            if leaf.href and "\\" in leaf.href:
                yield Raised("BP-229", leaf.sequence, leaf.id, leaf.file, leaf.line, {"href": leaf.href})
            top = (leaf.file or "").split("/")[1:2]
            modules = ("m1", "m2", "m3", "m4", "m5")
            module = leaf.context.module
            if leaf.live and top and top[0] in modules and module in modules and top[0] != module:
                values = {"module": module, "heading": leaf.context.heading}
                yield Raised("BP-228", leaf.sequence, leaf.id, leaf.file, leaf.line, values)


def _name(number: str, path: str) -> Iterator[Raised]:
    inside = path.partition("/")[2]
    folders, name = path.split("/")[1:-1], path.rpartition("/")[2]
    odd = [it for it in folders if not _FOLDER.match(it)] + ([] if _NAME.match(name) else [name])
    if odd and not exempt(path):
        yield Raised("BP-224", number, path=path, values={"name": odd[0]})
    if len(name) > LONGEST_NAME:
        yield Raised("BP-226", number, path=path, values={"length": len(name), "limit": LONGEST_NAME})
    # FDA counts the path inside the sequence; ICH with the sequence's folder
    if len(path) > LONGEST_ICH:
        yield Raised("BP-223", number, path=path, values={"length": len(path), "limit": LONGEST_ICH})
    elif len(inside) > LONGEST_US:
        values = {"length": len(inside), "limit": LONGEST_US}
        yield Raised("BP-223", number, path=path, values=values, agencies=("us",))
