"""A receipt holds when nothing was changed, and does not when anything was."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from biopact.errors import InputError, UsageError, VerificationError
from biopact.ledger import (
    Finding,
    assemble,
    body_of,
    gather,
    make,
    read_receipt,
    reconcile,
    signature_of,
    verify,
    write_receipt,
)
from biopact.ledger.forms import RECEIPT, json_schema
from biopact.ledger.keys import SigningKey, named_key, spoken
from biopact.ledger.recording import numbers_in

from ..conftest import ROOT
from .conftest import NOW, Made, key_of, results

Step = str | int
SCHEMA = ROOT / "docs" / "receipt.schema.json"


def found(verification: Any) -> set[str]:
    return {finding.id for finding in verification.findings}


def notices(path: Path) -> bool:
    try:
        return not verify(path).holds
    except InputError:
        return True


def parts_of(value: Any, path: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    """The path of every part: leaves, lists and objects."""
    steps: list[Step] = []
    if isinstance(value, dict | list):
        steps = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [path] * bool(path) + [inner for step in steps for inner in parts_of(value[step], (*path, step))]


def at(value: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changes(value: Any) -> list[Any]:
    """Other values in place of one: another of its kind, another letter anywhere, and null."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [value + 1, float(value) + 0.5, str(value), None]
    if isinstance(value, float):
        return [value + 1e-12 * max(1.0, abs(value)), -value, None]
    if isinstance(value, str):
        spots = {0, len(value) // 2, len(value) - 1}
        letters = [value[:spot] + ("x" if value[spot] != "x" else "y") + value[spot + 1 :] for spot in spots]
        return [*letters, value + " ", value[:-1], None]
    if value is None:
        return ["x", 0, False]
    return [None, [], {}] if value else [None]


def test_what_was_made_holds_with_nothing_but_the_file(made: Made) -> None:
    alone = made.folder / "elsewhere" / "receipt.json"
    alone.parent.mkdir()
    shutil.copy(made.path, alone)
    told = verify(alone)
    assert told.holds
    assert told.exit_code == 0
    assert found(told) == {"keys-not-known", "results-not-here"}
    told.require()


def test_with_results_ledger_and_known_keys_there_is_nothing_to_say(made: Made) -> None:
    gather([it.path for it in made.ledgers.values() if it.path.exists()], made.folder / "ledger.jsonl")
    keys = dict(named_key(f"{party}={spoken(key.public.fingerprint)}") for party, key in made.keys.items())
    told = verify(made.path, keys=keys)
    assert told.findings == ()
    assert told.known == set(made.keys)
    assert told.results == made.folder / "results.json"
    assert told.ledger == made.folder / "ledger.jsonl"


def test_verifying_needs_no_network_and_no_library_of_studies(made: Made) -> None:
    code = (
        "import socket, sys; socket.socket = None; from biopact.ledger import verify; "
        f"assert verify({str(made.path)!r}).holds; "
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert not loaded & {"numpy", "pydantic", "duckdb", "scipy", "yaml", "lark", "polars", "rich", "matplotlib"}


def test_any_part_of_the_receipt_changed_in_any_way_is_noticed(made: Made) -> None:
    (made.folder / "results.json").unlink()
    tried = 0
    for path in parts_of(made.receipt):
        for other in changes(at(made.receipt, path)):
            changed = copy.deepcopy(made.receipt)
            holder = at(changed, path[:-1])
            holder[path[-1]] = other
            made.path.write_text(json.dumps(changed), encoding="utf-8")
            assert notices(made.path), (path, other)
            tried += 1
    assert tried > 800


def test_any_part_taken_out_or_put_in_twice_is_noticed(made: Made) -> None:
    (made.folder / "results.json").unlink()
    for path in parts_of(made.receipt):
        changed = copy.deepcopy(made.receipt)
        holder = at(changed, path[:-1])
        del holder[path[-1]]
        made.path.write_text(json.dumps(changed), encoding="utf-8")
        assert notices(made.path), path
        changed = copy.deepcopy(made.receipt)
        holder = at(changed, path[:-1])
        if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[-1]))
        else:
            holder["added"] = 1
        made.path.write_text(json.dumps(changed), encoding="utf-8")
        assert notices(made.path), path


