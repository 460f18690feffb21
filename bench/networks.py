"""Random supply networks from a seed: tiers of sites from suppliers to depots, recipes, lanes, stocks, demand.

The same seed gives the same network on every machine (a generator of our own, not a library's).
"""

from __future__ import annotations

from typing import Any

from biopact.supply.network.rows import Network
from biopact.supply.network.tables import read_tables

COUNTRIES = ("US", "KR", "DE", "CN", "JP", "SE", "IE", "CH")


class Draw:
    """A small linear congruential generator (the constants of Knuth's MMIX)."""

    def __init__(self, seed: int) -> None:
        self.state = (seed * 2862933555777941757 + 3037000493) % 2**64

    def unit(self) -> float:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53

    def whole(self, low: int, high: int) -> int:
        return low + int(self.unit() * (high - low + 1))

    def pick(self, items: list[Any]) -> Any:
        return items[self.whole(0, len(items) - 1)]

    def some(self, items: list[Any], count: int) -> list[Any]:
        left, taken = list(items), []
        for _ in range(min(count, len(left))):
            taken.append(left.pop(self.whole(0, len(left) - 1)))
        return taken


def tables(
    sites: int, seed: int, tiers: int = 5, products: int | None = None, slack: float = 1.6, ttr: int | None = None
) -> dict[str, Any]:
    """The tables of a network with about so many sites. ``slack``: capacity of a material over what is needed of it."""
    draw = Draw(seed)
    products = products or max(2, sites // 50)
    weights = [2.0 * 0.75**tier for tier in range(tiers)]
    counts = [max(2, round(sites * weight / sum(weights))) for weight in weights]
    counts[-1] = max(2, sites - sum(counts[:-1]))
    made: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("materials", "sites", "processes", "recipes", "lanes", "stocks", "demand")
    }
    by_tier: list[list[str]] = []
    makers: dict[str, list[str]] = {}
    inputs: dict[str, list[tuple[str, float]]] = {}
    need: dict[str, float] = {}
    for tier in range(tiers - 1):
        number = products if tier == tiers - 2 else max(2, counts[tier] // 2)
        names = [f"m{tier}_{k}" for k in range(number)]
        by_tier.append(names)
        for name in names:
            price = round(10 + 90 * draw.unit(), 2) if tier == tiers - 2 else None
            made["materials"].append({"id": name, "unit": "units", "price": price})
            if tier:
                inputs[name] = [
                    (part, round(0.2 + draw.unit(), 3)) for part in draw.some(by_tier[tier - 1], draw.whole(1, 3))
                ]
    for tier in range(tiers):
        for k in range(counts[tier]):
            made["sites"].append(
                {
                    "id": f"s{tier}_{k}",
                    "owner": f"o{draw.whole(0, max(3, sites // 4))}",
                    "country": draw.pick(list(COUNTRIES)),
                    "ttr": ttr if ttr is not None else draw.whole(4, 20),
                }
            )
    for tier in range(tiers - 1):
        for k in range(counts[tier]):
            material = by_tier[tier][k % len(by_tier[tier])]
            makers.setdefault(material, []).append(f"s{tier}_{k}")
    depots = [f"s{tiers - 1}_{k}" for k in range(counts[-1])]
    for at, depot in enumerate(depots):
        product = by_tier[-1][at % products]
        amount = round(20 + 80 * draw.unit(), 1)
        need[product] = need.get(product, 0.0) + amount
        made["demand"].append(
            {"product": product, "country": ("US", "KR")[(at // products) % 2], "site": depot, "quantity": amount}
        )
        made["stocks"].append({"site": depot, "material": product, "quantity": round(amount * draw.whole(1, 6), 1)})
    for tier in range(tiers - 2, 0, -1):
        for material in by_tier[tier]:
            for part, quantity in inputs[material]:
                need[part] = need.get(part, 0.0) + need.get(material, 0.0) * quantity
    for material, where in makers.items():
        for site in where:
            share = need.get(material, 1.0) / len(where)
            process = f"p_{site}"
            made["processes"].append(
                {
                    "id": process,
                    "site": site,
                    "material": material,
                    "capacity": round(share * slack * (0.9 + 0.4 * draw.unit()) + 1e-3, 3),
                    "release_weeks": draw.whole(0, 2),
                }
            )
            for part, quantity in inputs.get(material, []):
                made["recipes"].append({"process": process, "input": part, "quantity": quantity})
                if draw.unit() < 0.7:
                    made["stocks"].append(
                        {"site": site, "material": part, "quantity": round(share * quantity * draw.whole(0, 6), 2)}
                    )
    lanes = made["lanes"]
    for material, where in makers.items():
        users = [site for other, sites_ in makers.items() if material in dict(inputs.get(other, [])) for site in sites_]
        users += [depot for at, depot in enumerate(depots) if by_tier[-1][at % products] == material]
        for user in users:
            for origin in where if len(where) <= 3 else draw.some(where, 3):
                lanes.append(
                    {
                        "id": f"l{len(lanes)}",
                        "from": origin,
                        "to": user,
                        "material": material,
                        "lead": draw.whole(0, 3),
                        "cost": round(draw.unit(), 3),
                    }
                )
    return dict(made)


def network(sites: int, seed: int, **more: Any) -> Network:
    """The network itself."""
    return read_tables(tables(sites, seed, **more), f"random-{sites}-{seed}")
