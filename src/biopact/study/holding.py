"""A data holder in a study, and what it opens: its data, its people's places in the ledger, its analysis set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from biopact.study.data import SiteData
from biopact.study.exposure import Cell
from biopact.study.gate import Limits
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.register import Places
from biopact.study.sources import Opened, open_population
from biopact.study.spec import Study
from biopact.study.store import SiteStore, gathered, spread

__all__ = ["Holding", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """A data holder in a study.

    ``min_cell`` is the strictest of law, parties, pact and study. ``store`` is the site's private folder. ``person``
    names the column of its table that says who somebody is, so that the ledger knows people again when the table
    changes; without it a row that changed counts as another person. It is the site's to say, never the study's.
    ``limits`` are what it lets out at most.
    """

    id: str
    country: str
    tables: Mapping[str, Path]
    min_cell: int
    store: Path
    law: str | None = None  # the digest of the law it judged by
    person: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """What the site opened: its data, the places of its people in the ledger, the digest of the table, the store.

    ``adopted``: the set of another study, whose people lack a value that this one needs (then nothing is answered).
    """

    data: SiteData
    places: Places
    fingerprint: str
    store: SiteStore
    lacking: bool = False

    @classmethod
    def open(cls, study: Study, site: Site) -> Holding:
        """Open the table and fix the analysis set. Raises DataError."""
        opened = open_population(study, site.id, site.country, site.tables, site.person)
        store = SiteStore.open(site.store)
        places = store.places(opened.keys, named=site.person is not None)
        if places is None:
            raise opened.table.error("person-twice", site.person or "")
        data, lacking = _the_set(study, site, opened, store, places)
        return cls(data, places, opened.fingerprint(), store, lacking)

    def cohorts(self, cells: Sequence[Cell]) -> Bitmaps:
        """Groups of the population as rows over all people the ledger knows."""
        return spread([cell.people for cell in cells], self.places, len(self.store.register))


def _the_set(study: Study, site: Site, opened: Opened, store: SiteStore, places: Places) -> tuple[SiteData, bool]:
    """The analysis set: the complete cases, or exactly the people of another study's set where the study adopts it."""
    rounding = site.limits.rounding
    data = SiteData.of(study.columns, opened.population, study.complete, site.min_cell, rounding=rounding)
    if study.adopts is None:
        return data, False
    bits = store.set_of(study.adopts)
    if bits is None:
        return data, True
    adopted = gathered(bits, places, len(store.register))
    whole = int(np.bitwise_count(np.asarray(bits)).sum(dtype=np.int64))
    kept = SiteData.of(study.columns, opened.population, study.complete, site.min_cell, adopted, rounding=rounding)
    return kept, kept.n < whole
