"""A rule set: the law as loaded, and what of it is in force on a day."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field

from biopact.rules.evaluate import InForce
from biopact.rules.model import Content

__all__ = ["RuleSet"]


@dataclass(frozen=True)
class RuleSet(Content):
    """The law as loaded. Compiled once for each span of days in which nothing changes."""

    _snapshots: dict[int, InForce] = field(default_factory=dict, repr=False, compare=False)

    def on(self, day: datetime.date) -> InForce:
        """What is in force on a day, ready to judge."""
        epoch = bisect_right(self.changes, day)
        if epoch not in self._snapshots:
            self._snapshots[epoch] = InForce(self, day)
        return self._snapshots[epoch]
