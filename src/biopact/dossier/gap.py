"""``gap``: of what the second country asks, what the first country's dossier already meets and what remains to be made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.dossier.checks.required import TYPES
from biopact.dossier.convert.moduleone import PRODUCT_OF, Asked, asked_of
from biopact.dossier.lifecycle import follow
from biopact.dossier.reading import read
from biopact.errors import UsageError

__all__ = ["STATES", "Gap", "Row", "gap"]

# met: a document here serves as it is; missing: one that serves as it is belongs under a heading, and is not here;
# translate, rewrite, new: work for a person; optional; elsewhere: nothing of the dossier (samples)
STATES = ("met", "missing", "translate", "rewrite", "new", "optional", "elsewhere")


@dataclass(frozen=True, slots=True)
class Row:
    """A document that is asked for, and its state."""

    asked: Asked
    state: str


@dataclass(frozen=True)
class Gap:
    """The documents a country asks of an application of a type and product, each with its state."""

    folder: Path
    to: str
    kind: str
    product: str
    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Documents by state; only rows of documents count."""
        counted = Counter(row.state for row in self.rows)
        return {state: counted[state] for state in STATES}

    def as_json(self) -> dict[str, Any]:
        """``biopact.dossier-gap/1``."""
        return {
            "schema": "biopact.dossier-gap/1",
            "dossier": str(self.folder),
            "to": self.to,
            "type": self.kind,
            "product": self.product,
            "documents": len(self.rows),
            "counts": self.counts,
            "rows": [row.asked.as_json() | {"state": row.state} for row in self.rows],
        }


def gap(folder: Path | str, to: str, *, product: str | None = None, kind: str | None = None) -> Gap:
    """Hold a dossier's current view against what a country asks.

    The type comes from the dossier's own code where it is not given. Raises InputError, and UsageError where no type is known.
    """
    application = read(Path(folder))
    known = kind or TYPES.get(application.application_type or "")
    if known is None:
        raise UsageError("dossier.gap-type", None)
    wanted = product or PRODUCT_OF.get(known, "small-molecule")
    asked = asked_of(to, known, wanted, follow(application).current)
    return Gap(Path(folder), to, known, wanted, tuple(Row(it, _state(it)) for it in asked))


def _state(asked: Asked) -> str:
    document = asked.document
    if document.ctd is None:
        return "elsewhere"
    if document.action != "reuse":
        return document.action
    return "met" if asked.sources else "missing"
