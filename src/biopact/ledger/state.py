"""Where a user's keys and ledgers lie: one folder for each pact, in it one for each party."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from biopact.errors import UsageError

__all__ = ["ledger_path", "party_folder", "state_folder"]

_NAME = re.compile(r"[^\W_][\w.-]{0,79}\Z")  # what a pact admits as an id
# Windows keeps these names for devices, whatever follows the point
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z", re.IGNORECASE)


def state_folder() -> Path:
    """``BIOPACT_STATE``, else the platform's folder for a user's data."""
    named = os.environ.get("BIOPACT_STATE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "biopact"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "biopact"
    data = os.environ.get("XDG_DATA_HOME")  # the XDG specification: a relative path counts as not set
    return (Path(data) if data and Path(data).is_absolute() else Path.home() / ".local" / "share") / "biopact"


def party_folder(pact: str, party: str, state: Path | None = None) -> Path:
    """The folder of a party in a pact; it need not exist. Raises UsageError for a name that cannot be a folder."""
    for name in (pact, party):
        if not _NAME.match(name) or _DEVICE.match(name) or name.endswith("."):
            raise UsageError("ledger.odd-name", None, name=name)
    return (state or state_folder()) / pact / party


def ledger_path(pact: str, party: str, state: Path | None = None) -> Path:
    """The ledger of a party in a pact."""
    return party_folder(pact, party, state) / "ledger.jsonl"
