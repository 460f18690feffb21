"""HiGHS with one program loaded: bounds and costs are changed in place and the solve starts from the last basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from biopact.errors import ExternalError, InputError, MissingExtraError
from biopact.supply.network.arrays import Floats, Ints

__all__ = ["Lp", "Overlay", "Solved", "Solver", "cold", "plain_highs"]

INF = float("inf")
_LARGE = 2000  # rows from which the interior point method is sooner from nothing


@dataclass(frozen=True, eq=False)
class Lp:
    """Minimise ``cost`` @ x with ``row_low <= A x <= row_high`` and ``low <= x <= high``; A by columns (CSC)."""

    cost: Floats
    low: Floats
    high: Floats
    row_low: Floats
    row_high: Floats
    starts: Ints
    index: Ints
    value: Floats

    @property
    def columns(self) -> int:
        """How many variables."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """How many constraints."""
        return len(self.row_low)

    def with_overlay(self, overlay: Overlay) -> Lp:
        """The program with an overlay written into it (a copy; for a cold solve)."""
        low, high = self.low.copy(), self.high.copy()
        low[overlay.columns], high[overlay.columns] = overlay.low, overlay.high
        row_low, row_high = self.row_low.copy(), self.row_high.copy()
        row_low[overlay.rows], row_high[overlay.rows] = overlay.row_low, overlay.row_high
        return Lp(self.cost, low, high, row_low, row_high, self.starts, self.index, self.value)


def _no_ints() -> Ints:
    return np.zeros(0, dtype=np.int64)


def _no_floats() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Overlay:
    """A scenario on a program: other bounds for some columns and rows. Nothing is copied."""

    columns: Ints = field(default_factory=_no_ints)
    low: Floats = field(default_factory=_no_floats)
    high: Floats = field(default_factory=_no_floats)
    rows: Ints = field(default_factory=_no_ints)
    row_low: Floats = field(default_factory=_no_floats)
    row_high: Floats = field(default_factory=_no_floats)

    def allows(self, x: Floats, slack: float) -> bool:
        """Whether a plan stays within the overlay's bounds on columns."""
        at = x[self.columns]
        return bool((at <= self.high + slack).all() and (at >= self.low - slack).all())


@dataclass(frozen=True, eq=False)
class Solved:
    """An optimal solution: value, plan, duals of the rows, reduced costs of the columns."""

    value: float
    x: Floats
    row_dual: Floats
    reduced: Floats


def plain_highs() -> Any:
    """An instance of HiGHS without the wrapper, which prints a banner where data belongs."""
    import highspy

    make: Any = highspy.Highs.__base__
    highs = make()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    return highs


