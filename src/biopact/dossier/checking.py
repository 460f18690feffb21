"""``check``: what is wrong with a dossier for each agency, what could not be checked, and what to do first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from biopact.dossier.checks import Read
from biopact.dossier.checks.documents import documents
from biopact.dossier.checks.files import files
from biopact.dossier.checks.markup import markup
from biopact.dossier.checks.names import names
from biopact.dossier.checks.relations import relations
from biopact.dossier.checks.required import required
from biopact.dossier.checks.structure import structure
from biopact.dossier.checks.studydata import studydata
from biopact.dossier.checks.tagging import tagging
from biopact.dossier.checks.values import values
from biopact.dossier.dtds import Dtds, find
from biopact.dossier.findings import SEVERITIES, Finding, definitions, finding_of
from biopact.dossier.inspection import Job, Readers
from biopact.dossier.model import AGENCIES, Application
from biopact.dossier.reading import read

__all__ = ["FAMILIES", "Report", "check", "jobs_of"]

FAMILIES = (structure, files, names, markup, relations, values, tagging, studydata, documents, required)


@dataclass(frozen=True)
class Report:
    """The findings of one dossier, the gravest first, and what they rest on."""

    folder: Path
    application: Application
    agencies: tuple[str, ...]
    findings: tuple[Finding, ...]
    dtds: Dtds
    size: int

    @property
    def exit_code(self) -> int:
        """1 where a high finding was found."""
        return 1 if any(it.severity == "high" and it.state == "found" for it in self.findings) else 0

    def of(self, agency: str, state: str) -> tuple[Finding, ...]:
        """The findings of an agency in a state (``found``, ``cannot-check``)."""
        return tuple(it for it in self.findings if agency in it.agencies and it.state == state)

    @property
    def first(self) -> tuple[Finding, ...]:
        """The three things to do first: the gravest kinds of finding, one of each, those not yet explained before.

        A kind that another one here may have brought with it comes after those that none has.
        """
        kinds: dict[str, Finding] = {}
        for finding in sorted(self.findings, key=lambda it: it.explanation is not None):
            if finding.state == "found":
                kinds.setdefault(finding.id, finding)
        brought = {id_ for kind in kinds for id_ in definitions()[kind].consequences}
        return tuple(sorted(kinds.values(), key=lambda it: (it.id in brought, _gravity(it))))[:3]


def check(
    folder: Path | str,
    agencies: Sequence[str] = AGENCIES,
    *,
    dtd: Path | None = None,
    application_type: str | None = None,
    explained: Mapping[str, str] | None = None,
    readers: Readers | None = None,
    tell: Callable[[int, int], None] = lambda done, whole: None,
) -> Report:
    """Check a dossier for some agencies.

    ``dtd`` is a folder with official DTDs, used where the dossier carries none; ``explained`` maps keys of findings to
    explanations; ``readers`` are processes for reading files (None: this one reads); ``tell`` gets bytes done and bytes in all.
    Raises InputError where the folder holds no sequence; everything else is a finding.
    """
    application = read(Path(folder))
    jobs = jobs_of(application)
    whole = sum(job.size for job in jobs)
    done = 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        tell(done, whole)

    facts = (readers or Readers()).inspect(jobs, advance)
    asked = tuple(it for it in AGENCIES if it in agencies)
    seen = Read(application, facts, find(application, dtd), asked, application_type)
    raised = (it for family in FAMILIES for it in family(seen))
    found = {finding.key: finding for it in raised if (finding := finding_of(it, explained or {}, asked)) is not None}
    return Report(Path(folder), application, asked, tuple(sorted(found.values(), key=_gravity)), seen.dtds, whole)


def jobs_of(application: Application, inside: bool = True) -> list[Job]:
    """Every file of the sequences to read, with the checksums that leaves give for it."""
    expected: dict[str, list[str]] = {}
    for sequence in application.sequences:
        for leaf in sequence.leaves:
            if leaf.file and leaf.checksum:
                expected.setdefault(leaf.file, []).append(leaf.checksum.lower())
        if sequence.index_md5:
            expected.setdefault(f"{sequence.number}/index.xml", []).append(sequence.index_md5)
    return [
        Job(application.real(path), path, size, tuple(expected.get(path, ())), inside)
        for path, size in application.tree.files.items()
        if path.partition("/")[0] in application.by_number
    ]


def processes() -> int:
    """How many processes read files: one a processor this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _gravity(finding: Finding) -> tuple[object, ...]:
    state = finding.state == "cannot-check"
    severity = SEVERITIES.index(finding.severity)
    return (
        state,
        severity,
        -len(finding.agencies),
        finding.id,
        finding.sequence or "",
        finding.path or "",
        finding.line or 0,
    )


def ids(findings: Iterable[Finding]) -> set[str]:
    """The ids among some findings."""
    return {it.id for it in findings}
