"""The tables of a comparative cohort: balance, hazards, the propensity model, the strata."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from biopact.study.analyses.grid import where_in
from biopact.study.analyses.newton import Step
from biopact.study.data import Floats, Mask
from biopact.study.design import Design
from biopact.study.exposure import Sums
from biopact.study.results import Estimate, Fit

__all__ = ["balance", "hazard", "propensity", "strata_rows", "strata_weights"]


def balance(design: Design, sums: Sums, shown: Mask) -> list[dict[str, Any]]:
    """For each covariate the means of both groups and the standardised differences, before and after."""
    rows = []
    for at, (name, (centre, scale)) in enumerate(zip(design.names, design.frames, strict=True)):
        if not shown[at]:
            rows.append(dict.fromkeys(("covariate", *_MEANS, "before", "after")) | {"covariate": name})
            continue
        means, spread = {}, 0.0
        for kind in ("plain", "weighted"):
            for arm in (0, 1):
                key = f"balance.{kind}.{arm}"
                w = float(sums[f"{key}.w"])
                mean = float(sums[f"{key}.x"][at]) / w
                means[kind, arm] = mean
                if kind == "plain":
                    spread += max(float(sums[f"{key}.xx"][at]) / w - mean * mean, 0.0) * w / max(w - 1, 1.0)
        spread = math.sqrt(spread / 2)
        told = {
            said: means[kind, arm] * scale + centre
            for said, (kind, arm) in zip(
                _MEANS, (("plain", 1), ("plain", 0), ("weighted", 1), ("weighted", 0)), strict=True
            )
        }
        apart = {
            said: (means[kind, 1] - means[kind, 0]) / spread if spread > 0 else None
            for said, kind in (("before", "plain"), ("after", "weighted"))
        }
        rows.append({"covariate": name, **told, **apart})
    return rows


_MEANS = ("treated", "comparator", "treated_after", "comparator_after")


def hazard(event: str, found: Step, sums: Sums, *, primary: bool) -> dict[str, Any]:
    """The log hazard ratio of the treatment for one outcome, or why there is none."""
    line: dict[str, Any] = {"event": event, "negative_control": not primary}
    line |= {f"events_{who}": int(sums[f"{event}.events.{arm}"]) for arm, who in ((1, "treated"), (0, "comparator"))}
    if found.kind != "done":
        return {**line, "failed": found.reason}
    return {**line, **Estimate(event, float(found.beta[0]), math.sqrt(float(found.covariance[0, 0]))).to_dict()}


def propensity(fit: Fit) -> dict[str, Any]:
    """The propensity model."""
    return {
        "terms": [estimate.to_dict() for estimate in fit.estimates],
        "fit": dict(fit.measures),
        "rounds": fit.rounds,
    }


def _collected(classes: tuple[float, ...], counts: Floats, strata: tuple[float, ...]) -> Floats:
    """Counts by class added up by stratum, shape (2, strata)."""
    places = np.minimum(where_in(strata, np.asarray(classes)), len(strata) - 1)
    return np.array([np.bincount(places, line, len(strata)) for line in counts])


def strata_rows(classes: tuple[float, ...], counts: Floats, strata: tuple[float, ...]) -> list[dict[str, Any]]:
    """The strata of the score: bounds, and how many of each group."""
    collected = _collected(classes, counts, strata)
    edges = [0.0, *strata]
    return [
        {"from": edges[at], "to": edges[at + 1], "treated": int(collected[1, at]), "comparator": int(collected[0, at])}
        for at in range(len(strata))
    ]


def strata_weights(
    classes: tuple[float, ...],
    counts: Floats,
    strata: tuple[float, ...],
    score: Floats,
    treated: Mask,
    treated_only: bool,
) -> Floats:
    """The weights that make the groups alike over the strata: everybody (or the treated) of a stratum over the group."""
    collected = _collected(classes, counts, strata)
    target = collected[1] if treated_only else collected.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(collected > 0, target / collected, 0.0)
    places = np.minimum(where_in(strata, score), len(strata) - 1)
    return np.asarray(np.where(treated, ratio[1, places], ratio[0, places]))
