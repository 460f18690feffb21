"""A rule set: the law as loaded, and what of it is in force on a day."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from biopact.rules.language.model import Content
from biopact.rules.traced.inforce import InForce
from biopact.rules.traced.reuse import Reuse

__all__ = ["RuleSet"]


@dataclass(frozen=True)
class RuleSet(Content):
    """The law as loaded. Compiled once for each span of days in which nothing changes."""

    _snapshots: dict[int, InForce] = field(default_factory=dict, repr=False, compare=False)
    _like: RuleSet | None = field(default=None, repr=False, compare=False)

    def changed(self, **parts: Any) -> RuleSet:
        """The law with some parts in place of its own; what is the same is not compiled again."""
        return replace(self, **parts, _snapshots={}, _like=self)

    @cached_property
    def reuse(self) -> Reuse | None:
        """What is not as in the law this was changed from."""
        return Reuse(self, self._like) if self._like else None

    def on(self, day: datetime.date) -> InForce:
        """What is in force on a day, ready to judge."""
        epoch = bisect_right(self.changes, day)
        if epoch not in self._snapshots:
            self._snapshots[epoch] = InForce(self, day, self._like.on(day) if self._like else None, self.reuse)
        return self._snapshots[epoch]
