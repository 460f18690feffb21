"""Meta-analysis of a model, beside its exact fit.

Answers: what combining the sites' own fits gives, fixed and random, and how that compares with the one fit of all people.

Inputs: ``model``, an analysis of kind ``glm`` or ``cox`` (its formula may not name site or country); ``by: site`` to
publish each site's own estimates (a forest plot).
Output, for each coefficient: the exact fit, the fixed effect, the random effect with its τ², Cochran's Q with its
degrees of freedom and p, I², and how many sites could be fitted alone. With few events at a site the combined estimates
are biased; the exact fit is not.
Method: inverse variance; τ² by DerSimonian and Laird 1986. A site that cannot be fitted alone takes part in the exact
fit only. What leaves are sums of w, wβ, wβ² and w² over the sites.
Tested against statsmodels ``combine_effects`` on the sites' fits, and the published combination for DataSHIELD's
survival data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from biopact.errors import StudyError
from biopact.study.analyses.cox import Cox
from biopact.study.analyses.glm import Glm
from biopact.study.analyses.newton import ROUNDS
from biopact.study.analyses.protocol import Analysis, State
from biopact.study.columns import RESERVED, Column
from biopact.study.data import Floats, Mask, Roster, SiteData
from biopact.study.exposure import Answer, Demand, Sums, add
from biopact.study.fields import Fields
from biopact.study.results import Fit, Note, Outcome, Table

__all__ = ["MetaAnalysis", "MetaState"]

_MODELS: dict[str, Any] = {"glm": Glm, "cox": Cox}
_OWN = "meta."


@dataclass(frozen=True, slots=True, eq=False)
class MetaState:
    """The state of the exact fit (or what came of it), the sums of the first round and those under τ²."""

    inner: State
    round: int = 1
    fixed: Sums | None = None
    random: Sums | None = None
    sites: Mapping[str, Sums] | None = None


@dataclass(frozen=True, slots=True)
class MetaAnalysis(Analysis):
    """One meta-analysis."""

    kind: ClassVar[str] = "meta-analysis"
    rounds: ClassVar[int] = ROUNDS

    name: str
    model: Glm | Cox
    by_site: bool
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, fields: Fields, name: str, columns: Mapping[str, Column], until: float | None) -> MetaAnalysis:
        """Read one entry of ``analyses``. Raises StudyError."""
        fields.known("name", "kind", "model", "by")
        if not isinstance(fields.value.get("model"), dict):
            raise StudyError("study.needed", fields.place("model"), key="model")
        inside = fields.inside("model")
        kind = inside.choice("kind", _MODELS, "glm")
        model = _MODELS[kind].read(inside, name, columns, until)
        if any(column in RESERVED for column in model.model.columns):
            raise StudyError("study.meta-formula", inside.place("formula"))
        by = fields.choice("by", ("site", ""), "")
        return cls(name, model, by == "site", columns)

    @property
    def per_site(self) -> bool:
        """Whether each site's own estimates are published."""
        return self.by_site

    @property
    def formula(self) -> str | None:
        """That of the model."""
        return self.model.formula

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column the model touches."""
        return self.model.reads

    def ask(self, data: SiteData) -> Mask | None:
        """What the model asks."""
        return self.model.ask(data)

    def begin(self, roster: Roster, agreed: Mask | None) -> MetaState:
        """Start the exact fit."""
        return MetaState(self.model.begin(roster, agreed))

    def demand(self, data: SiteData, state: MetaState) -> Demand:
        """That of the model: a site's own fit tells less than its sums do."""
        return self.model.demand(data, state.inner)

    def at_site(self, data: SiteData, state: MetaState) -> Answer:
        """The sums of the exact fit, while it goes on, and those of the site's own fit under what is known of τ²."""
        answer = Answer({}) if isinstance(state.inner, Outcome) else self.model.at_site(data, state.inner)
        if state.round > 2:
            return answer
        beta, variance = self._alone(data)
        between = _between(state.fixed)[0] if state.fixed is not None else np.zeros(beta.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(np.isfinite(variance), 1 / (variance + between), 0.0)
        own = {"w": weight, "wb": weight * beta, "wbb": weight * beta**2, "ww": weight**2, "k": (weight > 0) * 1.0}
        return replace(answer, sums={**answer.sums, **{_OWN + key: value for key, value in own.items()}})

    def combine(self, sums: Mapping[str, Sums], state: MetaState) -> MetaState | Outcome:
        """A step of the exact fit; the table when it and both combinations are there."""
        total = add(list(sums.values()))
        inner = state.inner
        if not isinstance(inner, Outcome):
            rest = {key: value for key, value in total.items() if not key.startswith(_OWN)}
            inner = self.model.combine({"": rest}, inner)
        moved = replace(state, inner=inner, round=state.round + 1)
        if state.round == 1:
            moved = replace(moved, fixed=_own(total), sites={site: _own(part) for site, part in sums.items()})
        elif state.round == 2:
            moved = replace(moved, random=_own(total))
        if not isinstance(inner, Outcome) or moved.random is None:
            return moved
        return self._table(inner, moved) if isinstance(inner, Fit) else inner

    def refined(self, sites: Sequence[SiteData]) -> Analysis:
        """What the model refines."""
        model = self.model.refined(sites)
        assert isinstance(model, (Glm, Cox))
        return replace(self, model=model)

    def _alone(self, data: SiteData) -> tuple[Floats, Floats]:
        """The coefficients and variances of the site's own fit; infinite where it has none."""

        def make() -> tuple[Floats, Floats]:
            roster = Roster(((data.site, data.country),))
            state: Any = self.model.begin(roster, self.model.ask(data))
            for _ in range(self.model.rounds):
                state = self.model.combine({"": self.model.at_site(data, state).sums}, state)
                if isinstance(state, Outcome):
                    break
            if isinstance(state, Fit):
                beta = np.array([estimate.coef for estimate in state.estimates])
                return beta, np.array([estimate.se**2 for estimate in state.estimates])
            size = len(self._names(roster))
            return np.zeros(size), np.full(size, np.inf)

        return data.remember(("alone", self.name, self.model.formula), make, 64)

    def _names(self, roster: Roster) -> tuple[str, ...]:
        return self.model._design(roster).names

    def _table(self, exact: Fit, state: MetaState) -> Table:
        assert state.fixed is not None
        assert state.random is not None
        tau, q, df = _between(state.fixed)
        rows: list[Mapping[str, Any]] = []
        for at, estimate in enumerate(exact.estimates):
            line: dict[str, Any] = {"term": estimate.term, "exact": estimate.coef, "exact_se": estimate.se}
            for name, part in (("fixed", state.fixed), ("random", state.random)):
                weight = float(part["w"][at])
                line[name] = float(part["wb"][at]) / weight if weight > 0 else None
                line[f"{name}_se"] = 1 / math.sqrt(weight) if weight > 0 else None
            rows.append(line | _heterogeneity(float(q[at]), int(df[at]), float(tau[at])) | {"sites": int(df[at]) + 1})
        values: dict[str, Any] = {"fit": {**exact.measures, "rounds": exact.rounds}}
        if self.by_site and state.sites:
            values["by_site"] = [line for site, part in state.sites.items() for line in _of_site(site, part, exact)]
        fitted = int(np.max(state.fixed["k"], initial=0))
        alone = (Note("study.note.not-alone", {"fitted": fitted}),) if state.sites and fitted < len(state.sites) else ()
        return Table(tuple(rows), exact.n, values, (*exact.notes, *(alone if self.by_site else ())))


def _own(sums: Sums) -> dict[str, Floats]:
    return {key.removeprefix(_OWN): value for key, value in sums.items() if key.startswith(_OWN)}


def _between(sums: Sums) -> tuple[Floats, Floats, Floats]:
    """τ² of DerSimonian and Laird, Cochran's Q and its degrees of freedom, for each coefficient."""
    weight = np.where(sums["w"] > 0, sums["w"], 1.0)
    q = np.maximum(sums["wbb"] - sums["wb"] ** 2 / weight, 0.0)
    df = np.maximum(sums["k"] - 1, 0.0)
    scale = sums["w"] - sums["ww"] / weight
    tau = np.where(scale > 0, np.maximum(q - df, 0.0) / np.where(scale > 0, scale, 1.0), 0.0)
    return tau, q, df


def _heterogeneity(q: float, df: int, tau: float) -> dict[str, float | int | None]:
    from scipy.special import gammaincc

    p = float(gammaincc(df / 2, q / 2)) if df else None
    return {"tau2": tau, "q": q, "df": df, "p": p, "i2": max(q - df, 0.0) / q if q > 0 else 0.0}


def _of_site(site: str, part: Sums, exact: Fit) -> list[dict[str, Any]]:
    lines = []
    for at, estimate in enumerate(exact.estimates):
        weight = float(part["w"][at])
        if weight > 0:
            lines.append(
                {
                    "site": site,
                    "term": estimate.term,
                    "coef": float(part["wb"][at]) / weight,
                    "se": 1 / math.sqrt(weight),
                }
            )
    return lines
