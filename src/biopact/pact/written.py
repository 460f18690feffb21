"""The small written forms of a pact: ids, texts in two languages, days, countries, counts, shares.

Each is a pydantic type that takes what people write, gives the typed value, and knows its JSON Schema. A fault is a
``PydanticCustomError`` whose type is a code of the catalogue ``pact``.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from biopact.errors import ODD
from biopact.interval import Interval
from biopact.marked import shown
from biopact.pact.countries import COUNTRIES, meant

__all__ = [
    "Count",
    "Country",
    "Day",
    "Id",
    "Many",
    "Region",
    "Share",
    "Text",
    "Texts",
    "Whole",
    "fault",
    "nearest",
    "one_of",
    "shown",
]

_ID = re.compile(r"[^\W_][\w.-]{0,79}\Z")
NAME_PATTERN = r"^[^\s._-][^\s/\\:]{0,79}$"  # for a schema: the dialects of its readers differ over letters
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}\Z")
_BOUNDS = {"at_least", "at_most"}
MOST = 2**53 - 1  # beyond it other programs round, and a signed digest would not be theirs


def fault(code: str, **values: object) -> PydanticCustomError:
    """A fault of a written value, by its code in the catalogue."""
    return PydanticCustomError(f"pact.{code}", "fault", values)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like one, where any is."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return close[0] if close else None


def one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    """A reader of a closed list of words."""

    def read(value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            near = nearest(value, allowed) if isinstance(value, str) else None
            if near:
                raise fault("not-one-of-near", found=shown(value), near=near)
            raise fault("not-one-of", found=shown(value), known=", ".join(allowed))
        return value

    return read


def _id(value: Any) -> str:
    if not isinstance(value, str):
        raise fault("expected-text", found=shown(value))
    if not _ID.match(value):
        raise fault("odd-id", found=shown(value))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise fault("expected-text", found=shown(value))
    if ODD.search(value):
        raise fault("odd-characters")
    return value.strip()


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        text = _text(value)
        return {"en": text, "ko": text}
    for lang in value:
        if lang not in ("en", "ko"):
            raise fault("unknown-language", key=shown(lang))
    texts = {lang: _text(text) for lang, text in value.items() if text is not None}
    if not texts:
        raise fault("expected-text", found=shown(value))
    either = next(iter(texts.values()))
    return {lang: texts.get(lang, either) for lang in ("en", "ko")}


def day(value: Any) -> date:
    """A calendar day, written ``2026-11-24``."""
    if isinstance(value, str) and _DAY.match(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise fault("no-such-day", found=value) from None
    raise fault("expected-day", found=shown(value))


def _country(value: Any) -> str:
    if isinstance(value, str) and value in COUNTRIES:
        return value
    if not isinstance(value, str):
        raise fault("expected-text", found=shown(value))
    if value.strip().upper() in ("EU", "EUROPE"):
        raise fault("union-not-country", found=shown(value))
    known = meant(value)
    raise (
        fault("unknown-country-near", found=shown(value), near=known)
        if known
        else fault("unknown-country", found=shown(value))
    )


def _region(value: Any) -> str:
    if not isinstance(value, str) or not _REGION.match(value) or value[:2] not in COUNTRIES:
        raise fault("odd-region", found=shown(value))
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value % 1:
        raise fault("expected-whole", found=shown(value))
    if value < 0:
        raise fault("below-zero", found=shown(value))
    if value > MOST:
        raise fault("too-large-number", found=shown(value))
    return int(value)


def _bounded(value: Any, number: Callable[[Any], int | float], top: float) -> Interval:
    """A number or ``{at_least, at_most}`` of numbers from 0 to ``top``."""
    if isinstance(value, Interval):
        return value
    if isinstance(value, Mapping):
        odd = next((key for key in value if key not in _BOUNDS), None)
        if odd is not None or not value:
            raise fault("odd-bounds", found=shown(odd if odd is not None else value))
        low, high = number(value.get("at_least", 0)), value.get("at_most")
        end = top if high is None or high == math.inf else number(high)
        if end < low:
            raise fault("bounds-crossed", low=low, high=end)
        return Interval(low, end)
    return Interval.exactly(number(value))


def _share_number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise fault("expected-share", found=shown(value))
    if value < 0:
        raise fault("below-zero", found=shown(value))
    if value > 1:
        raise fault("share-above-one", found=shown(value))
    return value


def _count(value: Any) -> Interval:
    return _bounded(value, _whole, math.inf)


def _share(value: Any) -> Interval:
    return _bounded(value, _share_number, 1)


def _many(value: Any) -> Any:
    """A list; a single word is a list of one."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise fault("expected-list", found=shown(value))
    return tuple(value)


def _bounds_schema(number: dict[str, object]) -> dict[str, object]:
    ends = {"at_least": number, "at_most": number}
    return {
        "anyOf": [number, {"type": "object", "properties": ends, "additionalProperties": False, "minProperties": 1}]
    }


_TEXT: dict[str, object] = {"type": "string", "minLength": 1}
_BOTH = {"type": "object", "properties": {"en": _TEXT, "ko": _TEXT}, "additionalProperties": False, "minProperties": 1}

Id = Annotated[str, PlainValidator(_id), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema(_TEXT)]
Texts = Annotated[Mapping[str, str], PlainValidator(_texts), WithJsonSchema({"anyOf": [_TEXT, _BOTH]})]
Day = Annotated[date, PlainValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
Country = Annotated[str, PlainValidator(_country), WithJsonSchema({"type": "string", "enum": sorted(COUNTRIES)})]
Region = Annotated[
    str, PlainValidator(_region), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}-[A-Z0-9]{1,3}$"})
]
_COUNTED: dict[str, object] = {"type": "integer", "minimum": 0, "maximum": MOST}
Whole = Annotated[int, PlainValidator(_whole), WithJsonSchema(_COUNTED)]
Count = Annotated[Interval, PlainValidator(_count), WithJsonSchema(_bounds_schema(_COUNTED))]
Share = Annotated[
    Interval, PlainValidator(_share), WithJsonSchema(_bounds_schema({"type": "number", "minimum": 0, "maximum": 1}))
]
Many = BeforeValidator(_many)
