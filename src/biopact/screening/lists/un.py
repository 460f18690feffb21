"""The consolidated list of the UN Security Council (XML, ``CONSOLIDATED_LIST``)."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET

from biopact.errors import DataError, Place
from biopact.screening.lists.entry import Entry
from biopact.screening.lists.fields import country, day, years
from biopact.screening.lists.files import Blob
from biopact.screening.lists.xml import child, children
from biopact.screening.names.name import Kind

__all__ = ["read_xml"]

_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
# https://www.un.org/sc/resources/sc-sanctions.xsd, as its elements stood in 2026
_KNOWN = {
    "DATAID",
    "VERSIONNUM",
    *_NAMES,
    "UN_LIST_TYPE",
    "REFERENCE_NUMBER",
    "LISTED_ON",
    "GENDER",
    "SUBMITTED_BY",
    "SUBMITTED_ON",
    "NAME_ORIGINAL_SCRIPT",
    "COMMENTS1",
    "NATIONALITY2",
    "TITLE",
    "DESIGNATION",
    "NATIONALITY",
    "LIST_TYPE",
    "LAST_DAY_UPDATED",
    "SORT_KEY",
    "SORT_KEY_LAST_MOD",
    "DELISTED_ON",
    "COUNTRY",
    "INTERPOL_LINK",
    *(
        f"{kind}_{part}"
        for kind in ("INDIVIDUAL", "ENTITY")
        for part in ("ALIAS", "ADDRESS", "DATE_OF_BIRTH", "PLACE_OF_BIRTH", "DOCUMENT")
    ),
}


def read_xml(root: ET.Element, blob: Blob, listed: str) -> tuple[list[Entry], datetime.date | None]:
    """The entries and the day on which the file was made. Raises DataError with the name of an unknown element."""
    groups: tuple[tuple[str, str, Kind], ...] = (
        ("INDIVIDUALS", "INDIVIDUAL", "person"),
        ("ENTITIES", "ENTITY", "organisation"),
    )
    entries = [
        _entry(each, prefix, kind, blob, listed)
        for group, prefix, kind in groups
        for part in children(root, group)
        for each in children(part, prefix)
    ]
    return entries, day(root.get("dateGenerated", ""))


def _entry(each: ET.Element, prefix: str, kind: Kind, blob: Blob, listed: str) -> Entry:
    unknown = next((part.tag for part in each if part.tag not in _KNOWN), None)
    if unknown:
        raise DataError(
            "screening.unknown-column",
            Place(blob.path, None, unknown),
            column=unknown,
            format="un-xml",
            version="1",
            near="–",
        )
    names = [" ".join(part for name in _NAMES if (part := child(each, name)))]
    names += [child(alias, "ALIAS_NAME") for alias in children(each, f"{prefix}_ALIAS")]
    names += [child(each, "NAME_ORIGINAL_SCRIPT")]
    lands = [part.text or "" for group in children(each, "NATIONALITY") for part in group]
    lands += [child(address, "COUNTRY") for address in children(each, f"{prefix}_ADDRESS")]
    born = frozenset[int]()
    for birth in children(each, f"{prefix}_DATE_OF_BIRTH"):
        ends = [child(birth, "FROM_YEAR"), child(birth, "TO_YEAR")]
        born |= years(
            " to ".join(filter(None, ends)) or child(birth, "YEAR") or child(birth, "DATE") or child(birth, "NOTE")
        )
    return Entry(
        listed,
        child(each, "REFERENCE_NUMBER") or child(each, "DATAID"),
        tuple(dict.fromkeys(filter(None, names))),
        kind,
        frozenset(code for land in lands if land and (code := country(land))),
        born,
        (child(each, "UN_LIST_TYPE"),),
    )
