"""The table of commands. A command's module is imported when the command is called, so ``--help`` stays fast."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from biopact import __version__
from biopact.cli.options import InLang
from biopact.cli.wording import install
from biopact.text import say

# name of the command -> module and what to take from it: a function, or a Typer with commands of its own.
# Its one-line help is the text `cli.NAME`.
COMMANDS: dict[str, str] = {
    "init": "biopact.cli.starting:init",
    "check": "biopact.cli.deciding:check",
    "explain": "biopact.cli.deciding:explain",
    "ask": "biopact.cli.deciding:ask",
    "batch": "biopact.cli.batch:batch",
    "evidence": "biopact.cli.starting:evidence",
    "run": "biopact.cli.running:run",
    "study": "biopact.cli.study:study",
    "verify": "biopact.cli.running:verify",
    "ledger": "biopact.cli.running:ledger",
    "screen": "biopact.cli.screening:screen",
    "hits": "biopact.cli.screening:hits",
    "law": "biopact.cli.law:app",
    "dossier": "biopact.cli.dossier:app",
    "supply": "biopact.cli.supply:app",
}


class CommandTable(TyperGroup):
    """A group that knows the names and one-line helps of its commands without importing them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, dict.fromkeys(COMMANDS))  # the names, for suggestions; loaded in get_command

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        app = found if isinstance(found, typer.Typer) else _alone(found)
        command = typer.main.get_command(app)
        command.name = cmd_name
        command.help = say(f"cli.{cmd_name}")
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands in ``--help``."""
        with formatter.section(say("cli.commands")):
            formatter.write_dl([(name, say(f"cli.{name}")) for name in COMMANDS])


def group() -> typer.Typer:
    """A command that has commands of its own (and, like every command, a language)."""
    made = typer.Typer(
        rich_markup_mode=None, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )

    @made.callback()
    def root(lang: InLang = None) -> None:
        del lang

    return made


def _alone(function: Any) -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    return app


def _version(asked: bool) -> None:
    if asked:
        print(f"biopact {__version__}")
        raise typer.Exit


def application() -> Any:
    """The command line, ready to be called."""
    install()
    app = typer.Typer(
        cls=CommandTable,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        help=say("cli.about"),
        epilog=say("cli.not-advice"),
    )

    @app.callback()
    def root(
        version: Annotated[
            bool, typer.Option("--version", help=say("cli.version"), callback=_version, is_eager=True)
        ] = False,
        lang: InLang = None,
    ) -> None:
        del version, lang

    return cast(Any, typer.main.get_command(app))


def leave(code: int) -> None:
    """End a command with an exit code, after what it printed has been written."""
    sys.stdout.flush()
    raise typer.Exit(code)
