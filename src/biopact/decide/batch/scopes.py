"""The scope conditions of instruments as prefilters: which columns to look through before a table is judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from biopact.rules.language.checking import facts_of
from biopact.rules.ruleset import RuleSet

__all__ = ["gates"]


def gates(law: RuleSet, columns: Mapping[str, object] | Collection[str]) -> list[str]:
    """The word columns that scopes read, the one that most instruments read first."""
    asked: dict[str, int] = {}
    for instrument in law.instruments:
        for name in facts_of(instrument.scope):
            fact = law.vocabulary.find(name)
            if fact is not None and fact.type in ("enum", "country") and not fact.keys and name in columns:
                asked[name] = asked.get(name, 0) + 1
    return sorted(asked, key=lambda name: (-asked[name], name))
