"""Hits as files: a CSV or workbook for people, and the record with all evidence that ``hits explain`` reads."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from biopact.errors import DataError, MissingExtraError, Place, UsageError
from biopact.ledger.state import state_folder
from biopact.screening.decisions import Judged
from biopact.screening.hits import COLUMNS
from biopact.screening.wording import why

__all__ = ["find_record", "remember", "row_of", "write_hits", "write_record"]

_KEPT = 100


def row_of(each: Judged) -> dict[str, Any]:
    """A hit as a row of the hits file."""
    hit = each.hit
    return {
        "hit": hit.id, "query_id": hit.query.id, "query": hit.ours, "entry_ids": ";".join(hit.entry_ids),
        "lists": ";".join(hit.lists), "name": hit.theirs, "outcome": hit.outcome, "identifier": hit.identifier or "",
        "score": round(hit.score, 4), "spelling": round(hit.spelling, 4), "sound": round(hit.sound, 4),
        "alias": round(hit.alias, 4), "why": why(each),
    }  # fmt: skip


def write_hits(path: Path, hits: Sequence[Judged]) -> None:
    """Write the hits as CSV (UTF-8 with a mark, so that spreadsheets read Hangul) or, by its suffix, as a workbook."""
    rows = [row_of(each) for each in hits]
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        _put(path, _workbook(rows))
    elif suffix in (".csv", ""):
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        _put(path, text.getvalue().encode("utf-8-sig"))
    else:
        raise UsageError("screening.out-suffix", None, found=path.suffix)


def _workbook(rows: list[dict[str, Any]]) -> bytes:
    try:
        import openpyxl
    except ImportError:
        raise MissingExtraError("openpyxl", "screening") from None
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "hits"
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row[name] for name in COLUMNS])
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":  # a name that begins with = is a name
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record of a screening, and remember where, so that a hit is found by its id alone."""
    _put(path, (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    remember(path)


def remember(path: Path) -> None:
    """Keep the place of a record in the user's state folder: the newest first, no names."""
    index = state_folder() / "screening" / "records.json"
    places = [str(path.resolve()), *(place for place in _places(index) if place != str(path.resolve()))]
    _put(index, (json.dumps(places[:_KEPT]) + "\n").encode("utf-8"))


def find_record(hit: str, record: Path | None = None) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """The record that has a hit: its place, all of it, and the hit. Raises UsageError where none has it."""
    places = [record] if record else [Path(place) for place in _places(state_folder() / "screening" / "records.json")]
    for place in places:
        try:
            read = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            if record:
                raise DataError("screening.no-record", Place(place)) from None
            continue
        found = (
            next((each for each in read.get("hits", []) if each.get("hit") == hit), None)
            if isinstance(read, dict)
            else None
        )
        if found:
            return place, read, found
    raise UsageError("screening.no-such-hit", None, hit=hit)


def _places(index: Path) -> list[str]:
    try:
        read = json.loads(index.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [place for place in read if isinstance(place, str)] if isinstance(read, list) else []


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError as error:
        raise DataError("screening.cannot-write", Place(path), why=error.strerror or "?") from None
