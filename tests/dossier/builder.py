"""A dossier built by code: an invented product (Examplitinib of Inventa) that no applicant has. Change it, then write it."""

from __future__ import annotations

import hashlib
import posixpath
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from biopact.dossier.headings import Heading, elements

XLINK = "http://www.w3c.org/1999/xlink"
W3C = "http://www.w3.org/1999/xlink"
ECTD = "http://www.ich.org/ectd"
FDA = "http://www.ich.org/fda"
SUBSTANCE = {"substance": "examplitinib", "manufacturer": "inventa"}
PRODUCT = {"product-name": "examplitinib tablets", "dosageform": "tablet", "manufacturer": "inventa"}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "2.3.S": SUBSTANCE,
    "2.3.P": PRODUCT,
    "3.2.S": SUBSTANCE,
    "3.2.P": PRODUCT,
    "2.7.3": {"indication": "invented disease"},
    "5.3.5": {"indication": "invented disease"},
}
REPORT = "study-report-body"


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@dataclass
class Doc:
    id: str
    element: str
    path: str | None
    content: bytes | None
    title: str
    operation: str = "new"
    modified: str | None = None
    href: str | None = None  # instead of the path
    checksum: str | None = None  # instead of the right one
    checksum_type: str = "md5"
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)  # by heading number
    nodes: tuple[str, ...] = ()
    form: str | None = None


@dataclass
class Study:
    id: str
    title: str
    element: str
    folder: str
    documents: list[tuple[str, list[str], str | None]]  # leaf id, tags, title
    categories: dict[str, str] = field(default_factory=dict)
    leaf: str = ""
    raw: bytes | None = None  # instead of what is written from the above

    @property
    def path(self) -> str:
        return f"{self.folder}/stf-{self.id.lower()}.xml"


@dataclass
class Admin:
    duns: str = "999999999"
    company: str = "Inventa"
    description: str = "Original application"
    contact_type: str = "fdaact1"
    telephone_type: str = "fdatnt1"
    email: str = "regulatory@example.org"
    number: str = "912345"
    type: str = "fdaat1"
    submission: str = "0001"
    submission_type: str = "fdast1"
    sequence: str = "0001"
    sub_type: str = "fdasst3"


@dataclass
class Seq:
    number: str
    admin: Admin
    index: list[Doc] = field(default_factory=list)
    regional: list[Doc] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)
    extra: dict[str, bytes] = field(default_factory=dict)  # files without a leaf
    index_md5: str | None = None
    has: dict[str, bool] = field(default_factory=lambda: {"regional": True, "index": True, "md5": True, "leaf": True})
    index_change: Any = None  # bytes -> bytes, before the checksum is taken
    regional_change: Any = None

    def doc(self, id_: str) -> Doc:
        return next(doc for doc in (*self.index, *self.regional) if doc.id == id_)

    def study(self, id_: str) -> Study:
        return next(study for study in self.studies if study.id == id_)


