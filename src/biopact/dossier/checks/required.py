"""What an original application of a type must hold for each agency, in the current view of all its sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from biopact.dossier.checks import Read
from biopact.dossier.headings import DATA, under
from biopact.dossier.lifecycle import follow, withheld
from biopact.dossier.model import Raised
from biopact.marked import read as read_marked

__all__ = ["TYPES", "required", "type_of"]

TYPES = {"fdaat1": "nda", "fdaat2": "anda", "fdaat3": "bla", "fdaat4": "ind"}
_ORIGINAL = "fdast1"


@lru_cache(maxsize=1)
def _table() -> Mapping[str, list[dict[str, Any]]]:
    value: Mapping[str, list[dict[str, Any]]] = read_marked(DATA / "required.yaml").value
    return value


def type_of(read: Read) -> str | None:
    """The application's type by its U.S. name (``nda``), as asked or as its code says."""
    return read.application_type or TYPES.get(read.application.application_type or "")


def required(read: Read) -> Iterator[Raised]:
    """Documents that are missing under their heading, or why that cannot be said."""
    application = read.application
    kind = type_of(read)
    why = _why_not(read, kind)
    agencies = [it for it in read.agencies if it in _table()]
    if "kr" in agencies:
        yield Raised("BP-904", agencies=("kr",), cannot=True)
    if why is not None:
        yield Raised("BP-903", values={"why": why}, cannot=True, agencies=tuple(agencies))
        return
    headings = {leaf.context.heading for leaf in follow(application).current}
    for agency in agencies:
        for row in _table()[agency]:
            if kind not in row["types"] or any(under(it, row["heading"]) for it in headings):
                continue
            if row["heading"].startswith("1.") and application.region != agency:
                continue  # the other region's module 1: what it lacks is the matter of `gap`
            values = {"title": row["title"], "heading": row["heading"], "cite": row["cite"]}
            yield Raised("BP-901" if agency == "us" else "BP-902", values=values, agencies=(agency,))


def _why_not(read: Read, kind: str | None) -> Mapping[str, str] | None:
    """Why the list cannot be held against this dossier, in both languages."""
    application = read.application
    if kind is None or not any(kind in row["types"] for rows in _table().values() for row in rows):
        return {"en": "the type of the application is not known", "ko": "신청 유형을 알 수 없음"}
    if any(not it.read for it in application.sequences):
        return {"en": "a backbone could not be read", "ko": "읽을 수 없는 백본이 있음"}
    if withheld(application):
        return {"en": "earlier sequences are not here", "ko": "이전 시퀀스가 없음"}
    said = [it.admin.submission_type for it in application.sequences if it.admin]
    if said and _ORIGINAL not in said:
        return {"en": "no original application is among the sequences", "ko": "최초 신청이 시퀀스에 없음"}
    return None
