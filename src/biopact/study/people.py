"""A group of people of a site as bits over its population: one bit a person, so that fifty million take six megabytes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mask", "Packer", "People"]

Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who of a population is in a group; ``of`` is how many the population holds."""

    bits: Bytes
    of: int

    @classmethod
    def where(cls, mask: Mask) -> People:
        """The group of those for whom the mask is true."""
        return cls(np.packbits(mask), mask.size)

    @property
    def size(self) -> int:
        """How many they are."""
        return int(np.bitwise_count(self.bits).sum(dtype=np.int64))

    def mask(self) -> Mask:
        """The group as a mask over the population."""
        return np.unpackbits(self.bits, count=self.of).view(np.bool_)

    def others(self) -> People:
        """Everybody else."""
        return People.where(~self.mask())


@dataclass(slots=True)
class Packer:
    """Packs masks that come in pieces of any length."""

    done: list[Bytes] = field(default_factory=list)
    rest: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    of: int = 0

    def add(self, mask: Mask) -> None:
        """The next piece."""
        self.of += mask.size
        held = mask if self.rest.size == 0 else np.concatenate([self.rest, mask])
        whole = held.size - held.size % 8
        self.done.append(np.packbits(held[:whole]))
        self.rest = held[whole:].copy()

    def people(self) -> People:
        """The group."""
        parts = [*self.done, np.packbits(self.rest)]
        return People(np.concatenate(parts), self.of)
