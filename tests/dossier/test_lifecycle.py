"""What is in force after all sequences, and how each document came to be."""

from __future__ import annotations

from pathlib import Path

from biopact.dossier.lifecycle import follow
from biopact.dossier.reading import read
from biopact.dossier.telling.views import history_as_json

from .builder import Doc, Dossier


def test_the_current_view_holds_what_replaced_and_not_what_was_replaced_or_deleted(folder: Path) -> None:
    current = {leaf.id for leaf in follow(read(folder)).current}
    assert {"p-spec2", "stab", "stab2", "label3"} <= current
    assert not {"p-spec", "batch", "batch3", "labelling"} & current


def test_each_document_has_its_life(folder: Path) -> None:
    documents = {tuple(leaf.id for leaf in it.events): it for it in follow(read(folder)).documents}
    assert documents["p-spec", "p-spec2"].in_force[0].sequence == "0002"
    assert [leaf.operation for leaf in documents["stab", "stab2"].events] == ["new", "append"]
    assert documents["batch", "batch3"].in_force == ()
    assert all(it.whole for it in documents.values())


def test_a_document_whose_beginning_is_withheld_says_so(folder: Path) -> None:
    lives = follow(read(folder / "0002"))
    documents = {it.events[0].id: it for it in lives.documents}
    assert not documents["p-spec2"].whole
    assert documents["cover2"].whole


def test_a_circle_is_followed_once_and_told(sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    first = dossier["0001"].doc("p-spec")
    first.operation, first.modified = "replace", "../0002/index.xml#p-spec2"
    lives = follow(read(dossier.write(tmp_path / "app")))
    assert [{leaf for _, _, leaf in circle} for circle in lives.circles] == [{"p-spec", "p-spec2"}]
    assert lives.documents


def test_a_leaf_that_modifies_itself_is_a_circle(sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    dossier["0002"].index.append(
        Doc("self", "m3-2-p-5-1-specifications", "m3/self.pdf", b"x", "Self", "replace", "../0002/index.xml#self")
    )
    assert len(follow(read(dossier.write(tmp_path / "app"))).circles) == 1


def test_the_history_as_json_names_context_and_content_hash(folder: Path) -> None:
    told = history_as_json(follow(read(folder)))
    assert told["schema"] == "biopact.dossier-history/1"
    spec = next(leaf for leaf in told["current"] if leaf["leaf"] == "p-spec2")
    assert spec["heading"] == "3.2.P.5.1"
    assert spec["context"]["dosageform"] == "tablet"
    assert len(spec["checksum"]) == 32
