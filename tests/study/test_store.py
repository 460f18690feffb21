"""The private store of a site: what it keeps is checked before it is believed, and tells nobody a person."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from biopact.errors import DataError
from biopact.study import Results, Site
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.register import KEY, Keys
from biopact.study.store import SiteStore

ROWS = (b"40|1|0", b"52|0|1", b"61|1|1")


def keys(secret: bytes) -> Iterator[Keys]:
    digests = b"".join(hashlib.blake2b(row, digest_size=KEY, key=secret).digest() for row in ROWS)
    yield np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)


def used(folder: Path) -> SiteStore:
    store = SiteStore.open(folder)
    assert store.places(keys, named=False) == range(len(ROWS))
    with store.changing():
        store.enter("s", Bitmaps.of_masks([np.ones(len(ROWS), dtype=np.bool_)]))
        store.keep_set("s", Bitmaps.of_masks([np.array([True, True, False])]).rows[0])
        store.keep("s", "r1", b'{"n": 12}', 1)
        store.refuse("s", "r2", "minimum-cell")
    return store


def test_a_store_read_again_is_the_one_that_was_kept(tmp_path: Path) -> None:
    first = used(tmp_path / "kr")
    again = SiteStore.open(tmp_path / "kr")
    assert again.answer("r1") == b'{"n": 12}'
    assert again.answer("r2") is None
    assert again.refused("s", "r2") == "minimum-cell"
    assert again.released == {"s": 1}
    assert [bits.tolist() for bits in again.matrix().rows] == [bits.tolist() for bits in first.matrix().rows]
    held = again.set_of("s")
    assert held is not None
    assert held.tolist() == [0b11000000]
    assert again.places(keys, named=False) == range(3)


def test_the_keys_of_people_cannot_be_tried_out_without_the_secret_of_the_site(
    tmp_path: Path, sites_of: Callable[..., list[Site]], run: Callable[..., Results], example: Callable[[str], str]
) -> None:
    """The same rows at two sites have no key in common, and none is a plain digest of its row."""
    rows = [{"age": 20 + at, "sex": ("female", "male")[at % 2]} for at in range(40)]
    text = """
study: s
population: {table: patients}
columns: {age: {type: number, bounds: [0, 120]}, sex: {levels: [female, male]}}
analyses: [{name: t, kind: describe, of: [age]}]
"""
    run(text, sites_of({"a": rows, "b": rows}, 3))
    held = {}
    for site in ("a", "b"):
        found = (tmp_path / "store" / site / "people.bin").read_bytes()
        held[site] = {found[at : at + KEY] for at in range(0, len(found), KEY)}
        assert len(held[site]) == 40
    assert not held["a"] & held["b"]
    with duckdb.connect() as connection:
        plain = connection.execute(
            "SELECT md5(CAST(held AS VARCHAR)) FROM read_csv(?) held", [str(tmp_path / "a.csv")]
        ).fetchall()
    digests = {bytes.fromhex(value) for (value,) in plain}
    told = {key for keys in held.values() for key in keys}
    assert not digests & told
    assert not {digest[8:] + digest[:8] for digest in digests} & told
    assert not {digest[::-1] for digest in digests} & told


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    used(tmp_path / "kr")
    for path in (tmp_path / "kr").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cohorts.json", b"{not json"),
        ("cohorts.json", b'[{"of": "s", "people": 3, "bits": "AAAA"}]'),
        ("cohorts.json", b'[{"of": "s"}]'),
        ("people.bin", b"short"),
        ("people.bin", b""),
        ("people.bin", b"x" * 48),
        ("salt", b""),
        ("sets.json", b'{"s": 3}'),
        ("released.json", b'{"s": "many"}'),
        ("version.json", b"{}"),
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


def test_a_changed_cohort_is_found_out_before_anything_is_judged_beside_it(tmp_path: Path) -> None:
    store = used(tmp_path / "kr")
    path = tmp_path / "kr" / "cohorts" / store.cohorts[0].bits
    path.write_bytes(b"\x01")
    with pytest.raises(DataError) as caught:
        SiteStore.open(tmp_path / "kr").matrix()
    assert caught.value.place is not None
    assert caught.value.place.file == path


def test_keys_written_just_before_the_machine_stopped_are_no_damage(tmp_path: Path) -> None:
    used(tmp_path / "kr")
    people = tmp_path / "kr" / "people.bin"
    people.write_bytes(people.read_bytes() + b"k" * KEY)
    store = SiteStore.open(tmp_path / "kr")
    assert len(store.register) == 4
    assert store.places(keys, named=False) is not None
