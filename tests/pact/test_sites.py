"""A site's own file, and the studies of a pact: existing files inside the folder, or a told error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from biopact.errors import DataError, InputErrors, PactError
from biopact.pact import read
from biopact.pact.inside import study_file
from biopact.pact.sites import read_site

Site = Callable[[str], Path]


@pytest.fixture
def site(folder: Path) -> Site:
    """The pact's folder with a site file of ``kr`` of this text, and its data."""

    def write(text: str) -> Path:
        (folder / "sites").mkdir()
        (folder / "data").mkdir()
        (folder / "data" / "kr.csv").write_text("age,sex\n50,female\n")
        (folder / "data" / "nothing.csv").touch()
        (folder / "sites" / "kr.yaml").write_text(text)
        return folder

    return write


def test_a_site_names_the_file_of_each_table(site: Site) -> None:
    folder = site("# ours\ntables:\n  patients: data/kr.csv\n")
    found = read_site(read(folder), "kr")
    assert found.tables == {"patients": folder / "data" / "kr.csv"}
    assert str(found.place("patients")).endswith("kr.yaml:3: tables.patients")


@pytest.mark.parametrize(
    ("text", "kind", "code", "line"),
    [
        ("tables: {patients: data/us.csv}", DataError, "data-missing", 1),
        ("tables: {patients: data/hospital.yaml}", PactError, "database-in-pact", 1),
        ("tables: {patients: data/hospital.YML}", PactError, "database-in-pact", 1),
        ("tables: {patients: 'database:../../hospital'}", PactError, "odd-database", 1),
        ("tables: {patients: 'database:'}", PactError, "odd-database", 1),
        ("tables: {patients: 'database:hospital'}", DataError, "no-database", 1),
        ("tables: {patients: 'https://example.com/kr.csv'}", DataError, "data-missing", 1),
        ("tables: {patients: 'data/*.csv'}", DataError, "data-missing", 1),
        ("tables: {patients: data/nothing.csv}", DataError, "data-empty", 1),
        ("tables:\n  patients: ../kr.csv", PactError, "data-outside", 2),
        ("tables:\n  patients: /etc/passwd", PactError, "data-outside", 2),
        ("tables:\n  patients: [data/kr.csv]", PactError, "expected-text", 2),
        ("tables: {patients: data/kr.csv}\ntabels: {}", PactError, "unknown-key-near", 2),
        ("tables: {}", PactError, "site-without-tables", 1),
        ("tables: data/kr.csv", PactError, "site-without-tables", 1),
        ("patients: data/kr.csv", PactError, "site-without-tables", 1),
        ("- a", PactError, "site-without-tables", 1),
    ],
)
def test_what_is_wrong_with_a_site_is_told_with_its_line(
    site: Site, text: str, kind: type, code: str, line: int, tmp_path: Path
) -> None:
    folder = site(text)
    with pytest.raises(kind) as caught:
        read_site(read(folder), "kr", tmp_path / "state")
    assert caught.value.code == f"pact.{code}"
    assert caught.value.exit_code == 3
    assert caught.value.place.file == folder / "sites" / "kr.yaml"
    assert caught.value.place.line == line


def test_several_faults_of_a_site_are_told_together(site: Site) -> None:
    folder = site("tables: {a: data/none.csv, b: ../x.csv}\n")
    with pytest.raises(InputErrors) as caught:
        read_site(read(folder), "kr")
    assert [fault.code for fault in caught.value.faults] == ["pact.data-missing", "pact.data-outside"]


def test_data_elsewhere_is_read_only_where_the_reader_says_so(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "kr.csv"
    elsewhere.write_text("age\n1\n")
    folder = site(f"tables: {{patients: {elsewhere}}}\n")
    with pytest.raises(PactError):
        read_site(read(folder), "kr")
    assert read_site(read(folder), "kr", anywhere=True).tables == {"patients": elsewhere}


def test_a_link_out_of_the_folder_is_not_followed(site: Site) -> None:
    folder = site("tables: {patients: data/link.csv}\n")
    (folder / "data" / "link.csv").symlink_to("/etc/hostname")
    with pytest.raises(PactError) as caught:
        read_site(read(folder), "kr")
    assert caught.value.code == "pact.data-outside"


def test_a_link_in_a_folder_of_data_does_not_lead_out_of_the_pact(site: Site) -> None:
    folder = site("tables: {patients: data}\n")
    (folder / "data" / "sub").mkdir()
    (folder / "data" / "sub" / "a.parquet").symlink_to(folder / "data" / "kr.csv")
    assert read_site(read(folder), "kr").tables == {"patients": folder / "data"}
    (folder / "data" / "sub" / "b.parquet").symlink_to("/etc/hostname")
    with pytest.raises(PactError) as caught:
        read_site(read(folder), "kr")
    assert caught.value.code == "pact.data-outside"


def test_the_address_of_a_database_is_the_users_own_and_never_the_pacts(site: Site, tmp_path: Path) -> None:
    folder = site("tables: {patients: 'database:hospital'}\n")
    address = tmp_path / "state" / "databases" / "hospital.yaml"
    address.parent.mkdir(parents=True)
    address.write_text("postgresql: postgresql:///hospital\ntable: people\n")
    assert read_site(read(folder), "kr", tmp_path / "state").tables == {"patients": address}


@pytest.mark.parametrize("party", ["nobody", "public", "../kr", ""])
def test_only_a_party_has_a_site(site: Site, party: str) -> None:
    folder = site("tables: {patients: data/kr.csv}\n")
    with pytest.raises(PactError) as caught:
        read_site(read(folder), party)
    assert caught.value.code == "pact.no-such-site"


def test_a_party_without_a_site_file_is_told(folder: Path) -> None:
    with pytest.raises(PactError) as caught:
        read_site(read(folder), "kr")
    assert caught.value.code == "pact.no-site-file"
    assert "Write it in sites/kr.yaml" in caught.value.worded("en")


def test_a_study_is_found_by_name_or_as_the_default_and_a_missing_one_names_the_others(folder: Path) -> None:
    (folder / "studies").mkdir()
    (folder / "studies" / "liver-survival.yaml").write_text("study: liver-survival\n")
    pact = read(folder)
    assert study_file(pact) == study_file(pact, "liver-survival") == folder / "studies" / "liver-survival.yaml"
    with pytest.raises(PactError) as caught:
        study_file(pact, "liver-survivl")
    assert caught.value.code == "pact.unknown-study-near"
    assert "liver-survival" in caught.value.worded("ko")
    with pytest.raises(PactError) as caught:
        study_file(pact, "heart")
    assert caught.value.code == "pact.unknown-study"
    for outside in ("../pact", "/etc/passwd", "a/b"):
        with pytest.raises(PactError) as caught:
            study_file(pact, outside)
        assert caught.value.code == "pact.outside"
    nameless = pact.model_copy(update={"default_study": None})
    with pytest.raises(PactError) as caught:
        study_file(nameless)
    assert caught.value.code == "pact.no-default-study"
