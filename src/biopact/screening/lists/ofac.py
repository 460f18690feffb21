"""OFAC's own files: the CSV without a header, in several files that belong together, and the XML.

CSV: twelve positions (ent_num, name, type, programme, title, five of vessels, flag, owner, remarks), ``-0-`` where empty;
beside it alternate names (ALT), addresses (ADD) and the rest of long remarks (COMMENTS). OFAC, "Data specification for
the delimited SDN file". XML: ``sdnList`` with ``publshInformation`` (sic), which has the date and the count of entries.
"""

from __future__ import annotations

import datetime
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from biopact.errors import DataError, Place
from biopact.screening.lists.entry import Entry, Note
from biopact.screening.lists.fields import country, day, years
from biopact.screening.lists.files import Blob, read_blob, rows_of
from biopact.screening.lists.us import kind_of, numbers_in
from biopact.screening.lists.xml import child, children

__all__ = ["is_csv", "read_csv", "read_xml"]

_WIDTH = 12
_EMPTY = "-0-"
_BORN = re.compile(r"\bDOB\s+([^;.]+)")
_NATIONAL = re.compile(r"\b(?:nationality|citizen)\s+([A-Z][A-Za-z ,.'-]+?)(?:[;(]|\.|$)")
_ALSO = re.compile(r"a\.k\.a\. '([^']+)'")


def is_csv(text: str) -> bool:
    """Whether a text begins as OFAC's primary file does: a number, and twelve positions."""
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    return re.match(r'\d+,\s*"?[^,]', first) is not None and first.count(_EMPTY) >= 3


def read_csv(blob: Blob, listed: str) -> tuple[list[Entry], list[Note], dict[str, str]]:
    """The entries, with what stands in the files beside; those that are not there are told."""
    text, told = blob.text()
    notes, used = list(told), dict[str, str]()
    primary = list(_positions(text, blob.path, _WIDTH))
    names: dict[str, list[str]] = {}
    places: dict[str, list[str]] = {}
    remarks: dict[str, list[str]] = {}
    for part, wanted, into, at in (("alt", 5, names, 3), ("add", 6, places, 4), ("comments", 2, remarks, 1)):
        beside = _beside(blob.path, part)
        if beside is None:
            if part != "comments":
                notes.append(Note(f"no-{part}", {"file": blob.path.name}))
            continue
        more = read_blob(beside)
        used[beside.name] = more.sha256
        for _, cells in _positions(more.text()[0], beside, wanted):
            into.setdefault(cells[0], []).append(cells[at])
    entries = [_entry(cells, listed, names, places, remarks) for _, cells in primary]
    return entries, notes, used


def _entry(
    cells: list[str],
    listed: str,
    names: dict[str, list[str]],
    places: dict[str, list[str]],
    remarks: dict[str, list[str]],
) -> Entry:
    key = cells[0]
    said = "; ".join([cells[11], *remarks.get(key, [])])
    lands = [*places.get(key, []), *_NATIONAL.findall(said)]
    programmes = tuple(part for part in re.split(r"[\[\]; ]+", cells[3]) if part)
    return Entry(
        listed, f"ofac-{key}", tuple(dict.fromkeys([cells[1], *names.get(key, []), *_ALSO.findall(said)])),
        kind_of(cells[2]) if cells[2] else "organisation", frozenset(code for land in lands if (code := country(land))),
        frozenset().union(*(years(born) for born in _BORN.findall(said))) if said else frozenset(), programmes,
        numbers_in(said),
    )  # fmt: skip


def _positions(text: str, path: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    rows = [(line, cells) for line, cells in rows_of(text.rstrip("\x1a\r\n ") + "\n", path) if any(cells)]
    for line, cells in rows:
        if len(cells) < width or not cells[0].strip().isdigit():
            raise DataError("screening.row-width", Place(path, line), found=len(cells), expected=width)
        yield line, ["" if cell.strip() == _EMPTY else cell.strip() for cell in cells]


def _beside(path: Path, part: str) -> Path | None:
    """The file of a part beside the primary one, by OFAC's names: ``sdn.csv`` alt.csv, ``cons_prim.csv`` cons_alt.csv."""
    stem = path.stem.lower()
    prefix = "cons_" if "cons" in stem else ""
    wanted = {f"{prefix}{part}.csv", f"{prefix or 'sdn_'}{part}.csv"}
    return next((each for each in sorted(path.parent.iterdir()) if each.name.lower() in wanted), None)


def read_xml(root: ET.Element, blob: Blob, listed: str) -> tuple[list[Entry], datetime.date | None]:
    """The entries and the day of publication. Raises DataError where fewer entries are there than the file says."""
    said = children(root, "publshInformation")
    published = day(child(said[0], "Publish_Date")) if said else None
    count = child(said[0], "Record_Count") if said else ""
    entries = [_from_xml(each, listed) for each in children(root, "sdnEntry")]
    if count.isdigit() and int(count) > len(entries):
        raise DataError("screening.fewer-than-said", Place(blob.path), found=len(entries), expected=int(count))
    return entries, published


def _from_xml(each: ET.Element, listed: str) -> Entry:
    akas = [aka for group in children(each, "akaList") for aka in children(group, "aka")]
    lands = [
        child(part, "country")
        for name in ("nationalityList", "citizenshipList", "addressList")
        for group in children(each, name)
        for part in group
    ]
    born = " ; ".join(child(part, "dateOfBirth") for group in children(each, "dateOfBirthList") for part in group)
    ids = "; ".join(
        f"{child(part, 'idType')} {child(part, 'idNumber')} {child(part, 'idCountry')}"
        for group in children(each, "idList")
        for part in group
    )
    programmes = tuple(part.text or "" for group in children(each, "programList") for part in group)
    return Entry(
        listed, f"ofac-{child(each, 'uid')}", tuple(dict.fromkeys(_full(part) for part in (each, *akas))),
        kind_of(child(each, "sdnType")), frozenset(code for land in lands if land and (code := country(land))),
        frozenset().union(*(years(part) for part in born.split(" ; "))), programmes, numbers_in(ids),
    )  # fmt: skip


def _full(part: ET.Element) -> str:
    family, given = child(part, "lastName"), child(part, "firstName")
    return f"{family}, {given}" if given else family
