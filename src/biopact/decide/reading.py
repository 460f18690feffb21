"""Reading a pact in the vocabulary of the law: what may be written is what a rule may ask about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from biopact import pact as written
from biopact.errors import InputError, InputErrors, PactError
from biopact.law import the_law
from biopact.marked import shown
from biopact.pact import Pact
from biopact.pact.vocabulary import FactFault, Subject
from biopact.rules.language.facts import FactFault as RuleFactFault
from biopact.rules.language.facts import Vocabulary, nearest
from biopact.rules.ruleset import RuleSet

__all__ = ["PactVocabulary", "read"]


@dataclass(frozen=True)
class PactVocabulary:
    """The facts of a rule set as a pact may write them: those that are derived are not written."""

    vocabulary: Vocabulary

    def names(self, subject: Subject, kind: str | None) -> Collection[str]:
        """The names one may write."""
        return [name for name in self.vocabulary.names(subject, kind) if self._written(subject, name)]

    def admit(self, subject: Subject, kind: str | None, name: str, value: object) -> object:
        """The typed value; a FactFault of the pact where the fact does not admit it."""
        try:
            return self.vocabulary.admit(subject, kind, name, value)
        except RuleFactFault as fault:
            raise FactFault(code=fault.code, key=fault.key, **fault.values) from None

    def schema(self, subject: Subject, kind: str | None) -> Mapping[str, object]:
        """JSON Schemas of what may be written."""
        return {
            name: form for name, form in self.vocabulary.schema(subject, kind).items() if self._written(subject, name)
        }

    def _written(self, subject: str, name: str) -> bool:
        return self.vocabulary.facts[f"{subject}.{name}"].derive in ("none", "screening")


def read(path: Path | str, law: RuleSet | None = None, packs: Sequence[Path] = ()) -> Pact:
    """The pact of a folder or of a ``pact.yaml``, checked against the law's vocabulary.

    Raises PactError or InputErrors with file, line and field.
    """
    rules = law or the_law(packs)
    pact = written.read(Path(path), PactVocabulary(rules.vocabulary))
    _known_rules(pact, rules)
    return pact


def _known_rules(pact: Pact, law: RuleSet) -> None:
    """Refuse evidence for a provision that is not there: it would silently count for nothing."""
    faults: list[InputError] = []
    for index, record in enumerate(pact.evidence):
        if record.rule not in law.rules:
            near = nearest(record.rule, law.rules)
            code = "pact.unknown-rule-near" if near else "pact.unknown-rule"
            faults.append(PactError(code, pact.place("evidence", index, "rule"), found=shown(record.rule), near=near))
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
