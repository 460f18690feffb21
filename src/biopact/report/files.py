"""The files of a run: results, report, receipt and ledger, each whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from biopact.decide import as_json
from biopact.errors import ExternalError, Place
from biopact.ledger import write_receipt
from biopact.report.html import render
from biopact.study.analyses.glm import Glm
from biopact.study.analyses.kaplan_meier import KaplanMeier
from biopact.study.running import Run
from biopact.study.spec import Study
from biopact.text import Lang

__all__ = ["check_target", "make_folder", "titles_of_run", "titles_of_study", "write", "write_all"]


def check_target(folder: Path) -> None:
    """Raise ExternalError where a folder cannot be written: asked before anything is released."""
    nearest = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise ExternalError("report.cannot-write", Place(nearest), why=os.strerror(13 if nearest.is_dir() else 20))


def write_all(done: Run, folder: Path, lang: Lang) -> list[Path]:
    """Write the four files of a run into a folder; files of an earlier run there are replaced.

    Raises ExternalError where the disk does not take them.
    """
    assert done.results is not None
    assert done.books is not None
    books, results = done.books, done.results
    receipt = done.receipt()
    make_folder(folder)
    paths = [folder / name for name in ("results.json", "report.html", "receipt.json", "ledger.jsonl")]
    write(paths[0], results.to_json)
    write(paths[1], lambda: _report(done, receipt, lang))
    write_receipt(receipt, paths[2])
    books.gather(paths[3])
    return paths


def make_folder(folder: Path) -> None:
    """Make a folder. Raises ExternalError where the disk does not take it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExternalError("report.cannot-write", Place(folder), why=error.strerror or "?") from None


def _report(done: Run, receipt: Mapping[str, Any], lang: Lang) -> str:
    assert done.results is not None
    return render(as_json(done.determination, lang), done.results.to_dict(), receipt, titles_of_run(done), lang)


def titles_of_run(done: Run) -> dict[str, Any]:
    """The names a report needs: the pact's own things, the study's columns, who set each site's minimum."""
    pact, study = done.pact, done.study
    return {
        "pact": pact.title,
        "notice": study.notice or pact.notice,
        "parties": {party.id: party.name for party in pact.parties.values()},
        "items": {item.id: item.name for item in pact.items.values()},
        "flows": {flow.id: flow.title for flow in pact.flows.values()},
        **titles_of_study(study),
        "minimums": {site: {"number": it.number, "source": it.source} for site, it in done.minimums.items()},
    }


def titles_of_study(study: Study) -> dict[str, Any]:
    """The names that a study gives: itself, its columns, their levels and units, its analyses."""
    return {
        "study": study.title,
        "studies": {study.id: study.title},
        "columns": {name: column.title for name, column in study.columns.items()},
        "levels": {name: column.level_names() for name, column in study.columns.items() if column.kind != "number"},
        "units": {name: column.unit for name, column in study.columns.items()},
        "times": {it.name: it.time for it in study.analyses if isinstance(it, KaplanMeier)},
        "families": {it.name: it.family for it in study.analyses if isinstance(it, Glm)},
    }


def write(path: Path, made: Callable[[], str]) -> None:
    """Write a file whole or not at all. Raises ExternalError where the disk does not take it."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(made(), encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ExternalError("report.cannot-write", Place(path), why=error.strerror or "?") from None
