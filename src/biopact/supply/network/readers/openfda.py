"""openFDA drug shortages (``drug/shortages.json``): entries of ``results``, dates written MM/DD/YYYY."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.errors import DataError, Place
from biopact.pact.written import shown

__all__ = ["Shortage", "read_shortages"]


@dataclass(frozen=True, slots=True)
class Shortage:
    """One presentation in shortage. What the file leaves out is None or empty."""

    generic_name: str
    company: str
    status: str
    availability: str | None
    reason: str | None
    presentation: str | None
    package_ndc: str | None
    initial: datetime.date | None
    updated: datetime.date | None


def read_shortages(file: Path) -> tuple[Shortage, ...]:
    """The shortages of a file. Raises DataError where it is not what openFDA gives."""
    try:
        written = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError("supply.cannot-read", Place(file), why=error.strerror or "?") from None
    except UnicodeDecodeError:
        raise DataError("supply.not-utf8", Place(file)) from None
    except json.JSONDecodeError as error:
        raise DataError("supply.reader.not-json", Place(file, error.lineno), why=error.msg) from None
    if not isinstance(written, dict) or not isinstance(written.get("results"), list):
        raise DataError("supply.reader.not-openfda", Place(file))
    return tuple(_entries(written["results"], file))


def _entries(results: Iterable[Any], file: Path) -> Iterable[Shortage]:
    for at, entry in enumerate(results):
        if not isinstance(entry, dict) or not entry.get("generic_name"):
            continue
        place = Place(file, None, f"results[{at}]")
        yield Shortage(
            generic_name=str(entry["generic_name"]),
            company=str(entry.get("company_name") or ""),
            status=str(entry.get("status") or ""),
            availability=_text(entry.get("availability")),
            reason=_text(entry.get("shortage_reason") or entry.get("related_info")),
            presentation=_text(entry.get("presentation")),
            package_ndc=_text(entry.get("package_ndc")),
            initial=_day(entry.get("initial_posting_date"), place),
            updated=_day(entry.get("update_date"), place),
        )


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = "; ".join(str(part) for part in value)
    return str(value) if value not in (None, "") else None


def _day(value: Any, place: Place) -> datetime.date | None:
    if value in (None, ""):
        return None
    for form in ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.datetime.strptime(str(value), form).date()
        except ValueError:
            continue
    raise DataError("supply.reader.bad-date", place, found=shown(value), near="11/24/2026")
