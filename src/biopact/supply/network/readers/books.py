"""FDA's books of approved products: the Purple Book (CSV, a block of notes above its heading), the Orange Book (a zip of
texts separated by ``~``)."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from biopact.errors import DataError, Place

__all__ = ["Approval", "read_orange_book", "read_purple_book"]

_PURPLE = ("Applicant", "Proprietary Name", "Proper Name")
_ORANGE = ("Ingredient", "Trade_Name", "Applicant")


@dataclass(frozen=True, slots=True)
class Approval:
    """One approved product."""

    name: str  # proper name or ingredient
    trade_name: str
    applicant: str
    number: str
    type: str  # 351(a), 351(k) Biosimilar, RX, OTC, …
    form: str
    strength: str
    status: str
    approved: datetime.date | None


def read_purple_book(file: Path) -> tuple[Approval, ...]:
    """The products of a Purple Book download. The heading may stand below notes, and may be repeated."""
    rows = list(csv.reader(io.StringIO(_text(file))))
    head = next((row for row in rows if {*_PURPLE} <= {cell.strip() for cell in row}), None)
    if head is None:
        raise DataError("supply.reader.no-header", Place(file), wanted=", ".join(_PURPLE))
    names = [cell.strip() for cell in head]
    told = []
    for row in rows[rows.index(head) + 1 :]:
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        if len(row) < 3 or [cell.strip() for cell in row] == names or not cells.get("Proper Name"):
            continue
        told.append(
            Approval(
                name=cells["Proper Name"],
                trade_name=cells.get("Proprietary Name", ""),
                applicant=cells.get("Applicant", ""),
                number=cells.get("BLA Number", ""),
                type=cells.get("BLA Type", ""),
                form=cells.get("Dosage Form", ""),
                strength=cells.get("Strength", ""),
                status=cells.get("Marketing Status", ""),
                approved=_day(cells.get("Approval Date", "")),
            )
        )
    return tuple(told)


def read_orange_book(file: Path) -> tuple[Approval, ...]:
    """The products of an Orange Book download: the zip, or ``products.txt`` from it."""
    if file.suffix.lower() == ".zip":
        text = _zipped(file, "products.txt")
    else:
        text = _text(file)
    rows = csv.DictReader(io.StringIO(text), delimiter="~", quoting=csv.QUOTE_NONE)
    if not {*_ORANGE} <= set(rows.fieldnames or ()):
        raise DataError("supply.reader.no-header", Place(file), wanted=", ".join(_ORANGE))
    return tuple(
        Approval(
            name=row["Ingredient"].strip(),
            trade_name=row["Trade_Name"].strip(),
            applicant=(row.get("Applicant_Full_Name") or row["Applicant"]).strip(),
            number=(row.get("Appl_No") or "").strip(),
            type=(row.get("Type") or "").strip(),
            form=(row.get("DF;Route") or "").strip(),
            strength=(row.get("Strength") or "").strip(),
            status=(row.get("Type") or "").strip(),
            approved=_day((row.get("Approval_Date") or "").strip()),
        )
        for row in rows
        if row.get("Ingredient")
    )


def _zipped(file: Path, wanted: str) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            name = next((name for name in archive.namelist() if name.lower().rpartition("/")[2] == wanted), None)
            if name is None or archive.getinfo(name).file_size > 200_000_000:
                raise DataError("supply.reader.bad-zip", Place(file), wanted=wanted)
            return archive.read(name).decode("latin-1")
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError("supply.cannot-read", Place(file), why=str(error)) from None


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError("supply.cannot-read", Place(file), why=error.strerror or "?") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _day(text: str) -> datetime.date | None:
    """A date as either book writes it; None where it is a note (``Approved Prior to Jan 1, 1982``) or empty."""
    for form in ("%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y", "%d-%b-%Y", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
