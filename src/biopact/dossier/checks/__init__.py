"""The checks, one family a file. Each is a function of what was read; it gives what it found, unworded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from biopact.dossier.dtds import Dtds
from biopact.dossier.inspection import FileFacts
from biopact.dossier.model import Application

__all__ = ["Read"]


@dataclass(frozen=True)
class Read:
    """What the checks may look at: the application, the facts of its files, the DTDs at hand, whom it is for."""

    application: Application
    facts: Mapping[str, FileFacts]
    dtds: Dtds = field(default_factory=Dtds)
    agencies: tuple[str, ...] = ("us", "kr")
    application_type: str | None = None  # as asked; else as the dossier's own code says
