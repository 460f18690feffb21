"""Study data by FDA's four rules in their order: 1789, 1734, 1735, 1736. The first that fails ends a study's check.

Sections, dates and the order are those of FDA's technical rejection criteria for study data as they are remembered here; the
four numbers and their order are from published accounts.
"""

from __future__ import annotations

import datetime
import posixpath
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from biopact.dossier.checks import Read
from biopact.dossier.checks.tagging import right_tags, untagged
from biopact.dossier.headings import under
from biopact.dossier.lifecycle import withheld
from biopact.dossier.model import Leaf, Raised, Sequence, StudyFile, Tagged
from biopact.dossier.xpt import XptFacts, iso_date

__all__ = ["SECTIONS", "studydata"]

SECTIONS = (
    *("4.2.3.1", "4.2.3.2", "4.2.3.4"),
    *("5.3.1.1", "5.3.1.2", "5.3.3.1", "5.3.3.2", "5.3.3.3", "5.3.3.4", "5.3.4", "5.3.5.1", "5.3.5.2"),
)
_REPORTS = frozenset({"study-report-body", "legacy-clinical-study-report", "pre-clinical-study-report"})
_TABULATION = frozenset({"data-tabulation-dataset-sdtm", "data-tabulation-dataset-send"})
_ANALYSIS = frozenset({"analysis-dataset-adam"})
_DAY = len("2021-03-05")
# studies that began later must have standardised data (commercial IND a year later)
REQUIRED_FROM = {"fdaat1": datetime.date(2016, 12, 17), "fdaat2": datetime.date(2016, 12, 17),
                 "fdaat3": datetime.date(2016, 12, 17), "fdaat4": datetime.date(2017, 12, 17)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Doc:
    leaf: Leaf
    tagged: Tagged
    xpt: XptFacts | None

    @property
    def name(self) -> str:
        return posixpath.basename(self.leaf.file or "").lower()

    def has(self, tags: frozenset[str]) -> bool:
        return any(name in tags for name, _ in self.tagged.tags)


def studydata(read: Read) -> Iterator[Raised]:
    """Headers of every data set, then the four rules study by study."""
    for sequence in read.application.sequences:
        for leaf in sequence.leaves:
            if leaf.live and leaf.file and leaf.file.lower().endswith(".xpt"):
                yield from _header(read, leaf)
        if sequence.index is None or not sequence.tagging_read:
            continue
        bare = {leaf.context.heading for leaf in untagged(sequence)}
        for study, own, docs in _studies(read, sequence):
            if not any(under(study.heading, section) for section in SECTIONS):
                yield from _tags(own, study)
            elif not _folder_untagged(sequence, study, bare):
                yield from _rules(read, study, own, docs)


def _folder_untagged(sequence: Sequence, study: StudyFile, bare: set[str]) -> bool:
    """Rule 1789 comes first: a file of the study's own folder without a tagging file ends its check."""
    if study.heading not in bare:
        return False
    folder = posixpath.dirname(study.path) + "/"
    return any((leaf.file or "").startswith(folder) for leaf in untagged(sequence))


def _header(read: Read, leaf: Leaf) -> Iterator[Raised]:
    facts = read.facts.get(leaf.file or "")
    if facts is None or facts.xpt is None:
        return
    where = (leaf.sequence, leaf.id, leaf.file, None)
    ids = {"header": "BP-707", "unreadable": "BP-707", "truncated": "BP-708", "version-8": "BP-710"}
    if facts.xpt.trouble is not None:
        yield Raised(ids[facts.xpt.trouble], *where, {"why": facts.xpt.trouble})
        return
    name = posixpath.basename(leaf.file or "").rpartition(".")[0]
    if facts.xpt.dataset and facts.xpt.dataset.lower() != name.lower():
        yield Raised("BP-709", *where, {"dataset": facts.xpt.dataset, "name": name})


def _studies(read: Read, sequence: Sequence) -> Iterator[tuple[StudyFile, list[_Doc], list[_Doc]]]:
    """Each study of a sequence with its documents there, and with those of the sequences before."""
    for study in sequence.studies:
        own = list(_docs(read, study))
        before = [
            doc
            for other in read.application.sequences
            if other.number < sequence.number
            for earlier in other.studies
            if earlier.study_id and earlier.study_id == study.study_id
            for doc in _docs(read, earlier)
        ]
        yield study, own, [*before, *own]


def _docs(read: Read, study: StudyFile) -> Iterator[_Doc]:
    for tagged in study.documents:
        target = tagged.target
        leaf = read.application.leaves.get((target.sequence, target.backbone, target.leaf)) if target else None
        if leaf is not None:
            facts = read.facts.get(leaf.file or "")
            yield _Doc(leaf, tagged, facts.xpt if facts else None)


def _rules(read: Read, study: StudyFile, own: list[_Doc], docs: list[_Doc]) -> Iterator[Raised]:
    """Rules 1734, 1735 and 1736, up to the first that fails."""
    data = [doc for doc in docs if doc.name.endswith(".xpt")]
    if not any(doc.name.endswith(".xpt") or doc.has(_REPORTS) for doc in own):
        return
    cannot = withheld(read.application)
    for rule in (_summary(study, data, cannot), _tags(own, study), _content(read, study, docs, data, cannot)):
        failed = list(rule)
        yield from failed
        if failed:
            return


def _at(id_: str, study: StudyFile, path: str | None = None, cannot: bool = False, **values: object) -> Raised:
    told = {"study": study.study_id or "–", **values}
    return Raised(id_, study.sequence, study.leaf, path or study.path, None, told, cannot)


def _tags(own: list[_Doc], study: StudyFile) -> Iterator[Raised]:
    """Rule 1735: data sets and definitions tagged as such."""
    for doc in own:
        if not right_tags(doc.leaf.file or "", doc.tagged):
            values = {"tags": ", ".join(name for name, _ in doc.tagged.tags) or "–", "file": doc.name}
            yield Raised("BP-603", study.sequence, doc.leaf.id, study.path, doc.tagged.line, values)


def _summary(study: StudyFile, data: list[_Doc], cannot: bool) -> Iterator[Raised]:
    """Rule 1734: ts.xpt, its study start date, its study id."""
    summaries = [doc for doc in data if doc.name == "ts.xpt"]
    if not summaries:
        yield _at("BP-701", study, cannot=cannot)
        return
    for doc in summaries:
        if doc.xpt is None or doc.xpt.trouble is not None:
            continue  # told by its header, or by its missing file
        starts = doc.xpt.starts
        if (not starts and not doc.xpt.no_start) or not all(iso_date(start) for start in starts):
            yield _at("BP-702", study, doc.leaf.file, found=", ".join(starts) or "–")
        elif any(len(start) < _DAY for start in starts):  # whether FDA takes a month or a year is not known
            yield _at("BP-702", study, doc.leaf.file, cannot=True, found=", ".join(starts))
        if study.study_id and doc.xpt.study_ids and study.study_id not in doc.xpt.study_ids:
            yield _at("BP-703", study, doc.leaf.file, found=", ".join(doc.xpt.study_ids))


def _content(read: Read, study: StudyFile, docs: list[_Doc], data: list[_Doc], cannot: bool) -> Iterator[Raised]:
    """Rule 1736: DM for tabulations, ADSL for analyses, a define.xml for each."""
    by_folder: dict[str, list[_Doc]] = defaultdict(list)
    for doc in docs:
        inside = (doc.leaf.file or "").partition("/")[2]  # the same folder of every sequence
        by_folder[posixpath.dirname(inside)].append(doc)
    tabulation = [doc for doc in data if doc.has(_TABULATION) and doc.name != "ts.xpt"]
    analysis = [doc for doc in data if doc.has(_ANALYSIS)]
    names = {doc.name for doc in data}
    if (tabulation or _standard_needed(read, data)) and "dm.xpt" not in names:
        yield _at("BP-704", study, cannot=cannot)
    if (analysis or (_standard_needed(read, data) and study.heading.startswith("5."))) and "adsl.xpt" not in names:
        yield _at("BP-705", study, cannot=cannot)
    for folder, here in by_folder.items():
        if any(doc in tabulation or doc in analysis for doc in here) and not any(
            it.name == "define.xml" for it in here
        ):
            yield _at("BP-706", study, cannot=cannot, folder=folder)


def _standard_needed(read: Read, data: list[_Doc]) -> bool:
    """Whether the study began after the day from which its application's type needs standardised data."""
    since = REQUIRED_FROM.get(read.application.application_type or "")
    starts = [start for doc in data if doc.name == "ts.xpt" and doc.xpt for start in doc.xpt.starts]
    return since is not None and any(iso_date(it) and it[:10] > since.isoformat() for it in starts)
