"""A pact as data: parties, items, flows and evidence, frozen, with everything that a vocabulary knows as ``facts``.

A field that is not written is None: unknown, not false and not empty. A list that is written is complete.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, PrivateAttr, StrictBool, WithJsonSchema

from biopact.errors import Place
from biopact.interval import Interval
from biopact.marked import Marked, Step
from biopact.pact.written import Count, Country, Day, Id, Many, Region, Share, Text, Texts, Whole, one_of

__all__ = [
    "ITEM_KINDS",
    "PARTY_KINDS",
    "PUBLIC",
    "Evidence",
    "Flow",
    "Identifiers",
    "Investment",
    "Item",
    "Leg",
    "Limits",
    "Owner",
    "Pact",
    "Party",
    "Prior",
]

PUBLIC = "public"
PARTY_KINDS = (
    "hospital", "university", "research-institute", "company", "government", "authority", "person", "public",
    "biobank", "cro", "manufacturer", "data-platform", "association", "other",
)  # fmt: skip
ITEM_KINDS = (
    "data", "model", "biospecimen", "material", "equipment", "technology", "product", "service", "investment",
    "submission",
)  # fmt: skip
_WRITTEN_KINDS = tuple(kind for kind in PARTY_KINDS if kind != PUBLIC)
PartyKind = Annotated[str, PlainValidator(one_of(_WRITTEN_KINDS)), WithJsonSchema({"enum": list(_WRITTEN_KINDS)})]
_OWN_FIELDS = ("investment",)
_PLAIN_KINDS = tuple(kind for kind in ITEM_KINDS if kind not in _OWN_FIELDS)
ItemKind = Annotated[str, PlainValidator(one_of(_PLAIN_KINDS)), WithJsonSchema({"enum": list(_PLAIN_KINDS)})]
Facts = Mapping[str, Any]
People = Mapping[Country, Count]


class Frozen(BaseModel):
    """What every part of a pact is: immutable, with no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Owner(Frozen):
    """Who holds a share of a party: another party of the pact, or somebody only named here.

    ``share`` is a fraction of 1; not written, it may be anything from 0 to 1.
    """

    party: Id | None = None
    name: Text | None = None
    country: Country | None = None
    kind: PartyKind | None = None
    share: Share = Interval(0, 1)

    @property
    def node(self) -> str:
        """Its name in the ownership graph: a party's id, or ``owner:NAME (COUNTRY)``, which no party can have."""
        return self.party or f"owner:{self.name} ({self.country or '?'})"


class Prior(Frozen):
    """A transfer before this pact, which counts in volumes: to whom, what, of how many people by residence, when.

    With ``item``, the people are those of that item, and its ``contains`` and ``people`` stand where not written here.
    """

    to: Id
    item: Id | None = None
    contains: frozenset[Text] | None = None
    people: People | None = None
    date: Day | None = None


class Identifiers(Frozen):
    """Official numbers of a party: LEI, Korean business registration number, U.S. UEI and D-U-N-S, in quotes."""

    lei: Annotated[str, Field(pattern=r"^[A-Z0-9]{18}[0-9]{2}$")] | None = None
    brn: Annotated[str, Field(pattern=r"^[0-9]{3}-?[0-9]{2}-?[0-9]{5}$")] | None = None
    uei: Annotated[str, Field(pattern=r"^[A-Z0-9]{12}$")] | None = None
    duns: Annotated[str, Field(pattern=r"^[0-9]{9}$")] | None = None


class Party(Frozen):
    """Somebody who holds, sends or receives.

    Kinds: ``hospital`` gives care; ``university`` teaches and awards degrees; ``research-institute`` does research
    without either; ``company`` any firm not named more closely; ``government`` a ministry, agency or public body acting
    as a partner; ``authority`` one that receives submissions and decides (FDA, MFDS, a board); ``person`` a natural
    person, such as the recipient of a deemed export; ``biobank`` keeps biospecimens for others; ``cro`` runs research
    under contract; ``manufacturer`` makes products (also under contract); ``data-platform`` hosts data of others;
    ``association`` of professions, patients or firms; ``other`` none of these. The party ``public`` always exists, is
    alone of the kind ``public``, and is everybody: it has no country.

    ``owners``: None unknown, empty none. Shares that are written but do not reach 1 leave the rest unknown, unless
    ``dispersed`` says that the rest is widely held by owners none of whom is to be counted.
    """

    id: Id
    name: Texts | None = None
    country: Country | None = None
    region: Region | None = None
    kind: PartyKind | None = None
    owners: Annotated[tuple[Owner, ...], Many] | None = None
    dispersed: StrictBool = False
    prior: Annotated[tuple[Prior, ...], Many] = ()
    identifiers: Identifiers = Identifiers()
    facts: Facts = Field(default_factory=dict)


class _Thing(Frozen):
    """What every item has, whatever its kind."""

    id: Id
    name: Texts | None = None
    holder: Id | None = None
    source: Id | None = None
    contains: frozenset[Text] | None = None
    people: People | None = None
    subject_to: frozenset[Country] = frozenset()
    facts: Facts = Field(default_factory=dict)


class Item(_Thing):
    """What may flow. ``model`` is fitted weights; a ``submission`` goes to an authority.

    ``source`` is the item it was made from. ``contains`` holds categories, complete when written; ``people`` counts
    them by residence: a residence that is not written has none. ``subject_to`` are countries whose law follows the
    item wherever it travels.
    """

    kind: ItemKind


