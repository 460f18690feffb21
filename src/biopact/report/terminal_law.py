"""The answers of the law in the terminal: verdicts of a pact, why, what to ask, a rule, a receipt verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from biopact.report.lawviews import begins
from biopact.report.naming import Naming
from biopact.report.terminal import console, heading, label, named, table_on
from biopact.text import cited, language, pick, say

__all__ = ["show_check", "show_explanation", "show_questions", "show_rule", "show_verification"]

_STYLE = {
    "prohibited": "bold red",
    "authorisation": "yellow",
    "obligations": "yellow",
    "clear": "green",
    "undetermined": "magenta",
}
_READY = {"blocked": "bold red", "open": "yellow", "ready": "green"}
_SHOWN = {"applies", "may-apply"}
_MAY_APPLY = 3  # so many of what only may apply under one law stand in an overview: the hardest
_HARDEST = ("prohibit", "authorise", "oblige", "charge", "limit")


def show_check(check: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str], whole: bool = False) -> None:
    """Verdicts of all flows, then for each what applies, what to do, what is missing.

    Of what only may apply an overview shows the hardest, and says how many more there are; ``whole`` shows all.
    """
    screen = console(out)
    heading(screen, titles, check["pact"])
    table = table_on(
        screen,
        say("terminal.flows"),
        [say(f"terminal.column.{name}") for name in ("flow", "verdict", "us", "kr", "readiness")],
    )
    for flow in check["flows"]:
        told = flow["jurisdictions"]
        table.add_row(
            flow_named(titles, flow),
            _verdict(flow),
            *(_verdict(told[country]) if country in told else Text("–") for country in ("US", "KR")),
            Text(say(f"terminal.readiness.{flow['readiness']}"), style=_READY[flow["readiness"]]),
        )
    screen.print(table)
    for flow in check["flows"]:
        _flow(screen, flow, titles, whole)
    for file in check["evidence_not_counted"]:
        screen.print(Text(say("terminal.evidence-not-counted", file=file), style="yellow"))
    _screening(screen, check["screened"])
    if any(flow["review"] for flow in check["flows"]):
        screen.print(Text(say("terminal.review-means"), style="dim"))
    screen.print(Text(say("cli.not-advice"), style="dim"))


def _screening(screen: Console, screened: Mapping[str, Any] | None) -> None:
    """The lists that were screened against, those that are old, and who must be screened again."""
    if screened is None:
        return
    lists = ", ".join(f"{each['id']} ({each['date']})" for each in screened["lists"])
    screen.print(Text(say("terminal.screened", lists=lists), style="dim"))
    for each in screened["lists"]:
        if each["stale"]:
            screen.print(Text(say("terminal.list-old", list=each["id"], days=each["limit_days"]), style="yellow"))
    for party in screened["changed_since"]:
        screen.print(Text(say("terminal.not-screened", party=party), style="yellow"))


def flow_named(titles: Mapping[str, Any], flow: Mapping[str, Any]) -> str:
    """The id of a flow with its title, else with the name of what it carries."""
    name = Naming(language(), titles).flow(flow)
    return flow["id"] if name == flow["id"] else f"{flow['id']} ({name})"


def _verdict(told: Mapping[str, Any]) -> Text:
    text = Text(say(f"terminal.verdict.{told['verdict']}"), style=_STYLE[told["verdict"]])
    if told.get("between"):
        text.append(
            say(
                "terminal.between",
                low=say(f"terminal.verdict.{told['between'][0]}"),
                high=say(f"terminal.verdict.{told['between'][1]}"),
            )
        )
    elif told["verdict"] == "clear" and "because" in told:
        text.append(f" ({say('terminal.because.' + told['because'])})")
    if told.get("review"):
        text.append(f" [{say('terminal.review')}]", style="dim")
    return text


def _flow(screen: Console, flow: Mapping[str, Any], titles: Mapping[str, Any], whole: bool) -> None:
    """What stands behind one verdict: the rules that decide, the duties, the questions, the warnings."""
    every = [
        (country, rule)
        for country, told in flow["jurisdictions"].items()
        for rule in told["rules"]
        if rule["state"] in _SHOWN and rule["effect"] not in ("note", "except")
    ]
    rows = every if whole else _overview(every)
    nothing = not (rows or flow["missing"] or flow["warnings"] or flow["not_covered"])
    if nothing:
        return
    screen.print()
    screen.print(Text(flow_named(titles, flow), style="bold"), Text("·"), _verdict(flow))
    if rows:
        met = {duty["rule"]: duty for duty in flow["obligations"]}
        table = table_on(
            screen,
            "",
            [say(f"terminal.column.{name}") for name in ("country", "article", "effect", "what", "evidence")],
        )
        for country, rule in rows:
            table.add_row(
                country,
                cited(rule),
                _effect(rule),
                _what(rule, met.get(rule["id"])),
                _evidence(rule, met.get(rule["id"])),
            )
        screen.print(table)
    if len(rows) < len(every):
        further = say("terminal.further", number=len(every) - len(rows), flow=flow["id"])
        screen.print(Text(further, style="dim"))
    for country in flow["not_covered"]:
        screen.print(say("terminal.not-covered", country=country))
    for missing in flow["missing"]:
        of = f" [{named(titles, 'parties', missing['of'])}]" if missing["of"] else ""
        screen.print(f"? {missing['question']}{of}  ({missing['fact']})", markup=False)
    for warning in flow["warnings"]:
        code = "terminal.pending" if warning["state"] == "pending" else "terminal.uncertain"
        screen.print(
            say(code, cite=cited(warning), title=warning["title"], start=begins(warning, language())), markup=False
        )


def _overview(rows: list[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    """What applies, and of what may apply the hardest of each law."""
    kept: list[tuple[str, Mapping[str, Any]]] = []
    for country in dict.fromkeys(country for country, _ in rows):
        may = [row for row in rows if row[0] == country and row[1]["state"] == "may-apply"]
        kept += sorted(may, key=lambda row: _HARDEST.index(row[1]["effect"]))[:_MAY_APPLY]
    return [row for row in rows if row[1]["state"] == "applies" or row in kept]


def _effect(rule: Mapping[str, Any]) -> str:
    effect = say(f"cli.effect.{rule['effect']}")
    return effect if rule["state"] == "applies" else f"{effect} ({say('terminal.state.' + rule['state'])})"


def _what(rule: Mapping[str, Any], duty: Mapping[str, Any] | None) -> str:
    lines = [rule["title"]]
    if duty is not None and rule["state"] == "applies":  # what only may apply is asked about before it is prepared
        if duty["text"] != rule["title"]:
            lines.append(duty["text"])
        if duty["authority"]:
            lines.append(say("terminal.authority", authority=duty["authority"]))
        if duty["kind"] == "authorise":
            lines.append(lead_time(duty["lead_time"]))
    return "\n".join(lines)


def lead_time(written: Any) -> str:
    """How long an authority takes, as far as it is known."""
    if not isinstance(written, Mapping):
        return say("terminal.lead-time-unknown")
    if written.get("clock"):
        return say("terminal.lead-time-clock", clock=str(written["clock"]))
    unit = say(f"terminal.days.{written.get('calendar') or 'calendar'}")
    most = written.get("at_most")
    code = "terminal.lead-time-at-most" if most else "terminal.lead-time"
    return say(code, days=written.get("days"), most=most, unit=unit)


def _evidence(rule: Mapping[str, Any], duty: Mapping[str, Any] | None) -> Text:
    if duty is None or rule["effect"] in ("limit", "charge"):
        return Text("")
    if duty["met"]:
        return Text("✓ " + ", ".join(duty["evidence"]), style="green")
    return Text(
        say(f"terminal.due.{duty['due']}") if duty["due"] else "", style="yellow" if duty["due"] == "before" else ""
    )


def show_questions(flow: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str]) -> None:
    """What to find out next about one flow, the most useful first."""
    screen = console(out)
    screen.print(Text(flow_named(titles, flow), style="bold"), Text("·"), _verdict(flow))
    if not flow["missing"]:
        screen.print(say("terminal.nothing-to-ask"))
        return
    for number, missing in enumerate(flow["missing"], 1):
        of = f" [{named(titles, 'parties', missing['of'])}]" if missing["of"] else ""
        screen.print(f"{number}. {missing['question']}{of}", markup=False)
        share = round(100 * missing["settles"])
        use = say("terminal.settles", share=share) if share else say("terminal.narrows")
        screen.print(f"   {missing['fact']} · {use}", markup=False)


_MARK = {True: "✓", False: "✗", None: "?"}


def show_explanation(told: Mapping[str, Any], titles: Mapping[str, Any], out: IO[str]) -> None:
    """Every rule of a flow with its condition, part by part: ✓ true, ✗ false, ? unknown."""
    screen = console(out)
    screen.print(
        Text(f"{named(titles, 'flows', told['flow'])} · {say('terminal.verdict.' + told['verdict'])}", style="bold")
    )
    for leg in told["legs"]:
        way = f"{named(titles, 'parties', leg['from'])} → {named(titles, 'parties', leg['to'])}"
        screen.print(Text(f"\n{named(titles, 'items', leg['item'])}: {way}, {leg['day']}", style="bold"))
        for rule in leg["rules"]:
            state = say(f"terminal.state.{rule['state']}")
            screen.print(
                f"\n  {rule['id']} ({cited(rule)}): {say('cli.effect.' + rule['effect'])}, {state}", markup=False
            )
            screen.print(f"  {rule['title']}", markup=False)
            if rule["defeated_by"]:
                screen.print(f"  {say('terminal.defeated-by', rules=', '.join(rule['defeated_by']))}", markup=False)
            for line in _tree(rule["condition"], 2):
                screen.print(line, markup=False)
            screen.print(Text(f"  {rule['where']}", style="dim"))


def _tree(part: Mapping[str, Any], depth: int) -> Iterable[str]:
    facts = ", ".join(f"{name} = {_fact(value)}" for name, value in (part.get("facts") or {}).items())
    yield f"{'  ' * depth}{_MARK[part['value']]} {part['text']}{f'   [{facts}]' if facts else ''}"
    for inner in _telling(part):
        yield from _tree(inner, depth + 1)


def _telling(part: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The parts that make a condition what it is: of several, those of its own value. The rest could not change it alone."""
    parts = part.get("parts") or ()
    return parts if len(parts) < 2 else [inner for inner in parts if inner["value"] is part["value"]]


