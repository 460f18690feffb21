"""Parties and items against public lists, in both scripts: every hit with its reasons, judged once."""

from __future__ import annotations

from biopact.screening.decisions import Decision, Judged, judged, read_decisions
from biopact.screening.hits import Hit
from biopact.screening.index import Index
from biopact.screening.lists import Entry, Listing, read_list
from biopact.screening.matching import REVIEW, STRONG, Comparison, compare, screen
from biopact.screening.ownership import Owned, ownership
from biopact.screening.parties import ScreenedPact, screen_pact
from biopact.screening.queries import Query, read_names
from biopact.screening.standing import Standing, Standings, standings

__all__ = [
    "REVIEW",
    "STRONG",
    "Comparison",
    "Decision",
    "Entry",
    "Hit",
    "Index",
    "Judged",
    "Listing",
    "Owned",
    "Query",
    "ScreenedPact",
    "Standing",
    "Standings",
    "compare",
    "judged",
    "ownership",
    "read_decisions",
    "read_list",
    "read_names",
    "screen",
    "screen_pact",
    "standings",
]
