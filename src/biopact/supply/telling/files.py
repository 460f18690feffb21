"""Writing a run: the brief in both languages, the drawings, the JSON and the tables; each file whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biopact.errors import DataError, Place
from biopact.supply.analyses.law import pact_folder
from biopact.supply.analyses.running import Asked, Run
from biopact.supply.telling.answer import run_as_json
from biopact.supply.telling.brief import brief_html
from biopact.supply.telling.mapping import network_svg
from biopact.supply.telling.plots import curve_svg, frontier_svg, heat_svg, ranges_svg
from biopact.text import LANGUAGES, language

__all__ = ["write_all"]


def write_all(run: Run, asked: Asked, folder: Path) -> list[Path]:
    """Write everything into a folder; the paths, the brief in the language in force first. Raises DataError."""
    title, notice = _titles(run, asked)
    lang = language()
    ordered = (lang, *(other for other in LANGUAGES if other != lang))
    texts = {f"brief.{each}.html": brief_html(run, each, title, notice) for each in ordered}
    texts["network.svg"] = network_svg(run.network, run.stress, run.law)
    if run.stress.pairs:
        texts["pairs.svg"] = heat_svg(run.stress)
    if run.compared:
        texts["policies.svg"] = curve_svg(run.compared)
    if run.mix:
        texts["frontier.svg"] = frontier_svg(run.mix)
    if any(it.matters for it in run.ranged[0]):
        texts["ranges.svg"] = ranges_svg(run.ranged[0])
    told = run_as_json(run)
    texts["stress.json"] = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    texts["scenarios.csv"] = _scenarios(told)
    return [_write(folder / name, text) for name, text in texts.items()]


def _titles(run: Run, asked: Asked) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
    """The title and notice of the pact that the network lies in."""
    folder = pact_folder(run.network.folder) if asked.law and run.network.folder else None
    if folder is None:
        return None, None
    from biopact.decide import read
    from biopact.law import the_law

    pact = read(folder, the_law(asked.packs))
    return pact.title, pact.notice


def _scenarios(told: Mapping[str, Any]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["down", "loss", "weeks", "tts", "one_window_tts", "ttr", "rei", "pruned"])
    for it in told["scenarios"]:
        table.writerow(
            [
                "+".join(it["down"]),
                *(it[key] for key in ("loss", "weeks", "tts", "one_window_tts", "ttr", "rei", "pruned")),
            ]
        )
    return out.getvalue()


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as error:
        raise DataError("supply.cannot-write", Place(path), why=error.strerror or "?") from None
    return path
