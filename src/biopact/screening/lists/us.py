"""U.S. lists that come as tables with a header: the consolidated list, BIS, FDA, HHS.

Columns as published: consolidated list, the header of ``consolidated.csv`` (data.trade.gov, v1); denied persons, the
header of ``dpl.txt`` (until 2024) and of the CSV that bis.gov exports since; Entity List, the columns of Supplement
No. 4 to 15 CFR Part 744; debarments, the two tables of FDA's page (firms; persons), also its spreadsheet; disqualified
investigators, the export of FDA's database (accessdata.fda.gov, sda); exclusions, the LEIE record layout (oig.hhs.gov).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from biopact.screening.lists.entry import Entry
from biopact.screening.lists.fields import country, day, several, years
from biopact.screening.lists.files import Row, Table
from biopact.screening.lists.format import TableFormat, made_id
from biopact.screening.names.name import Kind

__all__ = ["CSL", "FORMATS", "kind_of", "sublist_of"]

# the lists that the consolidated list joins, by how their source begins
_SUBLISTS = (
    ("Specially Designated Nationals", "ofac-sdn"), ("Entity List", "bis-entity"), ("Denied Persons", "bis-denied"),
    ("Unverified", "bis-unverified"), ("Military End User", "bis-military-end-user"),
    ("Nonproliferation", "state-isn"), ("ITAR Debarred", "state-debarred"), ("AECA Debarred", "state-debarred"),
    ("Sectoral", "ofac-consolidated"), ("Foreign Sanctions Evaders", "ofac-consolidated"),
    ("Palestinian", "ofac-consolidated"), ("Capta", "ofac-consolidated"), ("CAPTA", "ofac-consolidated"),
    ("Non-SDN", "ofac-consolidated"), ("List of Foreign Financial", "ofac-consolidated"),
)  # fmt: skip
_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "vessel": "vessel", "aircraft": "aircraft"}
_AKA = re.compile(
    r",?\s*a\.k\.a\.,?\s*(?:the following [\w-]+ alias(?:es)?:)?|;?\s*(?:and\s*)?[—–]\s*|;\s*", re.IGNORECASE
)
_AND = re.compile(r"^and\s+", re.IGNORECASE)
_AT = re.compile(r"\s*\(?see alternate addresses.*|\.\s+(?=\S)", re.IGNORECASE)


def sublist_of(source: str) -> str | None:
    """The list that a source of the consolidated list is."""
    return next((name for begins, name in _SUBLISTS if source.startswith(begins)), None)


def kind_of(text: str) -> Kind:
    """A kind as OFAC and the consolidated list write it."""
    return _KINDS.get(text.strip().lower(), "unknown")


def csl_entry(row: dict[str, str], listed: str) -> Entry:
    """An entry of the consolidated list, from texts in which several values are joined by semicolons."""
    sublist = sublist_of(row.get("source", ""))
    number = row.get("entity_number", "")
    ofac = sublist in ("ofac-sdn", "ofac-consolidated")
    addresses = several(row.get("addresses", ""))
    places = [address.rsplit(",", 1)[-1] for address in addresses] + several(row.get("nationalities", ""))
    places += several(row.get("citizenships", "")) + several(row.get("countries", ""))
    made = made_id(row.get("source", ""), row["name"], row.get("start_date", ""))
    key = f"ofac-{number}" if ofac and number else row.get("_id") or row.get("id") or made
    return Entry(
        listed,
        key,
        (row["name"], *(_AND.sub("", name) for name in several(row.get("alt_names", "")))),
        kind_of(row.get("type", "")),
        frozenset(code for place in places if (code := country(place))),
        years(row.get("dates_of_birth", "")),
        tuple(several(row.get("programs", ""))),
        numbers_in(row.get("ids", "")),
        sublist,
        day(row.get("end_date", "")),
    )  # fmt: skip


def numbers_in(text: str) -> dict[str, frozenset[str]]:
    """The identifiers in a text of them that can be compared; OFAC's and the consolidated list's are free texts."""
    found: dict[str, set[str]] = {}
    for part in several(text):
        if re.search(r"legal entity (?:number|identifier)|\blei\b", part, re.IGNORECASE):
            found.setdefault("lei", set()).update(re.findall(r"\b[A-Z0-9]{18}\d\d\b", part))
        if re.search(r"d-?u-?n-?s", part, re.IGNORECASE):
            found.setdefault("duns", set()).update(re.findall(r"\b\d{9}\b", part.replace("-", "")))
        if re.search(r"korea|KR\b", part) and re.search(r"registration|business|tax", part, re.IGNORECASE):
            found.setdefault("brn", set()).update(re.findall(r"\b\d{3}-?\d{2}-?\d{5}\b", part))
    return {kind: frozenset(values) for kind, values in found.items() if values}


def _csl(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        if row["name"]:
            yield csl_entry(row.cells, listed)


def _bis_denied(table: Table, listed: str) -> Iterator[Entry]:
    """One entry for each name and start of denial: the list repeats a person for each address."""
    seen: dict[tuple[str, str], list[Row]] = {}
    for row in table.rows:
        seen.setdefault((row["Name"], row["Effective_Date"]), []).append(row)
    for (name, start), rows in seen.items():
        places = frozenset(code for row in rows if (code := country(row["Country"])))
        yield Entry(
            listed,
            made_id(name, start),
            (name,),
            "unknown",
            places,
            programmes=("DPL",),
            until=day(rows[0]["Expiration_Date"]),
        )


def _bis_denied_2(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        name, _, address = row["Name and Address"].partition(",")
        place = country(address.rsplit(",", 1)[-1]) if address else None
        places = frozenset({place} if place else ())
        yield Entry(
            listed,
            made_id(name, row["Effective Date"]),
            (name.strip(),),
            "unknown",
            places,
            programmes=(row["Type of Denial"] or "DPL",),
            until=day(row["Expiration Date"]),
        )


def _bis_entity(table: Table, listed: str) -> Iterator[Entry]:
    """The names stand before the address, further ones behind ``a.k.a.``, each behind a dash."""
    place = ""
    for row in table.rows:
        place = row["Country"] or place
        names = [
            _AND.sub("", _AT.split(part)[0]).strip(" ,.;")
            for part in _AKA.split(row["Entity"])
            if part and part.strip()
        ]
        first = (
            names[0].split(", ")[0] if names and len(names) == 1 and len(names[0]) > 80 else names[0] if names else ""
        )
        code = country(place)
        kept = tuple(dict.fromkeys(name for name in (first, *names[1:]) if len(name) > 1))
        if kept:
            yield Entry(
                listed,
                made_id(place, first),
                kept,
                "unknown",
                frozenset({code} if code else ()),
                programmes=(row["License Requirement"][:80],),
            )


def _debarred_persons(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        family, given = row["Last Name"], row["First & Middle Names"]
        if family and not family.lower().startswith("none as of"):
            name = f"{family}, {given}" if given else family
            yield Entry(
                listed,
                made_id(name, row["Effective Date"]),
                (name,),
                "person",
                programmes=(f"debarment: {row['End/Term of Debarment']}",),
            )


def _debarred_firms(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        name = row["Name of Firm"]
        if name and not name.lower().startswith("none as of"):
            yield Entry(
                listed,
                made_id(name, row["Effective Date"]),
                (name,),
                "organisation",
                programmes=(f"debarment: {row['End/Term of Debarment']}",),
            )


def _disqualified(table: Table, listed: str) -> Iterator[Entry]:
    """Everybody on it, also those whom a later status clears: the status is told with the entry."""
    for row in table.rows:
        name = re.sub(r",\s*(?:MD|M\.D\.|Ph\.?D\.?|D\.?O\.?|DVM|DDS|RN)\b\.?", "", row["Name"])
        if name:
            yield Entry(
                listed,
                made_id(row["Name"], row["City"], row["State"], row["Date of Status"]),
                (name,),
                "person",
                programmes=(row["Status"],),
            )


def _exclusions(table: Table, listed: str) -> Iterator[Entry]:
    for row in table.rows:
        firm, family = row["BUSNAME"], row["LASTNAME"]
        name = firm or f"{family}, {row['FIRSTNAME']} {row['MIDNAME']}".strip(" ,")
        if not name:
            continue
        key = made_id(name, row["DOB"], row["EXCLDATE"], row["EXCLTYPE"], row["NPI"], row["ADDRESS"])
        yield Entry(
            listed,
            key,
            (name,),
            "organisation" if firm else "person",
            frozenset({"US"}),
            years(row["DOB"]),
            (row["EXCLTYPE"],),
        )


CSL = (
    "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice", "start_date",
    "end_date", "standard_order", "license_requirement", "license_policy", "call_sign", "vessel_type", "gross_tonnage",
    "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships",
    "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_TERM = _columns(
    "Effective Date|End/Term of Debarment|FR Date|Volume Page|FR Date (MM/DD/YYYY)|FR Volume Page|Federal Register|"
    "FR Citation|Effective Date (MM/DD/YYYY)|Term of Debarment|Type|Section"
)
FORMATS = (
    TableFormat(
        "csl", "1", ("source", "name", "programs", "alt_names"), (*CSL, "_id", "id", "country", "countries"), _csl,
        source="data.trade.gov/downloadable_consolidated_screening_list/v1",
    ),
    TableFormat(
        "bis-denied", "1", ("Name", "Effective_Date", "Expiration_Date", "Standard_Order"),
        _columns("Street_Address|City|State|Country|Postal_Code|Last_Update|Action|FR_Citation"), _bis_denied, source="dpl.txt",
    ),
    TableFormat(
        "bis-denied", "2", ("Name and Address", "Effective Date", "Expiration Date"),
        _columns("Type of Denial|Appropriate Federal Register Citations"), _bis_denied_2,
        source="bis.gov, Denied Persons List, Export as CSV",
    ),
    TableFormat(
        "bis-entity", "1", ("Country", "Entity", "License Requirement"),
        _columns("License Review Policy|Federal Register Citation"), _bis_entity, source="15 CFR Part 744, Supplement No. 4",
    ),
    TableFormat(
        "fda-debarment", "persons-1", ("Last Name", "First & Middle Names"), _TERM, _debarred_persons,
        source="FDA Debarment List (Drug Product Applications), persons",
    ),
    TableFormat(
        "fda-debarment", "firms-1", ("Name of Firm",), _TERM, _debarred_firms,
        source="FDA Debarment List (Drug Product Applications), firms",
    ),
    TableFormat(
        "fda-disqualified", "1", _columns("Name|Center|City|State|Status|Date of Status"),
        _columns(
            "Country|Date NIDPOE Issued|Date NOOH Issued|Link to NIDPOE Letter|Link to NOOH Letter|"
            "Date of Presiding Officer Report|Link to Presiding Officer Report|Date of Commissioner's Decision|"
            "Link to Commissioner's Decision"
        ),
        _disqualified, source="accessdata.fda.gov, clinical investigators, disqualification proceedings",
    ),
    TableFormat(
        "hhs-exclusions", "1", _columns("LASTNAME|FIRSTNAME|BUSNAME|EXCLTYPE|EXCLDATE"),
        _columns("MIDNAME|GENERAL|SPECIALTY|UPIN|NPI|DOB|ADDRESS|CITY|STATE|ZIP|REINDATE|WAIVERDATE|WVRSTATE|WAIVERSTATE"),
        _exclusions, source="oig.hhs.gov, LEIE record layout",
    ),
)  # fmt: skip
