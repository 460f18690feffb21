"""Sets of countries as bits, beside sets of Python."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest

from biopact.decide.batch.countries import Countries
from biopact.decide.batch.together import Together

ROWS = 400


@pytest.mark.parametrize("many", [1, 5, 16, 17, 40, 64, 65, 150])
@pytest.mark.parametrize("kind", ["words", "domain"])
def test_bits_say_what_sets_say_in_rows_and_put_together(many: int, kind: str) -> None:
    rng = random.Random(many)
    names = [f"C{number:03}" for number in range(many)]
    wanted: list[set[str]] = [set() for _ in range(ROWS)]
    found: list[tuple[pl.Series, pl.Series | str]] = []
    for _ in range(3):
        places = [rng.choice([*names, None]) for _ in range(ROWS)]
        flags = [place is not None and rng.random() < 0.6 for place in places]
        for row, (place, flag) in enumerate(zip(places, flags, strict=True)):
            wanted[row] |= {place} if flag and place is not None else set()
        found.append((pl.Series(flags), pl.Series(places, dtype=pl.Enum(names) if kind == "domain" else pl.String)))
    everywhere = [rng.random() < 0.1 for _ in range(ROWS)]
    found.append((pl.Series(everywhere), "unknown"))
    for row, flag in enumerate(everywhere):
        wanted[row] |= {"unknown"} if flag else set()
    rows = Countries.of(found)
    assert rows.as_text().to_list() == [",".join(sorted(each)) or None for each in wanted]
    assert rows.any().tolist() == [bool(each) for each in wanted]
    assert rows.has(names[-1]).tolist() == [names[-1] in each for each in wanted]
    assert not rows.has("nowhere").any()

    ids = pl.Series(sorted(rng.choices(range(90), k=ROWS)))
    flows = Together.of(ids)
    union = [set().union(*(wanted[row] for row in range(ROWS) if ids[row] == each)) for each in sorted(set(ids))]
    told = rows.turned(flows.bits, len(flows.starts))
    assert told.as_text().to_list() == [",".join(sorted(each)) or None for each in union]


def test_no_rows_and_no_countries_give_nothing() -> None:
    nothing = Countries.of([(pl.Series([], dtype=pl.Boolean), pl.Series([], dtype=pl.String))])
    assert nothing.as_text().to_list() == []
    nowhere = Countries.of([(pl.Series([False, False]), pl.Series([None, None], dtype=pl.String))])
    assert nowhere.as_text().to_list() == [None, None]
    assert np.array_equal(nowhere.any(), [False, False])