def test_any_number_or_word_of_the_results_changed_is_noticed_and_its_analysis_named(made: Made) -> None:
    beside = made.folder / "results.json"
    whole = results()
    for path in parts_of(whole):
        for other in changes(at(whole, path)):
            changed = copy.deepcopy(whole)
            at(changed, path[:-1])[path[-1]] = other
            beside.write_text(json.dumps(changed), encoding="utf-8")
            assert notices(made.path), (path, other)
            if path[0] == "analyses" and len(path) > 2 and path[2] != "name":
                told = {it.where for it in verify(made.path).findings if it.id == "analysis-changed"}
                assert told == {f"results.analyses: {whole['analyses'][path[1]]['name']}"}


def test_the_same_results_written_another_way_are_the_same(made: Made) -> None:
    beside = made.folder / "results.json"
    turned = {key: results()[key] for key in reversed(results())}
    beside.write_text(json.dumps(turned, indent=7, ensure_ascii=True), encoding="utf-8")
    assert verify(made.path).holds
    again = {**turned, "analyses": turned["analyses"][::-1]}
    beside.write_text(json.dumps(again), encoding="utf-8")
    assert "results-changed" in found(verify(made.path))


def test_the_finding_says_what_was_done_to_the_results(made: Made) -> None:
    beside = made.folder / "results.json"

    def told(change: Any) -> set[str]:
        value = results()
        change(value)
        beside.write_text(json.dumps(value), encoding="utf-8")
        return found(verify(made.path)) - {"keys-not-known"}

    assert told(lambda it: it["analyses"].pop()) == {"analysis-gone"}
    assert told(lambda it: it["analyses"].append({"name": "extra"})) == {"analysis-added"}
    assert told(lambda it: it["analyses"].append(it["analyses"][0])) == {"twice"}
    assert told(lambda it: it["sites"][0].update(n=82)) == {"frame-changed"}
    assert told(lambda it: it.update(refused=[])) == {"frame-changed"}
    assert told(lambda it: it.update(study="other")) == {"frame-changed", "results-of-other"}
    changed = {"site": "riverside", "analysis": "rare", "rule": "minimum-cell"}
    assert told(lambda it: it["refused"].append(changed)) == {"frame-changed", "refusal-not-signed"}


def test_somebody_who_signs_anew_has_other_keys(made: Made) -> None:
    """Without keys this cannot be told, which is why verify says that keys are not known; with one it is told."""
    forged = copy.deepcopy(made.receipt)
    forged["flows"][0]["verdict"] = "clear"
    strangers = {party: SigningKey.fresh() for party in made.keys}
    for party in forged["parties"]:
        public = strangers[party["id"]].public
        party["key"] |= {"public": public.text, "fingerprint": public.fingerprint}
    body = {name: part for name, part in forged.items() if name != "signatures"}
    write_receipt(assemble(body, {party: signature_of(body, key) for party, key in strangers.items()}), made.path)
    assert verify(made.path).holds
    assert "keys-not-known" in found(verify(made.path))
    told = verify(made.path, keys={"hanbit": made.keys["hanbit"].public.fingerprint})
    assert not told.holds
    assert "key-other" in found(told)
    with pytest.raises(VerificationError):
        told.require()


def test_a_key_of_nobody_is_found(made: Made) -> None:
    told = verify(made.path, keys={"nobody": made.keys["hub"].public.fingerprint})
    assert "key-of-nobody" in found(told)
    assert not told.holds


def resigned(made: Made, change: Any) -> set[str]:
    """What is found in a receipt that every party signed although it contradicts itself."""
    changed = copy.deepcopy(made.receipt)
    change(changed)
    body = {name: part for name, part in changed.items() if name != "signatures"}
    changed["signatures"] = [
        {**entry, "signature": signature_of(body, made.keys[entry["party"]])} for entry in changed["signatures"]
    ]
    made.path.write_text(json.dumps(changed), encoding="utf-8")
    told = verify(made.path)
    assert "signature-broken" not in found(told)
    return {finding.id for finding in told.findings if finding.severity != "low"}


