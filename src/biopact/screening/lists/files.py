"""Files as users have them: the bytes with their digest, the text with its encoding, rows of CSV, TSV or a workbook.

Text is UTF-8 (with or without a mark), UTF-16 with a mark, CP949 where it is Korean, else Windows-1252; all but UTF-8
is said. A file cut in the middle, with NUL bytes, or with an open quotation, is refused with its line.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.errors import DataError, MissingExtraError, Place
from biopact.screening.lists.entry import Note

__all__ = ["Blob", "Row", "Table", "read_blob", "table_of"]

MAX_BYTES = 600_000_000
_SEPARATORS = ",;\t|"
csv.field_size_limit(10_000_000)


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of a file."""

    path: Path
    content: bytes
    written: datetime.date

    @property
    def sha256(self) -> str:
        """Their digest."""
        return hashlib.sha256(self.content).hexdigest()

    def text(self) -> tuple[str, tuple[Note, ...]]:
        """The text, and what is to be said of its encoding."""
        raw = self.content
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self._decoded("utf-16"), (Note("encoding", {"file": self.path.name, "encoding": "UTF-16"}),)
        if b"\0" in raw:
            raise DataError("screening.not-text", Place(self.path, raw[: raw.index(b"\0")].count(b"\n") + 1))
        try:
            return raw.decode("utf-8-sig"), ()
        except UnicodeDecodeError as error:
            if len(raw) - error.start < 4 and "unexpected end" in error.reason:
                raise DataError("screening.cut", Place(self.path, raw.count(b"\n") + 1)) from None
        korean = _korean(raw)
        if korean is not None:
            return korean, (Note("encoding", {"file": self.path.name, "encoding": "CP949"}),)
        return self._decoded("cp1252"), (Note("encoding", {"file": self.path.name, "encoding": "Windows-1252"}),)

    def _decoded(self, encoding: str) -> str:
        try:
            return self.content.decode(encoding)
        except UnicodeDecodeError as error:
            line = self.content[: error.start].count(b"\n") + 1
            raise DataError("screening.unknown-encoding", Place(self.path, line)) from None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """A cell, without spaces around it; empty where there is none."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()


def read_blob(path: Path) -> Blob:
    """The bytes of a file. Raises DataError where it is missing, unreadable, empty or larger than any list."""
    try:
        status = path.stat()
        if status.st_size > MAX_BYTES:
            raise DataError("screening.too-large", Place(path), limit=MAX_BYTES // 1_000_000)
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError("screening.missing-file", Place(path)) from None
    except OSError as error:
        raise DataError("screening.unreadable", Place(path), why=error.strerror or type(error).__name__) from None
    if not content.strip():
        raise DataError("screening.empty-file", Place(path))
    return Blob(path, content, datetime.date.fromtimestamp(status.st_mtime))


def table_of(blob: Blob) -> Table:
    """The rows of a CSV, TSV or workbook, under the header of its first line."""
    notes: tuple[Note, ...] = ()
    if blob.content.startswith(b"PK"):
        lines = list(_workbook(blob))
    else:
        text, notes = blob.text()
        separator = _separator(text)
        if separator != "," and not blob.path.name.lower().endswith((".tsv", ".txt")):
            told = {"\t": "TAB"}.get(separator, separator)
            notes = (*notes, Note("separator", {"file": blob.path.name, "separator": told}))
        lines = list(rows_of(text, blob.path, separator))
    if not lines:
        raise DataError("screening.empty-file", Place(blob.path))
    header = tuple(cell.strip() for cell in lines[0][1])
    while header and not header[-1]:
        header = header[:-1]
    repeated = next((name for name in header if header.count(name) > 1), None)
    if repeated is not None:
        raise DataError("screening.repeated-column", Place(blob.path, 1), column=repeated or "–")
    rows = tuple(Row(line, _cells(header, cells, blob.path, line)) for line, cells in lines[1:] if any(cells))
    return Table(blob.path, header, rows, notes)


def rows_of(text: str, path: Path, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Each row of a text with the line it begins on. Raises DataError where quotations do not end."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise DataError("screening.broken-row", Place(path, line)) from None


def _cells(header: tuple[str, ...], cells: list[str], path: Path, line: int) -> dict[str, str]:
    extra = [cell for cell in cells[len(header) :] if cell.strip()]
    if len(cells) < len(header) or extra:
        raise DataError("screening.row-width", Place(path, line), found=len(cells), expected=len(header))
    return {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}


def _separator(text: str) -> str:
    """The separator of the header: the one that stands in it most often outside quotations."""
    header = text.lstrip("\r\n").partition("\n")[0]
    bare = "".join(part for number, part in enumerate(header.split('"')) if number % 2 == 0)
    return max(_SEPARATORS, key=lambda mark: (bare.count(mark), -_SEPARATORS.index(mark)))


def _korean(raw: bytes) -> str | None:
    """The text in CP949, where it is that and mostly Korean among what is not ASCII."""
    try:
        text = raw.decode("cp949")
    except UnicodeDecodeError:
        return None
    foreign = [letter for letter in text if ord(letter) > 127]
    hangul = sum("가" <= letter <= "힣" for letter in foreign)
    return text if hangul >= 0.5 * len(foreign) else None


def _workbook(blob: Blob) -> Iterator[tuple[int, list[str]]]:
    try:
        import openpyxl
    except ImportError:
        raise MissingExtraError("openpyxl", "screening") from None
    try:
        book: Any = openpyxl.load_workbook(io.BytesIO(blob.content), read_only=True, data_only=True)
        width = 0
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            texts = [_plain(cell) for cell in cells]
            width = width or len(texts)
            yield line, texts + [""] * (width - len(texts))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError):
        raise DataError("screening.broken-workbook", Place(blob.path)) from None


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
