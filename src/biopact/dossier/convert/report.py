"""What a conversion did, as other programs read it and as tables for the people who write what is missing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biopact.dossier.convert import Conversion
from biopact.dossier.model import Leaf
from biopact.dossier.telling.table import safe
from biopact.dossier.tree import shown
from biopact.text import Lang, language, pick, say

__all__ = ["as_json", "beside", "reports"]


def beside(out: Path) -> Path:
    """The folder of reports: next to the dossier written, never in it."""
    return out.with_name(out.name + ".report")


def as_json(done: Conversion, lang: Lang | None = None) -> dict[str, Any]:
    """``biopact.dossier-convert/1``."""
    return {
        "schema": "biopact.dossier-convert/1",
        "source": str(done.source),
        "out": str(done.out),
        "to": done.target,
        "sequences": dict(done.sequences),
        "leaves": done.leaves,
        "identical": done.identical,
        "by_module": {name: {"leaves": count, "identical": same} for name, (count, same) in done.by_module.items()},
        "study_tagging": done.study_tagging,
        "regional_backbone": dict(done.backbone) | {"note": _note(done, lang)},
        "set_aside": [_leaf(leaf) for leaf in done.set_aside],
        "left_out": [_leaf(leaf) for leaf in done.left_out],
        "to_write": [it.as_json() for it in done.to_write],
        "module_1": [it.as_json() for it in done.asked if it.document.ctd == "m1"],
    }


def _note(done: Conversion, lang: Lang | None) -> str | None:
    if not done.asked:
        return None
    if done.backbone.get("written") and done.target == "us":
        return say("dossier.backbone-us-admin", lang)
    if done.backbone.get("written"):
        return say("dossier.backbone-own-dtd", lang, md5=str(done.backbone["dtd_md5"]))
    return say(f"dossier.backbone-not-written.{done.target}", lang)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "sequence": leaf.sequence,
        "leaf": shown(leaf.id),
        "heading": leaf.context.heading,
        "title": shown(leaf.title),
        "file": shown(leaf.file) if leaf.file else None,
    }


def reports(done: Conversion) -> Mapping[str, bytes]:
    """The files of the report folder, by name."""
    told = as_json(done)
    return {
        "conversion.json": (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(),
        "to-write.csv": _to_write(done),
        "set-aside.csv": _table(
            ("sequence", "leaf", "heading", "title", "file"), [_leaf(it) for it in (*done.set_aside, *done.left_out)]
        ),
    }


def _to_write(done: Conversion) -> bytes:
    columns = ("id", "title", "heading", "action", "languages", "cite", "checked", "sources")
    rows = []
    for it in done.to_write:
        row = it.as_json()
        row["title"] = pick(it.document.title, language())
        row["action"] = say(f"dossier.action.{it.document.action}")
        row["languages"] = " ".join(row["languages"])
        row["sources"] = " ".join(file for file in row["source_files"] if file)
        rows.append(row)
    return _table(columns, rows)


def _table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe(row[name]) for name in columns])
    return ("\ufeff" + out.getvalue()).encode()
