"""One defect for each finding: what is done to the sound dossier, and exactly what may then be reported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import papers
from .builder import Doc, Dossier
from .examplitinib import TOX, TOX_FOLDER, TRIAL, TRIAL_FOLDER

Change = Callable[[Any], None]
INDEX, REGIONAL = "0001/index.xml", "0001/m1/us/us-regional.xml"


@dataclass(frozen=True)
class Defect:
    id: str
    model: Change | None = None  # done to the dossier before it is written
    disk: Change | None = None  # done to its folder after
    brings: tuple[str, ...] = ()  # consequences it must bring; no others may come
    needs_no_dtd: bool = False
    state: str = "found"


def _paper(title: str = "Changed", **options: Any) -> Change:
    def change(d: Dossier) -> None:
        d["0001"].doc("s-spec").content = papers.pdf(title, **options)

    return change


def _set(what: Callable[[Dossier], Any], **values: Any) -> Change:
    def change(d: Dossier) -> None:
        for name, value in values.items():
            setattr(what(d), name, value)

    return change


def _doc(id_: str, sequence: str = "0001", **values: Any) -> Change:
    return _set(lambda d: d[sequence].doc(id_), **values)


def _admin(of: str = "0001", /, **values: Any) -> Change:
    return _set(lambda d: d[of].admin, **values)


def _study(id_: str, **values: Any) -> Change:
    return _set(lambda d: d["0001"].study(id_), **values)


def _has(part: str) -> Change:
    return lambda d: d["0001"].has.__setitem__(part, False)


def _bytes(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return change


def _index(change: Callable[[bytes], bytes]) -> Change:
    return _set(lambda d: d["0001"], index_change=change)


def _without(sequence: str, *ids: str) -> Change:
    def change(d: Dossier) -> None:
        it = d[sequence]
        it.index = [doc for doc in it.index if doc.id not in ids]
        it.regional = [doc for doc in it.regional if doc.id not in ids]
        for study in it.studies:
            study.documents = [doc for doc in study.documents if doc[0] not in ids]

    return change


def _tags(study: str, leaf: str, tags: list[str]) -> Change:
    def change(d: Dossier) -> None:
        it = d["0001"].study(study)
        it.documents = [(name, tags if name == leaf else old, title) for name, old, title in it.documents]

    return change


def _both(*changes: Change) -> Change:
    def change(d: Any) -> None:
        for each in changes:
            each(d)

    return change


def _write(path: str, content: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

    return change


def _sparse(path: str, size: int, head: bytes) -> Change:
    def change(folder: Path) -> None:
        with (folder / path).open("wb") as file:
            file.write(head)
            file.truncate(size)

    return change


def _link(folder: Path) -> None:
    target = folder / "0001/m3/32-body-data/32s-drug-sub/specification.pdf"
    target.unlink()
    target.symlink_to("/etc/hostname")


def _delete(path: str) -> Change:
    return lambda folder: shutil.rmtree(folder / path) if (folder / path).is_dir() else (folder / path).unlink()


def _bare(path: str) -> str:
    return f"{TRIAL_FOLDER}/{path}"


def _circle(d: Dossier) -> None:
    first, second = d["0001"].doc("p-spec"), d["0002"].doc("p-spec2")
    first.operation, first.modified = "replace", "../0002/index.xml#p-spec2"
    assert second.modified == "../0001/index.xml#p-spec"


def _promotional(form: str, labelled: bool) -> Change:
    def change(d: Dossier) -> None:
        it = d["0003"]
        it.regional = [doc for doc in it.regional if doc.id.startswith("form")]
        it.regional[0].form = form
        element = "m1-15-2-1-1-clean-version"
        attributes = {
            "1.15": {"promotional-material-audience-type": "fdapmat1"},
            "1.15.2": {"promotional-material-doc-type": "fdapmdt1"},
            "1.15.2.1": {"promotional-material-type": "fdapmt1", "material-id": "INV-1"},
        }
        it.regional.append(
            Doc("promo", element, "m1/us/leaflet.pdf", papers.pdf("Leaflet"), "Leaflet", attributes=attributes)
        )
        if labelled:
            it.regional.append(
                Doc(
                    "label",
                    "m1-14-6-product-labeling-for-2253-submissions",
                    "m1/us/label.pdf",
                    papers.pdf("Label"),
                    "Labelling",
                )
            )

    return change


def _line_ends(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _transfer(folder: Path) -> None:
    path = folder / "0001" / TOX_FOLDER / "data/define.xml"
    path.write_bytes(_line_ends(path.read_bytes()))


def _transfer_index(folder: Path) -> None:
    path = folder / INDEX
    path.write_bytes(_line_ends(path.read_bytes()))


def _dtd(change: Callable[[bytes], bytes]) -> Change:
    def on_disk(folder: Path) -> None:
        path = folder / "0001/util/dtd/ich-ectd-3-2.dtd"
        path.write_bytes(change(path.read_bytes()))

    return on_disk


LONG = "a-rather-long-name-for-a-folder-of-a-dossier/" * 3 + "specification-of-the-drug-substance.pdf"
SUMMARY = papers.trial_summary(TOX)

DEFECTS = [
    Defect("BP-101", disk=_delete("0003/index.xml"), brings=("BP-903",)),
    Defect("BP-102", _has("regional"), brings=("BP-903",)),
    Defect("BP-103", _has("leaf")),
    Defect("BP-104", _has("md5")),
    Defect("BP-105", _admin("0003", sequence="0002"), brings=("BP-106",)),
    Defect("BP-106", _admin("0003", sequence="0004")),
    Defect("BP-107", disk=_delete("0002"), brings=("BP-903",)),
    Defect("BP-108", disk=_write("notes.txt", b"notes")),
    Defect("BP-109", disk=lambda folder: (folder / "0001/m3/nothing").mkdir()),
    Defect("BP-110", disk=_link),
    Defect("BP-111", disk=lambda folder: os.mkfifo(folder / "0001/m3/pipe")),
    Defect("BP-112", lambda d: d.sequences.insert(0, _zero(d))),
    Defect("BP-113", disk=_delete("0001"), brings=("BP-404", "BP-512", "BP-903"), state="cannot-check"),
    Defect("BP-115", disk=lambda folder: (folder / "0001/m3/closed").mkdir(0o000), state="cannot-check"),
    Defect(
        "BP-116",
        disk=lambda folder: (folder / "0003/index.xml").rename(folder / "0003/submissionunit.xml"),
        brings=("BP-903",),
        state="cannot-check",
    ),
    Defect("BP-201", disk=_write("0001/m3/stray.pdf", papers.pdf("Stray"))),
    Defect("BP-202", disk=_delete("0001/m3/32-body-data/32s-drug-sub/nomenclature.pdf")),
    Defect("BP-203", _doc("name", path=None, content=None, checksum="0" * 32)),
    Defect("BP-204", disk=_write("0001/m2/25-clin-over/clinical-overview.pdf", papers.pdf("Another"))),
    Defect("BP-205", disk=_transfer),
    Defect("BP-206", _doc("noncl", checksum="12345")),
    Defect("BP-207", _set(lambda d: d["0001"], index_md5="0" * 32)),
    Defect("BP-208", disk=_transfer_index),
    Defect("BP-209", _doc("name", path="m3/32-body-data/32s-drug-sub/nomenclature.exe", content=b"MZ")),
    Defect(
        "BP-210",
        _doc("stab2", "0002", href="../0009/m3/stability.pdf", path=None, operation="new", modified=None),
        state="cannot-check",
    ),
    Defect("BP-211", _doc("name", content=b"")),
    Defect("BP-221", _doc("name", href="../../../etc/passwd", path=None)),
    Defect("BP-223", _doc("s-spec", path=f"m3/{LONG}")),
    Defect("BP-224", _doc("name", path="m3/32-body-data/32s-drug-sub/Nomen clature.pdf")),
    Defect("BP-225", _doc("name", path="m3/32-body-data/32S-drug-sub/nomenclature.pdf"), brings=("BP-224",)),
    Defect("BP-226", _doc("name", path=f"m3/{'n' * 62}.pdf")),
    Defect("BP-227", _doc("name", href="m3/32-body-data/32s-drug-sub/Nomenclature.pdf")),
    Defect("BP-228", _doc("name", path="m2/nomenclature.pdf")),
    Defect("BP-229", _doc("name", href="m3\\32-body-data\\32s-drug-sub\\nomenclature.pdf")),
    Defect("BP-301", _index(_bytes(b"</ectd:ectd>", b"")), brings=("BP-404", "BP-903")),
    Defect(
        "BP-303",
        _index(_bytes(b'SYSTEM "util/dtd/ich-ectd-3-2.dtd"', b'[<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]')),
        brings=("BP-404", "BP-903"),
    ),
    Defect(
        "BP-303",
        _index(_bytes(b'SYSTEM "util/dtd/ich-ectd-3-2.dtd"', b'[<!ATTLIST leaf operation CDATA "delete">]')),
        brings=("BP-404", "BP-903"),
    ),
    Defect("BP-304", _index(_bytes(b' xmlns:xlink="http://www.w3c.org/1999/xlink"', b"")), brings=("BP-404", "BP-903")),
    Defect("BP-305", _index(_bytes(b'dtd-version="3.2"', b'dtd-version="3.0"')), brings=("BP-310",)),
    Defect("BP-306", disk=_dtd(lambda content: content + b"<!-- mine -->")),
    Defect("BP-307", disk=_dtd(lambda content: content.replace(b"\r\n", b"\n"))),
    Defect("BP-309", needs_no_dtd=True, state="cannot-check"),
    Defect("BP-310", _index(_bytes(b"m2-4-nonclinical-overview", b"m2-4-nonclinical-view"))),
    Defect("BP-311", _index(_bytes(b"util/dtd/ich-ectd-3-2.dtd", b"util/dtd/ich-ectd-3-0.dtd"))),
    Defect("BP-312", _index(_bytes(b"Clinical overview", b"Clinical \xff overview")), brings=("BP-404", "BP-903")),
    Defect(
        "BP-314",
        _index(_bytes(b'dtd-version="3.2"', b" ".join(b'a%d=""' % number for number in range(201)))),
        brings=("BP-404", "BP-903"),
    ),
    Defect("BP-315", _index(lambda content: b"<html/>"), brings=("BP-404", "BP-903")),
    Defect(
        "BP-316", _index(_bytes(b"http://www.w3c.org/1999/xlink", b"http://www.w3.org/1999/xlink")), brings=("BP-310",)
    ),
    Defect("BP-401", _doc("batch3", "0003", operation="remove"), brings=("BP-203", "BP-310")),
    Defect("BP-402", _doc("stab2", "0002", modified=None)),
    Defect("BP-403", _doc("stab2", "0002", modified="../0001/index.xml#none")),
    Defect("BP-404", _doc("batch3", "0003", modified="../0009/index.xml#batch"), state="cannot-check"),
    Defect("BP-405", _doc("stab2", "0002", operation="new")),
    Defect(
        "BP-406",
        lambda d: d["0003"].index.append(
            Doc(
                "p-spec3",
                "m3-2-p-5-1-specifications",
                "m3/again.pdf",
                papers.pdf("Again"),
                "Specifications",
                "replace",
                "../0001/index.xml#p-spec",
            )
        ),
    ),
    Defect("BP-407", _circle),
    Defect("BP-408", _doc("stab2", "0002", modified="../0003/index.xml#batch3")),
    Defect(
        "BP-409",
        lambda d: d["0002"].index.append(
            Doc(
                "p-spec3",
                "m3-2-p-5-1-specifications",
                "m3/again.pdf",
                papers.pdf("Again"),
                "Specifications",
                "replace",
                "../0001/index.xml#p-spec",
            )
        ),
    ),
    Defect("BP-410", _doc("stab2", "0002", element="m3-2-p-8-3-stability-data")),
    Defect("BP-411", _doc("clin", id="noncl"), brings=("BP-310",)),
    Defect("BP-412", _doc("batch3", "0003", path="m3/gone.pdf", content=papers.pdf("Gone"))),
    Defect(
        "BP-414",
        _doc("stab2", "0002", path="m3/32-body-data/32p-drug-prod/stab.xpt", content=papers.data("STAB", "none")),
    ),
    Defect("BP-415", _doc("name", title="")),
    Defect("BP-416", _doc("name", title="x" * 513)),
    Defect("BP-417", _doc("name", element="m3-2-s-drug-substance")),
    Defect("BP-418", _doc("name", nodes=("A node",))),
    Defect("BP-419", _doc("stab2", "0002", attributes={"3.2.P": {"manufacturer": "Inventa"}})),
    Defect("BP-420", _doc("stab2", "0002", modified="0001 stab")),
    Defect("BP-421", _doc("stab2", "0002", modified="../../0001/index.xml#stab")),
    Defect("BP-501", _admin(type="banana"), brings=()),
    Defect("BP-502", _admin("0002", submission_type="original")),
    Defect("BP-503", _admin("0002", sub_type="fda3")),
    Defect("BP-504", _doc("form-0002", "0002", form="356h"), brings=("BP-516",)),
    Defect("BP-505", _admin(telephone_type="phone")),
    Defect("BP-506", _admin(number="12345"), brings=("BP-507",)),
    Defect("BP-507", _admin("0003", number="912346")),
    Defect("BP-508", _admin(duns="12-345")),
    Defect("BP-509", _admin(description="d" * 129)),
    Defect("BP-511", _admin("0003", sequence="3"), brings=()),
    Defect("BP-512", _admin("0003", submission="0002")),
    Defect("BP-514", _promotional("fdaft5", labelled=False)),
    Defect("BP-515", _promotional("fdaft2", labelled=True)),
    Defect("BP-516", _without("0002", "form-0002")),
    Defect(
        "BP-517",
        _set(lambda d: d["0002"], regional_change=_bytes(b"<m1-1-forms>", b'<m1-1-forms>\n<form form-type="fdaft2"/>')),
    ),
    Defect("BP-601", _set(lambda d: d["0001"].study(TRIAL), documents=[])),
    Defect("BP-602", lambda d: d["0001"].study(TRIAL).documents.append(("nobody", ["synopsis"], None))),
    Defect("BP-603", _tags(TRIAL, "inv-301-tabulations-ae", ["synopsis"])),
    Defect("BP-604", _tags(TRIAL, "inv-301-report", ["study-report-body", "report"])),
    Defect(
        "BP-605",
        lambda d: (
            d["0001"].study(TRIAL).documents.__setitem__(0, ("inv-301-report", ["study-report-body"], "Another title"))
        ),
    ),
    Defect("BP-606", lambda d: d["0002"].studies.append(_again(d))),
    Defect("BP-607", _study(TOX, categories={"species": "mice", "route-of-admin": "oral", "duration": "medium"})),
    Defect("BP-608", _study(TOX, categories={"species": "rat", "route-of-admin": "oral"})),
    Defect("BP-609", _study(TRIAL, title="")),
    Defect("BP-611", _tags(TRIAL, "inv-301-report", [])),
    Defect("BP-701", _without("0001", "inv-tox-01-data-ts")),
    Defect("BP-702", _doc("inv-tox-01-data-ts", content=papers.trial_summary(TOX, "5 March 2021"))),
    Defect("BP-703", _doc("inv-tox-01-data-ts", content=papers.trial_summary("INV-TOX-1"))),
    Defect("BP-704", _without("0001", "inv-tox-01-data-dm")),
    Defect("BP-705", _without("0001", "inv-301-analysis-adsl", "inv-301-analysis-define")),
    Defect("BP-706", _without("0001", "inv-tox-01-data-define")),
    Defect("BP-707", _doc("inv-tox-01-data-bw", content=b"STUDYID,USUBJID\n" * 20)),
    Defect("BP-708", _doc("inv-tox-01-data-bw", content=papers.data("BW", TOX)[:-7])),
    Defect("BP-709", _doc("inv-tox-01-data-bw", content=papers.data("BODY", TOX))),
    Defect("BP-710", _doc("inv-tox-01-data-bw", content=papers.xpt("BW", ((("STUDYID", TOX),),), 8))),
    Defect("BP-801", _paper(version="1.3")),
    Defect("BP-802", _paper(password="secret")),
    Defect("BP-803", _paper(owner=True)),
    Defect("BP-804", _paper(embedded=False)),
    Defect("BP-805", _paper(lost_bookmark=True)),
    Defect("BP-806", _paper(lost_link=True)),
    Defect("BP-806", _paper(lost_name=True)),
    Defect("BP-807", _paper(pages=6, bookmarks=False)),
    Defect("BP-809", _paper(scanned=True)),
    Defect("BP-809", _paper(scanned=True, packed=True)),
    Defect("BP-810", _doc("s-spec", content=papers.pdf("Cut", 3)[:-900])),
    Defect("BP-811", _paper(script=True)),
    Defect("BP-812", _paper(linear=False)),
    Defect("BP-813", _paper(file_link="elsewhere.pdf")),
    Defect("BP-814", _paper(file_bookmark="elsewhere.pdf")),
    Defect("BP-901", _without("0001", "debarment")),
    Defect("BP-902", _both(_without("0001", "p-spec"), _without("0002", "p-spec2"))),
    Defect(
        "BP-903", _both(*(_admin(number, type="fdaat5") for number in ("0001", "0002", "0003"))), state="cannot-check"
    ),
]


def _zero(d: Dossier) -> Any:
    found = d["0003"].__class__(
        "0000",
        d["0003"].admin.__class__(sequence="0000", submission="0000", sub_type="fdasst2", description="Presubmission"),
    )
    found.regional = [
        Doc("form-0000", "m1-1-forms", "m1/us/356h.pdf", papers.pdf("Form 356h 0"), "Form FDA 356h", form="fdaft2")
    ]
    return found


def _again(d: Dossier) -> Any:
    first = d["0001"].study(TRIAL)
    folder = first.folder
    d["0002"].index.append(Doc("synopsis", first.element, f"{folder}/synopsis.pdf", papers.pdf("Synopsis"), "Synopsis"))
    return first.__class__(first.id, "A randomized trial of examplitinib", first.element, folder, [("synopsis", ["synopsis"], None)], dict(first.categories), leaf="stf-inv-301-2")  # fmt: skip
