"""A site's table in a database: PostgreSQL on a real server, and Ibis through SQLite, give what the same file gives."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from biopact.errors import DataError, MissingExtraError
from biopact.study.databases import snapshot

ROWS = [(20 + at % 61, round(0.5 + at % 37, 2), ("female", "male")[at % 2], at % 3 == 0, f"p{at}") for at in range(300)]
ROWS[4] = (None, *ROWS[4][1:])
ROWS[9] = (*ROWS[9][:2], None, *ROWS[9][3:])
STUDY = """
study: s
columns:
  age: {type: number, bounds: [0, 120]}
  dose: {type: number, bounds: [0, 500]}
  sex: {levels: [female, male]}
  dead: {levels: [0, 1]}
analyses:
  - {name: table, kind: describe, of: [age, sex, dose]}
  - {name: risk, kind: glm, family: binomial, formula: "dead ~ age + dose + sex"}
"""
COLUMNS = ("age", "dose", "sex", "dead")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL of this test's own: a Unix socket, no network; stopped by its process id at the end."""
    pytest.importorskip(
        "adbc_driver_postgresql", reason="adbc-driver-postgresql does not install here (extra postgresql)"
    )
    pgserver = pytest.importorskip(
        "pgserver", reason="pgserver (a PostgreSQL from the package index) does not install here"
    )
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        try:
            server = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:  # a machine on which no server may start
            pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
        pid, address = server.get_pid(), server.get_uri()
        assert "host=/" in address, "a socket, not a port"
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE people (age double precision, dose numeric(8, 2), sex text, dead boolean, id text PRIMARY KEY)"
            )
            cursor.executemany("INSERT INTO people VALUES ($1, $2::float8, $3, $4, $5)", ROWS)
            cursor.execute("CREATE SCHEMA omop")
            cursor.execute("CREATE VIEW omop.person AS SELECT * FROM people")
            cursor.execute("CREATE TABLE odd AS SELECT *, 'NaN'::float8 AS hole, 'infinity'::float8 AS far FROM people")
            cursor.execute("CREATE TABLE nobody AS SELECT * FROM people WHERE false")
            connection.commit()
        yield address
        server.cleanup()
        for _ in range(50):
            if not alive(pid):
                break
            time.sleep(0.1)
        assert not alive(pid), "the server was stopped"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def named(tmp_path: Path) -> Callable[..., Path]:
    """A site's small file that says where its database is."""

    def make(kind: str, address: str, table: str, name: str = "a") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"{kind}: {json.dumps(address)}\ntable: {json.dumps(table)}\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    text = "".join(",".join("" if value is None else str(value) for value in row) + "\n" for row in ROWS)
    path.write_text("age,dose,sex,dead,id\n" + text, encoding="utf-8")
    return path


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    pytest.importorskip("ibis", reason="ibis-framework does not install here (extra ibis)")
    path = tmp_path / "hospital.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (age REAL, dose REAL, sex TEXT, dead INTEGER, id TEXT)")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", ROWS)
    return f"sqlite://{path}"


@pytest.fixture
def tried(biopact: Any, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """``study try`` on one file."""

    def call(path: Path, study: str = STUDY) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "s.study"
        file.write_text(study, encoding="utf-8")
        told = biopact("study", "try", file, "--site", f"a={path}", "--json")
        return told.code, told.json

    return call


@pytest.mark.parametrize("table", ["people", "omop.person"])
def test_a_table_in_postgresql_gives_what_the_same_file_gives(
    postgresql: str, named: Any, tried: Any, csv_file: Path, table: str
) -> None:
    code, told = tried(named("postgresql", postgresql, table))
    assert code == 0
    assert told["analyses"] == tried(csv_file)[1]["analyses"]
    assert told["readiness"] == tried(csv_file)[1]["readiness"]


def test_a_table_through_ibis_gives_what_the_same_file_gives(
    sqlite: str, named: Any, tried: Any, csv_file: Path
) -> None:
    code, told = tried(named("ibis", sqlite, "people"))
    assert code == 0
    assert told["analyses"] == tried(csv_file)[1]["analyses"]


def test_a_snapshot_of_named_people_reads_the_columns_of_the_study_and_no_other(
    postgresql: str, sqlite: str, named: Any, tmp_path: Path
) -> None:
    for kind, address in (("postgresql", postgresql), ("ibis", sqlite)):
        path, file = named(kind, address, "people"), tmp_path / f"{kind}.parquet"
        snapshot("a", "people", path, ("age", "dead", "id"), True, file)
        held = pq.read_table(file)
        assert held.column_names == ["age", "dead", "id"]
        assert held["id"].to_pylist() == sorted(row[4] for row in ROWS), (
            "in the order of identity, whatever the engine does"
        )
        snapshot("a", "people", path, ("age", "dead"), False, file)
        assert pq.read_table(file).num_columns == 5, "the whole row says who somebody is"


@pytest.mark.parametrize("kind", ["postgresql", "ibis"])
@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("none", "study.unreadable"),
        ("people; DROP TABLE people", "study.unreadable"),
        ('people"; DROP TABLE people; --', "study.unreadable"),
        ("(SELECT 1)", "study.unreadable"),
    ],
)
def test_a_table_that_is_not_there_is_an_error_and_no_statement(
    request: pytest.FixtureRequest, named: Any, tried: Any, kind: str, table: str, code: str
) -> None:
    address = request.getfixturevalue({"postgresql": "postgresql", "ibis": "sqlite"}[kind])
    exit_code, told = tried(named(kind, address, table))
    assert exit_code == 3
    assert told["errors"][0]["code"] == code
    assert tried(named(kind, address, "people"))[0] == 0, "the table is still there"


