"""Parts of a network that nothing connects: what fails in one changes nothing in another."""

from __future__ import annotations

import numpy as np

from biopact.supply.network.arrays import Arrays, Ints

__all__ = ["components_of"]


def components_of(arrays: Arrays) -> Ints:
    """For each site the number of its part: the sites that lanes join. Materials at one site belong together."""
    label = np.arange(len(arrays.sites))
    ends = arrays.pool_site[arrays.lane_from], arrays.pool_site[arrays.lane_to]
    while True:
        before = label.copy()
        least = np.minimum(label[ends[0]], label[ends[1]])
        np.minimum.at(label, ends[0], least)
        np.minimum.at(label, ends[1], least)
        if np.array_equal(label, before):
            return label
