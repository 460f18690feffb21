"""The book is of today: chapters made from the code are current, and every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ..conftest import ROOT

PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *(ROOT / "bench").glob("*.md"),
    ]
)


def test_the_chapters_made_from_the_code_are_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "documents.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_book_leads_somewhere(page: object) -> None:
    from pathlib import Path

    assert isinstance(page, Path)
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http", "#", "mailto:")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


def test_the_korean_chapters_stand_beside_the_english_ones() -> None:
    for page in (ROOT / "docs" / "ko").glob("*.md"):
        assert (ROOT / "docs" / page.name).exists() or (ROOT / "docs" / "law").exists(), page.name
        assert len(re.findall("[가-힣]", page.read_text(encoding="utf-8"))) > 300, page.name
