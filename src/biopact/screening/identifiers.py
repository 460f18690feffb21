"""Official numbers of bodies: LEI, Korean business registration number, UEI, D-U-N-S. Two that agree settle a match.

An LEI carries check digits (ISO 17442, ISO 7064 MOD 97-10), verified by python-stdnum. A Korean number carries one too;
python-stdnum (2.2) checks the form of that number only, so its digit is verified here. A UEI and a D-U-N-S number publish
none (the D-U-N-S one was given up in 2006): only their form can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from biopact.errors import MissingExtraError

__all__ = ["KINDS", "agreeing", "conflicting", "fault_of", "tidy"]

KINDS = ("lei", "brn", "uei", "duns")
_FORMS = {
    "lei": re.compile(r"[A-Z0-9]{18}\d\d"),
    "brn": re.compile(r"\d{10}"),
    "uei": re.compile(r"[A-HJ-NP-Z1-9][A-HJ-NP-Z0-9]{11}"),  # neither I nor O; not 0 first (sam.gov, 2022)
    "duns": re.compile(r"\d{9}"),
}
Numbers = Mapping[str, frozenset[str]]


def tidy(kind: str, written: str) -> str | None:
    """A number without spaces and hyphens; None where it is not one of its kind or its check digit is wrong."""
    return None if fault_of(kind, written) else _bare(written)


def fault_of(kind: str, written: str) -> Literal["form", "check"] | None:
    """What is wrong with a written number: its form, its check digit, or nothing."""
    number = _bare(written)
    if _FORMS[kind].fullmatch(number) is None:
        return "form"
    try:
        from stdnum import lei
        from stdnum.kr import brn
    except ImportError:
        raise MissingExtraError("python-stdnum", "screening") from None
    if kind == "lei":
        return None if lei.is_valid(number) else "check"
    if kind == "brn":
        return "form" if not brn.is_valid(number) else None if _brn_digit(number) == number[-1] else "check"
    return None


def _brn_digit(number: str) -> str:
    """The last digit of a 사업자등록번호: weights 1 3 7 1 3 7 1 3 5, and the tens of the ninth product (국세청)."""
    digits = [int(digit) for digit in number[:9]]
    total = sum(weight * digit for weight, digit in zip((1, 3, 7, 1, 3, 7, 1, 3, 5), digits, strict=True))
    return str(-(total + digits[8] * 5 // 10) % 10)


def agreeing(one: Numbers, other: Numbers) -> str | None:
    """The first kind of number of which both have the same, as ``lei 5493…``."""
    for kind in KINDS:
        both = one.get(kind, frozenset()) & other.get(kind, frozenset())
        if both:
            return f"{kind} {min(both)}"
    return None


def conflicting(one: Numbers, other: Numbers) -> str | None:
    """A kind of number of which both have one, and none in common; only where none agrees."""
    if agreeing(one, other):
        return None
    return next((kind for kind in KINDS if one.get(kind) and other.get(kind)), None)


def _bare(written: str) -> str:
    return re.sub(r"[\s-]", "", written).upper()
