"""``dossier``: one eCTD under two regulators. Each command stands in the module of what it does."""

from __future__ import annotations

from biopact.cli.app import group
from biopact.cli.dossier_answers import change, gap, history, requirements
from biopact.cli.dossier_checking import check
from biopact.cli.dossier_converting import convert
from biopact.text import say

app = group()
for command in (check, gap, history, convert, requirements, change):
    app.command(command.__name__, help=say(f"cli.dossier.{command.__name__}"))(command)
