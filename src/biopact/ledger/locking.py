"""One process at a time: a lock that the operating system lets go of when its holder ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biopact.errors import ExternalError, Place

__all__ = ["locked"]

PAUSE = 0.02


@contextmanager
def locked(path: Path, wait: float = 10.0) -> Iterator[None]:
    """Hold the lock of a file (``NAME.lock`` beside it). Raises ExternalError when another holds it for ``wait`` seconds."""
    beside = path.with_name(path.name + ".lock")
    until = time.monotonic() + wait
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        while not _take(file.fileno()):
            if time.monotonic() >= until:
                raise ExternalError("ledger.locked", Place(path), seconds=round(wait))
            time.sleep(PAUSE)
        try:
            yield
        finally:
            _give(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