def _fact(value: Any) -> str:
    if isinstance(value, Mapping) and value.get("unknown"):
        return say("terminal.unknown")
    if isinstance(value, Mapping) and value.get("absent"):
        return say("terminal.absent")
    return str(value)


def show_rule(told: Mapping[str, Any], out: IO[str]) -> None:
    """One rule as a page of a law book."""
    screen = console(out)
    screen.print(Text(f"{told['id']} · {told['instrument']['title']}", style="bold"))
    for period in told["periods"]:
        table = table_on(screen, "", ["", ""])
        table.show_header = False
        for key, value in period.items():
            code = f"terminal.rule.{key.replace('_', '-')}"
            if value not in (None, [], {}, ""):
                worded = label(f"terminal.value.{value}", value) if key in _WORDED else _plain(value)
                table.add_row(label(code, key), worded)
            elif key == "lead_time":
                table.add_row(label(code, key), say("terminal.not-found"))
        if told["instrument"]["read_on"]:
            table.add_row(say("terminal.rule.read-on"), told["instrument"]["read_on"])
        screen.print(table)
    screen.print(f"{say('terminal.rule.scope')}: {told['instrument']['scope']}", markup=False)
    for name, text in told["words"].items():
        screen.print(f"  {name}: {text}", markup=False)
    if told["defeated_by"]:
        screen.print(say("terminal.defeated-by", rules=", ".join(told["defeated_by"])))
    screen.print(Text(say("terminal.cases"), style="bold"))
    last = None
    for sentence in told["cases"]:
        base, _, change = sentence.partition(" — ")
        if base != last:
            screen.print(f"  · {base}", markup=False)
            last = base
        if change:
            screen.print(f"      – {change}", markup=False)


_WORDED = ("effect", "period", "status", "force", "checked", "confidence", "due", "policy")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(part)}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def show_verification(told: Any, out: IO[str]) -> None:
    """What verifying a receipt found: the statement it makes, every finding, the keys, and whether it holds."""
    from biopact.ledger import spoken
    from biopact.ledger.findings import conclusion

    screen = console(out)
    screen.print(pick(told.receipt["statement"]), markup=False)
    screen.print()
    for finding in told.findings:
        screen.print(Text(f"{finding.where}: {finding.text()}", style="red" if finding.severity == "high" else ""))
    table = table_on(screen, "", [say(f"terminal.column.{name}") for name in ("party", "fingerprint", "known")])
    for party, fingerprint in told.fingerprints.items():
        table.add_row(
            party, spoken(fingerprint), say("terminal.known" if party in told.known else "terminal.not-known")
        )
    screen.print(table)
    style = "bold red" if not told.holds else "bold yellow" if told.findings else "bold green"
    screen.print(Text(conclusion(told.findings), style=style))
