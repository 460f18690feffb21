"""eCTD dossiers under two regulators: read, check, convert, follow, compare.

``read`` gives an application as values; ``check`` gives findings. Everything is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biopact.dossier.checking import check
    from biopact.dossier.reading import read

__all__ = ["check", "read"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from biopact.dossier.checking import check

        return check
    if name == "read":
        from biopact.dossier.reading import read

        return read
    raise AttributeError(name)
