"""``init`` and ``evidence``: a pact begins, and its record grows."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated

import typer

import biopact
from biopact.cli.app import group
from biopact.cli.deciding import PactFolder, chosen, print_json, read_with_law
from biopact.cli.options import AsJson, InLang, day
from biopact.errors import UsageError
from biopact.text import say

evidence = group()


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.argument.new-folder"))],
    template: Annotated[str | None, typer.Option("--template", help=say("cli.option.template"))] = None,
    example: Annotated[str | None, typer.Option("--example", help=say("cli.option.example"))] = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Start a pact from a commented template, or from an example that runs."""
    from biopact.pact.start import TEMPLATES, copy_template, copy_tree

    del lang
    if (template is None) == (example is None):
        raise UsageError("cli.init-one", None, templates=", ".join(TEMPLATES), examples=", ".join(examples()))
    if example is not None:
        if example not in examples():
            raise UsageError("cli.no-such-example", None, found=example, known=", ".join(examples()))
        copy_tree(examples()[example], folder)
    elif template is not None:
        copy_template(template, folder)
    if as_json:
        print_json({"schema": "biopact.init/1", "folder": str(folder), "template": template, "example": example})
        return
    print(folder / "pact.yaml")
    print(say("cli.init-next", folder=str(folder)), file=sys.stderr)


def examples() -> dict[str, Path]:
    """The examples that came with this installation, by name."""
    package = Path(biopact.__file__).parent
    for home in (package / "examples", package.parents[1] / "examples"):
        if home.is_dir():
            return {folder.name: folder for folder in sorted(home.iterdir()) if (folder / "pact.yaml").is_file()}
    return {}


@evidence.command("add", help=say("cli.evidence.add"))
def add(
    pact: PactFolder,
    rule: Annotated[str, typer.Option("--rule", help=say("cli.argument.rule"))],
    flow: Annotated[str, typer.Option("--flow", help=say("cli.argument.flow"))],
    issuer: Annotated[str | None, typer.Option("--issuer", help=say("cli.option.issuer"))] = None,
    reference: Annotated[str | None, typer.Option("--reference", help=say("cli.option.reference"))] = None,
    valid_from: Annotated[
        datetime.date | None,
        typer.Option("--from", parser=day, metavar="YYYY-MM-DD", help=say("cli.option.valid-from")),
    ] = None,
    valid_to: Annotated[
        datetime.date | None, typer.Option("--to", parser=day, metavar="YYYY-MM-DD", help=say("cli.option.valid-to"))
    ] = None,
    file: Annotated[str | None, typer.Option("--file", help=say("cli.option.evidence-file"))] = None,
    as_json: AsJson = False,
    lang: InLang = None,
) -> None:
    """Add a record to the pact, with the digest of its file; everything else in the file stays as it is."""
    from biopact.decide import PactVocabulary
    from biopact.pact.edit import add_evidence
    from biopact.rules.language.facts import nearest

    del lang
    read, law = read_with_law(pact, [])
    chosen(read, flow)
    if rule not in law.rules:
        raise UsageError("cli.no-such-rule", None, rule=rule, near=nearest(rule, law.rules) or "biopact law list")
    record = {
        "rule": rule,
        "flow": flow,
        "issuer": issuer,
        "reference": reference,
        "from": valid_from,
        "to": valid_to,
        "file": file,
    }
    add_evidence(pact, record, PactVocabulary(law.vocabulary))
    if as_json:
        print_json({"schema": "biopact.evidence/1", "pact": read.id, "rule": rule, "flow": flow})
    else:
        print(say("cli.evidence-added", rule=rule, flow=flow))
