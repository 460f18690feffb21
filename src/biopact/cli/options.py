"""The options that every command shares."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from biopact.errors import UsageError
from biopact.text import LANGUAGES, say, speak


def _spoken(value: str | None) -> str | None:
    if value is not None:
        lang = next((known for known in LANGUAGES if known == value), None)
        if lang is None:
            raise UsageError("cli.unknown-language", None, found=value)
        speak(lang)
    return value


def day(value: str) -> datetime.date:
    """A date from the command line."""
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise UsageError("cli.no-such-date", None, found=value) from error


AsJson = Annotated[bool, typer.Option("--json", help=say("cli.option.json"))]
InLang = Annotated[str | None, typer.Option("--lang", help=say("cli.option.lang"), callback=_spoken, metavar="en|ko")]
AsOf = Annotated[
    datetime.date | None, typer.Option("--as-of", help=say("cli.option.as-of"), parser=day, metavar="YYYY-MM-DD")
]
Packs = Annotated[list[Path], typer.Option("--law", metavar="FOLDER", help=say("cli.option.law"))]
State = Annotated[Path | None, typer.Option("--state", metavar="DIR", help=say("cli.option.state"))]
