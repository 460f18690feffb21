"""Searching the law in either language: rules, instruments, topics, standards and the regulators' requirements."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from biopact.law.entries import Texts
from biopact.law.requirement_model import Row
from biopact.law.standards import Standard
from biopact.law.topics import Topic
from biopact.rules.language.model import Content, Rule

__all__ = ["Hit", "search"]

# where a word is found counts: a name more than a text
_WEIGHT = {"id": 4, "title": 3, "cite": 3, "instrument": 2, "text": 1}
_KINDS = ("rule", "requirement", "topic", "standard")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: all words are in it."""

    kind: str
    id: str
    title: Texts
    cite: str
    score: int
    act: Texts | None = None

    def told(self) -> dict[str, Any]:
        """As printed."""
        return {
            "kind": self.kind,
            "id": self.id,
            "title": self.title,
            "cite": self.cite,
            "act": self.act,
            "score": self.score,
        }


def search(
    words: Sequence[str],
    rules: Content,
    rows: Iterable[Row] = (),
    topics: Iterable[Topic] = (),
    standards: Iterable[Standard] = (),
) -> list[Hit]:
    """Everything that holds all the words, in English or Korean, best first. A word may stand inside a word, in any case."""
    asked = [_plain(word) for word in words if _plain(word)]
    found = []
    for kind, id_, title, cite, fields in (*_rules(rules), *_rows(rows), *_topics(topics), *_standards(standards)):
        score = _score(asked, fields)
        if score:
            act = rules.rules[id_][-1].act if kind == "rule" else None
            found.append(Hit(kind, id_, title, cite, score, act))
    return sorted(found, key=lambda hit: (-hit.score, _KINDS.index(hit.kind), hit.id))


def _score(asked: Sequence[str], fields: dict[str, str]) -> int:
    plain = {name: _plain(text) for name, text in fields.items()}
    total = 0
    for word in asked:
        best = max((_WEIGHT[name] for name, text in plain.items() if word in text), default=0)
        if not best:
            return 0
        total += best
    return total


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


_Found = tuple[str, str, Texts, str, dict[str, str]]


def _rules(rules: Content) -> Iterator[_Found]:
    for rule_id, periods in rules.rules.items():
        rule = periods[-1]
        instrument = rules.by_id[rule.instrument]
        yield (
            "rule",
            rule_id,
            rule.title,
            rule.cite,
            {
                "id": rule_id,
                "title": _both(rule.title),
                "cite": rule.cite,
                "instrument": f"{_both(instrument.title)} {instrument.citation}",
                "text": _said(rule),
            },
        )


def _said(rule: Rule) -> str:
    said = [rule.more.get(key) for key in ("authority", "file", "note", "text", "source_fact")]
    return " ".join(_both(each) if isinstance(each, dict) else str(each) for each in said if each)


def _rows(rows: Iterable[Row]) -> Iterator[_Found]:
    for row in rows:
        sides = [side for side in (row.us, row.kr) if side is not None]
        cite = "; ".join(side.cite for side in sides if side.cite)
        text = " ".join(f"{side.name or ''} {_both(side.requirement)}" for side in sides)
        fields = {"id": row.id, "title": _both(row.topic), "cite": cite, "text": f"{text} {_both(row.lever)}"}
        yield "requirement", row.id, row.topic, cite, fields


def _topics(topics: Iterable[Topic]) -> Iterator[_Found]:
    for topic in topics:
        text = f"{_both(topic.difference)} {_both(topic.lever)}"
        yield "topic", topic.id, topic.title, "", {"id": topic.id, "title": _both(topic.title), "text": text}


def _standards(standards: Iterable[Standard]) -> Iterator[_Found]:
    for it in standards:
        cite = f"{it.us.cite}; {it.kr.cite}"
        fields = {"id": it.id, "title": f"{_both(it.title)} {it.body}", "cite": cite, "text": _both(it.note)}
        yield "standard", it.id, it.title, cite, fields


def _both(texts: Texts | None) -> str:
    return f"{texts['en']} {texts['ko']}" if texts else ""
