"""The named checks, each a pure function that says whether it holds, with its default and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from biopact.study.exposure import Answer, Demand

__all__ = [
    "CHECKS",
    "Check",
    "effective_size",
    "minimum_cell",
    "released_numbers",
    "residual_freedom",
    "saturation",
]

SHARE_OF_PARAMETERS = 0.33
RESIDUAL_FREEDOM = 10
NUMBERS = 200_000
REFUSALS = 50


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the table of checks (``docs/gate.md``)."""

    name: str
    default: str
    source: str


def minimum_cell(demand: Demand, least: int) -> bool:
    """Every group whose number leaves, alone or in a sum, holds the minimum; a group of nobody does not.

    For a model: the analysis set, each class of the outcome or those with the event, each level of each binary or
    categorical term and of each interaction of such terms. Not the two-way cells inside cross-products. Default: 10
    (ACRO ``safe_threshold``) only where no law, party, pact or study sets one.
    """
    return all(int(cell.people.sum()) >= least for cell in demand.cells)


def saturation(demand: Demand) -> bool:
    """A model has at most 0.33 parameters for each person of the site (DataSHIELD ``nfilter.glm``)."""
    return demand.parameters <= SHARE_OF_PARAMETERS * demand.rows


def residual_freedom(demand: Demand) -> bool:
    """A model leaves at least 10 residual degrees of freedom at the site (ACRO ``safe_dof_threshold``)."""
    return demand.parameters == 0 or demand.rows - demand.parameters >= RESIDUAL_FREEDOM


def effective_size(answer: Answer, least: int) -> bool:
    """Every weighted sum rests on at least the minimum of people: (Σw)²/Σw² (Kish 1965), in every round.

    Else coefficients could be chosen under which one person carries all the weight.
    """
    return all(size >= least for size in answer.effective)


def released_numbers(before: int, more: int) -> bool:
    """A site lets out at most 200,000 numbers for one study: repeated answers add up to the rows themselves."""
    return before + more <= NUMBERS


CHECKS = (
    Check("minimum-cell", "strictest of law, parties, pact and study; 10 where none sets one", "ACRO safe_threshold"),
    Check("saturation", f"parameters <= {SHARE_OF_PARAMETERS} n", "DataSHIELD nfilter.glm"),
    Check("residual-freedom", f"n - parameters >= {RESIDUAL_FREEDOM}", "ACRO safe_dof_threshold"),
    Check("effective-size", "(Σw)²/Σw² >= minimum cell, every round", "Kish 1965; ours"),
    Check("nested-cohorts", "difference of 0, or of the minimum cell", "ours; DataSHIELD dsBase issue 251"),
    Check("isolated-group", "no group of fewer than the minimum cell", "ours"),
    Check("small-combination", "two or three cohorts, covering 0 or the minimum cell", "ours; Denning 1979 (trackers)"),
    Check("rounds", "the cap of the analysis: 25 for an iterated fit, 1 for a table", "ours"),
    Check("released-numbers", f"{NUMBERS} for each site and study", "ours"),
    Check("refusal-budget", f"{REFUSALS} different refused requests for each site and study", "ours"),
)
