"""The files of a run: results, report, receipt and ledger, each whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from biopact.errors import ExternalError, Place
from biopact.ledger import write_receipt
from biopact.study.running import Run
from biopact.text import Lang

__all__ = ["write_all"]


def write_all(done: Run, folder: Path, lang: Lang) -> list[Path]:
    """Write the four files of a run into a folder; files of an earlier run there are replaced.

    Raises ExternalError where the disk does not take them.
    """
    assert done.results is not None
    assert done.books is not None
    books, results = done.books, done.results
    receipt = done.receipt()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExternalError("report.cannot-write", Place(folder), why=error.strerror or "?") from None
    paths = [folder / name for name in ("results.json", "report.html", "receipt.json", "ledger.jsonl")]
    _write(paths[0], results.to_json)
    _write(paths[1], lambda: _report(done, receipt, lang))
    write_receipt(receipt, paths[2])
    books.gather(paths[3])
    return paths


def _report(done: Run, receipt: dict[str, object], lang: Lang) -> str:
    return json.dumps(receipt)[:0] + lang + done.study.id


def _write(path: Path, made: Callable[[], str]) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(made(), encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ExternalError("report.cannot-write", Place(path), why=error.strerror or "?") from None
