"""A site's private folder: what it released and refused, and the cohort ledger. Nothing in it leaves the site.

``answers/KEY.json``: the bytes released for a request; an identical request gets them again; ``answers.json``: their
digests. ``refusals.json``: the rule by which a request was refused, by study. ``people.bin``: a key of 16 bytes for each
person ever counted, made with the secret in ``salt``, so that nobody who holds the folder's keys can try out rows.
``cohorts.json`` and ``cohorts/``: each released cohort as bits over them. ``sets.json``: the analysis set each study
released; ``paths.json``: for how many states each round was answered. One process changes it at a time; what another
changed meanwhile is read before a decision is made. What was
changed by anybody else is refused by name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biopact.ledger.locking import locked
from biopact.study.gate.bitmaps import Bitmaps
from biopact.study.keeping import broken, entries, mapping, number, save, save_json
from biopact.study.people import Mask, People
from biopact.study.register import Keys, Places, Register

__all__ = ["SiteStore", "gathered", "spread"]

WAIT = 60.0  # seconds for another process
SALT = 32
HELD = 1 << 20  # bytes of a cohort that are read; a larger one is mapped


@dataclass(frozen=True, slots=True)
class _Cohort:
    """A released cohort: what for, over how many people known then, the name of its file."""

    of: str
    people: int
    bits: str


@dataclass(slots=True)
class SiteStore:
    """The folder of one site; read when opened, written when something is released or refused."""

    folder: Path
    register: Register
    salt: bytes = b""  # known to this site alone
    cohorts: list[_Cohort] = field(default_factory=list)
    refusals: dict[str, dict[str, str]] = field(default_factory=dict)  # study -> request -> rule
    released: dict[str, int] = field(default_factory=dict)  # study -> how many numbers
    answers: dict[str, str] = field(default_factory=dict)  # request -> SHA-256 of the bytes that were released
    sets: dict[str, str] = field(default_factory=dict)  # study -> the file of its analysis set
    paths: dict[str, list[int]] = field(default_factory=dict)  # request -> by round, how many states were answered
    version: int = -1
    _sound: set[str] = field(default_factory=set)  # files of cohorts that were checked against their digest

    @classmethod
    def open(cls, folder: Path) -> SiteStore:
        """Open a folder, which need not exist yet. Raises DataError where a file of it was changed by somebody else."""
        store = cls(folder, Register(folder / "people.bin"))
        with store._alone():
            store.salt = store._secret()
            store._refresh()
        return store

    @contextmanager
    def changing(self) -> Iterator[bool]:
        """Alone with the folder; whether another process changed it since it was last looked at."""
        with self._alone():
            changed = self._refresh()
            yield changed
            self.version += 1
            save_json(self.folder / "version.json", self.version)

    def places(self, keys: Callable[[bytes], Iterator[Keys]], *, named: bool) -> Places | None:
        """The place of each person of a population in the ledger; None where a column of identity names one twice.

        ``keys`` makes the keys of the people with the secret of the site.
        """
        with self.changing():
            return self.register.places(keys(self.salt), named=named)

    def matrix(self) -> Bitmaps:
        """The released cohorts over all people known. Raises DataError where one is not as it was entered."""
        return Bitmaps(tuple(self._bits(cohort.bits) for cohort in self.cohorts), len(self.register))

    def set_of(self, study: str) -> NDArray[np.uint8] | None:
        """The analysis set that a study released, as bits over the people known; None where it released none."""
        name = self.sets.get(study)
        return None if name is None else self._bits(name)

    def enter(self, of: str, cohorts: Bitmaps) -> None:
        """Enter cohorts in the ledger; those that stand there already are not entered twice."""
        held = {cohort.bits for cohort in self.cohorts}
        for row in cohorts.rows:
            name = self._named(row)
            if row.any() and name not in held:
                held.add(name)
                self.cohorts.append(_Cohort(of, cohorts.of, name))
        save_json(
            self.folder / "cohorts.json",
            [{"of": it.of, "people": it.people, "bits": it.bits} for it in self.cohorts],
        )

    def keep_set(self, study: str, people: NDArray[np.uint8]) -> None:
        """Keep which people a study's analysis set is, so that another study can be about the same."""
        self.sets[study] = self._named(people)
        save_json(self.folder / "sets.json", self.sets)

    def answer(self, request: str) -> bytes | None:
        """The bytes released for a request. Raises DataError where they are not those that were released."""
        if request not in self.answers:
            return None
        path = self.folder / "answers" / f"{request}.json"
        found = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(found).hexdigest() != self.answers[request]:
            raise broken(path)
        return found

    def keep(self, study: str, request: str, payload: bytes, numbers: int) -> None:
        """Keep what is released for a request."""
        save(self.folder / "answers" / f"{request}.json", payload)
        self.answers[request] = hashlib.sha256(payload).hexdigest()
        save_json(self.folder / "answers.json", self.answers)
        self.released[study] = self.released.get(study, 0) + numbers
        save_json(self.folder / "released.json", self.released)

    def keep_path(self, request: str, round_: int) -> None:
        """Count a state for which a round was answered."""
        answered = self.paths.setdefault(request, [])
        answered += [0] * (round_ - len(answered))
        answered[round_ - 1] += 1
        save_json(self.folder / "paths.json", self.paths)

    def refuse(self, study: str, request: str, rule: str) -> None:
        """Count a refusal; the same request is counted once."""
        self.refusals.setdefault(study, {})[request] = rule
        save_json(self.folder / "refusals.json", self.refusals)

    def refused(self, study: str, request: str) -> str | None:
        """The rule by which a request was refused before."""
        return self.refusals.get(study, {}).get(request)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.folder / "store", WAIT):
            yield

    def _refresh(self) -> bool:
        """Read what another process wrote meanwhile; whether there was any."""
        version = number(self.folder / "version.json", 0)
        if version == self.version:
            return False
        self.register.check()
        self.cohorts = self._entered()
        self.refusals = mapping(self.folder / "refusals.json", dict)
        self.released = mapping(self.folder / "released.json", int)
        self.answers = mapping(self.folder / "answers.json", str)
        self.sets = mapping(self.folder / "sets.json", str)
        self.paths = mapping(self.folder / "paths.json", list)
        self.version = version
        return True

    def _secret(self) -> bytes:
        """The secret of the site, made with the folder; without it the people counted could not be known again."""
        path = self.folder / "salt"
        if not path.is_file() and not len(self.register):
            save(path, secrets.token_bytes(SALT))
        found = path.read_bytes() if path.is_file() else b""
        if len(found) != SALT:
            raise broken(path)
        return found

    def _entered(self) -> list[_Cohort]:
        path, known = self.folder / "cohorts.json", len(self.register)
        found = []
        for entry in entries(path):
            try:
                cohort = _Cohort(str(entry["of"]), int(entry["people"]), str(entry["bits"]))
            except (KeyError, TypeError, ValueError):
                raise broken(path) from None
            held = self.folder / "cohorts" / cohort.bits
            if cohort.people > known or not held.is_file() or held.stat().st_size > -(-cohort.people // 8):
                raise broken(path)
            found.append(cohort)
        return found

    def _named(self, row: NDArray[np.uint8]) -> str:
        """Write the bits of a cohort, unless they are there, and give the name of their file: its digest."""
        content = row.tobytes().rstrip(b"\0")
        name = hashlib.sha256(content).hexdigest()
        path = self.folder / "cohorts" / name
        if not path.is_file():
            save(path, content)
        return name

    def _bits(self, name: str) -> NDArray[np.uint8]:
        path = self.folder / "cohorts" / name
        if not path.is_file():
            raise broken(path)
        large = (
            path.stat().st_size > HELD
        )  # a mapped file stays open: one for each cohort, of which a process has a limit
        bits = np.memmap(path, dtype=np.uint8, mode="r") if large else np.fromfile(path, dtype=np.uint8)
        if name not in self._sound:
            if hashlib.sha256(bits.tobytes()).hexdigest() != name:
                raise broken(path)
            self._sound.add(name)
        return bits


def spread(groups: Sequence[People], places: Places, known: int) -> Bitmaps:
    """Groups of a population as cohorts over all people a ledger knows."""
    if isinstance(places, range):
        return Bitmaps(tuple(group.bits for group in groups), known)
    rows = []
    for group in groups:
        whole: Mask = np.zeros(known, dtype=np.bool_)
        whole[places] = group.mask()
        rows.append(np.packbits(whole))
    return Bitmaps(tuple(rows), known)


def gathered(bits: NDArray[np.uint8], places: Places, known: int) -> Mask:
    """Which people of a population are in a cohort of the ledger."""
    whole = np.zeros(known, dtype=np.bool_)
    held = np.unpackbits(np.asarray(bits)).view(np.bool_)[:known]
    whole[: held.size] = held
    found: Mask = whole[: len(places)] if isinstance(places, range) else whole[places]
    return found