class Investment(_Thing):
    """Money for a share: ``target`` is the party invested in, ``stake`` the share it gives (None unknown)."""

    kind: Literal["investment"]
    target: Id | None = None
    stake: Share | None = None


class Leg(Frozen):
    """One stretch of a way: from one party to the next."""

    sender: Annotated[Id, Field(alias="from")]
    recipient: Annotated[Id, Field(alias="to")]


class Flow(Frozen):
    """Items going from a sender to each of its recipients, at once or in legs, on a day or over a time, or undated."""

    id: Id
    title: Texts | None = None
    items: Annotated[tuple[Id, ...], Many]
    sender: Annotated[Id, Field(alias="from")]
    to: Annotated[tuple[Id, ...], Many]
    legs: Annotated[tuple[Leg, ...], Many] = ()
    date: Day | None = None
    starts: Day | None = None
    ends: Day | None = None
    facts: Facts = Field(default_factory=dict)

    @property
    def paths(self) -> tuple[tuple[Leg, ...], ...]:
        """The ways it takes, each as its legs: the one written in legs, or one straight way for each recipient."""
        if self.legs:
            return (self.legs,)
        return tuple((Leg.model_construct(sender=self.sender, recipient=recipient),) for recipient in self.to)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody whom it reaches, those on the way included, each once."""
        return tuple(dict.fromkeys(leg.recipient for path in self.paths for leg in path))

    @property
    def first_day(self) -> datetime.date | None:
        """The day it happens or begins; None where undated."""
        return self.date or self.starts

    @property
    def last_day(self) -> datetime.date | None:
        """The day it happens or ends; None where undated."""
        return self.date or self.ends


class Evidence(Frozen):
    """The record that an act or duty of a rule was done for a flow. It never changes a verdict."""

    rule: Text
    flow: Id
    issuer: Text | None = None
    reference: Text | None = None
    valid_from: Annotated[Day | None, Field(alias="from")] = None
    valid_to: Annotated[Day | None, Field(alias="to")] = None
    file: Text | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Limits(Frozen):
    """What the parties agreed on for everything that a site releases; None where they did not.

    ``min_cell`` people in a published cell; ``rounds`` of one analysis; ``numbers`` released in all; ``refusals``
    before a site stops answering; ``ledger: sound`` forbids every combination of releases, not only small ones;
    ``rounding``: counts in tables are multiples of it.
    """

    min_cell: Whole | None = None
    rounds: Whole | None = None
    numbers: Whole | None = None
    refusals: Whole | None = None
    ledger: Annotated[
        str | None, PlainValidator(one_of(("standard", "sound"))), WithJsonSchema({"enum": ["standard", "sound"]})
    ] = None
    rounding: Whole | None = None


class Pact(Frozen):
    """A collaboration as written down. Parties, items and flows are by id, in the order written.

    ``parties`` ends with ``public``, which is not written. ``folder`` is where the pact lies (None for a text).
    """

    id: Id
    title: Texts | None = None
    notice: Texts | None = None
    parties: Mapping[str, Party]
    items: Mapping[str, Item | Investment]
    flows: Mapping[str, Flow]
    limits: Limits = Limits()
    default_study: Id | None = None
    as_of: Day | None = None
    evidence: tuple[Evidence, ...] = ()
    folder: Path | None = None

    _marked: Marked | None = PrivateAttr(default=None)
    _cache: dict[str, Any] = PrivateAttr(default_factory=dict)

    def place(self, *path: Step) -> Place:
        """Where a part is written: ``pact.place("flows", "sums", "date")``; the nearest part that holds it."""
        return self._marked.place(*path) if self._marked else Place()

    @property
    def written(self) -> Mapping[str, Any]:
        """The plain values of ``pact.yaml``, as read."""
        return self._marked.value if self._marked else {}

    @property
    def named_parties(self) -> tuple[Party, ...]:
        """The parties that are written: all but ``public``."""
        return tuple(party for party in self.parties.values() if party.id != PUBLIC)

    def source_of(self, item: Item | Investment) -> Item | Investment | None:
        """The item that one was made from."""
        return self.items.get(item.source) if item.source else None

    def lineage(self, item: Item | Investment) -> Iterator[Item | Investment]:
        """An item, then what it was made from, and so on to the first."""
        seen: Item | Investment | None = item
        while seen is not None:
            yield seen
            seen = self.source_of(seen)

    def contains_of(self, item: Item | Investment) -> frozenset[str] | None:
        """The categories it contains, its own or else those of what it was made from; None unknown."""
        return next((each.contains for each in self.lineage(item) if each.contains is not None), None)

    def people_of(self, item: Item | Investment) -> Mapping[str, Interval] | None:
        """Its people by residence, its own or else those of what it was made from; None unknown."""
        return next((each.people for each in self.lineage(item) if each.people is not None), None)

    def holder_of(self, item: Item | Investment) -> str | None:
        """Who holds it: written, or the only party that sends it without having received it; None unknown."""
        if item.holder:
            return item.holder
        first = self.first_senders(item.id)
        return first[0] if len(first) == 1 else None

    def first_senders(self, item: str) -> tuple[str, ...]:
        """The parties that send an item and to whom no flow brings it, each once."""
        flows = [flow for flow in self.flows.values() if item in flow.items]
        reached = {recipient for flow in flows for recipient in flow.recipients}
        return tuple(dict.fromkeys(flow.sender for flow in flows if flow.sender not in reached))
