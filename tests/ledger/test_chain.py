"""A ledger is added to and never changed: every edit of its lines shows."""

from __future__ import annotations

import datetime
import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.errors import ExternalError, InputError, VerificationError
from biopact.ledger.canonical import canonical
from biopact.ledger.chain import Ledger, gather, moment, read_chain, verify_chain
from biopact.ledger.findings import Finding, holds
from biopact.ledger.keys import SigningKey
from biopact.ledger.locking import locked

from .conftest import NOW, key_of

HASH = "sha256:" + "0123456789abcdef" * 4


def body(round_: int) -> dict[str, Any]:
    return {"study": "joints", "analysis": "risk", "round": round_, "digest": HASH, "numbers": 4}


def ledger(folder: Path, party: str = "hanbit", told: list[Finding] | None = None) -> Ledger:
    tell = (lambda _: None) if told is None else told.append
    return Ledger(folder / "ledger.jsonl", party, key_of(party), tell)


def filled(folder: Path, length: int = 4, party: str = "hanbit") -> Ledger:
    made = ledger(folder, party)
    for at in range(length):
        made.append("release", body(at), NOW)
    return made


def ids(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.id for finding in findings}


def test_every_entry_names_the_one_before(tmp_path: Path) -> None:
    entries = filled(tmp_path).entries()
    assert [entry.seq for entry in entries] == [0, 1, 2, 3]
    assert entries[0].previous == "sha256:" + "0" * 64
    assert [entry.previous for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert verify_chain(tmp_path / "ledger.jsonl", key_of("hanbit").public) == ()


def test_the_head_is_the_length_and_the_last_digest(tmp_path: Path) -> None:
    assert ledger(tmp_path).head().length == 0
    made = filled(tmp_path)
    assert made.head().length == 4
    assert made.head().digest == made.entries()[-1].digest


def test_a_line_is_canonical_json(tmp_path: Path) -> None:
    filled(tmp_path)
    for line in (tmp_path / "ledger.jsonl").read_bytes().splitlines():
        assert canonical(json.loads(line)) == line


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("release", {"study": "s", "analysis": "a", "round": 1, "digest": HASH, "numbers": 4, "rows": [1, 2]}),
        ("release", {"study": "s", "analysis": "a", "round": 1.5, "digest": HASH, "numbers": 4}),
        ("release", {"study": "s", "analysis": "a", "round": True, "digest": HASH, "numbers": 4}),
        ("release", {"study": "s", "analysis": "a", "round": 1, "digest": "12", "numbers": 4}),
        ("refusal", {"study": "s", "analysis": "a", "rule": "minimum-cell", "count": 3}),
        ("refusal", {"study": "s", "analysis": "a\u202e", "rule": "minimum-cell"}),
        ("refusal", {"study": "s", "rule": "minimum-cell"}),
    ],
)
def test_a_body_holds_digests_and_names_and_nothing_else(tmp_path: Path, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ledger(tmp_path).append(kind, body, NOW)
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("determination", {"flow": "f", "day": "2026-12-01", "verdict": "clear", "readiness": "ready", "law": HASH}),
        ("agreement", {"pact": "spring", "digest": HASH}),
        ("agreement", {"study": "s", "analysis": "a", "round": 0, "digest": HASH, "numbers": 5}),
        ("refusal", {"study": "s", "analysis": None, "rule": "not-permitted"}),
        ("publication", {"study": "s", "digest": HASH}),
        ("evidence", {"rule": "kr/x/1", "flow": "f", "issuer": "kr", "reference": "IRB 1", "digest": None}),
    ],
)
def test_every_kind_of_entry_has_its_form(tmp_path: Path, kind: str, body: dict[str, Any]) -> None:
    if kind == "determination":
        body = {**body, "digest": HASH}
    ledger(tmp_path).append(kind, body, NOW)
    assert verify_chain(tmp_path / "ledger.jsonl", key_of("hanbit").public) == ()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in leaves(part, (*path, key))]
    return [path]


