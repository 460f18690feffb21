"""Names of parties, columns, levels and terms in the language of a report, from the titles given and a few trade words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from biopact.text import Lang, pick, say, template_of

__all__ = ["Naming"]

_CODED = ("sex", "gender")  # 0 and 1 are codes there, and which is which differs
_TERM = re.compile(r"(?:C\()?([^\[\]()]+?)\)?\[T\.(.+)\]\Z")


@dataclass(frozen=True, slots=True)
class Naming:
    """``titles``: ``pact notice study`` (texts in both languages); ``parties items flows columns`` (by id); ``levels``
    (column to its levels, the reference first); ``units`` (column to its unit)."""

    lang: Lang
    titles: Mapping[str, Any] = field(default_factory=dict)

    def of(self, kind: str, name: str) -> str:
        """The title of a thing, else its id."""
        return pick((self.titles.get(kind) or {}).get(name), self.lang) or name

    def party(self, name: str) -> str:
        """A party; ``all`` and ``public`` are words of ours."""
        if name in ("all", "public") and name not in (self.titles.get("parties") or {}):
            return say(f"report.word.{name}", self.lang)
        return self.of("parties", name)

    def flow(self, flow: Mapping[str, Any]) -> str:
        """A flow: its title, else the names of what it carries, else its id."""
        title = pick((self.titles.get("flows") or {}).get(flow["id"]), self.lang)
        if title:
            return title
        items = dict.fromkeys(leg["item"] for leg in flow.get("legs") or () if leg.get("item"))
        known = self.titles.get("items") or {}
        named = [pick(known.get(item), self.lang) for item in items]
        return ", ".join(named) if named and all(named) else flow["id"]

    def country(self, code: str) -> str:
        """A country in words where we have them."""
        return self._word(f"country-{code}") or code

    def column(self, name: str) -> str:
        """A column: its title, else the trade's word for its name, else the name."""
        return pick((self.titles.get("columns") or {}).get(name), self.lang) or self._word(name) or name

    def unit(self, column: str) -> str:
        """The unit of a column, in words; empty where there is none."""
        unit = (self.titles.get("units") or {}).get(column) or ""
        return self._word(f"unit-{unit}") or unit

    def level(self, column: str, level: Any) -> str:
        """A level of a column; sites and countries by their names, 1 and 0 of a yes or no as such."""
        text = f"{level:g}" if isinstance(level, float) else str(level)
        if column == "site":
            return self.party(text)
        if column == "country":
            return self.country(text)
        if self.yes_or_no(column) and text in ("0", "1"):
            return say("report.word.yes" if text == "1" else "report.word.no", self.lang)
        return self._word(text) or text

    def yes_or_no(self, column: str) -> bool:
        """Whether the levels of a column are 0 and 1 and mean no and yes."""
        return column not in _CODED and [str(level) for level in (self.titles.get("levels") or {}).get(column, ())] == [
            "0",
            "1",
        ]

    def term(self, name: str) -> str:
        """A coefficient in words: ``sex[T.male]`` is sex: male; an interaction joins its parts by ×."""
        if name == "Intercept":
            return say("report.word.intercept", self.lang)
        return " × ".join(self._factor(part) for part in name.split(":"))

    def reference(self, name: str) -> str | None:
        """What a term is compared with: the reference level of a factor, one unit of a number; None where not known."""
        if ":" in name or name == "Intercept":
            return None
        found = _TERM.match(name)
        column = found.group(1) if found else name
        levels = (self.titles.get("levels") or {}).get(column)
        if (found or [str(level) for level in levels or ()] == ["0", "1"]) and levels:
            return say("report.versus", self.lang, level=self.level(column, levels[0]))
        unit = self.unit(column)
        return say("report.per-unit", self.lang, unit=unit) if unit and not found else None

    def _factor(self, part: str) -> str:
        found = _TERM.match(part)
        if not found:
            return self.column(part)
        column, level = found.groups()
        return f"{self.column(column)}: {self.level(column, level)}"

    def _word(self, name: str) -> str | None:
        """A word of the trade that the catalogue knows."""
        code = f"report.word.{name}"
        return say(code, self.lang) if name and template_of(code, self.lang) is not None else None
