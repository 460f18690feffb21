"""The law of both countries side by side: articles that decide a flow, those set aside, what to do, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biopact.report.naming import Naming
from biopact.text import Lang, cited, pick, say, template_of

__all__ = ["Article", "Aside", "Duty", "FlowView", "Side", "flow_views"]

_DECIDING = ("prohibit", "authorise", "oblige", "limit", "charge")
COUNTRIES = ("US", "KR")


@dataclass(frozen=True, slots=True)
class Article:
    """One provision in words. ``by``: the citations of what sets it aside."""

    cite: str
    title: str
    effect: str
    effect_word: str
    state: str
    state_word: str
    checked: str
    doubtful: bool
    since: str | None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """Articles that would decide and are set aside, with what sets them aside."""

    by: str
    why: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One country's answer."""

    country: str
    name: str
    verdict: str
    word: str
    because: str | None
    deciding: tuple[Article, ...]
    aside: tuple[Aside, ...]
    others: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do or to keep to, and the record that it was done."""

    cite: str
    text: str
    authority: str
    when: str
    lead_time: str
    met: bool
    evidence: tuple[str, ...]
    may: bool
    limit: bool


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow, or several to which the law says the same. ``ids`` and ``names`` in the order written."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    ways: tuple[str, ...]
    verdict: str
    word: str
    readiness: str
    readiness_word: str
    sides: tuple[Side, ...]
    duties: tuple[Duty, ...]
    limits: tuple[str, ...]
    questions: tuple[str, ...]
    warnings: tuple[str, ...]
    not_covered: tuple[str, ...]


def flow_views(check: Mapping[str, Any], naming: Naming) -> tuple[FlowView, ...]:
    """Every flow, those with the same law, duties and questions together."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for flow in check["flows"]:
        groups.setdefault(_identity(flow), []).append(flow)
    return tuple(_view(flows, naming) for flows in groups.values())


def _identity(flow: Mapping[str, Any]) -> str:
    same = (
        "verdict",
        "between",
        "readiness",
        "jurisdictions",
        "obligations",
        "limits",
        "missing",
        "warnings",
        "not_covered",
    )
    return repr({key: flow.get(key) for key in same})


def _view(flows: Sequence[Mapping[str, Any]], naming: Naming) -> FlowView:
    flow, lang = flows[0], naming.lang
    cites = {rule["id"]: cited(rule, lang) for told in flow["jurisdictions"].values() for rule in told["rules"]}
    countries = sorted(flow["jurisdictions"], key=lambda it: (COUNTRIES.index(it) if it in COUNTRIES else 9, it))
    return FlowView(
        ids=tuple(it["id"] for it in flows),
        names=tuple(naming.flow(it) for it in flows),
        ways=tuple(_way(it, naming) for it in flows),
        verdict=flow["verdict"],
        word=verdict_words(flow, lang),
        readiness=flow["readiness"],
        readiness_word=say(f"report.readiness.{flow['readiness']}", lang),
        sides=tuple(_side(country, flow["jurisdictions"][country], cites, naming) for country in countries),
        duties=tuple(_duty(it, cites, lang) for it in flow["obligations"]),
        limits=tuple(f"{name} = {value}" for name, value in flow["limits"].items()),
        questions=tuple(_question(it, naming) for it in flow["missing"]),
        warnings=tuple(_warning(it, lang) for it in flow["warnings"]),
        not_covered=tuple(say("report.not-covered", lang, country=naming.country(it)) for it in flow["not_covered"]),
    )


def verdict_words(told: Mapping[str, Any], lang: Lang) -> str:
    """A verdict, and between which where it is open."""
    word = say(f"report.verdict.{told['verdict']}", lang)
    if not told.get("between"):
        return word
    low, high = (say(f"report.verdict.{end}", lang) for end in told["between"])
    return say("report.between", lang, word=word, low=low, high=high)


def _way(flow: Mapping[str, Any], naming: Naming) -> str:
    legs = flow.get("legs") or ()
    senders = dict.fromkeys(leg["from"] for leg in legs)
    recipients = dict.fromkeys(leg["to"] for leg in legs)
    days = dict.fromkeys(leg["day"] for leg in legs)
    if not legs:
        return ""
    return say(
        "report.way",
        naming.lang,
        sender=", ".join(naming.party(it) for it in senders),
        recipients=", ".join(naming.party(it) for it in recipients),
        days=", ".join(days),
    )


