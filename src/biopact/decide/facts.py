"""The facts of one item on one leg, as rules read them: written ones, inherited ones, and those derived from the pact."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biopact.decide.listed import FACT, lists_by_node, screened
from biopact.decide.ownership import open_seed, owned, party_facts
from biopact.interval import Interval
from biopact.pact import Evidence, Flow, Investment, Item, Leg, Pact, volume
from biopact.pact.countries import COUNTRIES
from biopact.pact.edit import sha256_of
from biopact.rules.language.facts import Fact
from biopact.rules.language.values import ABSENT, Members, Truth
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.compile import Env, Scope, compile_condition
from biopact.rules.traced.inforce import InForce, prepared
from biopact.rules.traced.questions import Question, ask

if TYPE_CHECKING:
    from biopact.screening import Standings

__all__ = ["Case", "Desk", "cases_of", "countries_of"]

COUNTED = re.compile(r"(?P<country>[a-z]{2})_persons_(?P<months>[0-9]+)m")
_INHERITED = ("contains", "people", "consent")


@dataclass(frozen=True, slots=True)
class Case:
    """One item on one leg of one way of a flow: what is judged."""

    flow: Flow
    item: Item | Investment
    leg: Leg
    path: tuple[Leg, ...]
    number: int


def cases_of(pact: Pact, flow: Flow) -> Iterator[Case]:
    """Every item of a flow on every leg of every way it takes."""
    for path in flow.paths:
        for number, leg in enumerate(path):
            for item in flow.items:
                yield Case(flow, pact.items[item], leg, path, number)


def countries_of(pact: Pact, case: Case) -> tuple[list[str], bool]:
    """The countries whose law judges a leg, and whether there may be others (a country is not written).

    Those of its sender and recipient, of each residence of its people, and those the item is subject to.
    """
    found: dict[str, None] = {}
    unknown = False
    for party_id in (case.leg.sender, case.leg.recipient):
        party = pact.parties[party_id]
        if party.kind == "public":
            continue
        if party.country is None:
            unknown = True
        else:
            found[party.country] = None
    people = pact.people_of(case.item) or {}
    found |= dict.fromkeys(country for country, count in people.items() if count.high > 0)
    found |= dict.fromkeys(sorted(case.item.subject_to))
    return list(found), unknown


@dataclass
class Desk:
    """A pact under a law, with what has been worked out once: ownership, volumes, the facts of parties and items."""

    pact: Pact
    rules: RuleSet
    as_of: datetime.date | None = None  # the day on which flows without one happen
    exact: bool = False  # whether open verdicts are tried over all completions of the missing facts
    _owned: dict[tuple[int, str], dict[str, Truth]] = field(default_factory=dict, repr=False)
    _volumes: dict[tuple[Any, ...], Interval] = field(default_factory=dict, repr=False)
    _parties: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    _files: dict[Evidence, bool] = field(default_factory=dict, repr=False)
    _asked: dict[tuple[Any, ...], list[Question]] = field(default_factory=dict, repr=False)

    def asked(self, day: datetime.date, env: Env, countries: Sequence[str]) -> list[Question]:
        """What to ask next of these facts; flows of the same facts under the same law are worked out once."""
        in_force = self.rules.on(day)
        known = repr(sorted((name, value) for name, value in env.items() if not name.startswith("#")))
        key = (id(in_force), known, tuple(countries))
        if key not in self._asked:
            self._asked[key] = ask(in_force, env, countries)
        return self._asked[key]

    def env(self, case: Case, day: datetime.date) -> Env:
        """All facts of a case on a day; what is not there is unknown."""
        in_force = self.rules.on(day)
        facts: dict[str, Any] = {f"flow.{name}": value for name, value in case.flow.facts.items()}
        facts |= self._way(case)
        facts |= self._item(case.item, "item")
        source = self.pact.source_of(case.item)
        if source is None:
            facts |= dict.fromkeys(self._source_names, ABSENT)
        else:
            facts |= self._item(source, "item.source")
        for role, party in (("sender", case.leg.sender), ("recipient", case.leg.recipient)):
            facts |= {f"{role}.{name}": value for name, value in self._party(party, in_force).items()}
        facts |= self._counted(case, day)
        return self._assumed(in_force, prepared(facts))

    def held(self, record: Evidence) -> bool:
        """Whether the file of a record is there, and is the one whose digest was recorded; without a file, yes."""
        if record.file is None or self.pact.folder is None:
            return True
        if record not in self._files:
            path = self.pact.folder / record.file
            self._files[record] = path.is_file() and record.sha256 in (None, sha256_of(path))
        return self._files[record]

    @cached_property
    def screened(self) -> Standings | None:
        """Where the parties stand by the pact's last screening; None where it was never screened."""
        return screened(self.pact)

    @cached_property
    def _lists(self) -> Mapping[str, Members]:
        fact = self.rules.vocabulary.facts.get(FACT)
        return lists_by_node(self.pact, self.screened, fact.domain or ()) if fact else {}

    @property
    def _source_names(self) -> list[str]:
        return [f"item.source.{fact.name}" for fact in self.rules.vocabulary.facts.values() if fact.subject == "item"]

    def _way(self, case: Case) -> dict[str, Any]:
        parties = self.pact.parties
        origin, destination = parties[case.path[0].sender], parties[case.path[-1].recipient]
        recipients = [parties[leg.recipient] for path in case.flow.paths for leg in path]
        has = frozenset(party.country for party in recipients if party.country)
        unsure = any(party.country is None and party.kind != "public" for party in recipients)
        return {
            "flow.origin": ABSENT if origin.kind == "public" else origin.country,
            "flow.destination": ABSENT if destination.kind == "public" else destination.country,
            "flow.recipients": Members(has, frozenset(COUNTRIES) - has if unsure else frozenset()),
        }

    def _item(self, item: Item | Investment, prefix: str) -> dict[str, Any]:
        written: dict[str, Any] = dict(item.facts)
        written["kind"] = item.kind
        written["contains"] = self.pact.contains_of(item)
        people = self.pact.people_of(item)
        if people is not None:  # a residence that is not written has none
            fact = self.rules.vocabulary.facts.get("item.people")
            written["people"] = {**dict.fromkeys(fact.keys if fact else (), Interval(0, 0)), **people}
        written["subject_to"] = item.subject_to
        if "consent" not in written:
            inherited = [each.facts["consent"] for each in self.pact.lineage(item) if "consent" in each.facts]
            written |= {"consent": inherited[0]} if inherited else {}
        if isinstance(item, Investment) and item.stake is not None:
            written["stake"] = item.stake
        facts = {f"{prefix}.{name}": value for name, value in written.items()}
        for fact in self.rules.vocabulary.facts.values():
            if fact.subject == "item" and fact.kinds and item.kind not in fact.kinds:
                facts[f"{prefix}.{fact.name}"] = ABSENT
        return facts

    def _party(self, node: str, in_force: InForce) -> Mapping[str, Any]:
        party = self.pact.parties[node]
        facts = {
            name.removeprefix("party."): value
            for name, value in party_facts(self.pact, node, None, self._lists).items()
        }
        if party.kind == "public":
            return {
                fact.name: ABSENT for fact in self.rules.vocabulary.facts.values() if fact.subject == "party"
            } | facts
        for name in self.rules.ownership:
            facts[name] = self.covered(name, in_force).get(node)
        return facts

    def covered(self, name: str, in_force: InForce) -> dict[str, Truth]:
        """For each party whether it passes an ownership test on the day of what is in force."""
        key = (id(in_force), name)
        if key not in self._owned:
            self._owned[key] = owned(in_force, self.rules.ownership[name], self.pact, self._lists)
        return self._owned[key]

    def open_seed(self, name: str, party: str, day: datetime.date) -> Fact | None:
        """The fact of a party, not written, that leaves open whether the party itself is a seed of an ownership test."""
        return open_seed(self.rules.on(day), self.rules.ownership[name], self.pact, party, self._lists)

    def _counted(self, case: Case, day: datetime.date) -> dict[str, Any]:
        """Facts that count people over a window of months: ``flow.us_persons_12m[category]``."""
        found: dict[str, Any] = {}
        for fact in self.rules.vocabulary.facts.values():
            if fact.derive != "volume":
                continue
            named = COUNTED.fullmatch(fact.name)
            if named is None:
                continue
            country, months = named["country"].upper(), int(named["months"])
            counts = {}
            for category in fact.keys:
                key = (case.leg.sender, case.leg.recipient, country, category, day, months)
                if key not in self._volumes:
                    end = case.flow.last_day or day
                    self._volumes[key] = volume(
                        self.pact, key[0], key[1], country, category, end, months, self.as_of or day
                    )
                counts[category] = self._volumes[key]
            found[fact.full] = counts
        return found

    def _assumed(self, in_force: InForce, env: Env) -> Env:
        """What an option says is so, where it says so."""
        for name, value, where in self.rules.assumed:
            scope = Scope(in_force.tables, {}, self.rules.vocabulary)
            if where is None or compile_condition(where, scope)(env) is True:
                env[name] = Members(value) if isinstance(value, frozenset) else value
        return env
