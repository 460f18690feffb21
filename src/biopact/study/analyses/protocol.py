"""What an analysis is: two pure functions around sums, and what the gate must know of them.

A site computes ``at_site(data, state)``; the numbers of all sites are added and ``combine(total, state)`` gives the
next state or the outcome. Every site can compute ``combine`` itself, so nobody chooses a state. An analysis that
publishes numbers by site is ``per_site`` and gets them by site instead of their total.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from biopact.study.columns import Column
from biopact.study.data import Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums
from biopact.study.results import Outcome

__all__ = ["Analysis", "State"]

State = Any  # each analysis has its own; a state is made from a roster, an agreement and earlier totals, nothing else


class Analysis(ABC):
    """One entry of a study's ``analyses``: its name, its file's columns, and what it does with them."""

    __slots__ = ()

    kind: ClassVar[str]
    rounds: ClassVar[int] = 1  # the cap

    name: str
    columns: Mapping[str, Column]

    @property
    def per_site(self) -> bool:
        """Whether it publishes numbers by site."""
        return False

    @property
    def formula(self) -> str | None:
        """Its formula, where it has one."""
        return None

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """Every declared column it touches."""

    @property
    def complete(self) -> tuple[str, ...]:
        """The columns in which everybody it is about has a value: all it touches, unless it says otherwise."""
        return self.reads

    def ask(self, data: SiteData) -> Mask | None:
        """This site's yes or no to each point of the declared grid; None where nothing is to be agreed on."""
        del data
        return None

    @abstractmethod
    def begin(self, roster: Roster, agreed: Mask | None) -> State:
        """The state of the first round: a fixed start."""

    @abstractmethod
    def demand(self, data: SiteData, state: State) -> Demand:
        """What the gate judges before the first round."""

    @abstractmethod
    def at_site(self, data: SiteData, state: State) -> Answer:
        """The sums of one site."""

    @abstractmethod
    def combine(self, sums: Mapping[str, Sums], state: State) -> State | Outcome:
        """The next state, or the outcome; by site where ``per_site``, else one entry with the total, named ''."""

    def staged(self, state: State) -> bool:
        """Whether the next round rests on groups that no gate has seen yet: then all gates are asked before it."""
        del state
        return False

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """The same on the values themselves instead of a grid: for a local trial with no minimum and no grid written."""
        del sites
        return self
