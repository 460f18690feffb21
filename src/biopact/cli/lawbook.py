"""``law coverage|compare|norms|search|diff|review``: the law as a book, counted, compared, searched and handed to a lawyer."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from biopact.cli.deciding import print_json
from biopact.cli.options import AsJson, InLang, Packs, day
from biopact.errors import UsageError
from biopact.text import cited, pick, say

__all__ = ["register"]

Day = Annotated[datetime.date, typer.Argument(metavar="YYYY-MM-DD", parser=day, help=say("lawbook.argument.day"))]


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``law``, but for those that it has already."""
    for name, command in (
        ("search", search),
        ("coverage", coverage),
        ("compare", compare),
        ("norms", norms),
        ("diff", diff),
        ("review", review),
    ):
        if name not in {known.name for known in app.registered_commands}:
            app.command(name, help=say(f"lawbook.help.{name}"))(command)


def coverage(law: Packs = [], as_json: AsJson = False, lang: InLang = None) -> None:  # noqa: B006 typer copies it
    """What became of every gathered entry."""
    from biopact.law import register as book
    from biopact.law import requirements, the_law

    del lang
    told = book.coverage(book.read(the_law(law), requirements.read()))
    if as_json:
        print_json(told)
        return
    print(
        say(
            "lawbook.coverage",
            facts=told["facts"],
            encoded=told["encoded"],
            note=told["note"],
            left=len(told["not_encoded"]),
        )
    )
    for by in ("country", "source", "status", "checked", "instrument"):
        print(f"\n{say(f'lawbook.by.{by}')}")
        for key, counts in told["by"][by].items():
            print(f"  {_word(by, key):<34} {say('lawbook.counts', **counts)}")
    print(f"\n{say('lawbook.left')}")
    for entry in told["not_encoded"]:
        reason = pick(entry["reason"]) or say("lawbook.open")
        print(f"  {entry['id']}  {pick(entry['title'])}: {reason}")


def _word(by: str, key: str) -> str:
    code = f"lawbook.{by}.{key}"
    try:
        return say(code)
    except KeyError:
        return key


def compare(
    countries: Annotated[list[str], typer.Argument(metavar="us kr", help=say("lawbook.argument.countries"))],
    topic: Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help=say("lawbook.option.topic"))] = None,
    law: Packs = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Both countries' rules by topic, side by side."""
    from biopact.law import requirements, the_law, topics
    from biopact.rules.language.facts import nearest

    del lang
    if [country.lower() for country in countries] not in (["us", "kr"], ["kr", "us"]):
        raise UsageError("lawbook.two-countries", None, found=" ".join(countries))
    rules = the_law(law)
    known, rows = topics.read(rules), requirements.read()
    words = (
        {*topics.AREAS, "requirements"} | {it.id for it in known} | {row.id for row in rows} | {r.stage for r in rows}
    )
    if topic is not None and topic not in words:
        raise UsageError("lawbook.no-topic", None, topic=topic, near=nearest(topic, words) or "–")
    told = topics.compared(known, rows, rules, topic)
    if as_json:
        print_json(dict(told))
        return
    for kind in ("topics", "requirements"):
        counts = told["counts"][kind]
        if sum(counts.values()):
            print(say(f"lawbook.compared.{kind}", total=sum(counts.values())))
            print("  " + " · ".join(f"{say(f'lawbook.relation.{name}')} {n}" for name, n in counts.items()))
    for it in told["topics"]:
        _print_topic(it)
    for row in told["requirements"] if topic is not None else ():
        _print_row(row)


def _print_topic(it: Mapping[str, Any]) -> None:
    print(f"\n{pick(it['title'])}  [{say('lawbook.relation.' + it['relation'])}]  ({it['id']})")
    for side in ("us", "kr", "int"):
        for rule in it[side]:
            effect = say("cli.effect." + rule["effect"])
            print(f"  {side.upper():<3} {rule['id']}  [{effect}]  {pick(rule['title'])} ({cited(rule)})")
    print(f"  {say('lawbook.difference')}: {pick(it['difference'])}")
    _print_lever(it, pick(it["effect_days"]["why"]))


def _print_row(row: Mapping[str, Any]) -> None:
    print(f"\n{pick(row['title'])}  [{say('lawbook.relation.' + row['relation'])}]  ({row['id']})")
    for side in ("us", "kr"):
        if row[side]:
            print(f"  {side.upper():<3} {pick(row[side]['requirement'])} ({row[side]['cite']})")
    _print_lever(row, "")