def _side(country: str, told: Mapping[str, Any], cites: Mapping[str, str], naming: Naming) -> Side:
    lang = naming.lang
    deciding, aside, others = [], [], []
    for rule in told["rules"]:
        article = _article(rule, cites, lang)
        if rule["effect"] in _DECIDING and rule["state"] in ("applies", "may-apply"):
            deciding.append(article)
        elif rule["effect"] in _DECIDING and rule["state"] == "defeated":
            aside.append(article)
        else:
            others.append(article)
    because = f"report.because.{told.get('because')}"
    shown = told["verdict"] == "clear" and template_of(because, lang) is not None
    return Side(
        country=country,
        name=say("report.law-of", lang, country=naming.country(country)),
        verdict=told["verdict"],
        word=verdict_words(told, lang),
        because=say(because, lang) if shown else None,
        deciding=tuple(deciding),
        aside=_asides(aside, told, lang),
        others=tuple(others),
    )


def _asides(articles: Sequence[Article], told: Mapping[str, Any], lang: Lang) -> tuple[Aside, ...]:
    """Articles set aside, by what set them aside."""
    groups: dict[tuple[str, ...], list[Article]] = {}
    for article in articles:
        groups.setdefault(article.by, []).append(article)
    titles = {cited(rule, lang): rule.get("title") for rule in told["rules"]}
    return tuple(
        Aside(", ".join(by), "; ".join(filter(None, (pick(titles.get(cite), lang) for cite in by))), tuple(of))
        for by, of in groups.items()
    )


def _article(rule: Mapping[str, Any], cites: Mapping[str, str], lang: Lang) -> Article:
    checked, confidence = rule.get("checked"), rule.get("confidence")
    doubtful = checked in ("secondary", "recalled") or confidence in ("medium", "low")
    told = say(f"report.checked.{checked}", lang) if checked else say("report.checked.unknown", lang)
    if confidence and confidence != "high":
        told = say("report.checked-and", lang, checked=told, confidence=say(f"report.confidence.{confidence}", lang))
    return Article(
        cite=cited(rule, lang),
        title=pick(rule.get("title"), lang),
        effect=rule["effect"],
        effect_word=say(f"report.effect.{rule['effect']}", lang),
        state=rule["state"],
        state_word=say(f"report.state.{rule['state']}", lang),
        checked=told,
        doubtful=doubtful,
        since=rule.get("from"),
        by=tuple(cites.get(it, it) for it in rule.get("defeated_by") or ()),
    )


def _duty(told: Mapping[str, Any], cites: Mapping[str, str], lang: Lang) -> Duty:
    due = told.get("due")
    when = say(f"report.due.{due}", lang) if due else ""
    if told.get("by"):
        when = say("report.due-by", lang, when=when, day=told["by"])
    return Duty(
        cite=cites.get(told["rule"], told["rule"]),
        text=pick(told.get("text"), lang),
        authority=pick(told.get("authority"), lang),
        when=when,
        lead_time=lead_time(told.get("lead_time"), lang) if told["kind"] == "authorise" else "",
        met=bool(told["met"]),
        evidence=tuple(told.get("evidence") or ()),
        may=told.get("state", "applies") != "applies",
        limit=told["kind"] in ("limit", "charge"),
    )


def lead_time(written: Any, lang: Lang) -> str:
    """How long an authority takes: unknown where nobody found out, never a guess."""
    if not isinstance(written, Mapping) or written.get("days") is None:
        return say("report.lead-time-unknown", lang)
    working = str(written.get("calendar") or "").startswith("working")
    unit = say("report.days-working" if working else "report.days-calendar", lang)
    most = written.get("at_most")
    code = "report.lead-time-at-most" if most else "report.lead-time"
    return say(code, lang, days=written["days"], most=most or "", unit=unit)


def _question(missing: Mapping[str, Any], naming: Naming) -> str:
    question = pick(missing.get("question"), naming.lang) or missing["fact"]
    of = missing.get("of")
    if not of:
        return question
    known = "parties" if of in (naming.titles.get("parties") or {}) else "items"
    return f"{question} ({naming.of(known, of)})"


def _warning(rule: Mapping[str, Any], lang: Lang) -> str:
    code = "report.pending" if rule.get("state") == "pending" else "report.uncertain"
    return say(code, lang, cite=cited(rule, lang), title=pick(rule.get("title"), lang), start=begins(rule, lang))


def begins(rule: Mapping[str, Any], lang: Lang) -> str:
    """The day a provision begins, else the days between which it is expected to."""
    if rule.get("from"):
        return str(rule["from"])
    expected: Sequence[str] = rule.get("expected") or ()
    if len(expected) != 2:
        return say("report.unknown-day", lang)
    low, high = expected
    return say("report.expected-day", lang, low=low, high=high)
