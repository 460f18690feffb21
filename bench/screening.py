"""What screening finds and costs: Korean names, ordinary names, ten thousand names against a list. One run, with the peer.

``python -m bench.screening [FOLDER]``: FOLDER is that of the reference data (``kr_assembly_19_names.csv``,
``us_gov_lists_excerpt.csv``). The peer is nomenklatura's ``logic-v2`` (``pip install --group peers-screening`` into an
environment of its own, since its pins are its own; name that interpreter in ``PEER_PYTHON``).
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from biopact.screening import REVIEW, Index, Query, compare, read_list, screen
from biopact.screening.names.name import names_of
from biopact.screening.names.romanisation import spellings, surnames
from biopact.screening.names.sound import sound

HERE = Path(__file__).parent
LABELLED = HERE / "data" / "names_labelled.csv"
HELD_OUT = HERE / "data" / "names_held_out.csv"
PEER = HERE / "screening_peer.py"
PEER_AT = 0.7  # the peer's own threshold
Pairs = list[tuple[str, str, str]]


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = _words(
    "James Mary John Linda Robert Susan Michael Karen David Lisa Minjun Seoyeon Jiwoo Haeun Carlos Ana Luis Maria Ahmed "
    "Fatima Omar Leila Chen Wei Li Na Hiroshi Yuki Ivan Olga Pierre Claire Hans Anke Paulo Ines Kofi Ama Ravi Priya Thomas"
)
FAMILY = _words(
    "Smith Johnson Brown Taylor Miller Wilson Moore Clark Lewis Walker Hall Young Kim Lee Park Choi Jung Kang Garcia Lopez "
    "Perez Sanchez Hassan Ali Khalil Nasser Wang Zhang Liu Tanaka Sato Ivanov Petrov Dubois Martin Schmidt Weber Silva Costa"
)
HANGUL_FAMILY = list("김이박최정강조윤장임한오서신권황안송전홍")
HANGUL_GIVEN = list("민서준지현수영은진우호연재성희미경태윤석정주원동하")


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ours(pairs: Pairs) -> list[float]:
    """Our score of each pair (one, other, kind)."""
    return [compare(one, other, "person" if kind == "person" else "organisation").score for one, other, kind in pairs]


def theirs(pairs: Pairs) -> tuple[list[float], float] | None:
    """The peer's score of each pair, and its pairs per second when warm; None where it is not there."""
    python = os.environ.get("PEER_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pairs.json"
        source.write_text(json.dumps(pairs, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run([python, str(PEER), str(source)], capture_output=True, text=True, check=False)
    if done.returncode:
        print("peer not measured:", (done.stderr.strip().splitlines() or ["?"])[-1])
        return None
    told = json.loads(done.stdout.splitlines()[-1])
    return told["scores"], told["pairs_per_second"]


def f1(scores: list[float], labels: list[int], least: float) -> tuple[float, float, float]:
    """Precision, recall and F1 at a threshold."""
    right = sum(score >= least and label == 1 for score, label in zip(scores, labels, strict=True))
    said, true = sum(score >= least for score in scores), sum(labels)
    precision, recall = right / max(1, said), right / true
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def korean(folder: Path) -> tuple[Pairs, float]:
    """Hangul against Latin, each with each: rank 1, recall and false pairs at the shipped threshold."""
    rows = rows_of(folder / "kr_assembly_19_names.csv")
    left = [names_of(row["name_ko"], "person")[0] for row in rows]
    right = [names_of(row["name_latin"], "person")[0] for row in rows]
    began = time.perf_counter()
    table = [[sound(one, other).score for other in right] for one in left]
    taken, count = time.perf_counter() - began, len(rows)
    first = sum(row[at] == max(row) and row.count(row[at]) == 1 for at, row in enumerate(table))
    hit = sum(row[at] >= REVIEW for at, row in enumerate(table))
    wrong = sum(score >= REVIEW for at, row in enumerate(table) for other, score in enumerate(row) if at != other)
    print(f"Korean names, {count} x {count}, threshold {REVIEW}")
    print(
        f"  rank-1 {first / count:.4f}  recall {hit / count:.4f}  false pairs {wrong} = {wrong / (count * (count - 1)):.6f}"
    )
    print(f"  {count * count / taken:,.0f} pairs/s one by one in Python (all scored, no candidates)")
    return [(row["name_ko"], row["name_latin"], "person") for row in rows], hit / count


def against_peer(diagonal: Pairs, recall: float) -> float | None:
    """The same pairs by both; the peer's pairs per second."""
    sets = [("labelled", LABELLED), ("held out", HELD_OUT)]
    labelled = {name: rows_of(path) for name, path in sets}
    pairs: Pairs = [(row["one"], row["other"], row["kind"]) for rows in labelled.values() for row in rows]
    measured = theirs([*diagonal, *pairs])
    at = 0
    for name, rows in labelled.items():
        labels = [int(row["label"]) for row in rows]
        mine = ours([(row["one"], row["other"], row["kind"]) for row in rows])
        print(f"ordinary names, {name}: {len(rows)} pairs, {sum(labels)} of them the same")
        print("  ours at {:.2f}: P {:.3f} R {:.3f} F1 {:.3f}".format(REVIEW, *f1(mine, labels, REVIEW)))
        if measured:
            scores = measured[0][len(diagonal) + at : len(diagonal) + at + len(rows)]
            best = max((f1(scores, labels, cut / 100)[2], cut / 100) for cut in range(40, 100))
            said = "  logic-v2 at {:.2f}: P {:.3f} R {:.3f} F1 {:.3f}".format(PEER_AT, *f1(scores, labels, PEER_AT))
            print(f"{said}; its best F1 {best[0]:.3f} at {best[1]:.2f}")
        at += len(rows)
    if measured is None:
        return None
    found = sum(score >= PEER_AT for score in measured[0][: len(diagonal)]) / len(diagonal)
    print(
        f"Korean names found: ours {recall:.4f}, logic-v2 {found:.4f} at {PEER_AT}; logic-v2 {measured[1]:,.0f} pairs/s warm"
    )
    return measured[1]


def at_size(folder: Path, peer_rate: float | None, count: int = 10_000, entries: int = 25_000) -> None:
    """Ten thousand names against twenty-five thousand list names: seconds, memory, alerts of honest negatives."""
    rnd = random.Random(20261124)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "list.csv"
        names = _list(folder, path, entries, rnd)
        began = time.perf_counter()
        index = Index.of([read_list(path, "excerpt")])
        ready = time.perf_counter()
        typos = [_slip(rnd.choice(names), rnd) for _ in range(700)]
        latin = [
            f"{rnd.choice(GIVEN)} {rnd.choice(['', 'A. ', 'J. '])}{rnd.choice(FAMILY)}" for _ in range(count - 2700)
        ]
        hangul = [rnd.choice(HANGUL_FAMILY) + rnd.choice(HANGUL_GIVEN) + rnd.choice(HANGUL_GIVEN) for _ in range(2000)]
        groups = (("p", typos), ("l", latin), ("h", hangul))
        queries = [Query(f"{kind}{at}", (name,)) for kind, group in groups for at, name in enumerate(group)]
        done = screen(queries, index)
        ended = time.perf_counter()
    alerted = {hit.query.id for hit in done.hits}
    strong = {hit.query.id for hit in done.hits if hit.outcome == "strong"}
    pairs = len(queries) * len(index.names)
    print(f"at size: {len(queries):,} names against {len(index.names):,} list names of {len(index.entries):,} entries")
    rate, peak = pairs / (ended - ready), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  read and prepare {ready - began:.1f} s, screen {ended - ready:.1f} s, {rate:,.0f} pairs/s, peak {peak:.0f} MB"
    )
    if peer_rate:
        print(f"  {pairs / (ended - ready) / peer_rate:,.0f} times the peer's pairs per second")
    print(f"  names with one slip found: {sum(f'p{at}' in alerted for at in range(700)) / 700:.3f}")
    for kind, group, told in (("l", latin, "Latin"), ("h", hangul, "Hangul")):
        some = 1000 * sum(f"{kind}{at}" in alerted for at in range(len(group))) / len(group)
        sure = 1000 * sum(f"{kind}{at}" in strong for at in range(len(group))) / len(group)
        print(f"  honest negatives in {told} letters: {some:.1f} alerts per 1,000 ({sure:.1f} of them strong)")


def all_korean(count: int = 10_000, entries: int = 25_000) -> None:
    """The worst case of the sound scorer: every name Korean, on either side, surnames as often as in Korea."""
    rnd = random.Random(7)
    often = "김김김김이이이박박" + "".join(HANGUL_FAMILY)

    def korean_name() -> str:
        return rnd.choice(often) + rnd.choice(HANGUL_GIVEN) + rnd.choice(HANGUL_GIVEN)

    def spelled(costs: Mapping[str, float]) -> str:
        return rnd.choice([text for text, cost in costs.items() if cost <= 0.1])

    def latin(hangul: str) -> str:
        given = rnd.choice([" ", "-", ""]).join(spelled(spellings(letter)) for letter in hangul[1:])
        return f"{spelled(surnames()[hangul[0]]).upper()} {given}"

    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "korean.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["id", "name"], *([at, latin(korean_name())] for at in range(entries))])
        began = time.perf_counter()
        done = screen([Query(str(at), (korean_name(),)) for at in range(count)], Index.of([read_list(path, "korean")]))
    taken = time.perf_counter() - began
    print(
        f"all Korean: {count:,} in Hangul against {entries:,} in Latin letters: {taken:.1f} s, {len(done.hits):,} hits"
    )


def _list(folder: Path, path: Path, entries: int, rnd: random.Random) -> list[str]:
    """The old excerpt as a simple list, filled with slips of its own names to the size wanted."""
    rows = rows_of(folder / "us_gov_lists_excerpt.csv")
    filled = [[row["entity_id"], row["name"], row["country"], row["program"], row["schema"]] for row in rows]
    while len(filled) < entries:
        row = rnd.choice(rows)
        filled.append([f"made-{len(filled)}", " ".join(reversed(row["name"].split())), "", "", row["schema"]])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "name", "country", "programme", "type"], *filled])
    return [row["name"] for row in rows if len(row["name"]) > 3]


def _slip(name: str, rnd: random.Random) -> str:
    at = rnd.randrange(1, len(name) - 1)
    ways: list[Callable[[], str]] = [
        lambda: name[:at] + name[at + 1 :],
        lambda: name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        lambda: name[:at] + rnd.choice("aeinrst") + name[at:],
    ]
    return rnd.choice(ways)()


def main(folder: Path) -> None:
    """Measure everything in one run."""
    diagonal, recall = korean(folder)
    rate = against_peer(diagonal, recall)
    at_size(folder, rate)
    all_korean()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "shared" / "screening")