def test_a_receipt_that_contradicts_itself_is_found_out_though_all_signed_it(made: Made) -> None:
    def first(it: Any) -> Any:
        return it["sites"][0]["released"][0]["entry"]

    cases: dict[str, Any] = {
        "beyond-ledger": lambda it: first(it).update(seq=99),
        "entry-twice": lambda it: first(it).update(seq=1),
        "ledger-head": lambda it: it["sites"][0]["refused"][0]["entry"].update(digest="sha256:" + "1" * 64),
        "fingerprint": lambda it: it["parties"][0]["key"].update(fingerprint="sha256:" + "1" * 64),
        "site-not-both": lambda it: it["parties"][0].update(role="coordinator"),
        "other-law": lambda it: it["sites"][0].update(law="sha256:" + "1" * 64),
        "evidence-of-no-flow": lambda it: it["evidence"][0].update(flow="other"),
        "twice": lambda it: it["flows"].append(it["flows"][0]),
        "signature-missing": lambda it: it["signatures"].pop(),
        "signature-stranger": lambda it: it["parties"].pop(),
        "results-not-covered": lambda it: it.update(results=None),
        "nothing-released-for": lambda it: it["sites"][0].update(released=[]),
        "refusal-not-signed": lambda it: it["sites"][0].update(refused=[]),
        "results-of-other": lambda it: it["study"].update(id="other"),
    }
    for expected, change in cases.items():
        assert expected in resigned(made, change), expected


def test_a_receipt_is_signed_by_all_or_not_made(made: Made) -> None:
    with pytest.raises(UsageError):
        make(made.parts, {"hub": made.keys["hub"]}, NOW)


def test_sites_apart_sign_the_same_body(made: Made) -> None:
    body = body_of(made.parts, NOW)
    apart = assemble(body, {party: signature_of(body_of(made.parts, NOW), key) for party, key in made.keys.items()})
    assert apart == made.receipt


def test_the_ledgers_say_the_same_as_the_receipt(made: Made) -> None:
    paths = [made.ledgers[party].path for party in ("hanbit", "riverside")]
    assert reconcile(made.path, paths) == ()
    made.ledgers["hanbit"].append("publication", {"study": "joints", "digest": "sha256:" + "1" * 64}, NOW)
    assert reconcile(made.path, paths) == ()  # it has grown since, which is in order


def test_a_ledger_that_was_cut_or_written_anew_is_found(made: Made) -> None:
    path = made.ledgers["hanbit"].path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert {it.id for it in reconcile(made.path, [path])} == {"ledger-shorter", "ledger-says-other"}
    path.unlink()
    for round_ in range(len(lines)):
        body = {"study": "joints", "analysis": "risk", "round": round_, "digest": "sha256:" + "2" * 64, "numbers": 2}
        made.ledgers["hanbit"].append("release", body, NOW)
    assert {it.id for it in reconcile(made.path, [path])} == {"ledger-head", "ledger-says-other"}
    shutil.copy(path, made.folder / "ledger.jsonl")
    assert not verify(made.path).holds


