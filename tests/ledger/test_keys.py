"""Keys stay where they were made, are never overwritten, and are told apart by people."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from biopact.errors import InputError, UsageError
from biopact.ledger.keys import (
    PublicKey,
    SigningKey,
    named_key,
    own_key,
    public_key_of,
    read_known_key,
    read_public_key,
    spoken,
)
from biopact.ledger.state import party_folder, state_folder

KEY = SigningKey.fresh(bytes(range(32)))


def pem_of(key: PublicKey) -> bytes:
    return Ed25519PublicKey.from_public_bytes(key.raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_key_is_made_once_and_then_the_same(tmp_path: Path) -> None:
    first = own_key("liver", "kr", tmp_path)
    assert own_key("liver", "kr", tmp_path).public == first.public
    assert own_key("liver", "us", tmp_path).public != first.public
    assert own_key("heart", "kr", tmp_path).public != first.public


def test_only_its_owner_can_read_a_key_file(tmp_path: Path) -> None:
    own_key("liver", "kr", tmp_path)
    path = tmp_path / "liver" / "kr" / "key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    own_key("liver", "kr", tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key.pem"]


def test_many_at_once_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: own_key("liver", "kr", tmp_path).public, range(16)))
    assert len(set(made)) == 1


def test_a_broken_key_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "liver" / "kr" / "key.pem"
    path.parent.mkdir(parents=True)
    path.write_text("not a key")
    with pytest.raises(InputError) as told:
        own_key("liver", "kr", tmp_path)
    assert told.value.code == "ledger.broken-own-key"
    assert path.read_text() == "not a key"


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "con", "NUL.txt", "a\\b", "x" * 81, "a:b", "a b", "a."])
def test_a_name_that_is_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        party_folder("liver", name, tmp_path)
    with pytest.raises(UsageError):
        party_folder(name, "kr", tmp_path)


def test_a_korean_name_is_a_folder(tmp_path: Path) -> None:
    assert own_key("봄-연구", "한빛병원", tmp_path).public == own_key("봄-연구", "한빛병원", tmp_path).public


def test_the_state_lies_where_the_platform_keeps_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIOPACT_STATE", str(tmp_path))
    assert state_folder() == tmp_path
    monkeypatch.delenv("BIOPACT_STATE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("sys.platform", "linux")
    assert state_folder() == tmp_path / "data" / "biopact"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "share" / "biopact"
    monkeypatch.setattr("sys.platform", "darwin")
    assert state_folder() == tmp_path / "Library" / "Application Support" / "biopact"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert state_folder() == tmp_path / "roaming" / "biopact"


def test_a_signing_key_prints_nothing_private() -> None:
    assert "private" not in repr(KEY).lower()


def test_the_signature_is_that_of_rfc_8032() -> None:
    # RFC 8032 section 7.1, test 2
    key = SigningKey.fresh(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public.raw.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = key.sign(b"\x72")
    assert signature.startswith("kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoI")
    assert key.public.verifies(b"\x72", signature)
    assert not key.public.verifies(b"\x73", signature)


@pytest.mark.parametrize("flaw", ["", "A", "*" * 88, "QUJD", "=" * 88])
def test_what_is_no_signature_does_not_verify(flaw: str) -> None:
    assert not KEY.public.verifies(b"x", flaw)


def test_a_signature_written_another_way_does_not_verify() -> None:
    signature = KEY.sign(b"x")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = last[last.index(signature[85]) ^ 1]
    assert not KEY.public.verifies(b"x", signature[:85] + other + "==")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_under_which_any_text_is_signed_is_refused(y: int, sign: int) -> None:
    raw = (y | sign << 255).to_bytes(32, "little")
    # R the neutral element and S nought hold for every message under a key of small order
    assert not PublicKey(raw).verifies(b"anything", "AQ" + "A" * 84 + "==")
    assert public_key_of(PublicKey(raw).text) is None
    with pytest.raises(InputError):
        read_public_key(raw.hex())


def test_a_key_is_read_however_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "kr.pem"
    path.write_bytes(pem_of(KEY.public))
    text = tmp_path / "kr.txt"
    text.write_text(KEY.public.text + "\n")
    ways = [
        str(path),
        str(text),
        KEY.public.text,
        KEY.public.text.rstrip("="),
        KEY.public.raw.hex(),
        pem_of(KEY.public),
    ]
    ways.append(KEY.public.raw.hex().upper())
    ways.append(KEY.public.text.replace("+", "-").replace("/", "_"))
    for way in ways:
        written = way if isinstance(way, str) else way.decode()
        assert read_public_key(written) == KEY.public
        assert read_known_key(written) == KEY.public.fingerprint


def test_a_fingerprint_is_read_aloud_in_sixteen_groups_and_read_back() -> None:
    fingerprint = KEY.public.fingerprint
    groups = spoken(fingerprint).split(" ")
    assert len(groups) == 16
    assert {len(group) for group in groups} == {4}
    assert read_known_key(spoken(fingerprint)) == fingerprint
    assert read_known_key(fingerprint.upper()) == fingerprint
    assert named_key(f"kr={spoken(fingerprint)}") == ("kr", fingerprint)


@pytest.mark.parametrize("word", ["kr", "=abc", "kr=", " = "])
def test_a_key_needs_its_party(word: str) -> None:
    with pytest.raises(UsageError):
        named_key(word)


@pytest.mark.parametrize("text", ["", "abc", "z" * 64, "A" * 43 + "!", "/nowhere/kr.pem", "x" * 100_000, "a\0b"])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InputError) as told:
        read_public_key(text)
    assert told.value.code == "ledger.not-a-key"
    assert len(told.value.worded()) < 600


def test_a_private_key_given_as_public_is_refused_with_a_warning(tmp_path: Path) -> None:
    own_key("liver", "kr", tmp_path)
    with pytest.raises(InputError) as told:
        read_public_key(str(tmp_path / "liver" / "kr" / "key.pem"))
    assert told.value.code == "ledger.private-key-given"


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    public, private = tmp_path / "public.pem", tmp_path / "liver" / "kr" / "key.pem"
    public.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(InputError) as told:
        read_public_key(str(public))
    assert told.value.code == "ledger.other-key"
    private.parent.mkdir(parents=True)
    private.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(InputError):
        own_key("liver", "kr", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root writes anywhere")
def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError):
        own_key("liver", "kr", tmp_path)
    tmp_path.chmod(0o700)
