"""Starting a pact: templates read and leave questions open; a copy is whole or is not there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from biopact.errors import PactError, UsageError
from biopact.pact import read
from biopact.pact.inside import study_file
from biopact.pact.start import TEMPLATES, copy_template, copy_tree, template_folder


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_copied_template_reads_and_leaves_questions_open(name: str, tmp_path: Path) -> None:
    target = tmp_path / "new" / name
    copy_template(name, target)
    pact = read(target)
    assert pact.id == name
    assert pact.flows
    assert any(party.owners is None for party in pact.named_parties)
    assert all("grounds" not in flow.facts for flow in pact.flows.values())
    assert (target / "evidence").is_dir()
    if pact.default_study:
        assert study_file(pact).is_file()
    assert os.access(target / "pact.yaml", os.W_OK)
    assert [path.name for path in target.parent.iterdir()] == [name]


@pytest.mark.parametrize("path", sorted(template_folder("product").parent.rglob("*.*")), ids=lambda path: path.name)
def test_every_text_of_a_template_is_in_both_languages(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search("[가-힣]{2}", text)
    assert re.search("[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_texts_of_a_template_differ_by_language(name: str) -> None:
    pact = read(template_folder(name))
    named = [*pact.named_parties, *pact.items.values()]
    texts = [each.name for each in named] + [flow.title for flow in pact.flows.values()] + [pact.title]
    assert all(text and re.search("[가-힣]", text["ko"]) and not re.search("[가-힣]", text["en"]) for text in texts)


def test_a_template_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        template_folder("join-study")
    assert caught.value.exit_code == 2
    assert "joint-study?" in caught.value.worded("en")
    with pytest.raises(UsageError):
        template_folder("../../templates/market")


def test_a_copy_goes_to_a_new_or_empty_folder_and_nowhere_else(tmp_path: Path) -> None:
    source = template_folder("market")
    empty = tmp_path / "empty"
    empty.mkdir()
    copy_tree(source, empty)
    assert (empty / "pact.yaml").is_file()
    for taken in (empty, empty / "pact.yaml"):
        before = sorted(empty.rglob("*"))
        with pytest.raises(PactError) as caught:
            copy_tree(source, taken)
        assert caught.value.code == "pact.target-taken"
        assert sorted(empty.rglob("*")) == before
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PactError):
        copy_tree(source, tmp_path / "link")


def test_a_copy_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("biopact.pact.start._writable", full)
    with pytest.raises(PactError) as caught:
        copy_template("market", tmp_path / "new")
    assert caught.value.code == "pact.cannot-write"
    assert list(tmp_path.iterdir()) == []


def test_links_are_not_copied_and_hidden_files_stay_behind(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(template_folder("market"), source)
    (source / ".secret").write_text("x")
    copy_tree(source, tmp_path / "one")
    assert not (tmp_path / "one" / ".secret").exists()
    (source / "link").symlink_to("/etc/hostname")
    with pytest.raises(PactError) as caught:
        copy_tree(source, tmp_path / "two")
    assert caught.value.code == "pact.link-in-copy"
    assert not (tmp_path / "two").exists()
