"""One site's node: its own data, its own gate, its own ledger. It trusts no coordinator.

It fixes the analysis set before the first release, judges each analysis before anything of it leaves, and computes
the state of round k itself from the releases of round k-1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from biopact.errors import VerificationError
from biopact.study.analyses.protocol import Analysis, State
from biopact.study.data import Mask, Roster, SiteData
from biopact.study.exposure import Answer, Cell, Demand, add
from biopact.study.gate import judge, judge_answer
from biopact.study.gate.checks import REFUSALS, released_numbers
from biopact.study.gate.cohorts import Bits, breach
from biopact.study.recording import SET, Recorder
from biopact.study.release import canonical, count, digest_of, sums_of, to_bytes, vote_of, vote_to_bytes
from biopact.study.results import Outcome, Refusal
from biopact.study.sources import open_population
from biopact.study.spec import Study
from biopact.study.store import SiteStore
from biopact.study.transport import Question, Reply

__all__ = ["Node", "Permitted", "Site", "advance"]


@dataclass(frozen=True, slots=True)
class Site:
    """A data holder in a study.

    ``min_cell`` is the strictest of law, parties, pact and study. ``store`` is the site's private folder. ``person``
    names the column of its table that says who somebody is, so that the ledger knows people again when the table
    changes; without it a row that changed counts as another person. It is the site's to say, never the study's.
    """

    id: str
    country: str
    tables: Mapping[str, Path]
    min_cell: int
    store: Path
    law: str | None = None  # the digest of the law it judged by
    person: str | None = None


Permitted = Callable[[Site], Refusal | None]


class _Record(Protocol):
    def __call__(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class _Holding:
    """What the site opened: its data, the places of its people in the ledger, the digest of the file, the store."""

    data: SiteData
    positions: NDArray[np.int64]
    fingerprint: str
    store: SiteStore


@dataclass(slots=True)
class _Course:
    """Where one analysis stands at this site."""

    roster: Roster
    state: State
    request: str
    cohorts: Bits
    first: Answer
    given: dict[int, bytes] = field(default_factory=dict)


def advance(analysis: Analysis, roster: Roster, heard: Mapping[str, bytes], state: State) -> State | Outcome:
    """The state after a round, from the bytes that all sites released in it: the same everywhere."""
    parts = {site: sums_of(heard[site]) for site in roster.ids}
    return analysis.combine(parts if analysis.per_site else {"": add(list(parts.values()))}, state)


@dataclass(slots=True)
class Node:
    """The node of one site for one study. It opens its data once it has judged that it may release at all."""

    study: Study
    site: Site
    permitted: Permitted
    recorder: Recorder
    courses: dict[str, _Course] = field(default_factory=dict)
    _held: _Holding | None = None

    @property
    def held(self) -> _Holding:
        """The site's data, opened when first needed. Raises VerificationError before ``permit`` was asked."""
        if self._held is None:
            raise VerificationError("study.not-judged", None, site=self.site.id)
        return self._held

    def reply(self, question: Question) -> Reply:
        """Answer one question of the coordinator."""
        match question.ask:
            case "permit":
                return self._permit()
            case "drop":
                self.courses.pop(question.analysis, None)
                return Reply()
            case "count":
                return self._count(question)
            case "agree":
                return self._agree(self.study.analysis(question.analysis), question)
            case "judge":
                return self._judge(self.study.analysis(question.analysis), question)
            case "answer":
                return self._answer(self.study.analysis(question.analysis), question)

    def _permit(self) -> Reply:
        """The site judges the flow itself, on the day it releases, before anything is computed."""
        refusal = self.permitted(self.site)
        if refusal is not None:
            self._held = None
            self.recorder.refuse(self.site.id, None, refusal.rule)
        elif self._held is None:
            self._held = self._open()
        return Reply(refusal=refusal)

    def _open(self) -> _Holding:
        """Open the table and fix the analysis set. Raises DataError."""
        population = open_population(self.study, self.site.id, self.site.country, self.site.tables, self.site.person)
        data = SiteData.of(self.study.columns, population.frame, self.study.complete, self.site.min_cell)
        store = SiteStore.open(self.site.store)
        return _Holding(data, store.positions(population.people), population.fingerprint, store)

    def _agree(self, analysis: Analysis, question: Question) -> Reply:
        vote = analysis.ask(self.held.data)
        if vote is None:
            return Reply()
        request = self._request(analysis, question.roster, "vote")
        stored = self.held.store.answer(request)
        if stored is not None:
            return self._let_out(self.recorder.agree, analysis.name, 0, stored)
        payload = vote_to_bytes(self._head(analysis.name, 0), vote)
        return self._let_out(self.recorder.agree, analysis.name, 0, payload, (request, vote.size))

    def _judge(self, analysis: Analysis, question: Question) -> Reply:
        """All that can be judged before a release: the groups, the model, the ledger, the sums of the first round."""
        votes = [vote_of(payload) for _, payload in sorted(question.heard.items())]
        agreed: Mask | None = np.logical_and.reduce(votes) if votes else None
        state = analysis.begin(question.roster, agreed)
        request = self._request(analysis, question.roster, "" if agreed is None else agreed.tolist())
        demand = analysis.demand(self.held.data, state)
        cohorts = self._cohorts([cell.people for cell in demand.cells])
        rule = self.held.store.refusals.get(self.study.id, {}).get(request) or self._rule(demand, cohorts)
        if rule is not None:
            return self._refused(analysis.name, request, rule)
        first = analysis.at_site(self.held.data, state)
        rule = judge_answer(first, self.site.min_cell)
        if rule is not None:
            return self._refused(analysis.name, request, rule)
        self.courses[analysis.name] = _Course(question.roster, state, request, cohorts, first)
        return Reply()

    def _rule(self, demand: Demand, cohorts: Bits) -> str | None:
        if len(self.held.store.refusals.get(self.study.id, {})) >= REFUSALS:
            return "refusal-budget"
        return judge(demand, self.site.min_cell) or breach(self._released(), cohorts, self.site.min_cell)

    def _count(self, question: Question) -> Reply:
        """How many the site brings, and how many of its population lack a value; few of the latter are not told."""
        data, store, least = self.held.data, self.held.store, self.site.min_cell
        request = self._request(None, question.roster, "count")
        stored = store.answer(request)
        if stored is not None:
            return self._let_out(self.recorder.release, SET, 0, stored)
        everybody = Demand((Cell("set", data.in_set),), data.rows.rows)
        rule = self._rule(everybody, self._cohorts([data.in_set]))
        if rule is not None:
            return self._refused(SET, request, rule)
        without = self._cohorts([~data.in_set])
        known = without.sum() >= least and not breach(self._released(), without, least)
        sums = {"n": np.array(float(data.rows.rows)), "missing": np.array(without.sum() if known else math.nan)}
        store.enter(f"{self.study.id}/{SET}", self._cohorts([data.in_set, *([~data.in_set] if known else [])]))
        return self._let_out(self.recorder.release, SET, 0, to_bytes(self._head(SET, 0), sums), (request, count(sums)))

    def _answer(self, analysis: Analysis, question: Question) -> Reply:
        course = self._course(analysis, question)
        if question.round > 1:
            course.state = advance(analysis, course.roster, question.heard, course.state)
        heard = {site: digest_of(question.heard[site]) for site in course.roster.ids} if question.round > 1 else {}
        request = digest_of(canonical([course.request, question.round, heard]))
        name, round_ = analysis.name, question.round
        payload, fresh = self.held.store.answer(request), None
        if payload is None:
            if round_ > analysis.rounds or isinstance(course.state, Outcome):
                return self._refused(name, request, "rounds")
            answer = course.first if round_ == 1 else analysis.at_site(self.held.data, course.state)
            fresh = request, count(answer.sums)
            rule = judge_answer(answer, self.site.min_cell)
            if rule is None and not released_numbers(self.held.store.released.get(self.study.id, 0), fresh[1]):
                rule = "released-numbers"
            if rule is not None:
                return self._refused(name, request, rule)
            payload = to_bytes(self._head(name, round_), answer.sums)
            self.held.store.enter(f"{self.study.id}/{name}", course.cohorts)
        course.given[round_] = payload
        return self._let_out(self.recorder.release, name, round_, payload, fresh)

    def _let_out(
        self, record: _Record, analysis: str, round_: int, payload: bytes, fresh: tuple[str, int] | None = None
    ) -> Reply:
        """Record, keep (the request and how many numbers, unless these are the stored bytes), and only then answer."""
        record(self.site.id, analysis, round_, payload, digest_of(payload), again=fresh is None)
        if fresh is not None:
            self.held.store.keep(self.study.id, fresh[0], payload, fresh[1])
        return Reply(payload)

    def _course(self, analysis: Analysis, question: Question) -> _Course:
        """The course of an analysis that was judged, for its next round; what it heard must hold its own release."""
        course = self.courses.get(analysis.name)
        if course is None or question.round != len(course.given) + 1:
            raise VerificationError("study.not-judged", None, site=self.site.id)
        if question.round > 1:
            own = question.heard.get(self.site.id)
            if own != course.given[question.round - 1] or not set(course.roster.ids) <= set(question.heard):
                raise VerificationError("study.foreign-release", None, site=self.site.id, analysis=analysis.name)
        return course

    def _refused(self, analysis: str, request: str, rule: str) -> Reply:
        self.held.store.refuse(self.study.id, request, rule)
        self.recorder.refuse(self.site.id, analysis, rule)
        return Reply(refusal=Refusal(self.site.id, analysis, rule))

    def _released(self) -> Bits:
        """The cohorts released, and those of analyses that were judged and wait for their release."""
        return np.vstack([self.held.store.matrix(), *(course.cohorts for course in self.courses.values())])

    def _cohorts(self, masks: list[Mask]) -> Bits:
        """Groups of the population as rows over all people the ledger knows."""
        bits = np.zeros((len(masks), len(self.held.store.people)), dtype=np.bool_)
        for row, mask in zip(bits, masks, strict=True):
            row[self.held.positions] = mask
        return bits

    def _head(self, analysis: str, round_: int) -> dict[str, Any]:
        return {"study": self.study.id, "site": self.site.id, "analysis": analysis, "round": round_}

    def _request(self, analysis: Analysis | None, roster: Roster, more: Any) -> str:
        """The identity of a request: all on which its answer depends, the site's own data among it."""
        asked = {
            "study": self.study.id,
            "asked": self.study.describe(),
            "analysis": [analysis.kind, _spelled(analysis)] if analysis else None,
            "roster": roster.sites,
            "min_cell": self.site.min_cell,
            "data": self.held.fingerprint,
            "more": more,
        }
        return digest_of(canonical(asked))


def _spelled(analysis: Analysis) -> str:
    """All that an analysis was given, as text."""
    fields = {name: getattr(analysis, name) for name in getattr(analysis, "__dataclass_fields__", {})}
    return repr({name: value for name, value in fields.items() if name != "columns"})
