"""Small networks for the tests of the supply room."""

from __future__ import annotations

from typing import Any

from biopact.supply.network.rows import Network
from biopact.supply.network.tables import read_tables

Tables = dict[str, list[dict[str, Any]]]


def lane(name: str, origin: str, to: str, material: str, lead: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": name, "from": origin, "to": to, "material": material, "lead": lead, **more}


def serial(
    demand: float = 100.0,
    depot_stock: float = 300.0,
    input_stock: float = 150.0,
    capacity: float = 120.0,
    ttr: tuple[int, int, int] = (20, 12, 4),
    lead: int = 3,
    release: int = 2,
    price: float | None = 10.0,
) -> Tables:
    """A supplier S, a factory F (1.5 kg a dose), a depot D in the US."""
    return {
        "materials": [{"id": "raw", "unit": "kg"}, {"id": "drug", "unit": "dose", "price": price}],
        "sites": [
            {"id": "S", "owner": "os", "country": "DE", "ttr": ttr[0]},
            {"id": "F", "owner": "of", "country": "KR", "city": "Songdo", "ttr": ttr[1]},
            {"id": "D", "owner": "od", "country": "US", "ttr": ttr[2]},
        ],
        "processes": [
            {"id": "make-raw", "site": "S", "material": "raw", "capacity": 1.5 * capacity},
            {"id": "make-drug", "site": "F", "material": "drug", "capacity": capacity, "release_weeks": release},
        ],
        "recipes": [{"process": "make-drug", "input": "raw", "quantity": 1.5}],
        "lanes": [lane("SF", "S", "F", "raw", lead), lane("FD", "F", "D", "drug", 1, cost=0.5, tariff_code="3002.15")],
        "stocks": [
            {"site": "D", "material": "drug", "quantity": depot_stock},
            {"site": "F", "material": "raw", "quantity": input_stock},
        ],
        "demand": [{"product": "drug", "country": "US", "site": "D", "quantity": demand}],
    }


def network(tables: Tables) -> Network:
    return read_tables(tables)  # type: ignore[arg-type]


class Draw:
    """A small generator of its own: the same networks on every machine."""

    def __init__(self, seed: int) -> None:
        self.state = seed * 2654435761 + 12345

    def whole(self, low: int, high: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)

    def number(self, low: float, high: float) -> float:
        return low + (high - low) * self.whole(0, 1000) / 1000


def drawn(seed: int, standby: bool = False) -> Tables:
    """A random network of three tiers, two products and two countries, about ten sites, all demand met at rest or not."""
    draw = Draw(seed)
    tables: Tables = {
        "materials": [{"id": "a"}, {"id": "b"}, {"id": "x", "price": draw.whole(1, 9)}, {"id": "y", "price": draw.whole(1, 9)}],
        "sites": [], "processes": [], "recipes": [], "lanes": [], "stocks": [], "demand": [],
    }  # fmt: skip
    countries = ["US", "KR", "DE", "CN"]
    makers: dict[str, list[str]] = {"a": [], "b": [], "x": [], "y": []}
    for number in range(draw.whole(4, 6)):
        site = f"s{number}"
        made = ["a", "b", "x", "y"][number] if number < 4 else ["a", "b", "x", "y"][draw.whole(0, 3)]
        shared = number >= 2 and draw.whole(0, 3) == 0
        tables["sites"].append({"id": site, "country": countries[draw.whole(0, 3)], "owner": f"o{draw.whole(0, 2)}", "ttr": draw.whole(1, 7),
                                "capacity": draw.whole(60, 160) if shared else None})  # fmt: skip
        made_here = [made] + (["y"] if shared and made == "x" else [])
        for material in made_here:
            makers[material].append(site)
            process = f"p-{site}-{material}"
            tables["processes"].append({
                "id": process, "site": site, "material": material, "capacity": draw.whole(60, 200), "release_weeks": draw.whole(0, 2),
                "use": draw.number(0.5, 1.5),
                "qualification_weeks": draw.whole(2, 6) if standby and number >= 4 else 0,
            })  # fmt: skip
            for part in {"x": ["a", "b"], "y": ["b"]}.get(material, []):
                tables["recipes"].append({"process": process, "input": part, "quantity": draw.number(0.3, 1.2)})
                tables["stocks"].append({"site": site, "material": part, "quantity": draw.whole(0, 150)})
    for product in ("x", "y"):
        for country in ("US", "KR"):
            depot = f"d-{product}-{country}"
            tables["sites"].append({"id": depot, "country": country, "owner": "od", "ttr": draw.whole(1, 3)})
            tables["demand"].append(
                {"product": product, "country": country, "site": depot, "quantity": draw.whole(20, 60)}
            )
            tables["stocks"].append({"site": depot, "material": product, "quantity": draw.whole(0, 200)})
            for maker in makers[product]:
                tables["lanes"].append(
                    lane(f"{maker}-{depot}", maker, depot, product, draw.whole(0, 3), cost=draw.number(0, 2))
                )
    for product, parts in (("x", "ab"), ("y", "b")):
        for user in makers[product]:
            for part in parts:
                for maker in makers[part]:
                    name = f"{maker}-{user}-{part}"
                    if maker != user and name not in [each["id"] for each in tables["lanes"]]:
                        tables["lanes"].append(lane(name, maker, user, part, draw.whole(0, 3), cost=draw.number(0, 2)))
    return tables
