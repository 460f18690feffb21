"""The few things to do first, from what was decided, refused and signed; the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from biopact.report.lawviews import lead_time
from biopact.report.naming import Naming
from biopact.text import cited, pick, say, template_of

__all__ = ["Step", "first_steps"]

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, why, and where in the report it is told."""

    text: str
    detail: str
    where: str


def first_steps(
    check: Told, results: Told | None, receipt: Told | None, naming: Naming, most: int = 4
) -> tuple[Step, ...]:
    """At most ``most`` things to do."""
    found: list[Step] = []
    for source in (_prohibited, _missing, _duties):
        found += source(check, naming)
    if results is not None:
        found += _refused(results, naming)
    found += _review(check, naming)
    if results is not None:
        found += _limits(results, naming)
    if receipt is not None:
        found += _evidence(receipt, naming)
        found += _keys(receipt, naming)
    found += _after(check, naming)
    return tuple(dict.fromkeys(found))[:most]


def _say(naming: Naming, code: str, **values: object) -> str:
    return say(f"report.step.{code}", naming.lang, **values)


def _prohibited(check: Told, naming: Naming) -> Iterator[Step]:
    for flow in check["flows"]:
        if flow["verdict"] == "prohibited":
            cites = [
                cited(rule, naming.lang)
                for told in flow["jurisdictions"].values()
                for rule in told["rules"]
                if rule["effect"] == "prohibit" and rule["state"] == "applies"
            ]
            text = _say(naming, "stop", flow=naming.flow(flow))
            yield Step(text, _say(naming, "stop-why", cites=", ".join(dict.fromkeys(cites)) or "–"), "law")


def _missing(check: Told, naming: Naming) -> Iterator[Step]:
    for flow in check["flows"]:
        if flow["verdict"] == "undetermined" and flow["missing"]:
            missing = flow["missing"][0]
            text = _say(naming, "ask", question=pick(missing.get("question"), naming.lang) or missing["fact"])
            of = missing.get("of")
            who = naming.of("parties" if of in (naming.titles.get("parties") or {}) else "items", of) if of else "–"
            yield Step(text, _say(naming, "ask-why", flow=naming.flow(flow), of=who), "law")


def _duties(check: Told, naming: Naming) -> Iterator[Step]:
    for flow in check["flows"]:
        for duty in flow["obligations"]:
            before = duty.get("due") == "before" or duty["kind"] == "authorise"
            if (
                before
                and not duty["met"]
                and duty.get("state", "applies") == "applies"
                and flow["verdict"] != "prohibited"
            ):
                authority = pick(duty.get("authority"), naming.lang) or "–"
                text = _say(naming, "file", what=pick(duty.get("text"), naming.lang))
                takes = lead_time(duty.get("lead_time"), naming.lang) if duty["kind"] == "authorise" else ""
                flow_name = naming.flow(flow)
                why = _say(naming, "file-why", flow=flow_name, authority=authority)
                yield Step(text, f"{why} {takes}".strip(), "law")


def _refused(results: Told, naming: Naming) -> Iterator[Step]:
    by: dict[str | None, list[Told]] = {}
    for refusal in results["refused"]:
        by.setdefault(refusal["analysis"], []).append(refusal)
    for analysis, refusals in by.items():
        sites = ", ".join(dict.fromkeys(naming.party(it["site"]) for it in refusals))
        name = naming.of("analyses", analysis) if analysis else naming.of("studies", results["study"])
        rule = refusals[0]["rule"]
        code = f"report.way-out.{rule}"
        detail = say(code, naming.lang) if template_of(code, naming.lang) else _say(naming, "refused-why", rule=rule)
        yield Step(_say(naming, "refused", analysis=name, sites=sites), detail, "refused")


def _limits(results: Told, naming: Naming) -> Iterator[Step]:
    notes = sum(len(analysis.get("notes") or ()) for analysis in results["analyses"])
    if notes:
        yield Step(_say(naming, "limits"), _say(naming, "limits-why", count=notes), "limits")


def _evidence(receipt: Told, naming: Naming) -> Iterator[Step]:
    ends = sorted((it["to"], it["reference"] or it["rule"]) for it in receipt["evidence"] if it.get("to"))
    if ends:
        day, reference = ends[0]
        yield Step(_say(naming, "renew", reference=reference, day=day), _say(naming, "renew-why"), "law")


def _keys(receipt: Told, naming: Naming) -> Iterator[Step]:
    yield Step(_say(naming, "keys"), _say(naming, "keys-why", count=len(receipt["parties"])), "receipt")


def _review(check: Told, naming: Naming) -> Iterator[Step]:
    flows = [flow for flow in check["flows"] if flow.get("review")]
    if flows:
        names = ", ".join(naming.flow(flow) for flow in flows)
        yield Step(_say(naming, "review"), _say(naming, "review-why", flows=names), "law")


def _after(check: Told, naming: Naming) -> Iterator[Step]:
    for flow in (it for it in check["flows"] if it["verdict"] != "prohibited"):
        for duty in flow["obligations"]:
            later = duty.get("due") in ("during", "after", "on-event")
            if later and duty.get("state", "applies") == "applies" and not duty["met"]:
                when = say(f"report.due.{duty['due']}", naming.lang)
                text = _say(naming, "later", what=pick(duty.get("text"), naming.lang))
                yield Step(text, _say(naming, "later-why", when=when, flow=naming.flow(flow)), "law")
