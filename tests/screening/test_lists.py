"""Each format of a list is read as its publisher writes it; what is cut, changed or odd is told with its place."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from biopact.errors import DataError, InputError, UsageError
from biopact.screening import read_list, read_names
from biopact.screening.lists.reading import known_lists, split_option

SDN = (
    '101,"DOE, Jong Su","individual","DPRK3] [NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 04 Mar 1961; nationality Korea, North; a.k.a. \'THE ENGINEER\'."\n'
    '102,"EXAMPLE TRADING CO., LTD.",-0- ,"DPRK4",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
    "\x1a"
)
CSL_HEADER = "source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,source_information_url,ids"
CSL = (
    "Entity List (EL) - Bureau of Industry and Security,,,,Example Genomics Institute,,\"1 Road, Beijing, CN\",80 FR 1,2015-11-12,,,,,,,,,,,,,EGI; Example Gene,,,,,,\n"
    "Specially Designated Nationals (SDN) - Treasury Department,101,Individual,DPRK3; NPWMD,\"DOE, Jong Su\",,,,,,,,,,,,,,,,,,,1961,KP,,,\n"
)  # fmt: skip
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-20T00:00:09Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><VERSIONNUM>1</VERSIONNUM>
<FIRST_NAME>JONG SU</FIRST_NAME><SECOND_NAME>DOE</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.999</REFERENCE_NUMBER>
<NAME_ORIGINAL_SCRIPT>도종수</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Democratic People's Republic of Korea</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Do Chong-su</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1961</YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>EXAMPLE BANK</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPe.999</REFERENCE_NUMBER>
<ENTITY_ADDRESS><COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""
SDN_XML = """<?xml version="1.0"?><sdnList xmlns="http://tempuri.org/sdnList.xsd"><publshInformation><Publish_Date>11/19/2026</Publish_Date>
<Record_Count>{count}</Record_Count></publshInformation><sdnEntry><uid>101</uid><firstName>Jong Su</firstName><lastName>DOE</lastName>
<sdnType>Individual</sdnType><programList><program>DPRK3</program></programList><akaList><aka><uid>1</uid><type>a.k.a.</type>
<lastName>DO</lastName><firstName>Chong-su</firstName></aka></akaList><dateOfBirthList><dateOfBirthItem><uid>2</uid>
<dateOfBirth>04 Mar 1961</dateOfBirth></dateOfBirthItem></dateOfBirthList></sdnEntry></sdnList>"""


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_ofac_csv_is_read_with_the_files_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, "sdn.csv", SDN)
    written(tmp_path, "alt.csv", '101,1,"aka","DO, Chong-su",-0- \n')
    written(tmp_path, "add.csv", '102,1,"1 Street","Pyongyang","Korea, North",-0- \n')
    read = read_list(path)
    assert (read.id, read.format, len(read.entries)) == ("ofac-sdn", "ofac-csv", 2)
    person, firm = read.entries
    assert person.names == ("DOE, Jong Su", "DO, Chong-su", "THE ENGINEER")
    assert (person.kind, person.birth_years, person.countries) == ("person", {1961}, {"KP"})
    assert person.programmes == ("DPRK3", "NPWMD")
    assert (firm.kind, firm.countries) == ("organisation", {"KP"})
    assert set(read.companions) == {"alt.csv", "add.csv"}


def test_ofac_csv_alone_says_which_files_it_missed(tmp_path: Path) -> None:
    read = read_list(written(tmp_path, "sdn.csv", SDN), "ofac-sdn")
    assert {note.code for note in read.notes} == {"no-alt", "no-add"}


def test_ofac_xml_has_its_own_date_and_count(tmp_path: Path) -> None:
    read = read_list(written(tmp_path, "sdn.xml", SDN_XML.format(count=1)))
    assert (read.date, read.dated) == (datetime.date(2026, 11, 19), "file")
    assert read.entries[0].names == ("DOE, Jong Su", "DO, Chong-su")
    with pytest.raises(DataError) as caught:
        read_list(written(tmp_path, "sdn.xml", SDN_XML.format(count=2)))
    assert caught.value.code == "screening.fewer-than-said"


def test_the_consolidated_list_names_the_lists_it_joins(tmp_path: Path) -> None:
    read = read_list(written(tmp_path, "consolidated.csv", f"{CSL_HEADER}\n{CSL}"))
    assert read.id == "csl"
    assert [entry.sublist for entry in read.entries] == ["bis-entity", "ofac-sdn"]
    assert read.entries[0].names == ("Example Genomics Institute", "EGI", "Example Gene")
    assert read.entries[0].countries == {"CN"}
    assert read.entries[1].id == "ofac-101"


def test_of_the_consolidated_list_one_list_may_be_taken(tmp_path: Path) -> None:
    read = read_list(written(tmp_path, "consolidated.csv", f"{CSL_HEADER}\n{CSL}"), "bis-entity")
    assert [entry.names[0] for entry in read.entries] == ["Example Genomics Institute"]


def test_the_consolidated_list_in_json_is_the_same(tmp_path: Path) -> None:
    result = {
        "id": "abc", "source": "Entity List (EL) - Bureau of Industry and Security", "name": "Example Genomics Institute",
        "alt_names": ["EGI"], "addresses": [{"address": "1 Road", "city": "Beijing", "country": "CN"}], "programs": [],
    }  # fmt: skip
    read = read_list(written(tmp_path, "csl.json", json.dumps({"total": 1, "results": [result]})))
    assert (read.id, read.format) == ("csl", "csl-json")
    assert read.entries[0].names == ("Example Genomics Institute", "EGI")
    assert read.entries[0].countries == {"CN"}
    with pytest.raises(DataError) as caught:
        read_list(written(tmp_path, "csl.json", json.dumps({"results": [{**result, "surprise": 1}]})))
    assert caught.value.values["column"] == "surprise"


def test_the_un_list_is_read_with_its_original_script(tmp_path: Path) -> None:
    read = read_list(written(tmp_path, "un.xml", UN))
    assert (read.id, read.date, read.dated) == ("un-sc", datetime.date(2026, 11, 20), "file")
    person, body = read.entries
    assert person.names == ("JONG SU DOE", "Do Chong-su", "도종수")
    assert (person.id, person.countries, person.birth_years) == ("KPi.999", {"KP"}, {1961})
    assert (body.kind, body.names) == ("organisation", ("EXAMPLE BANK",))


def test_denied_persons_are_read_in_both_versions_and_once_for_all_their_addresses(tmp_path: Path) -> None:
    old = '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
    old += (
        '"JOHN DOE"\t"1 ROAD"\t"AMMAN"\t""\t"JO"\t""\t"06/19/2003"\t"06/29/2056"\t"Y"\t"2007-01-31"\t""\t"68 F.R. 1"\n'
    )
    old += (
        '"JOHN DOE"\t"2 ROAD"\t"DUBAI"\t""\t"AE"\t""\t"06/19/2003"\t"06/29/2056"\t"Y"\t"2007-01-31"\t""\t"68 F.R. 1"\n'
    )
    first = read_list(written(tmp_path, "dpl.txt", old))
    assert (first.id, first.version, len(first.entries)) == ("bis-denied", "1", 1)
    assert first.entries[0].countries == {"JO", "AE"}
    assert first.entries[0].until == datetime.date(2056, 6, 29)
    new = 'Name and Address,Effective Date,Expiration Date,Type of Denial,Appropriate Federal Register Citations\n"JOHN DOE, 1 ROAD, AMMAN, JO",06/19/2003,06/29/2056,Standard,68 F.R. 1\n'
    second = read_list(written(tmp_path, "dpl.csv", new))
    assert (second.version, second.entries[0].names, second.entries[0].countries) == ("2", ("JOHN DOE",), {"JO"})


def test_the_entity_list_is_read_with_its_aliases(tmp_path: Path) -> None:
    text = (
        "Country,Entity,License Requirement,License Review Policy,Federal Register Citation\n"
        '"China, People\'s Republic of","Example Genomics Institute, a.k.a., the following two aliases: —EGI; and —Example Gene. 1 Road, Beijing","For all items subject to the EAR",Presumption of denial,85 FR 1\n'
    )
    entry = read_list(written(tmp_path, "el.csv", text)).entries[0]
    assert entry.names[:3] == ("Example Genomics Institute", "EGI", "Example Gene")


def test_fda_debarments_are_read_as_table_and_as_page(tmp_path: Path) -> None:
    text = "Last Name,First & Middle Names,Effective Date,End/Term of Debarment,FR Date,Volume Page\nDoe,John Q.,01/02/2020,Permanent,01/02/2020,85 FR 1\n"
    entry = read_list(written(tmp_path, "debarred.csv", text)).entries[0]
    assert (entry.names, entry.kind) == (("Doe, John Q.",), "person")
    page = "<html><body><table><tr><th>Name of Firm</th><th>Effective Date</th><th>End/Term of Debarment</th></tr><tr><td>Example Generics</td><td>01/02/2020</td><td>Permanent</td></tr></table>"
    page += "<table><tr><th>Last Name</th><th>First &amp; Middle Names</th><th>Effective Date</th><th>End/Term of Debarment</th></tr><tr><td>Doe</td><td>John</td><td>01/02/2020</td><td>5 years</td></tr></table></body></html>"
    read = read_list(written(tmp_path, "debarred.html", page))
    assert read.id == "fda-debarment"
    assert [entry.kind for entry in read.entries] == ["organisation", "person"]


def test_fda_investigators_and_hhs_exclusions_are_read(tmp_path: Path) -> None:
    text = 'Name,Center,City,State,Status,Date of Status,Date NIDPOE Issued\n"Doe, John, MD",CDER,Austin,TX,Disqualified,01/02/2010,01/02/2009\n'
    entry = read_list(written(tmp_path, "investigators.csv", text)).entries[0]
    assert (entry.names, entry.programmes) == (("Doe, John",), ("Disqualified",))
    leie = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n"
    leie += "DOE,JOHN,Q,,X,Y,,0,19610304,1 MAIN,AUSTIN,TX,1,1128a1,20200101,00000000,00000000,\n,,,EXAMPLE CLINIC INC,X,Y,,0,,1 MAIN,AUSTIN,TX,1,1128a1,20200101,00000000,00000000,\n"
    read = read_list(written(tmp_path, "UPDATED.csv", leie))
    assert read.id == "hhs-exclusions"
    assert (read.entries[0].names, read.entries[0].birth_years) == (("DOE, JOHN Q",), {1961})
    assert read.entries[1].kind == "organisation"


def test_a_licensed_opensanctions_copy_is_read(tmp_path: Path) -> None:
    text = "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,dataset,first_seen,last_seen,last_change\nNK-1,Person,Jong Su Doe,Do Chong-su,1961-03-04,kp,,,UN,,,un,,,\n"
    read = read_list(written(tmp_path, "targets.simple.csv", text))
    assert read.id == "opensanctions"
    assert read.entries[0].countries == {"KP"}


def test_a_repeated_id_of_a_simple_list_is_an_alias_and_strange_columns_are_named(listed: Callable[..., Path]) -> None:
    read = read_list(listed("1,도종수,x\n1,Do Jong Su,y", header="id,name,colour"), "kr-fsc")
    assert read.entries[0].names == ("도종수", "Do Jong Su")
    assert [note.values["columns"] for note in read.notes if note.code == "ignored-columns"] == ["colour"]


def test_a_workbook_is_a_list_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("id", "name"), (1, "Example Genomics"), (2, "도종수")):
        book.active.append(row)
    book.save(tmp_path / "dod.xlsx")
    read = read_list(tmp_path / "dod.xlsx", "dod-1260h")
    assert [entry.id for entry in read.entries] == ["1", "2"]
    (tmp_path / "dod.xlsx").write_bytes((tmp_path / "dod.xlsx").read_bytes()[:400])
    with pytest.raises(DataError):
        read_list(tmp_path / "dod.xlsx", "dod-1260h")


def test_an_unknown_column_of_an_official_format_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_list(written(tmp_path, "csl.csv", f"{CSL_HEADER},risk_score\n"), "csl")
    assert caught.value.values["column"] == "risk_score"
    assert "risk_score" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sdn.csv", SDN[:-20]),
        ("csl.csv", f"{CSL_HEADER}\n{CSL}"[:-12]),
        ("csl.csv", f'{CSL_HEADER}\nEntity List (EL),,,,"Example Gen'),
        ("un.xml", UN[:-200]),
        ("csl.json", '{"results": [{"source": "Entity List", "na'),
        ("list.csv", b"id,name\n1,Exam" + b"\xec\x82"),
        ("page.html", "<html><table><tr><th>Name of Firm</th></tr><tr><td>X"),
    ],
)
def test_a_list_cut_in_the_middle_is_refused(tmp_path: Path, name: str, content: str | bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_list(written(tmp_path, name, content))
    assert caught.value.place is not None
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "screening.empty-file"),
        (b"id,name\n", "screening.no-entries"),
        (b"a,b\n1,2\n", "screening.unknown-format"),
        (b"id,name\n1,a\x00b\n", "screening.not-text"),
        (b"id,name,name\n1,a,b\n", "screening.repeated-column"),
        (b"<foo/>", "screening.unknown-format"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><CONSOLIDATED_LIST/>', "screening.document-type"),
        (b'{"a": 1}', "screening.unknown-format"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        read_list(written(tmp_path, "x.csv", content), "own")
    assert caught.value.code == code
    assert str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_list(tmp_path / "nothing.csv")
    assert caught.value.code == "screening.missing-file"


def test_cp949_is_detected_and_said(tmp_path: Path) -> None:
    path = written(tmp_path, "names.csv", "id,name\n1,김민수\n2,주식회사 한빛제약\n".encode("cp949"))
    queries, notes, _ = read_names(path)
    assert [query.names[0] for query in queries] == ["김민수", "주식회사 한빛제약"]
    assert [note.values["encoding"] for note in notes] == ["CP949"]


def test_windows_1252_and_utf_16_are_said_too(tmp_path: Path) -> None:
    for encoding, told in (("cp1252", "Windows-1252"), ("utf-16", "UTF-16")):
        _, notes, _ = read_names(written(tmp_path, "names.csv", "id,name\n1,José Ibáñez\n".encode(encoding)))
        assert [note.values["encoding"] for note in notes] == [told]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_read_and_said(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, "names.csv", f"id{separator}name\n1{separator}Doe, John\n")
    queries, notes, _ = read_names(path)
    assert queries[0].names == ("Doe, John",)
    assert [note.code for note in notes] == ["separator"]


def test_a_list_knows_its_age_and_limit(listed: Callable[..., Path]) -> None:
    path = listed("1,x y")
    os.utime(path, (datetime.datetime(2026, 1, 10).timestamp(),) * 2)
    read = read_list(path, "ofac-sdn")
    assert (read.date, read.dated, read.limit_days) == (datetime.date(2026, 1, 10), "timestamp", 7)
    assert not read.stale(datetime.date(2026, 1, 17))
    assert read.stale(datetime.date(2026, 1, 18))
    assert read_list(path, "own").limit_days == 90


def test_lists_that_change_daily_have_seven_days_and_others_ninety() -> None:
    assert {each["days"] for each in known_lists().values()} == {7, 90}
    assert known_lists()["un-sc"]["days"] == 7
    assert known_lists()["dod-1260h"]["days"] == 90


def test_the_option_of_a_list_is_an_id_and_a_file() -> None:
    assert split_option("ofac-sdn=a/b.csv") == ("ofac-sdn", Path("a/b.csv"))
    assert split_option("b.csv") == (None, Path("b.csv"))
    with pytest.raises(UsageError):
        split_option("=b.csv")


def test_names_may_be_missing_odd_or_numbers_and_none_of_them_stops_the_rest(tmp_path: Path) -> None:
    text = "id,name,country,birth_year,brn,lei\n1,Kim,XX,soon,123-45-67892,X\n,No Id,,,,\n3,,,,,\n"
    queries, _, findings = read_names(written(tmp_path, "names.csv", text))
    assert len(queries) == 3
    assert {each.code for each in findings} == {
        "unknown-country",
        "odd-birth-year",
        "identifier-check",
        "identifier-form",
        "no-id",
    }


@pytest.mark.parametrize("text", ["name\nx\n", "id;navn\n1;x\n", "id,name\n"])
def test_a_file_without_names_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError):
        read_names(written(tmp_path, "names.csv", text))