BAD = {
    "empty": b"",
    "cut short": b'{"schema": "biopact.receipt/1", "made": ',
    "not JSON": b"verdict: clear\n",
    "a list": b"[]",
    "a number": b"1",
    "not UTF-8": b'{"schema": "\xff"}',
    "with a mark": b"\xef\xbb\xbf{}",
    "keys twice": b'{"schema": "biopact.receipt/1", "schema": "biopact.receipt/1"}',
    "NaN": b'{"schema": NaN}',
    "infinite": b'{"schema": 1e999}',
    "half a character": b'{"schema": "\\ud800"}',
    "half a character in a key": b'{"\\ud800": 1}',
    "deep": b"[" * 100_000,
    "deep in order": b"[" * 500 + b"]" * 500,
    "long integer": b'{"schema": ' + b"9" * 10_000 + b"}",
    "of another version": b'{"schema": "biopact.receipt/9", "signatures": []}',
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_with_exit_code_3(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as told:
        verify(path)
    assert told.value.exit_code == 3
    assert str(path) in told.value.worded("en")
    assert told.value.worded("ko") != told.value.worded("en")


def test_a_file_of_100_mb_a_folder_and_nothing_at_all_are_told(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    for path in (large, tmp_path, tmp_path / "nowhere.json"):
        with pytest.raises(InputError):
            verify(path)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"analyses": 1}', b'{"analyses": [1]}', b'{"analyses": [{}]}', b"{"])
def test_bad_results_are_told_too(made: Made, content: bytes) -> None:
    (made.folder / "results.json").write_bytes(content)
    with pytest.raises(InputError):
        verify(made.path)
    with pytest.raises(InputError):
        verify(made.path, made.folder / "nowhere.json")


def test_a_text_cannot_turn_the_screen_around(made: Made) -> None:
    changed = copy.deepcopy(made.receipt)
    changed["pact"]["title"]["en"] = "Knees \u202etuo"
    made.path.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputError) as told:
        verify(made.path)
    assert told.value.place is not None
    assert told.value.place.field == "pact.title.en"


def test_the_statement_says_it_in_both_languages(made: Made) -> None:
    english, korean = (made.receipt["statement"][lang] for lang in ("en", "ko"))
    assert "Hanbit Hospital released 4 numbers in 2 releases; no record of a person left it." in english
    assert "Hanbit Hospital refused the analysis rare by the rule minimum-cell." in english
    assert "Korea: authorisation needed (생명윤리법 제15조)" in english
    assert "It is not legal advice." in english
    assert "한빛병원은 2회에 걸쳐 수치 4개를 내보냈습니다." in korean
    assert "한빛병원은 minimum-cell 규칙에 따라 분석 rare를 거절했습니다." in korean or "분석 rare" in korean
    assert "법률 자문이 아닙니다" in korean


def test_the_articles_of_both_countries_say_how_they_were_checked(made: Made) -> None:
    articles = made.receipt["flows"][0]["jurisdictions"]["KR"]["articles"]
    assert articles[0]["title"] == {"en": "Review by the institutional board", "ko": "기관위원회의 심의"}
    assert [(it["state"], it["checked"], it["review"]) for it in articles] == [
        ("applies", "secondary", True),
        ("defeated", "official-excerpt", False),
    ]


def test_the_published_schema_is_the_one_that_is_checked() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema(), "write `json_schema()` there"
    Draft202012Validator.check_schema(json_schema())


def test_a_receipt_is_valid_by_the_schema_and_so_is_what_the_program_admits(made: Made) -> None:
    validator = Draft202012Validator(json_schema())
    assert list(validator.iter_errors(made.receipt)) == []
    for path in parts_of(made.receipt):
        for other in changes(at(made.receipt, path)):
            changed = copy.deepcopy(made.receipt)
            at(changed, path[:-1])[path[-1]] = other
            assert validator.is_valid(changed) == (RECEIPT.fault(changed) is None), (path, other)


def test_the_answer_has_a_form_of_its_own(made: Made) -> None:
    told = verify(made.path).to_dict("ko")
    assert told["schema"] == "biopact.verification/1"
    assert told["holds"] is True
    assert {key["known"] for key in told["keys"]} == {False}
    assert "지문을 대조" in told["findings"][0]["what"]


def test_reading_gives_back_what_was_written(made: Made) -> None:
    assert read_receipt(made.path) == made.receipt
    assert [it.name for it in made.folder.iterdir() if it.name.startswith(".")] == []


def test_numbers_of_a_release_are_counted() -> None:
    sums = {"n": {"shape": [], "values": [5]}, "shape": {"shape": [2, 2], "values": [1, None, 3, 4]}}
    assert numbers_in(json.dumps({"head": 1, "sums": sums}).encode()) == 5
    assert numbers_in(b'{"vote": [true, false, true]}') == 3


def test_the_same_release_again_is_the_entry_that_stands(made: Made) -> None:
    from biopact.ledger import StudyRecorder

    ledger = made.ledgers["riverside"]
    before = ledger.head()
    again = StudyRecorder("joints", {"riverside": ledger}, clock=lambda: NOW)
    payload = json.dumps({"sums": {"score": {"shape": [2], "values": [1, 0.5]}}, "site": "riverside"}).encode()
    digest = made.receipt["sites"][1]["released"][0]["digest"]
    again.release("riverside", "risk", 1, payload, digest, again=True)
    assert ledger.head() == before
    assert again.released["riverside"][0].entry.seq == 0


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_finding_has_words_in_both_languages(lang: Any) -> None:
    import re

    source = "".join(path.read_text() for path in (ROOT / "src" / "biopact" / "ledger").glob("*.py"))
    values = dict.fromkeys(
        ["party", "parties", "name", "flow", "analysis", "seq", "length", "found", "expected", "rule", "file"], "x"
    )
    ids = set(re.findall(r'Finding\(\s*"([a-z-]+)"', source))
    assert len(ids) > 30
    for name in ids:
        assert Finding(name, "high", "", values).text(lang)


def test_keys_are_made_apart() -> None:
    assert key_of("a").public != key_of("b").public
