"""CDISC CORE as a step outside: its program is run as a process of its own, and what it is and what it says is recorded.

It is never imported, and no rule file of it is read here. Its engine is MIT, its rules come separately.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from biopact.dossier.model import Application
from biopact.errors import ExternalError, UsageError

__all__ = ["CoreRun", "dataset_folders", "run"]

SECONDS = 1800
_STANDARD = re.compile(r"([a-z]+)[-/]([0-9]+(?:-[0-9]+)*)\Z")


@dataclass(frozen=True, slots=True)
class CoreRun:
    """One run over one folder. ``status``: ``passed``, ``issues``, ``failed`` or ``timed-out``; ``report`` is its SHA-256."""

    folder: str
    standard: str
    engine: str | None
    rules: str | None
    status: str
    issues: int | None
    report: str | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """As recorded in the answer of a check."""
        return asdict(self)


def dataset_folders(application: Application) -> tuple[str, ...]:
    """The folders that hold ``dm.xpt`` or ``define.xml`` beside transport files: tabulations."""
    folders = {path.rpartition("/")[0] for path in application.tree.files if path.endswith("/dm.xpt")}
    return tuple(sorted(folders))


def run(command: str, standard: str, application: Application, seconds: int = SECONDS) -> tuple[CoreRun, ...]:
    """Run CORE over every folder of tabulations. Raises UsageError and ExternalError (not there, no rights)."""
    known = _STANDARD.match(standard)
    if known is None:
        raise UsageError("dossier.core-standard", None, found=standard)
    program = shlex.split(command)
    version = _version(program)
    return tuple(
        _one(program, known[1], known[2], application.real(folder), folder, version, seconds)
        for folder in dataset_folders(application)
    )


def _version(program: Sequence[str]) -> str | None:
    try:
        done = subprocess.run([*program, "version"], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExternalError("dossier.core-missing", None, command=program[0] if program else "–") from error
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else None


def _one(
    program: Sequence[str], standard: str, version: str, folder: Path, name: str, engine: str | None, seconds: int
) -> CoreRun:
    label = f"{standard}-{version}"
    with tempfile.TemporaryDirectory() as out:
        report = Path(out) / "report"
        call = [
            *program,
            "validate",
            "-s",
            standard,
            "-v",
            version,
            "-d",
            str(folder),
            "-o",
            str(report),
            "-of",
            "JSON",
        ]
        began = time.monotonic()
        try:
            done = subprocess.run(call, capture_output=True, timeout=seconds, check=False, cwd=out)
        except subprocess.TimeoutExpired:
            return CoreRun(name, label, engine, None, "timed-out", None, None, round(time.monotonic() - began, 1))
        took = round(time.monotonic() - began, 1)
        files = sorted(Path(out).glob("report*.json"))
        if done.returncode or not files:
            return CoreRun(name, label, engine, None, "failed", None, None, took)
        content = files[0].read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    issues, said_engine, rules = _said(content)
    status = "failed" if issues is None else "issues" if issues else "passed"
    return CoreRun(name, label, said_engine or engine, rules, status, issues, digest, took)


def _said(content: bytes) -> tuple[int | None, str | None, str | None]:
    """Number of issues, version of the engine and of the rules, as a report says them."""
    try:
        value = json.loads(content)
        details = value.get("Conformance_Details") or {}
        issues = value.get("Issue_Details")
    except (ValueError, AttributeError):
        return None, None, None
    rules = next((str(it) for key, it in details.items() if "rule" in key.lower() and "version" in key.lower()), None)
    engine = details.get("CORE_Engine_Version")
    return len(issues) if isinstance(issues, list) else None, str(engine) if engine else None, rules
