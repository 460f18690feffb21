"""What a receipt is made from, as frozen data, and how the flows of ``biopact.check/1`` become parts of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from biopact.ledger.chain import Entry, Head
from biopact.ledger.keys import PublicKey
from biopact.text import pick

__all__ = [
    "Article",
    "Evidence",
    "Flow",
    "Jurisdiction",
    "Party",
    "ReceiptParts",
    "Refusal",
    "Release",
    "Site",
    "flows_of",
]

Titles = Mapping[str, str] | str


@dataclass(frozen=True, slots=True)
class Article:
    """A provision that was met: what it is, what it did, how its text was checked."""

    rule: str
    cite: str
    title: Titles
    effect: str
    state: str
    checked: str
    confidence: str
    review: bool
    since: str | None = None
    defeated_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """What one country's law says of a flow."""

    verdict: str
    because: str
    review: bool
    articles: tuple[Article, ...]
    between: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow as it was decided."""

    id: str
    verdict: str
    readiness: str
    review: bool
    jurisdictions: Mapping[str, Jurisdiction]
    title: Titles | None = None
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    not_covered: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The record that an act or duty was done; ``digest`` is that of its file (``sha256:…``)."""

    rule: str
    flow: str
    issuer: str | None = None
    reference: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What a site let out: the digest of the bytes, how many numbers they hold, the entry of its ledger."""

    analysis: str
    round: int
    digest: str
    numbers: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a site refused (None: the whole study), by which rule."""

    analysis: str | None
    rule: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Site:
    """A site, the digest of the law it judged by, what it released and refused."""

    party: str
    law: str | None
    released: tuple[Release, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """Who signs: a site or the coordinator, its public key, and where its ledger stands."""

    id: str
    name: Titles
    country: str | None
    role: Literal["site", "coordinator"]
    key: PublicKey
    head: Head


@dataclass(frozen=True, slots=True)
class ReceiptParts:
    """Everything a receipt says. Digests may be given bare or as ``sha256:…``; ``results`` is ``biopact.results/1``."""

    pact: str
    title: Titles
    pact_digest: str
    as_of: str
    law: str
    flows: Sequence[Flow]
    evidence: Sequence[Evidence]
    sites: Sequence[Site]
    parties: Sequence[Party]
    notice: Titles | None = None
    study: str | None = None
    study_title: Titles | None = None
    study_digest: str | None = None
    results: Mapping[str, Any] | None = None


def flows_of(
    english: Mapping[str, Any],
    korean: Mapping[str, Any] | None = None,
    only: Iterable[str] | None = None,
    titles: Mapping[str, Any] | None = None,
) -> tuple[Flow, ...]:
    """The flows of a determination (``biopact.check/1``), said once in each language; ``only`` some of them.

    ``titles`` maps a flow's id to its title in both languages. Rules that are notes stand in as well: they were in force.
    """
    wanted = None if only is None else set(only)
    other = {flow["id"]: flow for flow in (korean or english)["flows"]}
    return tuple(
        _flow(flow, other.get(flow["id"], flow), (titles or {}).get(flow["id"]))
        for flow in english["flows"]
        if wanted is None or flow["id"] in wanted
    )


def _flow(flow: Mapping[str, Any], other: Mapping[str, Any], title: Titles | None) -> Flow:
    legs = flow.get("legs") or ()
    return Flow(
        id=flow["id"],
        title=title,
        sender=next((leg["from"] for leg in legs), None),
        recipients=tuple(dict.fromkeys(leg["to"] for leg in legs)),
        days=tuple(sorted({leg["day"] for leg in legs if leg.get("day")})),
        verdict=flow["verdict"],
        between=_between(flow),
        readiness=flow["readiness"],
        review=bool(flow["review"]),
        not_covered=tuple(flow["not_covered"]),
        limits={name: number for name, number in flow["limits"].items() if isinstance(number, int)},
        jurisdictions={
            country: _jurisdiction(told, other["jurisdictions"].get(country, told))
            for country, told in flow["jurisdictions"].items()
        },
    )


def _jurisdiction(told: Mapping[str, Any], other: Mapping[str, Any]) -> Jurisdiction:
    names = {rule["id"]: rule.get("title") for rule in other["rules"]}
    return Jurisdiction(
        verdict=told["verdict"],
        between=_between(told),
        because=told.get("because") or "rules",
        review=bool(told.get("review")),
        articles=tuple(_article(rule, names.get(rule["id"])) for rule in told["rules"]),
    )


def _article(rule: Mapping[str, Any], korean: Any) -> Article:
    title = rule.get("title") or rule["cite"]
    both = title if isinstance(title, Mapping) else {"en": title, "ko": pick(korean) or title}
    checked, confidence = rule.get("checked") or "recalled", rule.get("confidence") or "low"
    return Article(
        rule=rule["id"],
        cite=rule["cite"],
        title=both,
        effect=rule["effect"],
        state=rule["state"],
        checked=checked,
        confidence=confidence,
        # DESIGN, verdict: rests on a rule below high confidence, or checked as secondary or recalled
        review=confidence != "high" or checked in ("secondary", "recalled"),
        since=rule.get("from"),
        defeated_by=tuple(rule.get("defeated_by") or ()),
    )


def _between(told: Mapping[str, Any]) -> tuple[str, str] | None:
    ends = told.get("between")
    return (ends[0], ends[1]) if ends else None
