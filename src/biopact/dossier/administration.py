"""The administrative part of a U.S. regional backbone: who files what, as which application and sequence."""

from __future__ import annotations

from typing import Any

from biopact.dossier.backbone import text_of
from biopact.dossier.model import Admin, Form

__all__ = ["US_ROOT", "admin_of"]

US_ROOT = "{http://www.ich.org/fda}fda-regional"


def admin_of(root: Any) -> Admin:
    """The values of a parsed U.S. regional backbone; what is not written is empty.

    Of several applications the one that holds the files counts.
    """
    admin = root.find("admin")
    lines: dict[str, int] = {}

    def one(where: Any | None, path: str, name: str) -> tuple[str, Any]:
        element = where.find(path) if where is not None else None
        if element is not None:
            lines[name] = element.sourceline
        return text_of(element), element

    applications = root.findall("admin/application-set/application")
    holding = [it for it in applications if it.get("application-containing-files") == "true"] or applications
    application = holding[0] if holding else None
    number, number_element = one(application, "application-information/application-number", "application-number")
    submission, submission_element = one(application, "submission-information/submission-id", "submission-id")
    sequence, sequence_element = one(application, "submission-information/sequence-number", "sequence-number")
    return Admin(
        applicant_id=one(admin, "applicant-info/id", "id")[0],
        company=one(admin, "applicant-info/company-name", "company-name")[0],
        description=one(admin, "applicant-info/submission-description", "submission-description")[0],
        contacts=tuple(
            (it.get("applicant-contact-type", ""), it.sourceline) for it in root.iter("applicant-contact-name")
        ),
        telephones=tuple(
            (it.get("telephone-number-type", ""), text_of(it), it.sourceline) for it in root.iter("telephone")
        ),
        emails=tuple((text_of(it), it.sourceline) for it in root.iter("email")),
        application_number=number,
        application_type=_said(number_element, "application-type"),
        cross_references=tuple(
            (text_of(it), it.get("application-type", ""), it.sourceline)
            for it in root.iter("cross-reference-application-number")
        ),
        submission_id=submission,
        submission_type=_said(submission_element, "submission-type"),
        sequence_number=sequence,
        sub_type=_said(sequence_element, "submission-sub-type"),
        forms=tuple(
            Form(it.get("form-type", ""), tuple(leaf.get("ID", "") for leaf in it.iter("leaf")), it.sourceline)
            for it in root.iter("form")
        ),
        lines=lines,
    )


def _said(element: Any | None, name: str) -> str:
    return "" if element is None else element.get(name, "")
