"""Which names of the lists are worth comparing with which names asked about: by number, key, bones, sound.

Everything here runs on keys prepared once, distances in C over whole tables at a time; what it leaves is a few names
for each query. It may find too many, and is built to miss none that a scorer would call alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from biopact.errors import MissingExtraError
from biopact.screening.index import Index, marks_of
from biopact.screening.keys import ANY, sound_keys
from biopact.screening.names.alias import bodies_of
from biopact.screening.names.loanwords import frame
from biopact.screening.names.name import Name

__all__ = ["SOUND", "SPELLING", "candidates"]

SPELLING, SOUND = 1, 2  # why a name is a candidate: which scorers are worth asking
_ALIKE = 74  # of 100: the indel similarity of sorted words from which two spellings are looked at
_FRAME = 72
_BLOCK = 256


def candidates(names: Sequence[Name], index: Index, workers: int = 2) -> list[dict[int, int]]:
    """For each name asked about the names of the index worth comparing, each with why (flags)."""
    found: list[dict[int, int]] = [{} for _ in names]
    for hangul in (False, True):
        asked = _grouped((name.key, at) for at, name in enumerate(names) if bool(name.hangul) == hangul)
        _near(asked, index.by_key[hangul], found, SPELLING, _ALIKE, workers)
        framed = _grouped(
            (key, at) for at, name in enumerate(names)
            if bool(name.hangul) == hangul and (hangul or name.body) and len(key := frame(name)) >= 4
        )  # fmt: skip
        _near(framed, index.by_frame[not hangul], found, SPELLING, _FRAME, workers)
    _sharing(names, index, found)
    _sounding(names, index, found)
    for at, name in enumerate(names):
        for body in bodies_of(name):
            for other in index.by_body.get(body, ()):
                found[at][other] = found[at].get(other, 0) | SPELLING
    return found


def _near(
    asked: dict[str, list[int]],
    held: dict[str, list[int]],
    found: list[dict[int, int]],
    why: int,
    least: float,
    workers: int,
) -> None:
    """Keys of which the indel similarity reaches a floor."""
    numpy, process, fuzz = _libraries()
    if not asked or not held:
        return
    keys, targets = list(asked), list(held)
    for block in _blocks(keys, _BLOCK):
        alike = process.cdist(block, targets, scorer=fuzz.ratio, score_cutoff=least, dtype=numpy.uint8, workers=workers)
        for row, column in zip(*numpy.nonzero(alike), strict=True):
            for at in asked[block[row]]:
                for other in held[targets[column]]:
                    found[at][other] = found[at].get(other, 0) | why


def _sharing(names: Sequence[Name], index: Index, found: list[dict[int, int]]) -> None:
    """Names that share the bones of two telling words: one may be longer than the other."""
    numpy, _, _ = _libraries()
    arrays = {mark: numpy.array(each, dtype=numpy.int32) for mark, each in index.by_mark.items()}
    for at, name in enumerate(names):
        parts = [arrays[mark] for mark in marks_of(name) if mark in arrays]
        if len(parts) < 2:
            continue
        others, counts = numpy.unique(numpy.concatenate(parts), return_counts=True)
        for other in others[counts >= 2].tolist():
            found[at][other] = found[at].get(other, 0) | SPELLING


def _sounding(names: Sequence[Name], index: Index, found: list[dict[int, int]]) -> None:
    """Names that may have one surname, with given names of nearly the same sounds."""
    from rapidfuzz.distance import Levenshtein

    numpy, process, _ = _libraries()
    asked = defaultdict[str, defaultdict[str, list[int]]](lambda: defaultdict(list))
    korean = defaultdict[str, defaultdict[str, list[int]]](lambda: defaultdict(list))
    for at, name in enumerate(names):
        for surname, given in sound_keys(name):
            asked[surname][given].append(at)
        if not name.hangul:
            for surname, given in sound_keys(name, strict=True):
                korean[surname][given].append(at)
    for surname, mine in asked.items():
        theirs = index.by_surname.get(surname)
        if not theirs:
            continue
        targets = list(theirs)
        for block in _blocks(list(mine), _BLOCK):
            far = process.cdist(block, targets, scorer=Levenshtein.distance, score_cutoff=2, dtype=numpy.uint8)
            for row, column in zip(*numpy.nonzero(far <= 2), strict=True):
                a, b = block[row], targets[column]
                if ANY in (a, b) or far[row, column] <= (1 if max(len(a), len(b)) < 7 else 2):
                    _pair(mine[a], theirs[b], names, index, found)
        if ANY in theirs:  # initials stand beside every given name
            for each in mine.values():
                _pair(each, theirs[ANY], names, index, found)
        if ANY in mine:
            for each in theirs.values():
                _pair(mine[ANY], each, names, index, found)
    for surname, by_given in korean.items():
        for given, mine_at in by_given.items():
            for other in index.plainly_korean.get((surname, given), ()):
                for at in mine_at:
                    found[at][other] = found[at].get(other, 0) | SOUND


def _pair(mine: list[int], theirs: list[int], names: Sequence[Name], index: Index, found: list[dict[int, int]]) -> None:
    for at in mine:
        hangul = bool(names[at].hangul)
        for other in theirs:
            if hangul != bool(index.names[other].hangul):
                found[at][other] = found[at].get(other, 0) | SOUND


def _blocks(keys: list[str], size: int) -> Iterator[list[str]]:
    remaining = iter(keys)
    while block := list(islice(remaining, size)):
        yield block


def _grouped(pairs: Any) -> dict[str, list[int]]:
    found = defaultdict[str, list[int]](list)
    for key, at in pairs:
        found[key].append(at)
    return dict(found)


def _libraries() -> tuple[Any, Any, Any]:
    try:
        import numpy
        from rapidfuzz import fuzz, process
    except ImportError as error:
        raise MissingExtraError(error.name or "rapidfuzz", "screening") from None
    return numpy, process, fuzz
