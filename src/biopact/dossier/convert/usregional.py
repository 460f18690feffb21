"""The U.S. regional backbone of a dossier that comes from Korea: its administrative part from the applicant's values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biopact.dossier.administration import US_ROOT
from biopact.dossier.backbone import WITH_C
from biopact.dossier.convert.trees import Node, Tree, tree_bytes
from biopact.errors import InputError
from biopact.marked import read as read_marked

__all__ = ["read_admin", "us_backbone"]

_DOCTYPE = (
    '<!DOCTYPE fda-regional:fda-regional SYSTEM "https://www.accessdata.fda.gov/static/eCTD/us-regional-v3-3.dtd">'
)
_NEEDED = (
    *(("applicant", "id"), ("applicant", "company"), ("application", "number"), ("application", "type")),
    *(("submission", "type"), ("submission", "sub_type")),
)
_CONTACT = ("type", "name", "telephone_type", "telephone", "email")
_AMENDMENT = "fdasst4"


def read_admin(path: Path) -> Mapping[str, Any]:
    """The applicant's values (see ``docs/dossier.md``). Raises InputError with what is missing."""
    marked = read_marked(path)
    value = marked.value
    if not isinstance(value, dict):
        raise InputError("dossier.admin-missing", marked.place(), key="applicant")
    for part, key in _NEEDED:
        if not isinstance(value.get(part), dict) or value[part].get(key) in (None, ""):
            raise InputError("dossier.admin-missing", marked.place(part), key=f"{part}.{key}")
    contacts = value.get("contacts")
    if not isinstance(contacts, list) or not contacts:
        raise InputError("dossier.admin-missing", marked.place("contacts"), key="contacts")
    for place, contact in enumerate(contacts):
        for key in _CONTACT:
            if not isinstance(contact, dict) or contact.get(key) in (None, ""):
                raise InputError("dossier.admin-missing", marked.place("contacts", place), key=key)
    return value


def us_backbone(values: Mapping[str, Any], number: str, first: str) -> bytes:
    """The backbone of one sequence: the administrative part; module 1 is for people to fill.

    ``first`` is the sequence with which the regulatory activity began; later sequences are amendments.
    """
    applicant, application, submission = values["applicant"], values["application"], values["submission"]
    sub_type = submission["sub_type"] if number == first else _AMENDMENT
    info = _node(
        "applicant-info",
        _text("id", applicant["id"]),
        _text("company-name", applicant["company"]),
        _node("applicant-contacts", *(_contact(it) for it in values["contacts"])),
    )
    number_of = _text("application-number", application["number"], "application-type", application["type"])
    filed = _node(
        "submission-information",
        _text("submission-id", first, "submission-type", submission["type"]),
        _text("sequence-number", number, "submission-sub-type", sub_type),
    )
    parts = (_node("application-information", number_of), filed)
    held = Node("application", (("application-containing-files", "true"),), children=parts)
    admin = _node("admin", info, _node("application-set", held))
    spaces = (("fda-regional", US_ROOT[1:].partition("}")[0]), ("xlink", WITH_C))
    root = Node(US_ROOT, (("dtd-version", "3.3"),), None, None, (admin, Node("m1-regional")), spaces)
    return tree_bytes(Tree(root, _DOCTYPE))


def _contact(contact: Mapping[str, Any]) -> Node:
    telephone = _text("telephone", contact["telephone"], "telephone-number-type", contact["telephone_type"])
    return _node(
        "applicant-contact",
        _text("applicant-contact-name", contact["name"], "applicant-contact-type", contact["type"]),
        _node("telephones", telephone),
        _node("emails", _text("email", contact["email"])),
    )


def _node(tag: str, *children: Node) -> Node:
    return Node(tag, children=children)


def _text(tag: str, text: object, attribute: str = "", value: object = "") -> Node:
    return Node(tag, ((attribute, str(value)),) if attribute else (), str(text))
