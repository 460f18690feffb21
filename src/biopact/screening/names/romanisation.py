"""What it costs to write a Hangul syllable in given Latin letters: 0 the usual spelling, 1 and more another sound.

``data/romanisation.yaml`` has the spellings of each jamo; a syllable's are all combinations. Letters that are none of
them cost what they cost at the nearest spelling, and ``EDIT`` for each letter changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from biopact.screening.names.hangul import syllable
from biopact.screening.resources import table, yaml_of

__all__ = ["EDIT", "chunk_cost", "spellings", "surname_cost", "surname_spellings", "surnames", "written_cost"]

EDIT = 0.7
LONGEST = 8  # no syllable is written with more letters
_ELSE = 2.0  # letters that are more than two edits from every spelling
_HOPELESS = 1.3  # from here on a name is so far from being one that nothing further is tried
_RARE = 0.12  # a spelling of a surname that is marked rare (~)
_LATER = 0.02  # for each step down the list of a surname's spellings, which begins with the usual ones


@lru_cache(maxsize=12_000)
def spellings(letter: str) -> Mapping[str, float]:
    """Every spelling of a syllable and its cost."""
    costs = yaml_of("romanisation")
    onset, vowel, coda = syllable(letter)
    opened = [(first + middle, a + b) for first, a in costs["onsets"][onset].items()
              for middle, b in costs["vowels"][vowel].items()]  # fmt: skip
    opened += costs["together"].get(onset + vowel, {}).items()
    found: dict[str, float] = {}
    for start, cost in opened:
        for last, more in costs["codas"][coda].items():
            if start + last and cost + more < found.get(start + last, 1.0):
                found[start + last] = cost + more
    return found


@lru_cache(maxsize=12_000)
def _usual(letter: str) -> tuple[str, ...]:
    """The spellings from which an edit is counted."""
    return tuple(text for text, cost in spellings(letter).items() if cost < 0.5)


@lru_cache(maxsize=400_000)
def chunk_cost(letter: str, chunk: str) -> float:
    """What it costs to read some letters as a syllable."""
    known = spellings(letter)
    exact = known.get(chunk)
    if exact is not None:
        return exact
    if not chunk or len(chunk) > LONGEST:
        return _ELSE
    near = process.extract(chunk, _usual(letter), scorer=Levenshtein.distance, score_cutoff=2, limit=None)
    return min((known[text] + EDIT * edits for text, edits, _ in near), default=_ELSE)


def written_cost(hangul: str, text: str, breaks: frozenset[int] = frozenset()) -> float:
    """What it costs to read letters as a row of syllables: the cheapest way to cut them.

    ``breaks`` are positions where the writer put a space or a hyphen; a cut elsewhere costs a little, and so does a
    break that is not a cut.
    """
    best: dict[int, float] = {0: 0.0}
    for number, letter in enumerate(hangul):
        left = len(hangul) - number - 1
        reached: dict[int, float] = {}
        for start, so_far in best.items():
            if so_far >= _HOPELESS:
                continue
            ends = range(start, min(len(text) - left, start + LONGEST) + 1) if left else (len(text),)
            for end in ends:
                cost = so_far + chunk_cost(letter, text[start:end])
                if breaks and end < len(text):
                    cost += 0.0 if end in breaks else 0.15
                if cost < reached.get(end, 9.0):
                    reached[end] = cost
        best = reached
    return best.get(len(text), 9.0)


@cache
def surnames() -> Mapping[str, Mapping[str, float]]:
    """The surnames of Korea: each with its spellings and what they cost."""
    return {row["hangul"]: dict(_listed(row["spellings"])) for row in table("surnames")}


@cache
def surname_spellings() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """For each Latin spelling the surnames that are written so, and what it costs."""
    found: dict[str, list[tuple[str, float]]] = {}
    for surname, listed in surnames().items():
        for text, cost in listed.items():
            found.setdefault(text, []).append((surname, cost))
    return {text: tuple(sorted(read, key=lambda pair: pair[1])) for text, read in found.items()}


@lru_cache(maxsize=200_000)
def surname_cost(surname: str, token: str) -> float:
    """What it costs to read a word as a surname: its known spellings first, then the general ones."""
    listed = surnames().get(surname, {})
    if token in listed:
        return listed[token]
    general = 0.1 + written_cost(surname, token)
    return min([general, *(cost + EDIT * Levenshtein.distance(text, token) for text, cost in listed.items())])


def _listed(written: str) -> list[tuple[str, float]]:
    return [
        (text.removesuffix("~"), _LATER * place + (_RARE if text.endswith("~") else 0))
        for place, text in enumerate(written.split())
    ]
