"""What a site signs and chains in its own ledger; the study only says when."""

from __future__ import annotations

from typing import Protocol

__all__ = ["SET", "Recorder", "Silent"]

SET = "(analysis set)"  # stands for an analysis where a site releases how many it brings


class Recorder(Protocol):
    """Records what a site does, before anybody else learns of it. ``again``: the stored bytes of an earlier release."""

    def agree(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """The site gave its yes or no to each point of a grid."""
        ...

    def release(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """The site lets these bytes out; round 0 of ``SET`` is the size of its analysis set."""
        ...

    def refuse(self, site: str, analysis: str | None, rule: str) -> None:
        """The site said no (to the whole study where ``analysis`` is None)."""
        ...


class Silent:
    """Records nothing: for tests."""

    def agree(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """Nothing."""

    def release(self, site: str, analysis: str, round: int, payload: bytes, digest: str, *, again: bool) -> None:
        """Nothing."""

    def refuse(self, site: str, analysis: str | None, rule: str) -> None:
        """Nothing."""
