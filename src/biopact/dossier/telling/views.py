"""Conversion, gap, requirements and history in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from biopact.dossier.change import Answer
from biopact.dossier.gap import STATES, Gap
from biopact.dossier.headings import title_of
from biopact.dossier.lifecycle import Document, Lives
from biopact.dossier.model import Leaf
from biopact.dossier.telling.terminal import console
from biopact.dossier.tree import shown
from biopact.law.requirements import Clock, Row, Side
from biopact.text import language, pick, say

__all__ = ["history_as_json", "show_change", "show_conversion", "show_gap", "show_history", "show_requirements"]


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(say(f"dossier.column.{column}"), overflow="fold")
    return table


def show_conversion(told: Mapping[str, Any], out: IO[str]) -> None:
    """The harmonisation index first, then what is set aside and what people must write."""
    screen = console(out)
    words = {"identical": told["identical"], "leaves": told["leaves"]}
    share = 100 * told["identical"] / told["leaves"] if told["leaves"] else 0.0
    screen.print(say("dossier.index", **words, share=f"{share:.0f}"), style="bold")
    for name, part in told["by_module"].items():
        screen.print("  " + say("dossier.index-module", module=name, **part))
    numbers = ", ".join(f"{source} → {target}" for source, target in told["sequences"].items())
    screen.print(say("dossier.numbers", numbers=numbers))
    if told["regional_backbone"].get("note"):
        screen.print(Text(told["regional_backbone"]["note"], style="yellow"))
    for kind in ("set_aside", "left_out"):
        if told[kind]:
            screen.print()
            screen.print(say(f"dossier.{kind.replace('_', '-')}", count=len(told[kind])), style="bold")
            for leaf in told[kind]:
                screen.print(f"  {leaf['sequence']}  {leaf['heading']}  {leaf['title']}  {leaf['file'] or ''}")
    if told["to_write"]:
        screen.print()
        screen.print(say("dossier.to-write", count=len(told["to_write"])), style="bold")
        _documents(screen, told["to_write"])


def _documents(screen: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    table = _table("document", "heading", "action", "cite", "source")
    for row in rows:
        action = say(f"dossier.action.{row.get('state') or row['action']}")
        languages = "/".join(row["languages"])
        cite = (
            f"{row['cite'] or '–'} ({say('dossier.checked.' + row['checked'])})"
            if row["checked"]
            else row["cite"] or "–"
        )
        files = [shown(file) for file in row["source_files"] if file]
        more = say("dossier.and-more", count=len(files) - 1) if len(files) > 1 else ""
        table.add_row(
            pick(row["title"]),
            row["heading"] or "–",
            f"{action} ({languages})",
            cite,
            files[0] + more if files else "–",
        )
    screen.print(table)


def show_gap(found: Gap, out: IO[str]) -> None:
    """Counts by state, then the documents of each."""
    screen = console(out)
    told = found.as_json()
    words = {"agency": say(f"dossier.agency.{found.to}"), "documents": len(found.rows), "kind": found.kind.upper()}
    screen.print(say("dossier.gap-head", **words, product=say(f"dossier.product.{found.product}")), style="bold")
    for state in STATES:
        if found.counts[state]:
            screen.print(
                "  " + say("dossier.gap-count", state=say(f"dossier.action.{state}"), count=found.counts[state])
            )
    _documents(screen, sorted(told["rows"], key=lambda row: STATES.index(row["state"])))


def show_requirements(rows: Iterable[Row], product: str, stage: str, out: IO[str]) -> None:
    """Both sides of every row, with citation and relation."""
    screen = console(out)
    table = _table("topic", "us", "kr", "relation")
    chosen = list(rows)
    for row in chosen:
        table.add_row(pick(row.topic), _side(row.us), _side(row.kr), say(f"dossier.relation.{row.relation}"))
        table.add_section()
    words = {"product": say(f"dossier.product.{product}"), "stage": say(f"dossier.stage.{stage}"), "count": len(chosen)}
    screen.print(say("dossier.requirements-head", **words), style="bold")
    screen.print(table)


def _side(side: Side | None) -> str:
    if side is None:
        return say("dossier.no-counterpart")
    lines = [pick(side.requirement)]
    lines += [f"· {pick(clock.title)}: {_clock(clock)}" for clock in side.clocks]
    cite = (
        f"{side.cite} ({say('dossier.checked.' + side.checked)})"
        if side.cite
        else say("dossier.checked." + side.checked)
    )
    return "\n".join([*lines, f"[{cite}]"])


def _clock(clock: Clock) -> str:
    if clock.amount is None:
        return say("dossier.clock-unknown")
    return say(f"dossier.clock.{clock.unit}", amount=clock.amount)


def show_history(lives: Lives, out: IO[str], every: bool) -> None:
    """The current view by heading; with ``every`` the life of each document."""
    screen = console(out)
    current = lives.current
    numbers = ", ".join(it.number for it in lives.application.sequences)
    screen.print(say("dossier.history-head", count=len(current), sequences=numbers), style="bold")
    heading = ""
    for document in lives.documents:
        if not (every or document.in_force):
            continue
        if document.events[-1].context.heading != heading:
            heading = document.events[-1].context.heading
            screen.print(f"\n{heading}  {title_of(heading, language())}", style="bold")
        _life(screen, document)


def _life(screen: Console, document: Document) -> None:
    state = "" if document.in_force else f"  [{say('dossier.not-in-force')}]"
    title = next((leaf.title for leaf in reversed(document.events) if leaf.title), "–")
    screen.print(f"  {shown(title)}{state}")
    if not document.whole:
        screen.print("    " + say("dossier.beginning-withheld"))
    for leaf in document.events:
        operation = (
            say(f"dossier.operation.{leaf.operation}") if leaf.operation in _OPERATIONS else shown(leaf.operation)
        )
        screen.print(f"    {leaf.sequence}  {operation}  {shown(leaf.file or '')}")


_OPERATIONS = ("new", "append", "replace", "delete")


def history_as_json(lives: Lives) -> dict[str, Any]:
    """``biopact.dossier-history/1``: the current view, and each document with its life."""
    return {
        "schema": "biopact.dossier-history/1",
        "dossier": str(lives.application.folder),
        "sequences": [it.number for it in lives.application.sequences],
        "current": [_leaf(leaf) for leaf in lives.current],
        "documents": [
            {
                "heading": document.events[-1].context.heading,
                "title": shown(document.events[-1].title),
                "in_force": [f"{leaf.sequence}/{leaf.id}" for leaf in document.in_force],
                "whole": document.whole,
                "life": [_leaf(leaf) for leaf in document.events],
            }
            for document in lives.documents
        ],
    }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "sequence": leaf.sequence,
        "leaf": shown(leaf.id),
        "operation": shown(leaf.operation),
        "heading": leaf.context.heading,
        "context": dict(leaf.context.attributes),
        "title": shown(leaf.title),
        "file": shown(leaf.file) if leaf.file else None,
        "checksum": leaf.checksum,
    }


def show_change(answer: Answer, out: IO[str]) -> None:
    """Each agency's class with its reasons, then the day both allow."""
    screen = console(out)
    change = answer.change
    screen.print(
        say("dossier.change-head", product=change.product, change=str(change.facts["item.change"])), style="bold"
    )
    if change.describes:
        screen.print(change.describes)
    for it in answer.agencies:
        screen.print()
        screen.print(say(f"dossier.agency.{it.agency}"), style="bold")
        if it.category is None:
            words = ", ".join(say(f"dossier.category.{name}") for name in it.between) or "–"
            screen.print("  " + say("dossier.change-open", between=words, missing=", ".join(it.missing) or "–"))
            continue
        screen.print(f"  {say(f'dossier.category.{it.category}')}  ({it.cite})")
        screen.print("  " + pick(it.file))
        screen.print("  " + say("dossier.change-data", data=", ".join(say(f"dossier.data.{name}") for name in it.data)))
        screen.print("  " + say(f"dossier.ships.{it.ships}", days=it.days if it.days is not None else "–"))
        if it.earliest is None:
            screen.print("  " + say("dossier.change-no-clock"))
        if it.review:
            screen.print("  " + say("dossier.change-review"), style="yellow")
    screen.print()
    joint = answer.earliest_joint
    if joint:
        screen.print(say("dossier.change-joint", day=joint.isoformat()), style="bold")
    else:
        screen.print(say("dossier.change-no-joint", day=answer.not_before.isoformat()), style="bold")
    if change.assumed:
        screen.print(say("dossier.change-assumed", facts=", ".join(change.assumed)), style="dim")
    screen.print(say("cli.not-advice"), style="dim")
