"""``dossier check``: what is wrong with a dossier for each agency."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import leave
from biopact.cli.deciding import print_json
from biopact.cli.options import AsJson, InLang
from biopact.errors import InputError, UsageError
from biopact.text import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biopact.dossier.checking import Report

__all__ = ["Dtd", "agencies_of", "check", "progress", "write"]

Folders = Annotated[list[Path], typer.Argument(metavar="DIR...", help=say("cli.argument.dossiers"))]
Dtd = Annotated[Path | None, typer.Option("--dtd", metavar="DIR", help=say("cli.option.dtd"))]


def check(
    folders: Folders,
    agencies: Annotated[str, typer.Option("--for", metavar="us,kr", help=say("cli.option.for"))] = "us,kr",
    dtd: Dtd = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="ind|nda|anda|bla", help=say("cli.option.type"))] = None,
    explain: Annotated[list[str], typer.Option("--explain", metavar="KEY=TEXT", help=say("cli.option.explain"))] = [],  # noqa: B006
    explanations: Annotated[
        Path | None, typer.Option("--explanations", metavar="FILE", help=say("cli.option.explanations"))
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help=say("cli.option.html"))] = None,
    table: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help=say("cli.option.csv"))] = None,
    every: Annotated[bool, typer.Option("--all", help=say("cli.option.all-findings"))] = False,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help=say("cli.option.workers"))] = None,
    core: Annotated[str | None, typer.Option("--core", metavar="PROGRAM", help=say("cli.option.core"))] = None,
    core_standard: Annotated[
        str, typer.Option("--core-standard", metavar="NAME-VERSION", help=say("cli.option.core-standard"))
    ] = "sdtmig-3-4",
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Check one or several dossiers."""
    from biopact.dossier.checking import check as checked
    from biopact.dossier.checking import processes
    from biopact.dossier.explanations import beside, read_explanations
    from biopact.dossier.inspection import Readers

    del lang
    asked = agencies_of(agencies)
    if kind is not None and kind not in ("ind", "nda", "anda", "bla"):
        raise UsageError("dossier.unknown-type", None, found=kind)
    added = dict(_explained(word) for word in explain)
    reports: list[Report] = []
    refused: list[InputError] = []
    with Readers(processes() if workers is None else workers) as readers:
        for folder in folders:
            try:
                explained = {key: text for key, (text, _) in read_explanations(explanations or beside(folder)).items()}
                with progress() as tell:
                    report = checked(
                        folder,
                        asked,
                        dtd=dtd,
                        application_type=kind,
                        explained={**explained, **added},
                        readers=readers,
                        tell=tell,
                    )
            except InputError as error:  # of several dossiers the others are checked all the same
                if len(folders) == 1:
                    raise
                refused.append(error)
                print(error.worded(), file=sys.stderr)
            else:
                reports.append(report)
    if not reports:
        leave(refused[0].exit_code)
    _record(reports, explanations, added)
    _tell(reports, html, table, every, as_json, _core(core, core_standard, reports), refused)
    leave(refused[0].exit_code if refused else max(report.exit_code for report in reports))


def agencies_of(text: str) -> tuple[str, ...]:
    """Agencies from the command line. Raises UsageError."""
    asked = tuple(it.strip().lower() for it in text.split(",") if it.strip())
    for it in asked:
        if it not in ("us", "kr"):
            raise UsageError("dossier.unknown-agency", None, found=it)
    return asked or ("us", "kr")


def _explained(word: str) -> tuple[str, str]:
    key, equals, text = word.partition("=")
    if not equals or not text.strip():
        raise UsageError("dossier.explain-form", None, found=word)
    return key.strip(), text.strip()


def _record(reports: list[Report], file: Path | None, added: dict[str, str]) -> None:
    """Keep explanations, each beside the dossiers that have its finding; it must be one of this run."""
    from biopact.dossier.explanations import beside, read_explanations, write_explanations
    from biopact.rules.language.facts import nearest

    known = {finding.key for report in reports for finding in report.findings}
    for key in added:
        if key not in known:
            raise UsageError("dossier.no-such-key", None, key=key, near=nearest(key, known) or "–")
    kept: dict[Path, dict[str, str]] = {}
    for report in reports:
        own = {finding.key for finding in report.findings}
        found = {key: text for key, text in added.items() if key in own}
        if found:
            kept.setdefault(file or beside(report.folder), {}).update(found)
    for path, texts in kept.items():
        write_explanations(path, read_explanations(path), texts)
        print(say("dossier.written", path=str(path)), file=sys.stderr)


def _core(command: str | None, standard: str, reports: list[Report]) -> list[dict[str, Any]] | None:
    if command is None:
        return None
    from biopact.dossier.core import run

    return [it.as_json() for report in reports for it in run(command, standard, report.application)]


def _tell(
    reports: list[Report],
    html: Path | None,
    table: Path | None,
    every: bool,
    as_json: bool,
    core: list[dict[str, Any]] | None,
    refused: list[InputError],
) -> None:
    from biopact.dossier.telling.answer import as_json as answer
    from biopact.dossier.telling.page import as_html
    from biopact.dossier.telling.table import as_csv
    from biopact.dossier.telling.terminal import overview, show

    if html is not None:
        write(html, as_html(reports).encode())
    if table is not None:
        write(table, ("\ufeff" + as_csv(reports)).encode())
    if as_json:
        answers = [answer(report) for report in reports]
        told = answers[0] if len(answers) == 1 and not refused else _several(answers, refused)
        print_json(told | ({"core": core} if core is not None else {}))
        return
    if len(reports) > 1:
        overview(reports, sys.stdout)
    for report in reports:
        if len(reports) > 1:
            print()
        show(report, sys.stdout, every)
    for it in core or ():
        print(say("dossier.core-run", **{key: "–" if value is None else value for key, value in it.items()}))


def _several(answers: list[dict[str, Any]], refused: list[InputError]) -> dict[str, Any]:
    """Several dossiers in one answer: the findings of all, each with its dossier; each dossier without them; what was none."""
    findings = [{"dossier": it["dossier"], **finding} for it in answers for finding in it["findings"]]
    dossiers = [{key: value for key, value in it.items() if key not in ("schema", "findings")} for it in answers]
    told = {"schema": "biopact.dossier-check/1", "dossiers": dossiers, "findings": findings}
    return told | {"refused": [error.worded() for error in refused]}


def write(path: Path, content: bytes) -> None:
    """Write beside, then rename: nothing is ever half there."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)
    print(say("dossier.written", path=str(path)), file=sys.stderr)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("dossier.reading"), total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole or None)
