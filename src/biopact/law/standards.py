"""International standards, and whether the United States, Korea, both or neither adopted them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.law.entries import Listing, Texts, listing
from biopact.rules.language.model import Content

__all__ = ["FILE", "Adoption", "Standard", "norms", "read"]

FILE = Path(__file__).parent / "standards.yaml"
ADOPTED = ("yes", "partly", "no", "not-found")
FORCES = ("law", "guidance", "policy", "standard", "practice", "none")
CHECKED = ("statute-read", "official-excerpt", "secondary", "recalled")
_NEEDED = ("id", "title", "body", "us", "kr")
_KNOWN = {*_NEEDED, "rules", "note"}


@dataclass(frozen=True, slots=True)
class Adoption:
    """Whether and how a country took a standard up."""

    adopted: str
    force: str
    cite: str
    since: str | None
    checked: str


@dataclass(frozen=True, slots=True)
class Standard:
    """One international standard."""

    id: str
    title: Texts
    body: str
    us: Adoption
    kr: Adoption
    rules: tuple[str, ...]
    note: Texts | None

    @property
    def by(self) -> str:
        """``both``, ``us``, ``kr``, ``neither``; what was adopted in part counts, what was not found does not."""
        us, kr = (side.adopted in ("yes", "partly") for side in (self.us, self.kr))
        return "both" if us and kr else "us" if us else "kr" if kr else "neither"


def read(rules: Content, path: Path | None = None) -> tuple[Standard, ...]:
    """The standards; each side needs a citation and how it was checked. Raises RuleError or InputErrors with lines."""
    found = listing(path or FILE, "standards")
    standards = [
        Standard(
            id=str(written["id"]),
            title=found.both(number, written, "title"),
            body=str(written["body"]),
            us=_side(found, number, written, "us"),
            kr=_side(found, number, written, "kr"),
            rules=tuple(found.several(number, written, "rules", rules.rules, "rule")),
            note=written.get("note"),
        )
        for number, written in found.entries(_KNOWN, _NEEDED)
    ]
    for number, standard in enumerate(standards):
        if standard.id in {other.id for other in standards[:number]}:
            found.fault("lawbook.repeated", number, "id", id=standard.id)
    found.done()
    return tuple(standards)


def _side(found: Listing, number: int, written: Mapping[str, Any], country: str) -> Adoption:
    side = written[country]
    if not isinstance(side, dict) or not side.get("cite"):
        found.fault("lawbook.key-missing", number, country, key="cite")
        side = {}
    return Adoption(
        adopted=found.one(number, side, "adopted", ADOPTED),
        force=found.one(number, side, "force", FORCES),
        cite=str(side.get("cite", "")),
        since=side.get("since"),
        checked=found.one(number, side, "checked", CHECKED),
    )


def norms(standards: Sequence[Standard]) -> dict[str, Any]:
    """Every standard with both sides, and how many were adopted by whom."""
    counted = Counter(standard.by for standard in standards)
    return {
        "schema": "biopact.law-norms/1",
        "counts": {by: counted[by] for by in ("both", "us", "kr", "neither")},
        "standards": [
            {
                "id": standard.id,
                "title": standard.title,
                "body": standard.body,
                "adopted_by": standard.by,
                "us": _told(standard.us),
                "kr": _told(standard.kr),
                "rules": list(standard.rules),
                "note": standard.note,
            }
            for standard in standards
        ],
    }


def _told(side: Adoption) -> dict[str, Any]:
    return {
        "adopted": side.adopted,
        "force": side.force,
        "cite": side.cite,
        "since": side.since,
        "checked": side.checked,
    }
