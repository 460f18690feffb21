"""The named checks, each a pure function that says whether it holds, with its default and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biopact.study.exposure import Answer, Cell, Demand, Magnitude
from biopact.study.gate.limits import NUMBERS, PATHS, REFUSALS, REFUSALS_IN_ALL, Limits

__all__ = [
    "CHECKS",
    "Check",
    "dominance",
    "effective_size",
    "minimum_cell",
    "refusal_budget",
    "released_numbers",
    "residual_freedom",
    "saturation",
    "score_bins",
    "states",
]

SHARE_OF_PARAMETERS = 0.33
RESIDUAL_FREEDOM = 10
SHARE_OF_TWO = 0.9
SHARE_OF_REST = 0.1
SCORE_BINS = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the table of checks (``docs/gate.md``)."""

    name: str
    default: str
    source: str


def minimum_cell(cells: Sequence[Cell], least: int) -> bool:
    """Every group whose number leaves, alone or in a sum, holds the minimum; a group of nobody does not.

    For a model: the analysis set, each class of the outcome or those with the event, each level of each binary or
    categorical term and of each interaction of such terms. Not the two-way cells inside cross-products. Default: 10
    (ACRO ``safe_threshold``) only where no law, party, pact or study sets one.
    """
    return all(cell.people.size >= least for cell in cells)


def saturation(demand: Demand) -> bool:
    """A model has at most 0.33 parameters for each person of the site (DataSHIELD ``nfilter.glm``)."""
    return demand.parameters <= SHARE_OF_PARAMETERS * demand.rows


def residual_freedom(demand: Demand) -> bool:
    """A model leaves at least 10 residual degrees of freedom at the site (ACRO ``safe_dof_threshold``)."""
    return demand.parameters == 0 or demand.rows - demand.parameters >= RESIDUAL_FREEDOM


def dominance(magnitudes: Sequence[Magnitude]) -> bool:
    """No sum rests on one or two people: the two largest sizes are at most 0.9 of all sizes (ACRO NK, n 2, k 0.9), and
    all others than the two together at least 0.1 of the largest (ACRO p-ratio, p 0.1).

    Else the sum is that person's value, or the second largest can subtract their own.
    """
    return all(
        it.first + it.second <= SHARE_OF_TWO * it.total and it.total - it.first - it.second >= SHARE_OF_REST * it.first
        for it in magnitudes
        if it.total > 0
    )


def score_bins(demand: Demand) -> bool:
    """A score is cut into at least 5 classes, each with the minimum of cases and of controls at every site.

    With fewer, what is said of it says little and bounds little.
    """
    return demand.bins is None or demand.bins >= SCORE_BINS


def effective_size(answer: Answer, least: int) -> bool:
    """Every weighted sum rests on at least the minimum of people: (Σw)²/Σw² (Kish 1965), in every round.

    Else coefficients could be chosen under which one person carries all the weight.
    """
    return all(size >= least for size in answer.effective)


def released_numbers(before: int, more: int, limits: Limits) -> bool:
    """A site lets out a bounded amount of numbers for one study: repeated answers add up to the rows themselves."""
    return before + more <= limits.numbers


def states(paths: Mapping[str, Sequence[int]], request: str, round_: int, limits: Limits) -> bool:
    """A round of an analysis is answered for at most 3 different states, whoever says the others released what.

    The states follow from what all sites released; who forges another site's sums could otherwise ask for the gradient
    at one chosen point after another, and enough of them are the rows. More than one is honest where the data of another
    site were refreshed.
    """
    answered = paths.get(request, ())
    return round_ > len(answered) or answered[round_ - 1] < limits.paths


def refusal_budget(refusals: Mapping[str, Mapping[str, str]], study: str, limits: Limits) -> bool:
    """Few different requests of a study, and of all studies, were refused: each refusal tells that a rule was broken."""
    in_all = sum(len(requests) for requests in refusals.values())
    return len(refusals.get(study, {})) < limits.refusals and in_all < limits.refusals_in_all


# Those without a function of their own hold by construction: no analysis has an answer in which they could be broken.
CHECKS = (
    Check("minimum-cell", "strictest of law, parties, pact and study; 10 where none sets one", "ACRO safe_threshold"),
    Check("secondary-suppression", "two or more hidden, bounded no closer than the minimum", "Hundepool et al. 2012"),
    Check("dominance", "two largest <= 0.9 of all; the others >= 0.1 of the largest", "ACRO NK and p-ratio"),
    Check("saturation", f"parameters <= {SHARE_OF_PARAMETERS} n", "DataSHIELD nfilter.glm"),
    Check("residual-freedom", f"n - parameters >= {RESIDUAL_FREEDOM}", "ACRO safe_dof_threshold"),
    Check("effective-size", "(Σw)²/Σw² >= minimum cell, every round", "Kish 1965; ours"),
    Check("score-bins", f"at least {SCORE_BINS}, each with the minimum of cases and controls", "ours"),
    Check("no-extremes", "no analysis answers with a smallest or largest value", "DataSHIELD; Hundepool et al. 2012"),
    Check("quantile-intervals", "the interval of an agreed grid, the minimum on both sides", "DataSHIELD; ours"),
    Check(
        "time-intervals", "merged until each holds the minimum of events at every site", "ACRO survival_safe_threshold"
    ),
    Check("no-row-vectors", "columns are the site's own, or conditions over them", "Huth et al. 2023"),
    Check("rounding", "off; counts in tables to the base that the pact sets (ehrQL: 5)", "ehrQL; ACRO safe_round_base"),
    Check("nested-cohorts", "difference of 0, or of the minimum cell", "ours; DataSHIELD dsBase issue 251"),
    Check("isolated-group", "no group of fewer than the minimum cell", "ours"),
    Check("small-combination", "two or three cohorts, covering 0 or the minimum cell", "ours; Denning 1979 (trackers)"),
    Check("any-combination", "off; on where the pact says ledger: sound", "ours"),
    Check("analysis-set", "the adopted set has a value in every column", "ours"),
    Check("rounds", "the cap of the analysis: 25 for an iterated fit, 1 for a table", "ours"),
    Check("states", f"a round is answered for at most {PATHS} different states", "ours"),
    Check("released-numbers", f"{NUMBERS} for each site and study", "ours"),
    Check("refusal-budget", f"{REFUSALS} refused requests of one study, {REFUSALS_IN_ALL} of all", "ours"),
)
