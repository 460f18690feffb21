"""Ed25519 keys, one for each pact and party, and fingerprints that people can compare by telephone.

A private key is made at the party, stays in the party's own folder (mode 0600) and is never overwritten.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from biopact.errors import InputError, Place, UsageError
from biopact.ledger.state import party_folder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "PublicKey",
    "SigningKey",
    "decoded",
    "named_key",
    "own_key",
    "public_key_of",
    "read_known_key",
    "read_public_key",
    "spoken",
]

KEY_FILE = "key.pem"
MAX_KEY_BYTES = 65_536
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}\Z")
# y-coordinates of the points of small order (RFC 8032 section 5.1; Chalkias et al. 2020, "Taming the many EdDSAs"): under
# such a key one signature can hold for every message, so nobody may use one
_PRIME = 2**255 - 19
_SMALL_ORDER = {
    0,
    1,
    _PRIME - 1,
    _PRIME,
    _PRIME + 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The 32 bytes of an Ed25519 public key."""

    raw: bytes

    @property
    def text(self) -> str:
        """Base64, as it stands in a receipt."""
        return base64.b64encode(self.raw).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and the SHA-256 of the raw key."""
        return f"sha256:{hashlib.sha256(self.raw).hexdigest()}"

    def verifies(self, message: bytes, signature: str) -> bool:
        """Whether a signature (base64) of this key is one of these bytes."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        raw = decoded(signature, 64)
        if raw is None or not _sound(self.raw):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(raw, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; it prints as its public half only."""

    _private: Ed25519PrivateKey = field(repr=False)
    public: PublicKey

    def sign(self, message: bytes) -> str:
        """The signature of bytes, in base64."""
        return base64.b64encode(self._private.sign(message)).decode("ascii")

    @classmethod
    def fresh(cls, seed: bytes | None = None) -> SigningKey:
        """A new key that lies nowhere yet; ``seed`` (32 bytes) makes it the same each time, for tests."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        made = Ed25519PrivateKey.from_private_bytes(seed) if seed else Ed25519PrivateKey.generate()
        return cls(made, PublicKey(made.public_key().public_bytes_raw()))


def spoken(fingerprint: str) -> str:
    """A fingerprint in sixteen groups of four, to be read aloud."""
    bare = fingerprint.removeprefix("sha256:")
    return " ".join(bare[at : at + 4] for at in range(0, len(bare), 4))


def own_key(pact: str, party: str, state: Path | None = None) -> SigningKey:
    """The key of a party in a pact, made when first asked for. Raises InputError where the file is not such a key."""
    path = party_folder(pact, party, state) / KEY_FILE
    if not path.exists():
        _make(path)
    return _load(path)


def read_public_key(text: str) -> PublicKey:
    """A public key from a PEM file, or from hexadecimal or base64 text. Raises InputError."""
    written = _contents(text)
    if "-----BEGIN" in written:
        return _from_pem(written, text)
    bare = "".join(written.split()).removeprefix("ed25519:")
    if re.fullmatch("[0-9a-fA-F]{64}", bare):
        return _sound_key(bytes.fromhex(bare), text)
    raw = decoded(bare.replace("-", "+").replace("_", "/"), 32)
    if raw is None:
        raise InputError("ledger.not-a-key", Place(text[:200]))
    return _sound_key(raw, text)


def read_known_key(text: str) -> str:
    """The fingerprint of a key you know: the key itself as above, or its fingerprint with or without spaces."""
    bare = "".join(text.lower().split())
    if _FINGERPRINT.match(bare):
        return bare
    if re.fullmatch("(?:[0-9a-f]{4} ){15}[0-9a-f]{4}", text.strip().lower()):  # as `spoken` prints it
        return f"sha256:{bare}"
    return read_public_key(text).fingerprint


def named_key(word: str) -> tuple[str, str]:
    """Party and fingerprint from ``PARTY=KEY``. Raises UsageError where it is not so written."""
    party, equals, key = word.partition("=")
    if not equals or not party.strip() or not key.strip():
        raise UsageError("ledger.party-key", None, found=word[:200])
    return party.strip(), read_known_key(key.strip())


def public_key_of(text: str) -> PublicKey | None:
    """The key written in a receipt (base64, 32 bytes); None where it is no sound key."""
    raw = decoded(text, 32)
    return PublicKey(raw) if raw is not None and _sound(raw) else None


def decoded(text: str, size: int) -> bytes | None:
    """The bytes of base64 text, with or without its padding, where there are so many and it is written the one way."""
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        raw = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return None
    # the last character has spare bits; another text for the same bytes is refused
    return raw if len(raw) == size and base64.b64encode(raw).decode("ascii") == padded else None


def _sound(raw: bytes) -> bool:
    value = int.from_bytes(raw, "little") & (2**255 - 1)
    return value < _PRIME and value not in _SMALL_ORDER


def _sound_key(raw: bytes, told: str) -> PublicKey:
    if not _sound(raw):
        raise InputError("ledger.weak-key", Place(told[:200]))
    return PublicKey(raw)


def _contents(text: str) -> str:
    """What a file of this name holds, else the text itself."""
    path = Path(text)
    try:
        if not path.is_file():
            return text
        with path.open("rb") as file:
            return file.read(MAX_KEY_BYTES).decode("ascii", "replace")
    except (OSError, ValueError):  # too long for a name, or a byte no name can have
        return text


def _from_pem(written: str, told: str) -> PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE KEY" in written:
        raise InputError("ledger.private-key-given", Place(told[:200]))
    try:
        key = load_pem_public_key(written.encode("ascii", "replace"))
    except (ValueError, UnsupportedAlgorithm):
        raise InputError("ledger.not-a-key", Place(told[:200])) from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("ledger.other-key", Place(told[:200]))
    return _sound_key(key.public_bytes_raw(), told)


def _load(path: Path) -> SigningKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            written = file.read(MAX_KEY_BYTES)
        key = load_pem_private_key(written, password=None)
    except OSError as error:
        raise InputError("ledger.unreadable", Place(path), why=error.strerror or type(error).__name__) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError("ledger.broken-own-key", Place(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("ledger.broken-own-key", Place(path))
    with contextlib.suppress(OSError):
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    return SigningKey(key, PublicKey(key.public_key().public_bytes_raw()))


def _make(path: Path) -> None:
    """Write a new key beside and link it into place; whoever comes second uses the first one's."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = SigningKey.fresh()
    written = made._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
            _place(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InputError("ledger.cannot-write", Place(path), why=error.strerror or type(error).__name__) from None


def _place(beside: Path, path: Path) -> None:
    """Give a file its name only where nobody has it: a link never replaces."""
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links: on Windows a rename never replaces either
        if not path.exists():
            os.rename(beside, path)
