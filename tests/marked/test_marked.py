"""YAML as people write it, with places, and nothing that could be used against the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import InputError
from biopact.marked import Marked, parse, read


def test_scalars_are_those_of_yaml_1_2() -> None:
    written = "a: NO\nb: yes\nc: true\nd: 0o17\ne: 1_000\nf: 2026-11-24\ng: 1e3\nh: ~\ni: '12'\nj: 012\nk: .inf\n"
    value = parse(written, "f").value
    assert value == {
        "a": "NO",
        "b": "yes",
        "c": True,
        "d": "0o17",
        "e": "1_000",
        "f": "2026-11-24",
        "g": 1000.0,
        "h": None,
        "i": "12",
        "j": 12,
        "k": float("inf"),
    }


def test_every_part_knows_its_line_and_a_missing_part_that_of_its_holder() -> None:
    marked = parse("flows:\n  sums:\n    to: [a,\n      b]\n", "pact.yaml")
    assert str(marked.place("flows", "sums", "to", 1)) == "pact.yaml:4: flows.sums.to[1]"
    assert str(marked.place("flows", "sums", "date")) == "pact.yaml:2: flows.sums.date"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a: [1,\nb: 2\n", "marked.broken", 3),
        (b"a: 1\nb: 2\na: 3\n", "marked.repeated-key", 3),
        (b"", "marked.empty", None),
        (b"a: !!python/object:os.system x\n", "marked.odd-tag", 1),
        (b"ok: 1\nname: \xb0\xed\n", "marked.not-utf8", 2),
        (b"? [a, b]\n: 1\n", "marked.odd-key", 1),
        (b"[" * 5000, "marked.broken", None),
        (b"x: " + b"[" * 100 + b"]" * 100, "marked.too-deep", 1),
        (b"a: \x00", "marked.broken", None),
        (b"a: &a [*a]\n", "marked.too-deep", 1),
    ],
)
def test_what_is_refused_is_refused_with_its_line(content: bytes, code: str, line: int | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(content, "f.yaml")
    assert caught.value.code == code
    if line:
        assert caught.value.place is not None
        assert caught.value.place.line == line


def test_anchors_cannot_make_a_small_file_large() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(InputError) as caught:
        parse("\n".join(rows), "f.yaml")
    assert caught.value.code == "marked.too-many"


def test_a_file_of_100_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.code == "marked.too-large"


@given(st.text(max_size=200))
def test_any_text_is_a_value_or_a_told_error(content: str) -> None:
    told: Marked | str
    try:
        told = parse(content, "f.yaml")
    except InputError as error:
        told = error.worded("en") + error.worded("ko")
    assert told
