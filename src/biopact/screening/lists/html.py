"""The tables of a saved web page, for agencies that publish a list as a page or as a page named ``.xls``."""

from __future__ import annotations

from html.parser import HTMLParser

from biopact.errors import DataError, Place
from biopact.screening.lists.files import Blob, Row, Table

__all__ = ["is_html", "tables_of"]


def is_html(blob: Blob) -> bool:
    """Whether a file is a page."""
    start = blob.content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body"))


def tables_of(blob: Blob) -> list[Table]:
    """Every table of a page whose rows are as wide as its header."""
    text, notes = blob.text()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.depth:
        raise DataError("screening.cut", Place(blob.path, text.count("\n") + 1))
    found = []
    for rows in reader.tables:
        if not rows:
            continue
        header = tuple(rows[0][1])
        body = tuple(
            Row(line, dict(zip(header, cells, strict=True))) for line, cells in rows[1:] if len(cells) == len(header)
        )
        found.append(Table(blob.path, header, body, notes))
    return found


class _Reader(HTMLParser):
    """Collects the texts of cells, by table and row."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[tuple[int, list[str]]]] = []
        self.depth = 0
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self.depth += 1
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append((self.getpos()[0], []))
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.depth -= 1
        elif tag in ("td", "th") and self.cell is not None and self.tables and self.tables[-1]:
            self.tables[-1][-1][1].append(" ".join("".join(self.cell).split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)
