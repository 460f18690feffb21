"""The parties of a pact against lists, with their owners: hits, judgements, shares of those listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from biopact.pact import Owner, Pact, Party, graph
from biopact.screening.decisions import FILE, Judged, judged, read_decisions
from biopact.screening.identifiers import KINDS, fault_of, tidy
from biopact.screening.index import Index
from biopact.screening.matching import Screened, screen
from biopact.screening.names.name import Kind
from biopact.screening.ownership import Owned, ownership
from biopact.screening.places import FOLDER, RECORD
from biopact.screening.queries import Finding, Query

__all__ = [
    "ScreenedPact",
    "decisions_of",
    "list_files",
    "queries_of",
    "screen_pact",
]

_SUFFIXES = {".csv", ".tsv", ".txt", ".xml", ".json", ".xlsx", ".html", ".htm", ".xls"}
_PARTS = re.compile(r"(?:^|[_-])(?:alt|add|comments)$")  # files that OFAC's primary one takes along
_OWN = {RECORD}


@dataclass(frozen=True, slots=True)
class ScreenedPact:
    """What was found of a pact: each hit with its judgement, what the owners say, what is to be told."""

    pact: Pact
    asked: tuple[Query, ...]
    screened: Screened
    hits: tuple[Judged, ...]
    owned: tuple[Owned, ...]
    findings: tuple[Finding, ...]

    @property
    def needs_action(self) -> bool:
        """Whether a hit is not judged, a party is owned by somebody listed, or a name could not be screened."""
        blocked = any(finding.blocking for finding in self.findings)
        return blocked or any(each.open for each in self.hits) or any(each.level == "owned-50" for each in self.owned)


def list_files(pact: Pact) -> list[tuple[str | None, Path]]:
    """The list files in the pact's ``lists`` folder, each with the list that its name is of, or none."""
    from biopact.screening.lists.reading import known_lists

    folder = pact.folder / FOLDER if pact.folder else None
    if folder is None or not folder.is_dir():
        return []
    files = [each for each in sorted(folder.iterdir()) if each.suffix.lower() in _SUFFIXES and each.name not in _OWN]
    return [
        (each.stem if each.stem in known_lists() else None, each)
        for each in files
        if not _PARTS.search(each.stem.lower())
    ]


def decisions_of(pact: Pact) -> Path | None:
    """Where a pact keeps its judgements."""
    return pact.folder / FOLDER / FILE if pact.folder else None


def queries_of(pact: Pact) -> tuple[list[Query], list[Finding]]:
    """Every party and every owner who is only named, as a query; and what of them cannot be asked."""
    findings: list[Finding] = []
    queries = [_of_party(party, pact, findings) for party in pact.named_parties]
    queries += [_of_owner(node, owner) for node, owner in graph(pact).named.items()]
    return [query for query in queries if query.names], findings


def screen_pact(pact: Pact, index: Index, workers: int = 1) -> ScreenedPact:
    """Screen a pact: its parties, then the owners of each."""
    queries, findings = queries_of(pact)
    screened = screen(queries, index, workers)
    path = decisions_of(pact)
    hits = judged(screened.hits, read_decisions(path) if path else [])
    listed = {each.hit.query.id for each in hits if each.says == "same" or (each.open and each.hit.outcome == "strong")}
    maybe = {each.hit.query.id for each in hits if each.says in ("open", "unsure")} - listed
    owned, unknown = ownership(pact, listed, maybe)
    findings += [Finding("owners-unknown", node, pact.place("parties", node).line) for node in unknown]
    return ScreenedPact(pact, tuple(queries), screened, hits, owned, (*findings, *screened.findings))


def _of_party(party: Party, pact: Pact, findings: list[Finding]) -> Query:
    line = pact.place("parties", party.id).line
    names = party.name
    written = [names] if isinstance(names, str) else list(names.values()) if names else []
    if not written:
        findings.append(Finding("party-without-name", party.id, line, blocking=True))
    numbers: dict[str, frozenset[str]] = {}
    for kind in KINDS:
        number = getattr(party.identifiers, kind)
        if number and (fault := fault_of(kind, number)):
            findings.append(Finding(f"identifier-{fault}", party.id, line, values={"kind": kind}))
        elif number:
            numbers[kind] = frozenset({tidy(kind, number) or ""})
    return Query(
        party.id,
        tuple(dict.fromkeys(map(str, written))),
        _kind(party.kind),
        _lands(party.country),
        identifiers=numbers,
        line=line,
    )


def _of_owner(node: str, owner: Owner) -> Query:
    return Query(node, (owner.name or "",), _kind(owner.kind), _lands(owner.country))


def _lands(country: str | None) -> frozenset[str]:
    return frozenset({country} if country else ())


def _kind(kind: str | None) -> Kind:
    return "unknown" if kind is None else "person" if kind == "person" else "organisation"
