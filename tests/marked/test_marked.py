"""YAML as people write it, with places, and nothing that could be used against the reader."""

from __future__ import annotations

import re
import tracemalloc
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
        (b"a: [1,\nb: 2\n", "marked.bracket", 3),
        (b"a: 1\nb: 2\na: 3\n", "marked.repeated-key", 3),
        (b"", "marked.empty", None),
        (b"a: !!python/object:os.system x\n", "marked.odd-tag", 1),
        (b"ok: 1\nname: \xb0\xed\n", "marked.not-utf8", 2),
        (b"? [a, b]\n: 1\n", "marked.odd-key", 1),
        (b"[" * 5000, "marked.too-deep", 1),
        (b"[" * 1_000_000 + b"]" * 1_000_000, "marked.too-deep", 1),
        (b"a:\n" + b"- " * 200_000 + b"x", "marked.too-deep", 2),
        (b"x: " + b"[" * 100 + b"]" * 100, "marked.too-deep", 1),
        (b"a: 1\nb: \x00", "marked.odd-character", 2),
        (b"a: 1\nb: x\x1b[31m", "marked.odd-character", 2),
        (b"a:\n\tb: 1\n", "marked.tab", 2),
        (b"a:\n  b: 1\n\tc: 2\n", "marked.tab", 3),
        (b"a: @x\n", "marked.odd-start", 1),
        (b"a: 1\nb: 'x\nc: 2\n", "marked.quote", 2),
        (b"a: b: c\n", "marked.colon", 1),
        (b"a: 1\nb 2\nc: 3\n", "marked.no-colon", 2),
        (b"a:\n  - 1\n b: 2\n", "marked.indent", 3),
        (b"a: - b\n", "marked.dash", 1),
        (b"a: *x\n", "marked.alias", 1),
        (b"a: 1\n---\nb: 2\n", "marked.two", 2),
        (b'a: "\\q"\n', "marked.escape", 1),
        (b"a: !!set {a, b}\n", "marked.odd-tag", 1),
        (b"a: !!python/object/apply:os.system [ls]\n", "marked.odd-tag", 1),
        (b"a: !!int KR\n", "marked.odd-tag", 1),
        (b"a: &a [*a]\n", "marked.too-deep", 1),
    ],
)
def test_what_is_refused_is_refused_with_its_line(content: bytes, code: str, line: int | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(content, "f.yaml")
    assert caught.value.code == code
    for lang in ("en", "ko"):
        assert "\n  " in caught.value.worded(lang), "a second line says what to do"  # type: ignore[arg-type]
    if line:
        assert caught.value.place is not None
        assert caught.value.place.line == line


def test_what_the_parser_says_is_said_in_both_languages() -> None:
    with pytest.raises(InputError) as caught:
        parse(b"a:\n\tb: 1\n", "f.yaml")
    assert "f.yaml:2" in caught.value.worded("ko")
    assert not re.search("[a-z]{3}", caught.value.worded("ko").removeprefix("f.yaml"))


def test_a_tag_that_makes_text_is_obeyed() -> None:
    assert parse("a: !!str 5\nb: !!str true\nc: 5\n", "f").value == {"a": "5", "b": "true", "c": 5}


def test_a_name_cannot_rewrite_the_screen_of_who_reads_the_error() -> None:
    with pytest.raises(InputError) as caught:
        parse(b'"a\\e[31m": 1\n"a\\e[31m": 2\n', "f.yaml")
    assert "\x1b" not in caught.value.worded("en") + caught.value.worded("ko")


def test_too_many_values_are_refused_before_memory_is_taken_for_them() -> None:
    content = "a: [" + "b," * 5_000_000 + "]"
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        parse(content, "f.yaml")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == "marked.too-many"
    assert most < 100_000_000


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
