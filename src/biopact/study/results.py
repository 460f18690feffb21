"""The outcome of a study as typed values, and as the file ``results.json`` that others read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Estimate", "Failure", "Fit", "Note", "Outcome", "Refusal", "Report", "Results", "SiteLine", "Table"]

SCHEMA = "biopact.results/1"
FailureReason = Literal["singular", "separation", "no-events", "not-converged", "nothing-released", "nobody"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A site said no. The rule is named, never the number that broke it."""

    site: str
    analysis: str | None  # None: the whole study
    rule: str
    trial: bool = False  # the numbers are there all the same: nothing was released
    cells: tuple[str, ...] = ()  # the groups below the minimum: told in a trial only

    @property
    def code(self) -> str:
        """The text that explains the rule."""
        return f"study.rule.{self.rule}"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        found = {"site": self.site, "analysis": self.analysis, "rule": self.rule}
        return {**found, "trial": True, "cells": list(self.cells)} if self.trial else found


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know, as the code of a text and its values."""

    code: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        return {"code": self.code, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One coefficient with its standard error, test and 95 % interval (on the scale of the linear predictor)."""

    term: str
    coef: float
    se: float

    @property
    def z(self) -> float:
        """Coefficient over standard error."""
        return self.coef / self.se

    @property
    def p(self) -> float:
        """Two-sided, from the normal distribution."""
        return math.erfc(abs(self.z) / math.sqrt(2))

    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.coef - Z95 * self.se, self.coef + Z95 * self.se

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        low, high = self.interval()
        return {"term": self.term, "coef": self.coef, "se": self.se, "z": self.z, "p": self.p, "low": low, "high": high}


Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model."""

    estimates: tuple[Estimate, ...]
    n: int
    rounds: int
    measures: Mapping[str, float | int]  # deviance, loglik, df, scale, events: what the model has
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        return {
            "n": self.n,
            "fit": {**self.measures, "converged": True, "rounds": self.rounds},
            "terms": [estimate.to_dict() for estimate in self.estimates],
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of named values; None where a cell is suppressed, text such as ``<10`` for a count below the minimum."""

    rows: tuple[Mapping[str, Any], ...]
    n: int | None
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        found: dict[str, Any] = {"n": self.n, "table": [dict(row) for row in self.rows]}
        return {**found, "values": dict(self.values)} if self.values else found


@dataclass(frozen=True, slots=True)
class Failure:
    """There is no number, for a reason with a name."""

    reason: FailureReason
    rounds: int
    notes: tuple[Note, ...] = ()

    @property
    def code(self) -> str:
        """The text that explains it."""
        return f"study.failure.{self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        return {"n": None, "failed": self.reason, "fit": {"converged": False, "rounds": self.rounds}}


Outcome = Fit | Table | Failure


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site in the results: how many it brought to the analysis set (None where that is suppressed), by which law."""

    id: str
    n: int | None
    law: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """One analysis of the study and what came of it; ``outcome`` is None where it was refused."""

    name: str
    kind: str
    formula: str | None
    sites: tuple[str, ...]
    missing: int | None
    outcome: Outcome | None

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``results.json``."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind, "formula": self.formula}
        found |= self.outcome.to_dict() if self.outcome else {"n": None}
        found |= {"missing": self.missing, "sites": list(self.sites)}
        notes = self.outcome.notes if self.outcome else ()
        return {**found, "notes": [note.to_dict() for note in notes]}


@dataclass(frozen=True, slots=True)
class Results:
    """All that came of a study."""

    pact: str | None
    study: str
    as_of: str
    law: str | None
    sites: tuple[SiteLine, ...]
    analyses: tuple[Report, ...]
    refused: tuple[Refusal, ...]
    readiness: Table | None = None
    trial: bool = False  # of files one holds oneself: nothing was released

    @property
    def failed(self) -> tuple[str, ...]:
        """The analyses that gave no numbers, for a reason with a name."""
        return tuple(report.name for report in self.analyses if isinstance(report.outcome, Failure))

    def to_dict(self) -> dict[str, Any]:
        """The object of the schema ``biopact.results/1``."""
        ready = self.readiness
        shown = (
            {"table": [dict(row) for row in ready.rows], "notes": [it.to_dict() for it in ready.notes]}
            if ready
            else None
        )
        return {
            "schema": SCHEMA,
            "pact": self.pact,
            "study": self.study,
            "as_of": self.as_of,
            "law": self.law,
            "sites": [{"id": site.id, "n": site.n, "law": site.law} for site in self.sites],
            "analyses": [report.to_dict() for report in self.analyses],
            "refused": [refusal.to_dict() for refusal in self.refused],
            **({"readiness": shown} if shown else {}),
            **({"trial": True} if self.trial else {}),
        }

    def to_json(self) -> str:
        """The text of ``results.json``: the same results are the same bytes."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
