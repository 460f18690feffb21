"""One change after approval under both regulators: the classes the regulations give, and no class where a fact is missing."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from biopact.dossier.change import Change, judged, read_change
from biopact.errors import InputError
from biopact.law import the_law

LAW = the_law()
CHANGES = LAW.vocabulary.find("item.change").domain  # type: ignore[union-attr]
BY_POTENTIAL = {
    "site",
    "process",
    "scale",
    "other-quality",
    "scale-tenfold",
    "storage-or-retest",
    "method-not-compendial",
}


def change(tmp_path: Path, **values: object) -> Change:
    said = {
        "product": "Examplitinib",
        "application": "nda",
        "change": "formulation",
        "describes": "x",
        "date": "2026-12-01",
    } | values
    path = tmp_path / "change.yaml"
    path.write_text(
        "\n".join(f"{key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in said.items())
    )
    return read_change(path, LAW)


def told(tmp_path: Path, **values: object) -> dict[str, object]:
    return judged(change(tmp_path, **values), LAW).as_json()


# 21 CFR 314.70 and 601.12, paragraph by paragraph
@pytest.mark.parametrize(
    ("application", "kind", "category", "cite"),
    [
        ("nda", "formulation", "prior-approval-supplement", "21 CFR 314.70(b)"),
        ("anda", "sterility-process", "prior-approval-supplement", "21 CFR 314.70(b)"),
        ("nda", "labelling-highlights", "prior-approval-supplement", "21 CFR 314.70(b)"),
        ("nda", "container-no-effect", "cbe-30", "21 CFR 314.70(c)(1)-(5)"),
        ("nda", "specification-compendial-relaxed", "cbe-30", "21 CFR 314.70(c)(1)-(5)"),
        ("nda", "labelling-safety", "cbe-0", "21 CFR 314.70(c)(6)"),
        ("nda", "specification-added", "cbe-0", "21 CFR 314.70(c)(6)"),
        ("nda", "equipment-same", "annual-report", "21 CFR 314.70(d), 314.81(b)(2)"),
        ("bla", "master-cell-bank", "prior-approval-supplement", "21 CFR 601.12(b), (f)(1)"),
        ("bla", "scale-finishing", "cbe-30", "21 CFR 601.12(c)(1)-(4)"),
        ("bla", "labelling-safety", "cbe-0", "21 CFR 601.12(f)(2), (c)(5)"),
        ("bla", "compendial-update", "annual-report", "21 CFR 601.12(d), (f)(3)"),
        ("dmf", "site", "master-file-notice", "21 CFR 314.420(c)"),
    ],
)
def test_the_united_states_class_is_that_of_the_regulation(
    tmp_path: Path, application: str, kind: str, category: str, cite: str
) -> None:
    us = told(tmp_path, application=application, change=kind)["agencies"]["US"]  # type: ignore[index]
    assert (us["category"], us["cite"], us["review"]) == (category, cite, category == "master-file-notice")


@pytest.mark.parametrize(
    ("values", "category", "review"),
    [
        ({"change": "formulation"}, "changed-licence", True),
        ({"change": "formulation", "notified": True}, "changed-notification", True),
        ({"change": "colour-removed"}, "written-filing", True),
        ({"change": "specification-added"}, "report-before-sale", True),
        ({"change": "compendial-update"}, "annual-report", True),
        ({"change": "labelling-safety", "ordered": True}, "ordered-change", False),
        ({"application": "dmf", "change": "site"}, "changed-registration", False),
        ({"application": "dmf", "change": "alternative-method"}, "yearly-report", False),
    ],
)
def test_the_korean_class_and_whether_it_was_read(
    tmp_path: Path, values: dict[str, object], category: str, review: bool
) -> None:
    kr = told(tmp_path, **values)["agencies"]["KR"]  # type: ignore[index]
    assert (kr["category"], kr["review"]) == (category, review)


@pytest.mark.parametrize("application", ["nda", "anda", "bla", "dmf"])
def test_every_change_of_the_closed_list_has_a_class_once_its_potential_is_known(
    tmp_path: Path, application: str
) -> None:
    for kind, potential in product(CHANGES, ("substantial", "moderate", "minimal")):
        answer = judged(change(tmp_path, application=application, change=kind, potential=potential), LAW)
        assert [it.category is not None for it in answer.agencies] == [True, True], (kind, potential)


def test_a_change_classed_by_its_potential_has_no_class_without_it(tmp_path: Path) -> None:
    for kind in sorted(BY_POTENTIAL):
        us = told(tmp_path, change=kind)["agencies"]["US"]  # type: ignore[index]
        assert us["category"] is None
        assert us["between"] == ["prior-approval-supplement", "cbe-30", "annual-report"]
        assert us["missing"] == ["potential"]


def test_the_earliest_common_day_is_the_later_of_the_two_and_unknown_where_a_clock_is(tmp_path: Path) -> None:
    both = judged(change(tmp_path, change="labelling-editorial"), LAW)
    assert both.as_json()["earliest_joint"] == "2026-12-01"
    waits = judged(change(tmp_path, application="nda", change="container-no-effect"), LAW)
    us = waits.as_json()["agencies"]["US"]
    assert (us["days"], us["earliest"], us["may_ship"]) == (30, "2026-12-31", False)  # 314.70(c)(4)
    assert waits.earliest_joint is None  # the Korean clock was not found
    assert waits.as_json()["not_before"] == "2026-12-31"
    ordered = judged(change(tmp_path, change="container-no-effect", ordered=True), LAW)
    assert ordered.as_json()["earliest_joint"] == "2026-12-31"
    approval = judged(change(tmp_path, change="formulation"), LAW)
    assert (approval.earliest_joint, approval.agencies[0].days) == (None, None)


def test_an_approved_protocol_lowers_the_class_but_not_of_labelling(tmp_path: Path) -> None:
    lowered = told(tmp_path, change="formulation", protocol="annual-report")["agencies"]["US"]  # type: ignore[index]
    assert lowered["category"] == "annual-report"
    label = told(tmp_path, change="labelling-other", protocol="annual-report")["agencies"]["US"]  # type: ignore[index]
    assert label["category"] == "prior-approval-supplement"


def test_what_a_silent_file_is_taken_to_say_is_told(tmp_path: Path) -> None:
    assert told(tmp_path)["assumed"] == ["protocol: none", "ordered: false", "notified: false"]
    assert told(tmp_path, protocol="none", ordered=False, notified=False)["assumed"] == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"change": "formulatoin"}, r"change\.yaml:3: change: .*formulatoin.*formulation"),
        ({"application": "pma"}, r":2: application"),
        ({"date": "soon"}, r":5: date.*soon"),
        ({"chnge": "x"}, r"chnge.*change"),
        ({"product": ""}, "product is missing"),
        ({"ordered": "perhaps"}, "true or false"),
    ],
)
def test_a_change_that_is_not_well_written_is_refused_with_its_line(
    tmp_path: Path, values: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        change(tmp_path, **values)
