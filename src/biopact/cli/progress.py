"""Progress of a study on a terminal: one line on standard error that is rewritten. A pipe or a file gets none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from biopact.text import say

if TYPE_CHECKING:
    from biopact.study.coordinator import Progress

__all__ = ["end_progress", "show_progress"]


def show_progress(step: Progress) -> None:
    """A site answered: the seconds since the start, the site, the analysis, the round."""
    if not sys.stderr.isatty():
        return
    values = {"site": step.site, "seconds": f"{step.elapsed:.1f}", "analysis": step.analysis, "round": step.round}
    code = "progress" if step.round else "progress-judging" if step.analysis else "progress-opening"
    print(f"\r\x1b[2K{say(f'cli.{code}', **values)}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Take the line away."""
    if sys.stderr.isatty():
        print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
