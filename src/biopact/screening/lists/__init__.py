"""Lists of parties: one reader for each format, each entry with what it may be matched by."""

from __future__ import annotations

from biopact.screening.lists.entry import Entry, Listing
from biopact.screening.lists.reading import read_list

__all__ = ["Entry", "Listing", "read_list"]
