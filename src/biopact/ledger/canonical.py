"""One value, one sequence of bytes: JSON in the canonical form of RFC 8785, and digests of it.

Two programs that hold the same numbers and texts compute the same digest, however they wrote the file.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any

from biopact.errors import InputError, Place

__all__ = ["DIGEST", "LARGEST", "canonical", "digest", "digest_of_bytes", "number"]

LARGEST = 2**53  # beyond it an integer is not a double, and other readers of JSON would round it
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value (RFC 8785).

    Mappings with text keys, lists, texts, Booleans, null, integers that a double holds, finite floats; anything else raises
    InputError with the path of the part. A float that is whole is the same number as the integer, so the same bytes.
    """
    return "".join(_parts(value, "")).encode("utf-8")


def digest(value: Any) -> str:
    """``sha256:`` and the SHA-256 of the canonical bytes."""
    return digest_of_bytes(canonical(value))


def digest_of_bytes(content: bytes) -> str:
    """``sha256:`` and the SHA-256 of bytes as they are."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def number(value: float) -> str:
    """A finite double as ECMAScript writes it (RFC 8785 section 3.2.2.3): shortest digits that read back the same."""
    if value == 0:
        return "0"  # also for minus nought
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    # the decimal point stands behind this many digits (ECMA-262, Number::toString, there called n)
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    size = len(digits)
    if size <= point <= 21:
        return digits + "0" * (point - size)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    power = f"e{point - 1:+d}"
    return digits + power if size == 1 else f"{digits[0]}.{digits[1:]}{power}"


def _parts(value: Any, path: str) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, str):
        yield _text(value, path)
    elif isinstance(value, int):
        yield _integer(int(value), path)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise InputError("ledger.not-finite", Place(None, None, path or None))
        yield number(float(value))
    elif isinstance(value, list | tuple):
        yield from _list(value, path)
    elif isinstance(value, Mapping):
        yield from _object(value, path)
    else:
        raise InputError("ledger.not-json-value", Place(None, None, path or None), kind=type(value).__name__)


def _integer(value: int, path: str) -> str:
    """Beyond 2^53 only an integer that a double writes so: another reader has rounded the others already."""
    if abs(value) > LARGEST and (abs(value) >= 10**21 or number(float(value)) != str(value)):
        raise InputError("ledger.too-large-integer", Place(None, None, path or None))
    return str(value)


def _list(value: list[Any] | tuple[Any, ...], path: str) -> Iterator[str]:
    yield "["
    for position, part in enumerate(value):
        if position:
            yield ","
        yield from _parts(part, f"{path}[{position}]")
    yield "]"


def _object(value: Mapping[Any, Any], path: str) -> Iterator[str]:
    for key in value:
        if not isinstance(key, str):
            raise InputError("ledger.key-not-text", Place(None, None, path or None), kind=type(key).__name__)
    yield "{"
    # RFC 8785 section 3.2.3: by UTF-16 code units, which is not the order of code points above U+FFFF
    for position, key in enumerate(sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))):
        if position:
            yield ","
        inner = f"{path}.{key}" if path else key
        yield _text(key, inner)
        yield ":"
        yield from _parts(value[key], inner)
    yield "}"


def _text(value: str, path: str) -> str:
    if any("\ud800" <= mark <= "\udfff" for mark in value):
        raise InputError("ledger.half-character", Place(None, None, None if path == value else path or None))
    return encode_basestring(value)
