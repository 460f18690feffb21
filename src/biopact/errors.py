"""What can go wrong, in ten kinds: each says what, where, what was expected and what to do, and has an exit code.

An error carries a code and values; the catalogues word it. The text of the code says what was found and what was
expected; the text of ``CODE.hint``, where there is one, says what to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from biopact.text import Lang, language, say, template_of

# control characters, and the marks that turn the direction of writing: a name must not rewrite the reader's screen
ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an input: a file, a line (from 1) and the path of the field, each only where known."""

    file: Path | str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """As editors read it: ``file:line: field``."""
        where = str(self.file) if self.file is not None else ""
        if self.line is not None:
            where += f":{self.line}"
        return ODD.sub("?", f"{where}: {self.field}" if where and self.field else where or (self.field or ""))


class BiopactError(Exception):
    """Anything biopact raises on purpose."""

    exit_code: ClassVar[int] = 70

    def __init__(self, code: str, place: Place | None = None, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.place = place
        self.values = values

    def worded(self, lang: Lang | None = None) -> str:
        """The message in a language: place, what was found and expected, and on a second line what to do."""
        spoken = lang or language()
        values = {key: ODD.sub("?", it) if isinstance(it, str) else it for key, it in self.values.items()}
        lines = [say(self.code, spoken, **values)]
        if template_of(f"{self.code}.hint", spoken) is not None:
            lines.append(say(f"{self.code}.hint", spoken, **values))
        text = "\n  ".join(lines)
        return f"{self.place}: {text}" if self.place and str(self.place) else text

    def __str__(self) -> str:
        """The message in the language in force."""
        return self.worded()


class UsageError(BiopactError, ValueError):
    """The call itself is wrong: an option, an argument, two that exclude each other."""

    exit_code = 2


class InputError(BiopactError, ValueError):
    """A file or value given to us is not what it must be."""

    exit_code = 3


class InputErrors(InputError):
    """Several faults of one input, told together."""

    def __init__(self, faults: list[InputError]) -> None:
        super().__init__("errors.several", None, count=len(faults))
        self.faults = faults

    def worded(self, lang: Lang | None = None) -> str:
        """Each fault on its own line, then their number."""
        return "\n".join([*(fault.worded(lang) for fault in self.faults), super().worded(lang)])


class PactError(InputError):
    """The pact, or a file of it, is not well written."""


class RuleError(InputError):
    """A rule, fact, table or option is not well written."""


class StudyError(InputError):
    """A study asks for what cannot be asked."""


class DataError(InputError):
    """A data file is missing, cut short, or not of the declared shape."""


class RefusedError(BiopactError):
    """A site, a gate or a law said no. Nothing was released."""

    exit_code = 1


class VerificationError(BiopactError):
    """A signature, a chain or a digest does not hold."""

    exit_code = 1


class ExternalError(BiopactError, RuntimeError):
    """A part outside biopact failed or is not installed."""

    exit_code = 5


class MissingExtraError(ExternalError, ImportError):
    """A library of an extra is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__("errors.missing-extra", None, library=library, extra=extra)
