"""The chapter on the rule language is run as it stands: its files written, its commands given, its answers compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from biopact.cli import main

from ..conftest import ROOT

CHAPTERS = [ROOT / "docs" / "rules.md", ROOT / "docs" / "ko" / "rules.md"]
BLOCK = re.compile(r"^```(?P<kind>yaml|console|python)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each command of a block, and the lines it answers with."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *answer = part.splitlines()
        yield shlex.split(first), answer


def agrees(shown: list[str], said: list[str]) -> bool:
    """Whether an answer is the one shown; ``…`` alone stands for any lines, at the end or start of a line for any text."""
    lines = [re.escape(line.rstrip()) if line != "…" else "…" for line in shown]
    pattern = "".join("(?:.*\n)*?" if line == "…" else line.replace("…", ".*") + "\n" for line in lines)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in said)) is not None


@pytest.mark.parametrize("chapter", CHAPTERS, ids=["en", "ko"])
def test_every_example_of_the_chapter_runs_and_answers_as_shown(
    chapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    ran, names = 0, dict[str, object]()
    for block in BLOCK.finditer(chapter.read_text(encoding="utf-8")):
        text = block["text"]
        if block["kind"] == "yaml":
            path = Path(text.splitlines()[0].removeprefix("# "))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif block["kind"] == "python":
            exec(text, names)
        else:
            for words, shown in commands(text):
                assert words[0] == "biopact"
                with pytest.raises(SystemExit):
                    main(words[1:])
                told = capsys.readouterr()
                said = [*told.err.splitlines(), *told.out.splitlines()]
                assert agrees(shown, said), (words, "\n".join(said))
                ran += 1
    assert ran >= 8


def test_an_answer_that_is_not_the_one_shown_is_noticed() -> None:
    assert agrees(["a", "…", "d"], ["a", "b", "c", "d"])
    assert agrees(["… cases"], ["12 cases"])
    assert not agrees(["a", "…", "d"], ["a", "b", "c"])
    assert not agrees(["a"], ["a", "b"])
    assert not agrees(["a.c"], ["abc"])
