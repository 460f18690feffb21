"""A dry run of a pact's study: what each site would be asked, which rules bind, and what its gate would refuse.

Nothing is released, signed, counted or kept: the gates are those of a run, asked on a copy of each site's private store
that goes when the answer is there. So a dry run tells what a site's own people may know, and only on a machine that
holds the site's data; where they are not here, that gate is not asked. A later round can still be refused (weights
that rest on too few, groups by a score that is fitted meanwhile).
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.decide import Determination, FlowDetermination
from biopact.decide.answer import flow_as_json
from biopact.errors import InputError
from biopact.pact import Pact
from biopact.pact.sites import SITES, read_site
from biopact.pact.sites import Site as Bound
from biopact.rules.ruleset import RuleSet
from biopact.study.analyses.protocol import Analysis
from biopact.study.books import store_folder
from biopact.study.columns import Column
from biopact.study.coordinator import Progress, ask_gates
from biopact.study.recording import Silent
from biopact.study.results import Refusal, Table
from biopact.study.running import Minimum, limits_of, started
from biopact.study.site import Node, Site
from biopact.study.spec import Study
from biopact.study.transport import InProcess

__all__ = ["Plan", "plan"]

SCHEMA = "biopact.study-plan/1"


@dataclass(frozen=True)
class Plan:
    """What a run would ask and meet. ``absent``: the sites whose data are not here, so that their gates were not asked."""

    pact: Pact
    study: Study
    determination: Determination
    flows: Mapping[str, str]  # site -> the flow under which it would release
    minimums: Mapping[str, Minimum]
    absent: tuple[str, ...]
    refused: tuple[Refusal, ...]
    readiness: Table | None

    @property
    def exit_code(self) -> int:
        """0 where nothing stands in the way, 1 where a flow is not ready or a gate would refuse, 4 where the law is open."""
        releases = [self.determination[flow] for flow in self.flows.values()]
        if self.refused or any(told.readiness != "ready" and told.verdict != "undetermined" for told in releases):
            return 1
        return 4 if any(told.readiness != "ready" for told in releases) else 0

    def to_dict(self) -> dict[str, Any]:
        """The object of the schema ``biopact.study-plan/1``."""
        ready = self.readiness
        return {
            "schema": SCHEMA,
            "pact": self.pact.id,
            "study": self.study.id,
            "as_of": self.determination.as_of.isoformat(),
            "law": self.determination.law,
            "on_refusal": self.study.on_refusal,
            "population": self.study.population.where.text if self.study.population.where else None,
            "complete": list(self.study.complete),
            "columns": [_column(column) for column in self.study.columns.values()],
            "analyses": [_analysis(analysis) for analysis in self.study.analyses],
            "sites": [self._site(site) for site in sorted(self.flows)],
            "would_refuse": [refusal.to_dict() for refusal in self.refused],
            "readiness": {"table": list(map(dict, ready.rows)), "notes": [it.to_dict() for it in ready.notes]}
            if ready
            else None,
        }

    def _site(self, site: str) -> dict[str, Any]:
        told, least = self.determination[self.flows[site]], self.minimums[site]
        return {
            "id": site,
            "table": self.study.population.table,
            "flow": told.id,
            "verdict": told.verdict,
            "readiness": told.readiness,
            "minimum": {"number": least.number, "source": least.source},
            "rules": _binding(told),
            "data_here": site not in self.absent,
        }


def plan(
    pact: Pact | Path | str,
    study: str | None = None,
    *,
    law: RuleSet | None = None,
    as_of: datetime.date | None = None,
    state: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Plan:
    """What a run of a study would ask and meet, with nothing released or kept. Raises as ``run`` does."""
    start = started(pact, study, law, as_of)
    start.need_table()
    written, asked, flows, minimums = start.pact, start.study, start.flows, start.minimums
    bound = {site: _bound(written, site, state) for site in flows}
    absent = tuple(site for site, held in sorted(bound.items()) if held is None)
    refused: list[Refusal] = []
    ready = None
    with tempfile.TemporaryDirectory(prefix="biopact-") as folder:
        sites = [
            Site(
                site,
                written.parties[site].country or "",
                held.tables,
                minimums[site].number,
                _copied(store_folder(site, state), Path(folder) / site),
                start.law.digest,
                held.person,
                limits_of(written),
            )
            for site, held in bound.items()
            if held is not None
        ]
        if sites:
            nodes = {site.id: Node(asked, site, lambda _: None, Silent()) for site in sites}
            refused, ready = ask_gates(asked, sites, InProcess(nodes), progress)
    return Plan(written, asked, start.determination, flows, minimums, absent, tuple(refused), ready)


def _bound(pact: Pact, site: str, state: Path | None) -> Bound | None:
    """The tables of a site, or None where its own file or its data are not on this machine."""
    if pact.folder is not None and not (pact.folder / SITES / f"{site}.yaml").exists():
        return None
    try:
        return read_site(pact, site, state)
    except InputError as error:
        if error.code in ("pact.data-missing", "pact.no-database"):
            return None
        raise


def _copied(store: Path, to: Path) -> Path:
    if store.is_dir():
        shutil.copytree(store, to)
    return to


def _binding(told: FlowDetermination) -> list[dict[str, Any]]:
    """The rules of both countries that apply or may apply to the flow under which a site releases."""
    seen: dict[str, dict[str, Any]] = {}
    for country, law in flow_as_json(told)["jurisdictions"].items():
        for rule in law["rules"]:
            if rule["state"] in ("applies", "may-apply") and rule["effect"] not in ("note", "except"):
                kept = {key: rule[key] for key in ("id", "cite", "title", "effect", "state")}
                seen.setdefault(rule["id"], {**kept, "country": country})
    return list(seen.values())


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.kind,
        "unit": column.unit,
        "bounds": list(column.bounds) if column.bounds else None,
        "levels": list(column.level_names()) if column.kind != "number" else None,
        "missing": list(column.missing),
        "derive": column.derive.text if column.derive else None,
    }


def _analysis(analysis: Analysis) -> dict[str, Any]:
    return {
        "name": analysis.name,
        "kind": analysis.kind,
        "formula": analysis.formula,
        "columns": list(analysis.reads),
        "rounds": analysis.rounds,
        "per_site": analysis.per_site,
    }
