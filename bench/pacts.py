"""A pact of many flows: the liver study's parties and records, sent again and again on later days."""

from __future__ import annotations

import datetime
from pathlib import Path

from biopact.decide import read
from biopact.pact import Pact

LIVER = Path(__file__).parents[1] / "examples" / "liver"


def of_flows(count: int) -> Pact:
    """The liver pact with ``count`` flows of one item to one recipient each."""
    pact = read(LIVER)
    first = next(iter(pact.flows.values()))
    items = list(pact.items)
    parties = [party for party in pact.parties if party != "public"]
    flows = {}
    for number in range(count):
        sender, recipient = parties[number % len(parties)], parties[(number * 7 + 1) % len(parties)]
        if sender == recipient:
            recipient = parties[(number * 7 + 2) % len(parties)]
        name = f"flow-{number}"
        day = datetime.date(2026, 12, 1) + datetime.timedelta(days=number % 365)
        changes = {
            "id": name,
            "items": (items[number % len(items)],),
            "sender": sender,
            "to": (recipient,),
            "date": day,
        }
        flows[name] = first.model_copy(update={**changes, "legs": ()})
    return pact.model_copy(update={"flows": flows, "_cache": {}}) if hasattr(pact, "model_copy") else pact
