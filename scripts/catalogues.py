"""Compile every catalogue of texts (.po) to what is read at run time (.mo). ``--check`` only says what is stale."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[1] / "src" / "biopact" / "text" / "locale"


def compiled(source: Path) -> bytes:
    """The compiled form of one catalogue."""
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the same bytes every day
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Compile, or with ``--check`` exit 1 where a compiled catalogue is not that of its source."""
    stale = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target, fresh = source.with_suffix(".mo"), compiled(source)
        if not target.exists() or target.read_bytes() != fresh:
            stale += 1
            print(f"{target.relative_to(LOCALE)} {'is stale' if '--check' in sys.argv else 'written'}")
            if "--check" not in sys.argv:
                target.write_bytes(fresh)
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
