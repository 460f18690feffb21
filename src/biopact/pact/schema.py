"""The JSON Schema of ``pact.yaml`` (draft 2020-12): the structure of the models and the facts of a vocabulary.

Editors complete and check with it. It is as strict as a schema can be; what holds between parts (names, shares, days
in order) only reading can tell.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from biopact.pact.countries import COUNTRIES
from biopact.pact.models import ITEM_KINDS, Evidence, Flow, Investment, Item, Limits, Pact, Party
from biopact.pact.vocabulary import Subject, Vocabulary
from biopact.pact.written import NAME_PATTERN

__all__ = ["json_schema"]

Schema = dict[str, Any]
_CODES = sorted(COUNTRIES)
_NAMES: Schema = {"type": "string", "pattern": NAME_PATTERN}


def json_schema(vocabulary: Vocabulary | None = None) -> Schema:
    """The schema; without a vocabulary a party, item or flow may have any further key."""
    head = _object(Pact)
    own = ("title", "notice", "default_study", "as_of")
    top: Schema = {"pact": _NAMES, **{key: head["properties"][key] for key in own}}
    top["parties"] = _members(_with_facts(_object(Party), "party", None, vocabulary))
    top["parties"]["propertyNames"] = {"allOf": [_NAMES, {"not": {"const": "public"}}]}
    top["items"] = _or_null(_members({"type": "object", "required": ["kind"], "oneOf": _kinds(vocabulary)}))
    top["flows"] = _or_null(_members(_flow(vocabulary)))
    top["limits"] = _or_null(_object(Limits))
    top["evidence"] = _or_null({"type": "array", "items": _object(Evidence)})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:biopact:pact:1",
        "title": "biopact pact",
        "description": "A collaboration written down: parties, items and flows. 당사자, 품목, 흐름으로 적은 협력 약정.",
        "type": "object",
        "required": ["pact", "parties"],
        "properties": top,
        "additionalProperties": False,
        "$defs": {"country": {"type": "string", "enum": _CODES, "description": "ISO 3166-1 alpha-2"}},
    }


def _kinds(vocabulary: Vocabulary | None) -> list[Schema]:
    """One schema for each kind of item, told apart by ``kind``."""
    found = []
    for kind in ITEM_KINDS:
        schema = _with_facts(_object(Investment if kind == "investment" else Item), "item", kind, vocabulary)
        schema["properties"]["kind"] = {"const": kind}
        found.append({"title": kind, **schema})
    return found


def _flow(vocabulary: Vocabulary | None) -> Schema:
    """A flow: one item or several; its ends or its legs; a day, or two, or none."""
    schema = _with_facts(_object(Flow), "flow", None, vocabulary)
    several = {"type": "array", "items": _NAMES, "minItems": 1, "uniqueItems": True}
    to = {"anyOf": [_NAMES, several]}
    schema["properties"] = {"item": _NAMES, **schema["properties"], "items": to, "to": _or_null(to)}
    schema.pop("required", None)
    schema["oneOf"] = [{"required": ["item"]}, {"required": ["items"]}]
    schema["anyOf"] = [{"required": ["from", "to"]}, {"required": ["legs"]}]
    schema["dependentRequired"] = {"starts": ["ends"], "ends": ["starts"]}
    schema["not"] = {"required": ["date", "starts"]}
    return schema


def _with_facts(schema: Schema, subject: Subject, kind: str | None, vocabulary: Vocabulary | None) -> Schema:
    """A schema with the facts of a subject among its keys; what is structural stays structural."""
    properties = schema["properties"]
    schema["properties"] = {name: found if name == "kind" else _or_null(found) for name, found in properties.items()}
    if vocabulary is None:
        schema["additionalProperties"] = True
        return schema
    facts = {name: _or_null(cast(Schema, found)) for name, found in vocabulary.schema(subject, kind).items()}
    admitted = {"contains": facts["contains"]} if "contains" in facts and "contains" in properties else {}
    schema["properties"] = {**facts, **schema["properties"], **admitted}
    return schema


def _or_null(schema: Schema) -> Schema:
    """Null is written for what is unknown."""
    options = schema.get("anyOf", [schema])
    return schema if {"type": "null"} in options else {"anyOf": [*options, {"type": "null"}]}


def _members(schema: Schema) -> Schema:
    return {"type": "object", "propertyNames": _NAMES, "additionalProperties": schema}


def _object(model: type[BaseModel]) -> Schema:
    """The schema of a model as it is written: no ``id`` or ``facts``, and everything in place."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    plain: Schema = _in_place(schema, schema.get("$defs", {}))
    for hidden in ("id", "facts"):
        plain["properties"].pop(hidden, None)
    plain["required"] = [key for key in plain.get("required", []) if key not in ("id", "facts")]
    return {key: plain[key] for key in ("type", "properties", "required", "additionalProperties")}


def _in_place(schema: Any, parts: Mapping[str, Any]) -> Any:
    """A schema with its references replaced by what they refer to, and without titles and defaults."""
    if isinstance(schema, list):
        return [_in_place(each, parts) for each in schema]
    if not isinstance(schema, Mapping):
        return copy.copy(schema)
    if schema.get("enum") == _CODES:
        return {"$ref": "#/$defs/country"}
    if "$ref" in schema:
        return _in_place(parts[schema["$ref"].rsplit("/", 1)[-1]], parts)
    kept = {key: value for key, value in schema.items() if key not in ("title", "default", "description", "$defs")}
    found: Schema = {key: _in_place(value, parts) for key, value in kept.items()}
    if "properties" in schema:  # here names of fields stand, `title` among them
        found["properties"] = {name: _in_place(value, parts) for name, value in schema["properties"].items()}
    return found
