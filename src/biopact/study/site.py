"""One site's node: its own data, its own gate, its own ledger. It trusts no coordinator.

It fixes the analysis set before the first release, judges each analysis before anything of it leaves, and computes
the state of round k itself from the releases of round k-1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from biopact.errors import VerificationError
from biopact.study.analyses.protocol import Analysis, Answer, Demand, State, add
from biopact.study.data import Mask, Roster, SiteData
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
    """A data holder in a study. ``min_cell`` is the strictest of law, parties, pact and study."""

    id: str
    country: str
    tables: Mapping[str, Path]
    min_cell: int
    store: Path
    law: str | None = None  # the digest of the law it judged by


Permitted = Callable[[Site], Refusal | None]


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
    """The node of one site for one study."""

    study: Study
    site: Site
    permitted: Permitted
    recorder: Recorder
    data: SiteData
    positions: Any
    fingerprint: str
    store: SiteStore
    courses: dict[str, _Course] = field(default_factory=dict)

    @classmethod
    def open(cls, study: Study, site: Site, permitted: Permitted, recorder: Recorder) -> Node:
        """Open the site's table and fix the analysis set. Raises DataError."""
        held = open_population(study, site.id, site.country, site.tables)
        data = SiteData.of(study.columns, held.frame, study.complete, site.min_cell)
        store = SiteStore.open(site.store)
        positions = store.positions(held.people)
        return cls(study, site, permitted, recorder, data, positions, held.fingerprint, store)

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
            self.recorder.refuse(self.site.id, None, refusal.rule)
        return Reply(refusal=refusal)

    def _agree(self, analysis: Analysis, question: Question) -> Reply:
        vote = analysis.ask(self.data)
        if vote is None:
            return Reply()
        request = self._request(analysis, question.roster, "vote")
        stored = self.store.answer(request)
        payload = stored or vote_to_bytes(self._head(analysis.name, 0), vote)
        if stored is None:
            self.store.keep(self.study.id, request, payload, vote.size)
        self.recorder.agree(self.site.id, analysis.name, 0, payload, digest_of(payload), again=stored is not None)
        return Reply(payload)

    def _judge(self, analysis: Analysis, question: Question) -> Reply:
        """All that can be judged before a release: the groups, the model, the ledger, the sums of the first round."""
        votes = [vote_of(payload) for _, payload in sorted(question.heard.items())]
        agreed: Mask | None = np.logical_and.reduce(votes) if votes else None
        state = analysis.begin(question.roster, agreed)
        request = self._request(analysis, question.roster, "" if agreed is None else agreed.tolist())
        demand = analysis.demand(self.data, state)
        cohorts = self._cohorts([cell.people for cell in demand.cells])
        rule = self.store.refusals.get(self.study.id, {}).get(request) or self._rule(demand, cohorts)
        if rule is not None:
            return self._refused(analysis, request, rule)
        first = analysis.at_site(self.data, state)
        rule = judge_answer(first, self.site.min_cell)
        if rule is not None:
            return self._refused(analysis, request, rule)
        self.courses[analysis.name] = _Course(question.roster, state, request, cohorts, first)
        return Reply()

    def _rule(self, demand: Demand, cohorts: Bits) -> str | None:
        if len(self.store.refusals.get(self.study.id, {})) >= REFUSALS:
            return "refusal-budget"
        return judge(demand, self.site.min_cell) or breach(self._released(), cohorts, self.site.min_cell)

    def _count(self, question: Question) -> Reply:
        """How many the site brings, and how many of its population lack a value; few of the latter are not told."""
        request = self._request(None, question.roster, "count")
        stored = self.store.answer(request)
        if stored is None:
            without = self._cohorts([~self.data.in_set])
            lacking = int(without.sum())
            known = lacking >= self.site.min_cell and not breach(self._released(), without, self.site.min_cell)
            sums = {"n": np.array(float(self.data.rows.rows)), "missing": np.array(lacking if known else math.nan)}
            shown = self._cohorts([self.data.in_set, *([~self.data.in_set] if known else [])])
            self.store.enter(f"{self.study.id}/{SET}", shown)
            payload = to_bytes(self._head(SET, 0), sums)
            self.store.keep(self.study.id, request, payload, count(sums))
        else:
            payload = stored
        self.recorder.release(self.site.id, SET, 0, payload, digest_of(payload), again=stored is not None)
        return Reply(payload)

    def _answer(self, analysis: Analysis, question: Question) -> Reply:
        course = self.courses[analysis.name]
        if question.round > 1:
            self._advance(analysis, course, question)
        heard = {site: digest_of(payload) for site, payload in question.heard.items()}
        request = digest_of(canonical([course.request, question.round, heard]))
        payload = self.store.answer(request)
        again = payload is not None
        if payload is None:
            answer = course.first if question.round == 1 else analysis.at_site(self.data, course.state)
            rule = judge_answer(answer, self.site.min_cell)
            numbers = count(answer.sums)
            if rule is None and not released_numbers(self.store.released.get(self.study.id, 0), numbers):
                rule = "released-numbers"
            if rule is not None:
                return self._refused(analysis, request, rule)
            payload = to_bytes(self._head(analysis.name, question.round), answer.sums)
            self.store.enter(f"{self.study.id}/{analysis.name}", course.cohorts)
            self.store.keep(self.study.id, request, payload, numbers)
        course.given[question.round] = payload
        digest = digest_of(payload)
        self.recorder.release(self.site.id, analysis.name, question.round, payload, digest, again=again)
        return Reply(payload)

    def _advance(self, analysis: Analysis, course: _Course, question: Question) -> None:
        """The next state, from what all sites released; what is said to be this site's own must be."""
        if question.heard.get(self.site.id) != course.given.get(question.round - 1):
            raise VerificationError("study.foreign-release", None, site=self.site.id, analysis=analysis.name)
        course.state = advance(analysis, course.roster, question.heard, course.state)

    def _refused(self, analysis: Analysis, request: str, rule: str) -> Reply:
        self.store.refuse(self.study.id, request, rule)
        self.recorder.refuse(self.site.id, analysis.name, rule)
        return Reply(refusal=Refusal(self.site.id, analysis.name, rule))

    def _released(self) -> Bits:
        """The cohorts released, and those of analyses that were judged and wait for their release."""
        return np.vstack([self.store.matrix(), *(course.cohorts for course in self.courses.values())])

    def _cohorts(self, masks: list[Mask]) -> Bits:
        """Groups of the population as rows over all people the ledger knows."""
        bits = np.zeros((len(masks), len(self.store.people)), dtype=np.bool_)
        for row, mask in zip(bits, masks, strict=True):
            row[self.positions] = mask
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
            "data": self.fingerprint,
            "more": more,
        }
        return digest_of(canonical(asked))


def _spelled(analysis: Analysis) -> str:
    """All that an analysis was given, as text."""
    fields = {name: getattr(analysis, name) for name in getattr(analysis, "__dataclass_fields__", {})}
    return repr({name: value for name, value in fields.items() if name != "columns"})
