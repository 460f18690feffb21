"""Parties and items against public lists, in both scripts: every hit with its reasons, judged once.

Each name is loaded when it is first used: a check of a pact that was never screened loads no matching.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from biopact.screening.ownership import Owned, ownership  # at once: the module bears the same name

if TYPE_CHECKING:
    from biopact.screening.decisions import Decision, Judged, judged, read_decisions
    from biopact.screening.hits import Hit
    from biopact.screening.index import Index
    from biopact.screening.lists import Entry, Listing, read_list
    from biopact.screening.matching import REVIEW, STRONG, Comparison, compare, screen
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

# name -> the module that holds it
_FACE = {
    "Decision": "biopact.screening.decisions",
    "Judged": "biopact.screening.decisions",
    "judged": "biopact.screening.decisions",
    "read_decisions": "biopact.screening.decisions",
    "Hit": "biopact.screening.hits",
    "Index": "biopact.screening.index",
    "Entry": "biopact.screening.lists",
    "Listing": "biopact.screening.lists",
    "read_list": "biopact.screening.lists",
    "REVIEW": "biopact.screening.matching",
    "STRONG": "biopact.screening.matching",
    "Comparison": "biopact.screening.matching",
    "compare": "biopact.screening.matching",
    "screen": "biopact.screening.matching",
    "ScreenedPact": "biopact.screening.parties",
    "screen_pact": "biopact.screening.parties",
    "Query": "biopact.screening.queries",
    "read_names": "biopact.screening.queries",
    "Standing": "biopact.screening.standing",
    "Standings": "biopact.screening.standing",
    "standings": "biopact.screening.standing",
}


def __getattr__(name: str) -> Any:
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'biopact.screening' has no attribute {name!r}")
