"""The peer's scores of pairs of names, in its own environment: ``python screening_peer.py PAIRS.json``.

Each entity has a fresh id, since the peer keeps the names of an id. The rate is that of a second pass over the pairs
under new ids, when its data are loaded and its caches of words warm.
"""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    """Print a JSON object: scores, pairs_per_second."""
    from followthemoney.proxy import EntityProxy
    from nomenklatura.matching import get_algorithm
    from nomenklatura.matching.types import ScoringConfig

    algorithm, settings = get_algorithm("logic-v2"), ScoringConfig.defaults()
    with open(sys.argv[1], encoding="utf-8") as file:
        pairs = json.load(file)

    def entity(key: str, name: str, kind: str) -> EntityProxy:
        schema = "Person" if kind == "person" else "Company"
        return EntityProxy.from_dict({"id": key, "schema": schema, "properties": {"name": [name]}})

    def scored(tag: str) -> list[float]:
        return [
            algorithm.compare(entity(f"{tag}a{at}", one, kind), entity(f"{tag}b{at}", other, kind), settings).score
            for at, (one, other, kind) in enumerate(pairs)
        ]

    scores = scored("cold")
    began = time.perf_counter()
    scored("warm")
    print(json.dumps({"scores": scores, "pairs_per_second": len(pairs) / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
