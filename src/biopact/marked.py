"""YAML that remembers its lines: plain values, and for each of them the place where it was written.

Scalars are those of YAML 1.2's core schema: only ``true`` and ``false`` are Booleans (``NO`` is Norway), a date stays
text. A file that is too large, too deep, repeats a key, or grows through its anchors is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from biopact.errors import ODD, InputError, Place

__all__ = ["MAX_BYTES", "Marked", "Step", "parse", "read", "shown"]

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
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GUARDED = 1_000_000  # characters from which on values are counted before anything is built of them
_PROBLEMS = (  # what the parser says -> our code, in which people are told what to do; the rest is `broken`
    ("found a tab character", "tab"),
    ("cannot start any token", "odd-start"),
    ("expected ',' or", "bracket"),
    ("expected node content", "bracket"),
    ("unexpected end of stream", "quote"),
    ("mapping values are not allowed", "colon"),
    ("could not find expected ':'", "no-colon"),
    ("did not find expected key", "indent"),
    ("expected '-' indicator", "indent"),
    ("block sequence entries are not allowed", "dash"),
    ("undefined alias", "alias"),
    ("found another document", "two"),
    ("escape c", "escape"),
)


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
        text += f"[{step}]" if isinstance(step, int) else f".{_short(step)}" if text else _short(step)
    return text


def shown(value: object) -> str:
    """A written value as it may stand in a message: short, on one line, lists and mappings only hinted at."""
    if isinstance(value, Mapping):
        return "{…}" if value else "{}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[…]" if value else "[]"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return _short(ODD.sub("?", " ".join(text.split())))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


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
    odd = _FORBIDDEN.search(text.removeprefix("\ufeff"))
    if odd:
        raise kind("marked.odd-character", Place(file, _line_of(text, odd.start())), found=f"U+{ord(odd[0]):04X}")
    try:
        if len(text) > _GUARDED:
            _count(text, file, kind)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text, file, kind) from None
    except yaml.YAMLError as error:
        raise kind("marked.broken", Place(file), why=str(error)) from None
    except RecursionError:
        raise kind("marked.too-deep", Place(file), limit=MAX_DEPTH) from None
    if node is None:
        raise kind("marked.empty", Place(file))
    builder = _Builder(file, kind)
    return Marked(builder.build(node, ()), file, builder.lines)


def _count(text: str, file: Path | str, kind: type[InputError]) -> None:
    """Refuse a text of too many values before memory is taken for them."""
    values = 0
    for event in yaml.parse(text, Loader=_Loader):
        values += isinstance(event, yaml.NodeEvent)
        if values > 2 * MAX_VALUES:  # keys are nodes too
            line = event.start_mark.line + 1 if event.start_mark else None
            raise kind("marked.too-many", Place(file, line), limit=MAX_VALUES)


def _broken(error: yaml.MarkedYAMLError, text: str, file: Path | str, kind: type[InputError]) -> InputError:
    """What is wrong with a text that is no YAML, in words of both languages where the parser's are known."""
    problem, mark = str(error.problem or error.context or "?"), error.problem_mark or error.context_mark
    code = next((code for part, code in _PROBLEMS if part in problem), None)
    if "nesting depth" in problem:
        return kind("marked.too-deep", Place(file, mark.line + 1 if mark else None), limit=MAX_DEPTH)
    if code in ("quote", "no-colon") and error.context_mark:
        mark = error.context_mark  # where it begins; it fails only on a later line
    place = Place(file, mark.line + 1 if mark else None)
    if code is None:
        return kind("marked.broken", place, why=problem)
    found = text.splitlines()[mark.line][mark.column : mark.column + 1] if code == "odd-start" and mark else ""
    return kind("marked.tab" if found == "\t" else f"marked.{code}", place, found=found)


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


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
            self._tagged(node, "map", line)
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._tagged(node, "seq", line)
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

    def _tagged(self, node: Any, expected: str, line: int) -> None:
        if node.tag != _TAGGED + expected:
            raise self.kind("marked.odd-tag", Place(self.file, line), tag=node.tag.replace(_TAGGED, "!!"))

    def _scalar(self, node: Any, line: int) -> Any:
        text: str = node.value
        tag = node.tag.removeprefix(_TAGGED)
        if tag not in {"str", "int", "float", "bool", "null", "timestamp", "merge", "value"}:
            raise self.kind("marked.odd-tag", Place(self.file, line), tag=node.tag.replace(_TAGGED, "!!"))
        if node.style in ("'", '"', "|", ">"):  # quoted or block: always text
            return text
        value = _plain(text)
        if tag not in _OF_TYPE.get(type(value), ()) and _implied(text) != node.tag:  # a tag that somebody wrote
            if tag != "str":
                raise self.kind("marked.odd-tag", Place(self.file, line), tag=f"!!{tag}")
            return text
        return value


_OF_TYPE: dict[type, tuple[str, ...]] = {str: ("str",), int: ("int",), float: ("float",), bool: ("bool",)}
_OF_TYPE |= {type(None): ("null",)}
_RESOLVER = yaml.resolver.Resolver()


def _implied(text: str) -> str:
    """The tag that the parser gives a plain word by itself."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag


def _plain(text: str) -> Any:
    """The value of an unquoted word."""
    if text in _PLAIN:
        return _PLAIN[text]
    if _INT.match(text):
        return int(text) if len(text) < 40 else text
    if _FLOAT.match(text):
        return float(text)
    return text