def test_a_column_that_the_database_lacks_names_site_and_column(
    postgresql: str, sqlite: str, named: Any, tried: Any
) -> None:
    study = STUDY.replace("  dead:", "  weight: {type: number, bounds: [0, 300]}\n  dead:")
    for kind, address in (("postgresql", postgresql), ("ibis", sqlite)):
        code, told = tried(named(kind, address, "people"), study)
        assert code == 3
        assert told["errors"][0]["code"] == "study.no-column"
        assert "weight" in told["errors"][0]["message"]


@pytest.mark.parametrize(("column", "code"), [("hole", "study.all-missing"), ("far", "study.infinite")])
def test_nan_is_missing_and_infinity_an_error_in_postgresql_too(
    postgresql: str, named: Any, tried: Any, column: str, code: str
) -> None:
    study = STUDY.replace("  dose: {", f"  {column}: {{").replace("dose", column)
    exit_code, told = tried(named("postgresql", postgresql, "odd"), study)
    assert exit_code == 3
    assert told["errors"][0]["code"] == code
    assert column in told["errors"][0]["message"]


def test_an_empty_table_is_told(postgresql: str, named: Any, tried: Any) -> None:
    code, told = tried(named("postgresql", postgresql, "nobody"))
    assert code == 3
    assert told["errors"][0]["code"] == "study.no-rows"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody:hunter2@127.0.0.1:1/none?connect_timeout=2",
        "postgresql:///x?host=/nowhere&password=hunter2",
    ],
)
def test_a_server_that_does_not_answer_is_an_error_without_its_address(named: Any, tried: Any, address: str) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    code, told = tried(named("postgresql", address, "people"))
    assert code == 3
    assert told["errors"][0]["code"] == "study.unreadable"
    assert "hunter2" not in json.dumps(told)
    assert "127.0.0.1" not in json.dumps(told)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql: postgresql:///x\n",
        "table: people\n",
        "postgresql: a\nibis: b\ntable: c\n",
        "postgresql: a\ntable: b\npassword: c\n",
        "- postgresql\n",
        "mysql: a\ntable: b\n",
    ],
)
def test_a_file_that_does_not_say_where_the_table_is_is_an_error(tmp_path: Path, tried: Any, text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    code, told = tried(path)
    assert code == 3
    assert told["errors"][0]["code"] == "study.odd-database"


@pytest.mark.parametrize(("kind", "module"), [("postgresql", "adbc_driver_postgresql.dbapi"), ("ibis", "ibis")])
def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    named: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, module: str
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as caught:
        snapshot("a", "people", named(kind, "sqlite:///x", "people"), COLUMNS, False, tmp_path / "x.parquet")
    assert caught.value.exit_code == 5
    assert f"biopact[{kind}]" in str(caught.value)


def test_the_snapshot_goes_when_the_study_is_done(
    postgresql: str, named: Any, tried: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    assert tried(named("postgresql", postgresql, "people"))[0] == 0
    assert list(private.iterdir()) == []


def test_an_address_that_is_no_address_is_a_data_error(named: Any, tmp_path: Path) -> None:
    pytest.importorskip("ibis")
    with pytest.raises(DataError) as caught:
        snapshot("a", "people", named("ibis", "nothing-we-know://x", "people"), COLUMNS, False, tmp_path / "x.parquet")
    assert caught.value.code == "study.unreadable"
