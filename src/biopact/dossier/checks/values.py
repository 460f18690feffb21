"""Values of the U.S. regional backbone: codes, numbers, lengths, forms. The DTD lets any text through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from biopact.dossier.checks import Read
from biopact.dossier.headings import DATA, under
from biopact.dossier.model import Admin, Raised, Sequence
from biopact.marked import read as read_marked

__all__ = ["code_of", "codes", "values"]

_DIGITS = {"application-number": re.compile(r"[0-9]{6}\Z"), "sequence-number": re.compile(r"[0-9]{4}\Z")}
_DUNS = re.compile(r"[0-9]{9}\Z")
LONGEST_DESCRIPTION, LONGEST_CONTACT = 128, 64
# presubmission of promotional material under accelerated approval, and requests for comments: filed without form 2253
_CORRESPONDENCE = "1.15.1"


@lru_cache(maxsize=1)
def codes() -> Mapping[str, Any]:
    """The lists of codes."""
    value: Mapping[str, Any] = read_marked(DATA / "codes.yaml").value
    return value


def code_of(kind: str, code: str) -> str | None:
    """What a code means (``fdaat1`` → ``NDA``), or None where the lists here do not hold it."""
    table = codes()[kind]
    number = code.removeprefix(table["form"])
    for part in ("seen", "recalled", "cross_reference_only"):
        if code != number and number in (table.get(part) or {}):
            return str(table[part][number])
    return None


def values(read: Read) -> Iterator[Raised]:
    """Each U.S. sequence's administrative part, then what must agree between sequences."""
    with_admin = [it for it in read.application.sequences if it.admin is not None]
    for sequence in with_admin:
        yield from _sequence(read, sequence)
    numbers: dict[str, Sequence] = {}
    for sequence in with_admin:
        admin = sequence.admin
        if admin is not None and admin.application_number:
            numbers.setdefault(admin.application_number, sequence)
            if len(numbers) > 1 and admin.application_number != next(iter(numbers)):
                told = {"found": admin.application_number, "first": next(iter(numbers))}
                yield _at("BP-507", sequence, admin.lines.get("application-number"), told)


def _at(id_: str, sequence: Sequence, line: int | None, told: Mapping[str, object], cannot: bool = False) -> Raised:
    path = f"{sequence.number}/{sequence.regional.path}" if sequence.regional else None
    return Raised(id_, sequence.number, None, path, line, told, cannot)


def _sequence(read: Read, sequence: Sequence) -> Iterator[Raised]:
    admin = sequence.admin
    assert admin is not None
    yield from _codes(sequence, admin)
    if not _DIGITS["application-number"].match(admin.application_number):
        told: dict[str, object] = {"found": admin.application_number or "–"}
        yield _at("BP-506", sequence, admin.lines.get("application-number"), told)
    if not _DIGITS["sequence-number"].match(admin.sequence_number):
        yield _at("BP-511", sequence, admin.lines.get("sequence-number"), {"found": admin.sequence_number or "–"})
    if not _DUNS.match(admin.applicant_id):
        yield _at("BP-508", sequence, admin.lines.get("id"), {"found": admin.applicant_id or "–"})
    yield from _lengths(sequence, admin)
    yield from _submission(read, sequence, admin)
    yield from _forms(sequence, admin)


def _codes(sequence: Sequence, admin: Admin) -> Iterator[Raised]:
    lines = admin.lines
    said = [
        ("BP-501", "application-type", admin.application_type, lines.get("application-number")),
        ("BP-502", "submission-type", admin.submission_type, lines.get("submission-id")),
        ("BP-503", "submission-sub-type", admin.sub_type, lines.get("sequence-number")),
        *(("BP-504", "form-type", form.type, form.line) for form in admin.forms),
        *(("BP-505", "applicant-contact-type", type_, line) for type_, line in admin.contacts),
        *(("BP-505", "telephone-number-type", type_, line) for type_, _, line in admin.telephones),
        *(("BP-501", "application-type*", type_, line) for _, type_, line in admin.cross_references),
    ]
    for id_, kind, code, line in said:
        state = _known(kind, code)
        if state is not None:
            told = {"kind": kind.rstrip("*"), "found": code or "–"}
            yield _at(id_, sequence, line, told, cannot=state == "unknown")


def _known(kind: str, code: str) -> str | None:
    """None where a code is in order, ``wrong``, or ``unknown`` where the lists here do not reach."""
    crossing = kind.endswith("*")
    table = codes()[kind.rstrip("*")]
    found = re.match(rf"{table['form']}([1-9][0-9]?)\Z", code)
    if found is None or found[1] in (table.get("not_for_applicants") or ()):
        return "wrong"
    if found[1] in (table.get("cross_reference_only") or {}):
        return None if crossing else "wrong"
    return None if any(found[1] in (table.get(part) or {}) for part in ("seen", "recalled")) else "unknown"


def _lengths(sequence: Sequence, admin: Admin) -> Iterator[Raised]:
    said = [
        ("submission-description", admin.description, LONGEST_DESCRIPTION, admin.lines.get("submission-description"))
    ]
    said += [("telephone", number, LONGEST_CONTACT, line) for _, number, line in admin.telephones]
    said += [("email", address, LONGEST_CONTACT, line) for address, line in admin.emails]
    for name, text, limit, line in said:  # the text itself is not told: it may name a person
        if len(text) > limit:
            yield _at("BP-509", sequence, line, {"field": name, "length": len(text), "limit": limit})


def _submission(read: Read, sequence: Sequence, admin: Admin) -> Iterator[Raised]:
    """``submission-id`` is the first sequence of the regulatory activity."""
    said, line = admin.submission_id, admin.lines.get("submission-id")
    if not _DIGITS["sequence-number"].match(said) or (admin.sequence_number and said > admin.sequence_number):
        yield _at("BP-512", sequence, line, {"found": said or "–"})
        return
    if said == admin.sequence_number:
        return
    first = read.application.by_number.get(said)
    if first is None or first.admin is None:
        yield _at("BP-512", sequence, line, {"found": said}, cannot=True)
    elif first.admin.submission_id != said:
        yield _at("BP-512", sequence, line, {"found": said})


def _forms(sequence: Sequence, admin: Admin) -> Iterator[Raised]:
    numbers = {form.type.removeprefix("fdaft") for form in admin.forms if form.type.startswith("fdaft")}
    headings = [leaf.context.heading for leaf in sequence.leaves if leaf.live]
    promotional = any(under(it, "1.15.2") for it in headings)
    if "5" in numbers and not any(under(it, "1.14") for it in headings):
        yield _at("BP-514", sequence, None, {})
    if promotional and numbers and "5" not in numbers and not any(under(it, _CORRESPONDENCE) for it in headings):
        yield _at("BP-515", sequence, None, {"found": ", ".join(sorted(form.type for form in admin.forms))})
    wanted = codes()["form_of"].get(admin.application_type.removeprefix("fdaat"))
    if wanted and wanted not in numbers and not promotional:
        yield _at("BP-516", sequence, None, {"form": codes()["form-type"]["seen"][wanted]})
    for form in admin.forms:
        if not form.leaves:
            yield _at("BP-517", sequence, form.line, {"form": code_of("form-type", form.type) or form.type})
