"""An application as values: sequences, leaves, study tagging, files. A document is a context of use and a content hash.

Every path here is relative to the folder that holds the sequences, with ``/``: ``0001/m3/32-body-data/….pdf``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

__all__ = [
    "AGENCIES",
    "Admin",
    "Application",
    "Backbone",
    "Context",
    "Form",
    "Leaf",
    "Raised",
    "Sequence",
    "StudyFile",
    "Tagged",
    "Target",
    "Tree",
]

AGENCIES = ("us", "kr")
LIVE = ("new", "append", "replace")  # operations that bring a file


@dataclass(frozen=True, slots=True)
class Raised:
    """What a check found, before it is worded: the id of a finding, where, and the values of its message.

    ``cannot`` turns a finding into "cannot check"; ``agencies`` narrows those of its definition.
    """

    id: str
    sequence: str | None = None
    leaf: str | None = None
    path: str | None = None
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    cannot: bool = False
    agencies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Context of use: the heading, what tells repeated headings apart (substance, manufacturer, indication), node titles."""

    heading: str
    element: str
    attributes: tuple[tuple[str, str], ...] = ()
    nodes: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """``m1`` to ``m5``."""
        return f"m{self.heading[:1]}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a leaf modifies: a leaf of a backbone of a sequence; ``inside`` False where the path leaves the application."""

    sequence: str
    backbone: str  # path of the backbone within its sequence
    leaf: str
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a backbone. ``file`` is its resolved path, None where it has none or where the path leaves the dossier."""

    sequence: str
    backbone: str
    id: str
    operation: str
    href: str | None
    file: str | None
    modified: str | None
    target: Target | None
    checksum: str | None
    checksum_type: str | None
    title: str
    context: Context
    parent: str  # the element it stands in
    line: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What other leaves call it by."""
        return (self.sequence, self.backbone, self.id)

    @property
    def live(self) -> bool:
        """Whether it brings a file."""
        return self.operation in LIVE and bool(self.href)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the U.S. module 1."""

    type: str
    leaves: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Admin:
    """The administrative part of a U.S. regional backbone; ``lines`` says where each value stands."""

    applicant_id: str = ""
    company: str = ""
    description: str = ""
    contacts: tuple[tuple[str, int], ...] = ()  # contact type, line
    telephones: tuple[tuple[str, str, int], ...] = ()  # type, number, line
    emails: tuple[tuple[str, int], ...] = ()
    application_number: str = ""
    application_type: str = ""
    cross_references: tuple[tuple[str, str, int], ...] = ()  # number, type, line
    submission_id: str = ""
    submission_type: str = ""
    sequence_number: str = ""
    sub_type: str = ""
    forms: tuple[Form, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backbone:
    """``index.xml`` or a regional backbone."""

    path: str
    root: str
    version: str | None
    system: str | None  # what its DOCTYPE names
    xlink: frozenset[str]
    leaves: tuple[Leaf, ...]
    node_extensions: tuple[int, ...] = ()  # lines


@dataclass(frozen=True, slots=True)
class Tagged:
    """One document of a study tagging file."""

    href: str
    target: Target | None
    title: str
    tags: tuple[tuple[str, str], ...]  # name, info-type
    line: int


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study tagging file (STF)."""

    path: str
    sequence: str
    leaf: str  # the leaf that brings it
    heading: str
    study_id: str
    title: str
    categories: tuple[tuple[str, str, int], ...]  # name, value, line
    documents: tuple[Tagged, ...]
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tree:
    """What lies in a folder, by relative path: regular files with their sizes, and what is not a regular file."""

    files: Mapping[str, int]
    links: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @cached_property
    def folded(self) -> Mapping[str, str]:
        """A path without regard to case, to the path as it is written."""
        return {path.casefold(): path for path in self.files}


@dataclass(frozen=True)
class Sequence:
    """One sequence: its folder, backbones, study tagging files, and what reading it found."""

    number: str  # name of its folder
    index: Backbone | None
    regional: Backbone | None
    region: str | None  # us, kr, eu, … as the folder under m1 says
    admin: Admin | None
    studies: tuple[StudyFile, ...]
    index_md5: str | None
    faults: tuple[Raised, ...]
    read: bool  # the regional backbone that its folder asks for could be read
    tagging_read: bool = True  # every study tagging file that is there could be read

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves of both backbones."""
        return tuple(leaf for part in (self.index, self.regional) if part for leaf in part.leaves)


@dataclass(frozen=True)
class Application:
    """An application: its sequences in order. ``single``: only one sequence was given, its neighbours are withheld."""

    folder: Path
    sequences: tuple[Sequence, ...]
    tree: Tree
    single: bool
    strays: tuple[str, ...] = ()  # beside the sequences, and not one

    @cached_property
    def by_number(self) -> Mapping[str, Sequence]:
        """Sequences by number."""
        return {sequence.number: sequence for sequence in self.sequences}

    @cached_property
    def leaves(self) -> Mapping[tuple[str, str, str], Leaf]:
        """Every leaf by its key, the first where an id is used twice."""
        found: dict[tuple[str, str, str], Leaf] = {}
        for sequence in self.sequences:
            for leaf in sequence.leaves:
                found.setdefault(leaf.key, leaf)
        return found

    @cached_property
    def application_type(self) -> str | None:
        """The U.S. code of the application's type, from the latest sequence that says it."""
        said = [it.admin.application_type for it in self.sequences if it.admin and it.admin.application_type]
        return said[-1] if said else None

    @cached_property
    def region(self) -> str | None:
        """The region whose module 1 it has."""
        said = [it.region for it in self.sequences if it.region]
        return said[-1] if said else None

    def real(self, path: str) -> Path:
        """Where a path of the application lies on disk."""
        return self.folder.joinpath(*path.split("/"))
