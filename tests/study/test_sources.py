"""A site's file is read through one locked connection; what is wrong with it is said without showing a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biopact.errors import DataError, InputErrors
from biopact.study import Study
from biopact.study.data import Frame
from biopact.study.register import Register
from biopact.study.sources import open_population
from biopact.study.tables import open_table

STUDY = """
study: s
population: {table: patients, where: "WHERE"}
columns:
  age: {type: number, bounds: [0, 120], missing: [999, unknown]}
  sex: {levels: [female, male]}
  grade: {levels: [1, 2, 3]}
  dead: {levels: [0, 1]}
  old: {derive: "age >= 65"}
analyses: [{name: t, kind: describe, of: [age, sex, grade, dead, old]}]
"""
Read = Callable[[str], Study]
GOOD = """age,sex,grade,dead,other
70,male,1,1,x
64.0,female,2.0,0,
,male,3,true,y
999,,,,z
unknown,female,1,False,
NaN,male,2,0,
"""


def opened(
    read_text: Read, path: Path, where: str = "dead == true || dead == false || age > 0"
) -> dict[str, np.ndarray]:
    study = read_text(STUDY.replace("WHERE", where))
    population = open_population(study, "a", "KR", {"patients": path}).population
    assert isinstance(population, Frame)
    return dict(population.columns)


def written(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_csv_is_read_by_its_declarations(tmp_path: Path, read_text: Read) -> None:
    held = opened(read_text, written(tmp_path, GOOD))
    np.testing.assert_array_equal(held["age"], [70, 64, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(held["sex"], [1, 0, 1, 0, 1])
    np.testing.assert_array_equal(held["grade"], [0, 1, 2, 0, 1])
    np.testing.assert_array_equal(held["dead"], [1, 0, 1, 0, 0])
    np.testing.assert_array_equal(held["old"], [1, 0, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("head", ["age,sex,grade,dead,age", "age,sex,grade,dead,AGE", "age,sex,grade,dead, age"])
def test_of_two_columns_of_one_name_none_is_taken(tmp_path: Path, read_text: Read, head: str) -> None:
    content = GOOD.replace("age,sex,grade,dead,other", head)
    with pytest.raises(DataError) as caught:
        opened(read_text, written(tmp_path, content))
    assert (caught.value.code, caught.value.values["column"]) == ("study.column-twice", "age")


def test_two_columns_that_the_study_does_not_ask_for_may_have_one_name(tmp_path: Path, read_text: Read) -> None:
    lines = [f"{line},w" for line in GOOD.splitlines()]
    lines[0] = "age,sex,grade,dead,other,other"
    assert opened(read_text, written(tmp_path, "\n".join(lines)))["sex"].size == 5


def test_parquet_is_read_as_the_same_table(tmp_path: Path, read_text: Read) -> None:
    table = pa.table(
        {
            "age": [70.0, 64.0, None, 999.0, None, float("nan")],
            "sex": ["male", "female", "male", None, "female", "male"],
            "grade": [1, 2, 3, None, 1, 2],
            "dead": [True, False, True, None, False, False],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    ours, csv = opened(read_text, tmp_path / "a.parquet"), opened(read_text, written(tmp_path, GOOD))
    for name in csv:
        np.testing.assert_array_equal(ours[name], csv[name])


@pytest.mark.parametrize(
    ("where", "rows"),
    [("age >= 64", 2), ("age > 0 && sex == 'male'", 1), ("!(sex == 'male')", 2), ("grade in [1, 2]", 4), ("old", 1)],
)
def test_who_is_not_surely_in_the_population_is_not(tmp_path: Path, read_text: Read, where: str, rows: int) -> None:
    assert opened(read_text, written(tmp_path, GOOD), where)["age"].size == rows


def test_site_and_country_are_the_partys_own(tmp_path: Path, read_text: Read) -> None:
    path = written(tmp_path, "age,sex,grade,dead,site,country\n1,male,1,1,zz,ZZ\n")
    assert opened(read_text, path, "site == 'a' && country == 'KR'")["age"].size == 1
    assert opened(read_text, path, "site == 'zz'")["age"].size == 0


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("121,male,1,1", "out-of-bounds", "age"),
        ("-1e300,male,1,1", "out-of-bounds", "age"),
        ("seventy,male,1,1", "wrong-type", "age"),
        ("inf,male,1,1", "infinite", "age"),
        ("-Infinity,male,1,1", "infinite", "age"),
        ("70,Male,1,1", "unknown-level", "sex"),
        ("70,' OR 1=1 --,1,1", "unknown-level", "sex"),
        ("70,male,4,1", "unknown-level", "grade"),
        ("70,male,first,1", "unknown-level", "grade"),
        ("70,male,1,2", "not-boolean", "dead"),
    ],
)
def test_a_value_outside_what_is_declared_is_an_error_that_does_not_show_it(
    tmp_path: Path, read_text: Read, row: str, code: str, column: str
) -> None:
    with pytest.raises(DataError) as caught:
        opened(read_text, written(tmp_path, f"age,sex,grade,dead\n50,male,1,1\n{row}\n"))
    assert caught.value.code == f"study.{code}"
    assert caught.value.values == {"site": "a", "table": "patients", "column": column}
    value = row.split(",")[["age", "sex", "grade", "dead"].index(column)]
    assert f" {value} " not in str(caught.value).replace("(1 or 0)", "")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty-file"),
        ("age,sex,grade,dead\n", "no-rows"),
        ("age,sex,dead\n1,male,1\n", "no-column"),
        (b"age,sex,grade,dead\n1,\xff\xfe,1,1\n", "unreadable"),
        (b"\x00\x01\x02", "no-column"),
    ],
)
def test_a_file_that_is_not_the_table_is_an_error(
    tmp_path: Path, read_text: Read, content: str | bytes, code: str
) -> None:
    with pytest.raises(DataError) as caught:
        opened(read_text, written(tmp_path, content))
    assert caught.value.code in (f"study.{code}", "study.unreadable")
    assert "a" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_missing_file_a_cut_parquet_and_an_unknown_ending_are_errors(tmp_path: Path, read_text: Read) -> None:
    for path, code in (
        (tmp_path / "none.csv", "no-file"),
        (written(tmp_path, "PAR1 no more", "b.parquet"), "unreadable"),
        (written(tmp_path, "x", "c.sas7bdat"), "odd-format"),
    ):
        with pytest.raises(DataError) as caught:
            opened(read_text, path)
        assert caught.value.code == f"study.{code}"


@pytest.mark.parametrize(
    "name", ["read_csv('/etc/passwd')", "'; DROP TABLE x; --", "https://example.org/a.csv", 'patients" OR 1', "../x"]
)
def test_a_table_name_is_only_ever_looked_up(tmp_path: Path, read_text: Read, name: str) -> None:
    study = read_text(STUDY.replace("WHERE", "age > 0").replace("table: patients", f"table: {name!r}"))
    with pytest.raises(DataError) as caught:
        open_population(study, "a", "KR", {"patients": written(tmp_path, GOOD)})
    assert caught.value.code == "study.no-table"


@pytest.mark.parametrize("name", ['age" FROM x; --', "a b", "1a", "a" * 65, "age);", "a\u200b", "site"])
def test_a_column_name_that_is_no_name_is_refused_at_reading(read_text: Read, name: str) -> None:
    import json

    text = STUDY.replace("WHERE", "age > 0").replace("  dead:", f"  {json.dumps(name)}: {{type: number}}\n  dead:")
    with pytest.raises(InputErrors) as caught:
        read_text(text)
    assert {fault.code for fault in caught.value.faults} <= {"study.odd-name", "study.reserved-name"}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM 'https://example.org/a.csv'",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/other.db'",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc']",
    ],
)
def test_the_connection_of_a_site_can_open_its_one_file_and_nothing_else(tmp_path: Path, statement: str) -> None:
    connection = open_table("a", "patients", written(tmp_path, GOOD), (), None).connection
    with pytest.raises(duckdb.Error):
        connection.execute(statement).fetchall()


def test_rows_that_are_alike_are_different_people(tmp_path: Path, read_text: Read) -> None:
    study = read_text(STUDY.replace("WHERE", "age > 0"))
    path = written(tmp_path, "age,sex,grade,dead\n" + "50,male,1,1\n" * 20)
    opened_ = open_population(study, "a", "KR", {"patients": path})
    register = Register(tmp_path / "people.bin")
    assert register.places(opened_.keys(b"secret"), named=False) == range(20)
    assert len({register.path.read_bytes()[at : at + 16] for at in range(0, 320, 16)}) == 20
    assert register.places(opened_.keys(b"secret"), named=False) == range(20), "known again"
    assert register.places(opened_.keys(b"secret"), named=True) is None, "a column of identity names each once"


@pytest.mark.parametrize("content", ["made by hand\nage,sex,grade,dead\n1,male,1,1\n", "age,sex,grade,dead\n1,male\n"])
def test_nothing_of_a_file_is_skipped_or_padded(tmp_path: Path, read_text: Read, content: str) -> None:
    with pytest.raises(DataError):
        opened(read_text, written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("age,sex,grade,dead\n1,male,1,1\n2,male,1\n", 3),
        ("age,sex,grade,dead\n1,male,1,1\n2,male,1,1,secret\n", 3),
        ('age,sex,grade,dead\n1,male,1,1\n"2,male,1,1\n3,male,1,1\n', 3),
        (b"age,sex,grade,dead\n1,male,1,1\n2,m\xe9le,1,1\n", 3),
        ("age,sex,grade,dead\n1,male,1,1\n".encode("utf-16"), 1),
    ],
)
def test_a_file_that_breaks_off_is_told_with_its_line_and_nothing_of_it(
    tmp_path: Path, read_text: Read, content: str | bytes, line: int
) -> None:
    with pytest.raises(DataError) as caught:
        opened(read_text, written(tmp_path, content))
    assert caught.value.code == "study.unreadable"
    assert caught.value.place is not None
    assert caught.value.place.line == line
    assert "secret" not in caught.value.worded("en") + caught.value.worded("ko")


def test_large_tables_keep_their_order_and_come_in_batches(tmp_path: Path, read_text: Read) -> None:
    ages = np.arange(50_000) % 90
    text = "age,sex,grade,dead\n" + "".join(f"{age},male,1,1\n" for age in ages)
    held = opened(read_text, written(tmp_path, text), "age >= 0")
    np.testing.assert_array_equal(held["age"], ages)


def test_a_register_read_in_many_stretches_knows_the_same_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    keys = random.integers(0, 2**63, (1_000, 2)).astype(np.uint64)
    keys[500:600] = keys[:100]  # alike, and far apart
    keys[700:720] = keys[0]
    for together in (7, 64, 1 << 20):
        monkeypatch.setattr("biopact.study.register.TOGETHER", together)
        register = Register(tmp_path / f"{together}" / "people.bin")
        assert register.places(iter([keys]), named=False) == range(1_000)
        assert register.places(iter([keys[:300], keys[300:]]), named=False) == range(1_000), "known again"
        fewer = register.places(iter([keys[5:490]]), named=False)
        np.testing.assert_array_equal(fewer, np.arange(5, 490))
        more = register.places(iter([np.vstack([keys, keys[3:4] + np.uint64(1)])]), named=False)
        np.testing.assert_array_equal(more, np.arange(1_001))
        assert len(register) == 1_001
        assert register.places(iter([keys]), named=True) is None
    whole = {(tmp_path / f"{together}" / "people.bin").read_bytes() for together in (7, 64, 1 << 20)}
    assert len(whole) == 1
