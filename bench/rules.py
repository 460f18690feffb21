"""How fast the two readers of the rule language are: ``python -m bench.rules [traced|scalar|sets|law] [FLOWS]``.

Tables are made once for a size and kept in a temporary folder. CPU seconds are of this process (all its threads).
"""

from __future__ import annotations

import datetime
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bench.rule_sets import COLUMNS, twelve, twelve_with_sets
from biopact.decide.batch.running import run
from biopact.law import the_law
from biopact.rules import RuleSet
from biopact.rules.columns.layout import names_of
from biopact.rules.language.facts import Fact
from biopact.rules.traced.evaluate import judge
from biopact.rules.traced.inforce import prepared

AS_OF = datetime.date(2026, 6, 30)
FOLDER = Path(tempfile.gettempdir()) / "biopact-bench-rules"
PIECE = 1_000_000
NULLS = 0.1


def timed(step: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds on the clock, CPU seconds, and what came of it."""
    clock, cpu = time.perf_counter(), time.process_time()
    done = step()
    return time.perf_counter() - clock, time.process_time() - cpu, done


# --- tables -------------------------------------------------------------------------------------------------------------


def column(fact: Fact, count: int, seed: int) -> pl.Series:
    """Random values of a fact, one in ten unknown."""
    import numpy

    chance = numpy.random.default_rng(seed)
    if fact.type == "bool":
        values = pl.Series(chance.integers(0, 2, count), dtype=pl.UInt8).cast(pl.Boolean)
    elif fact.domain and fact.type != "set":
        values = pl.Series(chance.integers(0, len(fact.domain), count), dtype=pl.UInt32).cat.to(pl.Enum(fact.domain))
    else:
        values = pl.Series(numpy.exp(chance.uniform(0, 12, count)).astype("int64"))
    known = pl.Series(chance.random(count) >= NULLS)
    return pl.select(pl.when(known).then(values)).to_series()


def columns(law: RuleSet, names: list[str], count: int, seed: int) -> pl.DataFrame:
    """Random columns of some facts: sets one a member, intervals their two ends."""
    facts, made = dict(names_of(law.vocabulary)), dict[str, pl.Series]()
    for number, name in enumerate(names):
        fact, start = facts[name], seed * 1_000 + number * 50
        if fact.type == "set":
            flag = Fact(name, fact.subject, "bool")
            made |= {f"{name}.{m}": column(flag, count, start + i) for i, m in enumerate(fact.domain)}
        elif fact.type == "interval":
            for i, key in enumerate(fact.keys or (None,)):
                low = column(fact, count, start + i)
                stem = name if key is None else f"{name}.{key}"
                made |= {f"{stem}.low": low, f"{stem}.high": low * (1 + i % 3)}
        else:
            made[name] = column(fact, count, start)
    return pl.DataFrame(made)


def table(name: str, law: RuleSet, names: list[str], count: int, legs: bool = False) -> Path:
    """A Parquet file of random flows; with ``legs``, two rows a flow."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}-{count}.parquet"
    if path.exists():
        return path

    def pieces() -> Iterator[pl.DataFrame]:
        for seed, start in enumerate(range(0, count, PIECE)):
            size = min(PIECE, count - start)
            row = pl.int_range(start, start + size, eager=True)
            plain = {"flow_id": row // 2, "leg": row % 2} if legs else {"flow_id": row}
            yield pl.DataFrame(plain).hstack(columns(law, names, size, seed))

    import pyarrow.parquet as parquet

    writer = None
    for piece in pieces():
        arrow = piece.to_arrow()
        writer = writer or parquet.ParquetWriter(path, arrow.schema, compression="zstd")
        writer.write_table(arrow)
    if writer is not None:
        writer.close()
    return path


# --- measuring ----------------------------------------------------------------------------------------------------------


def reading(path: Path) -> tuple[float, float]:
    """Seconds and CPU seconds to read every value of a file once."""
    frame = pl.scan_parquet(path)
    clock, cpu, _ = timed(lambda: frame.select(pl.all().null_count()).collect(engine="streaming"))
    return clock, cpu


def batch(name: str, path: Path, law: RuleSet, count: int) -> None:
    """Judge a file, and set it beside reading the same columns."""
    read = min(reading(path) for _ in range(2))
    clock, cpu, told = min(
        (timed(lambda: run(path, path.with_name("verdicts.parquet"), law, AS_OF)) for _ in range(2)),
        key=lambda it: it[0],
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{name:12} {count:>11,} rows, {told.flows:,} flows: {clock:.2f} s ({cpu:.2f} s CPU)")
    print(
        f"  {count / clock / 1e6:.2f} M rows/s ({count / cpu * 2 / 1e6:.2f} M/s by CPU on two cores), peak {peak:.2f} GiB"
    )
    share, own = read[0] / clock, read[1] / cpu
    print(f"  reading the file {read[0]:.2f} s ({read[1]:.2f} s CPU): {share:.0%} of its speed ({own:.0%} by CPU)")


def random_facts(law: RuleSet, names: list[str], count: int, nulls: float = NULLS) -> list[dict[str, Any]]:
    """Rows of facts for the traced reader and for the peers; a fact that is not there is unknown."""
    chance, facts = random.Random(5), dict(names_of(law.vocabulary))
    rows = []
    for _ in range(count):
        row: dict[str, Any] = {}
        for name in names:
            fact = facts[name]
            if chance.random() >= nulls:
                if fact.type == "bool":
                    row[name] = chance.random() < 0.5
                else:
                    row[name] = chance.choice(fact.domain) if fact.domain else int(10 ** chance.uniform(0, 5.5))
        rows.append(row)
    return rows


def decide(law: RuleSet, rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Both countries' range for each row, every rule's state told."""
    in_force, answers = law.on(AS_OF), []
    for row in rows:
        env = prepared(row)
        states = in_force.states(env)
        told = [judge(in_force, env, country, states) for country in ("KR", "US")]
        answers.append((max(it.low for it in told), max(it.high for it in told)))
    return answers


def traced(count: int = 20_000) -> float:
    """Decisions a second, both countries, with the state of every rule."""
    law = twelve()
    rows = random_facts(law, COLUMNS, count)
    decide(law, rows[:100])
    clock, cpu, _ = min((timed(lambda: decide(law, rows)) for _ in range(3)), key=lambda it: it[1])
    print(f"traced: {count / clock:,.0f} decisions/s ({count / cpu:,.0f}/s of CPU), two countries, 12 rules, explained")
    return count / cpu


def scalar(count: int = 10_000_000) -> None:
    """Twelve rules on fifteen nullable scalar facts."""
    law = twelve()
    batch("scalar", table("scalar", law, COLUMNS, count), law, count)


def sets(count: int = 10_000_000) -> None:
    """Twelve rules on sets, intervals and flows in two legs."""
    law = twelve_with_sets()
    ways = ("flow.origin", "flow.recipients")
    names = [name for name, fact in names_of(law.vocabulary) if name not in ways and not name.startswith("item.source")]
    wanted = ("item.", "flow.", "sender.country", "sender.covered", "recipient.")
    names = [name for name in names if name.startswith(wanted)]
    batch("sets+legs", table("sets", law, names, count, legs=True), law, count)


def whole_law(count: int = 1_000_000) -> None:
    """Every rule there is, on every fact a rule reads that is one word or number or flag, and what flows contain."""
    law = the_law()
    names = [
        name
        for name, fact in names_of(law.vocabulary)
        if not name.startswith("item.source") and not fact.keys and (fact.type != "set" or name == "item.contains")
        and fact.type in ("bool", "enum", "country", "number", "money", "set") and (fact.domain or fact.type != "country")
    ]  # fmt: skip
    batch("whole law", table("law", law, names, count), law, count)
    kind = pl.lit("data", dtype=pl.Enum(law.vocabulary.facts["item.kind"].domain))
    only = FOLDER / f"law-data-{count}.parquet"
    if not only.exists():
        pl.scan_parquet(table("law", law, names, count)).with_columns(kind.alias("item.kind")).sink_parquet(only)
    batch("law, data", only, law, count)


RUNS: dict[str, Callable[..., Any]] = {"traced": traced, "scalar": scalar, "sets": sets, "law": whole_law}

if __name__ == "__main__":
    chosen, size = sys.argv[1:2] or list(RUNS), [int(word) for word in sys.argv[2:3]]
    for each in chosen:
        RUNS[each](*size)
