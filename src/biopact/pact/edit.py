"""Adding to a pact that people wrote by hand: an entry of evidence goes into the text, and all else stays as it is."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from biopact import marked
from biopact.errors import InputError, PactError, Place
from biopact.pact.inside import is_inside
from biopact.pact.models import Evidence
from biopact.pact.reading import PACT_FILE, from_marked
from biopact.pact.vocabulary import Vocabulary

__all__ = ["add_evidence", "sha256_of"]

_KEYS = ("rule", "flow", "issuer", "reference", "from", "to", "file", "sha256")
_SAME = ("rule", "flow", "issuer", "reference", "file")


def add_evidence(where: Path, record: Mapping[str, object] | Evidence, vocabulary: Vocabulary | None = None) -> None:
    """Append an entry to the ``evidence`` of a pact, with the digest of its file.

    ``where`` is the pact's folder or file. Comments and layout are kept. The new text is read before it takes the
    place of the old one. Raises PactError (or InputErrors) where the entry is not well written, its file is missing or
    outside the folder, the same entry is there already, or the pact has other faults; then nothing is changed.
    """
    path = (where / PACT_FILE if where.is_dir() else where).resolve()
    old = marked.read(path, PactError)
    from_marked(old, path.parent, vocabulary)
    entry = _entry(record, path.parent)
    known = [each for each in old.value.get("evidence") or [] if _same(each, entry)]
    if known:
        place = old.place("evidence", old.value["evidence"].index(known[0]))
        raise PactError("pact.evidence-known", place, rule=entry.get("rule"), flow=entry.get("flow"))
    content = path.read_bytes()
    text = content.decode("utf-8")
    new = _appended(text, entry, path)
    _check(new, old.value, entry, path, vocabulary)
    _replace(path, new.encode("utf-8"), content)


def sha256_of(path: Path) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(record: Mapping[str, object] | Evidence, folder: Path) -> dict[str, str]:
    """The entry as it will be written; the digest is always worked out, never taken over."""
    fields = record.model_dump(by_alias=True) if isinstance(record, Evidence) else dict(record)
    entry = {key: _plain(value) for key, value in fields.items() if value is not None and key != "sha256"}
    file = entry.get("file")
    if isinstance(file, str):
        if not is_inside(file, folder):
            raise PactError("pact.outside", Place(folder, None, "evidence.file"))
        if not (folder / file).is_file():
            raise PactError("pact.evidence-file-missing", Place(folder / file))
        entry["sha256"] = sha256_of(folder / file)
    order = {key: number for number, key in enumerate(_KEYS)}
    return dict(sorted(entry.items(), key=lambda pair: order.get(pair[0], len(order))))


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _same(one: object, other: Mapping[str, object]) -> bool:
    return isinstance(one, Mapping) and all(one.get(key) == other.get(key) for key in (*_SAME, "from", "to"))


def _appended(text: str, entry: Mapping[str, object], path: Path) -> str:
    """The text with the entry added where its ``evidence`` ends, or at its own end."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    bom = len(text) - len(text.removeprefix("\ufeff"))  # marks count from behind it
    written = "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in entry.items()) + "}"
    root = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise PactError("pact.cannot-edit", Place(path))
    pair = next((pair for pair in root.value if pair[0].value == "evidence"), None)
    if pair is None:
        gap = "" if text.endswith(("\n", "\r")) else line_end
        return f"{text}{gap}{line_end}evidence:{line_end}  - {written}{line_end}"
    key, value = pair
    if isinstance(value, yaml.SequenceNode) and value.value:
        last = _end(value.value[-1])
        if value.flow_style:
            return text[: last + bom] + f", {written}" + text[last + bom :]
        line = text.find("\n", last + bom)
        at = len(text) if line < 0 else line + 1
        gap = line_end if line < 0 else ""
        return text[:at] + gap + " " * value.start_mark.column + f"- {written}{line_end}" + text[at:]
    start, end = value.start_mark.index + bom, value.end_mark.index + bom  # `[]`, or nothing
    if start == end:
        start = end = key.end_mark.index + bom + 1
    return text[:start].rstrip(" ") + f"{line_end}  - {written}" + text[end:]


def _end(node: yaml.Node) -> int:
    """Where the last character of a node stands; the mark of a block reaches beyond it, over comments."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        index: int = node.end_mark.index
        return index - 1 if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else index
    if isinstance(node, yaml.MappingNode):
        return max((_end(value) for _, value in node.value), default=node.start_mark.index)
    return max((_end(child) for child in node.value), default=node.start_mark.index)


def _scalar(value: object) -> str:
    """A value in YAML as our reader takes it: plain where that is safe, else in double quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _is_safe(value) else '"' + "".join(map(_escaped, value)) + '"'


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return "\\" + mark
    return mark if mark.isprintable() else f"\\U{ord(mark):08x}"


def _is_safe(text: str) -> bool:
    try:
        return marked.parse(f"a: {{b: {text}, c: 1}}", "").value == {"a": {"b": text, "c": 1}} and ": " not in text
    except InputError:  # whatever is not plainly itself is quoted
        return False


def _check(new: str, old: Mapping[str, Any], entry: Mapping[str, object], path: Path, vocabulary: Any) -> None:
    """Read the new text as it will be read: the old values, the entry behind them, and no fault."""
    try:
        fresh = marked.parse(new, path, PactError)
    except PactError:
        raise PactError("pact.cannot-edit", Place(path)) from None
    expected = {**old, "evidence": [*(old.get("evidence") or []), dict(entry)]}
    from_marked(fresh, path.parent, vocabulary)
    if fresh.value != expected:
        raise PactError("pact.cannot-edit", Place(path))


def _replace(path: Path, content: bytes, before: bytes) -> None:
    """Write beside and rename, with the mode of the old file; refuse where somebody else changed it meanwhile."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            beside.chmod(path.stat().st_mode & 0o777)
            if path.read_bytes() != before:
                raise PactError("pact.changed-meanwhile", Place(path))
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise PactError("pact.cannot-write", Place(path), why=error.strerror or "?") from None
