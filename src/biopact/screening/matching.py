"""Two names compared by every scorer, and everybody asked about against every list: one hit for each entity.

The order is fixed: official numbers first, then the scorers, each with its own evidence, then what else is known. The
score is the best scorer's; no scorer's value is lost in it. From ``REVIEW`` on a person must look; from ``STRONG`` on
the names are the same but for a slip. One word of up to four letters is never enough for strong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biopact.screening.candidates import SOUND, candidates
from biopact.screening.hits import Hit
from biopact.screening.identifiers import KINDS, agreeing
from biopact.screening.index import Index
from biopact.screening.lists.entry import Entry
from biopact.screening.names.alias import alias
from biopact.screening.names.loanwords import loanword
from biopact.screening.names.name import Kind, Name, names_of
from biopact.screening.names.sound import sound
from biopact.screening.names.spelling import spelling
from biopact.screening.qualifiers import Outcome, Qualifier, qualified, qualifiers
from biopact.screening.queries import Finding, Query, findings_of

__all__ = ["REVIEW", "STRONG", "Comparison", "Screened", "compare", "compare_names", "outcome_of", "screen"]

REVIEW = 0.8
STRONG = 0.93


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names, and what each scorer says of them, 0 to 1; ``evidence`` by scorer, in words of the names."""

    ours: str
    theirs: str
    spelling: float
    sound: float
    alias: float
    evidence: tuple[tuple[str, str], ...] = ()
    short: bool = False

    @property
    def score(self) -> float:
        """The best scorer's value."""
        return max(self.spelling, self.sound, self.alias)


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found: hits (review and strong), how many were asked about, and what is to be told of them."""

    hits: tuple[Hit, ...]
    asked: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of those asked about have no hit, one to review, a strong one."""
        best: dict[str, str] = {}
        for hit in self.hits:
            if best.get(hit.query.id) != "strong":
                best[hit.query.id] = hit.outcome
        values = list(best.values())
        return {"none": self.asked - len(best), "review": values.count("review"), "strong": values.count("strong")}


def compare(one: str, other: str, kind: Kind = "unknown") -> Comparison:
    """Two written names by every scorer, as any pair is compared in a screening."""
    pairs = [compare_names(a, b) for a in names_of(one, kind) for b in names_of(other, kind)]
    return max(pairs, key=lambda each: each.score, default=Comparison(one, other, 0, 0, 0))


def compare_names(ours: Name, theirs: Name, said: bool = True) -> Comparison:
    """Two prepared names by every scorer; without ``said`` the one for sound is left out."""
    spelled = spelling(ours, theirs)
    heard = sound(ours, theirs) if said else None
    known = alias(ours, theirs)
    lent = loanword(ours, theirs)
    evidence = []
    if spelled.score:
        evidence.append(("spelling", " · ".join(f"{a} = {b}" if a != b else a for a, b, _ in spelled.pairs)))
    if heard and heard.score >= max(0.5, lent.score):
        evidence.append(("sound", heard.hangul))
    elif lent.score:
        evidence.append(("sound", f"{lent.frames[0]} ~ {lent.frames[1]}"))
    if known.score:
        evidence.append(("alias", known.body))
    return Comparison(
        ours.written,
        theirs.written,
        spelled.score,
        max(heard.score if heard else 0.0, lent.score),
        known.score,
        tuple(evidence),
        not (ours.body or ours.hangul) and min(len(ours.joined), len(theirs.joined)) <= 4,
    )


def outcome_of(score: float, short: bool = False) -> Outcome:
    """What a score of names means by itself."""
    if score < REVIEW:
        return "none"
    return "strong" if score >= STRONG and not short else "review"


def screen(queries: Sequence[Query], index: Index, workers: int = 2) -> Screened:
    """Everybody asked about against every entry: the hits, one for each entity, strong ones first within a query."""
    asked: list[Name] = []
    of_query: list[int] = []
    for at, query in enumerate(queries):
        for written in query.names:
            for name in names_of(written, query.kind):
                asked.append(name)
                of_query.append(at)
    best: list[dict[int, Comparison]] = [{} for _ in queries]
    for name, at, near in zip(asked, of_query, candidates(asked, index, workers), strict=True):
        for other, why in near.items():
            if why == SOUND and sound(name, index.names[other]).score < REVIEW:
                continue  # most of what may sound alike does not
            found = compare_names(name, index.names[other], bool(why & SOUND))
            entry = index.owners[other]
            if found.score >= REVIEW and (entry not in best[at] or found.score > best[at][entry].score):
                best[at][entry] = found
    hits = [hit for query, near_by in zip(queries, best, strict=True) for hit in _hits(query, index, near_by)]
    findings = [finding for query in queries for finding in findings_of(query)]
    return Screened(tuple(hits), len(queries), tuple(findings))


def _hits(query: Query, index: Index, best: dict[int, Comparison]) -> list[Hit]:
    numbered = {
        entry
        for kind in KINDS
        for number in query.identifiers.get(kind, ())
        for entry in index.by_number.get((kind, number), ())
    }
    by_entity: dict[int, list[tuple[int, Outcome, str | None, tuple[Qualifier, ...]]]] = {}
    for entry in sorted({*best, *numbered}):
        outcome, number, known = _judged(query, index.entries[entry], best.get(entry))
        if outcome != "none":
            by_entity.setdefault(index.entities[entry], []).append((entry, outcome, number, known))
    found = [_hit(query, index, rows, best) for rows in by_entity.values()]
    return sorted(found, key=lambda hit: (hit.outcome != "strong", -hit.score, hit.id))


def _judged(query: Query, entry: Entry, names: Comparison | None) -> tuple[Outcome, str | None, tuple[Qualifier, ...]]:
    known = qualifiers(query, entry)
    number = agreeing(query.identifiers, entry.identifiers)
    if number:
        return "strong", number, known
    if names is None:
        return "none", None, known
    return qualified(outcome_of(names.score, names.short), names.score, known), None, known


def _hit(
    query: Query,
    index: Index,
    rows: list[tuple[int, Outcome, str | None, tuple[Qualifier, ...]]],
    best: dict[int, Comparison],
) -> Hit:
    """One hit of all entries that are one entity; its names and qualifiers are those of the entry that matches best."""
    ranked = sorted(
        rows, key=lambda row: (row[1] != "strong", row[2] is None, -(best[row[0]].score if row[0] in best else 0))
    )
    first, outcome, number, known = ranked[0]
    names = best.get(first) or Comparison(query.names[0] if query.names else "", index.entries[first].names[0], 0, 0, 0)
    members = tuple(index.entries[row[0]] for row in sorted(rows))
    return Hit(
        query,
        members,
        index.entries[first],
        outcome,
        number,
        1.0 if number else names.score,
        names.spelling,
        names.sound,
        names.alias,
        names.ours,
        names.theirs,
        names.evidence,
        known,
    )
