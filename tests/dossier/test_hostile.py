"""Bad input: a finding or a clear error, never a crash, and never a file read outside the dossier."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import zipfile
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biopact.dossier.checking import check
from biopact.dossier.convert import convert
from biopact.dossier.inspection import FileFacts, Job, Readers, inspect
from biopact.dossier.lifecycle import follow
from biopact.dossier.reading import read
from biopact.dossier.tree import Outside, joined, shown
from biopact.dossier.xmlreading import MOST_BYTES, XmlFault, parse
from biopact.errors import BiopactError, InputError
from biopact.text import say

from . import papers
from .builder import Dossier, tagging_file

OPENED: list[str] = []
_LISTENING = [False]


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _LISTENING[0] and event == "open" and isinstance(arguments[0], str | bytes):
        OPENED.append(arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("utf-8", "replace"))


sys.addaudithook(_listen)  # cannot be taken away again; it listens only where a test says so


def opened_by(call: Any) -> set[str]:
    """The files that a call opens, those of Python and its libraries left out."""
    OPENED.clear()
    _LISTENING[0] = True
    try:
        call()
    finally:
        _LISTENING[0] = False
    own = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2] / "src"), "/proc/", "/dev/")
    return {path for path in OPENED if not path.startswith(own)}


def found(folder: Path) -> set[str]:
    return {it.id for it in check(folder).findings}


def test_the_listener_hears_what_a_check_opens(folder: Path) -> None:
    assert str(folder / "0001/index.xml") in opened_by(lambda: check(folder))


def test_a_bomb_of_entities_is_not_read(sound: Dossier, tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{lines}]><x>&a12;</x>'.encode()
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0002/index.xml").write_bytes(bomb)
    assert "BP-303" in found(folder)


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (b"<x>" + b"<y/>" * 5_000_001 + b"</x>", "5,000,000"),
        (b"<x " + b" ".join(b'a%d="1"' % number for number in range(201)) + b"/>", "200"),
    ],
)
def test_an_xml_file_beyond_reason_is_not_read(data: bytes, limit: str) -> None:
    with pytest.raises(XmlFault) as fault:
        parse(data)
    assert fault.value.id == "BP-314"
    for lang in ("en", "ko"):
        assert limit in say(f"dossier.why.{fault.value.why}", lang)  # type: ignore[arg-type]


def test_an_xml_file_of_too_many_bytes_is_not_read(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    with (folder / "0002/index.xml").open("r+b") as file:
        file.truncate(MOST_BYTES + 1)
    told = next(it for it in check(folder).findings if it.id == "BP-314")
    assert f"{MOST_BYTES // 1_000_000} MB" in told.message("ko")


def test_a_pdf_that_takes_too_long_is_not_read_to_its_end_and_says_so(
    sound: Dossier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("biopact.dossier.pdf.SECONDS", -1.0)
    told = next(it for it in check(sound.copy().write(tmp_path / "app")).findings if it.id == "BP-816")
    assert told.state == "cannot-check"
    assert "시간 초과" in told.message("ko")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_an_external_entity_is_never_fetched(tmp_path: Path, encoding: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><x>&e;</x>'
    with pytest.raises(XmlFault) as fault:
        parse(text.encode(encoding))
    assert fault.value.id in ("BP-303", "BP-312")


@pytest.mark.parametrize("name", ["utf-7", "ebcdic-cp-us", "x-unknown"])
def test_an_encoding_in_which_an_entity_could_hide_is_refused(name: str) -> None:
    with pytest.raises(XmlFault) as fault:
        parse(f'<?xml version="1.0" encoding="{name}"?><x/>'.encode())
    assert fault.value.id == "BP-312"


def test_korean_in_euc_kr_is_read_as_declared() -> None:
    root = parse('<?xml version="1.0" encoding="euc-kr"?><x>한글</x>'.encode("euc-kr"))
    assert root.text == "한글"


def test_the_dtd_a_doctype_names_is_never_opened(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    index = folder / "0001/index.xml"
    trap = tmp_path / "trap.dtd"
    trap.write_text("<!ENTITY e 'x'>")
    index.write_bytes(index.read_bytes().replace(b"util/dtd/ich-ectd-3-2.dtd", str(trap).encode()))
    assert str(trap) not in opened_by(lambda: check(folder))


@pytest.mark.parametrize(
    "href",
    [
        "../../../secret",
        "/etc/passwd",
        "file:///etc/passwd",
        "C:\\secret",
        "..\\..\\..\\secret",
        "%2e%2e/%2e%2e/%2e%2e/secret",
        "a\0b",
    ],
)
def test_a_path_that_leaves_the_dossier_is_a_finding_and_nothing_is_read(
    sound: Dossier, tmp_path: Path, href: str
) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(Outside):
        joined("0001", href)
    dossier = sound.copy()
    doc = dossier["0001"].doc("name")
    doc.path = None
    if "\0" not in href:
        doc.href = href
        folder = dossier.write(tmp_path / "app")
        assert "BP-221" in found(folder)
        assert {path for path in opened_by(lambda: check(folder)) if not path.startswith(str(folder))} == set()
        convert(folder, "kr", tmp_path / "kr")
        assert not [path for path in (tmp_path / "kr").rglob("*") if path.is_file() and path.read_bytes() == b"secret"]


def test_links_out_of_the_tree_are_named_and_not_followed(sound: Dossier, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.pdf").write_bytes(papers.pdf("Secret"))
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0001/m3/away").symlink_to(outside)
    (folder / "0001/m2/loop").symlink_to(folder)
    (folder / "0001/m2/25-clin-over/clinical-overview.pdf").unlink()
    (folder / "0001/m2/25-clin-over/clinical-overview.pdf").symlink_to(outside / "secret.pdf")
    report = check(folder)
    assert {it.path for it in report.findings if it.id == "BP-110"} == {
        "0001/m3/away",
        "0001/m2/loop",
        "0001/m2/25-clin-over/clinical-overview.pdf",
    }
    assert {path for path in opened_by(lambda: check(folder)) if not path.startswith(str(folder))} == set()
    link = folder / "0001/m2/25-clin-over/clinical-overview.pdf"
    assert inspect(Job(link, "x.pdf", 10)).md5 is None  # also where it became a link after the folder was read


def test_a_zip_a_file_an_empty_folder_and_nothing_are_told_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as made:
        made.writestr("0001/index.xml", "<x/>")
    (tmp_path / "plain.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("app.zip", "zip"),
        ("plain.txt", "a file"),
        ("empty", "No sequence"),
        ("nothing", "no such folder"),
    ):
        with pytest.raises(InputError, match=message) as error:
            check(tmp_path / name)
        assert error.value.exit_code == 3


def test_names_that_no_screen_should_get_are_spelled_out(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0001/m3/\x1b[31mred\u202e.pdf").write_bytes(papers.pdf("Red"))
    (folder / "0001/m3" / b"\xff\xfe.pdf".decode("utf-8", "surrogateescape")).write_bytes(papers.pdf("Odd"))
    for finding in check(folder).findings:
        (finding.message("ko") + str(finding.path)).encode("utf-8")
        assert finding.message("en").isprintable()
        assert (finding.path or "").isprintable()
    assert shown("\x1b[31m") == "\\x1b[31m"


def test_a_tagging_file_that_names_something_outside_the_dossier_is_a_defect(sound: Dossier, tmp_path: Path) -> None:
    dossier = sound.copy()
    (tmp_path / "secret.xml").write_text("secret")
    study = dossier["0001"].studies[0]
    up = "../" * 12
    raw = tagging_file(study, "0001").replace(b"index.xml#inv-tox-01-report", f"{up}secret.xml#a".encode())
    study.raw = raw
    folder = dossier.write(tmp_path / "app")
    told = [(it.state, it.line is not None) for it in check(folder).findings if it.id == "BP-602"]
    assert told == [("found", True)]
    assert {path for path in opened_by(lambda: check(folder)) if not path.startswith(str(folder))} == set()


def test_a_sequence_that_is_a_link_is_no_sequence(sound: Dossier, tmp_path: Path) -> None:
    other = sound.copy().write(tmp_path / "other")
    folder = sound.copy().write(tmp_path / "app")
    (folder / "0004").symlink_to(other / "0001")
    assert [it.number for it in read(folder).sequences] == ["0001", "0002", "0003"]
    assert {(it.id, it.path) for it in check(folder).findings if it.path == "0004"} >= {("BP-110", "0004")}
    assert {path for path in opened_by(lambda: check(folder)) if not path.startswith(str(folder))} == set()


@pytest.mark.parametrize("text", ["\x1b[2Jx", "a\u202eb"])
def test_the_name_of_a_sequence_is_spelled_out_too(sound: Dossier, tmp_path: Path, text: str) -> None:
    folder = sound.copy().write(tmp_path / "app") / "0001"
    folder = folder.rename(tmp_path / text)
    assert all((it.sequence or "").isprintable() for it in check(folder).findings)


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(size)


def test_a_pdf_above_the_limit_is_hashed_and_not_opened(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    _sparse(folder / "0001/m2/25-clin-over/clinical-overview.pdf", 500_000_001)
    assert {"BP-204", "BP-808"} <= found(folder)


@pytest.mark.soak
def test_a_pdf_of_4_gb_is_a_finding(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    _sparse(folder / "0001/m2/25-clin-over/clinical-overview.pdf", 4_294_967_297)
    assert {"BP-204", "BP-808"} <= found(folder)


@pytest.mark.soak
def test_a_file_above_5_gb_is_told(sound: Dossier, tmp_path: Path) -> None:
    folder = sound.copy().write(tmp_path / "app")
    _sparse(folder / "0001/m2/25-clin-over/clinical-overview.pdf", 5_000_000_001)
    assert {"BP-212", "BP-808"} <= found(folder)


def bomb_pdf(unfolded: int) -> bytes:
    """A PDF whose cross-reference stream unfolds to a multiple of its size."""
    packer = zlib.compressobj(9)
    data = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(unfolded >> 20)), packer.flush()])
    head = (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    )
    stream = b"3 0 obj\n<</Type/XRef/Size %d/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % (
        unfolded // 4,
        len(data),
    )
    return head + stream + data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


@pytest.mark.soak
def test_a_pdf_that_unfolds_without_end_ends_at_the_memory_of_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(bomb_pdf(3 << 30))
    with Readers(1) as readers:
        facts = readers.inspect([Job(path, "0001/bomb.pdf", path.stat().st_size)])["0001/bomb.pdf"]
    assert facts.trouble == "ended-its-reader" or (facts.pdf is not None and facts.pdf.trouble in ("damaged", "time"))


def test_files_read_in_other_processes_give_the_same_facts(folder: Path) -> None:
    jobs = [
        Job(path, str(path.relative_to(folder)), path.stat().st_size)
        for path in sorted(folder.rglob("*.*"))
        if path.is_file()
    ]
    with Readers(2) as readers:
        assert readers.inspect(jobs) == Readers().inspect(jobs)


def _ends(job: Job) -> FileFacts:
    if job.path.endswith("hostile.pdf"):
        os.kill(os.getpid(), signal.SIGKILL)
    return inspect(job)


def test_a_file_that_ends_its_reader_is_told_and_the_rest_and_the_next_dossier_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import biopact.dossier.inspection as inspection

    context = multiprocessing.get_context("fork")  # so that the readers get the patched function
    monkeypatch.setattr(inspection, "inspect", _ends)
    monkeypatch.setattr(
        inspection, "_pool", lambda workers: ProcessPoolExecutor(max_workers=workers, mp_context=context)
    )
    jobs = []
    for name in ("a.pdf", "hostile.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(papers.pdf(name))
        jobs.append(Job(tmp_path / name, f"0001/{name}", (tmp_path / name).stat().st_size))
    with inspection.Readers(1) as readers:
        for _ in range(2):
            facts = readers.inspect(jobs)
            assert [(facts[job.path].trouble, facts[job.path].pdf is not None) for job in jobs] == [
                ("", True),
                ("ended-its-reader", False),
                ("", True),
            ]


@pytest.mark.parametrize("length", [0, 1, 7, 80, 240, 400, 639, 640, 641, 720, 800])
def test_a_transport_file_cut_anywhere_is_a_finding(sound: Dossier, tmp_path: Path, length: int) -> None:
    dossier = sound.copy()
    for name in ("bw", "ts"):
        dossier["0001"].doc(f"inv-tox-01-data-{name}").content = papers.trial_summary("INV-TOX-01")[:length]
    assert {"BP-707", "BP-708", "BP-211", "BP-709"} & found(dossier.write(tmp_path / "app"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_transport_file_with_any_bytes_changed_is_read_or_told(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(papers.trial_summary("INV-TOX-01"))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "ts.xpt"
    path.write_bytes(bytes(content))
    facts = inspect(Job(path, "0001/ts.xpt", len(content)))
    assert facts.xpt is not None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_pdf_with_any_bytes_changed_is_read_or_told(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(papers.pdf("Fuzz", 3, file_link="a.pdf", lost_link=True))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(1, len(content))))
    path = tmp_path / "x.pdf"
    path.write_bytes(bytes(content[:cut]))
    assert inspect(Job(path, "0001/x.pdf", path.stat().st_size)).pdf is not None


def mutated(folder: Path, chance: random.Random) -> None:
    """A few changes that no sequence should have: bytes, lines, attributes, names, what is missing."""
    texts = [*folder.rglob("*.xml"), *folder.rglob("*.txt")]
    for _ in range(chance.randint(1, 6)):
        path = chance.choice([it for it in texts if it.exists()])
        content = path.read_bytes()
        at = chance.randrange(max(1, len(content)))
        kind = chance.randrange(8)
        if kind == 0:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif kind == 1:
            content = content[:at]
        elif kind == 2:
            lines = content.splitlines(keepends=True)
            chance.shuffle(lines)
            content = b"".join(lines)
        elif kind == 3:
            for word in (b"href=", b"ID=", b"operation=", b"modified-file=", b"checksum=", b"<title>", b"index.xml#"):
                if chance.random() < 0.3:
                    content = content.replace(
                        word, word.upper() if chance.random() < 0.5 else b"", chance.randint(1, 5)
                    )
        elif kind == 4:
            odd = chance.choice(
                [
                    b"../../../../etc/passwd",
                    b"\xc3\x28",
                    b"&x;",
                    b"<!ENTITY x 'y'>",
                    b"]]>",
                    b"\0",
                    b"../0009/index.xml#a",
                ]
            )
            content = content[:at] + odd + content[at:]
        elif kind == 5:
            content = content.replace(
                b'href="', b'href="' + chance.choice([b"../", b"/", b"..\\", b"%2e%2e/", b"http://a/"])
            )
        elif kind == 6:
            content = chance.choice([b"", b"\xff\xfe<", b"<a", b"<ectd:ectd/>", content * 2])
        else:
            other = chance.choice([it for it in folder.rglob("*") if it.is_file()])
            other.unlink()
        if path.exists():
            path.write_bytes(content)


@pytest.mark.parametrize("seed", range(40))
def test_a_mutated_dossier_is_checked_followed_and_converted_or_refused(
    seed: int, sound: Dossier, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    folder = sound.copy().write(tmp_path / "app")
    (tmp_path / "secret").write_text("secret")
    mutated(folder, chance)

    def everything() -> None:
        for finding in check(folder).findings:
            assert finding.message("ko")
            assert finding.fix("en")
        assert follow(read(folder)).documents is not None
        for target in ("kr", "us"):
            try:
                convert(folder, target, tmp_path / target, current=chance.random() < 0.5, nodes=chance.random() < 0.5)
            except BiopactError as error:
                assert error.worded("ko")

    outside = {path for path in opened_by(everything) if not path.startswith(str(tmp_path))}
    assert outside == set()
    assert str(tmp_path / "secret") not in OPENED


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1600))
def test_many_more_mutated_dossiers(seed: int, sound: Dossier, tmp_path: Path) -> None:
    test_a_mutated_dossier_is_checked_followed_and_converted_or_refused(seed, sound, tmp_path)
