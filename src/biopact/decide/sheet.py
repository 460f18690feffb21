"""A sheet for a lawyer: an instrument by article, our reading of it in both languages, the cases, room to correct and sign."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from biopact.decide.casefiles import Case, read_cases
from biopact.decide.lawbook import names
from biopact.rules.language.model import Instrument, Rule
from biopact.rules.ruleset import RuleSet
from biopact.text import say

__all__ = ["FORMS", "sheet", "written"]

FORMS = (".md", ".html")
_CASES = 6  # of each rule: enough to see its edges; all of them stand in the file


def sheet(law: RuleSet, instrument: Instrument, folders: Iterable[Path]) -> dict[str, Any]:
    """What a lawyer is asked to look at, as plain values: the head, every provision with its reading, its cases."""
    cases = [
        case
        for folder in folders
        for path in sorted(folder.rglob(f"{instrument.id}.cases.yaml"))
        for case in read_cases(path)
    ]
    return {
        "schema": "biopact.law-review/1",
        "instrument": instrument.id,
        "title": dict(instrument.title),
        "citation": instrument.citation,
        "url": instrument.url,
        "read_on": instrument.read_on,
        "scope": instrument.scope_text,
        "defines": dict(instrument.define_texts),
        "law": law.digest,
        "provisions": [_provision(rule, cases) for rule in instrument.rules],
    }


def _provision(rule: Rule, cases: Iterable[Case]) -> dict[str, Any]:
    shown = [case for case in cases if names(case, rule.id)]
    more = rule.more
    return {
        "id": rule.id,
        "cite": rule.cite,
        "title": dict(rule.title),
        "effect": rule.effect.value,
        "when": " ".join(rule.when_text.split()),
        "from": rule.start.isoformat() if rule.start else None,
        "to": rule.end.isoformat() if rule.end else None,
        "defeats": list(rule.defeats),
        "authority": more.get("authority"),
        "file": more.get("file"),
        "checked": rule.checked,
        "confidence": rule.confidence,
        "status": rule.status.value,
        "force": rule.force,
        "recheck_by": more.get("recheck_by"),
        "signed": more.get("signed"),
        "cases": [
            {"sentence": case.sentence, "expect": _expected(case), "as_of": case.as_of.isoformat()}
            for case in shown[:_CASES]
        ],
        "cases_in_all": len(shown),
    }


def _expected(case: Case) -> str:
    return ", ".join(
        f"{key}: {value if not isinstance(value, list) else ' '.join(map(str, value))}"
        for key, value in case.expect.items()
        if key in ("US", "KR", "overall", "applies", "defeated", "may_apply", "not", "pending")
    )


def written(told: Mapping[str, Any], form: str) -> str:
    """The sheet as Markdown (``.md``) or as a page that prints (``.html``), every heading in both languages."""
    return _html(told) if form == ".html" else _markdown(told)


def _two(code: str) -> str:
    return f"{say(f'lawbook.sheet.{code}', 'en')} · {say(f'lawbook.sheet.{code}', 'ko')}"


def _worded(kind: str, value: str) -> str:
    try:
        return f"{say(f'terminal.value.{value}', 'en')} · {say(f'terminal.value.{value}', 'ko')}"
    except KeyError:
        return value


def _pairs(it: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rows of a provision: what is said of it, each side in its language."""
    found = [
        (_two("reading"), it["title"]["en"]),
        ("", it["title"]["ko"]),
        (_two("effect"), _worded("effect", it["effect"])),
        (_two("when"), it["when"]),
        (_two("dates"), f"{it['from'] or '–'} … {it['to'] or ''}".strip()),
    ]
    for key in ("authority", "file"):
        if it[key]:
            found += [(_two(key), it[key]["en"]), ("", it[key]["ko"])]
    if it["defeats"]:
        found.append((_two("defeats"), ", ".join(it["defeats"])))
    how = ", ".join(filter(None, (_worded("checked", it["checked"]), _worded("confidence", it["confidence"]))))
    found.append((_two("how"), f"{how}; {_worded('status', it['status'])}; {_worded('force', it['force'])}"))
    if it["recheck_by"]:
        found.append((_two("recheck"), str(it["recheck_by"])))
    if it["signed"]:
        found.append((_two("signed"), f"{it['signed']['by']}, {it['signed']['on']}"))
    return found


