"""YAML that remembers its lines: plain values, and for each of them the place where it was written.

Scalars are those of YAML 1.2's core schema: only ``true`` and ``false`` are Booleans (``NO`` is Norway), a date stays
text. A file that is too large, too deep, repeats a key, or grows through its anchors is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from biopact.errors import InputError, Place

__all__ = ["MAX_BYTES", "Marked", "Step", "parse", "read"]

Step = str | int
MAX_BYTES = 16_000_000
MAX_VALUES = 1_000_000
MAX_DEPTH = 60

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf")}
_PLAIN: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_PLAIN |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_PLAIN |= {
    spelled: value for sign, value in _INFINITE.items() for spelled in (sign, sign.upper(), sign.replace("i", "I"))
}
_TAGGED = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Marked:
    """The value of a YAML file and the line of each of its parts, by path from the top."""

    value: Any
    file: Path | str
    lines: dict[tuple[Step, ...], int] = field(repr=False)

    def place(self, *path: Step) -> Place:
        """Where a part was written; for a part that is not there, the line of the nearest one that holds it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Place(self.file, self.lines.get(known, 1), spell(path) or None)


def spell(path: tuple[Step, ...]) -> str:
    """A path as people write it: ``flows.sums.to[2]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read(path: Path, kind: type[InputError] = InputError) -> Marked:
    """Read a file. Raises ``kind`` with the place where it is missing, unreadable, too large or broken."""
    try:
        if path.exists() and not path.is_file():  # a folder, or a pipe that would never end
            raise kind("marked.no-file", Place(path))
        if path.stat().st_size > MAX_BYTES:
            raise kind("marked.too-large", Place(path), limit=MAX_BYTES // 1_000_000)
        content = path.read_bytes()
    except FileNotFoundError:
        raise kind("marked.missing", Place(path)) from None
    except OSError as error:
        raise kind("marked.unreadable", Place(path), why=error.strerror or type(error).__name__) from None
    return parse(content, path, kind)


def parse(content: bytes | str, file: Path | str, kind: type[InputError] = InputError) -> Marked:
    """The value of a text; ``file`` is only named. Raises ``kind`` with the line where it is not what it must be."""
    if len(content) > MAX_BYTES:
        raise kind("marked.too-large", Place(file), limit=MAX_BYTES // 1_000_000)
    text = content if isinstance(content, str) else _decoded(content, file, kind)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1 if mark else None)
        raise kind("marked.broken", place, why=error.problem or error.context or "?") from None
    except yaml.YAMLError:
        raise kind("marked.broken", Place(file), why="characters that YAML does not allow") from None
    except RecursionError:
        raise kind("marked.too-deep", Place(file), limit=MAX_DEPTH) from None
    if node is None:
        raise kind("marked.empty", Place(file))
    builder = _Builder(file, kind)
    return Marked(builder.build(node, ()), file, builder.lines)


def _decoded(content: bytes, file: Path | str, kind: type[InputError]) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise kind("marked.not-utf8", Place(file, content[: error.start].count(b"\n") + 1)) from None


class _Builder:
    """Turns composed nodes into values, counting, so that anchors cannot make a small file large."""

    def __init__(self, file: Path | str, kind: type[InputError]) -> None:
        self.file = file
        self.kind = kind
        self.lines: dict[tuple[Step, ...], int] = {}

    def build(self, node: Any, path: tuple[Step, ...]) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(self.lines) > MAX_VALUES:
            raise self.kind("marked.too-many", Place(self.file, line), limit=MAX_VALUES)
        if len(path) > MAX_DEPTH:
            raise self.kind("marked.too-deep", Place(self.file, line), limit=MAX_DEPTH)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: Any, path: tuple[Step, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.kind("marked.odd-key", Place(self.file, line, spell(path) or None))
            key = key_node.value
            if key in found:
                raise self.kind("marked.repeated-key", Place(self.file, line, spell((*path, key))), key=key)
            self.lines[(*path, key)] = line
            found[key] = self.build(value_node, (*path, key))
        return found

    def _scalar(self, node: Any, line: int) -> Any:
        text: str = node.value
        tag = node.tag.removeprefix(_TAGGED)
        if tag not in {"str", "int", "float", "bool", "null", "timestamp", "merge", "value"}:
            raise self.kind("marked.odd-tag", Place(self.file, line), tag=node.tag)
        if node.style in ("'", '"', "|", ">"):  # quoted or block: always text
            return text
        if text in _PLAIN:
            return _PLAIN[text]
        if _INT.match(text):
            return int(text) if len(text) < 40 else text
        if _FLOAT.match(text):
            return float(text)
        return text
