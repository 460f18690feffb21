"""What leaves a site, as bytes: canonical JSON, so that the same numbers are the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from biopact.study.data import Mask
from biopact.study.exposure import Sums

__all__ = ["canonical", "count", "digest_of", "sums_of", "to_bytes", "vote_of", "vote_to_bytes"]


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces; floats in their shortest exact form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def to_bytes(head: Mapping[str, Any], sums: Sums) -> bytes:
    """A release: its head and its named arrays; null is a suppressed number, or one that is none."""
    body = {}
    for name, values in sums.items():
        array = np.asarray(values, dtype=np.float64)
        flat = [None if not math.isfinite(number) else number for number in array.ravel().tolist()]
        body[name] = {"shape": list(array.shape), "values": flat}
    return canonical({**head, "sums": body})


def sums_of(payload: bytes) -> dict[str, Any]:
    """The named arrays of a release."""
    found = {}
    for name, entry in json.loads(payload)["sums"].items():
        flat = [math.nan if number is None else float(number) for number in entry["values"]]
        found[name] = np.array(flat, dtype=np.float64).reshape(entry["shape"])
    return found


def count(sums: Sums) -> int:
    """How many numbers a release holds."""
    return sum(int(np.asarray(values).size) for values in sums.values())


def vote_to_bytes(head: Mapping[str, Any], vote: Mask) -> bytes:
    """A yes or no to each point of the declared grid."""
    return canonical({**head, "vote": [bool(yes) for yes in vote.ravel()]})


def vote_of(payload: bytes) -> Mask:
    """The yes and no of a vote."""
    return np.array(json.loads(payload)["vote"], dtype=np.bool_)
