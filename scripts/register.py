"""Write into the register which rules and rows encode each gathered entry. ``--check`` says whether that is stale."""

from __future__ import annotations

import re
import sys

from biopact.law import register, requirements, the_law

_ID = re.compile(r"- id: (\S+)")
_SOURCE = re.compile(r"  source: (\S+)")


def written(text: str) -> str:
    """The register with the line ``encoded`` of each entry as the rules and rows say it."""
    encoded = {(entry.source, entry.id): entry.encoded for entry in register.read(the_law(), requirements.read())}
    lines: list[str] = []
    known: tuple[str, str] | None = None
    entry_id = ""
    for line in text.splitlines():
        if line.startswith("  encoded: "):
            continue
        if found := _ID.match(line):
            known, entry_id = None, found[1]
        lines.append(line)
        if found := _SOURCE.match(line):
            known = (found[1], entry_id)
        if known and line.startswith("  checked: ") and encoded.get(known):
            lines.append(f"  encoded: [{', '.join(encoded[known])}]")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or with ``--check`` exit 1 where it is not what the rules say."""
    text = register.FILE.read_text(encoding="utf-8")
    made = written(text)
    if made == text:
        return 0
    if "--check" in sys.argv:
        print("src/biopact/law/register.yaml is stale: python scripts/register.py")
        return 1
    register.FILE.write_text(made, encoding="utf-8")
    print("register.yaml written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
