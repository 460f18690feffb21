"""What a screening found, in lines for a terminal: answers on standard output, notes and counts on standard error."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from biopact.screening.wording import listing_title, note
from biopact.text import pick, say

if TYPE_CHECKING:
    from biopact.screening.decisions import Judged
    from biopact.screening.lists.entry import Listing
    from biopact.screening.parties import ScreenedPact

_SHOWN = 200  # hits in the terminal; the rest is in the file


def tell_lists(listings: Sequence[Listing], today: datetime.date) -> None:
    """Each list with its date and digest, and a warning where it is older than its limit."""
    for each in listings:
        values = {
            "list": each.id,
            "title": listing_title(each),
            "entries": len(each.entries),
            "date": each.date.isoformat(),
        }
        _tell(say(f"screening.list-{each.dated}", **values, sha256=each.sha256[:12]))
        if each.stale(today):
            _tell(say("screening.list-stale", list=each.id, age=each.age(today), limit=each.limit_days))
        for told in each.notes:
            _tell(note(told))


def show_names(answer: Mapping[str, Any], found: Sequence[Judged], out: IO[str] | None) -> None:
    """The hits of a file of names, where they do not go into a file; notes and counts."""
    _tell_notes(answer)
    if out is not None:
        _hits(answer["hits"], out)
    del found


def show_pact(answer: Mapping[str, Any], done: ScreenedPact, out: IO[str] | None) -> None:
    """Hits, owners and items of a pact."""
    _tell_notes(answer)
    if out is None:
        return
    _hits(answer["hits"], out)
    for each in answer["ownership"]:
        share = (
            f"{each['share'][0]:.0%}"
            if each["share"][0] == each["share"][1]
            else "{:.0%}–{:.0%}".format(*each["share"])
        )
        print(
            say(
                f"screening.{each['level']}{'' if each['certain'] else '-maybe'}",
                party=each["party"],
                share=share,
                through=", ".join(each["through"]),
            ),
            file=out,
        )
    for each in answer["items"]:
        _item(each, out)
    for each in answer["equipment"]:
        value = "–" if each["value"] is None else f"{each['value']:g} {each['unit']}".strip()
        bounds = f"{each['bounds']} {each['unit']}".strip()
        values = {
            "item": each["item"],
            "entry": each["entry"],
            "value": value,
            "bounds": bounds,
            "parameter": each["parameter"],
        }
        print(say(f"screening.equipment-{each['verdict']}", **values), file=out)
    if answer["items"] or answer["equipment"]:
        print(say("screening.items-unchecked"), file=out)
    if not (answer["hits"] or answer["ownership"] or answer["items"] or answer["equipment"]):
        print(say("screening.nothing", lists=", ".join(each["id"] for each in answer["lists"])), file=out)
    print(say("cli.not-advice"), file=out)
    del done


def show_hit(told: Mapping[str, Any], out: IO[str]) -> None:
    """Everything about one hit."""
    print(_line(told), file=out)
    for name in ("spelling", "sound", "alias"):
        says = next((each["says"] for each in told["evidence"] if each["scorer"] == name), "–")
        print(f"  {say(f'screening.scorer-{name}')}: {told[name]:.2f}  {says}", file=out)
    limits = told["thresholds"]
    print(
        "  " + say("screening.thresholds", review=f"{limits['review']:.2f}", strong=f"{limits['strong']:.2f}"), file=out
    )
    for known in told["qualifiers"]:
        what = say(f"screening.what-{known['what']}")
        print(
            "  " + say(f"screening.qualifier-{known['says']}", what=what, ours=known["ours"], theirs=known["theirs"]),
            file=out,
        )
    for entry in told["entries"]:
        parts = [" / ".join(entry["names"]), *entry["programmes"], *entry["countries"], *map(str, entry["birth_years"])]
        print(f"  {entry['list']}:{entry['id']}  {'; '.join(filter(None, parts))}", file=out)
    for each in told["lists_read"]:
        values = {
            "list": each["id"],
            "date": each["date"],
            "sha256": each["sha256"],
            "entries": each["entries"],
            "title": each["id"],
        }
        print("  " + say(f"screening.list-{each['dated']}", **values), file=out)
    for each in told["judgements"]:
        judgement = say(f"screening.judgement-{each['judgement']}")
        code = "why-judged" if each["holds"] else "why-lapsed"
        print(
            "  "
            + say(f"screening.{code}", judgement=judgement, by=each["by"], at=each["at"][:10])
            + f": {each['why']}",
            file=out,
        )
    if not any(each["holds"] for each in told["judgements"]):
        print("  " + say("screening.judge-next", hit=told["hit"]), file=out)


def _hits(found: Sequence[Mapping[str, Any]], out: IO[str]) -> None:
    for each in found[:_SHOWN]:
        print(_line(each), file=out)
        print(f"  {each['why']}", file=out)
    if len(found) > _SHOWN:
        print(say("screening.more-hits", count=len(found) - _SHOWN), file=out)


def _line(each: Mapping[str, Any]) -> str:
    outcome = say(f"screening.outcome-{each['outcome']}")
    who = f"{each['query_id']}: {each['query']} ~ {each['name']}"
    return f"{each['hit']}  {outcome}  {each['score']:.2f}  {who}  [{'; '.join(each['lists'])}]"


def _item(each: Mapping[str, Any], out: IO[str]) -> None:
    from biopact.screening.resources import yaml_of

    title = pick(yaml_of("control_names")["lists"][each["list"]]["title"])
    values = {
        "item": each["item"],
        "name": each["name"],
        "entry": each["entry"],
        "matched": each["matched"],
        "title": title,
    }
    print(say("screening.item-likely", **values), file=out)
    print(
        "  " + say("screening.item-ask", questions=" ".join(say(f"screening.ask-{code}") for code in each["ask"])),
        file=out,
    )


def _tell_notes(answer: Mapping[str, Any]) -> None:
    for text in answer["notes"]:
        _tell(text)
    for each in answer["findings"][:50]:
        _tell(each["message"])
    if len(answer["findings"]) > 50:
        _tell(say("screening.more-findings", count=len(answer["findings"]) - 50))
    counts = answer["counts"]
    _tell(
        say(
            "screening.counts",
            **{name: counts[name] for name in ("asked", "none", "review", "strong", "alerts_per_1000", "hits", "open")},
        )
    )


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
