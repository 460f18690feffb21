"""biopact: a U.S.-Korea biotechnology collaboration, written down as a pact, decided under both laws, run and proved.

The face of the library. Everything here is loaded when it is first used, so that ``import biopact`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biopact.decide import check, read
    from biopact.ledger import verify
    from biopact.study.running import run

__version__ = "0.1.0"
__all__ = ["__version__", "check", "read", "run", "verify"]

# name -> the module that holds it, loaded when it is first asked for
_FACE = {
    "read": "biopact.decide",
    "check": "biopact.decide",
    "run": "biopact.study.running",
    "verify": "biopact.ledger",
}


def __getattr__(name: str) -> Any:
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module 'biopact' has no attribute {name!r}")
