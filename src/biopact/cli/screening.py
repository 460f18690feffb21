"""``screen`` and ``hits``: a pact or a file of names against lists, and the judgement of what was found."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biopact.cli.app import group, leave
from biopact.cli.deciding import chosen, print_json, read_with_law
from biopact.cli.options import AsJson, AsOf, InLang, Packs, day
from biopact.errors import UsageError
from biopact.text import say

if TYPE_CHECKING:
    from biopact.pact import Pact
    from biopact.screening.index import Index
    from biopact.screening.lists.entry import Listing

hits = group()
HitId = Annotated[str, typer.Argument(metavar="HIT", help=say("cli.argument.hit"))]
Record = Annotated[Path | None, typer.Option("--record", metavar="FILE", help=say("cli.option.record"))]


def screen(
    what: Annotated[Path, typer.Argument(metavar="PACT|NAMES", help=say("cli.argument.screened"))],
    lists: Annotated[list[str], typer.Option("--list", metavar="[ID=]FILE", help=say("cli.option.list"))] = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=say("cli.option.hits-out"))] = None,
    decisions: Annotated[
        Path | None, typer.Option("--decisions", metavar="FILE", help=say("cli.option.decisions"))
    ] = None,
    given: Annotated[
        list[str], typer.Option("--set", metavar="ITEM.PARAMETER=N", help=say("cli.option.parameter"))
    ] = [],  # noqa: B006
    law: Packs = [],  # noqa: B006
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Screen every party and item of a pact, or every name of a file, against lists on this machine."""
    del lang
    today = as_of or datetime.date.today()
    if what.is_dir() or what.name == "pact.yaml":
        if decisions is not None:
            raise UsageError("screening.decisions-in-pact", None)
        _pact(what, lists, given, out, law, today, as_json)
    else:
        if given:
            raise UsageError("screening.parameters-of-pact", None)
        _names(what, lists, out, decisions, today, as_json)


def _names(
    path: Path, lists: list[str], out: Path | None, decisions: Path | None, today: datetime.date, as_json: bool
) -> None:
    from biopact.cli.screening_shown import show_names
    from biopact.screening.answer import answer_of
    from biopact.screening.decisions import judged, read_decisions
    from biopact.screening.matching import screen as screened_by
    from biopact.screening.queries import read_names
    from biopact.screening.writing import write_hits, write_record

    if not lists:
        raise UsageError("screening.no-list", None)
    queries, notes, findings = read_names(path)
    index = _index([_split(option) for option in lists], today)
    done = screened_by(queries, index)
    kept = decisions or path.with_name(f"{path.stem}.decisions.yaml")
    found = judged(done.hits, read_decisions(kept))
    answer = answer_of(index, today, found, done.counts, done.asked, [*findings, *done.findings], notes)
    answer |= {"names": str(path), "decisions": str(kept.resolve()), "out": str(out) if out else None}
    if out:
        write_hits(out, found)
    write_record(_record_of(out or path.with_name(f"{path.stem}.hits")), answer)
    show_names(answer, found, sys.stdout if not as_json and not out else None)
    if as_json:
        print_json(answer)
    blocked = any(each.blocking for each in [*findings, *done.findings])
    leave(1 if blocked or any(each.open for each in found) else 0)


def _pact(
    path: Path,
    lists: list[str],
    given: list[str],
    out: Path | None,
    law: list[Path],
    today: datetime.date,
    as_json: bool,
) -> None:
    from biopact.cli.screening_shown import show_pact
    from biopact.screening.answer import answer_of, owned_as_json
    from biopact.screening.items import screen_items
    from biopact.screening.items.equipment import parameters_from
    from biopact.screening.parties import decisions_of, list_files, screen_pact
    from biopact.screening.places import FOLDER
    from biopact.screening.writing import write_hits, write_record

    pact, _ = read_with_law(path, law)
    files = [_split(option) for option in lists] or list_files(pact)
    if not files:
        raise UsageError("screening.no-list-in-pact", None, folder=f"{path}/{FOLDER}")
    parameters = parameters_from(given, pact.items)
    index = _index(files, today)
    done = screen_pact(pact, index)
    named, built = screen_items(pact, parameters)
    answer = answer_of(index, today, done.hits, done.screened.counts, done.screened.asked, done.findings, [])
    kept = decisions_of(pact)
    answer |= {
        "pact": pact.id,
        "decisions": str(kept.resolve()) if kept else None,
        "out": str(out) if out else None,
        "ownership": [owned_as_json(each) for each in done.owned],
        "items": [_plain(each) for each in named],
        "equipment": [_plain(each) for each in built],
        "asked": {query.id: query.digest for query in done.asked},
    }
    if out:
        write_hits(out, done.hits)
    write_record(_record_of_pact(pact), answer)
    show_pact(answer, done, sys.stdout if not as_json else None)
    if as_json:
        print_json(answer)
    leave(1 if done.needs_action or named or any(each.verdict != "below" for each in built) else 0)