class Solver:
    """One program in one instance of HiGHS. Not shared between threads."""

    def __init__(self, lp: Lp, presolve: bool = False) -> None:
        try:
            import highspy
        except ImportError:
            raise MissingExtraError("highspy", "supply") from None
        self.lp = lp
        self._highspy = highspy
        self._highs: Any = plain_highs()
        for option, value in (
            ("presolve", "on" if presolve else "off"),
            ("solver", "simplex"),
            ("simplex_strategy", 1),
        ):
            self._highs.setOptionValue(option, value)
        self._load()
        self._now = Overlay()
        self._cost_changed = False
        self.solves = 0

    def _load(self) -> None:
        lp, highspy = self.lp, self._highspy
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = lp.columns, lp.rows
        model.col_cost_, model.col_lower_, model.col_upper_ = lp.cost, lp.low, lp.high
        model.row_lower_, model.row_upper_ = lp.row_low, lp.row_high
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = lp.starts, lp.index, lp.value
        self._highs.passModel(model)

    def apply(self, overlay: Overlay) -> None:
        """Put an overlay in the place of the last one."""
        last, lp = self._now, self.lp
        if len(last.columns):
            self._columns(last.columns, lp.low[last.columns], lp.high[last.columns])
        if len(last.rows):
            self._rows(last.rows, lp.row_low[last.rows], lp.row_high[last.rows])
        if len(overlay.columns):
            self._columns(overlay.columns, overlay.low, overlay.high)
        if len(overlay.rows):
            self._rows(overlay.rows, overlay.row_low, overlay.row_high)
        self._now = overlay

    def _columns(self, at: Ints, low: Floats, high: Floats) -> None:
        self._highs.changeColsBounds(len(at), at.astype(np.int32), low, high)

    def _rows(self, at: Ints, low: Floats, high: Floats) -> None:
        for row, least, most in zip(at.tolist(), low.tolist(), high.tolist(), strict=True):
            self._highs.changeRowBounds(row, least, most)

    def costs(self, at: Ints, cost: Floats) -> None:
        """Other costs for some columns, until ``own_costs``."""
        self._highs.changeColsCost(len(at), at.astype(np.int32), cost)
        self._cost_changed = True

    def own_costs(self) -> None:
        """The program's own costs again."""
        if self._cost_changed:
            every = np.arange(self.lp.columns, dtype=np.int32)
            self._highs.changeColsCost(len(every), every, self.lp.cost)
            self._cost_changed = False

    def primal(self, on: bool) -> None:
        """Whether the next solves start from a plan that is feasible (other costs) or optimal but for bounds."""
        self._highs.setOptionValue("simplex_strategy", 4 if on else 1)

    def at_upper(self, column: int) -> None:
        """Let the next solve start with a column at its upper bound."""
        basis = self._highs.getBasis()
        status = list(basis.col_status)
        if status[column] != self._highspy.HighsBasisStatus.kBasic:
            status[column] = self._highspy.HighsBasisStatus.kUpper
            basis.col_status = status
            self._highs.setBasis(basis)

    def basis(self) -> Any:
        """The basis of the last solve."""
        return self._highs.getBasis()

    def restart(self, basis: Any) -> None:
        """Begin the next solve from a basis."""
        self._highs.setBasis(basis)

    def forget(self) -> None:
        """Begin the next solve from nothing."""
        self._highs.clearSolver()

    def solve(self) -> Solved:
        """Solve what is loaded. Raises InputError where it is infeasible or unbounded, ExternalError where HiGHS fails."""
        found = self.try_solve()
        if found is None:
            raise InputError("supply.infeasible", None)
        return found

    def try_solve(self) -> Solved | None:
        """As ``solve``, but None where there is no feasible plan."""
        self._highs.run()
        self.solves += 1
        status = self._status()
        if status in ("other", "infeasible-or-unbounded"):  # a hot start may stumble: from nothing, it must not
            self._highs.clearSolver()
            self._highs.run()
            status = self._status()
        if status == "infeasible":
            return None
        if status == "unbounded":
            raise InputError("supply.unbounded", None)
        if status != "optimal":
            told = self._highs.modelStatusToString(self._highs.getModelStatus())
            raise ExternalError("supply.solver-failed", None, status=told)
        solution = self._highs.getSolution()
        return Solved(
            float(self._highs.getInfo().objective_function_value),
            np.asarray(solution.col_value),
            np.asarray(solution.row_dual),
            np.asarray(solution.col_dual),
        )

    def from_inside(self) -> Solved | None:
        """As ``try_solve``, from nothing by the interior point method and crossover: soonest where no basis is known."""
        self._highs.setOptionValue("solver", "ipm")
        try:
            return self.try_solve()
        finally:
            self._highs.setOptionValue("solver", "simplex")

    def value(self) -> float:
        """Only the optimal value: for many scenarios of which no plan is needed."""
        self._highs.run()
        self.solves += 1
        if self._status() != "optimal":
            return self.solve().value
        return float(self._highs.getInfo().objective_function_value)

    def _status(self) -> str:
        status, of = self._highs.getModelStatus(), self._highspy.HighsModelStatus
        if status == of.kOptimal:
            return "optimal"
        if status == of.kInfeasible:
            return "infeasible"
        if status == of.kUnbounded:
            return "unbounded"
        return "infeasible-or-unbounded" if status == of.kUnboundedOrInfeasible else "other"


def cold(lp: Lp, overlay: Overlay) -> Solved:
    """A scenario solved from nothing in an instance of its own, with presolve; a large one by another method (interior
    point and crossover) than the hot starts that it checks, which is also sooner."""
    solver = Solver(lp.with_overlay(overlay), presolve=True)
    found = solver.from_inside() if lp.rows > _LARGE else solver.try_solve()
    if found is None:
        raise InputError("supply.infeasible", None)
    return found
