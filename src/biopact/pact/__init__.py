"""The collaboration as written down: reading with line-numbered errors, the ownership graph, volumes, templates."""

from __future__ import annotations

from biopact.interval import Interval
from biopact.pact.models import (
    ITEM_KINDS,
    PARTY_KINDS,
    PUBLIC,
    Evidence,
    Flow,
    Investment,
    Item,
    Leg,
    Limits,
    Owner,
    Pact,
    Party,
    Prior,
)
from biopact.pact.ownership import Graph, Stake, fixed_point, graph
from biopact.pact.reading import PACT_FILE, from_marked, parse, read
from biopact.pact.vocabulary import FactFault, Subject, Vocabulary
from biopact.pact.volumes import volume

__all__ = [
    "ITEM_KINDS",
    "PACT_FILE",
    "PARTY_KINDS",
    "PUBLIC",
    "Evidence",
    "FactFault",
    "Flow",
    "Graph",
    "Interval",
    "Investment",
    "Item",
    "Leg",
    "Limits",
    "Owner",
    "Pact",
    "Party",
    "Prior",
    "Stake",
    "Subject",
    "Vocabulary",
    "fixed_point",
    "from_marked",
    "graph",
    "parse",
    "read",
    "volume",
]
