"""The private store of a site: what it keeps is checked before it is believed, and tells nobody a person."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from biopact.errors import DataError
from biopact.study.store import KEY, SiteStore

ROWS = (b"40|1|0", b"52|0|1", b"61|1|1")


def used(folder: Path) -> SiteStore:
    store = SiteStore.open(folder)
    cohorts = np.zeros((1, len(ROWS)), dtype=np.bool_)
    cohorts[0, store.positions(ROWS)] = True
    store.enter("s", cohorts)
    store.keep("s", "r1", b'{"n": 12}', 1)
    store.refuse("s", "r2", "minimum-cell")
    return store


def test_a_store_read_again_is_the_one_that_was_kept(tmp_path: Path) -> None:
    first = used(tmp_path / "kr")
    again = SiteStore.open(tmp_path / "kr")
    assert again.answer("r1") == b'{"n": 12}'
    assert again.answer("r2") is None
    assert again.refusals == {"s": {"r2": "minimum-cell"}}
    assert list(again.positions(ROWS)) == list(first.positions(ROWS)) == [0, 1, 2]


def test_the_keys_of_people_cannot_be_tried_out_without_the_secret_of_the_site(tmp_path: Path) -> None:
    used(tmp_path / "kr")
    used(tmp_path / "us")
    kr, us = ((tmp_path / site / "people.bin").read_bytes() for site in ("kr", "us"))
    assert not {kr[at : at + KEY] for at in range(0, len(kr), KEY)} & {
        us[at : at + KEY] for at in range(0, len(us), KEY)
    }
    plain = {hashlib.blake2b(row, digest_size=KEY).digest() for row in ROWS}
    assert not plain & {kr[at : at + KEY] for at in range(0, len(kr), KEY)}


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    used(tmp_path / "kr")
    for path in (tmp_path / "kr").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cohorts.json", b"{not json"),
        ("cohorts.json", b'[{"of": "s", "people": 3, "bits": "AAAA"}]'),
        ("people.bin", b"short"),
        ("refusals.json", b"[]"),
        ("answers.json", b"{"),
        ("answers/r1.json", b'{"n": 2}'),
    ],
)
def test_a_changed_store_is_refused_by_name_and_not_overwritten(tmp_path: Path, name: str, content: bytes) -> None:
    used(tmp_path / "kr")
    path = tmp_path / "kr" / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        SiteStore.open(tmp_path / "kr").answer("r1")
    assert caught.value.place is not None
    assert str(caught.value.place.file).endswith(name)
    assert path.read_bytes() == content
