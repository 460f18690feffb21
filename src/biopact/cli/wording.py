"""The words that the command-line library writes itself, in the language in force: headings, usage, wrong calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer._click.core import Context
from typer._click.exceptions import ClickException
from typer._click.formatting import HelpFormatter

from biopact.text import language, say

__all__ = ["install", "tell_usage", "worded"]

_HEADINGS = {"Options": "cli.heading.options", "Arguments": "cli.heading.arguments", "Commands": "cli.commands"}
_HELP = "Show this message and exit."
_NEEDED = re.compile(r"\{([^{} ]+)\}")  # in a usage: what must be given; we write it bare
_TWICE = re.compile(r"\[(\[[^][ ]+\])\]")  # in a usage: what may be left out, bracketed by us and by the library
_ARGUMENT = re.compile(r"^(\[?[A-Z][^ ]*) <\w+>$")  # the name of an argument and its type
# what is said of a value that does not fit: a pattern of the library's own English, and our text
_VALUES = (
    (re.compile(r"Input should be a valid integer.*"), "cli.usage.whole-number"),
    (re.compile(r"Input should be a valid number.*"), "cli.usage.number"),
    (re.compile(r"Input should be greater than or equal to (?P<number>\S+)"), "cli.usage.at-least"),
    (re.compile(r"Input should be less than or equal to (?P<number>\S+)"), "cli.usage.at-most"),
    (re.compile(r"Value error, (?P<ours>.*)"), ""),  # an error of ours, worded already
)
# what is told of a wrong call: a pattern of the library's own English, and our text with what it names
_FAULTS = (
    (
        re.compile(r"No such command '(?P<name>[^']*)'\.?(?: Did you mean (?P<near>[^?]*)\?)?"),
        "cli.usage.no-such-command",
    ),
    (re.compile(r"No such option: (?P<name>\S+?)\.?(?: .*)?$"), "cli.usage.no-such-option"),
    (re.compile(r"Missing (?:argument|parameter|option) '(?P<name>[^']*)'.*"), "cli.usage.missing"),
    (re.compile(r"Missing command\.?"), "cli.usage.missing-command"),
    (re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((?P<name>.*)\)"), "cli.usage.unexpected"),
    (re.compile(r"Option '(?P<name>[^']*)' requires an argument\.?"), "cli.usage.needs-value"),
    (re.compile(r"Invalid value for '?(?P<name>[^':]*)'?: (?P<why>.*)"), "cli.usage.invalid"),
)


class _Formatter(HelpFormatter):
    """Help in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        args = _TWICE.sub(r"\1", _NEEDED.sub(r"\1", args))
        super().write_usage(prog, args, prefix or f"{say('cli.heading.usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(say(_HEADINGS[heading]) if heading in _HEADINGS else heading)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([_row(first, second) for first, second in rows], col_max, col_spacing)


def _row(name: str, told: str) -> tuple[str, str]:
    """A line of a help: an argument without its type; the library's few words in the language in force."""
    argument = _ARGUMENT.match(name)
    if argument:
        return argument.group(1), told.removesuffix("  [required]")
    told = told.replace("[required]", f"[{say('cli.required')}]").replace("[default: ", f"[{say('cli.default')}: ")
    return name, say("cli.option.help") if told == _HELP else told


def install() -> None:
    """Let every command write its help through our formatter."""
    Context.formatter_class = _Formatter


def tell_usage(error: ClickException) -> str:
    """A wrong call in words: usage, what is wrong, where to look."""
    context: Any = getattr(error, "ctx", None)
    lines = [context.get_usage()] if context is not None else []
    lines.append(f"{say('cli.heading.error')}: {worded(error.format_message())}")
    if context is not None:
        lines.append(say("cli.usage.try", command=f"{context.command_path} --help"))
    return "\n".join(lines)


def worded(message: str) -> str:
    """What the library says of a wrong call, in the language in force."""
    for pattern, code in _FAULTS:
        found = pattern.match(message)
        if found and (language() != "en" or code == "cli.usage.invalid"):
            values = {name: value or "–" for name, value in found.groupdict().items()}
            if "why" in values:
                values["why"] = _value(values["why"])
            return say(code, **values)
    return message


def _value(why: str) -> str:
    """Why a value does not fit, in our words where we have them."""
    for pattern, code in _VALUES:
        found = pattern.match(why)
        if found:
            return found["ours"] if "ours" in found.groupdict() else say(code, **found.groupdict())
    return why
