"""From a file of flows to a file of verdicts, in one stream and in bounded memory.

Rows that are whole flows stream through Polars from file to file. Flows in legs need all their legs together: where the
file is sorted by ``flow_id`` it is read in pieces that end with a flow; else it is first dealt out by flow to smaller files.
"""

from __future__ import annotations

import datetime
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from biopact.decide.batch.answers import INVALID
from biopact.decide.batch.frames import Batch
from biopact.decide.batch.together import FLOW, LEG
from biopact.errors import DataError, InputError
from biopact.rules.columns.express import DATE
from biopact.rules.columns.reading import BAD
from biopact.rules.language.model import Rank
from biopact.rules.ruleset import RuleSet

__all__ = ["Report", "judge_table", "run"]

_WRITTEN: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "statistics": False}
PIECE = 1_000_000  # rows judged at once where flows have legs
_READERS: dict[str, Callable[..., pl.LazyFrame]] = {
    ".parquet": pl.scan_parquet,
    ".csv": pl.scan_csv,
    ".arrow": pl.scan_ipc,
    ".ipc": pl.scan_ipc,
}
T = TypeVar("T")
_FEW_WORDS = 16  # so many are sooner looked for one by one
_GATES = 3  # columns looked through before judging: those the scopes ask for


@dataclass(frozen=True)
class Report:
    """What was done: rows read, flows judged, columns that are no fact with the nearest, values outside their domain."""

    law: str
    as_of: datetime.date
    rows: int
    flows: int
    strange: Mapping[str, str | None]
    invalid: Mapping[str, int]
    invalid_flows: int
    verdicts: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The schema ``biopact.batch/1``."""
        return {
            "schema": "biopact.batch/1",
            "law": self.law,
            "as_of": self.as_of.isoformat(),
            "rows": self.rows,
            "flows": self.flows,
            "unknown_columns": [{"column": name, "near": near} for name, near in self.strange.items()],
            "invalid": dict(self.invalid),
            "invalid_flows": self.invalid_flows,
            "verdicts": dict(self.verdicts),
        }


def run(flows: Path, out: Path, law: RuleSet, as_of: datetime.date, rules: bool = False, piece: int = PIECE) -> Report:
    """Judge every flow of a file and write the verdicts beside it. Nothing is left half-written.

    Raises DataError where the file is missing or cannot be read, InputError where its columns are not what they must be.
    """
    source = _scan(flows)
    schema = _schema(source, flows)
    _fit(schema)
    batch = Batch(law, schema, as_of, rules, values=_values(law, source, schema))
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    try:
        counts = _legs(batch, source, part, piece) if batch.has_legs else _rows(batch, source, part)
        os.replace(part, out)
    except pl.exceptions.ComputeError as error:
        raise DataError("batch.unreadable", None, file=str(flows), why=_first_line(error)) from None
    finally:
        part.unlink(missing_ok=True)
    return _report(batch, source, out, counts)


def judge_table(frame: pl.DataFrame, law: RuleSet, as_of: datetime.date, rules: bool = False) -> pl.DataFrame:
    """The verdicts of a table in memory, one row a flow. Raises InputError where its columns are not what they must be."""
    return Batch(law, frame.schema, as_of, rules).judge(frame)


# --- reading ------------------------------------------------------------------------------------------------------------


def _scan(flows: Path) -> pl.LazyFrame:
    if not flows.is_file():
        raise DataError("batch.no-file", None, file=str(flows))
    reader = _READERS.get(flows.suffix.lower())
    if reader is None:
        raise DataError("batch.no-table", None, file=str(flows), known=", ".join(_READERS))
    return reader(flows, try_parse_dates=True) if reader is pl.scan_csv else reader(flows)


def _schema(source: pl.LazyFrame, flows: Path) -> Mapping[str, pl.DataType]:
    try:
        return source.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("batch.unreadable", None, file=str(flows), why=_first_line(error)) from None


def _fit(schema: Mapping[str, pl.DataType]) -> None:
    """Refuse a table whose columns cannot say which flow a row is of, and when."""
    if FLOW not in schema:
        raise InputError("batch.no-flow-id", None, found=", ".join(list(schema)[:8]))
    if DATE in schema and not (schema[DATE] in (pl.Date, pl.String, pl.Null) or schema[DATE] == pl.Datetime):
        raise InputError("batch.column-type", None, column=DATE, found=str(schema[DATE]), expected="day")
    if LEG in schema and not (schema[LEG].is_integer() or schema[LEG].is_float()):
        raise InputError("batch.column-type", None, column=LEG, found=str(schema[LEG]), expected="number")


def _values(law: RuleSet, source: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> dict[str, frozenset[str | None]]:
    """The words that stand in the columns the scopes ask for: rules out of scope for the whole table are left out."""
    from biopact.decide.batch.scopes import gates

    found: dict[str, frozenset[str | None]] = {}
    for column in gates(law, schema)[:_GATES]:
        kind, cell = schema[column], pl.col(column)
        if isinstance(kind, pl.Enum) and len(kind.categories) <= _FEW_WORDS:
            asked = [cell.has_nulls().alias("~"), *((cell == word).any().alias(word) for word in kind.categories)]
            told = source.select(asked).collect(engine="streaming").row(0, named=True)
            found[column] = frozenset(None if word == "~" else word for word, there in told.items() if there)
        else:
            there = source.select(cell.unique()).collect(engine="streaming").to_series()
            found[column] = frozenset(None if value is None else str(value) for value in there)
    return found


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


# --- judging ------------------------------------------------------------------------------------------------------------


def _rows(batch: Batch, source: pl.LazyFrame, part: Path) -> dict[str, int]:
    """Every row a flow: one stream."""
    typed = batch.typed(source)
    writing = batch.rows(typed).sink_parquet(part, lazy=True, **_WRITTEN)
    marks = [pl.col(mark).sum().alias(mark.removeprefix(BAD)) for mark in batch.marks()]
    if not marks:
        pl.collect_all([writing], engine="streaming")
        return {}
    _, counted = pl.collect_all([writing, typed.select(marks)], engine="streaming")
    return {name: int(count) for name, count in counted.row(0, named=True).items() if count}


def _legs(batch: Batch, source: pl.LazyFrame, part: Path, piece: int) -> dict[str, int]:
    """Flows in legs: pieces of whole flows, some at once."""
    counts: dict[str, int] = {}

    def judged(typed: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
        return batch.flows(typed), {mark.removeprefix(BAD): int(typed[mark].sum()) for mark in batch.marks()}

    def verdicts(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        del columns, predicate, rows, size
        for told, bad in _some_at_once(judged, pieces):
            for name, count in bad.items():
                counts[name] = counts.get(name, 0) + count
            yield told

    with tempfile.TemporaryDirectory(prefix="biopact-batch-") as folder:
        legs = batch.legs(source)
        pieces = _whole_flows(legs, piece) if _sorted(source) else _dealt(legs, piece, Path(folder))
        empty, _ = judged(legs.head(0).collect())
        register_io_source(verdicts, schema=empty.schema).sink_parquet(part, engine="streaming", **_WRITTEN)
    return {name: count for name, count in counts.items() if count}


def _some_at_once(work: Callable[[pl.DataFrame], T], pieces: Iterator[pl.DataFrame]) -> Iterator[T]:
    """The work on each piece, in their order, as many at once as there are processors."""
    workers = pl.thread_pool_size()
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _sorted(source: pl.LazyFrame) -> bool:
    """Whether the flows stand in the order of their ids, so that the legs of each stand together.

    Raises InputError where a row does not say which leg of which flow it is.
    """
    flow, leg = pl.col(FLOW), pl.col(LEG)
    asked = source.select((flow < flow.shift(1)).any(), flows=flow.null_count(), legs=leg.null_count())
    falls, flows, legs = asked.collect(engine="streaming").row(0)
    if flows or legs:
        raise InputError("batch.no-leg", None, flows=flows, legs=legs)
    return not falls


def _whole_flows(source: pl.LazyFrame, piece: int) -> Iterator[pl.DataFrame]:
    rest: pl.DataFrame | None = None
    for frame in source.collect_batches(chunk_size=piece, maintain_order=True):
        joined = frame if rest is None else pl.concat([rest, frame])
        last = joined[FLOW][-1] if joined.height else None
        begins = joined[FLOW].search_sorted(last, side="left") if joined.height else 0
        rest = joined[begins:]
        if begins:
            yield joined[:begins]
    if rest is not None and rest.height:
        yield rest


def _dealt(source: pl.LazyFrame, piece: int, folder: Path) -> Iterator[pl.DataFrame]:
    """The rows dealt out to files by flow, each small enough to be judged at once."""
    rows = source.select(pl.len()).collect(engine="streaming").item()
    files = max(1, -(-rows // piece))
    if files == 1:
        yield source.collect()
        return
    hand = (pl.col(FLOW).hash(seed=0) % files).alias("~file")
    where = pl.PartitionBy(folder, key=hand, include_key=False)
    source.sink_parquet(where, mkdir=True, compression="lz4", engine="streaming")
    for hand_folder in sorted(folder.iterdir()):
        yield pl.read_parquet(hand_folder / "*.parquet")


def _report(batch: Batch, source: pl.LazyFrame, out: Path, counts: Mapping[str, int]) -> Report:
    by_word, invalid_flows = _counted(out)
    return Report(
        law=batch.law.digest,
        as_of=batch.as_of,
        rows=source.select(pl.len()).collect(engine="streaming").item(),
        flows=sum(by_word.values()),
        strange={column.name: column.near for column in batch.prepared.strange},
        invalid=dict(counts),
        invalid_flows=invalid_flows,
        verdicts=by_word,
    )


def _counted(out: Path) -> tuple[dict[str, int], int]:
    """How many flows have each verdict (those whose two ends differ are undetermined), and how many are invalid."""
    low, high = pl.col("low"), pl.col("high")
    settled = [((low == rank.word) & (high == rank.word)).sum().alias(rank.word) for rank in Rank]
    asked = [*settled, (low != high).sum().alias("undetermined"), pl.col(INVALID).sum()]
    told = pl.scan_parquet(out).select(asked).collect(engine="streaming").row(0, named=True)
    invalid = told.pop(INVALID)
    return {word: count for word, count in told.items() if count}, invalid
