"""The files of a local trial: the same numbers and the same report, marked as a trial; no receipt and no ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biopact.report.files import make_folder, titles_of_study, write
from biopact.report.html import render_trial
from biopact.study.results import Results
from biopact.study.spec import Study
from biopact.text import Lang

__all__ = ["titles_of_study", "write_trial"]


def write_trial(study: Study, results: Results, least: int, folder: Path, lang: Lang) -> list[Path]:
    """Write ``results.json`` and ``report.html`` of a trial. Raises ExternalError where the disk does not take them."""
    told: Mapping[str, Any] = results.to_dict()
    make_folder(folder)
    paths = [folder / name for name in ("results.json", "report.html")]
    write(paths[0], results.to_json)
    write(paths[1], lambda: render_trial(told, titles_of_study(study), least, lang))
    return paths