@hits.command("explain", help=say("cli.hits.explain"))
def explain(hit: HitId, record: Record = None, as_json: AsJson = False, lang: InLang = None) -> None:
    """Show why a hit is one: the lists, every name compared, each scorer, what else is known, its judgement."""
    from biopact.cli.screening_shown import show_hit
    from biopact.screening.decisions import read_decisions
    from biopact.screening.writing import find_record

    del lang
    place, read, found = find_record(hit, record)
    kept = read_decisions(Path(read["decisions"])) if read.get("decisions") else []
    judgements = [each for each in kept if each.hit == hit]
    told = {
        "schema": "biopact.hit/1",
        **found,
        "lists_read": [each for each in read["lists"] if each["id"] in {entry["list"] for entry in found["entries"]}],
        "thresholds": read["thresholds"],
        "record": str(place),
        "judgements": [
            {
                "judgement": each.judgement,
                "by": each.by,
                "at": each.at,
                "why": each.why,
                "holds": (each.query, each.entries) == (found["query_digest"], found["entries_digest"]),
            }
            for each in judgements
        ],
    }
    if as_json:
        print_json(told)
    else:
        show_hit(told, sys.stdout)


@hits.command("judge", help=say("cli.hits.judge"))
def judge(
    hit: HitId,
    judgement: Annotated[str, typer.Option("--as", metavar="same|different|unsure", help=say("cli.option.judgement"))],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help=say("cli.option.by"))],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help=say("cli.option.why"))],
    again: Annotated[bool, typer.Option("--again", help=say("cli.option.again"))] = False,
    record: Record = None,
    decisions: Annotated[
        Path | None, typer.Option("--decisions", metavar="FILE", help=say("cli.option.decisions"))
    ] = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Judge a hit once: it is honoured until the entry of the list, or what was asked, changes."""
    from biopact.screening.decisions import record as keep
    from biopact.screening.writing import find_record

    del lang
    _, read, found = find_record(hit, record)
    place = decisions or Path(read["decisions"])
    done = keep(place, found, judgement, by, why, datetime.datetime.now().astimezone(), again)
    if as_json:
        print_json(
            {
                "schema": "biopact.judgement/1",
                "hit": hit,
                "judgement": done.judgement,
                "by": done.by,
                "at": done.at,
                "why": done.why,
                "decisions": str(place),
            }
        )
    else:
        print(say("screening.judged", hit=hit, judgement=say(f"screening.judgement-{done.judgement}"), file=str(place)))


@hits.command("record-check", help=say("cli.hits.record-check"))
def record_check(
    pact: Annotated[Path, typer.Argument(metavar="PACT", help=say("cli.argument.pact"))],
    tool: Annotated[str, typer.Option("--tool", metavar="NAME", help=say("cli.option.tool"))],
    version: Annotated[str, typer.Option("--tool-version", metavar="V", help=say("cli.option.tool-version"))],
    status: Annotated[str, typer.Option("--status", metavar="WORD", help=say("cli.option.status"))],
    date: Annotated[
        datetime.date, typer.Option("--date", parser=day, metavar="YYYY-MM-DD", help=say("cli.option.check-date"))
    ],
    sha256: Annotated[str, typer.Option("--sha256", metavar="HEX", help=say("cli.option.check-sha256"))],
    rule: Annotated[str, typer.Option("--rule", help=say("cli.argument.rule"))],
    flow: Annotated[str, typer.Option("--flow", help=say("cli.argument.flow"))],
    issuer: Annotated[str | None, typer.Option("--issuer", help=say("cli.option.issuer"))] = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Record as evidence what a sequence screening of your own said. No file is read, no sequence is kept."""
    from biopact.decide import PactVocabulary
    from biopact.rules.language.facts import nearest
    from biopact.screening.items.outside import OutsideCheck
    from biopact.screening.items.outside import record_check as keep

    del lang
    read, law = read_with_law(pact, [])
    chosen(read, flow)
    if rule not in law.rules:
        raise UsageError("cli.no-such-rule", None, rule=rule, near=nearest(rule, law.rules) or "–")
    check = OutsideCheck(tool, version, status, date, sha256.lower())
    keep(pact, check, rule, flow, issuer, PactVocabulary(law.vocabulary))
    if as_json:
        print_json(
            {"schema": "biopact.evidence/1", "pact": read.id, "rule": rule, "flow": flow, "reference": check.reference}
        )
    else:
        print(say("cli.evidence-added", rule=rule, flow=flow))


def _record_of_pact(pact: Pact) -> Path:
    """The record of a pact: in its ``lists``, where the law reads it; where one may not write there, in the user's own."""
    from biopact.ledger.state import state_folder
    from biopact.screening.places import FOLDER, RECORD

    folder = pact.folder / FOLDER if pact.folder else None
    if folder and os.access(folder if folder.is_dir() else folder.parent, os.W_OK):
        return folder / RECORD
    return state_folder() / "screening" / f"{pact.id}.hits.json"


def _index(files: list[tuple[str | None, Path]], today: datetime.date) -> Index:
    """The lists read and prepared; what there is to say of them goes to standard error as it is known."""
    from biopact.cli.screening_shown import tell_lists
    from biopact.screening.index import Index
    from biopact.screening.lists import read_list

    listings: list[Listing] = []
    for name, file in files:
        listing = read_list(file, name)
        if any(listing.id == other.id for other in listings):
            raise UsageError("screening.list-twice", None, list=listing.id)
        listings.append(listing)
    tell_lists(listings, today)
    return Index.of(listings)


def _split(option: str) -> tuple[str | None, Path]:
    from biopact.screening.lists.reading import split_option

    return split_option(option)


def _record_of(path: Path) -> Path:
    """The record beside the hits."""
    return path.with_suffix(".json") if path.suffix in (".csv", ".xlsx") else path.with_name(f"{path.name}.json")


def _plain(match: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(match)
