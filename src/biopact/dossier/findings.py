"""The findings: what each id means, how grave it is, whom it concerns, what it may bring. The table is ``findings.yaml``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from biopact.dossier.model import Raised
from biopact.dossier.tree import shown
from biopact.marked import read
from biopact.text import Lang, pick, say, template_of

__all__ = ["SEVERITIES", "Definition", "Finding", "definitions", "finding_of"]

SEVERITIES = ("high", "medium", "low")
FILE = Path(__file__).parent / "findings.yaml"


@dataclass(frozen=True, slots=True)
class Definition:
    """A kind of finding.

    ``severity`` is ours; ``fda`` is FDA's rule number and ``fda_severity`` FDA's own word, each only where known.
    ``consequences`` are the ids that the same defect may also raise; nothing else may come with it.
    """

    id: str
    family: str
    severity: str
    agencies: tuple[str, ...]
    title: Mapping[str, str]
    fda: str | None
    fda_severity: str | None
    cannot: bool
    consequences: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, ready to be told; ``key`` is the same in every run over the same defect."""

    id: str
    key: str
    severity: str
    agencies: tuple[str, ...]
    fda: str | None
    fda_severity: str | None
    sequence: str | None
    leaf: str | None
    path: str | None
    line: int | None
    values: Mapping[str, object]
    state: str  # found | cannot-check
    explanation: str | None = None

    def message(self, lang: Lang | None = None) -> str:
        """What was found and what was expected."""
        return say(f"dossier.{self.id}", lang, **self._worded(lang))

    def fix(self, lang: Lang | None = None) -> str:
        """What to do."""
        return say(f"dossier.{self.id}.hint", lang, **self._worded(lang))

    def _worded(self, lang: Lang | None) -> dict[str, object]:
        told = {name: pick(it, lang) if isinstance(it, Mapping) else it for name, it in self.values.items()}
        if isinstance(told.get("why"), str) and template_of(f"dossier.why.{told['why']}", "en"):
            told["why"] = say(
                f"dossier.why.{told['why']}", lang
            )  # a reason of ours; others are as the reader said them
        return told


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """Every kind of finding by id."""
    return {key: _definition(key, row) for key, row in read(FILE).value.items()}


def _definition(key: str, row: Mapping[str, Any]) -> Definition:
    return Definition(
        id=key,
        family=row["family"],
        severity=row["severity"],
        agencies=tuple(row["agencies"]),
        title=row["title"],
        fda=row.get("fda"),
        fda_severity=row.get("fda_severity"),
        cannot=row.get("cannot", False),
        consequences=tuple(row.get("consequences") or ()),
        source=row["source"],
    )


def finding_of(raised: Raised, explained: Mapping[str, str], asked: tuple[str, ...]) -> Finding | None:
    """A finding as its table defines it, for the agencies asked; None where it concerns none of them."""
    known = definitions()[raised.id]
    agencies = tuple(it for it in _concerned(raised, known) if it in asked)
    if not agencies:
        return None
    values = {name: shown(it) if isinstance(it, str) else it for name, it in raised.values.items()}
    path = shown(raised.path) if raised.path is not None else None
    leaf = shown(raised.leaf) if raised.leaf is not None else None
    key = _key(raised.id, raised.sequence, leaf, path, values)
    return Finding(
        id=raised.id,
        key=key,
        severity=known.severity,
        agencies=agencies,
        fda=known.fda if "us" in agencies else None,
        fda_severity=known.fda_severity if "us" in agencies else None,
        sequence=shown(raised.sequence) if raised.sequence is not None else None,
        leaf=leaf,
        path=path,
        line=raised.line,
        values=values,
        state="cannot-check" if raised.cannot or known.cannot else "found",
        explanation=explained.get(key),
    )


def _concerned(raised: Raised, known: Definition) -> tuple[str, ...]:
    """The agencies a defect concerns: what lies in one region's module 1 is no matter of the other's."""
    agencies = raised.agencies or known.agencies
    _, _, inside = (raised.path or "").partition("/")
    module, _, rest = inside.partition("/")
    region = rest.partition("/")[0] if module == "m1" else ""
    return (region,) if region in agencies else agencies


def _key(*parts: object) -> str:
    """A short name of a defect: its id and a digest of where it is and what was found, without the line."""
    text = "\0".join(str(sorted(part.items()) if isinstance(part, dict) else part) for part in parts)
    return f"{parts[0]}-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:10]}"
