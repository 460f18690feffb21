"""Reading a list: which it is, in which format and version, how old, from which bytes."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from biopact.errors import DataError, Place, UsageError
from biopact.screening.lists import ofac, un
from biopact.screening.lists.entry import Entry, Listing, Note
from biopact.screening.lists.fields import day
from biopact.screening.lists.files import Blob, Table, read_blob, table_of
from biopact.screening.lists.format import TableFormat, checked
from biopact.screening.lists.html import is_html, tables_of
from biopact.screening.lists.simple import FORMATS as PLAIN
from biopact.screening.lists.us import FORMATS as US
from biopact.screening.lists.us import csl_entry
from biopact.screening.lists.xml import tree
from biopact.screening.resources import yaml_of

__all__ = ["known_lists", "read_list", "split_option"]

_OTHER_DAYS = 90
_FORMATS = (*US, *PLAIN)
_JSON_KEYS = {
    "id", "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice",
    "start_date", "end_date", "standard_order", "license_requirement", "license_policy", "call_sign", "vessel_type",
    "gross_tonnage", "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names",
    "citizenships", "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids", "country",
    "_id", "score", "name_type",
}  # fmt: skip


def known_lists() -> Mapping[str, Mapping[str, Any]]:
    """The lists that have a name here: title, source, limit of age, formats."""
    found: Mapping[str, Mapping[str, Any]] = yaml_of("lists")
    return found


def split_option(option: str) -> tuple[str | None, Path]:
    """``ofac-sdn=FILE`` or ``FILE``. Raises UsageError for an id that cannot be one."""
    name, equals, file = option.partition("=")
    if not equals or Path(option).exists():
        return None, Path(option)
    if not name or any(not (letter.isalnum() or letter in "-_.") for letter in name):
        raise UsageError("screening.odd-list-id", None, found=name)
    return name, Path(file)


def read_list(path: Path, listed: str | None = None) -> Listing:
    """The entries of a file. Without an id the file's own format tells which list it is, and that is said.

    Raises DataError with the place where the file is missing, cut, in no known format, or has an unknown column.
    """
    blob = read_blob(path)
    sniffed = listed is None
    name, form, version, entries, date, notes, companions = _read(blob, listed)
    if sniffed:
        notes = [*notes, Note("sniffed", {"file": path.name, "list": name, "format": form})]
    if not entries:
        raise DataError("screening.no-entries", Place(path), list=name)
    kept = _of_sublist(entries, name, form)
    known = known_lists().get(name, {})
    covers = frozenset(known.get("covers", ()) if form in known.get("formats", ()) else ())
    return Listing(
        name, form, version, path, blob.sha256, date or blob.written, "file" if date else "timestamp",
        known.get("days", _OTHER_DAYS), _distinct(kept), tuple(notes), companions, covers,
    )  # fmt: skip


_Read = tuple[str, str, str, list[Entry], datetime.date | None, list[Note], dict[str, str]]


def _read(blob: Blob, listed: str | None) -> _Read:
    start = blob.content[:400].lstrip(b"\xef\xbb\xbf \r\n\t")
    if is_html(blob):
        return _page(blob, listed)
    if start.startswith(b"<"):
        root = tree(blob)
        if root.tag == "CONSOLIDATED_LIST":
            name = listed or "un-sc"
            entries, date = un.read_xml(root, blob, name)
            return name, "un-xml", "1", entries, date, [], {}
        if root.tag == "sdnList":
            name = listed or ("ofac-consolidated" if "cons" in blob.path.stem.lower() else "ofac-sdn")
            entries, date = ofac.read_xml(root, blob, name)
            return name, "ofac-xml", "1", entries, date, [], {}
        raise DataError("screening.unknown-format", Place(blob.path), found=root.tag[:40])
    if start.startswith((b"{", b"[")):
        return _json(blob, listed)
    if not blob.content.startswith(b"PK") and ofac.is_csv(blob.text()[0]):
        name = listed or ("ofac-consolidated" if "cons" in blob.path.stem.lower() else "ofac-sdn")
        entries, notes, used = ofac.read_csv(blob, name)
        return name, "ofac-csv", "1", entries, None, notes, used
    return _table(blob, listed)


def _table(blob: Blob, listed: str | None) -> _Read:
    table = table_of(blob)
    form = _format_of(table.columns, listed)
    if form is None:
        raise DataError("screening.unknown-format", Place(blob.path, 1), found=", ".join(table.columns)[:120])
    return _from_table(table, form, listed)


def _from_table(table: Table, form: TableFormat, listed: str | None) -> _Read:
    right, unknown = checked(table, form)
    name = listed or {"simple": table.path.stem, "opensanctions-simple": "opensanctions"}.get(form.name, form.name)
    notes = list(table.notes)
    if unknown:
        notes.append(Note("ignored-columns", {"file": table.path.name, "columns": ", ".join(unknown)}))
    return name, form.name, form.version, list(form.read(right, name)), None, notes, {}


def _format_of(columns: Iterable[str], listed: str | None) -> TableFormat | None:
    """The first format whose columns are all there. One that nearly fits tells which column is missing."""
    fits = [form for form in _FORMATS if form.fits(columns)]
    wanted = known_lists().get(listed or "", {}).get("formats", ())
    return next((form for form in fits if form.name in wanted), fits[0] if fits else None)


def _page(blob: Blob, listed: str | None) -> _Read:
    """Every table of a page that is in a format of a list: firms and persons are two tables of one list."""
    known = [(table, _format_of(table.columns, listed)) for table in tables_of(blob)]
    read = [_from_table(table, form, listed) for table, form in known if form]
    if not read:
        raise DataError("screening.unknown-format", Place(blob.path), found="HTML")
    name, format_name, version, _, _, notes, _ = read[0]
    return name, format_name, version, [entry for each in read for entry in each[3]], None, notes, {}


def _json(blob: Blob, listed: str | None) -> _Read:
    """The consolidated list in JSON: ``results``, each an object with the columns of the CSV, lists where several."""
    text, notes = blob.text()
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError("screening.broken-json", Place(blob.path, getattr(error, "lineno", None))) from None
    results = value.get("results") if isinstance(value, dict) else value
    if not isinstance(results, list) or not all(
        isinstance(each, dict) and "name" in each and "source" in each for each in results
    ):
        raise DataError("screening.unknown-format", Place(blob.path), found="JSON")
    total = value.get("total") if isinstance(value, dict) else None
    if isinstance(total, int) and total > len(results):
        raise DataError("screening.fewer-than-said", Place(blob.path), found=len(results), expected=total)
    for each in results:
        unknown = next((key for key in each if key not in _JSON_KEYS), None)
        if unknown:
            raise DataError(
                "screening.unknown-column",
                Place(blob.path, None, unknown),
                column=unknown,
                format="csl-json",
                version="1",
                near="–",
            )
    name = listed or "csl"
    entries = [csl_entry(_flat(each), name) for each in results if each["name"]]
    return name, "csl-json", "1", entries, _stated(value), list(notes), {}


def _flat(result: dict[str, Any]) -> dict[str, str]:
    cells = {key: _joined(value) for key, value in result.items()}
    lands = [str(part.get("country") or "") for part in result.get("addresses") or [] if isinstance(part, dict)]
    cells["countries"] = "; ".join(filter(None, [*lands, str(result.get("country") or "")]))
    return cells


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_joined(part) for part in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    return "" if value is None else str(value)


def _stated(value: object) -> datetime.date | None:
    """The oldest day on which a source of the file was brought up to date, where the file says so."""
    used = value.get("sources_used") if isinstance(value, dict) else None
    days = [
        day(str(each.get("source_last_updated") or each.get("last_imported") or ""))
        for each in used or []
        if isinstance(each, dict)
    ]
    known = [each for each in days if each]
    return min(known) if known else None


def _of_sublist(entries: list[Entry], name: str, form: str) -> list[Entry]:
    """Of a consolidated file given as one of its lists only the entries of that list."""
    if form not in ("csl", "csl-json") or name == "csl":
        return entries
    return [replace(entry, sublist=None) for entry in entries if entry.sublist == name]


def _distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by id, each once; two that share an id are one with the names of both."""
    found: dict[str, Entry] = {}
    for entry in entries:
        before = found.get(entry.id)
        if before is not None:
            entry = replace(
                before, names=tuple(dict.fromkeys(before.names + entry.names)), countries=before.countries | entry.countries,
                birth_years=before.birth_years | entry.birth_years,
            )  # fmt: skip
        found[entry.id] = entry
    return tuple(found.values())
