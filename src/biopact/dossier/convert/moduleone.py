"""Module 1 of the second country by legal meaning: what it asks, what of the first country's answers to it, who does what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from biopact.dossier.headings import under
from biopact.dossier.model import Leaf
from biopact.law.requirements import Document, Row, read

__all__ = ["PRODUCT_OF", "Asked", "asked_of", "skeleton"]

PRODUCT_OF = {"ind": "small-molecule", "nda": "small-molecule", "anda": "small-molecule", "bla": "biologic"}
STAGES = {"ind": ("ind",)}
_MARKETING = ("marketing", "gmp", "pharmacovigilance")
WRITTEN = ("new", "rewrite", "translate", "optional")


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that the second country asks for.

    ``sources`` are the leaves of the first country's dossier that stand under the corresponding heading.
    """

    row: Row
    document: Document
    country: str
    sources: tuple[Leaf, ...]

    @property
    def id(self) -> str:
        """As it is called elsewhere: ``ROW/kr/DOCUMENT``."""
        return f"{self.row.id}/{self.country}/{self.document.id}"

    @property
    def heading(self) -> str | None:
        """Its heading in the dossier of the country that asks; None where that is not known."""
        return self.document.kr_heading if self.country == "kr" else self.document.us_heading

    def as_json(self) -> dict[str, Any]:
        """As written in reports."""
        side = self.row.side(self.country)
        return {
            "id": self.id,
            "title": dict(self.document.title),
            "ctd": self.document.ctd,
            "heading": self.heading,
            "action": self.document.action,
            "languages": list(self.document.languages),
            "certified": self.document.certified,
            "imported_only": self.document.imported,
            "cite": side.cite if side else None,
            "checked": side.checked if side else None,
            "relation": self.row.relation,
            "sources": [f"{leaf.sequence}/{leaf.id}" for leaf in self.sources],
            "source_files": [leaf.file for leaf in self.sources],
        }


def asked_of(country: str, kind: str, product: str, leaves: Iterable[Leaf], stages: Iterable[str] = ()) -> list[Asked]:
    """What a country asks of an application of a type and product, in the order of the table."""
    present = list(leaves)
    wanted = tuple(stages) or STAGES.get(kind, _MARKETING)
    found = []
    for row in read():
        side = row.side(country)
        if side is None or row.stage not in wanted or product not in row.products:
            continue
        for document in side.documents:
            if kind not in document.application_types or (document.products and product not in document.products):
                continue
            other = document.us_heading if country == "kr" else document.kr_heading
            if document.ctd not in (None, "m1"):
                other = document.us_heading  # headings of the common technical document are the same in both
            sources = tuple(leaf for leaf in present if other and under(leaf.context.heading, other))
            found.append(Asked(row, document, country, sources))
    return found


def skeleton(asked: Iterable[Asked]) -> list[Asked]:
    """The module 1 among what is asked."""
    return [it for it in asked if it.document.ctd == "m1"]
