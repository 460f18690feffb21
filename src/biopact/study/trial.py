"""A trial on files one holds oneself: the same analyses, nothing released, and what the gate would refuse said beside.

There is no flow, no ledger and no receipt here, and so nothing that could be turned off: the gate's checks are asked
for their opinion. A minimum of nought suppresses and merges nothing.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.protocol import Analysis, State
from biopact.study.coordinator import Progress
from biopact.study.data import Roster, SiteData
from biopact.study.exposure import Sums, add
from biopact.study.gate import judge, judge_answer
from biopact.study.gate.cohorts import Bits, breach
from biopact.study.results import Failure, Outcome, Refusal, Report, Results, SiteLine, Table
from biopact.study.sources import open_population
from biopact.study.spec import Study

__all__ = ["fit", "try_study"]

Hear = Callable[[str, int], None]


def fit(analysis: Analysis, sites: Sequence[SiteData], hear: Hear = lambda *_: None) -> tuple[Outcome, list[Refusal]]:
    """The outcome of an analysis over sites, and the rules that its rounds would break."""
    roster = Roster.of({site.rows.site: site.rows.country for site in sites})
    state = begin(analysis, roster, sites)
    refused: dict[str, Refusal] = {}
    for round_ in range(1, analysis.rounds + 1):
        parts: dict[str, Sums] = {}
        for site in sorted(sites, key=lambda site: site.rows.site):
            name = site.rows.site
            answer = analysis.at_site(site, state)
            rule = judge_answer(answer, site.min_cell)
            if rule is not None:
                refused.setdefault(name, Refusal(name, analysis.name, rule, trial=True))
            parts[name] = answer.sums
            hear(name, round_)
        state = analysis.combine(parts if analysis.per_site else {"": add(list(parts.values()))}, state)
        if isinstance(state, Outcome):
            return state, list(refused.values())
    return Failure("not-converged", analysis.rounds), list(refused.values())


def begin(analysis: Analysis, roster: Roster, sites: Sequence[SiteData]) -> State:
    """The first state, after the sites have agreed on what is to be agreed on."""
    votes = [vote for vote in (analysis.ask(site) for site in sites) if vote is not None]
    return analysis.begin(roster, np.logical_and.reduce(votes) if votes else None)


def try_study(
    study: Study,
    files: Mapping[str, Path],
    *,
    min_cell: int = 10,
    countries: Mapping[str, str] | None = None,
    as_of: datetime.date,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Results:
    """Run a study on one file a site. Raises StudyError and DataError; a refusal stands in ``refused`` as a trial's.

    ``countries`` gives each site's country (``??`` where it is not known).
    """
    if not files or min_cell < 0:
        raise StudyError("study.no-sites", None, study=study.id)
    sites = [_opened(study, name, (countries or {}).get(name, "??"), path, min_cell) for name, path in files.items()]
    roster = Roster.of({site.rows.site: site.rows.country for site in sites})
    started = time.monotonic()
    reports, refused = [], []
    released: dict[str, Bits] = {}
    for analysis in study.analyses:
        refused += _opinion(analysis, roster, sites, released)

        def hear(site: str, round_: int, name: str = analysis.name) -> None:
            progress(Progress(site, name, round_, time.monotonic() - started))

        outcome, more = fit(analysis, sites, hear)
        refused += [refusal for refusal in more if not any(other.site == refusal.site for other in refused)]
        lacking = sum(site.population.rows - site.rows.rows for site in sites)
        outcome = _marked(outcome, analysis, sites)
        reports.append(Report(analysis.name, analysis.kind, analysis.formula, roster.ids, lacking, outcome))
    lines = tuple(
        SiteLine(site.rows.site, site.rows.rows, None) for site in sorted(sites, key=lambda site: site.rows.site)
    )
    return Results(None, study.id, as_of.isoformat(), None, lines, tuple(reports), tuple(refused))


def _opened(study: Study, name: str, country: str, path: Path, min_cell: int) -> SiteData:
    population = open_population(study, name, country, {study.population.table: path})
    return SiteData.of(study.columns, population.frame, study.complete, min_cell)


def _opinion(analysis: Analysis, roster: Roster, sites: Sequence[SiteData], released: dict[str, Bits]) -> list[Refusal]:
    """What each site's gate would say, given what the study asked before."""
    state = begin(analysis, roster, sites)
    refused = []
    for site in sites:
        name = site.rows.site
        demand = analysis.demand(site, state)
        cohorts = np.array([cell.people for cell in demand.cells], dtype=np.bool_)
        before = released.get(name, np.zeros((0, site.population.rows), dtype=np.bool_))
        rule = judge(demand, site.min_cell) or breach(before, cohorts, site.min_cell)
        if rule is None:
            released[name] = np.vstack([before, cohorts])
        else:
            refused.append(Refusal(name, analysis.name, rule, trial=True))
    return refused


def _marked(outcome: Outcome, analysis: Analysis, sites: Sequence[SiteData]) -> Outcome:
    """A table with the values that would be suppressed, each such row marked."""
    if not isinstance(outcome, Table) or "boundaries" in outcome.values:
        return outcome
    whole, _ = fit(analysis, [replace(site, min_cell=0) for site in sites])
    if not isinstance(whole, Table):
        return outcome
    rows: list[Mapping[str, Any]] = [
        dict(shown) if dict(shown) == dict(full) else {**full, "suppressed": True}
        for shown, full in zip(outcome.rows, whole.rows, strict=True)
    ]
    return replace(whole, rows=tuple(rows), notes=outcome.notes)
