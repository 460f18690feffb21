"""The sound dossier, written once, and the official DTDs where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from .builder import Dossier
from .examplitinib import examplitinib


@pytest.fixture(scope="session")
def dtds(shared: Path) -> Path:
    return shared / "dossier" / "dtd"


@pytest.fixture(scope="session")
def sound() -> Dossier:
    return examplitinib()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, sound: Dossier) -> Path:
    """The sound dossier on disk, without DTD copies. Do not change it."""
    return sound.copy().write(tmp_path_factory.mktemp("sound") / "app")
