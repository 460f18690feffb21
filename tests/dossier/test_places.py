"""A defect wherever it can stand: it is found there, and what else is reported is what its definition names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from biopact.dossier.checking import check
from biopact.dossier.findings import definitions

from . import papers
from .builder import Dossier
from .examplitinib import examplitinib

SOUND = examplitinib()
# leaves of which each differs from the others in what hangs on it
LEAVES = {
    "0001": (
        *("form", "cover", "debarment", "labelling", "qos-s", "p-spec", "stab", "batch", "noncl", "eff-sum", "list"),
        *("inv-tox-01-report", "inv-tox-01-data-ts", "inv-tox-01-data-dm", "inv-tox-01-data-bw", "inv-tox-01-data-define"),
        *("inv-301-analysis-adsl", "inv-301-analysis-define"),
    ),
    "0002": ("form-0002", "cover2", "p-spec2", "stab2"),
    "0003": ("label3",),
}  # fmt: skip
PLACES = [(number, leaf) for number, leaves in LEAVES.items() for leaf in leaves]


def no_leaf(dossier: Dossier, number: str, leaf: str) -> None:
    sequence, doc = dossier[number], dossier[number].doc(leaf)
    assert doc.path
    assert doc.content is not None
    sequence.extra[doc.path] = doc.content
    sequence.index = [it for it in sequence.index if it.id != leaf]
    sequence.regional = [it for it in sequence.regional if it.id != leaf]


def changed(**values: object) -> Callable[[Dossier, str, str], None]:
    def change(dossier: Dossier, number: str, leaf: str) -> None:
        for name, value in values.items():
            setattr(dossier[number].doc(leaf), name, value)

    return change


def named(change: Callable[[str, str], str]) -> Callable[[Dossier, str, str], None]:
    def rename(dossier: Dossier, number: str, leaf: str) -> None:
        doc = dossier[number].doc(leaf)
        folder, _, name = (doc.path or "").rpartition("/")
        doc.path = change(folder, name)

    return rename


MODEL = {
    "BP-201": no_leaf,
    "BP-203": changed(path=None, content=None, checksum="0" * 32),
    "BP-206": changed(checksum="1"),
    "BP-221": changed(href="../../../../../../etc/passwd", path=None),
    "BP-223": named(lambda folder, name: f"{folder}/{'a-folder-of-a-dossier/' * 8}{name}"),
    "BP-224": named(lambda folder, name: f"{folder}/A B.{name.rpartition('.')[2]}"),
    "BP-415": changed(title=""),
}


@pytest.mark.parametrize("id_", MODEL)
def test_a_defect_of_any_leaf_brings_only_what_its_definition_names(id_: str, tmp_path: Path) -> None:
    for place, (number, leaf) in enumerate(PLACES):
        dossier = SOUND.copy()
        MODEL[id_](dossier, number, leaf)
        _only(id_, dossier.write(tmp_path / str(place)), leaf)


def _only(id_: str, folder: Path, where: str) -> None:
    found = {it.id for it in check(folder).findings} - {"BP-904", "BP-309"}
    assert id_ in found, where
    assert found - {id_} <= set(definitions()[id_].consequences), (where, found)


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DISK: dict[str, Callable[[Path], object]] = {
    "BP-110": _link,
    "BP-111": _pipe,
    "BP-202": lambda path: path.unlink(),
    "BP-211": lambda path: path.write_bytes(b""),
    "BP-227": lambda path: path.rename(path.with_name(path.name.upper())),
}


def _files() -> Iterator[str]:
    for number, leaf in PLACES:
        yield f"{number}/{SOUND[number].doc(leaf).path}"
    for study in SOUND["0001"].studies:
        yield f"0001/{study.path}"


@pytest.mark.parametrize("id_", DISK)
def test_what_happens_to_any_file_brings_only_what_its_definition_names(id_: str, tmp_path: Path) -> None:
    files = [*_files(), *(["0001/m1/us/us-regional.xml"] if id_ not in ("BP-202", "BP-211") else [])]
    for place, path in enumerate(files):
        folder = SOUND.copy().write(tmp_path / str(place))
        DISK[id_](folder / path)
        _only(id_, folder, path)


def test_a_pdf_cut_in_transfer_is_damaged_and_its_checksum_differs(tmp_path: Path) -> None:
    folder = SOUND.copy().write(tmp_path / "app")
    path = folder / "0001/m2/25-clin-over/clinical-overview.pdf"
    path.write_bytes(path.read_bytes()[:-500])
    _only("BP-810", folder, str(path))


def test_a_form_may_stand_with_the_submission_or_among_module_1(tmp_path: Path, dtds: Path) -> None:
    dossier = SOUND.copy()

    def move(content: bytes) -> bytes:
        start, end = content.index(b'<form form-type="fdaft2">'), content.index(b"</form>") + len(b"</form>")
        form, rest = content[start:end], content[:start] + content[end:]
        return rest.replace(b"</submission-information>", form + b"</submission-information>")

    dossier["0001"].regional_change = move
    report = check(dossier.write(tmp_path / "app"), dtd=dtds)
    assert [it.id for it in report.findings if it.state == "found"] == []


def test_text_shown_by_any_operator_is_text(tmp_path: Path) -> None:
    from biopact.dossier.pdf import read_pdf

    for shows in ("Tj", "'"):
        path = tmp_path / "x.pdf"
        path.write_bytes(papers.pdf("Shown", shows=shows, packed=True))
        assert read_pdf(path, path.stat().st_size).scanned_count == 0
