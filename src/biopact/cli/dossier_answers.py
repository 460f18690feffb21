"""``dossier gap``, ``history``, ``requirements`` and ``change``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from biopact.cli.app import leave
from biopact.cli.deciding import print_json
from biopact.cli.dossier_checking import agencies_of
from biopact.cli.dossier_converting import Folder, Kind, Product, To, kind_of, region
from biopact.cli.options import AsJson, InLang, Packs
from biopact.text import say

__all__ = ["change", "gap", "history", "requirements"]


def gap(
    folder: Folder, to: To, product: Product = None, kind: Kind = None, as_json: AsJson = False, lang: InLang = None
) -> None:
    """What of the second country's requirements the dossier already meets."""
    from biopact.dossier.gap import gap as found
    from biopact.dossier.telling.views import show_gap

    del lang
    told = found(folder, region(to), product=product, kind=kind_of(kind))
    if as_json:
        print_json(told.as_json())
    else:
        show_gap(told, sys.stdout)


def history(
    folder: Folder,
    every: Annotated[bool, typer.Option("--all", help=say("cli.option.all-documents"))] = False,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """What is in force after all sequences, and how it came to be."""
    from biopact.dossier.lifecycle import follow
    from biopact.dossier.reading import read
    from biopact.dossier.telling.views import history_as_json, show_history

    del lang
    lives = follow(read(folder))
    if as_json:
        print_json(history_as_json(lives))
    else:
        show_history(lives, sys.stdout, every)


def requirements(
    product: Annotated[str, typer.Option("--product", metavar="TYPE", help=say("cli.option.product"))],
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help=say("cli.option.stage"))],
    route: Annotated[str | None, typer.Option("--route", metavar="ROUTE", help=say("cli.option.route"))] = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """What each agency asks, side by side."""
    from biopact.law.requirements import read, select, written

    del lang
    rows = select(read(), product, stage, route)
    if as_json:
        told = {"schema": "biopact.dossier-requirements/1", "product": product, "stage": stage, "route": route}
        print_json(told | {"rows": [written(row) for row in rows]})
        return
    from biopact.dossier.telling.views import show_requirements

    show_requirements(rows, product, stage, sys.stdout)


def change(
    file: Annotated[Path, typer.Argument(metavar="CHANGE.yaml", help=say("cli.argument.change"))],
    agencies: Annotated[str, typer.Option("--for", metavar="us,kr", help=say("cli.option.for"))] = "us,kr",
    law: Packs = [],  # noqa: B006 typer copies it
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """How each agency classes a change after approval."""
    from biopact.dossier.change import judged, read_change
    from biopact.dossier.telling.views import show_change
    from biopact.law import the_law

    del lang
    rules = the_law(law)
    answer = judged(read_change(file, rules), rules, agencies_of(agencies))
    if as_json:
        print_json(answer.as_json())
    else:
        show_change(answer, sys.stdout)
    leave(4 if any(it.category is None for it in answer.agencies) else 0)