@dataclass
class Dossier:
    sequences: list[Seq]

    def __getitem__(self, number: str) -> Seq:
        return next(it for it in self.sequences if it.number == number)

    def copy(self) -> Dossier:
        return deepcopy(self)

    def write(self, folder: Path, dtds: Path | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for sequence in self.sequences:
            _write(sequence, folder / sequence.number, dtds)
        return folder


def _write(sequence: Seq, folder: Path, dtds: Path | None) -> None:
    index = list(sequence.index)
    for study in sequence.studies:
        content = study.raw if study.raw is not None else tagging_file(study, sequence.number)
        index.append(
            Doc(study.leaf or f"stf-{study.id.lower()}", study.element, study.path, content, f"STF {study.id}")
        )
    files = dict(sequence.extra)
    if sequence.has["regional"]:
        regional = _changed(regional_backbone(sequence), sequence.regional_change)
        files["m1/us/us-regional.xml"] = regional
        if sequence.has["leaf"]:
            index.insert(0, Doc("us-regional", "m1-administrative-information-and-prescribing-information", "m1/us/us-regional.xml", regional, "U.S. regional backbone"))  # fmt: skip
    if dtds is not None:
        for name in ("ich-ectd-3-2.dtd", "us-regional-v3-3.dtd"):
            files.setdefault(f"util/dtd/{name}", (dtds / name).read_bytes())
    for doc in (*index, *sequence.regional):
        if doc.path and doc.content is not None:
            files[doc.path] = doc.content
    backbone = _changed(index_backbone(index), sequence.index_change)
    if sequence.has["index"]:
        files["index.xml"] = backbone
        if sequence.has["md5"]:
            files["index-md5.txt"] = (sequence.index_md5 or md5(backbone)).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _changed(content: bytes, change: Any) -> bytes:
    return change(content) if change else content


def _chain(element: str, regional: bool) -> list[Heading]:
    table = elements()
    heading = table[element]
    parts = heading.number.split(".")
    chain = []
    for end in range(1, len(parts)):
        number = ".".join(parts[:end])
        chain += [it for it in table.values() if it.number == number and it.deeper and (end > 1 or not regional)][:1]
    if heading.number == "2.3" and not heading.deeper:
        chain.append(table["m2-3-quality-overall-summary"])
    return [*chain, heading]


def _place(root: Any, doc: Doc, regional: bool) -> Any:
    order = {name: place for place, name in enumerate(elements())}
    node = root
    for heading in _chain(doc.element, regional):
        wanted = (
            {**ATTRIBUTES.get(heading.number, {}), **doc.attributes.get(heading.number, {})}
            if heading.attributes
            else {}
        )
        found = next((it for it in node.findall(heading.element) if dict(it.attrib) == wanted), None)
        if found is None:
            found = etree.Element(heading.element, wanted)
            place = sum(1 for it in node if order.get(it.tag, -1) <= order[heading.element])
            node.insert(place, found)
        node = found
    if doc.form:
        form = next((it for it in node.findall("form") if it.get("form-type") == doc.form), None)
        node = form if form is not None else etree.SubElement(node, "form", {"form-type": doc.form})
    for title in doc.nodes:
        extension = next((it for it in node.findall("node-extension") if it.findtext("title") == title), None)
        if extension is None:
            extension = etree.SubElement(node, "node-extension")
            etree.SubElement(extension, "title").text = title
        node = extension
    return node


def _leaf(doc: Doc, base: str) -> Any:
    leaf = etree.Element("leaf", {"ID": doc.id, "operation": doc.operation})
    href = doc.href if doc.href is not None else (posixpath.relpath(doc.path, base or ".") if doc.path else None)
    if href is not None:
        leaf.set(f"{{{XLINK}}}href", href)
    if doc.modified:
        leaf.set("modified-file", doc.modified)
    leaf.set(
        "checksum", doc.checksum if doc.checksum is not None else md5(doc.content) if doc.content is not None else ""
    )
    leaf.set("checksum-type", doc.checksum_type)
    etree.SubElement(leaf, "title").text = doc.title
    return leaf


def index_backbone(docs: list[Doc]) -> bytes:
    root = etree.Element(f"{{{ECTD}}}ectd", {"dtd-version": "3.2"}, nsmap={"ectd": ECTD, "xlink": XLINK})
    for doc in docs:
        _place_leaf(_place(root, doc, False), _leaf(doc, ""))
    return _text(root, '<!DOCTYPE ectd:ectd SYSTEM "util/dtd/ich-ectd-3-2.dtd">')


def _place_leaf(node: Any, leaf: Any) -> None:
    """After the title and other leaves of a heading, before its headings."""
    place = sum(1 for it in node if it.tag in ("leaf", "title"))
    node.insert(place if not len(node) or node[-1].tag != "node-extension" else len(node), leaf)


def regional_backbone(sequence: Seq) -> bytes:
    admin = sequence.admin
    root = etree.Element(f"{{{FDA}}}fda-regional", {"dtd-version": "3.3"}, nsmap={"fda-regional": FDA, "xlink": XLINK})
    root.append(etree.fromstring(ADMIN.format(**vars(admin))))
    top = etree.SubElement(root, "m1-regional")
    for doc in sequence.regional:
        _place_leaf(_place(top, doc, True), _leaf(doc, "m1/us"))
    return _text(
        root,
        '<!DOCTYPE fda-regional:fda-regional SYSTEM "https://www.accessdata.fda.gov/static/eCTD/us-regional-v3-3.dtd">',
    )


ADMIN = """<admin><applicant-info><id>{duns}</id><company-name>{company}</company-name>
<submission-description>{description}</submission-description><applicant-contacts><applicant-contact>
<applicant-contact-name applicant-contact-type="{contact_type}">Invented Person</applicant-contact-name>
<telephones><telephone telephone-number-type="{telephone_type}">555-0100</telephone></telephones>
<emails><email>{email}</email></emails></applicant-contact></applicant-contacts></applicant-info>
<application-set><application application-containing-files="true"><application-information>
<application-number application-type="{type}">{number}</application-number></application-information>
<submission-information><submission-id submission-type="{submission_type}">{submission}</submission-id>
<sequence-number submission-sub-type="{sub_type}">{sequence}</sequence-number></submission-information>
</application></application-set></admin>"""


def tagging_file(study: Study, number: str) -> bytes:
    root = etree.Element(f"{{{ECTD}}}study", {"dtd-version": "2.2"}, nsmap={"ectd": ECTD, "xlink": W3C})
    identifier = etree.SubElement(root, "study-identifier")
    etree.SubElement(identifier, "title").text = study.title
    etree.SubElement(identifier, "study-id").text = study.id
    for name, value in study.categories.items():
        etree.SubElement(identifier, "category", {"name": name, "info-type": "ich"}).text = value
    document = etree.SubElement(root, "study-document")
    up = "../" * len(study.folder.split("/"))
    for leaf, tags, title in study.documents:
        content = etree.SubElement(document, "doc-content", {f"{{{W3C}}}href": f"{up}index.xml#{leaf}"})
        if title is not None:
            etree.SubElement(content, "title").text = title
        for tag in tags:
            etree.SubElement(content, "file-tag", {"name": tag, "info-type": "us" if "dataset" in tag else "ich"})
    return _text(root, '<!DOCTYPE ectd:study SYSTEM "../../../../util/dtd/ich-stf-v2-2.dtd">')


def _text(root: Any, doctype: str) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=doctype, pretty_print=True))
