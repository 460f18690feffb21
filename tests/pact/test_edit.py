"""Adding evidence changes the text by its entry and by nothing else, or does not change it at all."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.errors import InputError, PactError
from biopact.pact import Evidence, read
from biopact.pact.edit import add_evidence, sha256_of

HEAD = """\
# the pact / 약정
pact: p   # a comment
parties:
  a: {country: KR}
  b: {country: US}
items:
  x: {kind: data, holder: a, contains: []}
flows:
  f: {item: x, from: a, to: b}
"""
RECORD = {"rule": "kr/bioethics-act/15", "flow": "f", "reference": "IRB 2026-041", "from": date(2026, 3, 2)}
ONE = "{rule: r, flow: f, reference: first}"
LAYOUTS = {
    "no evidence": HEAD,
    "no evidence and no last line end": HEAD.rstrip("\n"),
    "an empty list": HEAD + "evidence: []   # none yet\nlimits: {min_cell: 10}\n",
    "nothing": HEAD + "evidence:\nlimits: {min_cell: 10}\n",
    "nothing but a comment": HEAD + "evidence:   # none yet\nlimits: {min_cell: 10}\n",
    "null": HEAD + "evidence: null\nlimits: {min_cell: 10}\n",
    "nothing at the end": HEAD + "evidence:",
    "entries in braces": HEAD + f"evidence:\n  - {ONE}   # the first\n\n# then\nlimits: {{min_cell: 10}}\n",
    "entries in lines": HEAD
    + "evidence:\n- rule: r\n  flow: f\n  reference: first   # it\n# then\nlimits: {min_cell: 10}\n",
    "a list in brackets": HEAD + f"evidence: [{ONE}]   # one\nlimits: {{min_cell: 10}}\n",
    "a list in brackets over lines": HEAD + f"evidence: [\n  {ONE},   # one\n]\nlimits: {{min_cell: 10}}\n",
    "a text in a block": HEAD
    + "evidence:\n  - rule: r\n    flow: f\n    reference: |\n      first\n      line\nlimits: {}\n",
    "a quoted text over lines": HEAD
    + 'evidence:\n  - rule: r\n    flow: f\n    reference: "first\n      line"\nlimits: {}\n',
    "evidence in the middle": "evidence:\n    - " + ONE + "\n" + HEAD,
    "lines as Windows ends them": (HEAD + f"evidence:\n  - {ONE}\nlimits: {{min_cell: 10}}\n").replace("\n", "\r\n"),
    "a mark at the beginning": "\ufeff" + HEAD + f"evidence:\n  - {ONE}\n",
    "Korean before it": HEAD.replace("# a comment", "# 설명 😀") + f"evidence: [{ONE}]\n",
}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str) -> Path:
        path = tmp_path / "pact.yaml"
        path.write_bytes(text.encode("utf-8"))
        return path

    return written


def refused(path: Path, record: dict[str, Any]) -> str | None:
    """Why an entry was not added; None where it was."""
    try:
        add_evidence(path, record)
    except InputError as error:
        return error.code
    return None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_text_grows_by_the_entry_and_keeps_every_line_it_had(layout: str, write: Any) -> None:
    path = write(LAYOUTS[layout])
    before = read(path)
    add_evidence(path.parent, RECORD)
    after = read(path)
    assert after.evidence[:-1] == before.evidence
    assert after.evidence[-1].reference == "IRB 2026-041"
    assert after.evidence[-1].valid_from == date(2026, 3, 2)
    assert (after.parties, after.items, after.flows, after.limits) == (
        before.parties,
        before.items,
        before.flows,
        before.limits,
    )
    text = path.read_bytes().decode("utf-8")
    for comment in ("# the pact / 약정", "# the first", "# then", "# it", "# one", "# none yet", "# 설명 😀"):
        assert text.count(comment) == LAYOUTS[layout].count(comment)
    kept = [line for line in LAYOUTS[layout].splitlines() if "evidence" not in line and ONE not in line]
    assert [line for line in text.splitlines() if line in kept] == kept
    assert ("\r\n" in text) == ("\r\n" in LAYOUTS[layout])
    add_evidence(path, {**RECORD, "reference": "a second one"})
    assert [entry.reference for entry in read(path).evidence][-2:] == ["IRB 2026-041", "a second one"]


def test_the_digest_of_the_file_is_recorded_and_one_that_is_given_is_not_believed(write: Any) -> None:
    path = write(HEAD)
    (path.parent / "irb.pdf").write_bytes(b"approval")
    add_evidence(path, {**RECORD, "file": "irb.pdf", "sha256": "0" * 64})
    entry = read(path).evidence[0]
    assert entry.sha256 == hashlib.sha256(b"approval").hexdigest() == sha256_of(path.parent / "irb.pdf")


def test_an_entry_may_be_given_as_the_model(write: Any) -> None:
    path = write(HEAD)
    add_evidence(path, Evidence.model_validate({**RECORD, "from": "2026-03-02"}))
    assert read(path).evidence[0].valid_from == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"flow": "g"}, "pact.unknown-flow"),
        ({"from": "2026-02-30"}, "pact.no-such-day"),
        ({"to": "2025-01-01"}, "pact.ends-before"),
        ({"rule": None}, "pact.missing-key"),
        ({"rul": "x"}, "pact.unknown-key-near"),
        ({"file": "../x.pdf"}, "pact.outside"),
        ({"file": "absent.pdf"}, "pact.evidence-file-missing"),
        ({"reference": "a\x1bb"}, "pact.odd-characters"),
    ],
)
def test_an_entry_with_a_fault_changes_nothing(write: Any, change: dict[str, Any], code: str) -> None:
    path = write(HEAD)
    with pytest.raises(InputError) as caught:
        add_evidence(path, {**RECORD, **change})
    assert caught.value.code == code
    assert path.read_text(encoding="utf-8") == HEAD
    assert [each.name for each in path.parent.iterdir()] == ["pact.yaml"]


def test_the_same_entry_is_not_added_twice(write: Any) -> None:
    path = write(HEAD)
    add_evidence(path, RECORD)
    text = path.read_text(encoding="utf-8")
    with pytest.raises(PactError) as caught:
        add_evidence(path, RECORD)
    assert caught.value.code == "pact.evidence-known"
    assert path.read_text(encoding="utf-8") == text
    add_evidence(path, {**RECORD, "to": date(2028, 1, 1)})
    assert len(read(path).evidence) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{pact: p, parties: {a: {}, b: {}}, items: {x: {kind: data}}, flows: {f: {item: x, from: a, to: b}}}",
        HEAD + "...\n",
        HEAD + "evidence:\n  - rule: r\n    flow: f\n    reference: |\n      first",
    ],
)
def test_a_layout_that_cannot_be_added_to_is_left_as_it_is(write: Any, text: str) -> None:
    path = write(text)
    assert refused(path, RECORD) == "pact.cannot-edit"
    assert path.read_text(encoding="utf-8") == text


def test_a_pact_with_a_fault_is_not_edited(write: Any) -> None:
    path = write(HEAD + "unknown: 1\n")
    with pytest.raises(PactError) as caught:
        add_evidence(path, RECORD)
    assert caught.value.code == "pact.unknown-key"


def test_a_file_that_somebody_else_changes_meanwhile_is_left_to_them(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(HEAD)
    monkeypatch.setattr("biopact.pact.edit._check", lambda *_: path.write_text(HEAD + "# theirs\n", encoding="utf-8"))
    assert refused(path, RECORD) == "pact.changed-meanwhile"
    assert path.read_text(encoding="utf-8").endswith("# theirs\n")
    assert [each.name for each in path.parent.iterdir()] == ["pact.yaml"]


def test_the_mode_of_the_file_is_kept_and_a_link_stays_a_link(write: Any, tmp_path: Path) -> None:
    path = write(HEAD)
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    add_evidence(link, RECORD)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(read(path).evidence) == 1


@given(reference=st.text(min_size=1, max_size=30).filter(str.strip))
@settings(max_examples=150, deadline=None)
def test_any_reference_is_written_so_that_it_is_read_back(
    reference: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("pact") / "pact.yaml"
    path.write_text(HEAD, encoding="utf-8")
    if refused(path, {**RECORD, "reference": reference}) is None:
        assert read(path).evidence[0].reference == reference.strip()
    else:
        assert refused(path, {**RECORD, "reference": reference}) == "pact.odd-characters"
        assert path.read_text(encoding="utf-8") == HEAD
