"""FDA's four rules on study data in their order: the first that fails ends the check of a study; what satisfies each."""

from __future__ import annotations

from pathlib import Path

import pytest

from biopact.dossier.checking import check
from biopact.dossier.checks.studydata import SECTIONS
from biopact.dossier.findings import definitions

from . import papers
from .builder import Doc, Dossier
from .examplitinib import TOX, TOX_ELEMENT, TOX_FOLDER

RULES = {"BP-601": "1789", "BP-701": "1734", "BP-702": "1734", "BP-703": "1734", "BP-603": "1735"}
RULES |= {"BP-704": "1736", "BP-705": "1736", "BP-706": "1736"}
TS, DM, DEFINE = "inv-tox-01-data-ts", "inv-tox-01-data-dm", "inv-tox-01-data-define"


def untagged(dossier: Dossier) -> None:
    dossier["0001"].index.append(Doc("late", TOX_ELEMENT, f"{TOX_FOLDER}/late.pdf", papers.pdf("Late"), "Late report"))


def no_start(dossier: Dossier) -> None:
    dossier["0001"].doc(TS).content = papers.trial_summary(TOX, "soon")


def wrong_tag(dossier: Dossier) -> None:
    study = dossier["0001"].study(TOX)
    study.documents = [
        (id_, ["synopsis"] if id_ == "inv-tox-01-data-bw" else tags, it) for id_, tags, it in study.documents
    ]


def no_subjects(dossier: Dossier) -> None:
    first = dossier["0001"]
    first.index = [doc for doc in first.index if doc.id != DM]
    first.study(TOX).documents = [it for it in first.study(TOX).documents if it[0] != DM]


FAILURES = [(untagged, "BP-601"), (no_start, "BP-702"), (wrong_tag, "BP-603"), (no_subjects, "BP-704")]


@pytest.mark.parametrize("start", range(4))
def test_the_rules_run_in_their_order_and_the_first_that_fails_ends_the_check(
    sound: Dossier, tmp_path: Path, start: int
) -> None:
    dossier = sound.copy()
    for fail, _ in FAILURES[start:]:
        fail(dossier)
    found = {it.id for it in check(dossier.write(tmp_path / "app"), ("us",)).findings} & set(RULES)
    assert found == {FAILURES[start][1]}


def test_each_rule_carries_its_number() -> None:
    assert {id_: definitions()[id_].fda for id_ in RULES} == RULES
    assert all(it.startswith(("4.2.3", "5.3")) for it in SECTIONS)


def told(dossier: Dossier, folder: Path) -> list[tuple[str, str]]:
    return [(it.id, it.state) for it in check(dossier.write(folder), ("us",)).findings if it.id in RULES]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (papers.trial_summary(TOX, name="STSTDTC"), []),
        (papers.trial_summary(TOX, name="SSTDTC"), []),
        (papers.trial_summary(TOX, "2021-03-05T10:00"), []),
        (papers.trial_summary(TOX, "", null="NA"), []),
        (papers.trial_summary("OTHER", reference=TOX), []),
        (papers.trial_summary(TOX, ""), [("BP-702", "found")]),
        (papers.trial_summary(TOX, "", null="UNK"), [("BP-702", "found")]),
        (papers.trial_summary(TOX, name="STENDTC"), [("BP-702", "found")]),
        (papers.trial_summary(TOX, "05/03/2021"), [("BP-702", "found")]),
        (papers.trial_summary(TOX, "2021-13-05"), [("BP-702", "found")]),
        (papers.trial_summary(TOX, "2021-03"), [("BP-702", "cannot-check")]),
        (papers.trial_summary("OTHER", reference="ANOTHER"), [("BP-703", "found")]),
    ],
)
def test_the_start_and_the_id_of_a_study_in_its_trial_summary(
    sound: Dossier, tmp_path: Path, summary: bytes, expected: list[tuple[str, str]]
) -> None:
    dossier = sound.copy()
    dossier["0001"].doc(TS).content = summary
    assert told(dossier, tmp_path / "app") == expected


def test_data_of_a_sequence_before_count_and_where_it_is_withheld_nothing_is_called_missing(
    sound: Dossier, tmp_path: Path
) -> None:
    dossier = sound.copy()
    first, second = dossier["0001"], dossier["0002"]
    bw = first.doc("inv-tox-01-data-bw")
    late = Doc("bw2", TOX_ELEMENT, bw.path, papers.data("BW", TOX), "Body weights, corrected", "replace", f"../0001/index.xml#{bw.id}")  # fmt: skip
    second.index.append(late)
    again = first.study(TOX)
    second.studies.append(
        again.__class__(
            TOX,
            again.title,
            TOX_ELEMENT,
            TOX_FOLDER,
            [("bw2", ["data-tabulation-dataset-send"], None)],
            dict(again.categories),
        )
    )
    folder = dossier.write(tmp_path / "app")
    assert [it.id for it in check(folder, ("us",)).findings if it.id in RULES] == []
    alone = [(it.id, it.state) for it in check(folder / "0002", ("us",)).findings if it.id in RULES]
    assert alone == [("BP-701", "cannot-check")]