def test_one_changed_field_of_one_line_shows(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for at, entry in enumerate(lines):
        for leaf in leaves(entry):
            changed = json.loads(json.dumps(lines))
            holder = changed[at]
            for step in leaf[:-1]:
                holder = holder[step]
            old = holder[leaf[-1]]
            if isinstance(old, int):
                holder[leaf[-1]] = old + 1
            else:
                holder[leaf[-1]] = old[:-3] + ("1" if old[-3] == "0" else "0") + old[-2:]
            path.write_text("".join(json.dumps(line) + "\n" for line in changed))
            assert not holds(verify_chain(path, key_of("hanbit").public)), leaf


def test_a_line_taken_out_put_in_doubled_or_moved_shows(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    lines = path.read_bytes().splitlines(keepends=True)
    edits = {
        "first out": lines[1:],
        "middle out": lines[:1] + lines[2:],
        "doubled": lines[:2] + lines[1:],
        "moved": [lines[0], lines[2], lines[1], lines[3]],
    }
    for name, edited in edits.items():
        path.write_bytes(b"".join(edited))
        found = verify_chain(path, key_of("hanbit").public)
        assert "ledger-previous" in ids(found) or "ledger-gap" in ids(found), name
        assert not holds(found), name


def test_lines_signed_by_somebody_else_show(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    assert "ledger-signature" in ids(verify_chain(path, key_of("riverside").public))


def test_without_a_key_the_chain_is_checked_and_the_signatures_are_said_not_to_be(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    (found,) = verify_chain(path)
    assert (found.id, found.severity) == ("ledger-key-unknown", "low")


def test_a_torn_last_line_is_said_kept_and_passed_over(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    whole = path.read_bytes()
    torn = whole[: -len(whole.splitlines()[-1]) // 2]
    path.write_bytes(torn)
    found = verify_chain(path, key_of("hanbit").public)
    assert [(it.id, it.severity) for it in found] == [("ledger-torn", "medium")]
    assert len(read_chain(path)) == 3

    told: list[Finding] = []
    ledger(tmp_path, told=told).append("release", body(9), NOW)
    assert [finding.id for finding in told] == ["ledger-set-aside"]
    (aside,) = tmp_path.glob("ledger.jsonl.torn-*")
    assert torn.endswith(aside.read_bytes())
    assert [entry.body["round"] for entry in read_chain(path)] == [0, 1, 2, 9]
    assert verify_chain(path, key_of("hanbit").public) == ()


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(1, 4000))
def test_wherever_a_write_is_cut_the_ledger_goes_on(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("cut")
    path = filled(folder, 3).path
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - min(cut, len(whole))])
    ledger(folder).append("release", body(7), NOW)
    assert verify_chain(path, key_of("hanbit").public) == ()
    kept = path.read_bytes() + b"".join(it.read_bytes() for it in folder.glob("*.torn-*"))
    assert len(kept) >= len(whole) - cut


def test_a_last_line_that_lost_only_its_end_is_kept(tmp_path: Path) -> None:
    path = filled(tmp_path, 2).path
    path.write_bytes(path.read_bytes()[:-1])
    ledger(tmp_path).append("release", body(2), NOW)
    assert [entry.seq for entry in read_chain(path)] == [0, 1, 2]
    assert list(tmp_path.glob("*.torn-*")) == []


def test_nothing_is_added_after_an_entry_that_is_not_ones_own(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    before = path.read_bytes()
    with pytest.raises(VerificationError):
        Ledger(path, "hanbit", SigningKey.fresh()).append("release", body(5), NOW)
    with pytest.raises(VerificationError):
        Ledger(path, "riverside", key_of("hanbit")).append("release", body(5), NOW)
    path.write_bytes(before.replace(b'"numbers":4', b'"numbers":5'))
    with pytest.raises(VerificationError):
        ledger(tmp_path).append("release", body(5), NOW)
    path.write_bytes(before + b"garbage\n")
    with pytest.raises(VerificationError):
        ledger(tmp_path).append("release", body(5), NOW)
    assert path.read_bytes() == before + b"garbage\n"


def test_a_disk_that_takes_nothing_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(tmp_path)
    before = made.path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ExternalError):
        made.append("release", body(5), NOW)
    assert made.path.read_bytes() == before


def test_a_second_process_waits_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with locked(path), pytest.raises(ExternalError) as told, locked(path, wait=0.1):
        pass
    assert told.value.code == "ledger.locked"
    with locked(path, wait=0.1):
        pass


def _write_some(folder: str, count: int) -> None:
    made = ledger(Path(folder))
    for at in range(count):
        made.append("release", body(at), NOW)


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_some, args=(str(tmp_path), 15)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    path = tmp_path / "ledger.jsonl"
    assert len(read_chain(path)) == 30
    assert verify_chain(path, key_of("hanbit").public) == ()


def test_ledgers_of_several_parties_stand_in_one_file(tmp_path: Path) -> None:
    parties = ("hanbit", "riverside")
    ledgers = [ledger(tmp_path / party, party) for party in parties]
    for at in range(3):
        for made in ledgers:
            made.append("release", body(at), NOW + datetime.timedelta(seconds=-at))  # the clock runs back
    target = tmp_path / "all.jsonl"
    gather([made.path for made in ledgers], target)
    found = verify_chain(target, {party: key_of(party).public for party in parties})
    assert ids(found) == {"ledger-clock"}
    assert holds(found)
    assert "ledger-other-party" in ids(verify_chain(target, key_of("hanbit").public))


def test_a_moment_is_written_in_utc() -> None:
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    assert moment(datetime.datetime(2026, 11, 24, 18, 0, 0, 999, tzinfo=seoul)) == "2026-11-24T09:00:00Z"
    assert moment().endswith("Z")


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[1]\n",
        b"null\n",
        b'{"schema":"biopact.ledger/1"}\n',
        b"\xff\xfe\n",
        b'{"seq":1,"seq":1}\n',
        b'{"seq":NaN}\n',
        b"[" * 5000 + b"\n",
        b"9" * 5000 + b"\n",
    ],
)
def test_a_line_that_is_no_entry_is_found_with_its_number(tmp_path: Path, line: bytes) -> None:
    path = filled(tmp_path).path
    with path.open("ab") as file:
        file.write(line)
    (found,) = verify_chain(path, key_of("hanbit").public)
    assert found.id == "ledger-odd-line"
    assert found.where.startswith("line 5")
    with pytest.raises(InputError) as told:
        read_chain(path)
    assert told.value.place is not None
    assert told.value.place.line == 5


def test_a_file_without_ends_of_lines_is_not_swallowed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"x" * 1_000_000)
    with pytest.raises(InputError) as told:
        verify_chain(path)
    assert told.value.code == "ledger.line-too-long"
    with pytest.raises(InputError):
        verify_chain(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_finding_of_a_ledger_has_its_words(tmp_path: Path, lang: Any) -> None:
    path = filled(tmp_path).path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[2] + b"{}\n" + lines[0].replace(b'"numbers":4', b'"numbers":5') + lines[1][:50])
    found = verify_chain(path, key_of("riverside").public)
    assert len(ids(found)) >= 5
    assert all("{" not in finding.text(lang) for finding in found)
