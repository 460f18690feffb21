"""What a receipt says, in sentences, for people who read no JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biopact.text import Lang, pick, say

__all__ = ["statement"]


def statement(body: Mapping[str, Any], lang: Lang) -> str:
    """The lines of a receipt in one language, made from its own fields only."""
    title = pick(body["pact"]["title"], lang)
    lines = [say("ledger.statement.pact", lang, title=title, pact=body["pact"]["id"], day=body["as_of"])]
    if body["pact"]["notice"]:
        lines.append(pick(body["pact"]["notice"], lang))
    lines += [_flow(flow, lang) for flow in body["flows"]]
    if body["study"]:
        study = pick(body["study"]["title"], lang) or body["study"]["id"]
        lines.append(say("ledger.statement.study", lang, title=study, study=body["study"]["id"]))
    names = {party["id"]: pick(party["name"], lang) for party in body["parties"]}
    for site in body["sites"]:
        lines += _site(site, names, lang)
    if body["results"]:
        lines.append(say("ledger.statement.results", lang, digest=body["results"]["digest"]))
    lines.append(say("ledger.statement.signed", lang, names=", ".join(names.values())))
    lines.append(say("ledger.statement.not-advice", lang))
    return "\n".join(lines)


def _flow(flow: Mapping[str, Any], lang: Lang) -> str:
    name = pick(flow["title"], lang) or flow["id"]
    told = "; ".join(
        say(
            "ledger.statement.country",
            lang,
            country=say(f"ledger.country.{country}", lang) if country in ("US", "KR") else country,
            verdict=say(f"ledger.verdict.{it['verdict']}", lang),
            articles=_because(it, lang),
        )
        for country, it in flow["jurisdictions"].items()
    )
    verdict = say(f"ledger.verdict.{flow['verdict']}", lang)
    review = " " + say("ledger.statement.review", lang) if flow["review"] else ""
    return (
        say(
            "ledger.statement.flow",
            lang,
            flow=name,
            verdict=verdict,
            readiness=say(f"ledger.readiness.{flow['readiness']}", lang),
            countries=told or "–",
        )
        + review
    )


def _because(told: Mapping[str, Any], lang: Lang) -> str:
    """The articles that carry the verdict; where there is none, whether an exception cleared it, and which."""
    deciding = list(dict.fromkeys(_deciding(told)))
    if deciding:
        return ", ".join(deciding)
    if told["because"] == "excepted":
        beaten = {by for article in told["articles"] if article["state"] == "defeated" for by in article["defeated_by"]}
        exceptions = [
            article["cite"]
            for article in told["articles"]
            if article["rule"] in beaten and article["state"] == "applies"
        ]
        return say("ledger.statement.excepted", lang, articles=", ".join(dict.fromkeys(exceptions)) or "–")
    return say("ledger.statement.no-article", lang)


def _deciding(told: Mapping[str, Any]) -> list[str]:
    """The citations that carry the verdict."""
    return [
        article["cite"]
        for article in told["articles"]
        if article["state"] in ("applies", "may-apply") and article["effect"] not in ("note", "except")
    ]


def _site(site: Mapping[str, Any], names: Mapping[str, str], lang: Lang) -> list[str]:
    name = names.get(site["party"], site["party"])
    count = sum(release["numbers"] for release in site["released"])
    said = "ledger.statement.released" if site["released"] else "ledger.statement.released-nothing"
    lines = [say(said, lang, site=name, releases=len(site["released"]), numbers=count)]
    for refusal in site["refused"]:
        code = "ledger.statement.refused" if refusal["analysis"] else "ledger.statement.refused-study"
        lines.append(say(code, lang, site=name, analysis=refusal["analysis"] or "", rule=refusal["rule"]))
    return lines
