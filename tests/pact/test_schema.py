"""The published schema says what reading says, as far as a schema can."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from biopact.marked import read as read_yaml
from biopact.pact import ITEM_KINDS, PARTY_KINDS, Pact
from biopact.pact.schema import json_schema
from biopact.pact.start import TEMPLATES, template_folder


@pytest.fixture(scope="session")
def validator(vocabulary: Any) -> Draft202012Validator:
    schema = json_schema(vocabulary)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_the_good_pact_is_valid(validator: Draft202012Validator, pact: Pact) -> None:
    assert list(validator.iter_errors(pact.written)) == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_templates_are_valid_without_a_vocabulary(template: str) -> None:
    written = read_yaml(template_folder(template) / "pact.yaml").value
    assert list(Draft202012Validator(json_schema()).iter_errors(written)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("cuntry",), 1),
        (("parties", "kr", "cuntry"), "KR"),
        (("parties", "kr", "country"), "UK"),
        (("parties", "kr", "kind"), "public"),
        (("parties", "public"), {}),
        (("parties", "hub", "owners", 0, "share"), 55),
        (("parties", "us", "prior", 0, "people"), {"US": -1}),
        (("items", "kr-records", "kind"), "datum"),
        (("items", "kr-records", "contains"), ["health"]),
        (("items", "kr-records", "contains"), "personal-health"),
        (("items", "kr-records", "people"), {"KR": {"atmost": 1}}),
        (("items", "kr-records", "stake"), 0.5),
        (("items", "dossier", "form"), "record"),
        (("items", "kr-records", "deidentified"), {"gdpr": "none"}),
        (("flows", "result", "date"), "2026-02-30"),
        (("flows", "result", "items"), ["kr-sums"]),
        (("flows", "result", "to"), []),
        (("flows", "result", "purpose"), "fun"),
        (("flows", "onward", "date"), "2026-01-01"),
        (("flows", "onward", "legs", 0, "via"), "x"),
        (("limits", "min_cel"), 1),
        (("limits", "min_cell"), -1),
        (("evidence", 0, "sha256"), "x"),
        (("pact",), "../up"),
    ],
    ids=str,
)
def test_what_reading_refuses_the_schema_refuses(
    validator: Draft202012Validator, pact: Pact, path: tuple[Any, ...], value: Any
) -> None:
    written: Any = copy.deepcopy(dict(pact.written))
    holder = written
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert list(validator.iter_errors(written))


@pytest.mark.parametrize(("section", "key"), [("flows", "from"), ("flows", "item")])
def test_what_must_be_written_is_required(validator: Draft202012Validator, pact: Pact, section: str, key: str) -> None:
    written: Any = copy.deepcopy(dict(pact.written))
    del written[section]["result"][key]
    assert list(validator.iter_errors(written))


def test_null_is_accepted_for_what_is_unknown(validator: Draft202012Validator, pact: Pact) -> None:
    written: Any = copy.deepcopy(dict(pact.written))
    written["parties"]["hub"]["owners"] = None
    written["parties"]["kr"]["licences"] = None
    written["flows"]["result"]["date"] = None
    assert list(validator.iter_errors(written)) == []


def test_every_kind_of_item_has_its_own_branch(validator: Draft202012Validator) -> None:
    items: Any = validator.schema["properties"]["items"]  # type: ignore[index]
    branches = items["anyOf"][0]["additionalProperties"]["oneOf"]
    assert [branch["properties"]["kind"]["const"] for branch in branches] == list(ITEM_KINDS)
    assert ["stake" in branch["properties"] for branch in branches].count(True) == 1


def test_the_public_is_no_kind_one_may_write(vocabulary: Any) -> None:
    text = json.dumps(json_schema(vocabulary))
    assert all(f'"{kind}"' in text for kind in PARTY_KINDS)
    assert '"public", "biobank"' not in text


def test_the_schema_needs_nothing_from_elsewhere(vocabulary: Any) -> None:
    text = json.dumps(json_schema(vocabulary))
    assert '"$ref": "#/$defs/country"' in text
    assert text.count("http") == 1  # the name of the draft
    assert len(text) < 200_000
