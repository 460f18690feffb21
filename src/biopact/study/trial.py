"""A trial on files one holds oneself: the same analyses, nothing released, and what the gate would refuse said beside.

There is no flow, no ledger and no receipt here, and so nothing that could be turned off: the gate's checks are asked
for their opinion. A minimum of nought suppresses and merges nothing; times, quantiles and scores are then exact where
the study gives no grid.
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
from biopact.study.exposure import Answer, Sums, add
from biopact.study.gate import judge, judge_answer
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.gate.cohorts import breach
from biopact.study.readiness import readiness_sums, readiness_table
from biopact.study.results import Failure, Note, Outcome, Refusal, Report, Results, SiteLine, Table
from biopact.study.sources import open_population
from biopact.study.spec import Study

__all__ = ["fit", "opinion", "try_study"]

Hear = Callable[[str, int], None]
Released = dict[str, Bitmaps]


def fit(
    analysis: Analysis,
    sites: Sequence[SiteData],
    hear: Hear = lambda *_: None,
    released: Released | None = None,
) -> tuple[Outcome, list[Refusal]]:
    """The outcome of an analysis over sites, and the rules that its rounds would break."""
    roster = Roster.of({site.site: site.country for site in sites})
    state = begin(analysis, roster, sites)
    refused: dict[str, Refusal] = {}
    for round_ in range(1, analysis.rounds + 1):
        parts: dict[str, Sums] = {}
        for site in sorted(sites, key=lambda site: site.site):
            answer = analysis.at_site(site, state)
            rule = _rule_of(answer, site, released)
            if rule is not None:
                refused.setdefault(site.site, Refusal(site.site, analysis.name, rule, trial=True))
            parts[site.site] = answer.sums
            hear(site.site, round_)
        state = analysis.combine(parts if analysis.per_site else {"": add(list(parts.values()))}, state)
        if isinstance(state, Outcome):
            return state, list(refused.values())
    return Failure("not-converged", analysis.rounds), list(refused.values())


def _rule_of(answer: Answer, site: SiteData, released: Released | None) -> str | None:
    """The rule that one round of a site would break."""
    rule = judge_answer(answer, site.min_cell)
    if rule is not None or not answer.cells or released is None:
        return rule
    before, asked = _before(released, site), Bitmaps.of_people([cell.people for cell in answer.cells])
    found = breach(before, asked, site.min_cell)
    released[site.site] = before + asked.fresh(before)
    return found


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
    started = time.monotonic()
    sites = []
    for name, path in sorted(files.items()):
        sites.append(_opened(study, name, (countries or {}).get(name, "??"), path, min_cell))
        progress(Progress(name, "", 0, time.monotonic() - started))
    roster = Roster.of({site.site: site.country for site in sites})
    minimum = {"minimum": np.array(float(min_cell))}
    ready = {site.site: {**readiness_sums(site), **minimum, "n": np.array(float(site.n))} for site in sites}
    reports, refused = [], []
    released: Released = {}
    for written in study.analyses:
        analysis = written if min_cell else written.refined(sites)
        told = opinion(analysis, roster, sites, released)

        def hear(site: str, round_: int, name: str = analysis.name) -> None:
            progress(Progress(site, name, round_, time.monotonic() - started))

        if not any(site.n for site in sites):
            reports.append(
                Report(analysis.name, analysis.kind, analysis.formula, roster.ids, None, Failure("nobody", 0))
            )
            refused += told if min_cell else []
            continue
        outcome, more = fit(analysis, sites, hear, released)
        told += [refusal for refusal in more if not any(other.site == refusal.site for other in told)]
        lacking = sum(site.population.rows - site.n for site in sites)
        outcome = _marked(outcome, analysis, sites) if min_cell else _noted(outcome, told)
        nobody = ", ".join(site.site for site in sites if not site.n)
        if nobody:
            outcome = replace(outcome, notes=(*outcome.notes, Note("study.note.nobody-at", {"sites": nobody})))
        refused += told if min_cell else []
        reports.append(Report(analysis.name, analysis.kind, analysis.formula, roster.ids, lacking, outcome))
    lines = tuple(SiteLine(site.site, site.n, None) for site in sites)
    table = readiness_table(ready, study.columns)
    return Results(None, study.id, as_of.isoformat(), None, lines, tuple(reports), tuple(refused), table, trial=True)


def _opened(study: Study, name: str, country: str, path: Path, min_cell: int) -> SiteData:
    opened = open_population(study, name, country, {study.population.table: path})
    return SiteData.of(study.columns, opened.population, study.complete, min_cell)


def _before(released: Released, site: SiteData) -> Bitmaps:
    return released.get(site.site, Bitmaps((), site.population.rows))


def opinion(analysis: Analysis, roster: Roster, sites: Sequence[SiteData], released: Released) -> list[Refusal]:
    """What each site's gate would say, given what the study asked before."""
    state = begin(analysis, roster, sites)
    refused = []
    for site in sites:
        demand = analysis.demand(site, state)
        asked = Bitmaps.of_people([cell.people for cell in demand.cells])
        before = _before(released, site)
        rule = judge(demand, site.min_cell) or breach(before, asked, site.min_cell)
        if rule is None:
            released[site.site] = before + asked.fresh(before)
        else:
            few = tuple(
                cell.name for cell in demand.cells if rule == "minimum-cell" and cell.people.size < site.min_cell
            )
            refused.append(Refusal(site.site, analysis.name, rule, trial=True, cells=few))
    return refused


def _noted(outcome: Outcome, told: Sequence[Refusal]) -> Outcome:
    """Without a minimum nothing is refused; what a model takes from few people is said."""
    rules = sorted({refusal.rule for refusal in told})
    if not rules or isinstance(outcome, Failure):
        return outcome
    sites = ", ".join(sorted({refusal.site for refusal in told}))
    return replace(
        outcome, notes=(*outcome.notes, *(Note("study.note.trial-rule", {"rule": r, "sites": sites}) for r in rules))
    )


def _marked(outcome: Outcome, analysis: Analysis, sites: Sequence[SiteData]) -> Outcome:
    """A table with the values that would be hidden, and in each such row the names of these values."""
    if not isinstance(outcome, Table) or "boundaries" in outcome.values:
        return outcome
    whole, _ = fit(analysis, [site.at_least(0) for site in sites])
    if not isinstance(whole, Table) or len(whole.rows) != len(outcome.rows):
        return outcome
    rows = [_shown(shown, full) for shown, full in zip(outcome.rows, whole.rows, strict=True)]
    return replace(outcome, rows=tuple(rows), n=outcome.n if outcome.n is not None else whole.n)


def _shown(shown: Mapping[str, Any], full: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = [name for name, value in shown.items() if _is_hidden(value) and not _is_hidden(full.get(name))]
    return {**shown, **{name: full[name] for name in hidden}, "suppressed": hidden} if hidden else shown


def _is_hidden(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.startswith("<"))
