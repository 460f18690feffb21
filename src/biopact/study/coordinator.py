"""Running a study: refusals first, then the rounds of each analysis.

The coordinator adds what it is given and asks on. It holds no data, chooses no state and is not trusted.
"""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from biopact.errors import StudyError
from biopact.study.analyses.protocol import Analysis
from biopact.study.data import Roster
from biopact.study.exposure import Sums
from biopact.study.readiness import readiness_table
from biopact.study.recording import SET, Recorder
from biopact.study.release import sums_of, vote_of
from biopact.study.results import Failure, Outcome, Refusal, Report, Results, SiteLine, Table
from biopact.study.site import Node, Permitted, Site, advance
from biopact.study.spec import Study
from biopact.study.transport import InProcess, Question, Reply, Transport

__all__ = ["Progress", "ask_gates", "coordinate", "run_study"]

_Counts = dict[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """A site answered: which analysis, which round (0 while the gates judge), seconds since the start."""

    site: str
    analysis: str
    round: int
    elapsed: float


def run_study(
    study: Study,
    sites: Sequence[Site],
    *,
    recorder: Recorder,
    permitted: Permitted,
    as_of: datetime.date,
    progress: Callable[[Progress], None] = lambda _: None,
    pact: str | None = None,
    law: str | None = None,
) -> Results:
    """Run a study with all its sites in this process.

    Raises DataError where a site's data are not of the declared shape (before anything is released) and StudyError
    where the study cannot be run. A refusal is no error: it stands in ``Results.refused``.
    """
    if not sites or len({site.id for site in sites}) < len(sites):
        raise StudyError("study.no-sites", None, study=study.id)
    nodes = {site.id: Node(study, site, permitted, recorder) for site in sites}
    return coordinate(study, sites, InProcess(nodes), as_of=as_of, progress=progress, pact=pact, law=law)


def coordinate(
    study: Study,
    sites: Sequence[Site],
    transport: Transport,
    *,
    as_of: datetime.date,
    progress: Callable[[Progress], None] = lambda _: None,
    pact: str | None = None,
    law: str | None = None,
) -> Results:
    """Run a study over a transport."""
    run = _Run(study, transport, progress, Roster.of({site.id: site.country for site in sites}))
    run.ask(Question("permit", run.roster))
    reports, counts = run.analyses()
    lines = tuple(
        SiteLine(site.id, counts[site.id][0] if site.id in counts else None, site.law)
        for site in sorted(sites, key=lambda site: site.id)
    )
    ready = readiness_table(run.ready, study.columns) if run.ready else None
    return Results(pact, study.id, as_of.isoformat(), law, lines, tuple(reports), tuple(run.refused), ready)


def ask_gates(
    study: Study,
    sites: Sequence[Site],
    transport: Transport,
    progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[list[Refusal], Table | None]:
    """What the gates say before a release, and how ready the data are: a run that ends where releasing would begin."""
    run = _Run(study, transport, progress, Roster.of({site.id: site.country for site in sites}))
    run.ask(Question("permit", run.roster))
    roster = run._remaining(run.roster, run.refused)
    for analysis in study.analyses:
        run._judged(analysis, roster)
    run._counts(roster)
    return run.refused, readiness_table(run.ready, study.columns) if run.ready else None


@dataclass(slots=True)
class _Run:
    study: Study
    transport: Transport
    progress: Callable[[Progress], None]
    roster: Roster
    refused: list[Refusal] = field(default_factory=list)
    ready: dict[str, Sums] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def ask(self, question: Question) -> dict[str, Reply]:
        """Ask all sites; note refusals and progress."""
        replies = {}
        for site, reply in self.transport.ask(question):
            replies[site] = reply
            if reply.refusal is not None:
                self.refused.append(reply.refusal)
            elapsed = time.monotonic() - self.started
            self.progress(Progress(site, question.analysis, question.round, elapsed))
        return replies

    def analyses(self) -> tuple[list[Report], _Counts]:
        """Judge everything before anything is released, then release."""
        remaining = self._remaining(self.roster, self.refused)
        judged = [(analysis, *self._judged(analysis, remaining)) for analysis in self.study.analyses]
        counts = self._counts(Roster(tuple(sorted({pair for _, roster, _ in judged for pair in roster.sites}))))
        reports = []
        for analysis, roster, votes in judged:
            outcome = self._rounds(analysis, roster, votes) if roster.sites else None
            lacking = [counts[site][1] if site in counts else None for site in roster.ids]
            missing = sum(count or 0 for count in lacking) if outcome and None not in lacking else None
            sites = roster.ids if outcome else ()
            reports.append(Report(analysis.name, analysis.kind, analysis.formula, sites, missing, outcome))
        return reports, counts

    def _counts(self, roster: Roster) -> _Counts:
        """How many each site brings, and how many lack a value (None where a site does not tell)."""
        found: _Counts = {}
        for site, reply in self.ask(Question("count", roster, SET)).items():
            if reply.payload is None:
                continue
            sums = self.ready[site] = sums_of(reply.payload)
            lacking = float(sums["missing"])
            found[site] = int(sums["n"]), None if math.isnan(lacking) else int(lacking)
        return found

    def _remaining(self, roster: Roster, refusals: Sequence[Refusal]) -> Roster:
        """Who goes on after refusals: nobody, or with ``leave-out`` the others."""
        if not refusals:
            return roster
        left_out = {refusal.site for refusal in refusals}
        return roster.without(left_out) if self.study.on_refusal == "leave-out" else Roster(())

    def _judged(self, analysis: Analysis, roster: Roster) -> tuple[Roster, Mapping[str, bytes]]:
        """Ask the gates of a roster until all of it agrees; a smaller roster is a new question."""
        while roster.sites:
            question = Question("agree", roster, analysis.name)
            told = self.ask(question)
            votes = {site: reply.payload for site, reply in told.items() if reply.payload is not None}
            if all(reply.refusal is None for reply in told.values()):
                told = self.ask(Question("judge", roster, analysis.name, 0, votes))
            refusals = [reply.refusal for reply in told.values() if reply.refusal is not None]
            if not refusals:
                return roster, votes
            self.ask(Question("drop", roster, analysis.name))
            roster = self._remaining(roster, refusals)
        return roster, {}

    def _rounds(self, analysis: Analysis, roster: Roster, votes: Mapping[str, bytes]) -> Outcome | None:
        agreed = None
        for payload in votes.values():
            vote = vote_of(payload)
            agreed = vote if agreed is None else agreed & vote
        state = analysis.begin(roster, agreed)
        heard: dict[str, bytes] = {}
        for round_ in range(1, analysis.rounds + 1):
            if round_ > 1 and analysis.staged(state) and self._stage_refused(analysis, roster, round_, heard):
                return None
            replies = self.ask(Question("answer", roster, analysis.name, round_, heard))
            if any(reply.refusal is not None for reply in replies.values()):
                return None
            heard = {site: reply.payload for site, reply in replies.items() if reply.payload is not None}
            state = advance(analysis, roster, heard, state)
            if isinstance(state, Outcome):
                return state
        return Failure("not-converged", analysis.rounds)

    def _stage_refused(self, analysis: Analysis, roster: Roster, round_: int, heard: Mapping[str, bytes]) -> bool:
        """Ask all gates about a round whose groups were not known before; nothing of it leaves where one refuses."""
        judged = self.ask(Question("judge", roster, analysis.name, round_, heard))
        if all(reply.refusal is None for reply in judged.values()):
            return False
        self.ask(Question("drop", roster, analysis.name))
        return True
