"""The quality that is promised, on the names of Korea's 19th National Assembly in the spelling each member chose."""

from __future__ import annotations

import csv
from pathlib import Path

from biopact.screening import REVIEW, Index, Query, read_list, screen
from biopact.screening.names.name import names_of
from biopact.screening.names.sound import sound


def assembly(shared: Path) -> tuple[list[str], list[str]]:
    with (shared / "screening" / "kr_assembly_19_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["name_ko"] for row in rows], [row["name_latin"] for row in rows]


def test_hangul_finds_its_latin_name_first_and_few_others_at_the_shipped_threshold(shared: Path) -> None:
    korean, latin = ([names_of(text, "person")[0] for text in texts] for texts in assembly(shared))
    scores = [[sound(one, other).score for other in latin] for one in korean]
    count = len(scores)
    first = sum(row[at] == max(row) and row.count(row[at]) == 1 for at, row in enumerate(scores))
    right = sum(row[at] >= REVIEW for at, row in enumerate(scores))
    wrong = sum(score >= REVIEW for at, row in enumerate(scores) for other, score in enumerate(row) if other != at)
    assert first / count >= 0.97
    assert right / count >= 0.90
    assert wrong / (count * (count - 1)) <= 0.0005


def test_the_candidates_lose_no_pair_that_the_scorer_would_find(shared: Path, tmp_path: Path) -> None:
    korean, latin = assembly(shared)
    path = tmp_path / "latin.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["id", "name", "type"], *([str(at), name, "person"] for at, name in enumerate(latin))]
        )
    queries = [Query(str(at), (name,), "person") for at, name in enumerate(korean)]
    found = {(hit.query.id, hit.best.id) for hit in screen(queries, Index.of([read_list(path, "latin")])).hits}
    one, other = ([names_of(text, "person")[0] for text in texts] for texts in (korean, latin))
    expected = {(str(i), str(j)) for i, a in enumerate(one) for j, b in enumerate(other) if sound(a, b).score >= REVIEW}
    assert expected <= found
