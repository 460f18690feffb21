"""Reading JSON that somebody else wrote: strictly, within limits, with the place of what is wrong."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from biopact.errors import InputError, Place

__all__ = ["MAX_BYTES", "parse", "read"]

MAX_BYTES = 16_000_000
MAX_DEPTH = 40


def read(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """The JSON value of a file. Raises InputError: missing, unreadable, too large, or not strictly JSON."""
    try:
        if not path.is_file():
            raise InputError("ledger.missing" if not path.exists() else "ledger.not-a-file", Place(path))
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InputError("ledger.unreadable", Place(path), why=error.strerror or type(error).__name__) from None
    if len(content) > max_bytes:
        raise InputError("ledger.too-large", Place(path), limit=max_bytes // 1_000_000)
    return parse(content, Place(path))


def parse(content: bytes, place: Place) -> Any:
    """The JSON value of bytes. Repeated keys, NaN, infinities, half characters and deep nesting are refused."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + (place.line or 1)
        raise InputError("ledger.not-utf8", Place(place.file, line)) from None
    if text.startswith("\ufeff"):
        raise InputError("ledger.byte-order-mark", place)
    try:
        value = json.loads(
            text, object_pairs_hook=lambda pairs: _once(pairs, place), parse_constant=_Not, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        line = error.lineno + (place.line or 1) - 1
        raise InputError("ledger.not-json", Place(place.file, line), column=error.colno) from None
    except RecursionError:
        raise InputError("ledger.too-deep", place, limit=MAX_DEPTH) from None
    except ValueError:  # an integer of thousands of digits
        raise InputError("ledger.too-large-integer", place) from None
    _walk(value, place, "", 0)
    return value


class _Not:
    """Stands for NaN or an infinity until its path is known."""

    def __init__(self, word: str) -> None:
        self.word = word


def _finite(text: str) -> float | _Not:
    value = float(text)
    return value if math.isfinite(value) else _Not(text)


def _once(pairs: list[tuple[str, Any]], place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError("ledger.repeated-key", Place(place.file, place.line, _clean(key)), key=_clean(key))
        found[key] = value
    return found


def _clean(text: str) -> str:
    """A text that can be printed whatever it holds."""
    return text.encode("utf-8", "replace").decode("utf-8")[:80]


def _walk(value: Any, place: Place, path: str, depth: int) -> None:
    where = Place(place.file, place.line, _clean(path) or None)
    if depth > MAX_DEPTH:
        raise InputError("ledger.too-deep", where, limit=MAX_DEPTH)
    if isinstance(value, _Not):
        raise InputError("ledger.not-finite", where)
    if isinstance(value, str) and not _whole(value):
        raise InputError("ledger.half-character", where)
    if isinstance(value, list):
        for position, part in enumerate(value):
            _walk(part, place, f"{path}[{position}]", depth + 1)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not _whole(key):
                raise InputError("ledger.half-character", where)
            _walk(part, place, f"{path}.{key}" if path else key, depth + 1)


def _whole(text: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in text)
