"""What every answer in the terminal shares: the screen, its tables, headings and names. No colour and no frames elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from rich.box import ROUNDED, SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from biopact.text import pick, say

__all__ = ["console", "heading", "label", "named", "table_on"]


def console(out: IO[str]) -> Console:
    """A console on a stream; what is not a terminal gets plain text, wide enough not to be cut."""
    terminal = out.isatty()
    return Console(
        file=out, no_color=not terminal or None, width=None if terminal else 140, highlight=False, soft_wrap=False
    )


def table_on(out: Console, title: str, columns: Sequence[str], right: Sequence[int] = ()) -> Table:
    """An empty table for a console."""
    table = Table(title=title, title_justify="left", box=ROUNDED if out.is_terminal else SIMPLE, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number in right else "left", overflow="fold")
    return table


def heading(screen: Console, titles: Mapping[str, Any], fallback: str) -> None:
    """The title of the pact, and what must be said of it first."""
    screen.print(Text(pick(titles.get("pact")) or fallback, style="bold"))
    if titles.get("notice"):
        screen.print(Text(pick(titles["notice"])))
    screen.print()


def named(titles: Mapping[str, Any], kind: str, name: str) -> str:
    """An id with its title, where it has another."""
    title = pick((titles.get(kind) or {}).get(name))
    return f"{name} ({title})" if title and title != name else name


def label(code: str, key: str) -> str:
    """The text of a code; the key itself where there is none."""
    try:
        return say(code)
    except KeyError:
        return key
