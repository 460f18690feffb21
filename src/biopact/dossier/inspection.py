"""Every file read once: its hash, and what it is. Files are spread over processes that a hostile file may bring down."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from biopact.dossier.pdf import PdfFacts, read_pdf
from biopact.dossier.xpt import XptFacts, read_xpt

__all__ = ["FileFacts", "Job", "Readers", "inspect"]

_TEXT = (".xml", ".dtd", ".xsl", ".txt", ".csv", ".htm", ".html", ".svg", ".sas", ".r", ".mod", ".ent")
_MOST_TEXT = 64_000_000
_MEMORY = 1_500_000_000  # beyond what a worker starts with; a bomb ends there
_CHUNK = 32
_PASSED_BY = 1 << 22


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: where it lies, its path in the dossier, its size, the checksums its leaves give, how deep to look."""

    real: Path
    path: str
    size: int
    expected: tuple[str, ...] = ()
    inside: bool = True


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file: MD5 (None where it could not be read), whether a change of line ends explains another MD5, what it is."""

    path: str
    md5: str | None
    line_ends: bool = False
    pdf: PdfFacts | None = None
    xpt: XptFacts | None = None
    trouble: str = ""


def inspect(job: Job) -> FileFacts:
    """Read one file. Only a missing library is an error; everything about the file is a fact."""
    try:
        handle = os.open(job.real, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return FileFacts(job.path, None, trouble="not-a-file")
            md5 = hashlib.file_digest(file, _md5).hexdigest()
            line_ends = bool(job.expected) and md5 not in job.expected and _line_ends(file, job)
        name = job.path.lower()
        pdf = read_pdf(job.real, job.size) if job.inside and name.endswith(".pdf") and job.size else None
        xpt = read_xpt(job.real, job.size) if job.inside and name.endswith(".xpt") and job.size else None
    except OSError as error:
        return FileFacts(job.path, None, trouble=error.strerror or type(error).__name__)
    return FileFacts(job.path, md5, line_ends, pdf, xpt)


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)  # the checksum that eCTD prescribes, not a proof


def _line_ends(file: BinaryIO, job: Job) -> bool:
    """Whether the file with other line ends has an expected checksum."""
    if job.size > _MOST_TEXT or not job.path.lower().endswith(_TEXT):
        return False
    file.seek(0)
    unix = file.read().replace(b"\r\n", b"\n")
    forms = (unix, unix.replace(b"\n", b"\r\n"))
    return any(hashlib.md5(form, usedforsecurity=False).hexdigest() in job.expected for form in forms)


def _inspect_many(jobs: Sequence[Job]) -> list[FileFacts]:
    return [inspect(job) for job in jobs]


def _limit_memory() -> None:
    """Bound what a worker may take, so that a file that unfolds without end is told and not suffered."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, used + _MEMORY))


class Readers:
    """Processes that read files, kept from one dossier to the next; with 0 of them this process reads.

    A file that ends its process is read again alone, and where it does so again its facts say so.
    """

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def inspect(self, jobs: Sequence[Job], tell: Callable[[int], None] = lambda size: None) -> dict[str, FileFacts]:
        """Read every file; ``tell`` gets the bytes done, for a progress bar."""
        if self.workers > 0:
            return {facts.path: facts for facts in self._in_processes(jobs, tell)}
        found: dict[str, FileFacts] = {}
        for job in jobs:
            found[job.path] = inspect(job)
            tell(job.size)
        return found

    def _in_processes(self, jobs: Sequence[Job], tell: Callable[[int], None]) -> Iterator[FileFacts]:
        broken: list[list[Job]] = []
        pool = self._pool = self._pool or _pool(self.workers)
        waiting = {pool.submit(_inspect_many, chunk): chunk for chunk in _chunks(jobs)}
        for done in as_completed(waiting):
            chunk = waiting.pop(done)
            try:
                yield from done.result()
                tell(sum(job.size for job in chunk))
            except BrokenProcessPool:
                broken.append(chunk)
        if broken:
            self._close()  # the next dossier gets new ones
        for chunk in broken:
            yield from _carefully(chunk)
            tell(sum(job.size for job in chunk))

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _carefully(chunk: list[Job]) -> Iterator[FileFacts]:
    """Read the files of a chunk in a process of their own, each alone where that process ends."""
    with _pool(1) as pool:
        try:
            yield from pool.submit(_inspect_many, chunk).result()
            return
        except BrokenProcessPool:
            pass
    if len(chunk) == 1:
        yield FileFacts(chunk[0].path, None, trouble="ended-its-reader")
        return
    for job in chunk:
        yield from _carefully([job])


def _chunks(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """The largest first, so that no process is left with one of them at the end; small ones by the handful."""
    chunk: list[Job] = []
    held = 0
    for job in sorted(jobs, key=lambda it: -it.size):
        chunk.append(job)
        held += job.size + 4096
        if len(chunk) >= _CHUNK or held > _PASSED_BY:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def _pool(workers: int) -> ProcessPoolExecutor:
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(["biopact.dossier.inspection", "pikepdf"])
    return ProcessPoolExecutor(max_workers=workers, mp_context=context, initializer=_limit_memory)
