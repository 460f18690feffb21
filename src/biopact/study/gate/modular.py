"""Linear algebra of noughts and ones modulo a prime: ranks, and the columns that stand alone.

A matrix A of k cohorts over g groups is first mixed: A R, where R has about 5/4 k columns, so that elimination costs
k^3 however many groups there are. R = [W z]: every row of W holds ``SPREAD`` random numbers in random places, z are
``DRAWS`` columns of random numbers. Two facts carry this.

Rank. Where A W y = A z has a solution y, A W has the rank of A: were a dimension lacking, a random z would fall into
the span of A W once in ``PRIME`` draws. Where it has none, R is drawn anew with more numbers in every row.

Columns that stand alone. A combination of rows is the unit vector of column j just where x_j = 0 for every x with
A x = 0. Where A W has the rank of A, x = z - W y is drawn evenly from all those x. So x_j = 0 for a column that does not
stand alone happens once in ``PRIME`` draws. A column that stands alone has x_j = 0 always and is never overlooked.

Two draws are looked at: either accident happens once in 4 * 10^18. Modulo the prime and over the fractions ranks differ
only where the prime divides a determinant of noughts and ones, of cohorts nobody chose for it: one in two thousand
million. Products of matrices are taken in float64, exact below 2^53: the halves of numbers below 2^31 by such numbers,
``BLOCK`` at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from biopact.study.gate.bitmaps import Ints

__all__ = ["PRIME", "alone", "rank"]

PRIME = 2**31 - 1
BLOCK = 32  # columns eliminated together; at most 64, see above
SPREAD = 4
DRAWS = 2


def rank(matrix: Ints) -> int:
    """The rank of a matrix of noughts and ones."""
    return _solved(matrix)[0]


def alone(matrix: Ints, among: Ints) -> Ints:
    """Those of the columns ``among`` whose unit vector is a combination of the rows."""
    if among.size == 0:
        return among
    _, solved, places, numbers = _solved(matrix)
    spread = places.shape[1] - DRAWS
    null = numbers[among, spread:]
    for place, number in zip(places[among, :spread].T, numbers[among, :spread].T, strict=True):
        null -= number[:, None] * solved[place] % PRIME
    return among[~(null % PRIME).any(axis=1)]


def _solved(matrix: Ints) -> tuple[int, Ints, Ints, Ints]:
    """The rank of a matrix A; a solution y of A W y = A z; and where in the rows of [W z] which numbers stand."""
    (rows, groups), random, spread = matrix.shape, np.random.default_rng(0), SPREAD
    width = min(rows, groups) * 5 // 4 + 1
    while True:
        places = np.empty((groups, spread + DRAWS), dtype=np.int64)
        places[:, :spread] = random.integers(0, width, (groups, spread))
        places[:, spread:] = width + np.arange(DRAWS)
        numbers = random.integers(1, PRIME, places.shape)
        starts = np.arange(groups + 1) * places.shape[1]
        mixing = csr_array((numbers.ravel(), places.ravel(), starts), shape=(groups, width + DRAWS))
        mixed = np.ascontiguousarray((mixing.T @ matrix.T).T) % PRIME
        pivots = _eliminate(mixed, width)
        found = pivots.size
        if not mixed[found:, width:].any():
            break
        spread *= 2
    solved = np.zeros((width, DRAWS), dtype=np.int64)
    solved[pivots] = _back(mixed[:found, pivots], mixed[:found, width:])
    return found, solved, places, numbers


def _eliminate(mixed: Ints, width: int) -> Ints:
    """Bring the first ``width`` columns of a matrix to echelon form, in place; the columns that hold the pivots.

    What stands below the pivots afterwards is of no meaning.
    """
    pivots: list[int] = []
    for start in range(0, width, BLOCK):
        below, stop = mixed[len(pivots) :], min(start + BLOCK, width)
        new = _panel(below, start, stop)
        count = len(new)
        if count == 0:
            continue
        factors, rest = below[:, new], below[:, stop:]
        for at in range(1, count):
            rest[at] = (rest[at] - _product(factors[at : at + 1, :at], rest[:at])[0]) % PRIME
        rest[count:] = (rest[count:] - _product(factors[count:], rest[:count])) % PRIME
        pivots += new
    return np.array(pivots, dtype=np.int64)


def _panel(below: Ints, start: int, stop: int) -> list[int]:
    """Eliminate within the columns from start to stop; the factors are left where noughts would stand."""
    pivots: list[int] = []
    for column in range(start, stop):
        at = len(pivots)
        held = np.flatnonzero(below[at:, column])
        if held.size == 0:
            continue
        if held[0]:
            below[[at, at + int(held[0])]] = below[[at + int(held[0]), at]]
        factors = below[at + 1 :, column] * pow(int(below[at, column]), -1, PRIME) % PRIME
        below[at + 1 :, column] = factors
        right = below[at + 1 :, column + 1 : stop]
        right[...] = (right - factors[:, None] * below[at, column + 1 : stop]) % PRIME
        pivots.append(column)
    return pivots


def _product(left: Ints, right: Ints) -> Ints:
    """The product of two matrices of numbers below the prime, over at most ``BLOCK`` terms."""
    by: NDArray[np.float64] = right.astype(np.float64)
    high = ((left >> 16).astype(np.float64) @ by).astype(np.int64) % PRIME
    low = ((left & 0xFFFF).astype(np.float64) @ by).astype(np.int64)
    product: Ints = ((high << 16) + low) % PRIME
    return product


def _back(upper: Ints, right: Ints) -> Ints:
    """The solution of a triangular system; what stands below the diagonal is not looked at."""
    solved = right.copy()
    for at in range(upper.shape[0] - 1, -1, -1):
        solved[at] = solved[at] * pow(int(upper[at, at]), -1, PRIME) % PRIME
        solved[:at] = (solved[:at] - upper[:at, at, None] * solved[at]) % PRIME
    return solved
