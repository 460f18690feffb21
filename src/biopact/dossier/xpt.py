"""SAS transport files: what the header says, and what ``ts.xpt`` says of its study."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from biopact.errors import MissingExtraError

__all__ = ["XptFacts", "iso_date", "read_xpt"]

_RECORD = 80
_V5 = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_V8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
_MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_NAMESTR = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_MOST_ROWS = 10_000
_STARTS = ("SSTDTC", "STSTDTC")
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?)?)?\Z")


@dataclass(frozen=True, slots=True)
class XptFacts:
    """What was found in one file. ``trouble``: ``header``, ``version-8``, ``truncated``, ``unreadable`` or None.

    ``starts``, ``no_start`` and ``study_ids`` are read from ``ts.xpt`` only; values, never persons: TS describes the trial.
    A start is SSTDTC, of a nonclinical study also STSTDTC; ``no_start`` says that TS declares it as not applicable (TSVALNF).
    A study is called by STUDYID or, where TS gives one, by the sponsor's reference (SPREFID).
    """

    trouble: str | None = None
    dataset: str = ""
    variables: int = 0
    starts: tuple[str, ...] = ()
    no_start: bool = False
    study_ids: tuple[str, ...] = ()


def iso_date(text: str) -> bool:
    """Whether a text is a date of ISO 8601, at least its year."""
    return bool(_DATE.match(text))


def read_xpt(path: Path, size: int) -> XptFacts:
    """The facts of one file; of ``ts.xpt`` also its values. Raises MissingExtraError."""
    with path.open("rb") as file:
        head = file.read(_RECORD * 9)
    if head.startswith(_V8):
        return XptFacts("version-8")
    if not head.startswith(_V5):
        return XptFacts("header")
    if size % _RECORD or len(head) < _RECORD * 9:
        return XptFacts("truncated")
    at = head.find(_MEMBER)
    names = head.find(_NAMESTR)
    if at != _RECORD * 3 or names != _RECORD * 7:
        return XptFacts("header")
    dataset = head[_RECORD * 5 + 8 : _RECORD * 5 + 16].decode("latin-1").strip()
    count = head[names + 54 : names + 58]
    width = head[at + 74 : at + 78]
    if not count.isdigit() or not width.strip().isdigit():
        return XptFacts("header")
    variables = int(count)
    if size < _RECORD * 8 + variables * int(width):
        return XptFacts("truncated", dataset, variables)
    if path.name.lower() == "ts.xpt":
        return _trial_summary(path, dataset, variables)
    return XptFacts(None, dataset, variables)


def _trial_summary(path: Path, dataset: str, variables: int) -> XptFacts:
    try:
        import pyreadstat
    except ImportError:
        raise MissingExtraError("pyreadstat", "dossier") from None
    try:
        columns, _ = pyreadstat.read_xport(path, output_format="dict", row_limit=_MOST_ROWS)
    except Exception:  # a parser of C over a stranger's file: whatever it says, the file cannot be read
        return XptFacts("unreadable", dataset, variables)
    named = {str(name).upper(): [str(value or "").strip() for value in values] for name, values in columns.items()}
    codes = named.get("TSPARMCD", [])
    values = named.get("TSVAL", [""] * len(codes))
    nulls = named.get("TSVALNF", [""] * len(codes))
    rows = list(zip(codes, values, nulls, strict=False))
    starts = [(value, null) for code, value, null in rows if code in _STARTS]
    references = [value for code, value, _ in rows if code == "SPREFID"]
    return XptFacts(
        None,
        dataset,
        variables,
        tuple(value for value, null in starts if value or null != "NA"),
        any(null == "NA" and not value for value, null in starts),
        tuple(sorted({*named.get("STUDYID", []), *references} - {""})),
    )
