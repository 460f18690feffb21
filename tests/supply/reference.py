"""The weekly program written a second time, from the tables and in plain words, for SciPy: the outside reference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from biopact.supply.network.rows import Network


def least_loss(
    network: Network, weeks: int, steady: Mapping[str, float], down: Mapping[str, int], met: int = 0, root: bool = True
) -> float | None:
    """The least value lost with sites down for so many weeks from week 0; None where demand cannot be met before ``met``.

    ``steady`` are the flows of the base plan; ``root``: an outage runs, so that unqualified processes open in time.
    """
    price = {m.id: 1.0 if m.price is None else m.price for m in network.materials}
    columns: dict[tuple[str, str, int], int] = {}
    bounds: list[tuple[float, float | None]] = []
    cost: list[float] = []
    entries: list[tuple[tuple[str, str, int], int, float]] = []
    limits: list[tuple[tuple[str, int], int, float]] = []

    def variable(kind: str, name: str, week: int, low: float, high: float | None, worth: float = 0.0) -> int:
        columns[kind, name, week] = len(bounds)
        bounds.append((low, high))
        cost.append(worth)
        return len(bounds) - 1

    def is_down(site: str, week: int) -> bool:
        return week < down.get(site, 0)

    right: dict[tuple[str, str, int], float] = defaultdict(float)
    site_of = {p.id: p.site for p in network.processes}
    for process in network.processes:
        recipes = [r for r in network.recipes if r.process == process.id]
        for week in range(weeks):
            first = process.from_week
            if process.qualification_weeks:
                first = max(first, process.qualification_weeks) if root else weeks
            open_ = week >= first and not is_down(process.site, week) and week + process.release_weeks < weeks
            at = variable("make", process.id, week, 0.0, (process.capacity if open_ else 0.0))
            if week + process.release_weeks < weeks:
                entries.append(((process.site, process.material, week + process.release_weeks), at, 1.0))
            for recipe in recipes:
                entries.append(((process.site, recipe.input, week), at, -recipe.quantity))
            limits.append(((process.site, week), at, process.use))
        for week in range(min(process.release_weeks, weeks)):
            right[process.site, process.material, week] -= steady[process.id]
    for lane in network.lanes:
        for week in range(weeks):
            open_ = not is_down(lane.to, week) and week + lane.lead < weeks
            at = variable("move", lane.id, week, 0.0, lane.capacity if open_ else 0.0)
            entries.append(((lane.origin, lane.material, week), at, -1.0))
            if week + lane.lead < weeks:
                entries.append(((lane.to, lane.material, week + lane.lead), at, 1.0))
        for week in range(min(lane.lead, weeks)):
            right[lane.to, lane.material, week] -= steady[lane.id]
    for stock in network.stocks:
        right[stock.site, stock.material, 0] -= stock.quantity
    for row in network.demand:
        for week in range(weeks):
            right[row.site, row.product, week] += row.quantity
            low = row.quantity if is_down(row.site, week) else 0.0
            high = 0.0 if week < met else row.quantity
            if low > high:
                return None
            at = variable("lose", f"{row.product}-{row.country}-{row.site}", week, low, high, price[row.product])
            entries.append(((row.site, row.product, week), at, 1.0))
    places = sorted({(where, what) for (where, what, _), _, _ in entries})
    for where, what in places:
        for week in range(weeks):
            at = variable("keep", f"{where}|{what}", week, 0.0, None)
            entries.append(((where, what, week), at, -1.0))
            if week + 1 < weeks:
                entries.append(((where, what, week + 1), at, 1.0))
    row_of = {
        (where, what, week): n
        for n, (where, what, week) in enumerate((w, m, t) for w, m in places for t in range(weeks))
    }
    matrix = csr_matrix(
        ([v for _, _, v in entries], ([row_of[k] for k, _, _ in entries], [c for _, c, _ in entries])),
        (len(row_of), len(bounds)),
    )
    b = np.array([right[key] for key in row_of])
    capacity = {s.id: s.capacity for s in network.sites if s.capacity is not None}
    used = [(key, c, v) for key, c, v in limits if key[0] in capacity]
    keys = {key: n for n, key in enumerate(dict.fromkeys(key for key, _, _ in used))}
    upper = csr_matrix(
        ([v for _, _, v in used], ([keys[k] for k, _, _ in used], [c for _, c, _ in used])), (len(keys), len(bounds))
    )
    found = None
    for method in ("highs-ipm", "highs-ds"):  # the interior point method gives up on a few networks
        found = linprog(
            cost,
            A_ub=upper if keys else None,
            b_ub=[capacity[k[0]] for k in keys] if keys else None,
            A_eq=matrix,
            b_eq=b,
            bounds=bounds,
            method=method,
        )
        if found.status in (0, 2):
            break
    assert found is not None
    assert site_of is not None
    if found.status == 2:
        return None
    assert found.status == 0, found.message
    return float(found.fun)
