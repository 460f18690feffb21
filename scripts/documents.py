"""Write the chapters that are made from the code: the commands and the schema of a pact. ``--check`` says what is stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from biopact.cli.app import COMMANDS
from biopact.decide import PactVocabulary
from biopact.law import the_law
from biopact.pact.schema import json_schema
from biopact.supply.network.schema import MISSING
from biopact.supply.network.schema import schema as tables_of_a_network
from biopact.text import Lang, pick, say

DOCS = Path(__file__).parents[1] / "docs"


def helped(*words: str) -> str:
    """The help of a command in English, 100 columns wide."""
    environment = {**os.environ, "BIOPACT_LANG": "en", "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "biopact", *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.rstrip()


def commands() -> str:
    """The chapter of commands."""
    parts = ["# Commands\n", "Made from the program's own help (`make documents`).\n", f"```\n{helped()}\n```\n"]
    for name in COMMANDS:
        text = helped(name)
        parts.append(f"## {name}\n\n```\n{text}\n```\n")
        if "COMMAND [ARGS]" in text:
            listed = text.partition("Commands:")[2].splitlines()
            for inner in (line.split()[0] for line in listed if line.startswith("  ") and not line.startswith("   ")):
                parts.append(f"### {name} {inner}\n\n```\n{helped(name, inner)}\n```\n")
    return "\n".join(parts)


def schema() -> str:
    """The JSON Schema of a pact under the law's vocabulary."""
    return json.dumps(json_schema(PactVocabulary(the_law().vocabulary)), ensure_ascii=False, indent=1) + "\n"


def network_tables(lang: Lang) -> str:
    """The tables of a supply network, from their schema."""
    made, used = {
        "en": ("Made from the schema that reading and checks use (`make documents`).", "How they are used"),
        "ko": ("읽기와 점검에 쓰는 정의에서 만든 장입니다(`make documents`).", "쓰는 법"),
    }[lang]
    title, room = {"en": ("The tables of a network", "Supply"), "ko": ("공급망의 표", "공급망")}[lang]
    note = f"{made} {used}: [{room}](supply.md)."
    kinds = tables_of_a_network().kinds
    parts = [f"# {title}\n", f"{note}\n"]
    heads = " | ".join(say(f"supply.column.{head}", lang) for head in ("column", "type", "unit", "default", "meaning"))
    for table in tables_of_a_network().tables.values():
        parts += [f"## {table.name}\n", f"{pick(table.text, lang)}\n", f"| {heads} |", "|---|---|---|---|---|"]
        for column in table.columns.values():
            needed = column.default is MISSING
            default = "**–**" if needed else "" if column.default in (None, "") else str(column.default)
            words = dict.fromkeys(kinds[column.kinds].values()) if column.kinds else ()
            more = f" ({', '.join(words)})" if words else ""
            name = f"`{column.name}`"
            unit = column.unit or column.table or ""
            parts.append(f"| {name} | {column.type} | {unit} | {default} | {pick(column.text, lang)}{more} |")
        parts.append("")
    return "\n".join(parts)


def main() -> int:
    """Write, or with ``--check`` exit 1 where a chapter is not what the code says."""
    stale = 0
    for name, made in (
        ("commands.md", commands()),
        ("pact.schema.json", schema()),
        ("network.md", network_tables("en")),
        ("ko/network.md", network_tables("ko")),
    ):
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale += 1
            print(f"docs/{name} {'is stale: make documents' if '--check' in sys.argv else 'written'}")
            if "--check" not in sys.argv:
                path.write_text(made, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