def _print_lever(it: Mapping[str, Any], why: str) -> None:
    if it["lever"]:
        print(f"  {say('lawbook.lever')}: {pick(it['lever'])}")
    effect = it["effect_days"]
    if effect and effect["low"] is not None:
        basis = say(f"lawbook.basis.{effect['basis']}")
        told = say("lawbook.effect", low=effect["low"], high=effect["high"], basis=basis)
        print(f"  {told}{f' ({why})' if why else ''}")
    elif it["lever"]:
        print(f"  {say('lawbook.effect-unknown')}{f' ({why})' if why else ''}")


def norms(law: Packs = [], as_json: AsJson = False, lang: InLang = None) -> None:  # noqa: B006
    """International standards, and who adopted them."""
    from biopact.law import standards, the_law

    del lang
    told = standards.norms(standards.read(the_law(law)))
    if as_json:
        print_json(told)
        return
    print(say("lawbook.norms", **told["counts"]))
    for it in told["standards"]:
        print(f"\n{pick(it['title'])} · {it['body']}  [{say('lawbook.adopted-by.' + it['adopted_by'])}]")
        for side in ("us", "kr"):
            one = it[side]
            since = f", {one['since']}" if one["since"] else ""
            how = f"{say('lawbook.adopted.' + one['adopted'])}, {say('lawbook.force.' + one['force'])}"
            print(f"  {side.upper()}  {how}{since}: {one['cite']} [{say('lawbook.checked.' + one['checked'])}]")
        if it["note"]:
            print(f"  {pick(it['note'])}")


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help=say("lawbook.argument.words"))],
    law: Packs = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Rules, requirements, topics and standards that hold all the words."""
    from biopact.law import requirements, searching, standards, the_law, topics

    del lang
    asked = [word for each in words for word in each.split()]
    if not asked:
        raise UsageError("lawbook.no-words", None)
    rules = the_law(law)
    hits = searching.search(asked, rules, requirements.read(), topics.read(rules), standards.read(rules))
    if as_json:
        found = [hit.told() for hit in hits]
        print_json({"schema": "biopact.law-search/1", "law": rules.digest, "words": asked, "found": found})
        return
    for hit in hits:
        cite = f" ({cited(hit.told())})" if hit.cite else ""
        print(f"{say('lawbook.kind.' + hit.kind):<11}  {hit.id}  {pick(hit.title)}{cite}")
    print(say("lawbook.found", found=len(hits)), file=sys.stderr)


def diff(
    first: Day,
    second: Day,
    law: Packs = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """What changed in the law between two days."""
    from biopact.law import differing, requirements, the_law

    del lang
    told = differing.changes(the_law(law), first, second, requirements.read())
    if as_json:
        print_json(told)
        return
    for kind in ("began", "ended", "changed"):
        print(say(f"lawbook.diff.{kind}", count=len(told[kind])))
        for it in told[kind]:
            on = it["from"] if kind != "ended" else it["to"]
            print(
                f"  {on or '–'}  {it['id']}  [{say('cli.effect.' + it['effect'])}]  {pick(it['title'])} ({cited(it)})"
            )
    print(say("lawbook.diff.tables", count=len(told["tables"])))
    for it in told["tables"]:
        print(f"  {it['table']}[{it['key']}]  {_entry(it['before'])} → {_entry(it['after'])}")
    print(say("lawbook.diff.requirements", count=len(told["requirements"])))
    for it in told["requirements"]:
        print(f"  {it['from']}  {it['id']} ({it['country']})  {pick(it['title'])} ({it['cite']})")


def _entry(value: Any) -> str:
    return "–" if value is None else "✓" if value is True else str(value)


def review(
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help=say("lawbook.argument.instrument"))],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=say("lawbook.option.sheet"))] = None,
    law: Packs = [],  # noqa: B006
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """A bilingual sheet of an instrument for a lawyer to correct and sign."""
    from biopact.decide.sheet import FORMS, sheet, written
    from biopact.law import folders, the_law
    from biopact.rules.language.facts import nearest

    del lang
    rules = the_law(law)
    if instrument not in rules.by_id:
        near = nearest(instrument, rules.by_id) or "–"
        raise UsageError("lawbook.no-instrument", None, instrument=instrument, near=near)
    told = sheet(rules, rules.by_id[instrument], folders(law))
    if as_json:
        print_json(told)
        return
    if out is None:
        print(written(told, ".md"), end="")
        return
    if out.suffix not in FORMS:
        raise UsageError("lawbook.sheet-form", None, file=out.name, known=", ".join(FORMS))
    if not out.parent.is_dir():
        raise UsageError("lawbook.no-folder", None, folder=str(out.parent))
    beside = out.with_name(out.name + ".part")
    beside.write_text(written(told, out.suffix), encoding="utf-8")
    beside.replace(out)
    print(say("lawbook.sheet-written", file=str(out), rules=len(told["provisions"])), file=sys.stderr)
