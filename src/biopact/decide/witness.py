"""A flow found by proof, written as a pact that ``check`` reads: to see it judged, to keep it as a case."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from biopact.decide.batch.judging import WAY, columns_of
from biopact.decide.reading import PactVocabulary
from biopact.rules.columns.layout import HAS_SOURCE, Meaning
from biopact.rules.language.model import OwnershipTest
from biopact.rules.language.values import UNKNOWN
from biopact.rules.proof.prove import ELSEWHERE, Flow
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.inforce import InForce

__all__ = ["as_pact", "as_yaml"]

_OWN = ("kind", "country", "region")
FLOW = "witness"


def as_pact(flow: Flow, law: RuleSet) -> dict[str, Any]:
    """The pact of one flow. Facts that nothing asked about are left out: unknown."""
    written = _Written(flow, law)
    source = written.item("item.source") if flow.columns.get(HAS_SOURCE) else None
    item = written.item("item")
    if source is not None:
        item["source"] = "original"
    return {
        "pact": FLOW,
        "as_of": flow.day.isoformat(),
        "parties": dict(written.parties()),
        "items": {**({"original": source} if source else {}), "thing": item},
        "flows": {FLOW: written.flow()},
    }


def as_yaml(pact: Mapping[str, Any]) -> str:
    """A pact as text."""
    return yaml.safe_dump(dict(pact), sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


class _Written:
    def __init__(self, flow: Flow, law: RuleSet) -> None:
        self.found, self.law = flow, law
        self.known: Mapping[str, Meaning] = columns_of(law)
        self.in_force = law.on(flow.day)
        self.vocabulary = PactVocabulary(law.vocabulary)
        self.columns = flow.columns
        self.owners: dict[str, dict[str, Any]] = {}

    def _facts(self, prefix: str) -> dict[str, Any]:
        """The written values of what has a prefix, by name."""
        facts: dict[str, Any] = {}
        for column, value in self.columns.items():
            meaning = self.known.get(column)
            if meaning is None or meaning.fact is None or meaning.name != f"{prefix}.{meaning.fact.name}":
                continue
            name = meaning.fact.name
            plain = value.isoformat() if isinstance(value, datetime.date) else value
            if meaning.part == "member":
                place, key = (facts, name) if meaning.key is None else (facts.setdefault(name, {}), meaning.key)
                listed = place.setdefault(key, [])
                listed += [meaning.member] if value else []
            elif meaning.key is not None:
                facts.setdefault(name, {})[meaning.key] = plain
            else:
                facts[name] = plain
        return facts

    def item(self, prefix: str) -> dict[str, Any]:
        """An item with its kind, and the facts its kind has."""
        facts = {"kind": "data"} | self._facts(prefix)
        names = {*self.vocabulary.names("item", facts["kind"]), "contains", "people", "subject_to"}
        kept = {"kind": facts["kind"]} | {name: value for name, value in facts.items() if name in names}
        if facts["kind"] == "investment" and "stake" in facts:
            kept["stake"] = facts["stake"]
        return kept

    def parties(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The sender and the recipient, and who stands before and behind them."""
        for role in ("sender", "recipient"):
            facts = self._facts(role)
            if facts.get("kind") != "public":
                names = {*self.vocabulary.names("party", None), *_OWN}
                kept = {name: value for name, value in facts.items() if name in names}
                if kept.get("region") == ELSEWHERE:
                    kept["region"] = f"{kept['country']}-X"
                yield role, kept | self._owners(role, facts)
        yield from ((name, {**facts, "owners": []}) for name, facts in self.owners.items())
        for name, end in (("before", WAY[0]), ("after", WAY[1])):
            if self._apart(name):
                yield name, {"country": self.columns[end]}

    def _apart(self, name: str) -> bool:
        end, role = (WAY[0], "sender") if name == "before" else (WAY[1], "recipient")
        public = role == "recipient" and self.columns.get("recipient.kind") == "public"
        return not public and end in self.columns and self.columns[end] != self.columns.get(f"{role}.country")

    def _owners(self, role: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Owners by which the party passes the ownership tests it is to pass, and no other; nothing where none is asked."""
        asked = {test: facts[name] for name, test in self.law.ownership.items() if name in facts}
        if not asked:
            return {}
        own = {f"party.{name}": value for name, value in facts.items()}
        if all(wanted == (_seed(self.in_force, test, own) is True) for test, wanted in asked.items()):
            return {"owners": []}
        shares = sorted({1.0, *(min(1.0, test.share + (1e-6 if test.strict else 0)) for test in asked)})
        for owner in self._candidates():
            for share in shares:
                if all(wanted == self._passes(test, own, owner, share) for test, wanted in asked.items()):
                    self.owners[f"{role}-owner"] = {name.removeprefix("party."): it for name, it in owner.items()}
                    return {"owners": [{"party": f"{role}-owner", "share": share}], "dispersed": True}
        return {}

    def _candidates(self) -> Iterator[dict[str, Any]]:
        """Owners one may think of: from each country that some law names, and from none of those but on a list."""
        lists = self.law.vocabulary.facts.get("party.lists")
        unlisted: dict[str, Any] = {"party.lists": []} if lists else {}
        named = self._countries()
        yield from ({"party.country": place, **unlisted} for place in named)
        elsewhere = next((it for it in self.law.vocabulary.facts["party.country"].domain if it not in named), "ZZ")
        for member in lists.domain if lists else ():
            yield {"party.country": elsewhere, "party.lists": [member]}

    def _passes(self, test: OwnershipTest, own: Mapping[str, Any], owner: Mapping[str, Any], share: float) -> bool:
        if _seed(self.in_force, test, own) is True:
            return True
        reached = share > test.share if test.strict else share >= test.share
        return reached and _seed(self.in_force, test, owner) is True

    def _countries(self) -> list[str]:
        constants = self.in_force.constants.get("party.country", set())
        keys = {str(key) for table in self.in_force.tables.values() for key in table}
        domain = self.law.vocabulary.facts["party.country"].domain
        return [place for place in domain if place in constants | keys]

    def flow(self) -> dict[str, Any]:
        """The flow with its day, its way and its own facts."""
        recipient = "public" if self.columns.get("recipient.kind") == "public" else "recipient"
        legs = [("before", "sender")] if self._apart("before") else []
        legs.append(("sender", recipient))
        legs += [("recipient", "after")] if self._apart("after") else []
        way: dict[str, Any] = {"from": legs[0][0], "to": legs[-1][1]}
        if len(legs) > 1:
            way = {"legs": [{"from": one, "to": other} for one, other in legs]}
        names = set(self.vocabulary.names("flow", None))
        facts = {
            name: value for name, value in self._facts("flow").items() if name in names and f"flow.{name}" not in WAY
        }
        return {"item": "thing", **way, "date": self.found.day.isoformat(), **facts}


def _seed(in_force: InForce, test: OwnershipTest, facts: Mapping[str, Any]) -> bool | None:
    known = {name: frozenset(value) if isinstance(value, list) else value for name, value in facts.items()}
    return in_force.owned(test, {name: value for name, value in known.items() if value is not UNKNOWN})
