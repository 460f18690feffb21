"""biopact: a U.S.-Korea biotechnology collaboration, written down as a pact, decided under both laws, run and proved.

The face of the library. Everything here is loaded when it is first used, so that ``import biopact`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FACE: dict[str, str] = {}  # name -> the module that holds it


def __getattr__(name: str) -> Any:
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'biopact' has no attribute {name!r}")
