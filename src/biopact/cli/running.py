"""``run``, ``verify`` and ``ledger``: a study is run under the law, and what was done is proved."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import group, leave
from biopact.cli.deciding import PactFolder, print_json, read_with_law, titles_of
from biopact.cli.options import AsJson, AsOf, InLang, Packs, State
from biopact.cli.progress import end_progress, show_progress
from biopact.errors import UsageError
from biopact.text import language, say

if TYPE_CHECKING:
    from biopact.pact import Pact
    from biopact.study.running import Run

ledger = group()


def run(
    pact: PactFolder,
    study: Annotated[str | None, typer.Argument(metavar="[STUDY]", help=say("cli.argument.study"))] = None,
    every: Annotated[bool, typer.Option("--all", help=say("cli.option.all"))] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=say("cli.option.out"))] = None,
    state: State = None,
    law: Packs = [],  # noqa: B006 typer copies it
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Decide, then run a joint study where every release is ready: report, receipt, ledger."""
    from biopact.pact.inside import studies_of
    from biopact.report.files import check_target
    from biopact.study.running import run as run_study

    del lang
    if every and study is not None:
        raise UsageError("cli.all-or-one", None)
    read, rules = read_with_law(pact, law)
    if study is None and not every and read.default_study is None:
        _nothing_to_run(read, rules, as_of, as_json)
    runs = []
    folder = out or Path("out") / read.id
    check_target(folder)
    for name in studies_of(read) if every else [study]:
        done = run_study(read, name, law=rules, as_of=as_of, state=state, progress=show_progress)
        end_progress()
        _show(done, read, folder / done.study.id if every or out is None else folder, quiet=as_json)
        runs.append(done)
    if as_json:
        told = [_as_json(done) for done in runs]
        print_json({"schema": "biopact.run-all/1", "runs": told} if every else told[0])
    codes = [done.exit_code for done in runs]
    leave(1 if 1 in codes else max(codes, default=0))


def _nothing_to_run(read: Pact, rules: Any, as_of: datetime.date | None, as_json: bool) -> None:
    """A pact without a study: where the law stands in the way, say that; else the missing study is told."""
    from biopact.decide import as_json as answer
    from biopact.decide import check

    told = check(read, rules, as_of)
    if told.exit_code == 0:
        return
    if as_json:
        print_json(answer(told))
    else:
        _show_check(answer(told), read)
        print(say("cli.nothing-run"), file=sys.stderr)
    leave(told.exit_code)


def _show(done: Run, read: Pact, folder: Path, quiet: bool) -> None:
    """Show one run and write its files; where it was not run, nothing is written."""
    from biopact.decide import as_json as answer

    told = done.determination
    if told.as_of != datetime.date.today():
        print(say("cli.as-of-not-today", day=told.as_of.isoformat()), file=sys.stderr)
    if not quiet:
        _show_check(answer(told), read)
        print()
        _show_minimums(done)
    if done.results is None:
        for file in told.not_counted:
            print(say("terminal.evidence-not-counted", file=file), file=sys.stderr)
        print(say("cli.not-run", study=done.study.id), file=sys.stderr)
        return
    from biopact.report.files import titles_of_run, write_all

    written = write_all(done, folder, language())
    if not quiet:
        from biopact.report.terminal_results import show_results
        from biopact.report.terminal_study import show_readiness

        results, titles = done.results.to_dict(), titles_of_run(done)
        show_readiness(results.get("readiness"), titles, sys.stdout)
        show_results(results, titles, sys.stdout)
        print()
        for path in written:
            print(path)
    for flow in told.flows:
        if flow.readiness != "ready":
            print(
                say("cli.flow-not-ready", flow=flow.id, readiness=say(f"terminal.readiness.{flow.readiness}")),
                file=sys.stderr,
            )


def _show_minimums(done: Run) -> None:
    """The smallest cell of each site, sites with the same one together."""
    by: dict[tuple[int, str], list[str]] = {}
    for site, least in done.minimums.items():
        by.setdefault((least.number, least.source), []).append(site)
    for (number, source), sites in by.items():
        words = {"number": number, "source": say(f"cli.minimum-by.{source}"), "sites": ", ".join(sites)}
        print(say("cli.minimum", **words))
    print()


def _as_json(done: Run) -> dict[str, Any]:
    from biopact.decide import as_json as answer

    return done.results.to_dict() if done.results is not None else answer(done.determination)


def _show_check(answer: dict[str, Any], read: Pact) -> None:
    from biopact.report.terminal_law import show_check

    show_check(answer, titles_of(read), sys.stdout)


def verify(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help=say("cli.argument.receipt"))],
    results: Annotated[Path | None, typer.Option("--results", metavar="FILE", help=say("cli.option.results"))] = None,
    key: Annotated[list[str], typer.Option("--key", metavar="PARTY=KEY", help=say("cli.option.key"))] = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Check a receipt: needs no pact, no account, no network."""
    from biopact.ledger import named_key
    from biopact.ledger import verify as verified

    del lang
    told = verified(receipt, results, dict(named_key(word) for word in key))
    if as_json:
        print_json(told.to_dict())
    else:
        from biopact.report.terminal_law import show_verification

        show_verification(told, sys.stdout)
    leave(told.exit_code)


@ledger.command("verify", help=say("cli.ledger.verify"))
def verify_ledger(
    path: Annotated[Path, typer.Argument(metavar="LEDGER", help=say("cli.argument.ledger"))],
    key: Annotated[list[str], typer.Option("--key", metavar="PARTY=KEY", help=say("cli.option.public-key"))] = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Check the chain of a ledger, and its signatures where the keys are given."""
    from biopact.ledger import read_public_key, verify_chain
    from biopact.ledger.findings import holds

    del lang
    found = verify_chain(
        path, {party: read_public_key(text) for party, _, text in (word.partition("=") for word in key)}
    )
    _findings(path, found, as_json)
    leave(0 if holds(found) else 1)


@ledger.command("reconcile", help=say("cli.ledger.reconcile"))
def reconcile_ledgers(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help=say("cli.argument.receipt"))],
    ledgers: Annotated[list[Path], typer.Argument(metavar="LEDGER…", help=say("cli.argument.ledger"))],
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Hold a receipt against the ledgers it was made from."""
    from biopact.ledger import reconcile
    from biopact.ledger.findings import holds

    del lang
    found = reconcile(receipt, ledgers)
    _findings(receipt, found, as_json)
    leave(0 if holds(found) else 1)


def _findings(path: Path, found: tuple[Any, ...], as_json: bool) -> None:
    from biopact.ledger.findings import conclusion, holds

    if as_json:
        told = [finding.to_dict() for finding in found]
        print_json({"schema": "biopact.findings/1", "file": str(path), "holds": holds(found), "findings": told})
        return
    for finding in found:
        print(f"{finding.where}: {finding.text()}")
    print(conclusion(found))
