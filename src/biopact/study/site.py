"""One site's node: its own data, its own gate, its own ledger. It trusts no coordinator.

It fixes the analysis set before the first release, judges each analysis before anything of it leaves, and computes
the state of round k itself from the releases of round k-1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from biopact.errors import VerificationError
from biopact.study.analyses.protocol import Analysis, State
from biopact.study.data import Mask, Roster
from biopact.study.exposure import Answer, Cell, Demand, add
from biopact.study.gate import judge, judge_answer
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.gate.checks import refusal_budget, released_numbers, states
from biopact.study.gate.cohorts import breach
from biopact.study.holding import Holding, Site
from biopact.study.readiness import readiness_sums
from biopact.study.recording import SET, Recorder
from biopact.study.release import canonical, count, digest_of, sums_of, to_bytes, vote_of, vote_to_bytes
from biopact.study.results import Outcome, Refusal
from biopact.study.spec import Study
from biopact.study.transport import Question, Reply

__all__ = ["Node", "Permitted", "Site", "advance"]


Permitted = Callable[[Site], Refusal | None]


class _Record(Protocol):
    def __call__(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None: ...


@dataclass(slots=True)
class _Course:
    """Where one analysis stands at this site."""

    roster: Roster
    state: State
    request: str
    cohorts: Bitmaps
    ready: Answer | None  # of the round at hand, judged
    at: int = 1
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
    _held: Holding | None = None

    @property
    def held(self) -> Holding:
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
            case "judge" if question.round > 1:
                return self._judge_stage(self.study.analysis(question.analysis), question)
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
            self._held = Holding.open(self.study, self.site)
        return Reply(refusal=refusal)

    def _agree(self, analysis: Analysis, question: Question) -> Reply:
        vote = analysis.ask(self.held.data)
        if vote is None:
            return Reply()
        request = self._request(analysis, question.roster, "vote")
        stored = self.held.store.answer(request)
        if stored is not None:
            return self._let_out(self.recorder.agree, analysis.name, 0, stored)
        with self.held.store.changing():
            if not self._may_give(vote.size):
                return self._refused(analysis.name, request, "released-numbers", locked=True)
            payload = vote_to_bytes(self._head(analysis.name, 0), vote)
            return self._let_out(self.recorder.agree, analysis.name, 0, payload, (request, vote.size))

    def _judge(self, analysis: Analysis, question: Question) -> Reply:
        """All that can be judged before a release: the groups, the model, the ledger, the sums of the first round."""
        own = self.held.store.answer(self._request(analysis, question.roster, "vote"))
        if question.heard.get(self.site.id) != own:
            raise VerificationError("study.foreign-release", None, site=self.site.id, analysis=analysis.name)
        votes = [vote_of(payload) for _, payload in sorted(question.heard.items())]
        agreed: Mask | None = np.logical_and.reduce(votes) if votes else None
        state = analysis.begin(question.roster, agreed)
        request = self._request(analysis, question.roster, "" if agreed is None else agreed.tolist())
        demand = analysis.demand(self.held.data, state)
        cohorts = self.held.cohorts(demand.cells)
        rule = self.held.store.refused(self.study.id, request) or self._rule(demand, cohorts)
        if rule is not None:
            return self._refused(analysis.name, request, rule)
        first = analysis.at_site(self.held.data, state)
        rule = judge_answer(first, self.site.min_cell)
        if rule is not None:
            return self._refused(analysis.name, request, rule)
        self.courses[analysis.name] = _Course(question.roster, state, request, cohorts, first)
        return Reply()

    def _judge_stage(self, analysis: Analysis, question: Question) -> Reply:
        """Judge a later round whose groups could not be known before, before any site releases it."""
        course = self._course(analysis, question)
        self._advance(analysis, course, question)
        if isinstance(course.state, Outcome):
            return self._refused(analysis.name, course.request, "rounds")
        rule = self._rule_of_round(analysis, course)
        if rule is None:
            return Reply()
        return self._refused(analysis.name, self._of_round(course, question), rule)

    def _rule(self, demand: Demand, cohorts: Bitmaps) -> str | None:
        if self.held.lacking:
            return "analysis-set"
        if not refusal_budget(self.held.store.refusals, self.study.id, self.site.limits):
            return "refusal-budget"
        return judge(demand, self.site.min_cell) or self._breach(self._released(), cohorts)

    def _breach(self, released: Bitmaps, asked: Bitmaps) -> str | None:
        return breach(released, asked, self.site.min_cell, sound=self.site.limits.sound)

    def _rule_of_round(self, analysis: Analysis, course: _Course) -> str | None:
        """Compute the round at hand, unless it is, and judge it; its new groups wait with those of the analysis."""
        if course.ready is None:
            course.ready = analysis.at_site(self.held.data, course.state)
        rule = judge_answer(course.ready, self.site.min_cell)
        if rule is None and course.ready.cells:
            cohorts = self.held.cohorts(course.ready.cells)
            rule = self._breach(self._released(), cohorts)
            course.cohorts += cohorts.fresh(course.cohorts)
        return rule

    def _count(self, question: Question) -> Reply:
        """How many the site brings, how ready they are, and how many of its population lack a value (not if few)."""
        data, store, least = self.held.data, self.held.store, self.site.min_cell
        request = self._request(None, question.roster, "count")
        stored = store.answer(request)
        if stored is not None:
            return self._let_out(self.recorder.release, SET, 0, stored)
        own = self.held.cohorts([data.everyone()])
        rule = self._rule(Demand((data.everyone(),), data.n), own)
        if rule is not None:
            return self._refused(SET, request, rule)
        without = self.held.cohorts([Cell("without", data.people().others())])
        lacking = data.population.rows - data.n
        known = lacking >= least and not self._breach(self._released() + own, without)
        sums = {"n": np.array(float(data.n)), "missing": np.array(float(lacking) if known else math.nan)}
        sums["minimum"] = np.array(float(least))
        payload = to_bytes(self._head(SET, 0), {**sums, **readiness_sums(data)})
        with store.changing() as changed:
            if changed and self._breach(self._released(), own):
                return self._refused(SET, request, "nested-cohorts", locked=True)
            store.enter(f"{self.study.id}/{SET}", own + without if known else own)
            store.keep_set(self.study.id, own.rows[0])
            return self._let_out(self.recorder.release, SET, 0, payload, (request, count(sums)))

    def _answer(self, analysis: Analysis, question: Question) -> Reply:
        course = self._course(analysis, question)
        self._advance(analysis, course, question)
        request, name, round_ = self._of_round(course, question), analysis.name, question.round
        payload, fresh = self.held.store.answer(request), None
        if payload is not None:
            return self._given(course, name, round_, payload, None)
        if round_ > min(analysis.rounds, self.site.limits.rounds or analysis.rounds) or isinstance(
            course.state, Outcome
        ):
            return self._refused(name, request, "rounds")
        rule = self._rule_of_round(analysis, course)
        if rule is not None or course.ready is None:
            return self._refused(name, request, rule or "rounds")
        fresh = request, count(course.ready.sums)
        payload = to_bytes(self._head(name, round_), course.ready.sums)
        with self.held.store.changing() as changed:
            rule = self._breach(self.held.store.matrix(), course.cohorts) if changed else None
            if rule is None and not self._may_give(fresh[1]):
                rule = "released-numbers"
            if rule is None and not states(self.held.store.paths, course.request, round_, self.site.limits):
                rule = "states"
            if rule is not None:
                return self._refused(name, request, rule, locked=True)
            self.held.store.enter(f"{self.study.id}/{name}", course.cohorts)
            self.held.store.keep_path(course.request, round_)
            return self._given(course, name, round_, payload, fresh)

    def _may_give(self, more: int) -> bool:
        return released_numbers(self.held.store.released.get(self.study.id, 0), more, self.site.limits)

    def _given(self, course: _Course, name: str, round_: int, payload: bytes, fresh: tuple[str, int] | None) -> Reply:
        course.given[round_] = payload
        course.ready = None
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

    def _advance(self, analysis: Analysis, course: _Course, question: Question) -> None:
        """Compute the state of a round, once, from what all sites released in the one before."""
        if course.at < question.round:
            course.state = advance(analysis, course.roster, question.heard, course.state)
            course.at = question.round

    def _of_round(self, course: _Course, question: Question) -> str:
        """The identity of the request for one round."""
        heard = {site: digest_of(question.heard[site]) for site in course.roster.ids} if question.round > 1 else {}
        return digest_of(canonical([course.request, question.round, heard]))

    def _refused(self, analysis: str, request: str, rule: str, *, locked: bool = False) -> Reply:
        if locked:
            self.held.store.refuse(self.study.id, request, rule)
        else:
            with self.held.store.changing():
                self.held.store.refuse(self.study.id, request, rule)
        self.recorder.refuse(self.site.id, analysis, rule)
        return Reply(refusal=Refusal(self.site.id, analysis, rule))

    def _released(self) -> Bitmaps:
        """The cohorts released, and those of analyses that were judged and wait for their release."""
        found = self.held.store.matrix()
        for course in self.courses.values():
            found = found + course.cohorts
        return found

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
