"""One defect for each finding: it is found, with the consequences its definition names and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from biopact.dossier.checking import Report, check
from biopact.dossier.findings import definitions

from .defects import DEFECTS, Defect
from .examplitinib import examplitinib

SOUND = examplitinib()


def checked(defect: Defect | None, folder: Path, dtds: Path) -> Report:
    dossier = SOUND.copy()
    if defect and defect.model:
        defect.model(dossier)
    dossier.write(folder, None if defect and defect.needs_no_dtd else dtds)
    if defect and defect.disk:
        defect.disk(folder)
    try:
        return check(folder, dtd=None if defect and defect.needs_no_dtd else dtds)
    finally:
        (folder / "0001/m3/closed").is_dir() and (folder / "0001/m3/closed").chmod(0o700)


def test_nothing_is_found_in_the_sound_dossier_and_what_was_not_checked_is_said(tmp_path: Path, dtds: Path) -> None:
    report = checked(None, tmp_path / "app", dtds)
    assert [(it.id, it.state) for it in report.findings] == [("BP-904", "cannot-check")]
    assert report.exit_code == 0


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda it: it.id)
def test_a_defect_is_found_with_its_named_consequences_and_nothing_else(
    defect: Defect, tmp_path: Path, dtds: Path
) -> None:
    if defect.id == "BP-115" and os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    report = checked(defect, tmp_path / "app", dtds)
    found = {it.id for it in report.findings} - {"BP-904"}
    assert defect.id in found
    assert found - {defect.id} <= set(definitions()[defect.id].consequences), found
    assert set(defect.brings) <= found
    own = [it for it in report.findings if it.id == defect.id]
    assert {it.state for it in own} == {defect.state}
    for lang in ("en", "ko"):
        for finding in report.findings:
            assert finding.message(lang)
            assert finding.fix(lang)


def test_at_least_forty_findings_have_a_defect_of_their_own() -> None:
    with_defect = {defect.id for defect in DEFECTS}
    assert len(with_defect) >= 40
    without = set(definitions()) - with_defect
    # shown elsewhere: hostile files (test_hostile.py), conversions (test_convert.py), files of 5 GB, folders with other names
    assert without == {"BP-117", "BP-118", "BP-212", "BP-314", "BP-808", "BP-816", "BP-904"}
