"""The law: what each instrument says, as rules. ``the_law`` loads it; other countries join as packs.

One YAML file an instrument under ``us/``, ``kr/`` and ``int/``, its cases beside it (``*.cases.yaml``); the facts that
rules ask about in ``facts.yaml``; tables and defines that several instruments use in ``shared.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

from biopact.rules.loading.documents import load
from biopact.rules.ruleset import RuleSet

__all__ = ["FOLDER", "folders", "the_law"]

FOLDER = Path(__file__).parent


def folders(packs: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The folders of law: ours, those of installed packages with the entry point ``biopact.law``, and those given.

    An entry point names a function that gives a folder, or the folder itself.
    """
    installed = []
    for entry in sorted(entry_points(group="biopact.law"), key=lambda it: it.name):
        found = entry.load()
        installed.append(Path(found() if callable(found) else found))
    return (FOLDER, *installed, *packs)


def the_law(packs: Sequence[Path] = ()) -> RuleSet:
    """The rule set of all packs, loaded once. Raises RuleError or InputErrors where a pack is not well written."""
    return _loaded(folders(packs))


@lru_cache(maxsize=4)
def _loaded(where: tuple[Path, ...]) -> RuleSet:
    return load(where)
