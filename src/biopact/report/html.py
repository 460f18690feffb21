"""The report of a pact and its study: one file of HTML that asks for nothing, for the screen, paper and a screen reader.

Input are the objects other programs read too: ``biopact.check/1``, ``biopact.results/1``, the receipt. Everything that
comes from outside is escaped where it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biopact.errors import MissingExtraError
from biopact.report.lawviews import flow_views, verdict_words
from biopact.report.naming import Naming
from biopact.report.readiness import readiness_grid, readiness_notes
from biopact.report.steps import first_steps
from biopact.report.views import View, views
from biopact.text import Lang, language, pick, say, template_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["render", "render_trial"]

_ORDER = ("prohibited", "undetermined", "authorisation", "obligations", "clear")
_HANGUL = re.compile("[가-힣]")
_KOREAN = re.compile(
    "[가-힣](?:[^A-Za-z<>&]*[가-힣0-9])?"
)  # from a first syllable to the last, or a number, before other letters
_LATIN = re.compile("[A-Za-z]{3}")


def render(
    check: Mapping[str, Any],
    results: Mapping[str, Any] | None = None,
    receipt: Mapping[str, Any] | None = None,
    titles: Mapping[str, Any] | None = None,
    lang: Lang | None = None,
) -> str:
    """The report as a text of HTML.

    ``check`` in the language of the report (or with texts in both). ``titles``, all optional: ``pact notice study``
    (texts in both languages), ``parties items flows columns analyses studies`` (by id), ``levels`` (column to its levels,
    the reference first), ``units`` (column to its unit), ``families`` (glm to its family), ``times`` (survival analysis
    to its time column), ``minimums`` (site to ``{number, source}``). Raises MissingExtraError where Jinja2 or, for a
    plot, matplotlib is not installed.
    """
    spoken = lang or language()
    naming = Naming(spoken, titles or {})
    analyses = views(results, naming) if results else ()
    headings = {view.name: view.heading for view in analyses}
    naming = Naming(spoken, {**naming.titles, "analyses": headings | (naming.titles.get("analyses") or {})})
    environment = _environment(spoken)
    return environment.get_template("report.html").render(
        **_front(check, results, receipt, naming),
        flows=flow_views(check, naming),
        **_body(results, naming, analyses),
        receipt=receipt,
        keys=_keys(receipt, naming) if receipt else (),
        naming=naming,
    )


def render_trial(results: Mapping[str, Any], titles: Mapping[str, Any], least: int, lang: Lang | None = None) -> str:
    """The report of a local trial at a minimum cell: no flow, no receipt; what a gate would refuse beside the numbers."""
    spoken = lang or language()
    naming = Naming(spoken, titles)
    analyses = views(results, naming)
    headings = {view.name: view.heading for view in analyses}
    naming = Naming(spoken, {**naming.titles, "analyses": headings})
    return (
        _environment(spoken)
        .get_template("trial.html")
        .render(
            **_body(results, naming, analyses),
            title=pick(titles.get("study"), spoken) or results["study"],
            study=results["study"],
            notice=pick(titles.get("notice"), spoken),
            as_of=results["as_of"],
            trial_lead=say("report.trial-lead" if least else "report.trial-lead-free", spoken, number=least),
            naming=naming,
        )
    )


def _body(results: Mapping[str, Any] | None, naming: Naming, analyses: tuple[View, ...]) -> dict[str, Any]:
    """What a report shows of results: how ready the data are, the analyses, the refusals, how it was done."""
    ready = (results or {}).get("readiness")
    return {
        "readiness": readiness_grid(ready, naming) if ready else None,
        "readiness_notes": readiness_notes(ready, naming) if ready else (),
        "analyses": analyses,
        "refused": _refusals(results, naming) if results else (),
        "trial": bool((results or {}).get("trial")),
        "method": _method(results, naming),
    }


def _environment(lang: Lang) -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtraError("jinja2", "study") from None
    environment = Environment(
        loader=PackageLoader("biopact.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda code, **values: say(f"report.{code}", lang, **values)
    environment.globals["lang"] = lang
    environment.filters["tongue"] = lambda text: _tongue(text, lang)
    environment.filters["spoken"] = _spoken
    return environment


def _tongue(text: str, lang: Lang) -> Markup:
    """A text that may be in the other language, marked so that it is read aloud and set rightly."""
    from markupsafe import Markup, escape

    if lang == "en":
        return Markup(_KOREAN.sub(r'<span lang="ko">\g<0></span>', str(escape(text))))
    if not _HANGUL.search(text) and _LATIN.search(text):
        return Markup('<span lang="en">{}</span>').format(text)
    return escape(text)


def _spoken(fingerprint: str) -> str:
    from biopact.ledger import spoken

    return spoken(fingerprint)


def _front(
    check: Mapping[str, Any],
    results: Mapping[str, Any] | None,
    receipt: Mapping[str, Any] | None,
    naming: Naming,
) -> dict[str, Any]:
    """The first page: what this is, the plain line, the verdict, what to do first."""
    lang, titles = naming.lang, naming.titles
    flows = check["flows"]
    worst = min((flow["verdict"] for flow in flows), key=_ORDER.index, default="clear")
    ready = sum(flow["readiness"] == "ready" for flow in flows)
    state = (
        "blocked" if any(it["readiness"] == "blocked" for it in flows) else "ready" if ready == len(flows) else "open"
    )
    refusing = len({refusal["site"] for refusal in results["refused"]}) if results else 0
    if state == "ready" and refusing:
        state = "refused"
    open_ = [flow for flow in flows if flow["verdict"] == worst]
    between = open_[0] if worst == "undetermined" and len(open_) == 1 else {"verdict": worst}
    return {
        "title": pick(titles.get("pact"), lang) or check["pact"],
        "study": (pick(titles.get("study"), lang) or results["study"]) if results else None,
        "notice": pick(titles.get("notice"), lang),
        "pact": check["pact"],
        "as_of": check["as_of"],
        "law": check.get("law"),
        "verdict": worst,
        "verdict_word": verdict_words(between, lang),
        "state": state,
        "headline": say(
            f"report.headline.{'undetermined' if worst == 'undetermined' else state}",
            lang,
            ready=ready,
            flows=len(flows),
            sites=refusing,
        ),
        "evidenced": state in ("ready", "refused") and worst in ("authorisation", "obligations"),
        "outcome": _outcome(results, naming),
        "steps": first_steps(check, results, receipt, naming),
        "lines": [_line(flow, naming) for flow in flows],
        "counts": _counts(results, naming) if results else (),
    }


def _line(flow: Mapping[str, Any], naming: Naming) -> dict[str, Any]:
    told = flow["jurisdictions"]
    sides = {country: _short(told.get(country), naming) for country in ("US", "KR")}
    return {
        "id": flow["id"],
        "name": naming.flow(flow),
        "verdict": flow["verdict"],
        "word": verdict_words(flow, naming.lang),
        "readiness": flow["readiness"],
        "ready": say(f"report.readiness.{flow['readiness']}", naming.lang),
        "review": bool(flow.get("review")),
        **sides,
    }


def _short(told: Mapping[str, Any] | None, naming: Naming) -> dict[str, str] | None:
    if told is None:
        return None
    because = f"report.because.{told.get('because')}"
    why = say(because, naming.lang) if told["verdict"] == "clear" and template_of(because, naming.lang) else ""
    return {"verdict": told["verdict"], "word": verdict_words(told, naming.lang), "because": why}


def _outcome(results: Mapping[str, Any] | None, naming: Naming) -> str:
    """What became of the study, in one sentence."""
    if results is None:
        return say("report.outcome.none", naming.lang)
    answered = sum(bool(it.get("terms") or it.get("table")) for it in results["analyses"])
    code = "refused" if results["refused"] else "answered"
    return say(f"report.outcome.{code}", naming.lang, answered=answered, analyses=len(results["analyses"]))


def _counts(results: Mapping[str, Any], naming: Naming) -> list[tuple[str, str]]:
    """People, sites, countries, as large figures."""
    sizes = [site["n"] for site in results["sites"]]
    known = [size for size in sizes if size is not None]
    found = [(str(len(sizes)), say("report.figure.sites", naming.lang))]
    if known:
        more = "+" if len(known) < len(sizes) else ""
        found.insert(0, (f"{sum(known):,}{more}", say("report.figure.people", naming.lang)))
    events = [(it.get("fit") or {}).get("events") for it in results["analyses"]]
    deaths = next((number for number in events if number is not None), None)
    if deaths is not None:
        found.append((f"{deaths:,}", say("report.figure.events", naming.lang)))
    return found


def _refusals(results: Mapping[str, Any], naming: Naming) -> list[dict[str, str]]:
    return [
        {
            "site": naming.party(it["site"]),
            "analysis": naming.of("analyses", it["analysis"])
            if it["analysis"]
            else say("report.whole-study", naming.lang),
            "rule": it["rule"],
            "why": _why(it["rule"], naming.lang),
            "cells": ", ".join(it.get("cells") or ()),
        }
        for it in results["refused"]
    ]


def _why(rule: str, lang: Lang) -> str:
    code = f"study.rule.{rule}"
    return say(code, lang) if template_of(code, lang) is not None else ""


def _keys(receipt: Mapping[str, Any], naming: Naming) -> list[dict[str, Any]]:
    return [
        {
            "id": party["id"],
            "name": pick(party["name"], naming.lang) or party["id"],
            "role": say(f"report.role.{party['role']}", naming.lang),
            "fingerprint": party["key"]["fingerprint"],
            "head": party["ledger"]["head"],
            "length": party["ledger"]["length"],
        }
        for party in receipt["parties"]
    ]


def _method(results: Mapping[str, Any] | None, naming: Naming) -> list[str]:
    """How the numbers came about and what protects the people behind them."""
    lang = naming.lang
    notes = []
    if results is not None:
        notes.append(say("report.method.trial" if results.get("trial") else "report.method.sums", lang))
        by: dict[tuple[int, str], list[str]] = {}
        for site, least in (naming.titles.get("minimums") or {}).items():
            by.setdefault((least["number"], least["source"]), []).append(naming.party(site))
        for (number, source), sites in by.items():
            who = say(f"report.minimum-by.{source}", lang)
            notes.append(say("report.method.minimum", lang, number=number, sites=", ".join(sites), source=who))
        if not results.get("trial"):
            notes.append(say("report.method.suppressed", lang))
        kinds = dict.fromkeys(analysis["kind"] for analysis in results["analyses"])
        told = (f"report.method.{kind}" for kind in kinds)
        notes += [say(code, lang) for code in told if template_of(code, lang) is not None]
        notes.append(say("report.method.interval", lang))
    if not (results or {}).get("trial"):
        notes.append(say("report.method.law", lang))
    return notes
