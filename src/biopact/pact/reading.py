"""Reading a pact: from YAML to models, with every fault of the file told at once and at its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from biopact import marked as yaml
from biopact.errors import PactError
from biopact.marked import Marked, Step
from biopact.pact.checks import check
from biopact.pact.faults import Faults, written_names
from biopact.pact.models import ITEM_KINDS, PUBLIC, Evidence, Flow, Frozen, Investment, Item, Pact, Party
from biopact.pact.vocabulary import FactFault, Subject, Vocabulary
from biopact.pact.written import nearest, one_of, shown

__all__ = ["PACT_FILE", "from_marked", "parse", "read"]

PACT_FILE = "pact.yaml"
_Part = TypeVar("_Part", bound=Frozen)
_HEAD = ("title", "notice", "limits", "default_study", "as_of")
_TOP = ("pact", "title", "notice", "parties", "items", "flows", "limits", "default_study", "as_of", "evidence")
_SUBJECT_MODELS: dict[Subject, type[Frozen]] = {"party": Party, "item": Item, "flow": Flow}
_SECTIONS: dict[Subject, str] = {"party": "parties", "item": "items", "flow": "flows"}
_TOGETHER: set[Step] = {"starts", "ends"}
_ALSO_ADMITTED = ("contains",)  # structure whose values are the vocabulary's


def read(where: Path | str, vocabulary: Vocabulary | None = None) -> Pact:
    """The pact of a folder, or of its ``pact.yaml``.

    Without a vocabulary facts are kept as written, unchecked. Raises PactError for one fault and InputErrors for
    several, each with file, line, field, what was found and what to do.
    """
    path = Path(where)
    path = path / PACT_FILE if path.is_dir() else path
    return from_marked(yaml.read(path, PactError), path.parent, vocabulary)


def parse(content: str | bytes, file: str = PACT_FILE, vocabulary: Vocabulary | None = None) -> Pact:
    """The pact of a text; ``file`` is only named in errors. Raises as ``read`` does."""
    return from_marked(yaml.parse(content, file, PactError), None, vocabulary)


def from_marked(marked: Marked, folder: Path | None = None, vocabulary: Vocabulary | None = None) -> Pact:
    """The pact of values that know their lines. Raises as ``read`` does."""
    faults = Faults(marked)
    if not isinstance(marked.value, Mapping):
        faults.add("expected-mapping", found=shown(marked.value))
        faults.raise_if_any()
    reading = _Reading(marked, faults, vocabulary)
    pact = reading.pact(folder)
    check(pact, reading.entries, faults)
    faults.raise_if_any()
    return pact


class _Reading:
    """One reading of one file: the parts that are well formed, and the faults of the others."""

    def __init__(self, marked: Marked, faults: Faults, vocabulary: Vocabulary | None) -> None:
        self.marked = marked
        self.faults = faults
        self.vocabulary = vocabulary
        self.top: Mapping[str, Any] = marked.value
        self.entries: dict[int, Evidence] = {}
        self.known_facts: dict[tuple[Subject, str | None], Collection[str]] = {}

    def pact(self, folder: Path | None) -> Pact:
        """The whole; where its own fields have faults, what is left of it, so that the rest is checked all the same."""
        for key in self.top:
            if key not in _TOP:
                self.faults.unknown_key(key, _TOP)
        public = Party.model_construct(id=PUBLIC, name={"en": "The public", "ko": "공중"}, kind=PUBLIC, owners=())
        sections: dict[str, Any] = {
            "parties": {**self.section("party", self.party), PUBLIC: public},
            "items": self.section("item", self.item),
            "flows": self.section("flow", self.flow),
            "evidence": tuple(self.evidence().values()),
            "folder": folder,
        }
        head = {key: self.top[key] for key in _HEAD if self.top.get(key) is not None}
        for key in ("pact", "parties"):
            if self.top.get(key) is None:
                self.faults.missing(key)
        fields = {**sections, **head, "id": self.top.get("pact") or "unnamed"}
        pact = self.model(Pact, fields, (), {"id": "pact"}) or Pact(id="unnamed", **sections)
        pact._marked = self.marked
        return pact

    def section(self, subject: Subject, reader: Any) -> dict[str, Any]:
        """The well-formed members of a section, by id, in the order written."""
        name = _SECTIONS[subject]
        members = self.top.get(name)
        if members is None:
            return {}
        if not isinstance(members, Mapping):
            self.faults.add("expected-mapping", name, found=shown(members))
            return {}
        found = {}
        for key, written in members.items():
            path: tuple[Step, ...] = (name, key)
            if subject == "party" and key == PUBLIC:
                self.faults.add("reserved-id", *path, found=key)
            elif not isinstance(written, Mapping):
                self.faults.add("expected-mapping", *path, found=shown(written))
            elif (member := reader(key, written, path)) is not None:
                found[key] = member
        return found

    def party(self, key: str, written: Mapping[str, Any], path: tuple[Step, ...]) -> Party | None:
        """One party."""
        fields = self.split("party", None, Party, written, path)
        if fields.get("dispersed") is True:
            fields.setdefault("owners", ())
        return self.model(Party, fields | {"id": key}, path)

    def item(self, key: str, written: Mapping[str, Any], path: tuple[Step, ...]) -> Item | Investment | None:
        """One item, by the model of its kind."""
        kind = written.get("kind")
        if kind is None:
            misspelt = nearest("kind", [key for key in written if key not in written_names(Item)])
            if misspelt:
                self.faults.unknown_key(misspelt, ("kind",), *path)
            else:
                self.faults.missing("kind", *path)
            return None
        if kind not in ITEM_KINDS or not isinstance(kind, str):
            self.faults.of_written(one_of(ITEM_KINDS), kind, *path, "kind")
            return None
        if kind == "investment":
            return self.model(Investment, self.split("item", kind, Investment, written, path) | {"id": key}, path)
        return self.model(Item, self.split("item", kind, Item, written, path) | {"id": key}, path)

    def flow(self, key: str, written: Mapping[str, Any], path: tuple[Step, ...]) -> Flow | None:
        """One flow: a single item is a list of one, and legs say its first sender and last recipient."""
        extra = ("item",)
        fields = self.split("flow", None, Flow, written, path, extra)
        renamed: dict[Step, Step] = {}
        if "item" in fields:
            item = fields.pop("item")
            if "items" in fields:
                self.faults.add("exclude-each-other", *path, "item", one="item", other="items")
            elif isinstance(item, list):
                self.faults.add("one-item", *path, "item")
                return None
            else:
                renamed = {"items": "item"}
                fields["items"] = (item,)
        elif "items" not in fields:
            self.faults.missing("item", *path)
            return None
        legs = fields.get("legs")
        if isinstance(legs, list) and legs and all(isinstance(leg, Mapping) for leg in legs):
            for end, leg in (("from", legs[0]), ("to", legs[-1])):
                if leg.get(end) is not None:
                    fields.setdefault(end, leg[end])
        return self.model(Flow, fields | {"id": key}, path, renamed)

    def evidence(self) -> dict[int, Evidence]:
        """The well-formed entries of the evidence, by their position."""
        written = self.top.get("evidence", [])
        if written is None:
            return {}
        if not isinstance(written, list):
            self.faults.add("expected-list", "evidence", found=shown(written))
            return {}
        for index, fields in enumerate(written):
            entry = self.model(Evidence, fields, ("evidence", index))
            if entry is not None:
                self.entries[index] = entry
        return self.entries

    def model(
        self, model: type[_Part], fields: Any, path: tuple[Step, ...], renamed: dict[Step, Step] | None = None
    ) -> _Part | None:
        """A model of written fields; with faults, of those without; None where these are not enough."""
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            self.faults.of_model(error, *path, renamed=renamed)
            if not isinstance(fields, Mapping):
                return None
            faulty = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
        try:  # what is left, so that the checks between parts see it too; the faults above are raised all the same
            faulty |= _TOGETHER if faulty & _TOGETHER else set()
            return model.model_validate({key: value for key, value in fields.items() if key not in faulty})
        except ValidationError:
            return None

    def split(
        self,
        subject: Subject,
        kind: str | None,
        model: type[Frozen],
        written: Mapping[str, Any],
        path: tuple[Step, ...],
        extra: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """What is written, parted into structure and ``facts``; null is not written."""
        structure = (*written_names(model), *extra)
        facts, fields = {}, {}
        for name, value in written.items():
            if name in structure:
                if value is not None:
                    fields[name] = value
                if name in _ALSO_ADMITTED and isinstance(value, list) and name in self.names(subject, kind):
                    self.admit(subject, kind, name, value, path)
            elif self.vocabulary is not None and name not in self.names(subject, kind):
                self.unknown_fact(subject, kind, name, structure, path)
            elif value is not None:
                facts[name] = self.admit(subject, kind, name, value, path)
        return {**fields, "facts": facts}

    def names(self, subject: Subject, kind: str | None) -> Collection[str]:
        """The facts that may be written here."""
        if (subject, kind) not in self.known_facts:
            names = self.vocabulary.names(subject, kind) if self.vocabulary else ()
            self.known_facts[subject, kind] = frozenset(names)
        return self.known_facts[subject, kind]

    def admit(self, subject: Subject, kind: str | None, name: str, value: object, path: tuple[Step, ...]) -> object:
        """The typed value of a fact, or None and a fault."""
        if self.vocabulary is None:
            return value
        try:
            return self.vocabulary.admit(subject, kind, name, value)
        except FactFault as fault:
            code = fault.code
            values = {"fact": name, **fault.values, "found": shown(fault.values["found"] or value)}
            place = self.faults.place(*path, name, *([fault.key] if fault.key else []))
            self.faults.found.append(PactError(code, place, **values))
            return None

    def unknown_fact(
        self, subject: Subject, kind: str | None, name: str, structure: tuple[str, ...], path: tuple[Step, ...]
    ) -> None:
        """Tell a key that is neither structure nor a fact of this subject and kind."""
        if subject == "item":
            for other in ITEM_KINDS:
                model = Investment if other == "investment" else Item
                if name in self.names("item", other) or name in written_names(model):
                    self.faults.add("fact-of-other-kind", *path, name, fact=name, kind=kind, other=other)
                    return
        self.faults.unknown_key(name, {*structure, *self.names(subject, kind)}, *path)
