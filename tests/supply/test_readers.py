"""Public files as their publishers give them: openFDA shortages, Purple and Orange Book, UN Comtrade."""

from __future__ import annotations

import datetime
import json
import zipfile
from pathlib import Path

import pytest

from biopact.errors import DataError
from biopact.supply.network.readers.books import read_orange_book, read_purple_book
from biopact.supply.network.readers.comtrade import read_comtrade
from biopact.supply.network.readers.openfda import read_shortages
from biopact.supply.network.tables import read_tables
from biopact.supply.telling.showing import figures, network_as_json

from .conftest import serial


def test_shortages_are_read_with_what_the_file_leaves_out(tmp_path: Path) -> None:
    file = tmp_path / "shortages.json"
    file.write_text(json.dumps({"meta": {}, "results": [
        {"generic_name": "Adalimumab Injection", "company_name": "A", "status": "Current", "availability": "Limited",
         "initial_posting_date": "03/05/2024", "update_date": "11/20/2026", "package_ndc": "1-2", "shortage_reason": "Demand increase"},
        {"generic_name": "Other", "company_name": "B", "status": "Resolved", "initial_posting_date": "01/02/2023"},
        {"company_name": "no name"},
    ]}))  # fmt: skip
    first, second = read_shortages(file)
    assert first.initial == datetime.date(2024, 3, 5)
    assert first.availability == "Limited"
    assert second.availability is None
    assert second.updated is None


@pytest.mark.parametrize(("text", "words"), [
    ("{", "not well-formed JSON"), ("[]", "results"), ('{"results": {}}', "results"),
    ('{"results": [{"generic_name": "x", "update_date": "yesterday"}]}', "yesterday"),
])  # fmt: skip
def test_what_is_not_an_openfda_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(text)
    with pytest.raises(DataError, match=words):
        read_shortages(file)


PURPLE = """Purple Book Database Extract,,,
"Data as of November 2026",,,
N/R/U,Applicant,BLA Number,Proprietary Name,Proper Name,BLA Type,Strength,Dosage Form,Marketing Status,Approval Date
,AbbVie Inc.,125057,Humira,adalimumab,351(a),40MG/0.8ML,Injection,Rx,12/31/2002
N/R/U,Applicant,BLA Number,Proprietary Name,Proper Name,BLA Type,Strength,Dosage Form,Marketing Status,Approval Date
N,Samsung Bioepis,761059,Hadlima,adalimumab-bwwd,351(k) Biosimilar,40MG/0.8ML,Injection,Rx,"July 23, 2019"
"""


def test_the_purple_book_is_read_below_its_notes_and_repeated_heading(tmp_path: Path) -> None:
    file = tmp_path / "purple.csv"
    file.write_text(PURPLE)
    told = read_purple_book(file)
    assert [it.name for it in told] == ["adalimumab", "adalimumab-bwwd"]
    assert told[1].type == "351(k) Biosimilar"
    assert told[1].approved == datetime.date(2019, 7, 23)


ORANGE = (
    "Ingredient~DF;Route~Trade_Name~Applicant~Strength~Appl_Type~Appl_No~Product_No~TE_Code~Approval_Date~RLD~RS~Type~Applicant_Full_Name\n"
    "BUDESONIDE~AEROSOL, FOAM;RECTAL~UCERIS~SALIX~2MG/ACTUATION~N~205613~001~~Oct 7, 2014~Yes~Yes~RX~SALIX PHARMACEUTICALS INC\n"
    "ASPIRIN~TABLET;ORAL~X~Y~1MG~N~1~001~~Approved Prior to Jan 1, 1982~No~No~OTC~Y INC\n"
)


def test_the_orange_book_is_read_from_its_zip_and_its_text(tmp_path: Path) -> None:
    text = tmp_path / "products.txt"
    text.write_text(ORANGE)
    with zipfile.ZipFile(tmp_path / "orange.zip", "w") as archive:
        archive.writestr("EOB/products.txt", ORANGE)
    for file in (text, tmp_path / "orange.zip"):
        first, second = read_orange_book(file)
        assert first.approved == datetime.date(2014, 10, 7)
        assert first.applicant == "SALIX PHARMACEUTICALS INC"
        assert second.approved is None
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme", "x")
    with pytest.raises(DataError, match=r"products\.txt"):
        read_orange_book(tmp_path / "empty.zip")


@pytest.mark.parametrize("text", [
    "refYear,flowDesc,reporterDesc,partnerDesc,cmdCode,primaryValue,netWgt\n2024,Import,USA,Rep. of Korea,3002,1234567.5,89\n",
    'Year,Trade Flow,Reporter,Partner,Commodity Code,Trade Value (US$),Netweight (kg)\n2024,Import,USA,Rep. of Korea,3002,"1,234,567.5",89\n',
    "period,flowCode,reporterISO,partnerISO,cmdCode,primaryValue,netWgt\n202401,M,USA,KOR,3002,1234567.5,89\n",
])  # fmt: skip
def test_comtrade_is_read_in_its_old_and_new_columns(tmp_path: Path, text: str) -> None:
    file = tmp_path / "trade.csv"
    file.write_text(text)
    (line,) = read_comtrade(file)
    assert (line.year, line.flow, line.code, line.value, line.weight) == (2024, "Import", "3002", 1234567.5, 89)


def test_a_number_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "trade.csv"
    file.write_text("refYear,flowDesc,reporterDesc,partnerDesc,cmdCode,primaryValue\n2024,Import,USA,Korea,3002,much\n")
    with pytest.raises(DataError, match=r"trade.csv:2: primaryValue.*much"):
        read_comtrade(file)
    file.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="refYear"):
        read_comtrade(file)


def test_what_files_say_is_matched_to_the_products_and_headings_of_the_network(tmp_path: Path) -> None:
    tables = serial()
    tables["materials"][1]["name_en"] = "Adalimumab 40 mg"
    (tmp_path / "p.csv").write_text(PURPLE)
    (tmp_path / "t.csv").write_text(
        "refYear,flowDesc,reporterDesc,partnerDesc,cmdCode,primaryValue\n2024,Import,USA,Korea,3002,5\n2024,Import,USA,Korea,8703,5\n"
    )
    told = network_as_json(read_tables(tables), [], {"purple": tmp_path / "p.csv", "comtrade": tmp_path / "t.csv"})  # type: ignore[arg-type]
    assert [it["trade_name"] for it in told["files"]["purple"]] == ["Humira", "Hadlima"]
    assert [it["name"] for it in told["files"]["comtrade"]] == ["3002"]


def test_every_public_figure_has_value_unit_source_and_confidence() -> None:
    rows = figures()
    assert len(rows) > 40
    for row in rows:
        assert row["value"] or row["low"], row
        assert row["unit"], row
        assert row["source"], row
        assert row["confidence"] in ("H", "M", "L"), row
        assert row["date"], row
