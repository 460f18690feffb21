"""The second country's sequences: what is common stays byte for byte; the rest is listed; the same country is identical."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from biopact.dossier.checking import check
from biopact.dossier.convert import convert
from biopact.dossier.convert.report import as_json, reports
from biopact.dossier.convert.trees import read_tree, tree_bytes
from biopact.dossier.reading import read
from biopact.errors import InputError, UsageError

from . import papers
from .builder import Doc, Dossier, index_backbone, regional_backbone
from .examplitinib import TRIAL, TRIAL_FOLDER


def c14n(data: bytes) -> bytes:
    return bytes(etree.tostring(etree.fromstring(data).getroottree(), method="c14n", with_comments=True))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_us_to_us_through_the_model_is_identical(folder: Path, tmp_path: Path) -> None:
    done = convert(folder, "us", tmp_path / "again")
    before, after = files(folder), files(tmp_path / "again")
    assert set(before) == set(after)
    for path, content in before.items():
        if path.endswith("index.xml"):
            assert c14n(content) == c14n(after[path])
        elif not path.endswith("index-md5.txt"):
            assert content == after[path]
    for number in ("0001", "0002", "0003"):
        assert after[f"{number}/index-md5.txt"].decode() == hashlib.md5(after[f"{number}/index.xml"]).hexdigest()
    assert done.leaves == done.identical == 44
    assert done.to_write == ()


def test_the_regional_backbone_goes_through_the_model_without_loss(sound: Dossier) -> None:
    for sequence in sound.sequences:
        data = regional_backbone(sequence)
        assert c14n(tree_bytes(read_tree(data))) == c14n(data)


NAMES = st.sampled_from(["m2-2-introduction", "leaf", "title", "node-extension", "m3-quality"])
TEXTS = st.text(alphabet="ab <>&\"'\n\t한ü]", max_size=8)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["ID", "operation", "substance", "{http://www.w3c.org/1999/xlink}href"]), TEXTS, max_size=3
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    element = etree.Element(draw(NAMES), draw(ATTRIBUTES))
    element.text = draw(TEXTS)
    for _ in range(draw(st.integers(0, 3 if depth else 0))):
        kind = draw(st.sampled_from(["element", "element", "comment", "instruction"]))
        child = (
            draw(elements(depth=depth - 1)) if kind == "element"
            else etree.Comment("a note") if kind == "comment" else etree.ProcessingInstruction("style", "x")
        )  # fmt: skip
        child.tail = draw(TEXTS)
        element.append(child)
    return element


@given(elements())
def test_any_backbone_is_equal_after_canonicalisation(root: etree._Element) -> None:
    data = b"<?xml-stylesheet href='a'?><!-- before -->" + etree.tostring(root) + b"<!-- after -->"
    assert c14n(tree_bytes(read_tree(data))) == c14n(data)


def test_to_korea_the_common_modules_are_byte_identical_and_the_links_are_renumbered(
    folder: Path, tmp_path: Path
) -> None:
    done = convert(folder, "kr", tmp_path / "kr")
    before, after = files(folder), files(tmp_path / "kr")
    assert done.sequences == {"0001": "0000", "0002": "0001", "0003": "0002"}
    for path, content in before.items():
        number, _, inside = path.partition("/")
        if inside[:2] in ("m2", "m3", "m4", "m5") and "32r-reg-info" not in inside:
            assert after[f"{done.sequences[number]}/{inside}"] == content
    assert not [path for path in after if "/m1/" in path or "32r-reg-info" in path]
    assert b'modified-file="../0000/index.xml#p-spec"' in after["0001/index.xml"]
    assert (done.leaves, done.identical) == (44, 29)
    assert done.by_module == {"m1": (14, 0), "m2": (7, 7), "m3": (8, 7), "m4": (6, 6), "m5": (9, 9)}
    assert [leaf.id for leaf in done.set_aside] == ["batch", "batch3"]


def test_the_korean_sequences_have_no_defect_of_their_own(folder: Path, tmp_path: Path, dtds: Path) -> None:
    for name, options in {"plain": {}, "nodes": {"nodes": True}, "current": {"current": True}}.items():
        convert(folder, "kr", tmp_path / name, **options)
        report = check(tmp_path / name, ("kr",), dtd=dtds, application_type="nda")
        assert [it.id for it in report.findings if it.state == "found"] == [], name


def test_study_tagging_becomes_node_extensions_by_the_switch(folder: Path, tmp_path: Path) -> None:
    convert(folder, "kr", tmp_path / "kr", nodes=True)
    index = etree.parse(str(tmp_path / "kr/0000/index.xml"))
    titles = [it.findtext("title") for it in index.iter("node-extension")]
    assert titles == ["INV-TOX-01 - Repeat-dose toxicity in the rat", "INV-301 - A randomised trial of examplitinib"]
    assert not list((tmp_path / "kr").rglob("stf-*.xml"))
    leaves = {leaf.id: leaf for leaf in read(tmp_path / "kr").sequences[0].leaves}
    assert leaves["inv-301-report"].context.nodes == ("INV-301 - A randomised trial of examplitinib",)


def test_the_current_view_is_one_first_sequence_of_what_is_in_force(folder: Path, tmp_path: Path) -> None:
    convert(folder, "kr", tmp_path / "kr", current=True)
    application = read(tmp_path / "kr")
    assert [it.number for it in application.sequences] == ["0000"]
    leaves = {leaf.id: leaf for leaf in application.sequences[0].leaves}
    assert {leaf.operation for leaf in leaves.values()} == {"new"}
    assert "p-spec" not in leaves  # replaced
    assert {"p-spec2", "stab", "stab2"} <= set(leaves)
    assert "batch" not in leaves  # deleted
    assert (tmp_path / "kr/0000/m3/32-body-data/32p-drug-prod/specifications.pdf").read_bytes() == papers.pdf(
        "Specifications, second version"
    )


def test_there_and_back_the_common_modules_are_the_same(folder: Path, tmp_path: Path) -> None:
    convert(folder, "kr", tmp_path / "kr")
    done = convert(tmp_path / "kr", "us", tmp_path / "us")
    assert done.sequences == {"0000": "0001", "0001": "0002", "0002": "0003"}
    assert done.leaves == done.identical == 29
    before, after = files(folder), files(tmp_path / "us")
    common = {path for path in before if path[5:7] in ("m2", "m3", "m4", "m5") and "32r-reg-info" not in path}
    assert {path: before[path] for path in common} == {path: after[path] for path in common}
    assert {leaf.modified for leaf in read(tmp_path / "us").sequences[1].leaves} == {
        "../0001/index.xml#p-spec",
        "../0001/index.xml#stab",
    }


def test_a_tagging_file_that_names_other_sequences_follows_their_numbers(sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    first = dossier["0001"].study(TRIAL)
    raw = (
        b'<ectd:study xmlns:ectd="http://www.ich.org/ectd" xmlns:xlink="http://www.w3.org/1999/xlink" dtd-version="2.2">'
        b"<study-identifier><title>A randomised trial of examplitinib</title><study-id>INV-301</study-id></study-identifier>"
        b'<study-document><doc-content xlink:href="../../../../../../0001/index.xml#inv-301-report"><file-tag name="synopsis" info-type="ich"/>'
        b"</doc-content></study-document></ectd:study>"
    )
    again = first.__class__(
        TRIAL, first.title, first.element, TRIAL_FOLDER, [], {"type-of-control": "placebo"}, leaf="stf2", raw=raw
    )
    dossier["0002"].studies.append(again)
    convert(dossier.write(tmp_path / "app"), "kr", tmp_path / "kr")
    path = tmp_path / "kr/0001" / again.path
    assert b"../0000/index.xml#inv-301-report" in path.read_bytes()
    leaf = next(leaf for leaf in read(tmp_path / "kr").sequences[1].leaves if leaf.id == "stf2")
    assert leaf.checksum == hashlib.md5(path.read_bytes()).hexdigest()


def test_of_a_korean_sequence_alone_nothing_is_called_missing(folder: Path, tmp_path: Path, dtds: Path) -> None:
    convert(folder / "0002", "kr", tmp_path / "kr")
    assert [it.number for it in read(tmp_path / "kr").sequences] == ["0001"]
    report = check(tmp_path / "kr", ("kr",), dtd=dtds, application_type="nda")
    assert {(it.id, it.state) for it in report.findings} == {
        (id_, "cannot-check") for id_ in ("BP-118", "BP-404", "BP-903", "BP-904")
    }


def test_every_document_a_person_must_write_is_listed_with_its_law(folder: Path, tmp_path: Path) -> None:
    told = as_json(convert(folder, "kr", tmp_path / "kr"))
    rows = {row["id"]: row for row in told["to_write"]}
    assert rows["application-form/kr/application-form"]["heading"] == "1.2"
    assert rows["labelling/kr/draft-leaflet"]["heading"] == "1.10"
    assert rows["manufacture-and-sale-certificates/kr/manufacturing-certificate"]["action"] == "new"
    assert rows["patent-listing/kr/patent-statement"]["source_files"] == ["0001/m1/us/patent.pdf"]
    assert all(row["cite"] for row in rows.values())
    assert "not written" in told["regional_backbone"]["note"]
    assert {"leaves", "identical", "by_module", "set_aside", "to_write"} <= set(told)


def test_the_reports_are_tables_with_a_row_for_each_document(folder: Path, tmp_path: Path) -> None:
    done = convert(folder, "kr", tmp_path / "kr")
    written = reports(done)
    assert set(written) == {"conversion.json", "to-write.csv", "set-aside.csv"}
    assert len(written["to-write.csv"].decode("utf-8-sig").strip().splitlines()) == 1 + len(done.to_write)
    assert json.loads(written["conversion.json"])["identical"] == 29


KOREAN_DTD = """<!ELEMENT kr:kr-regional (m1-2-application?, m1-10-leaflet?)>
<!ATTLIST kr:kr-regional xmlns:kr CDATA #FIXED "urn:invented:kr" xmlns:xlink CDATA #FIXED "http://www.w3c.org/1999/xlink" version CDATA #REQUIRED>
<!ELEMENT m1-2-application (form?)>
<!ELEMENT form (leaf*)>
<!ELEMENT m1-10-leaflet (leaf*)>
<!ELEMENT leaf (title)>
<!ATTLIST leaf ID ID #REQUIRED operation CDATA #REQUIRED xlink:href CDATA #REQUIRED checksum CDATA #REQUIRED checksum-type CDATA #REQUIRED>
<!ELEMENT title (#PCDATA)>
"""
KOREAN_MAP = """root: {element: "kr:kr-regional", namespaces: {kr: "urn:invented:kr"}, attributes: {version: "0.1"}}
headings:
  application-form/kr/application-form: m1-2-application/form
  labelling/kr/draft-leaflet: m1-10-leaflet
files:
  application-form/kr/application-form: form4.pdf
"""


@pytest.fixture
def korea(tmp_path: Path) -> Path:
    place = tmp_path / "korea"
    place.mkdir()
    (place / "kr-regional-v0-1.dtd").write_text(KOREAN_DTD)
    (place / "map.yaml").write_text(KOREAN_MAP)
    (place / "form4.pdf").write_bytes(papers.pdf("Form 4"))
    return place


def test_with_a_users_own_dtd_and_map_the_korean_backbone_is_written_and_valid(
    folder: Path, tmp_path: Path, korea: Path, dtds: Path
) -> None:
    done = convert(folder, "kr", tmp_path / "kr", dtd=korea, korean_map=korea / "map.yaml")
    backbone = tmp_path / "kr/0000/m1/kr/kr-regional.xml"
    assert etree.DTD(str(korea / "kr-regional-v0-1.dtd")).validate(etree.parse(str(backbone)))
    assert done.backbone == {
        "written": True,
        "dtd": "kr-regional-v0-1.dtd",
        "dtd_md5": hashlib.md5(KOREAN_DTD.encode()).hexdigest(),
        "confirmed": False,
    }
    leaf = next(etree.parse(str(backbone)).iter("leaf"))
    assert (tmp_path / "kr/0000/m1/kr" / leaf.get("{http://www.w3c.org/1999/xlink}href")).read_bytes() == papers.pdf(
        "Form 4"
    )
    report = check(tmp_path / "kr", ("kr",), dtd=dtds, application_type="nda")
    assert {it.id for it in report.findings if it.state == "found"} == set()
    assert "urn:invented:kr" in backbone.read_text()
    assert "no official checksum" in as_json(done)["regional_backbone"]["note"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("m1-10-leaflet", "m1-11-leaflet", "not valid"),
        ("form4.pdf", "../outside.pdf", "outside"),
        ("headings:", "heading:", "form root"),
        ("kr:kr-regional", "xx:kr-regional", "form root"),
    ],
)
def test_a_map_that_does_not_fit_is_refused_with_its_reason_and_nothing_is_written(
    folder: Path, tmp_path: Path, korea: Path, old: str, new: str, told: str
) -> None:
    (korea / "map.yaml").write_text(KOREAN_MAP.replace(old, new))
    with pytest.raises(InputError, match=told):
        convert(folder, "kr", tmp_path / "kr", dtd=korea, korean_map=korea / "map.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["korea"]


def test_a_map_without_a_dtd_is_refused(folder: Path, tmp_path: Path, korea: Path) -> None:
    with pytest.raises(UsageError, match="without a Korean DTD"):
        convert(folder, "kr", tmp_path / "kr", korean_map=korea / "map.yaml")


def test_what_is_there_is_not_written_over_and_nothing_is_written_into_the_dossier(
    sound: Dossier, tmp_path: Path
) -> None:
    app = sound.copy().write(tmp_path / "app")
    (tmp_path / "kr").mkdir()
    (tmp_path / "kr/mine").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        convert(app, "kr", tmp_path / "kr")
    with pytest.raises(UsageError, match="in the dossier"):
        convert(app, "kr", app / "kr")
    assert [path.name for path in (tmp_path / "kr").iterdir()] == ["mine"]


def test_a_backbone_that_cannot_be_read_stops_the_conversion(sound: Dossier, tmp_path: Path) -> None:
    app = sound.copy().write(tmp_path / "app")
    (app / "0002/index.xml").write_text("<broken")
    with pytest.raises(InputError, match="could not be read"):
        convert(app, "kr", tmp_path / "kr")
    assert not (tmp_path / "kr").exists()


def test_a_leaf_whose_file_is_not_there_is_left_out_and_listed(sound: Dossier, tmp_path: Path) -> None:
    app = sound.copy().write(tmp_path / "app")
    (app / "0001/m2/25-clin-over/clinical-overview.pdf").unlink()
    done = convert(app, "kr", tmp_path / "kr")
    assert [leaf.id for leaf in done.left_out] == ["clin"]
    assert done.leaves == 43
    assert b"25-clin-over/clinical-overview.pdf" not in (tmp_path / "kr/0000/index.xml").read_bytes()


def test_headings_that_repeat_stay_apart(sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    other = {"3.2.S": {"substance": "examplitinib", "manufacturer": "another maker"}}
    dossier["0001"].index.append(
        Doc("name2", "m3-2-s-1-1-nomenclature", "m3/other.pdf", papers.pdf("Other"), "Nomenclature", attributes=other)
    )
    convert(dossier.write(tmp_path / "app"), "kr", tmp_path / "kr")
    leaves = {leaf.id: leaf.context for leaf in read(tmp_path / "kr").sequences[0].leaves}
    assert dict(leaves["name"].attributes)["manufacturer"] == "inventa"
    assert dict(leaves["name2"].attributes)["manufacturer"] == "another maker"


def test_a_backbone_put_together_is_the_one_the_builder_would_write(
    sound: Dossier, tmp_path: Path, folder: Path
) -> None:
    convert(folder, "kr", tmp_path / "kr")
    kept = [doc for doc in sound["0003"].index if doc.element != "m3-2-r-regional-information"]
    assert kept == []
    assert not list(etree.parse(str(tmp_path / "kr/0002/index.xml")).iter("leaf"))
    assert etree.fromstring(index_backbone([])).tag == etree.parse(str(tmp_path / "kr/0002/index.xml")).getroot().tag


ADMIN = """applicant: {id: "999999999", company: Inventa}
contacts: [{type: fdaact1, name: Invented Person, telephone_type: fdatnt1, telephone: 555-0100, email: regulatory@example.org}]
application: {number: "912345", type: fdaat1}
submission: {type: fdast1, sub_type: fdasst3}
"""


def test_back_in_the_united_states_the_backbone_is_written_from_the_applicants_values(
    folder: Path, tmp_path: Path, dtds: Path
) -> None:
    convert(folder, "kr", tmp_path / "kr")
    (tmp_path / "admin.yaml").write_text(ADMIN)
    done = convert(tmp_path / "kr", "us", tmp_path / "us", us_admin=tmp_path / "admin.yaml")
    assert done.backbone == {"written": True}
    report = check(tmp_path / "us", ("us",), dtd=dtds)
    # what is missing is module 1, which people write: the form of each sequence and the documents required
    assert {it.id for it in report.findings if it.state == "found"} == {"BP-516", "BP-901"}
    assert [it.admin.sub_type for it in read(tmp_path / "us").sequences if it.admin] == [
        "fdasst3",
        "fdasst4",
        "fdasst4",
    ]


@pytest.mark.parametrize("missing", ["applicant", "contacts", "application", "submission"])
def test_values_that_are_missing_are_named(folder: Path, tmp_path: Path, missing: str) -> None:
    convert(folder, "kr", tmp_path / "kr")
    (tmp_path / "admin.yaml").write_text(
        "".join(line for line in ADMIN.splitlines(keepends=True) if not line.startswith(f"{missing}:"))
    )
    with pytest.raises(InputError, match=missing):
        convert(tmp_path / "kr", "us", tmp_path / "us", us_admin=tmp_path / "admin.yaml")
    assert not (tmp_path / "us").exists()
