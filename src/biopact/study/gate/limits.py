"""What a site lets out at most: what the parties agreed on for everything that is released, or our defaults."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NUMBERS", "PATHS", "REFUSALS", "REFUSALS_IN_ALL", "Limits"]

NUMBERS = 200_000
PATHS = 3
REFUSALS = 50
REFUSALS_IN_ALL = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """``rounds`` of one analysis (None: its own cap); ``numbers`` and refused requests of one study; refused requests
    of all studies together; ``sound``: no combination of releases may cover a few people, however long; ``rounding``:
    counts in tables leave as multiples of it; ``paths``: for how many different states a round is answered."""

    rounds: int | None = None
    numbers: int = NUMBERS
    refusals: int = REFUSALS
    refusals_in_all: int = REFUSALS_IN_ALL
    sound: bool = False
    rounding: int = 1
    paths: int = PATHS
