"""Running a pact's study: the law first, then every site's own judgement, its gate, its ledger, and a receipt.

Nothing runs unless every flow under which a site releases is ready. Each site judges its own release flow again, by its
own copy of the law, on the day it releases; nobody decides for it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.decide import Determination, FlowDetermination, check, read
from biopact.decide.determine import check_flow
from biopact.decide.facts import Desk
from biopact.errors import PactError, Place, StudyError
from biopact.law import the_law
from biopact.pact import Pact
from biopact.pact.inside import study_file
from biopact.pact.sites import read_site
from biopact.rules.ruleset import RuleSet
from biopact.study.books import Books, file_digest
from biopact.study.coordinator import Progress, run_study
from biopact.study.gate import Limits
from biopact.study.results import Refusal, Results
from biopact.study.site import Site
from biopact.study.spec import Study, read_study

__all__ = ["DEFAULT_MIN_CELL", "Run", "Start", "limits_of", "minimum", "release_flows", "run", "started"]

DEFAULT_MIN_CELL = 10  # a policy default (ACRO's safe_threshold), where neither law nor parties nor study set a number


@dataclass(frozen=True)
class Run:
    """What came of a run: the determination, and, where the law let it run, the results and each site's books."""

    pact: Pact
    study: Study
    determination: Determination
    minimums: Mapping[str, Minimum]
    file: Path
    results: Results | None
    books: Books | None

    @property
    def exit_code(self) -> int:
        """0 clean, 1 where a flow is not ready or a site refused, 4 where the law cannot tell."""
        if self.results is not None and (self.results.refused or self.results.failed):
            return 1
        return self.determination.exit_code

    def receipt(self) -> dict[str, Any]:
        """The signed receipt of a run that was run; it also enters the publication in the coordinator's ledger."""
        assert self.books is not None
        assert self.results is not None
        return self.books.receipt(self.determination, self.results.to_dict(), self.study.title, file_digest(self.file))


@dataclass(frozen=True, slots=True)
class Minimum:
    """The minimum cell at a site and who set it: ``law``, ``pact``, ``study`` or ``default``."""

    number: int
    source: str


@dataclass(frozen=True)
class Start:
    """What a run and a plan begin with: a pact and one of its studies, judged by a law on a day."""

    pact: Pact
    study: Study
    file: Path
    law: RuleSet
    day: datetime.date
    flows: Mapping[str, str]  # site -> the flow under which it releases
    determination: Determination
    minimums: Mapping[str, Minimum]

    def need_table(self) -> None:
        """Raise StudyError where the study does not say which table it reads."""
        if not self.study.population.table:
            raise StudyError("study.needed", Place(self.file, None, "population"), key="table")


def started(pact: Pact | Path | str, study: str | None, law: RuleSet | None, as_of: datetime.date | None) -> Start:
    """The start of a run or a plan. Raises PactError or StudyError where something is not well written."""
    rules = law or the_law()
    written = pact if isinstance(pact, Pact) else read(pact, rules)
    day = as_of or written.as_of or datetime.date.today()
    file = study_file(written, study)
    asked = read_study(file)
    flows = release_flows(written, asked)
    told = check(written, rules, day)
    minimums = {site: minimum(written, asked, told[flow]) for site, flow in flows.items()}
    return Start(written, asked, file, rules, day, flows, told, minimums)


def run(
    pact: Pact | Path | str,
    study: str | None = None,
    *,
    law: RuleSet | None = None,
    as_of: datetime.date | None = None,
    state: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Run:
    """Decide the flows of a study and, where all are ready, run it with every site in this process.

    ``state`` is where keys, ledgers and each site's private store are kept (default: the user's data folder). Raises
    PactError, StudyError or DataError where something is not well written; a refusal is no error.
    """
    start = started(pact, study, law, as_of)
    written, asked, rules, day, flows = start.pact, start.study, start.law, start.day, start.flows
    told, minimums, file = start.determination, start.minimums, start.file
    if any(told[flow].readiness != "ready" for flow in flows.values()):
        return Run(written, asked, told, minimums, file, None, None)
    start.need_table()
    held = {site: read_site(written, site, state) for site in flows}
    books = Books.open(written, asked.id, tuple(flows), state)
    sites = [
        Site(
            site,
            written.parties[site].country or "",
            held[site].tables,
            minimums[site].number,
            books.store(site),
            rules.digest,
            held[site].person,
            limits_of(written),
        )
        for site in flows
    ]
    for site, flow in flows.items():
        books.determined(site, told[flow], rules.digest)
    results = run_study(
        asked,
        sites,
        recorder=books.recorder,
        permitted=lambda site: permitted(Desk(written, rules, day), site.id, flows[site.id], day),
        as_of=day,
        progress=progress,
        pact=written.id,
        law=rules.digest,
    )
    return Run(written, asked, told, minimums, file, results, books)


def permitted(desk: Desk, site: str, flow: str, day: datetime.date) -> Refusal | None:
    """A site's own judgement of the flow under which it releases: as planned, and on the day on which it releases."""
    planned = desk.pact.flows[flow]
    released = planned.model_copy(update={"date": day, "starts": None, "ends": None})
    for each in (planned, released):
        told = check_flow(desk, each, day)
        if told.readiness != "ready":
            return Refusal(site, None, f"flow-{told.readiness}")
    return None


def minimum(pact: Pact, study: Study, flow: FlowDetermination) -> Minimum:
    """The strictest minimum cell that law which applies, the pact and the study set; the default only where none does."""
    asked = {"law": flow.limits.get("min_cell"), "pact": pact.limits.min_cell, "study": study.min_cell}
    set_ = {source: number for source, number in asked.items() if number is not None}
    if not set_:
        return Minimum(DEFAULT_MIN_CELL, "default")
    source = max(set_, key=lambda name: set_[name])
    return Minimum(set_[source], source)


def limits_of(pact: Pact) -> Limits:
    """What a site lets out at most: what the parties agreed on, else our defaults."""
    agreed, ours = pact.limits, Limits()
    refusals = agreed.refusals if agreed.refusals is not None else ours.refusals
    return Limits(
        agreed.rounds,
        agreed.numbers if agreed.numbers is not None else ours.numbers,
        refusals,
        max(refusals, ours.refusals_in_all),
        agreed.ledger == "sound",
        agreed.rounding or ours.rounding,
    )


def release_flows(pact: Pact, study: Study) -> dict[str, str]:
    """The flow under which each site releases. Raises PactError where the study names what the pact does not have."""
    flows: dict[str, str] = {}
    place = pact.place("flows")
    for name in study.release:
        if name not in pact.flows:
            raise PactError("study.no-such-flow", place, study=study.id, flow=name, known=", ".join(pact.flows))
        sender = pact.flows[name].sender
        if sender in flows:
            raise PactError("study.two-flows", pact.place("flows", name), site=sender)
        if pact.parties[sender].country is None:
            raise PactError("study.site-without-country", pact.place("parties", sender), site=sender)
        flows[sender] = name
    if not flows:
        raise PactError("study.no-release", pact.place(), study=study.id)
    return flows
