"""A UN Comtrade download (CSV): trade between countries by heading and year, in USD. Old and new column names."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from biopact.errors import DataError, Place

__all__ = ["Trade", "read_comtrade"]

# what is wanted: the names it has had
_NAMES = {
    "year": ("refYear", "Year", "period", "Period"),
    "flow": ("flowDesc", "Trade Flow", "flowCode"),
    "reporter": ("reporterDesc", "Reporter", "reporterISO", "Reporter ISO"),
    "partner": ("partnerDesc", "Partner", "partnerISO", "Partner ISO"),
    "code": ("cmdCode", "Commodity Code"),
    "value": ("primaryValue", "Trade Value (US$)", "fobvalue", "cifvalue"),
    "weight": ("netWgt", "Netweight (kg)"),
}
_NEEDED = ("year", "flow", "reporter", "partner", "code", "value")


@dataclass(frozen=True, slots=True)
class Trade:
    """One line of trade: ``value`` in USD, ``weight`` in kg where given."""

    year: int
    flow: str  # Import | Export | …
    reporter: str
    partner: str
    code: str
    value: float
    weight: float | None


def read_comtrade(file: Path) -> tuple[Trade, ...]:
    """The lines of a download. Raises DataError with the line where a number is none."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError("supply.cannot-read", Place(file), why=error.strerror or "?") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    rows = csv.DictReader(io.StringIO(text))
    columns = {
        wanted: next((name for name in names if name in (rows.fieldnames or ())), None)
        for wanted, names in _NAMES.items()
    }
    missing = [wanted for wanted in _NEEDED if columns[wanted] is None]
    if missing:
        raise DataError(
            "supply.reader.no-header", Place(file, 1), wanted=", ".join(_NAMES[name][0] for name in missing)
        )
    told = []
    for row in rows:
        cells = {wanted: (row.get(name or "") or "").strip() for wanted, name in columns.items()}
        if not cells["value"] and not cells["code"]:
            continue
        told.append(
            Trade(
                year=int(_number(cells["year"][:4], file, rows.line_num, columns["year"])),
                flow={"X": "Export", "M": "Import"}.get(cells["flow"], cells["flow"]),
                reporter=cells["reporter"],
                partner=cells["partner"],
                code=cells["code"].removeprefix("'"),
                value=_number(cells["value"], file, rows.line_num, columns["value"]),
                weight=_number(cells["weight"], file, rows.line_num, columns["weight"]) if cells["weight"] else None,
            )
        )
    return tuple(told)


def _number(text: str, file: Path, line: int, column: str | None) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise DataError("supply.not-a-number", Place(file, line, column), found=text) from None
