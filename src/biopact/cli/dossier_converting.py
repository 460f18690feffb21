"""``dossier convert``: the second country's sequences from the first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from biopact.cli.deciding import print_json
from biopact.cli.dossier_checking import Dtd, progress, write
from biopact.cli.options import AsJson, InLang
from biopact.errors import UsageError
from biopact.text import say

__all__ = ["Folder", "Kind", "Product", "To", "convert", "region"]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.argument.dossier"))]
To = Annotated[str, typer.Option("--to", metavar="kr|us", help=say("cli.option.to"))]
Product = Annotated[str | None, typer.Option("--product", metavar="TYPE", help=say("cli.option.product"))]
Kind = Annotated[str | None, typer.Option("--type", metavar="ind|nda|anda|bla", help=say("cli.option.type"))]


def region(text: str) -> str:
    """A region from the command line. Raises UsageError."""
    if text.lower() not in ("us", "kr"):
        raise UsageError("dossier.unknown-target", None, found=text)
    return text.lower()


def kind_of(text: str | None) -> str | None:
    """A type of application from the command line. Raises UsageError."""
    if text is not None and text not in ("ind", "nda", "anda", "bla"):
        raise UsageError("dossier.unknown-type", None, found=text)
    return text


def convert(
    folder: Folder,
    to: To,
    out: Annotated[Path, typer.Option("--out", metavar="DIR2", help=say("cli.option.out-dossier"))],
    nodes: Annotated[
        str, typer.Option("--study-tagging", metavar="keep|nodes", help=say("cli.option.study-tagging"))
    ] = "keep",
    current: Annotated[bool, typer.Option("--current", help=say("cli.option.current"))] = False,
    dtd: Dtd = None,
    korean_map: Annotated[Path | None, typer.Option("--kr-map", metavar="FILE", help=say("cli.option.kr-map"))] = None,
    us_admin: Annotated[
        Path | None, typer.Option("--us-admin", metavar="FILE", help=say("cli.option.us-admin"))
    ] = None,
    product: Product = None,
    kind: Kind = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Write the dossier for the other country."""
    from biopact.dossier.convert import convert as converted
    from biopact.dossier.convert.report import as_json as answer
    from biopact.dossier.convert.report import beside, reports
    from biopact.dossier.telling.views import show_conversion

    del lang
    if nodes not in ("keep", "nodes"):
        raise UsageError("cli.usage.invalid", None, name="--study-tagging", why="keep, nodes")
    with progress() as tell:
        size = 0

        def advance(block: int) -> None:
            nonlocal size
            size += block
            tell(size, 0)

        done = converted(
            folder,
            region(to),
            out,
            nodes=nodes == "nodes",
            current=current,
            dtd=dtd,
            korean_map=korean_map,
            us_admin=us_admin,
            product=product,
            kind=kind_of(kind),
            tell=advance,
        )
    report = beside(out)
    report.mkdir(exist_ok=True)
    for name, content in reports(done).items():
        write(report / name, content)
    if as_json:
        print_json(answer(done))
    else:
        show_conversion(answer(done), sys.stdout)