def _head(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    head = [
        (_two("citation"), told["citation"]),
        (_two("source"), told["url"] or "–"),
        (_two("read-on"), told["read_on"] or "–"),
        (_two("scope"), told["scope"]),
    ]
    return [*head, *((f"`{name}`", " ".join(text.split())) for name, text in told["defines"].items())]


def _markdown(told: Mapping[str, Any]) -> str:
    lines = [f"# {told['title']['en']}", f"# {told['title']['ko']}", "", _two("about"), ""]
    lines += [f"- {label}: {text}" for label, text in _head(told)]
    for it in told["provisions"]:
        lines += ["", f"## {it['cite']}", f"`{it['id']}`", ""]
        lines += [f"- {label}: {text}" if label else f"  {text}" for label, text in _pairs(it)]
        lines += ["", f"{_two('cases')} ({len(it['cases'])}/{it['cases_in_all']})", ""]
        lines += [f"- {case['sentence']} ({case['as_of']}) → {case['expect']}" for case in it["cases"]]
        lines += ["", f"- [ ] {_two('right')}", f"- [ ] {_two('correct')}: ______________________________"]
    lines += ["", f"## {_two('signature')}", "", f"{_two('how-to-sign')}", "", "```yaml", "signed: {by: , on: }", "```"]
    lines += ["", f"{_two('name')}: ____________________   {_two('date')}: ______________", "", f"law: {told['law']}"]
    return "\n".join(lines) + "\n"


_STYLE = (
    "body{font:15px/1.5 'Noto Sans KR',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #999;padding:.3rem .5rem;vertical-align:top;text-align:left}"
    "th{width:14rem;font-weight:600}h2{margin-top:2rem}section{break-inside:avoid}"
    ".line{border-bottom:1px solid #333;height:1.8rem}"
    "code{overflow-wrap:anywhere}"
)


def _html(told: Mapping[str, Any]) -> str:
    out = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{_safe(told['title']['en'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_safe(told['title']['en'])}<br><span lang='ko'>{_safe(told['title']['ko'])}</span></h1>",
        f"<p>{_safe(_two('about'))}</p>",
        _rows(_head(told)),
    ]
    for it in told["provisions"]:
        out.append(f"<section><h2>{_safe(it['cite'])}</h2><p><code>{_safe(it['id'])}</code></p>{_rows(_pairs(it))}")
        out.append(f"<p>{_safe(_two('cases'))} ({len(it['cases'])}/{it['cases_in_all']})</p><ul>")
        out += [
            f"<li>{_safe(case['sentence'])} ({case['as_of']}) → {_safe(case['expect'])}</li>" for case in it["cases"]
        ]
        out.append(
            f"</ul><p>☐ {_safe(_two('right'))}</p><p>☐ {_safe(_two('correct'))}</p><div class='line'></div></section>"
        )
    out.append(
        f"<h2>{_safe(_two('signature'))}</h2><p>{_safe(_two('how-to-sign'))}</p><pre>signed: {{by: , on: }}</pre>"
    )
    out.append(
        f"<p>{_safe(_two('name'))}</p><div class='line'></div><p>{_safe(_two('date'))}</p><div class='line'></div>"
    )
    out.append(f"<p><code>law: {_safe(told['law'])}</code></p></body></html>\n")
    return "\n".join(out)


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><th>{_safe(a)}</th><td>{_safe(b)}</td></tr>" for a, b in pairs) + "</table>"


def _safe(text: str) -> str:
    return html.escape(str(text))
