"""What is in a network, the schema of its tables, and the public figures of the package, as plain values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from biopact.supply.network.arrays import arrays_of
from biopact.supply.network.checks import Finding
from biopact.supply.network.provenance import cells_of
from biopact.supply.network.readers.openfda import Shortage, read_shortages
from biopact.supply.network.rows import Network
from biopact.supply.network.schema import MISSING, schema
from biopact.supply.program.base import base_plan
from biopact.supply.telling.answer import findings_as_json
from biopact.text import pick

__all__ = ["figures", "figures_as_json", "network_as_json", "schema_as_json"]


def schema_as_json() -> dict[str, Any]:
    """Tables and columns, in the language in force."""
    return {
        "schema": "biopact.supply-schema/1",
        "tables": {
            table.name: {
                "text": pick(table.text),
                "columns": [
                    {
                        "name": column.name, "type": column.type, "unit": column.unit,
                        "needed": column.default is MISSING, "default": None if column.default is MISSING else column.default,
                        "of": column.table, "text": pick(column.text),
                    }
                    for column in table.columns.values()
                ],
            }
            for table in schema().tables.values()
        },
        "kinds": {family: sorted(set(words.values())) for family, words in schema().kinds.items()},
        "units": sorted(schema().units),
    }  # fmt: skip


def figures() -> tuple[dict[str, str], ...]:
    """The public figures of the package: capacities, lead times, prices, with source and confidence."""
    text = (files("biopact.supply") / "data" / "figures.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def figures_as_json() -> dict[str, Any]:
    """The public figures as plain values."""
    return {"schema": "biopact.supply-figures/1", "figures": [dict(row) for row in figures()]}


def network_as_json(network: Network, warnings: Iterable[Finding], given: Mapping[str, Path]) -> dict[str, Any]:
    """A network: how many rows, its base plan, how well its numbers are known, and what downloaded files say of it."""
    arrays = arrays_of(network)
    base = base_plan(arrays)
    counts = {"H": 0, "M": 0, "L": 0}
    unsourced = 0
    for cell in cells_of(network):
        counts[cell.confidence] += 1
        unsourced += not cell.sources
    steady = []
    for process, flow, pool in zip(network.processes, base.make, arrays.process_pool, strict=True):
        amount = float(flow * arrays.pool_scale[pool])
        steady.append(
            {
                "id": process.id,
                "site": process.site,
                "material": process.material,
                "flow": amount,
                "capacity": process.capacity,
            }
        )
    return {
        "schema": "biopact.supply-network/1",
        "network": network.name,
        "rows": {name: len(rows) for name, rows in network.tables()},
        "longest_path": arrays.longest_path,
        "base": {"met": base.lossless, "cost_a_week": base.cost, "processes": steady},
        "confidence": counts,
        "unsourced": unsourced,
        "files": {kind: _said(network, kind, file) for kind, file in given.items()},
        "warnings": findings_as_json(warnings),
    }


def _said(network: Network, kind: str, file: Path) -> list[dict[str, Any]]:
    """What a downloaded file says of the materials of a network."""
    if kind == "comtrade":
        return _trade(network, file)
    names = [
        _words(f"{material.id} {material.name_en}") for material in network.materials if _product(network, material.id)
    ]
    if kind == "shortages":
        return [_shortage(it) for it in read_shortages(file) if _about(it.generic_name, names)]
    from biopact.supply.network.readers.books import read_orange_book, read_purple_book

    return [
        {"name": it.name, "trade_name": it.trade_name, "company": it.applicant, "number": it.number, "status": it.type,
         "initial": it.approved.isoformat() if it.approved else None}
        for it in (read_purple_book(file) if kind == "purple" else read_orange_book(file))
        if _about(it.name, names)
    ]  # fmt: skip


def _shortage(it: Shortage) -> dict[str, Any]:
    return {
        "name": it.generic_name,
        "company": it.company,
        "status": it.status,
        "availability": it.availability,
        "reason": it.reason,
        "initial": it.initial.isoformat() if it.initial else None,
        "updated": it.updated.isoformat() if it.updated else None,
    }


def _product(network: Network, material: str) -> bool:
    return any(row.product == material for row in network.demand)


def _words(text: str) -> set[str]:
    return {
        word
        for word in re.findall("[a-z]{5,}", text.lower())
        if word not in ("prefilled", "syringe", "vaccine", "solution")
    }


def _about(name: str, wanted: Iterable[set[str]]) -> bool:
    found = _words(name)
    return any(found & words for words in wanted)


def _trade(network: Network, file: Path) -> list[dict[str, Any]]:
    from biopact.supply.network.readers.comtrade import read_comtrade

    codes = {lane.tariff_code.replace(".", "") for lane in network.lanes if lane.tariff_code}
    return [
        {"name": it.code, "company": f"{it.reporter} {it.flow} {it.partner}", "status": str(it.year), "value": it.value}
        for it in read_comtrade(file)
        if any(code.startswith(it.code) or it.code.startswith(code) for code in codes)
    ]
