"""What it costs to wait N years before adopting a policy, and the hazard at which waiting and acting cost the same.

With λ the yearly hazard of the outage, L what it loses without the policy, o the policy's running cost a year, K its
cost at the start, r the discount rate and a_N = (1 - e^(-rN)) / r the present value of a dollar a year for N years:

    net cost of waiting = (λ L - o) a_N - K (1 - e^(-rN)),    break-even λ* = (r K + o) / L.

Above λ* waiting costs. The network stays exposed for N years and the time of qualification. Waiting is worth it only to
learn about λ: the option value compares investing later, if λ turns out high, with investing now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from biopact.errors import UsageError

__all__ = ["Delay", "annuity", "break_even", "cost_of_delay", "net_cost", "option_value"]


@dataclass(frozen=True, slots=True)
class Delay:
    """The cost of waiting ``years``: USD now. ``break_even`` is the yearly hazard λ*; None where nothing is lost."""

    years: float
    hazard: float
    loss: float
    start_cost: float
    cost_year: float
    rate: float
    qualification_years: float
    net_cost: float
    break_even: float | None

    @property
    def exposure(self) -> float:
        """Years until the policy protects: the wait and the qualification."""
        return self.years + self.qualification_years


def annuity(years: float, rate: float) -> float:
    """The present value of 1 a year for some years, paid continuously."""
    return years if rate == 0 else -math.expm1(-rate * years) / rate


def break_even(loss: float, start_cost: float, cost_year: float, rate: float) -> float | None:
    """The yearly hazard at which waiting costs nothing; None where nothing is lost."""
    return (rate * start_cost + cost_year) / loss if loss > 0 else None


def net_cost(years: float, hazard: float, loss: float, start_cost: float, cost_year: float, rate: float) -> float:
    """The net cost of waiting, USD now: what is lost in the meantime less what is saved."""
    return (hazard * loss - cost_year) * annuity(years, rate) + start_cost * math.expm1(-rate * years)


def cost_of_delay(
    years: float,
    hazard: float,
    loss: float,
    start_cost: float = 0.0,
    cost_year: float = 0.0,
    rate: float = 0.03,
    qualification_years: float = 0.0,
) -> Delay:
    """The cost of waiting. Raises UsageError for a negative number."""
    given = {
        "years": years,
        "hazard": hazard,
        "loss": loss,
        "start_cost": start_cost,
        "cost_year": cost_year,
        "rate": rate,
    }
    for name, value in given.items():
        if not value >= 0 or math.isinf(value):
            raise UsageError("supply.negative", None, name=name, found=f"{value:g}")
    net = net_cost(years, hazard, loss, start_cost, cost_year, rate)
    level = break_even(loss, start_cost, cost_year, rate)
    return Delay(years, hazard, loss, start_cost, cost_year, rate, qualification_years, net, level)


def option_value(
    years: float, low: float, high: float, chance: float, loss: float, start_cost: float, cost_year: float, rate: float
) -> float:
    """What waiting to learn is worth, USD now: E[max(0, investing in N years)] less investing now.

    λ is ``high`` with probability ``chance``, else ``low``; which of them is known after ``years``. Investing protects
    for good: its worth is (λ L - o) / r - K. Above 0, waiting is better.
    """
    if rate <= 0:
        raise UsageError("supply.negative", None, name="rate", found=f"{rate:g}")

    def worth(hazard: float) -> float:
        return (hazard * loss - cost_year) / rate - start_cost

    later = math.exp(-rate * years) * (chance * max(0.0, worth(high)) + (1 - chance) * max(0.0, worth(low)))
    now = chance * worth(high) + (1 - chance) * worth(low)
    return later - now
