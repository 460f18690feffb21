"""What an analysis is: two pure functions around sums, and what the gate must know of them.

A site computes ``at_site(data, state)``; the numbers of all sites are added and ``combine(total, state)`` gives the
next state or the outcome. Every site can compute ``combine`` itself, so nobody chooses a state. An analysis that
publishes numbers by site declares ``per_site`` and gets them by site instead of their total.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from biopact.study.data import Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.results import Outcome

__all__ = ["Analysis", "State"]

State = Any  # each analysis has its own; a state is made from a roster, an agreement and earlier totals, nothing else


class Analysis(Protocol):
    """One entry of a study's ``analyses``."""

    kind: ClassVar[str]
    per_site: ClassVar[bool]
    rounds: ClassVar[int]  # the cap

    @property
    def name(self) -> str:
        """Its name in the study."""
        ...

    @property
    def formula(self) -> str | None:
        """Its formula, where it has one."""
        ...

    @property
    def complete(self) -> tuple[str, ...]:
        """The columns in which everybody it is about has a value."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it touches."""
        ...

    def ask(self, data: SiteData) -> Mask | None:
        """This site's yes or no to each point of the declared grid; None where nothing is to be agreed on."""
        ...

    def begin(self, roster: Roster, agreed: Mask | None) -> State:
        """The state of the first round: a fixed start."""
        ...

    def demand(self, data: SiteData, state: State) -> Demand:
        """What the gate judges before the first round."""
        ...

    def at_site(self, data: SiteData, state: State) -> Answer:
        """The sums of one site."""
        ...

    def combine(self, sums: Mapping[str, Sums], state: State) -> State | Outcome:
        """The next state, or the outcome; by site where ``per_site``, else one entry with the total, named ''."""
        ...
